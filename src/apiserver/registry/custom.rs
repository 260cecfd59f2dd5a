//! Custom resources behind the generic registry: which kinds a server serves, and what is special about them
//! (`apiextensions-apiserver/pkg/apiserver/customresource_handler.go`, `pkg/registry/customresource`).

use super::super::ApiServer;
use super::super::call::Call;
use super::super::metrics::RESOURCES as METRICS;
use super::super::storage::TableId;
use super::{Resource, Strategy, meta};
use crate::api::custom::{self, validation};
use crate::api::strict::{DecodeError, Mode};
use crate::api::validation::meta::kube_finalizer_name;
use crate::apimachinery::managed_fields::Ty;
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::status::Status;
use crate::apimachinery::strconv::quote;
use crate::apimachinery::value::NULL;
use crate::apimachinery::{ErrorList, Path, Timestamp, Value};
use crate::collections::Arrange;
use std::sync::Mutex;

/// The group of definitions.
pub const GROUP: &str = "apiextensions.k8s.io";
/// The resource of definitions.
pub const DEFINITIONS: &str = "customresourcedefinitions";

/// What a definition says about one of its versions, beside the row of discovery.
pub struct Custom {
    /// `spec.versions` of the definition.
    versions: Value,
    /// The one of them.
    version: Value,
    /// Whether a webhook would have to convert between them.
    webhook: bool,
}

/// The kinds that a server serves beside the built-in ones: those of definitions, and of the metrics API.
#[derive(Clone, Default)]
pub struct Customs {
    metrics: &'static [Resource],
    served: Vec<Served>,
    /// Tables by group and plural name; they outlive definitions.
    tables: Vec<(&'static str, &'static str, TableId)>,
}

/// One kind in one version.
#[derive(Clone)]
struct Served {
    definition: String,
    established: bool,
    resource: &'static Resource,
}

impl Customs {
    /// None but those of the metrics API, where that is served.
    pub fn new(metrics: bool) -> Self {
        let metrics = if metrics { &METRICS[..] } else { &[] };
        Self {
            metrics,
            ..Self::default()
        }
    }
    /// The resource of a group, version and plural name.
    pub fn lookup(&self, group: &str, version: &str, resource: &str) -> Option<&'static Resource> {
        let all = self.metrics.iter();
        let all = all.chain(self.served.iter().map(|s| s.resource));
        let mut found = all.filter(|r| {
            r.def.resource == resource && r.def.group == group && r.def.version == version
        });
        found.next()
    }
    /// All kinds that discovery lists: by group, best version first.
    pub fn discovered(&self) -> impl Iterator<Item = &'static Resource> + '_ {
        self.metrics.iter().chain(self.defined())
    }

    /// Those of definitions.
    pub fn defined(&self) -> impl Iterator<Item = &'static Resource> + '_ {
        self.served
            .iter()
            .filter(|s| s.established)
            .map(|s| s.resource)
    }

    /// Follows a definition: null where there is none of that name any more. `new_table` makes a table.
    pub fn follow(
        &mut self,
        name: &str,
        definition: &Value,
        new_table: &mut dyn FnMut() -> TableId,
    ) {
        self.served.retain(|s| s.definition != name);
        let established = custom::is_condition_true(definition, "Established");
        if !established && !custom::is_condition_true(definition, "NamesAccepted") {
            return;
        }
        for def in custom::kinds_of(definition) {
            // What is built in is served as that.
            let metrics = self.metrics.iter().any(|r| r.def.group == def.group);
            if metrics || super::lookup(def.group, def.version, def.resource).is_some() {
                continue;
            }
            let table = self.table(def, new_table);
            let resource = interned(definition, def, table);
            let served = Served {
                definition: name.to_owned(),
                established,
                resource,
            };
            let before = |s: &Served| {
                let other = s.resource.def;
                (other.group, s.definition.as_str()) <= (def.group, name)
            };
            let at = self.served.partition_point(before);
            self.served.insert(at, served);
        }
    }

    /// Group and plural name of the kind whose table this is.
    pub fn table_name(&self, table: TableId) -> Option<(&'static str, &'static str)> {
        let found = self.tables.iter().find(|t| t.2 == table)?;
        Some((found.0, found.1))
    }

    /// The table of a kind, as soon as there was a definition of it.
    pub fn table_of(&self, group: &str, resource: &str) -> Option<TableId> {
        let found = self.tables.iter().find(|t| (t.0, t.1) == (group, resource));
        found.map(|t| t.2)
    }

    fn table(&mut self, def: &ResourceDef, new_table: &mut dyn FnMut() -> TableId) -> TableId {
        let of_kind = |t: &&(&str, &str, TableId)| (t.0, t.1) == (def.group, def.resource);
        if let Some((.., table)) = self.tables.iter().find(of_kind) {
            return *table;
        }
        let table = new_table();
        self.tables.push((def.group, def.resource, table));
        table
    }
}

