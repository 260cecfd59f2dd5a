//! Packs endpoints into slices with as few writes as upstream needs (`staging/…/endpointslice/reconciler.go`).

use crate::apimachinery::Value;
use crate::collections::{Arrange, SortedMap, SortedSet};

/// What is to be written.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Slices without a name, to be made.
    pub create: Vec<Value>,
    /// Slices to be replaced.
    pub update: Vec<Value>,
    /// Slices to be deleted.
    pub delete: Vec<Value>,
}

/// What makes an endpoint the same one whatever its conditions: addresses, hostname and the object behind it.
pub fn identity(endpoint: &Value) -> String {
    let target = endpoint.get("targetRef");
    format!(
        "{}|{}|{}/{}",
        endpoint.get("addresses").to_json(),
        endpoint.get("hostname").str(),
        target.get("namespace").str(),
        target.get("name").str()
    )
}

/// Brings the slices of one set of ports to the desired endpoints.
///
/// `relabel` brings a slice's labels up to date, `fresh` makes an empty slice, `max` is how many endpoints one holds.
pub fn reconcile_by_port_mapping(
    existing: Vec<Value>,
    mut desired: SortedMap<String, Value>,
    relabel: impl Fn(&Value) -> Value,
    fresh: impl Fn() -> Value,
    max: usize,
) -> Plan {
    let mut plan = Plan::default();
    let (mut unchanged, mut changed) = (Vec::new(), Vec::new());
    for slice in existing {
        keep_desired(
            slice,
            &mut desired,
            &relabel,
            &mut plan,
            &mut unchanged,
            &mut changed,
        );
    }
    // What is written anyway is filled first, the fullest first, so that the fewest slices change.
    changed.arrange_by_key(|s: &Value| (max.saturating_sub(len(s)), s.name().to_owned()));
    for slice in &mut changed {
        fill(slice, &mut desired, max);
    }
    while !desired.is_empty() {
        let at = if desired.len() < max {
            closest_fit(&unchanged, desired.len(), max)
        } else {
            None
        };
        let mut slice = at.map_or_else(&fresh, |i| unchanged.remove(i));
        fill(&mut slice, &mut desired, max);
        if slice.name().is_empty() {
            plan.create.push(slice);
        } else {
            changed.push(slice);
        }
    }
    plan.update = changed;
    plan
}

/// Takes out of a slice what is no longer desired, and out of the desired what it holds already.
fn keep_desired(
    slice: Value,
    desired: &mut SortedMap<String, Value>,
    relabel: &impl Fn(&Value) -> Value,
    plan: &mut Plan,
    unchanged: &mut Vec<Value>,
    changed: &mut Vec<Value>,
) {
    let before = slice.get("endpoints").items();
    let mut endpoints = Vec::with_capacity(before.len());
    let mut differs = false;
    for endpoint in before {
        if let Some(wanted) = desired.remove(&identity(endpoint)) {
            differs |= &wanted != endpoint;
            endpoints.push(wanted);
        }
    }
    let labels = relabel(&slice);
    let relabelled = &labels != slice.at(&["metadata", "labels"]);
    if differs || endpoints.len() != before.len() {
        if endpoints.is_empty() {
            return plan.delete.push(slice);
        }
        let mut slice = slice;
        slice.set("endpoints", endpoints);
        slice.set_at(&["metadata", "labels"], labels);
        changed.push(slice);
    } else if relabelled {
        let mut slice = slice;
        slice.set_at(&["metadata", "labels"], labels);
        changed.push(slice);
    } else {
        unchanged.push(slice);
    }
}

fn len(slice: &Value) -> usize {
    slice.get("endpoints").items().len()
}

fn fill(slice: &mut Value, desired: &mut SortedMap<String, Value>, max: usize) {
    while len(slice) < max {
        let Some((_, endpoint)) = desired.pop_first() else {
            return;
        };
        slice.entry("endpoints").push(endpoint);
    }
}

/// The slice that `n` more endpoints fill best.
fn closest_fit(slices: &[Value], n: usize, max: usize) -> Option<usize> {
    (0..slices.len())
        .filter(|i| len(&slices[*i]) + n <= max)
        .min_by_key(|i| max - len(&slices[*i]) - n)
}

/// Turns creations into updates of slices that would be deleted (`recycleSlices`).
pub fn recycle(plan: &mut Plan, owner_uid: &str) {
    let mut kept = Vec::new();
    for old in std::mem::take(&mut plan.delete) {
        let fits = plan.create.last().is_some_and(|new| {
            old.get("addressType") == new.get("addressType")
                && old
                    .owner_references()
                    .iter()
                    .any(|r| r.get("uid").str() == owner_uid)
        });
        let new = if fits { plan.create.pop() } else { None };
        match new {
            Some(mut new) => {
                new.meta_mut().remove("generateName");
                new.set_at(&["metadata", "name"], old.name());
                plan.update.push(new);
            }
            None => kept.push(old),
        }
    }
    plan.delete = kept;
}

/// The hash that says which slices share a set of ports.
pub fn port_map_key(ports: &Value) -> String {
    let keys: SortedSet<String> = ports.items().iter().map(Value::to_json).collect();
    keys.into_iter().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn endpoint(n: usize) -> Value {
        tree!({"addresses": [format!("10.0.0.{n}")], "conditions": {"ready": true}})
    }

    fn slice(name: &str, numbers: impl IntoIterator<Item = usize>) -> Value {
        let endpoints: Vec<Value> = numbers.into_iter().map(endpoint).collect();
        let mut s = tree!({"metadata": {"name": name, "labels": {}}});
        s.set("endpoints", endpoints);
        s
    }

    fn run(
        existing: Vec<Value>,
        wanted: impl IntoIterator<Item = usize>,
    ) -> (Vec<usize>, Vec<(String, usize)>, usize) {
        let desired = wanted
            .into_iter()
            .map(endpoint)
            .map(|e| (identity(&e), e))
            .collect();
        let plan =
            reconcile_by_port_mapping(existing, desired, |_| Value::object(), || slice("", []), 3);
        (
            plan.create.iter().map(len).collect(),
            plan.update
                .iter()
                .map(|s| (s.name().to_owned(), len(s)))
                .collect(),
            plan.delete.len(),
        )
    }

    #[test]
    fn slices_are_packed_with_few_writes() {
        let named = |list: &[(&str, usize)]| {
            list.iter()
                .map(|(n, l)| ((*n).to_owned(), *l))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(vec![], 0..7), (vec![3, 3, 1], named(&[]), 0));
        assert_eq!(run(vec![slice("a", 0..2)], 0..2), (vec![], named(&[]), 0));
        assert_eq!(
            run(vec![slice("a", 0..2), slice("b", [7])], [0, 1, 7, 8]),
            (vec![], named(&[("a", 3)]), 0)
        );
        assert_eq!(
            run(vec![slice("a", 0..3), slice("b", 3..6)], [0, 1, 2, 3, 9]),
            (vec![], named(&[("b", 2)]), 0)
        );
        assert_eq!(
            run(vec![slice("a", 0..3), slice("b", 3..6)], 0..3),
            (vec![], named(&[]), 1)
        );
        assert_eq!(run(vec![slice("a", 0..3)], 0..5), (vec![2], named(&[]), 0));
    }
}
