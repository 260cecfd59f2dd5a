//! Server-side apply (`handlers/patch.go` `applyPatcher`, `managedfields/internal`).

use super::super::authz::{Attributes, Decision};
use super::super::call::{Answer, Call};
use super::super::owners::{Tracked, manager, with_writer};
use super::super::{ApiServer, checks};
use crate::apimachinery::http::Body;
use crate::apimachinery::managed_fields::{self, ApplyError, Element, Managed, Set, Writer};
use crate::apimachinery::managed_fields::{Comparison, Filter, Ty, compare, fields_of, show};
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{Value, yaml};

/// The manager of kubectl, for whom the annotation of client-side apply is understood and kept.
const KUBECTL: &str = "kubectl";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl ApiServer {
    /// Applies a configuration to an object or a subresource of its own kind; creates the object where it is not there.
    pub(super) fn apply_object(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        let sub = call.info.subresource.clone();
        let old = match self.stored(call) {
            Ok(old) => Some(old.clone()),
            Err(status) if !sub.is_empty() => return Err(status),
            Err(_) => None,
        };
        let resource = call.resource;
        let config = configuration(&body)?;
        let live = old
            .clone()
            .map_or(Value::Null, |o| resource.from_storage(o));
        let list = old
            .as_ref()
            .map_or(Value::Null, |o| self.managers_of(resource, o));
        let mut managed = Managed::decode(&list)
            .map_err(|e| Status::unknown(format!("failed to decode managed fields: {e}")))?;
        let (name, force) = (manager(call).to_owned(), call.query.flag("force"));
        let merged = with_writer(resource, &name, &sub, call.now, |w| {
            applied(w, &live, &config, &mut managed, force)
        })?;
        call.tracked = Some(Tracked::Exact(managed.encode()));
        let mut object = merged.unwrap_or_else(|| live.clone());
        if name == KUBECTL
            && object
                .annotation(LAST_APPLIED)
                .is_some_and(|t| !t.is_empty())
        {
            let path = ["metadata", "annotations", LAST_APPLIED];
            object.set_at(&path, last_applied(&config));
        }
        let (version, kind) = (resource.api_version.as_str(), resource.def.kind);
        let Some(old) = old else {
            return self.create_applied(call, object);
        };
        call.know(&old);
        let mut object = checks::strict(call, object, version, kind)?;
        checks::defaults(call, &mut object, version, kind);
        let object = self.place_update(call, object)?;
        let stored = self.change_through(call, &sub, &old, object)?;
        self.shown(call, 200, stored)
    }

    fn create_applied(&mut self, call: &mut Call, mut object: Value) -> Result<Answer, Status> {
        let resource = call.resource;
        let mut info = call.info.clone();
        info.verb = "create";
        let attributes = Attributes::of_request(&info, &call.query);
        if let Decision::NoOpinion(reason) =
            self.authz.authorize(&self.storage, &call.user, &attributes)
        {
            return Err(attributes.forbidden(&call.user, &reason));
        }
        if !object.uid().is_empty() {
            return Err(Status::conflict(
                resource.def.group,
                resource.def.resource,
                &call.info.name,
                format!(
                    "uid mismatch: the provided object specified uid {}, and no existing object was found",
                    object.uid()
                ),
            ));
        }
        if resource.clears_status() {
            object.remove("status");
        }
        let (version, kind) = (resource.api_version.as_str(), resource.def.kind);
        let mut object = checks::strict(call, object, version, kind)?;
        checks::defaults(call, &mut object, version, kind);
        let object = self.place_update(call, object)?;
        let stored = self.create_decoded(call, object)?;
        self.shown(call, 201, stored)
    }

    /// The Scale that a configuration makes of the present one, and the managers of the object then.
    pub(super) fn apply_scale(
        &self,
        call: &Call,
        scale: &Value,
        body: &Body,
        managed: &mut Managed,
        w: &Writer<'_>,
    ) -> Result<Value, Status> {
        let config = configuration(body)?;
        let merged = applied(w, scale, &config, managed, call.query.flag("force"))?;
        Ok(merged.unwrap_or_else(|| scale.clone()))
    }
}

