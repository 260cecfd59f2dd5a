//! `watch`: where a watch starts, and what it begins with.

use super::super::call::{Answer, Call};
use super::super::negotiate::{Form, include_object};
use super::super::query::ListOptions;
use super::super::selection::Selection;
use super::super::storage::{Storage, StorageError};
use super::super::watch::{Event, EventForm, WatchSpec, event_of};
use super::super::{ApiServer, method_not_allowed};
use super::list::check_revision;
use crate::apimachinery::http::WatchType;
use crate::apimachinery::status::Status;
use crate::tree;

impl ApiServer {
    pub(in super::super) fn open_watch(&mut self, call: &Call) -> Result<Answer, Status> {
        let resource = call.resource;
        if !resource.def.verbs.contains(&"watch") {
            return Err(method_not_allowed());
        }
        let options = ListOptions::parse(&call.query, true)?;
        let mut selection = Selection::parse(
            resource,
            &call.info.namespace,
            &options.label_selector,
            &options.field_selector,
        )?;
        if !call.info.name.is_empty() {
            selection = selection.with_name(&call.info.name);
        }
        let form = match call.negotiated.form {
            Form::Object => EventForm::Object,
            Form::Metadata => EventForm::Metadata,
            Form::Table => EventForm::Table(include_object(call.query.get("includeObject"))?),
        };
        let spec = WatchSpec {
            resource,
            selection,
            form,
            latency: call.latency.unwrap_or(self.config.watch_latency),
            reader: call.reader,
            bookmarks: options.bookmarks,
            managers: !call.plain,
        };
        let initial = self.initial_events(&options, &spec)?;
        Ok(Answer::Watch(self.watches.open(spec, initial, call.now)))
    }

    fn initial_events(
        &self,
        options: &ListOptions,
        spec: &WatchSpec,
    ) -> Result<Vec<Event>, Status> {
        let now = self.storage.revision();
        let from = options.resource_version.unwrap_or(0);
        check_revision(from, now)?;
        let state_first = options.send_initial_events.unwrap_or(from == 0);
        if !state_first {
            let from = if from == 0 { now } else { from };
            return Ok(match self.storage.changes(spec.resource.table, from) {
                Ok(changes) => changes.filter_map(|c| event_of(c, spec)).collect(),
                Err(StorageError::TooOld { asked, oldest }) => {
                    let status =
                        Status::expired(format!("too old resource version: {asked} ({oldest})"));
                    vec![(WatchType::Error, status.into(), None)]
                }
                Err(other) => return Err(Status::internal_error(other)),
            });
        }
        let prefix = spec.resource.prefix(&spec.selection.namespace);
        let table = spec.resource.table;
        let owners = |key: &str| self.storage.owners(table, key).filter(|_| spec.managers);
        let mut events: Vec<Event> = self
            .storage
            .list(table, &prefix, "")
            .filter(|(_, v)| spec.selection.matches(v))
            .map(|(k, v)| (WatchType::Added, v.clone(), owners(k.as_str()).cloned()))
            .collect();
        if options.send_initial_events == Some(true) && options.bookmarks {
            let mut bookmark = spec.bookmark(now);
            bookmark.set_at(
                &["metadata", "annotations"],
                tree!({"k8s.io/initial-events-end": "true"}),
            );
            events.push((WatchType::Bookmark, bookmark, None));
        }
        Ok(events)
    }
}
