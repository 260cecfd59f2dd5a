//! `list`: pages, past revisions, forms.

use super::super::call::{Answer, Call};
use super::super::query::ListOptions;
use super::super::selection::Selection;
use super::super::storage::{Storage, StorageError};
use super::super::{ApiServer, negotiate};
use crate::apimachinery::Value;
use crate::apimachinery::status::{Status, StatusCause};
use crate::collections::Key;
use crate::tree;

/// Where a list in pages goes on.
struct Continue {
    revision: u64,
    /// The key after which to go on.
    after: String,
}

impl ApiServer {
    pub(in super::super) fn list_objects(&mut self, call: &mut Call) -> Result<Answer, Status> {
        if call.resource.is("", "componentstatuses") {
            return self.component_statuses(call);
        }
        let options = ListOptions::parse(&call.query, false)?;
        let selection = Selection::parse(
            call.resource,
            &call.info.namespace,
            &options.label_selector,
            &options.field_selector,
        )?;
        let (items, meta) = self.page(call, &options, &selection)?;
        Ok(Answer::Object(200, negotiate::list(call, items, meta)?))
    }

    /// The selected objects of one page in the call's version, and the list's metadata.
    fn page(
        &self,
        call: &Call,
        options: &ListOptions,
        selection: &Selection,
    ) -> Result<(Vec<Value>, Value), Status> {
        let resource = call.resource;
        let now = self.storage.revision();
        let going_on = if options.continue_.is_empty() {
            None
        } else {
            if options.resource_version.is_some_and(|v| v != 0) {
                return Err(Status::bad_request(
                    "specifying resource version is not allowed when using continue",
                ));
            }
            Some(read_continue(&options.continue_, now)?)
        };
        check_revision(options.resource_version.unwrap_or(0), now)?;
        let exact = options.version_match == "Exact"
            || (options.limit > 0
                && options.version_match.is_empty()
                && options.resource_version.is_some_and(|v| v != 0));
        let revision = match (&going_on, options.resource_version) {
            (Some(c), _) => c.revision,
            (None, Some(v)) if exact => v,
            _ => now,
        };
        // A list from version 0 is served from the watch cache, which knows no pages.
        let limit = match options.resource_version {
            Some(0) if going_on.is_none() => 0,
            _ => options.limit,
        };
        let prefix = resource.prefix(&call.info.namespace);
        let after = going_on.map(|c| c.after).unwrap_or_default();
        let page = if revision == now {
            let all = self.storage.list(resource.table, &prefix, &after);
            let mut page = collect(all, selection, limit);
            for (key, object) in &mut page.items {
                let owners = self.storage.owners(resource.table, key.as_str());
                if let Some(owners) = owners.filter(|_| !call.plain) {
                    owners.dress(object);
                }
            }
            page
        } else {
            let past = self
                .storage
                .list_at(resource.table, &prefix, revision)
                .map_err(|e| too_old(e, !options.continue_.is_empty()))?;
            let rest = past
                .iter()
                .map(|(k, s)| (k, &s.object))
                .skip_while(|(k, _)| !after.is_empty() && k.as_str() <= after.as_str());
            let mut page = collect(rest, selection, limit);
            for (key, object) in &mut page.items {
                let owners = past.get(key).and_then(|s| s.owners.as_ref());
                if let Some(owners) = owners.filter(|_| !call.plain) {
                    owners.dress(object);
                }
            }
            page
        };
        let mut meta = tree!({"resourceVersion": revision.to_string()});
        if let Some(last) = page.last {
            meta.set("continue", write_continue(revision, last.as_str()));
            if !selection.has_selectors() {
                meta.set("remainingItemCount", page.remaining);
            }
        }
        let items = page
            .items
            .into_iter()
            .map(|(_, o)| resource.from_storage(o))
            .collect();
        Ok((items, meta))
    }
}

struct Page {
    items: Vec<(Key, Value)>,
    /// The key of the last item, where more follow.
    last: Option<Key>,
    remaining: usize,
}

fn collect<'a>(
    all: impl Iterator<Item = (&'a Key, &'a Value)>,
    selection: &Selection,
    limit: usize,
) -> Page {
    let mut selected = all.filter(|(_, v)| selection.matches(v));
    if limit == 0 {
        let items = selected.map(|(k, v)| (k.clone(), v.clone())).collect();
        return Page {
            items,
            last: None,
            remaining: 0,
        };
    }
    let mut items = Vec::new();
    let mut last = None;
    for (key, value) in selected.by_ref().take(limit) {
        items.push((key.clone(), value.clone()));
        last = Some(key.clone());
    }
    let remaining = selected.count();
    Page {
        items,
        last: last.filter(|_| remaining > 0),
        remaining,
    }
}

/// Refuses a revision that lies ahead.
///
/// # Errors
/// 504 in upstream's words.
pub(in super::super) fn check_revision(asked: u64, current: u64) -> Result<(), Status> {
    if asked <= current {
        return Ok(());
    }
    let cause = StatusCause::new("ResourceVersionTooLarge", "Too large resource version", "");
    Err(Status::timeout(
        format!("Too large resource version: {asked}, current: {current}"),
        1,
    )
    .with_causes(&[cause]))
}

fn too_old(error: StorageError, continuing: bool) -> Status {
    if continuing {
        return Status::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
        );
    }
    match error {
        StorageError::TooOld { .. } => {
            Status::expired("The resourceVersion for the provided list is too old.")
        }
        other => Status::internal_error(other),
    }
}

/// A continue token as upstream writes it: base64url of a small JSON object.
fn write_continue(revision: u64, key: &str) -> String {
    let token = tree!({"rv": revision as i64, "start": format!("{key}\0"), "v": "meta.k8s.io/v1"});
    super::super::wire::base64url(token.to_json().as_bytes())
}

fn read_continue(token: &str, now: u64) -> Result<Continue, Status> {
    let bad = |why: &str| {
        Status::bad_request(format!(
            "invalid continue token: continue key is not valid: {why}"
        ))
    };
    let bytes = super::super::wire::from_base64url(token)
        .ok_or_else(|| bad("illegal base64 data at input byte 0"))?;
    let value = Value::from_json(&bytes).map_err(|_| {
        let first = String::from_utf8_lossy(&bytes)
            .chars()
            .next()
            .unwrap_or_default();
        bad(&format!(
            "invalid character {first:?} looking for beginning of value"
        ))
    })?;
    if value.get("v") != &"meta.k8s.io/v1" {
        return Err(bad("server does not recognize this encoded version"));
    }
    let start = value.get("start").str();
    if start.is_empty() {
        return Err(bad("start key is empty"));
    }
    let revision = value
        .get("rv")
        .as_i64()
        .and_then(|v| u64::try_from(v).ok())
        .filter(|v| *v != 0)
        .unwrap_or(now);
    check_revision(revision, now)?;
    Ok(Continue {
        revision,
        after: start.trim_end_matches('\0').to_owned(),
    })
}