/// Calls `f` with who writes a Scale.
pub(super) fn with_scale_writer<T>(call: &Call, f: impl FnOnce(&Writer<'_>) -> T) -> T {
    f(&Writer {
        manager: manager(call),
        version: super::scale::VERSION,
        kind: "Scale",
        subresource: "scale",
        time: &call.now.to_rfc3339(),
        filter: &Filter::Except(Set::of_fields(&[])),
        types: &|version| Ty::of_kind(version, "Scale"),
        convert: &|_, _| None,
    })
}

/// Reads a configuration.
fn configuration(body: &Body) -> Result<Value, Status> {
    let bad =
        |why: &dyn std::fmt::Display| Status::bad_request(format!("error decoding YAML: {why}"));
    let config = match body {
        Body::Tree(v) => v.clone(),
        Body::Bytes(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| {
                bad(&"error converting YAML to JSON: yaml: invalid leading UTF-8 octet")
            })?;
            yaml::parse(text).map_err(|e| {
                let text = e.to_string();
                let prefix = "error converting YAML to JSON: ";
                bad(&format!(
                    "{prefix}{}",
                    text.strip_prefix(prefix).unwrap_or(&text)
                ))
            })?
        }
        _ => Value::Null,
    };
    let found = match &config {
        Value::Map(_) => return Ok(config),
        Value::Null => return Ok(Value::object()),
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
    };
    Err(bad(&format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
    )))
}

/// `apps/v1, Kind=Deployment` as Go writes it, and `/v1, Kind=Pod` for the core group.
fn gvk(config: &Value) -> String {
    let version = match config.api_version() {
        v if v.contains('/') => v.to_owned(),
        v => format!("/{v}"),
    };
    format!("{version}, Kind={}", config.kind())
}

/// Checks and applies a configuration; gives the merged object, none where nothing changes.
fn applied(
    w: &Writer<'_>,
    live: &Value,
    config: &Value,
    managed: &mut Managed,
    force: bool,
) -> Result<Option<Value>, Status> {
    if config.api_version() != w.version || config.kind() != w.kind {
        return Err(Status::bad_request(format!(
            "invalid object type: {}",
            gvk(config)
        )));
    }
    if matches!(config.meta().get("managedFields"), Value::List(_)) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let before = managed.clone();
    let typed = |why: String| {
        Status::unknown(format!(
            "failed to create typed patch object ({}/{}; {}): {why}",
            config.namespace(),
            config.name(),
            gvk(config)
        ))
    };
    let mut conflicts = match managed_fields::apply(w, live, config, managed, force) {
        Ok(merged) => return Ok(merged),
        Err(ApplyError::Typed(why)) => return Err(typed(why)),
        Err(ApplyError::Conflicts(conflicts)) => conflicts,
    };
    if w.manager == KUBECTL
        && let Some(allowed) = allowed_conflicts(w, live)
    {
        conflicts.retain(|(_, path)| !allowed.has(path));
        if conflicts.is_empty() {
            *managed = before;
            return managed_fields::apply(w, live, config, managed, true)
                .map_err(|_| Status::internal_error("apply"));
        }
    }
    Err(conflict(&conflicts))
}

fn conflict(conflicts: &[(String, Vec<Element>)]) -> Status {
    let causes: Vec<StatusCause> = conflicts
        .iter()
        .map(|(who, path)| {
            StatusCause::new(
                "FieldManagerConflict",
                format!("conflict with {who}"),
                show(path),
            )
        })
        .collect();
    Status::apply_conflict(&causes, ApplyError::conflict_message(conflicts))
}

/// Fields that client-side apply set last and that are as it set them: kubectl may take them over.
fn allowed_conflicts(w: &Writer<'_>, live: &Value) -> Option<Set> {
    let last = Value::from_json(live.annotation(LAST_APPLIED)?.as_bytes()).ok()?;
    let ty = w.ty(w.version)?;
    if last.api_version() != w.version {
        return None;
    }
    let mut set = Set::new();
    fields_of(ty, &last, &mut Vec::new(), &mut set);
    let mut c = Comparison::default();
    compare(ty, Some(&last), Some(live), &mut Vec::new(), &mut c);
    let set = set.difference(&c.modified).difference(&c.added);
    Some(set.difference(&c.removed))
}

/// The annotation of client-side apply for a configuration.
fn last_applied(config: &Value) -> String {
    let mut config = config.clone();
    config.remove_at(&["metadata", "annotations", LAST_APPLIED]);
    config.to_json() + "\n"
}
