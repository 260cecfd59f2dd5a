//! Writing one object (models `resource.Helper`).

use super::Info;
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::Error;
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;

/// Writes objects of one resource with the same options.
#[derive(Clone)]
pub struct Helper<'a> {
    cx: &'a Cx,
    mapping: &'a Mapping,
    namespace: &'a str,
    dry_run: bool,
    field_manager: String,
    field_validation: &'static str,
    subresource: &'a str,
}

impl<'a> Helper<'a> {
    /// For an object that was found.
    pub fn of(cx: &'a Cx, info: &'a Info) -> Self {
        Helper::new(cx, &info.mapping, &info.namespace)
    }
    /// For objects of a resource in a namespace.
    pub fn new(cx: &'a Cx, mapping: &'a Mapping, namespace: &'a str) -> Self {
        Helper {
            cx,
            mapping,
            namespace,
            dry_run: false,
            field_manager: String::new(),
            field_validation: "",
            subresource: "",
        }
    }
    /// Whether the server only pretends.
    pub fn dry_run(mut self, server: bool) -> Self {
        self.dry_run = server;
        self
    }
    /// Who manages the fields that are written.
    pub fn field_manager(mut self, name: &str) -> Self {
        self.field_manager = name.to_owned();
        self
    }
    /// `Strict`, `Warn`, `Ignore`, or "" to say nothing.
    pub fn field_validation(mut self, directive: &'static str) -> Self {
        self.field_validation = directive;
        self
    }
    /// Writes a subresource.
    pub fn subresource(mut self, name: &'a str) -> Self {
        self.subresource = name;
        self
    }

    fn call(&self, method: Method, name: &str) -> Call {
        Call::on(method, self.mapping, self.namespace, name, self.subresource)
            .query("dryRun", if self.dry_run { "All" } else { "" })
            .query("fieldManager", self.field_manager.as_str())
            .query("fieldValidation", self.field_validation)
    }
    /// Reads an object.
    pub async fn get(&self, name: &str) -> Result<Value, Error> {
        let call = Call::on(
            Method::GET,
            self.mapping,
            self.namespace,
            name,
            self.subresource,
        );
        self.cx.rest.send(call).await
    }
    /// Creates an object.
    pub async fn create(&self, object: &Value) -> Result<Value, Error> {
        let mut object = object.clone();
        if !object.resource_version().is_empty() {
            object.meta_mut().remove("resourceVersion");
        }
        self.cx
            .rest
            .send(self.call(Method::POST, "").body(object))
            .await
    }
    /// Replaces an object; with `overwrite`, whatever the server has by now.
    pub async fn replace(
        &self,
        name: &str,
        overwrite: bool,
        object: &Value,
    ) -> Result<Value, Error> {
        let mut object = object.clone();
        if overwrite && object.resource_version().is_empty() {
            let live = self.get(name).await?;
            object.set_at(&["metadata", "resourceVersion"], live.resource_version());
        }
        self.cx
            .rest
            .send(self.call(Method::PUT, name).body(object))
            .await
    }
    /// Patches an object; `force` is for server-side apply only.
    pub async fn patch(
        &self,
        name: &str,
        content_type: &'static str,
        patch: Body,
        force: Option<bool>,
    ) -> Result<Value, Error> {
        let call = self
            .call(Method::PATCH, name)
            .query("force", force.map(|f| f.to_string()).unwrap_or_default())
            .patch(content_type, patch);
        self.cx.rest.send(call).await
    }
    /// Deletes an object.
    pub async fn delete(&self, name: &str, mut options: Value) -> Result<Value, Error> {
        options.set("kind", "DeleteOptions");
        options.set("apiVersion", "v1");
        if self.dry_run {
            options.set("dryRun", tree!(["All"]));
        }
        let call = Call::on(
            Method::DELETE,
            self.mapping,
            self.namespace,
            name,
            self.subresource,
        );
        self.cx.rest.send(call.body(options)).await
    }
}