/// Equal descriptions of custom resources, kept once for all clusters of the process: requests, watches and the managers of
/// fields hold on to them.
static KNOWN: Mutex<Vec<&'static Resource>> = Mutex::new(Vec::new());

fn interned(definition: &Value, def: &'static ResourceDef, table: TableId) -> &'static Resource {
    let versions = definition.at(&["spec", "versions"]);
    let storage_version = format!("{}/{}", def.group, custom::storage_version(definition));
    let list_kind = definition
        .at(&["status", "acceptedNames", "listKind"])
        .str();
    let webhook = definition.at(&["spec", "conversion", "strategy"]) == &"Webhook";
    let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    let same = |r: &&&Resource| {
        std::ptr::eq(r.def, def)
            && r.table == table
            && r.storage_version == *storage_version
            && r.list_kind == *list_kind
            && r.custom
                .as_ref()
                .is_some_and(|c| c.versions == *versions && c.webhook == webhook)
    };
    if let Some(found) = known.iter().rev().find(same) {
        return found;
    }
    let mut all = versions.items().iter();
    let version = all.find(|v| v.get("name") == def.version);
    let made: &'static Resource = Box::leak(Box::new(Resource {
        def,
        table,
        api_version: def.api_version().into(),
        list_kind: list_kind.into(),
        storage_version: storage_version.into(),
        strategy: match def.subresource("status") {
            Some(_) => &WITH_STATUS,
            None => &PLAIN,
        },
        custom: Some(Custom {
            versions: versions.clone(),
            version: version.cloned().unwrap_or_default(),
            webhook,
        }),
    }));
    known.push(made);
    made
}

impl Custom {
    /// `openAPIV3Schema`, null where there is none.
    pub fn schema(&self) -> &Value {
        self.version.at(&["schema", "openAPIV3Schema"])
    }
    /// The subresource `scale` as defined, null where there is none.
    pub fn scale(&self) -> &Value {
        self.version.at(&["subresources", "scale"])
    }
    /// The columns that are shown beside the name.
    pub fn columns(&self) -> &[Value] {
        self.version.get("additionalPrinterColumns").items()
    }
    /// The warning that every request gets, where the version is deprecated.
    pub fn deprecation(&self, def: &ResourceDef) -> Option<String> {
        if !custom_flag(&self.version, "deprecated") {
            return None;
        }
        Some(match self.version.get("deprecationWarning").as_str() {
            Some(text) => text.to_owned(),
            None => format!("{} {} is deprecated", def.api_version(), def.kind),
        })
    }
    /// Refuses a version that is not the one objects are stored in, where a webhook would have to convert between them: none are
    /// called here.
    ///
    /// # Errors
    /// 500.
    pub fn check_conversion(&self, resource: &Resource) -> Result<(), Status> {
        if !self.webhook || resource.storage_version == *resource.api_version {
            return Ok(());
        }
        Err(Status::internal_error(format!(
            "conversion webhook for {}, Kind={} failed: conversion webhooks are not supported",
            resource.storage_version, resource.def.kind
        )))
    }
    /// Whether an object that is stored in one version may be shown in another.
    pub fn converts(&self) -> bool {
        !self.webhook
    }
    /// Whether objects can be selected by a field.
    pub fn selects(&self, field: &str) -> bool {
        let all = self.version.get("selectableFields").items();
        let mut paths = all.iter().map(|f| f.get("jsonPath").str());
        paths.any(|p| p.strip_prefix('.') == Some(field))
    }
    /// How server-side apply sees objects in a version of the kind.
    pub fn ty(&'static self, def: &ResourceDef, api_version: &str) -> Option<Ty> {
        let (group, name) = api_version.split_once('/')?;
        let mut versions = self.versions.items().iter();
        let version = versions.find(|v| v.get("name") == name && group == def.group)?;
        Some(Ty::of_custom(version.at(&["schema", "openAPIV3Schema"])))
    }
    /// Whether the kind has such a version.
    pub fn has_version(&self, def: &ResourceDef, api_version: &str) -> bool {
        let Some((group, name)) = api_version.split_once('/') else {
            return false;
        };
        let mut versions = self.versions.items().iter();
        group == def.group && versions.any(|v| v.get("name") == name)
    }
    /// An object as the version has it: what the schema does not know is taken out, defaults are filled in.
    pub fn shaped(&self, object: &mut Value) {
        custom::pruning::prune(object, self.schema(), &mut Vec::new());
        custom::defaulting::drop_nulls(object, self.schema());
        custom::defaulting::default(object, self.schema());
    }
    /// Fills in defaults.
    pub fn default(&self, object: &mut Value) {
        custom::defaulting::default(object, self.schema());
    }
    /// Brings what a client sent into normal form; gives the paths of what was unknown.
    ///
    /// # Errors
    /// Metadata that is none.
    fn decode(&self, object: &mut Value) -> Result<Vec<String>, DecodeError> {
        let mut unknown = Vec::new();
        custom::pruning::prune(object, self.schema(), &mut unknown);
        custom::defaulting::drop_nulls(object, self.schema());
        custom::objectmeta::coerce(object, self.schema(), &mut unknown)?;
        unknown.arrange();
        Ok(unknown)
    }
    fn kind<'a>(&'a self, def: &ResourceDef) -> validation::Kind<'a> {
        validation::Kind {
            namespaced: def.namespaced,
            schema: self.schema(),
            scale: self.scale(),
        }
    }
    /// What is wrong with a new object.
    pub fn validate_create(&self, def: &ResourceDef, object: &Value) -> ErrorList {
        validation::create(&self.kind(def), object)
    }
    /// What is wrong with a new state of an object.
    pub fn validate_update(
        &self,
        def: &ResourceDef,
        sub: &str,
        new: &Value,
        old: &Value,
    ) -> ErrorList {
        validation::update(&self.kind(def), sub, new, old)
    }
}

