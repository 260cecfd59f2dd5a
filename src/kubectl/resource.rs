//! From arguments and files to objects (models `k8s.io/cli-runtime/pkg/resource`).

pub mod files;
pub mod helper;
mod metadata;

pub use helper::Helper;

use super::context::Cx;
use super::discovery::Mapping;
use super::error::{Error, Outcome};
use super::rest::{Call, TABLE};
use crate::apimachinery::Value;
use crate::apimachinery::meta::split_api_version;
use http::Method;
use std::rc::Rc;

/// One object that a command works on.
#[derive(Clone, Debug)]
pub struct Info {
    /// Its resource.
    pub mapping: Rc<Mapping>,
    /// Its namespace, "" where it has none.
    pub namespace: String,
    /// Its name; "" for a list or an object with a generated name.
    pub name: String,
    /// Where it was read: a path, `STDIN`, or "" where it came from the server.
    pub source: String,
    /// The object (for `get` a Table or a list).
    pub object: Value,
}

impl Info {
    /// `deployment.apps "web"`, as messages name it.
    pub fn quoted(&self) -> String {
        format!(
            "{} \"{}\"",
            self.mapping.group_kind().to_lowercase(),
            self.name
        )
    }
    /// `pods/x`, as some messages name it.
    pub fn object_name(&self) -> String {
        format!("{}/{}", self.mapping.resource, self.name)
    }
    /// Reads the object from the server.
    pub async fn get(&mut self, cx: &Cx) -> Outcome {
        let call = Call::on(Method::GET, &self.mapping, &self.namespace, &self.name, "");
        self.object = cx.rest.send(call).await?;
        Ok(())
    }
}

/// What a builder found.
#[derive(Debug, Default)]
pub struct Found {
    /// Objects in the order they were found.
    pub infos: Vec<Info>,
    /// What went wrong on the way.
    pub errors: Vec<Error>,
    /// Whether the words meant exactly one object, not a list.
    pub single: bool,
    /// How many objects were found before each error of a file.
    pub before: Vec<usize>,
}

impl Found {
    fn fail(&mut self, error: Error) {
        self.errors.push(error);
        self.before.push(self.infos.len());
    }

    /// Objects and errors in the order in which they were met; errors whose place is not known come last.
    pub fn in_order(self) -> Vec<Result<Info, Error>> {
        let mut out: Vec<Result<Info, Error>> = Vec::new();
        let mut errors = self.errors.into_iter();
        let mut before = self.before.into_iter().peekable();
        for (i, info) in self.infos.into_iter().enumerate() {
            while before.next_if(|at| *at <= i).is_some() {
                out.extend(errors.next().map(Err));
            }
            out.push(Ok(info));
        }
        out.extend(errors.map(Err));
        out
    }

    /// The objects, or the errors if there were any.
    pub fn all(self) -> Result<Vec<Info>, Error> {
        Error::all(self.errors).map(|()| self.infos)
    }
}

#[derive(Clone, Debug)]
struct Tuple {
    resource: String,
    name: String,
}

/// Collects what the user said about objects; [`Builder::find`] then finds them.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    namespace: String,
    require_namespace: bool,
    all_namespaces: bool,
    sources: Vec<files::Source>,
    label_selector: Option<String>,
    field_selector: Option<String>,
    select_all: bool,
    chunk: i64,
    resources: Vec<String>,
    tuples: Vec<Tuple>,
    names: Vec<String>,
    types_wanted: Option<String>,
    flatten: bool,
    latest: bool,
    continue_on_error: bool,
    single_type: bool,
    local: bool,
    no_fetch: bool,
    schema: Option<bool>,
    table: bool,
    include_object: bool,
    subresource: String,
    errors: Vec<Error>,
}

