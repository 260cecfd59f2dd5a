//! The schema of every built-in type as a table made at build time from `api/data/schema.json`, and the list of resources from
//! `api/data/discovery.json`. It drives pruning, strict validation, defaults, merge patches, completion and `explain`.

mod index;
pub mod metrics;
mod unpack;

use index::Index;
use std::sync::LazyLock;

/// All types, sorted by name.
pub static TYPES: LazyLock<Vec<TypeDef>> = LazyLock::new(|| unpack::types(PACKED));

/// Every field name of the schema, sorted.
static FIELD_NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| unpack::field_names(&TYPES));

/// Index of a type in [`TYPES`].
pub type TypeId = u16;

/// One type of the schema.
#[derive(Debug)]
pub struct TypeDef {
    /// The OpenAPI name: `io.k8s.api.core.v1.Pod`.
    pub name: &'static str,
    /// What values of the type look like.
    pub form: Form,
    /// The fields of an object, sorted by name.
    pub fields: &'static [FieldDef],
    /// Names of the fields that must be there.
    pub required: &'static [&'static str],
    /// Whether server-side apply treats the map as one value.
    pub atomic: bool,
}

/// What values of a type look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object with the listed fields.
    Object,
    /// Any JSON (`RawExtension`, `JSON`, `FieldsV1`).
    Any,
    /// `metav1.Time`.
    Time,
    /// `metav1.MicroTime`.
    MicroTime,
    /// `resource.Quantity`.
    Quantity,
    /// `intstr.IntOrString`.
    IntOrString,
}

/// One field of an object type.
#[derive(Debug)]
pub struct FieldDef {
    /// JSON name.
    pub name: &'static str,
    /// What stands in it.
    pub shape: Shape,
    /// The schema's default as JSON text.
    pub default: Option<&'static str>,
    /// `patchStrategy` of strategic merge: `merge`, `replace`, `retainKeys`, `merge,retainKeys` or "".
    pub patch_strategy: &'static str,
    /// `patchMergeKey` of strategic merge, or "".
    pub patch_merge_key: &'static str,
    /// `x-kubernetes-list-type`: `atomic`, `set`, `map` or "".
    pub list_type: &'static str,
    /// `x-kubernetes-list-map-keys`.
    pub list_map_keys: &'static [&'static str],
    /// `x-kubernetes-map-type: atomic`.
    pub atomic_map: bool,
}

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A string.
    String,
    /// Base64 bytes.
    Bytes,
    /// A 32-bit whole number.
    Int32,
    /// A 64-bit whole number.
    Int64,
    /// A floating point number.
    Number,
    /// A boolean.
    Boolean,
    /// A value of another type.
    Ref(TypeId),
    /// A list.
    List(&'static Shape),
    /// A map from strings.
    Map(&'static Shape),
    /// Anything.
    Any,
}

/// One built-in resource as discovery lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceDef {
    /// API group, "" for the core group.
    pub group: &'static str,
    /// Version.
    pub version: &'static str,
    /// Plural name: `pods`.
    pub resource: &'static str,
    /// Singular name: `pod`.
    pub singular: &'static str,
    /// Kind: `Pod`.
    pub kind: &'static str,
    /// Group and version of the kind where they differ from the resource's own (as `autoscaling/v1` Scale), else "".
    pub response_group: &'static str,
    /// See `response_group`.
    pub response_version: &'static str,
    /// Whether objects stand in a namespace.
    pub namespaced: bool,
    /// Short names: `po`.
    pub short_names: &'static [&'static str],
    /// Categories: `all`.
    pub categories: &'static [&'static str],
    /// Verbs, sorted.
    pub verbs: &'static [&'static str],
    /// Subresources, sorted by name.
    pub subresources: &'static [SubresourceDef],
    /// The kind's type in the schema.
    pub type_id: Option<TypeId>,
    /// Columns of its Table; empty where it is not listable.
    pub columns: &'static [ColumnDef],
}

/// One subresource.
#[derive(Clone, Debug, PartialEq)]
pub struct SubresourceDef {
    /// `status`, `scale`, `log` …
    pub name: &'static str,
    /// The kind it speaks, with group and version ("" and "" where discovery leaves them out).
    pub kind: &'static str,
    /// See `kind`.
    pub group: &'static str,
    /// See `kind`.
    pub version: &'static str,
    /// Verbs, sorted.
    pub verbs: &'static [&'static str],
}

/// One column of a Table.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    /// Title.
    pub name: &'static str,
    /// `string`, `integer`, `date` …
    pub kind: &'static str,
    /// `name` or "".
    pub format: &'static str,
    /// 0 is always shown, above only with `-o wide`.
    pub priority: i64,
}

