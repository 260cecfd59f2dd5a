//! Subresources: which call goes where, and `status`.

use super::super::call::{Answer, Call};
use super::super::query::write_options;
use super::super::{ApiServer, decode, method_not_allowed};
use super::{meta, update};
use crate::apimachinery::http::Body;
use crate::apimachinery::status::Status;

impl ApiServer {
    pub(in super::super) fn serve_subresource(
        &mut self,
        call: &mut Call,
        body: Body,
    ) -> Result<Answer, Status> {
        let sub = call.info.subresource.clone();
        let Some(def) = call.resource.def.subresource(&sub) else {
            // The handler of custom resources speaks of the object.
            return Err(match call.resource.custom {
                Some(_) => call.resource.not_found(&call.info.name),
                None => Status::no_such_resource(),
            });
        };
        let verb = match call.verb() {
            "watch" | "list" => "get",
            other => other,
        };
        let handed_on = sub == "proxy" && verb == "options";
        if !def.verbs.contains(&verb) && !handed_on {
            return Err(method_not_allowed());
        }
        match (sub.as_str(), verb) {
            ("scale", _) => self.serve_scale(call, body),
            ("binding", _) => self.bind_pod(call, body),
            ("eviction", _) => self.evict_pod(call, body),
            ("log", _) => self.read_log(call),
            ("token", _) => self.create_token(call, body),
            ("exec" | "attach" | "portforward", _) => self.proxy_to_node(call, body),
            ("proxy", _) => self.relay(call, body),
            ("status" | "finalize" | "ephemeralcontainers" | "resize" | "approval", "get") => {
                self.get_object(call)
            }
            (_, "update") => self.update_subresource(call, &sub, body),
            (_, "patch") => self.patch_object(call, body),
            _ => Err(method_not_allowed()),
        }
    }

    fn update_subresource(
        &mut self,
        call: &mut Call,
        sub: &str,
        body: Body,
    ) -> Result<Answer, Status> {
        call.dry_run = write_options(&call.query, "UpdateOptions")?;
        let old = self.stored(call).cloned();
        if let Ok(old) = &old {
            call.know(old);
        }
        let mut object = decode::object(call, body)?;
        meta::dedup_owners(call, &mut object, false);
        let object = self.place_update(call, object)?;
        let old = old?;
        update::check_uid(call, &object, Some(&old))?;
        let stored = self.change_through(call, sub, &old, object)?;
        self.shown(call, 200, stored)
    }

    /// Changes an object through a subresource that speaks the object's own kind.
    pub(super) fn change_through(
        &mut self,
        call: &mut Call,
        sub: &str,
        old: &crate::apimachinery::Value,
        new: crate::apimachinery::Value,
    ) -> Result<crate::apimachinery::Value, Status> {
        match sub {
            "finalize" => self.finalize_namespace(call, old, new),
            "ephemeralcontainers" => self.change_ephemeral_containers(call, old, new),
            "resize" => self.resize_pod(call, old, new),
            _ => self.change_object(call, sub, old, new),
        }
    }
}