impl Builder {
    /// A builder that works in the command's namespace; `-f` objects of other namespaces are refused where `-n` was given.
    pub fn new(cx: &Cx) -> Result<Builder, Error> {
        let (namespace, explicit) = cx.namespace()?;
        Ok(Builder {
            namespace,
            require_namespace: explicit,
            ..Builder::default()
        })
    }
    /// The namespace it works in; "" with `-A`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
    /// Objects of all namespaces.
    pub fn all_namespaces(mut self, all: bool) -> Self {
        if all {
            self.namespace.clear();
            self.require_namespace = false;
        }
        self.all_namespaces = all;
        self
    }
    /// What `-f`, `-R` and `-k` say.
    pub fn filenames(mut self, cx: &Cx) -> Self {
        match files::sources(cx) {
            Ok(sources) => self.sources.extend(sources),
            Err(errors) => self.errors.extend(errors),
        }
        self
    }
    /// A label selector; empty is none.
    pub fn label_selector(mut self, selector: &str) -> Self {
        self.label_selector = self.selector(selector, "label").or(self.label_selector);
        self
    }
    /// A field selector; empty is none.
    pub fn field_selector(mut self, selector: &str) -> Self {
        self.field_selector = self.selector(selector, "field").or(self.field_selector);
        self
    }
    fn selector(&mut self, selector: &str, what: &str) -> Option<String> {
        let trimmed = selector.trim();
        if trimmed.is_empty() {
            return None;
        }
        if self.select_all {
            self.errors.push(Error::msg(format!(
                "found non-empty {what} selector \"{selector}\" with previously set 'all' parameter. "
            )));
            return None;
        }
        Some(trimmed.to_owned())
    }
    /// Everything of the named types.
    pub fn select_all(mut self, all: bool) -> Self {
        if all && (self.label_selector.is_some() || self.field_selector.is_some()) {
            self.errors.push(Error::msg(
                "setting 'all' parameter but found a non empty selector. ",
            ));
            return self;
        }
        self.select_all = all;
        self
    }
    /// How many objects to ask for at once; 0 for all.
    pub fn chunks(mut self, size: i64) -> Self {
        self.chunk = size;
        self
    }
    /// Types and names: `pods`, `pods,svc`, `pod x y`, `pod/x svc/y`. `all_of_type`: a type alone means everything of it.
    pub fn args(mut self, args: &[String], all_of_type: bool) -> Self {
        let args = expand_types(args);
        let slashes = args.iter().filter(|a| a.contains('/')).count();
        if slashes > 0 && slashes < args.len() {
            self.errors.push(Error::msg("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"));
            return self;
        }
        if slashes > 0 {
            for arg in &args {
                match split_tuple(arg) {
                    Ok(tuple) => self.tuples.push(tuple),
                    Err(e) => {
                        self.errors.push(e);
                        break;
                    }
                }
            }
            return self;
        }
        if let Some((types, names)) = args.split_first() {
            self.types_wanted = Some(types.clone());
            self.names.extend_from_slice(names);
            if names.is_empty() && self.label_selector.is_none() && all_of_type {
                self.label_selector = Some(String::new());
            }
        }
        self
    }
    /// Names of a default type; each may also be `type/name`.
    pub fn named(mut self, resource: &str, names: &[String]) -> Self {
        for name in names {
            if name.contains('/') {
                match split_tuple(name) {
                    Ok(tuple) => self.tuples.push(tuple),
                    Err(e) => {
                        self.errors.push(e);
                        break;
                    }
                }
            } else if resource.is_empty() {
                self.errors.push(Error::msg(format!(
                    "the argument \"{name}\" must be RESOURCE/NAME"
                )));
            } else {
                self.tuples.push(Tuple {
                    resource: resource.to_owned(),
                    name: name.clone(),
                });
            }
        }
        self
    }
    /// All objects of a type.
    pub fn types(mut self, types: &str) -> Self {
        self.types_wanted = Some(types.to_owned());
        self
    }
    /// Lists become their items.
    pub fn flatten(mut self) -> Self {
        self.flatten = true;
        self
    }
    /// Objects of files are read anew from the server.
    pub fn latest(mut self) -> Self {
        self.latest = true;
        self
    }
    /// Goes on after an error.
    pub fn continue_on_error(mut self) -> Self {
        self.continue_on_error = true;
        self
    }
    /// Refuses more than one type.
    pub fn single_type(mut self) -> Self {
        self.single_type = true;
        self
    }
    /// Reads files only, never the server.
    pub fn local(mut self, local: bool) -> Self {
        self.local = local;
        self
    }
    /// Does not read named objects from the server.
    pub fn no_fetch(mut self) -> Self {
        self.no_fetch = true;
        self
    }
    /// Checks that objects of files name their version and kind, as client-side validation does.
    pub fn validate(mut self, on: bool) -> Self {
        self.schema = Some(on);
        self
    }
    /// Asks for Tables; with whole objects in the rows where `with_objects`.
    pub fn table(mut self, on: bool, with_objects: bool) -> Self {
        self.table = on;
        self.include_object = with_objects;
        self
    }
    /// Reads a subresource instead of the object.
    pub fn subresource(mut self, name: &str) -> Self {
        self.subresource = name.to_owned();
        self
    }
    /// Whether files were named.
    pub fn has_files(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Finds the objects. `Err` where the words make no sense; what single objects met is in [`Found::errors`].
    pub async fn find(mut self, cx: &Cx) -> Result<Found, Error> {
        if let Some(types) = self.types_wanted.take() {
            self.resources = expand_categories(cx, &types, self.local).await?;
        }
        Error::all(std::mem::take(&mut self.errors))?;
        if self.select_all {
            self.label_selector = Some(String::new());
        }
        if !self.sources.is_empty() {
            self.by_path(cx).await
        } else if self.label_selector.is_some() || self.field_selector.is_some() {
            self.by_selector(cx).await
        } else if !self.tuples.is_empty() {
            let tuples = std::mem::take(&mut self.tuples);
            self.by_tuple(cx, tuples).await
        } else if !self.names.is_empty() {
            self.by_name(cx).await
        } else if !self.resources.is_empty() {
            for r in &self.resources {
                cx.resource(r).await?;
            }
            Err(Error::msg(
                "resource(s) were provided, but no name was specified",
            ))
        } else {
            Err(Error::msg(MISSING_RESOURCE))
        }
    }

    async fn by_path(&self, cx: &Cx) -> Result<Found, Error> {
        if !self.resources.is_empty() {
            return Err(Error::msg(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ));
        }
        if !self.names.is_empty() {
            return Err(Error::msg(
                "name cannot be provided when a resource is specified by paths, URLs, or stdin",
            ));
        }
        let mut found = Found {
            single: self.sources.len() == 1,
            ..Found::default()
        };
        for source in &self.sources {
            for item in files::read(cx, source, self.schema, self.local).await {
                match item {
                    Ok(info) => self.take(cx, info, &mut found).await,
                    Err(e) => found.fail(e),
                }
                if !found.errors.is_empty() && !self.continue_on_error {
                    return Ok(found);
                }
            }
        }
        if let Some(selector) = self.label_selector.as_deref().filter(|s| !s.is_empty()) {
            let selector = crate::apimachinery::labels::Selector::parse(selector).map_err(|e| {
                Error::msg(format!(
                    "the provided selector {selector:?} is not valid: {e}"
                ))
            })?;
            found.infos.retain(|i| selector.matches_object(&i.object));
        }
        Ok(found)
    }

    /// Takes one object of a file: flattened, with its namespace, and as the server has it where that is wanted.
    async fn take(&self, cx: &Cx, info: Info, found: &mut Found) {
        let parts = if self.flatten && is_list(&info.object) {
            found.single = false;
            flatten(cx, &info, self.local).await
        } else {
            vec![Ok(info)]
        };
        for part in parts {
            // Only what is one object can be read anew (`RetrieveLatest`).
            let part = part.and_then(|i| match self.latest && !self.local && is_list(&i.object) {
                true => Err(Error::msg(
                    "watch is only supported on individual resources and resource collections, but a list of resources is found",
                )),
                false => Ok(i),
            });
            let mut info = match part.and_then(|i| self.with_namespace(i)) {
                Ok(info) => info,
                Err(e) => {
                    found.fail(e);
                    continue;
                }
            };
            if self.latest && !self.local {
                if info.name.is_empty() {
                    continue;
                }
                match self
                    .fetch(cx, &info.mapping, &info.namespace, &info.name)
                    .await
                {
                    Ok(object) => info.object = object,
                    Err(e) => {
                        found.fail(e);
                        continue;
                    }
                }
            }
            found.infos.push(info);
        }
    }

    fn with_namespace(&self, mut info: Info) -> Result<Info, Error> {
        if !info.mapping.namespaced {
            info.namespace.clear();
            return Ok(info);
        }
        if self.local {
            return Ok(info);
        }
        if info.namespace.is_empty() {
            info.namespace.clone_from(&self.namespace);
            if !self.namespace.is_empty() {
                info.object
                    .set_at(&["metadata", "namespace"], &self.namespace);
            }
        } else if self.require_namespace && info.namespace != self.namespace {
            return Err(Error::msg(format!(
                "the namespace from the provided object \"{0}\" does not match the namespace \"{1}\". You must pass '--namespace={0}' to perform this operation.",
                info.namespace, self.namespace
            )));
        }
        Ok(info)
    }

    async fn by_selector(&self, cx: &Cx) -> Result<Found, Error> {
        if !self.names.is_empty() {
            return Err(Error::msg(
                "name cannot be provided when a selector is specified",
            ));
        }
        if !self.tuples.is_empty() {
            return Err(Error::msg(
                "selectors and the all flag cannot be used when passing resource/name arguments",
            ));
        }
        if self.resources.is_empty() {
            return Err(Error::msg(
                "at least one resource must be specified to use a selector",
            ));
        }
        if self.resources.len() > 1 && self.single_type {
            return Err(Error::msg("you may only specify a single resource type"));
        }
        let mut mappings: Vec<Rc<Mapping>> = Vec::new();
        for word in &self.resources {
            let mapping = cx.resource(word).await?;
            if !mappings.contains(&mapping) {
                mappings.push(mapping);
            }
        }
        let mut found = Found::default();
        for mapping in &mappings {
            if let Err(e) = self.list(cx, mapping, &mut found).await {
                found.errors.push(e);
                if !self.continue_on_error {
                    break;
                }
            }
        }
        Ok(found)
    }

    async fn list(&self, cx: &Cx, mapping: &Rc<Mapping>, found: &mut Found) -> Outcome {
        let namespace = if mapping.namespaced {
            self.namespace.as_str()
        } else {
            ""
        };
        let mut token = String::new();
        loop {
            let list = cx
                .rest
                .send(self.list_call(mapping, namespace, &token))
                .await
                .map_err(|e| self.list_error(e, mapping))?;
            token = list.at(&["metadata", "continue"]).str().to_owned();
            let info = Info {
                mapping: mapping.clone(),
                namespace: namespace.to_owned(),
                name: String::new(),
                source: String::new(),
                object: list,
            };
            if self.flatten && is_list(&info.object) {
                for part in flatten(cx, &info, false).await {
                    match part {
                        Ok(info) => found.infos.push(info),
                        Err(e) => found.errors.push(e),
                    }
                }
            } else {
                found.infos.push(info);
            }
            if token.is_empty() {
                return Ok(());
            }
        }
    }

    fn list_call(&self, mapping: &Mapping, namespace: &str, token: &str) -> Call {
        let limit = if self.chunk > 0 {
            self.chunk.to_string()
        } else {
            String::new()
        };
        let call = Call::on(Method::GET, mapping, namespace, "", "")
            .query(
                "fieldSelector",
                self.field_selector.clone().unwrap_or_default(),
            )
            .query(
                "labelSelector",
                self.label_selector.clone().unwrap_or_default(),
            )
            .query("limit", limit)
            .query("continue", token);
        self.as_table(call)
    }

    fn as_table(&self, call: Call) -> Call {
        if !self.table {
            return call;
        }
        let include = if self.include_object { "Object" } else { "" };
        call.accept(TABLE).query("includeObject", include)
    }

    /// Opens a watch on what the words mean (`mapping`, and one object where `name` is not "").
    pub fn watch_call(&self, mapping: &Mapping, name: &str, resource_version: &str) -> Call {
        let namespace = if mapping.namespaced {
            self.namespace.as_str()
        } else {
            ""
        };
        let mut fields = self.field_selector.clone().unwrap_or_default();
        if !name.is_empty() {
            fields = format!("metadata.name={name}");
        }
        let call = Call::on(Method::GET, mapping, namespace, "", "")
            .query("fieldSelector", fields)
            .query(
                "labelSelector",
                self.label_selector.clone().unwrap_or_default(),
            )
            .query("resourceVersion", resource_version);
        self.as_table(call)
    }

    fn list_error(&self, error: Error, mapping: &Mapping) -> Error {
        let Error::Status(mut status) = error else {
            return error;
        };
        if !matches!(status.get("reason").str(), "BadRequest" | "NotFound") {
            return Error::Status(status);
        }
        let message = status.get("message").str();
        let labels = self.label_selector.as_deref().unwrap_or_default();
        let fields = self.field_selector.as_deref().unwrap_or_default();
        let text = if labels.is_empty() && fields.is_empty() {
            format!("Unable to list \"{}\": {message}", mapping.gvr())
        } else {
            format!(
                "Unable to find \"{}\" that match label selector \"{labels}\", field selector \"{fields}\": {message}",
                mapping.gvr()
            )
        };
        status.set("message", text);
        Error::Status(status)
    }

    async fn by_name(&mut self, cx: &Cx) -> Result<Found, Error> {
        let names = std::mem::take(&mut self.names);
        match self.resources.len() {
            0 => Err(Error::msg(
                "you must provide a resource and a resource name together",
            )),
            1 => {
                let tuples = names
                    .into_iter()
                    .map(|name| Tuple {
                        resource: self.resources[0].clone(),
                        name,
                    })
                    .collect();
                self.by_tuple(cx, tuples).await
            }
            _ => Err(Error::msg("you must specify only one resource")),
        }
    }

    async fn by_tuple(&self, cx: &Cx, tuples: Vec<Tuple>) -> Result<Found, Error> {
        let mut found = Found {
            single: tuples.len() == 1,
            ..Found::default()
        };
        let mut mappings = Vec::new();
        for tuple in &tuples {
            mappings.push(cx.resource(&tuple.resource).await?);
        }
        if self.single_type && mappings.windows(2).any(|w| w[0] != w[1]) {
            return Err(Error::msg("you may only specify a single resource type"));
        }
        for (tuple, mapping) in tuples.into_iter().zip(mappings) {
            let mut namespace = String::new();
            if mapping.namespaced {
                if self.namespace.is_empty() {
                    return Err(Error::msg(if self.all_namespaces {
                        "a resource cannot be retrieved by name across all namespaces"
                    } else {
                        "namespace may not be empty when retrieving a resource by name"
                    }));
                }
                namespace.clone_from(&self.namespace);
            }
            let mut info = Info {
                mapping,
                namespace,
                name: tuple.name,
                source: String::new(),
                object: Value::Null,
            };
            if !self.no_fetch && !self.local {
                match self
                    .fetch(cx, &info.mapping, &info.namespace, &info.name)
                    .await
                {
                    Ok(object) => info.object = object,
                    Err(e) => {
                        found.errors.push(e);
                        if !self.continue_on_error {
                            return Ok(found);
                        }
                        continue;
                    }
                }
            }
            found.infos.push(info);
        }
        Ok(found)
    }

    async fn fetch(
        &self,
        cx: &Cx,
        mapping: &Mapping,
        namespace: &str,
        name: &str,
    ) -> Result<Value, Error> {
        let call = Call::on(Method::GET, mapping, namespace, name, &self.subresource);
        let answer = cx.rest.send(self.as_table(call)).await;
        if matches!(&answer, Err(e) if e.is_not_found()) && !matches!(namespace, "" | "default") {
            let spaces = Mapping::built_in("v1", "Namespace");
            let space = Call::on(Method::GET, &spaces, "", namespace, "");
            if let Err(e) = cx.rest.send(space).await
                && e.is_not_found()
            {
                return Err(e);
            }
        }
        answer
    }
}

/// What is said where no resource was named at all.
pub const MISSING_RESOURCE: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/// Refuses a `--subresource` of more than named objects.
pub fn check_subresource(cx: &Cx) -> Outcome {
    let named = cx.args.len() > 1 || cx.args.iter().any(|a| a.contains('/'));
    if !cx.flags.str("subresource").is_empty() && !named && files::none_given(cx) {
        return Err(Error::msg(
            "subresource cannot be used when bulk resources are specified",
        ));
    }
    Ok(())
}

/// `a,b x y` means `a/x a/y b/x b/y`.
fn expand_types(args: &[String]) -> Vec<String> {
    if let Some((types, names)) = args.split_first()
        && !names.is_empty()
        && types.contains(',')
    {
        return types
            .split(',')
            .flat_map(|t| names.iter().map(move |n| format!("{t}/{n}")))
            .collect();
    }
    args.to_vec()
}

fn split_tuple(arg: &str) -> Result<Tuple, Error> {
    let parts: Vec<&str> = arg.split('/').collect();
    match parts[..] {
        [resource, name] if !resource.is_empty() && !name.is_empty() && !resource.contains(',') => {
            Ok(Tuple {
                resource: resource.to_owned(),
                name: name.to_owned(),
            })
        }
        [_, _] => Err(Error::msg(
            "arguments in resource/name form must have a single resource and name",
        )),
        _ => Err(Error::msg(
            "arguments in resource/name form may not have more than one slash",
        )),
    }
}

async fn expand_categories(cx: &Cx, types: &str, local: bool) -> Result<Vec<String>, Error> {
    let mut out = Vec::new();
    for word in types.split(',') {
        let members = if local {
            Vec::new()
        } else {
            let known = cx.discovery().await?;
            match known.resource(word) {
                Some(_) => Vec::new(),
                None if known.category(word).is_empty() => {
                    cx.find_resource(word).await?;
                    cx.discovery().await?.category(word)
                }
                None => known.category(word),
            }
        };
        if members.is_empty() {
            out.push(word.to_owned());
        }
        out.extend(members.iter().map(|m| m.group_resource()));
    }
    Ok(out)
}

/// Whether an object is a list of objects (Tables are not).
pub fn is_list(object: &Value) -> bool {
    object.kind().ends_with("List") && matches!(object.get("items"), Value::List(_) | Value::Null)
}

/// The items of a list as objects of their own; they take version and kind from the list where they have none.
pub async fn flatten(cx: &Cx, list: &Info, local: bool) -> Vec<Result<Info, Error>> {
    let mut out = Vec::new();
    let kind = list.object.kind().trim_end_matches("List").to_owned();
    for item in list.object.get("items").items() {
        let mut object = item.clone();
        if object.kind().is_empty() && !kind.is_empty() {
            object.set("apiVersion", list.object.api_version());
            object.set("kind", kind.as_str());
        }
        let same = object.kind() == list.mapping.kind
            && split_api_version(object.api_version()).0 == list.mapping.group;
        if same && list.source.is_empty() {
            out.push(Ok(Info {
                mapping: list.mapping.clone(),
                namespace: object.namespace().to_owned(),
                name: object.name().to_owned(),
                source: list.source.clone(),
                object,
            }));
            continue;
        }
        let info = files::info_for(cx, object, &list.source, local).await;
        match info {
            Ok(info) if is_list(&info.object) => {
                out.extend(Box::pin(flatten(cx, &info, local)).await);
            }
            info => out.push(info),
        }
    }
    out
}
