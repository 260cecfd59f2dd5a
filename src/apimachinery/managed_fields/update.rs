//! What a write does to the managers of an object (`structured-merge-diff/merge`, `managedfields/internal`).

use super::element::{Element, show};
use super::entries::{Managed, Manager};
use super::set::Set;
use super::typed::Ty;
use super::walk::{Comparison, compare, fields_of, merge, remove, validate};
use crate::apimachinery::{Text, Value};
use crate::collections::Arrange;
use std::borrow::Cow;

/// How many managers that update are kept apart.
const MAX_UPDATERS: usize = 10;
/// In whose name the oldest updates are kept together.
const OLD_UPDATES: &str = "ancient-changes";
/// In whose name the fields are that were there before anything was tracked.
const BEFORE_APPLY: &str = "before-first-apply";

/// Which fields a write through a resource or subresource cannot set.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All but these and what is below them.
    Except(Set),
    /// Only what is at or below this path.
    Only(&'static [&'static str]),
}

impl Filter {
    fn filter(&self, set: &Set) -> Set {
        match self {
            Filter::Except(gone) => set.without(gone),
            Filter::Only(path) => set.only(path),
        }
    }
}

/// Brings an object into another version; none where the kind is not served in it.
pub type Convert<'a> = &'a dyn Fn(&Value, &str) -> Option<Value>;

/// Who writes what, in which version.
pub struct Writer<'a> {
    /// The manager's name.
    pub manager: &'a str,
    /// `apps/v1`.
    pub version: &'a str,
    /// `Deployment`.
    pub kind: &'a str,
    /// The subresource, or "".
    pub subresource: &'a str,
    /// When.
    pub time: &'a str,
    /// What cannot be set this way.
    pub filter: &'a Filter,
    /// The kind's types in its versions.
    pub types: &'a dyn Fn(&str) -> Option<Ty>,
    /// Conversion between the kind's versions.
    pub convert: Convert<'a>,
}

/// A write that changes an object.
pub struct Change<'a> {
    /// The object before; null where it is created.
    pub live: &'a Value,
    /// The object after, as the request has it.
    pub new: &'a Value,
}

/// Why a configuration was not applied.
#[derive(Debug)]
pub enum ApplyError {
    /// Others manage fields that it would change: who (as messages name them) and the path.
    Conflicts(Vec<(String, Vec<Element>)>),
    /// It does not fit the type.
    Typed(String),
}

impl Writer<'_> {
    /// The type in a version of the kind.
    pub fn ty(&self, version: &str) -> Option<Ty> {
        (self.types)(version)
    }
    fn entry(&self, name: &str, applied: bool, fields: Set) -> Manager {
        Manager {
            name: Text::from(if name.is_empty() { "unknown" } else { name }),
            applied,
            version: Text::from(self.version),
            subresource: Text::from(self.subresource),
            time: Some(Text::from(self.time)),
            fields,
        }
    }
    fn versioned<'v>(&self, object: &'v Value, version: &str) -> Option<Cow<'v, Value>> {
        if object.api_version() == version {
            return Some(Cow::Borrowed(object));
        }
        (self.convert)(object, version).map(Cow::Owned)
    }
    fn compared(&self, live: &Value, new: &Value, version: &str) -> Option<Comparison> {
        let ty = self.ty(version)?;
        let new = self.versioned(new, version)?;
        let live = if live.is_null() {
            Cow::Owned(ty.empty())
        } else {
            self.versioned(live, version)?
        };
        let mut c = Comparison::default();
        compare(ty, Some(&live), Some(&new), &mut Vec::new(), &mut c);
        for set in [&mut c.removed, &mut c.modified, &mut c.added] {
            *set = self.filter.filter(set);
        }
        Some(c)
    }
    /// What the write changes; what others lose by it is taken from them. `own` is who is left out.
    fn disown(
        &self,
        managed: &mut Managed,
        live: &Value,
        new: &Value,
        own: Option<&Manager>,
        force: bool,
    ) -> Result<Comparison, ApplyError> {
        let mine = self.compared(live, new, self.version).unwrap_or_default();
        let mut conflicts = Vec::new();
        let mut kept = Vec::new();
        for m in &managed.0 {
            if own.is_some_and(|own| own.is(m)) {
                kept.push(m.clone());
                continue;
            }
            let other = match m.version.as_str() {
                v if v == self.version => None,
                v => match self.compared(live, new, v) {
                    Some(c) => Some(c),
                    None => continue,
                },
            };
            let c = other.as_ref().unwrap_or(&mine);
            let taken = m.fields.intersection(&c.modified.union(&c.added));
            if !force {
                taken.each(&mut Vec::new(), &mut |path| {
                    conflicts.push((describe(m), path.to_vec()));
                });
            }
            let fields = m.fields.difference(&taken).difference(&c.removed);
            kept.push(Manager {
                fields,
                ..m.clone()
            });
        }
        if !conflicts.is_empty() {
            return Err(ApplyError::Conflicts(conflicts));
        }
        kept.retain(|m| !m.fields.is_empty());
        managed.0 = kept;
        Ok(mine)
    }
}