fn custom_flag(v: &Value, name: &str) -> bool {
    v.get(name).as_bool() == Some(true)
}

/// Decodes an object of a custom kind: unknown fields are dropped, refused or warned of.
///
/// # Errors
/// As upstream's decoder words it.
pub fn decoded(call: &mut Call, mut value: Value, mode: Mode) -> Result<Value, DecodeError> {
    let Some(custom) = &call.resource.custom else {
        return Ok(value);
    };
    let unknown = custom.decode(&mut value)?;
    let words = unknown
        .iter()
        .map(|p| format!("unknown field {}", quote(p)));
    match mode {
        Mode::Strict if !unknown.is_empty() => return Err(DecodeError::Strict(words.collect())),
        Mode::Warn => words.for_each(|w| call.warn(w)),
        _ => {}
    }
    Ok(value)
}

/// Custom resources.
struct CustomResources {
    status_fields: &'static [&'static str],
}

static PLAIN: CustomResources = CustomResources { status_fields: &[] };
static WITH_STATUS: CustomResources = CustomResources {
    status_fields: &["status"],
};

impl Strategy for CustomResources {
    fn allow_unconditional_update(&self) -> bool {
        false
    }
    fn has_generation(&self) -> bool {
        true
    }
    fn status_fields(&self) -> &'static [&'static str] {
        self.status_fields
    }
    fn prepare_for_status_update(&self, new: &mut Value, old: &Value, _now: Timestamp) {
        meta::copy_field(new, old, "metadata");
    }
    fn warnings(&self, object: &Value, old: Option<&Value>) -> Vec<String> {
        let known = |f: &str| old.is_some_and(|o| o.finalizers().any(|x| x == f));
        let mut errors = ErrorList::new();
        let mut new: Vec<&str> = object.finalizers().filter(|f| !known(f)).collect();
        new.arrange();
        for finalizer in new {
            kube_finalizer_name(&mut errors, &Path::new("metadata.finalizers"), finalizer);
        }
        let words = |e: crate::apimachinery::FieldError| {
            format!(
                "{}: {}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers",
                e.field,
                e.bad_value.unwrap_or_default()
            )
        };
        errors.into_iter().map(words).collect()
    }
}

impl ApiServer {
    /// The resource of a group, version and plural name, built in or custom.
    pub fn resource(&self, group: &str, version: &str, name: &str) -> Option<&'static Resource> {
        super::lookup(group, version, name).or_else(|| self.customs.lookup(group, version, name))
    }

    /// The custom kinds that discovery lists.
    pub fn custom_kinds(&self) -> impl Iterator<Item = &'static ResourceDef> + '_ {
        self.customs.defined().map(|r| r.def)
    }

    /// Refuses new objects of a kind whose definition is going.
    ///
    /// # Errors
    /// 405.
    pub(in super::super) fn check_definition_stays(&self, call: &Call) -> Result<(), Status> {
        use super::super::storage::Storage;
        let def = call.resource.def;
        let Some(definitions) = super::lookup(GROUP, "v1", DEFINITIONS) else {
            return Ok(());
        };
        let name = format!("{}.{}", def.resource, def.group);
        let definition = self.storage.get(definitions.table, &name).unwrap_or(&NULL);
        if call.resource.custom.is_none() || !custom::is_condition_true(definition, "Terminating") {
            return Ok(());
        }
        Err(Status::failure(
            405,
            "MethodNotAllowed",
            "create not allowed while custom resource definition is terminating",
        )
        .with_details(def.group, def.resource, ""))
    }

    /// Takes note of a definition that was written or is gone.
    pub(in super::super) fn follow_definition(&mut self, name: &str, definition: &Value) {
        let storage = &mut self.storage;
        self.customs
            .follow(name, definition, &mut || storage.add_table());
    }
}
