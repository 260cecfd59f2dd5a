//! The subresource `scale` of workloads: `autoscaling/v1` Scale over `spec.replicas`.

use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::owners::Tracked;
use super::super::query::{patch_options, write_options};
use super::super::{ApiServer, decode, method_not_allowed};
use super::apply::with_scale_writer;
use super::{Resource, patch};
use crate::apimachinery::http::Body;
use crate::apimachinery::labels::Selector;
use crate::apimachinery::managed_fields::{self, Change, Managed};
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::{NULL, Value};
use crate::tree;

pub(super) const VERSION: &str = "autoscaling/v1";

impl ApiServer {
    pub(super) fn serve_scale(&mut self, call: &mut Call, body: Body) -> Result<Answer, Status> {
        let old = self.stored(call)?.clone();
        let paths = Paths::of(call.resource);
        let scale = paths.scale_of(&old)?;
        if call.verb() == "get" {
            return Ok(Answer::Object(200, scale));
        }
        let list = self.managers_of(call.resource, &old);
        let parent = Managed::decode(&list).unwrap_or_default();
        let mut managed = managed_fields::to_scale(&parent, &paths.replicas, VERSION);
        let new = match call.verb() {
            "update" => {
                call.dry_run = write_options(&call.query, "UpdateOptions")?;
                let tree = decode::tree(&call.content_type, body)?;
                decode::object_as(call, tree, VERSION, "Scale")?
            }
            "patch" => {
                let applies = call.content_type == patch::APPLY;
                call.dry_run = patch_options(&call.query, applies)?;
                if applies {
                    let new = with_scale_writer(call, |w| {
                        self.apply_scale(call, &scale, &body, &mut managed, w)
                    })?;
                    return self.change_scale(call, &paths, &old, new, &parent, managed);
                }
                let document = patch::read_patch(&call.content_type, &body)?;
                patch::patched(call, &scale, &document, VERSION, "Scale")?
            }
            _ => return Err(method_not_allowed()),
        };
        if !parent.0.is_empty() {
            let change = Change {
                live: &scale,
                new: &new,
            };
            with_scale_writer(call, |w| {
                managed_fields::update(w, &change, &mut managed);
            });
        }
        self.change_scale(call, &paths, &old, new, &parent, managed)
    }

    /// Brings an object's replicas to those of a Scale; `parent` are the object's managers and `managed` the Scale's.
    fn change_scale(
        &mut self,
        call: &mut Call,
        paths: &Paths<'_>,
        old: &Value,
        mut new: Value,
        parent: &Managed,
        managed: Managed,
    ) -> Result<Answer, Status> {
        let version = &call.resource.api_version;
        let managed = managed_fields::from_scale(parent, &managed, &paths.replicas, version);
        call.tracked = Some(Tracked::Exact(managed.encode()));
        let mut object = old.clone();
        check_scale(call, &new, old)?;
        let before = paths.scale_of(old)?;
        self.admit_part(
            call,
            &mut Attributes::new(Operation::Update, "scale", &mut new, Some(&before)),
        )?;
        let replicas = new.at(&["spec", "replicas"]).as_i64().unwrap_or(0);
        object.set_at(&paths.replicas, replicas);
        match new.resource_version() {
            "" => {}
            version => object.meta_mut().set("resourceVersion", version),
        }
        let object = call.resource.from_storage(object);
        let stored = self.change_object(call, "scale", old, object)?;
        Ok(Answer::Object(200, paths.scale_of(&stored)?))
    }
}

fn check_scale(call: &Call, new: &Value, old: &Value) -> Result<(), Status> {
    let name = new.name();
    if !name.is_empty() && name != old.name() {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.info.name
        )));
    }
    let replicas = new.at(&["spec", "replicas"]).as_i64().unwrap_or(0);
    if replicas >= 0 {
        return Ok(());
    }
    let cause = StatusCause::new(
        "FieldValueInvalid",
        format!("Invalid value: {replicas}: must be greater than or equal to 0"),
        "spec.replicas",
    );
    Err(Status::invalid("autoscaling", "Scale", old.name(), [cause]))
}

/// Where an object has what its Scale shows.
struct Paths<'a> {
    replicas: Vec<&'a str>,
    status: Vec<&'a str>,
    /// The selector as a text; empty where it is a workload's own.
    selector: Vec<&'a str>,
    custom: bool,
}

impl<'a> Paths<'a> {
    fn of(resource: &'a Resource) -> Paths<'a> {
        let scale = resource.custom.as_ref().map_or(&NULL, |c| c.scale());
        let path = |field: &str, otherwise: &[&'a str]| match scale.get(field).str() {
            "" => otherwise.to_vec(),
            path => path.split('.').skip(1).collect(),
        };
        Paths {
            replicas: path("specReplicasPath", &["spec", "replicas"]),
            status: path("statusReplicasPath", &["status", "replicas"]),
            selector: path("labelSelectorPath", &[]),
            custom: resource.custom.is_some(),
        }
    }

    /// The Scale of an object.
    fn scale_of(&self, object: &Value) -> Result<Value, Status> {
        if self.custom && object.at(&self.replicas).is_null() {
            return Err(Status::internal_error(format!(
                "the spec replicas field \".{}\" does not exist",
                self.replicas.join(".")
            )));
        }
        Ok(scale_of(object, self))
    }
}

fn scale_of(object: &Value, paths: &Paths<'_>) -> Value {
    let meta = object.meta();
    let mut scale = tree!({"apiVersion": VERSION, "kind": "Scale", "metadata": {}, "spec": {}, "status": {"replicas": 0}});
    for field in [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
    ] {
        if !meta.get(field).is_null() {
            scale.set_at(&["metadata", field], meta.get(field));
        }
    }
    let replicas = object.at(&paths.replicas).as_i64().unwrap_or(0);
    if replicas != 0 {
        scale.set_at(&["spec", "replicas"], replicas);
    }
    let current = object.at(&paths.status).as_i64().unwrap_or(0);
    scale.set_at(&["status", "replicas"], current);
    let selector = object.at(&["spec", "selector"]);
    let text = if paths.custom {
        match paths.selector.as_slice() {
            [] => String::new(),
            path => object.at(path).str().to_owned(),
        }
    } else if object.kind() == "ReplicationController" {
        Selector::from_set(selector).to_string()
    } else {
        Selector::from_label_selector(selector)
            .map(|s| s.to_string())
            .unwrap_or_default()
    };
    if !text.is_empty() {
        scale.set_at(&["status", "selector"], text);
    }
    scale
}
