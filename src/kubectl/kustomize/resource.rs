//! An object on its way through a kustomization: what it is called, was called, and is to become.

use super::Result;
use crate::apimachinery::meta::split_api_version;
use crate::apimachinery::schema::RESOURCES;
use crate::apimachinery::{Value, yaml};
use std::fmt;

/// What tells an object from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    /// API group.
    pub group: String,
    /// API version.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Namespace; "" is the default one.
    pub namespace: String,
}

impl Id {
    /// Whether objects of the kind certainly stand in no namespace.
    pub fn cluster_scoped(&self) -> bool {
        RESOURCES.iter().any(|r| {
            r.kind == self.kind
                && r.group == self.group
                && r.version == self.version
                && !r.namespaced
        })
    }
    /// The namespace that counts.
    pub fn effective_namespace(&self) -> &str {
        if self.cluster_scoped() {
            "_non_namespaceable_"
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }
    /// Whether both mean the same object.
    pub fn same(&self, o: &Id) -> bool {
        self.name == o.name
            && self.kind == o.kind
            && self.group == o.group
            && self.version == o.version
            && self.effective_namespace() == o.effective_namespace()
    }
    /// As Go prints the struct, which is what some messages do.
    pub fn debug(&self) -> String {
        format!(
            "resid.ResId{{Gvk:resid.Gvk{{Group:{:?}, Version:{:?}, Kind:{:?}, isClusterScoped:{}}}, Name:{:?}, Namespace:{:?}}}",
            self.group,
            self.version,
            self.kind,
            self.cluster_scoped(),
            self.name,
            self.namespace
        )
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |s: &str, none: &str| {
            if s.is_empty() {
                none.to_owned()
            } else {
                s.to_owned()
            }
        };
        write!(
            f,
            "{}.{}.{}/{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]"),
            or(&self.name, "[noName]"),
            or(&self.namespace, "[noNs]")
        )
    }
}

/// What a generator does where an object of its name is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behavior {
    /// Not said.
    #[default]
    Unspecified,
    /// There must be none.
    Create,
    /// Takes its place.
    Replace,
    /// Adds to its data.
    Merge,
}

impl Behavior {
    /// Reads the word of a kustomization file.
    pub fn parse(word: &str) -> Behavior {
        match word {
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            "create" => Behavior::Create,
            _ => Behavior::Unspecified,
        }
    }
}

/// An object with what is remembered about it.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// The object; null once a patch deleted it.
    pub object: Value,
    /// Earlier kinds, names and namespaces, the oldest first.
    previous: Vec<(String, String, String)>,
    /// Prefixes that its name got.
    pub prefixes: Vec<String>,
    /// Suffixes that its name got.
    pub suffixes: Vec<String>,
    /// Whether its name is to end in a hash of its content.
    pub hash: bool,
    /// How it meets an object of its name.
    pub behavior: Behavior,
}

impl Resource {
    /// An object without a past.
    pub fn new(object: Value) -> Resource {
        Resource {
            object,
            ..Resource::default()
        }
    }
    /// What it is called now.
    pub fn id(&self) -> Id {
        let (kind, name) = (self.object.kind(), self.object.name());
        self.id_of(kind, name, self.object.namespace())
    }
    fn id_of(&self, kind: &str, name: &str, namespace: &str) -> Id {
        let (group, version) = split_api_version(self.object.api_version());
        Id {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: namespace.to_owned(),
        }
    }
    /// What it was called, the oldest first.
    pub fn previous_ids(&self) -> Vec<Id> {
        let ids = self.previous.iter();
        ids.map(|(kind, name, namespace)| self.id_of(kind, name, namespace))
            .collect()
    }
    /// What it was called, and is called now.
    pub fn ids(&self) -> Vec<Id> {
        let mut ids = self.previous_ids();
        ids.push(self.id());
        ids
    }
    /// What its file called it.
    pub fn original_id(&self) -> Id {
        self.previous_ids()
            .into_iter()
            .next()
            .unwrap_or_else(|| self.id())
    }
    /// Remembers what it is called now.
    pub fn remember(&mut self) {
        let id = self.id();
        let namespace = id.effective_namespace().to_owned();
        self.previous.push((id.kind, id.name, namespace));
    }
    /// Sets its name.
    pub fn rename(&mut self, name: &str) {
        self.object.set_at(&["metadata", "name"], name);
    }
    /// Takes over what an older object was remembered by.
    pub fn take_past(&mut self, old: &Resource) {
        self.previous.clone_from(&old.previous);
        self.prefixes.clone_from(&old.prefixes);
        self.suffixes.clone_from(&old.suffixes);
        self.hash &= old.hash;
        self.behavior = old.behavior;
    }
}

/// Adds an object, unless there is one of its name.
pub fn append(all: &mut Vec<Resource>, new: Resource) -> Result<()> {
    let id = new.id();
    if all.iter().any(|r| r.id().same(&id)) {
        return Err(format!(
            "may not add resource with an already registered id: {id}"
        ));
    }
    all.push(new);
    Ok(())
}

/// The objects of a file's or a patch's text; lists are taken apart.
pub fn parse(text: &str) -> Result<Vec<Resource>> {
    let (documents, broken) = yaml::parse_all_core(text);
    if let Some(e) = broken {
        let words = e.message.as_str();
        let words = words.strip_prefix("error converting YAML to JSON: ");
        return Err(format!(
            "MalformedYAMLError: {}",
            words.unwrap_or(&e.message)
        ));
    }
    let mut queue: Vec<Value> = documents.into_iter().map(|d| d.value).collect();
    queue.retain(|v| !v.is_empty());
    queue.iter().try_for_each(check)?;
    let (mut out, mut at) = (Vec::new(), 0);
    while at < queue.len() {
        let object = std::mem::take(&mut queue[at]);
        at += 1;
        if object.kind().ends_with("List") && object.has("items") {
            let items: Vec<Value> = object.get("items").items().to_vec();
            items.iter().try_for_each(check)?;
            queue.extend(items);
        } else {
            out.push(Resource::new(object));
        }
    }
    Ok(out)
}

fn check(object: &Value) -> Result<()> {
    if object.as_map().is_none() {
        return Err("missing Resource metadata".to_owned());
    }
    let meta = object.get("metadata");
    if object.api_version().is_empty() && object.kind().is_empty() && meta.is_empty() {
        return Err("missing Resource metadata".to_owned());
    }
    let words = |what: &str| {
        let map = |key: &str| {
            let pairs: Vec<String> = meta
                .get(key)
                .fields()
                .map(|(k, v)| format!("{k}:{}", v.str()))
                .collect();
            pairs.join(" ")
        };
        Err(format!(
            "missing {what} in object {{{{{} {}}} {{{{{} {}}} map[{}] map[{}]}}}}",
            object.api_version(),
            object.kind(),
            object.name(),
            object.namespace(),
            map("labels"),
            map("annotations")
        ))
    };
    if object.kind().is_empty() {
        return words("kind");
    }
    if object.name().is_empty() && !object.kind().ends_with("List") {
        return words("metadata.name");
    }
    Ok(())
}