include!(concat!(env!("OUT_DIR"), "/schema_tables.rs"));

/// The interned text of a field name that the schema knows.
pub fn field_name(s: &str) -> Option<&'static str> {
    static INDEX: LazyLock<Index> =
        LazyLock::new(|| Index::new(FIELD_NAMES.iter().map(|n| index::hash([n]))));
    let at = INDEX.find(index::hash([s]), |i| FIELD_NAMES[i] == s)?;
    Some(FIELD_NAMES[at])
}

/// The type at an index.
pub fn type_def(id: TypeId) -> &'static TypeDef {
    &TYPES[usize::from(id)]
}

/// The type of a kind: `kind_type("apps/v1", "Deployment")`.
pub fn kind_type(api_version: &str, kind: &str) -> Option<TypeId> {
    static INDEX: LazyLock<Index> =
        LazyLock::new(|| Index::new(KINDS.iter().map(|(v, k, _)| index::hash([v, k]))));
    let at = INDEX.find(index::hash([api_version, kind]), |i| {
        KINDS[i].0 == api_version && KINDS[i].1 == kind
    })?;
    Some(KINDS[at].2)
}

/// The type of an OpenAPI name.
pub fn type_named(name: &str) -> Option<TypeId> {
    TYPES
        .binary_search_by(|t| t.name.cmp(name))
        .ok()
        .map(|i| i as TypeId)
}

/// A built-in resource by group, version and plural name.
pub fn resource(group: &str, version: &str, resource: &str) -> Option<&'static ResourceDef> {
    position(group, version, resource).map(|i| &RESOURCES[i])
}

/// Where a resource stands among [`RESOURCES`].
pub fn position(group: &str, version: &str, resource: &str) -> Option<usize> {
    static INDEX: LazyLock<Index> =
        LazyLock::new(|| Index::new(RESOURCES.iter().map(ResourceDef::hash)));
    INDEX.find(index::hash([resource, group, version]), |i| {
        let r = &RESOURCES[i];
        r.resource == resource && r.group == group && r.version == version
    })
}

impl TypeDef {
    /// The field of a JSON name.
    pub fn field(&self, name: &str) -> Option<&'static FieldDef> {
        let fields: &'static [FieldDef] = self.fields;
        fields
            .binary_search_by(|f| f.name.cmp(name))
            .ok()
            .map(|i| &fields[i])
    }
    /// Where the field of a JSON name stands, if that is not before `from`: for names that come in order.
    #[inline]
    pub fn field_from(&self, from: usize, name: &str) -> Option<usize> {
        let is_it = |f: &FieldDef| {
            f.name.len() == name.len() && (std::ptr::eq(f.name, name) || f.name == name)
        };
        let rest = self.fields.get(from..)?;
        rest.iter().position(is_it).map(|i| from + i)
    }
}

impl ResourceDef {
    fn hash(&self) -> u32 {
        index::hash([self.resource, self.group, self.version])
    }
    /// `v1` or `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
    /// Where objects of it are served: `/apis/apps/v1/namespaces/ns/deployments`; all namespaces where `namespace` is "".
    pub fn path(&self, namespace: &str) -> String {
        let root = if self.group.is_empty() {
            "/api/".to_owned()
        } else {
            format!("/apis/{}/", self.group)
        };
        if self.namespaced && !namespace.is_empty() {
            format!(
                "{root}{}/namespaces/{namespace}/{}",
                self.version, self.resource
            )
        } else {
            format!("{root}{}/{}", self.version, self.resource)
        }
    }
    /// A subresource by name.
    pub fn subresource(&self, name: &str) -> Option<&'static SubresourceDef> {
        let all: &'static [SubresourceDef] = self.subresources;
        all.iter().find(|s| s.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_linked() {
        assert!(FIELD_NAMES.windows(2).all(|w| w[0] < w[1]));
        assert!(
            TYPES
                .iter()
                .all(|t| t.fields.windows(2).all(|w| w[0].name < w[1].name))
        );
        let pod = kind_type("v1", "Pod").expect("there");
        let spec = type_def(pod).field("spec").expect("there");
        let Shape::Ref(id) = spec.shape else {
            panic!("a pod's spec is an object")
        };
        assert_eq!(type_def(id).name, "io.k8s.api.core.v1.PodSpec");
        let containers = type_def(id).field("containers").expect("there");
        assert_eq!(
            (containers.patch_merge_key, containers.list_map_keys),
            ("name", &["name"][..])
        );
        let pods = resource("", "v1", "pods").expect("there");
        assert_eq!(pods.type_id, Some(pod));
        assert!(
            pods.subresource("eviction")
                .is_some_and(|s| s.group == "policy")
        );
        assert_eq!(pods.columns[0].name, "Name");
    }
}
