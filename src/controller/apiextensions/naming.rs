//! Which names of a definition are accepted (`pkg/controller/status/naming_controller.go`).

use super::{condition, with_condition};
use crate::apimachinery::{Timestamp, Value};
use crate::client::Informer;

/// What the kinds and resources of a group are called already.
#[derive(Default)]
struct Used {
    resources: Vec<String>,
    kinds: Vec<String>,
}

/// The definition with its names accepted or refused; none where there is nothing to do.
pub fn sync(definition: &Value, all: &Informer, now: Timestamp) -> Option<Value> {
    let wanted = definition.at(&["spec", "names"]);
    let accepted = definition.at(&["status", "acceptedNames"]);
    if wanted == accepted {
        return None;
    }
    let group = definition.at(&["spec", "group"]);
    let of_group = all.iter().filter(|d| d.at(&["spec", "group"]) == group);
    let used = used(of_group);
    let (names, found) = judge(wanted, accepted, &used);
    let present = conditions(definition).find(|c| c.get("type") == "NamesAccepted");
    let same = |c: &Value| {
        ["status", "reason", "message"]
            .iter()
            .all(|f| c.get(f) == found.get(f))
    };
    if names == *accepted && present.is_some_and(same) {
        return None;
    }
    let accepts = found.get("status") == "True";
    let mut new = with_condition(definition.clone(), found, now);
    new.set_at(&["status", "acceptedNames"], names);
    let before = conditions(definition).find(|c| c.get("type") == "Established");
    let established = match before {
        Some(c) if c.get("status") == "True" || !accepts => c.clone(),
        _ if accepts => {
            let text = "the initial names have been accepted";
            condition("Established", false, "Installing", text)
        }
        _ => condition(
            "Established",
            false,
            "NotAccepted",
            "not all names are accepted",
        ),
    };
    Some(with_condition(new, established, now))
}

fn conditions(definition: &Value) -> std::slice::Iter<'_, Value> {
    definition.at(&["status", "conditions"]).items().iter()
}

fn used<'a>(definitions: impl Iterator<Item = &'a Value>) -> Used {
    let mut used = Used::default();
    for definition in definitions {
        let names = definition.at(&["status", "acceptedNames"]);
        let short = names.get("shortNames").items().iter();
        let resources = [names.get("plural"), names.get("singular")].into_iter();
        used.resources
            .extend(resources.chain(short).map(|v| v.str().to_owned()));
        let kinds = [names.get("kind"), names.get("listKind")];
        used.kinds.extend(kinds.map(|v| v.str().to_owned()));
    }
    used
}

/// The names that are accepted now, and the condition that says so.
fn judge(wanted: &Value, accepted: &Value, used: &Used) -> (Value, Value) {
    let mut names = accepted.clone();
    let mut refused: Option<(&str, String)> = None;
    let taken = |name: &str, own: &str, used: &[String]| {
        (name != own && used.iter().any(|u| u == name))
            .then(|| format!("{name:?} is already in use"))
    };
    let one = |field: &'static str,
               reason,
               used: &[String],
               names: &mut Value,
               refused: &mut Option<(&'static str, String)>| {
        let name = wanted.get(field);
        match taken(name.str(), accepted.get(field).str(), used) {
            Some(text) => *refused = Some((reason, text)),
            None => set(names, field, name),
        }
    };
    one(
        "plural",
        "PluralConflict",
        &used.resources,
        &mut names,
        &mut refused,
    );
    one(
        "singular",
        "SingularConflict",
        &used.resources,
        &mut names,
        &mut refused,
    );
    let known = accepted.get("shortNames").items();
    let new = wanted
        .get("shortNames")
        .items()
        .iter()
        .filter(|s| !known.contains(s));
    let problems: Vec<String> = new
        .filter_map(|s| taken(s.str(), "", &used.resources))
        .collect();
    match problems.as_slice() {
        [] => set(&mut names, "shortNames", wanted.get("shortNames")),
        [one] => refused = Some(("ShortNamesConflict", one.clone())),
        all => refused = Some(("ShortNamesConflict", format!("[{}]", all.join(", ")))),
    }
    one(
        "kind",
        "KindConflict",
        &used.kinds,
        &mut names,
        &mut refused,
    );
    one(
        "listKind",
        "ListKindConflict",
        &used.kinds,
        &mut names,
        &mut refused,
    );
    set(&mut names, "categories", wanted.get("categories"));
    let found = match refused {
        Some((reason, text)) => condition("NamesAccepted", false, reason, &text),
        None => condition("NamesAccepted", true, "NoConflicts", "no conflicts found"),
    };
    (names, found)
}

fn set(names: &mut Value, field: &str, value: &Value) {
    if value.is_null() {
        names.remove(field);
    } else {
        names.set(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn names_in_use_are_refused() {
        let wanted = tree!({"plural": "kites", "singular": "kite", "kind": "Kite", "listKind": "KiteList", "shortNames": ["kt", "bt"]});
        let none = tree!({"plural": "", "kind": ""});
        let boats = tree!({"status": {"acceptedNames": {"plural": "boats", "singular": "boat", "shortNames": ["bt"], "kind": "Boat", "listKind": "BoatList"}}});
        let (names, found) = judge(&wanted, &none, &used([&boats].into_iter()));
        assert_eq!(found.get("reason"), "ShortNamesConflict");
        assert_eq!(found.get("message"), r#""bt" is already in use"#);
        assert_eq!(
            (names.get("plural"), names.get("shortNames")),
            (&"kites".into(), &Value::Null)
        );
        let (names, found) = judge(&wanted, &none, &Used::default());
        assert_eq!(
            (&names, found.get("reason")),
            (&wanted, &"NoConflicts".into())
        );
    }
}