/// How messages name a manager.
fn describe(m: &Manager) -> String {
    let mut out = format!("{:?}", m.name.as_str());
    if !m.subresource.is_empty() {
        out += &format!(" with subresource {:?}", m.subresource.as_str());
    }
    if !m.applied {
        out += &format!(" using {}", m.version);
    }
    out
}

/// Metadata and type are nobody's.
fn strip(set: &Set) -> Set {
    set.difference(&Set::of_fields(&[
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "creationTimestamp"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
        &["metadata", "clusterName"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
    ]))
}

/// Tracks a create or an update.
pub fn update(w: &Writer<'_>, change: &Change<'_>, managed: &mut Managed) {
    track(w, w.manager, change, managed);
}

fn track(w: &Writer<'_>, name: &str, change: &Change<'_>, managed: &mut Managed) {
    let Ok(c) = w.disown(managed, change.live, change.new, None, true) else {
        return;
    };
    let fields = strip(&w.filter.filter(&c.modified.union(&c.added)));
    if !fields.is_empty() {
        let mut entry = w.entry(name, false, fields);
        if let Some(i) = managed.position(&entry) {
            entry.fields = entry.fields.union(&managed.0[i].fields);
        }
        managed.put(entry);
    }
    cap(managed);
}

/// Puts the oldest updates together, by version, until there are few enough.
fn cap(managed: &mut Managed) {
    let mut updaters: Vec<Manager> = managed.0.iter().filter(|m| !m.applied).cloned().collect();
    let mut count = updaters.len();
    updaters.arrange_by(|a, b| a.time.cmp(&b.time));
    let mut first: Vec<Manager> = Vec::new();
    for m in updaters {
        if count <= MAX_UPDATERS {
            return;
        }
        let Some(start) = first.iter().find(|f| f.version == m.version) else {
            first.push(m);
            continue;
        };
        let mut bucket = Manager {
            name: Text::Static(OLD_UPDATES),
            subresource: Text::EMPTY,
            ..m.clone()
        };
        let before = match managed.position(&bucket) {
            Some(i) => managed.0[i].fields.clone(),
            None => start.fields.clone(),
        };
        bucket.fields = m.fields.union(&before);
        let start = start.clone();
        managed.0.retain(|x| !x.is(&m) && !x.is(&start));
        managed.put(bucket);
        count -= 1;
    }
}

fn replicas() -> Set {
    Set::of_fields(&[&["spec", "replicas"]])
}

/// The managers of what stands at an object's path `replicas`, as those of its Scale (`ScaleHandler.ToSubresource`).
pub fn to_scale(managed: &Managed, path: &[&str], version: &str) -> Managed {
    let (own, fields) = (Set::of_fields(&[path]), replicas());
    let mut out = Managed::default();
    for m in &managed.0 {
        if !m.fields.intersection(&own).is_empty() {
            out.put(Manager {
                version: Text::from(version),
                fields: fields.clone(),
                ..m.clone()
            });
        }
    }
    out
}

/// The managers of an object after a write to its Scale (`ScaleHandler.ToParent`); `version` is the object's.
pub fn from_scale(managed: &Managed, scale: &Managed, path: &[&str], version: &str) -> Managed {
    let same = |a: &Manager, b: &Manager| {
        (&a.name, a.applied, &a.subresource) == (&b.name, b.applied, &b.subresource)
    };
    let fields = Set::of_fields(&[path]);
    let mut out = Managed::default();
    let mut known: Vec<&Manager> = Vec::new();
    for m in &managed.0 {
        let mut m = m.clone();
        if !m.fields.intersection(&fields).is_empty() {
            match scale.0.iter().find(|s| same(s, &m)) {
                Some(s) => known.push(s),
                None => m.fields = m.fields.difference(&fields),
            }
        }
        if !m.fields.is_empty() {
            out.put(m);
        }
    }
    for s in &scale.0 {
        if !known.contains(&s) {
            let time = managed.0.iter().find(|m| same(m, s));
            out.put(Manager {
                version: Text::from(version),
                fields: fields.clone(),
                time: time.and_then(|m| m.time.clone()),
                ..s.clone()
            });
        }
    }
    out
}

/// Applies a configuration. `live` is null where the object is created. Gives the merged object, none where it is the live one.
///
/// # Errors
/// Where others manage what it would change (unless `force`), and where it does not fit its type.
pub fn apply(
    w: &Writer<'_>,
    live: &Value,
    config: &Value,
    managed: &mut Managed,
    force: bool,
) -> Result<Option<Value>, ApplyError> {
    let Some(ty) = w.ty(w.version) else {
        return Err(ApplyError::Typed("no corresponding type".into()));
    };
    let mut errors = Vec::new();
    validate(ty, config, "", &mut errors);
    match errors.as_slice() {
        [] => {}
        [one] => return Err(ApplyError::Typed(one.clone())),
        several => {
            return Err(ApplyError::Typed(format!(
                "errors:\n  {}",
                several.join("\n  ")
            )));
        }
    }
    let empty = Value::Null;
    if managed.0.is_empty() && !live.is_null() {
        let all = Change {
            live: &empty,
            new: live,
        };
        track(w, BEFORE_APPLY, &all, managed);
    }
    let merged = merge(ty, live, config);
    let mut fields = Set::new();
    fields_of(ty, config, &mut Vec::new(), &mut fields);
    let mut entry = w.entry(w.manager, true, w.filter.filter(&fields));
    let last = managed.position(&entry).map(|i| managed.0[i].clone());
    entry.time = last.as_ref().and_then(|m| m.time.clone());
    managed.put(entry.clone());
    let merged = match &last {
        Some(last) if !last.fields.is_empty() => prune(w, merged, managed, last),
        _ => merged,
    };
    w.disown(managed, live, &merged, Some(&entry), force)?;
    let same = !live.is_null() && merged == *live;
    managed.0.retain(|m| !m.is(&entry));
    entry.fields = strip(&entry.fields);
    if !same {
        entry.time = Some(Text::from(w.time));
    }
    if !entry.fields.is_empty() {
        managed.put(entry);
    }
    Ok((!same).then_some(merged))
}

/// Takes out what the manager applied the last time and now leaves out, where nobody else manages it.
fn prune(w: &Writer<'_>, merged: Value, managed: &Managed, last: &Manager) -> Value {
    let version = last.version.as_str();
    let (Some(ty), Some(whole)) = (w.ty(version), w.versioned(&merged, version)) else {
        return merged;
    };
    let whole = whole.into_owned();
    let mut pruned = remove(ty, &whole, &last.fields.with_named_fields(Some(ty)));
    let mut versions = vec![version];
    for m in &managed.0 {
        if !versions.contains(&m.version.as_str()) {
            versions.push(&m.version);
        }
    }
    for v in versions {
        let owned = managed.0.iter().filter(|m| m.version.as_str() == v);
        let owned = owned.fold(Set::new(), |all, m| all.union(&m.fields));
        let left = with_type(&pruned, &whole);
        let (Some(ty), Some(a), Some(b)) =
            (w.ty(v), w.versioned(&merged, v), w.versioned(&left, v))
        else {
            continue;
        };
        let (all, left) = (fields(ty, &a), fields(ty, &b));
        let keep = left.union(&owned.with_named_fields(Some(ty)));
        pruned = remove(ty, &a, &all.difference(&keep));
    }
    let left = with_type(&pruned, &whole);
    let Some(b) = w.versioned(&left, version) else {
        return merged;
    };
    let gone = fields(ty, &whole)
        .difference(&fields(ty, &b))
        .intersection(&last.fields.with_named_fields(Some(ty)));
    let result = with_type(&remove(ty, &whole, &gone), &whole);
    let back = w.versioned(&result, w.version).map(Cow::into_owned);
    back.unwrap_or(merged)
}

fn fields(ty: Ty, v: &Value) -> Set {
    let mut out = Set::new();
    fields_of(ty, v, &mut Vec::new(), &mut out);
    out.with_named_fields(Some(ty))
}

/// Removal may have taken version and kind along.
fn with_type(v: &Value, of: &Value) -> Value {
    let mut out = v.clone();
    for field in ["apiVersion", "kind"] {
        if out.get(field).is_null() {
            out.set(field, of.get(field));
        }
    }
    out
}

impl ApplyError {
    /// The message as clients see it, and the causes: message and field.
    pub fn conflict_message(conflicts: &[(String, Vec<Element>)]) -> String {
        if let [(who, path)] = conflicts {
            return format!(
                "Apply failed with 1 conflict: conflict with {who}: {}",
                show(path)
            );
        }
        let mut lines: Vec<String> = Vec::new();
        let mut last = "";
        for (who, path) in conflicts {
            if who != last {
                lines.push(format!("conflicts with {who}:"));
                last = who;
            }
            lines.push(format!("- {}", show(path)));
        }
        format!(
            "Apply failed with {} conflicts: {}",
            conflicts.len(),
            lines.join("\n")
        )
    }
}
