//! `kubectl taint`

use super::common::{DryRun, VALIDATE, validation};
use super::{DRY_RUN, SELECTOR};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::names::{is_qualified_name, is_valid_label_value};
use crate::apimachinery::patch::create_two_way_merge_patch;
use crate::apimachinery::schema::kind_type;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info};
use crate::tree;

/// The command.
pub static TAINT: Command = Command {
    name: "taint",
    args: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    short: "Update the taints on one or more nodes",
    flags: &[FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("all", "All nodes."),
    DRY_RUN,
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-taint"),
    Flag::bool("overwrite", "Allow taints to be changed."),
    SELECTOR,
    VALIDATE,
];

/// A taint; an empty effect means all effects of a key that is removed.
#[derive(Clone, Debug, PartialEq)]
struct Taint {
    key: String,
    value: String,
    effect: String,
}

impl Taint {
    fn text(&self) -> String {
        match (self.value.as_str(), self.effect.as_str()) {
            ("", "") => self.key.clone(),
            ("", effect) => format!("{}:{effect}", self.key),
            (value, "") => format!("{}={value}:", self.key),
            (value, effect) => format!("{}={value}:{effect}", self.key),
        }
    }
    /// Whether it names the same key and effect.
    fn same(&self, v: &Value) -> bool {
        v.get("key") == self.key.as_str() && v.get("effect") == self.effect.as_str()
    }
    fn value(&self) -> Value {
        let mut v = tree!({"key": self.key, "effect": self.effect});
        if !self.value.is_empty() {
            v.set("value", &self.value);
        }
        v
    }
}

fn parse_one(text: &str) -> Result<Taint, String> {
    let bad = |why: &str| format!("invalid taint spec: {text}{why}");
    let (head, effect) = match text.split(':').collect::<Vec<_>>()[..] {
        [head] => (head, ""),
        [head, effect] => (head, effect),
        _ => return Err(bad("")),
    };
    if text.contains(':') && !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        return Err(format!(
            "invalid taint effect: {effect}, unsupported taint effect"
        ));
    }
    let (key, value) = match head.split('=').collect::<Vec<_>>()[..] {
        _ if !text.contains(':') => (head, ""),
        [key] => (key, ""),
        [key, value] => (key, value),
        _ => return Err(bad("")),
    };
    for problems in [is_valid_label_value(value), is_qualified_name(key)] {
        if !problems.is_empty() {
            return Err(bad(&format!(", {}", problems.join("; "))));
        }
    }
    Ok(Taint {
        key: key.to_owned(),
        value: value.to_owned(),
        effect: effect.to_owned(),
    })
}

/// Taints to add and taints to remove.
fn parse(words: &[String]) -> Result<(Vec<Taint>, Vec<Taint>), String> {
    let (mut add, mut remove): (Vec<Taint>, Vec<Taint>) = (Vec::new(), Vec::new());
    for word in words {
        if let Some(word) = word.strip_suffix('-') {
            let taint = parse_one(word)?;
            remove.push(Taint {
                value: String::new(),
                ..taint
            });
            continue;
        }
        let taint = parse_one(word)?;
        if taint.effect.is_empty() {
            return Err(format!("invalid taint spec: {word}"));
        }
        if add
            .iter()
            .any(|t| t.key == taint.key && t.effect == taint.effect)
        {
            let (k, v, e) = (&taint.key, &taint.value, &taint.effect);
            return Err(format!(
                "duplicated taints with the same key and effect: {{{k} {v} {e} <nil>}}"
            ));
        }
        add.push(taint);
    }
    Ok((add, remove))
}

/// What is done, in a word, and the taints that come of it.
fn reorganize(
    old: &[Value],
    add: &[Taint],
    remove: &[Taint],
    overwrite: bool,
) -> Result<(&'static str, Vec<Value>), Vec<Error>> {
    let mut new: Vec<Value> = add.iter().map(Taint::value).collect();
    new.extend(
        old.iter()
            .filter(|o| !add.iter().any(|t| t.same(o)))
            .cloned(),
    );
    let added = new.len() != old.len();
    let (mut errors, mut removed) = (Vec::new(), false);
    for t in remove {
        let before = new.len();
        new.retain(|n| {
            if t.effect.is_empty() {
                n.get("key") != t.key.as_str()
            } else {
                !t.same(n)
            }
        });
        removed = new.len() != before;
        if !removed {
            errors.push(Error::msg(format!("taint \"{}\" not found", t.text())));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let deed = if (added && removed) || overwrite {
        "modified"
    } else if added {
        "tainted"
    } else {
        "untainted"
    };
    Ok((deed, new))
}

async fn run(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let directive = validation(cx)?;
    let is_taint = |s: &&String| s.contains('=') || s.contains(':') || s.ends_with('-');
    let at = cx
        .args
        .iter()
        .position(|s| is_taint(&s))
        .unwrap_or(cx.args.len());
    let (resources, words) = cx.args.split_at(at);
    if let Some(stray) = words.iter().find(|s| !is_taint(s)) {
        return Err(Error::msg(format!(
            "all resources must be specified before taint changes: {stray}"
        )));
    }
    if resources.is_empty() {
        return Err(Error::msg(
            "one or more resources must be specified as <resource> <name>",
        ));
    }
    if words.is_empty() {
        return Err(Error::msg("at least one taint update is required"));
    }
    let (add, remove) = parse(words).map_err(|e| cx.usage(e))?;
    validate(cx, resources, &add, &remove).await?;
    let (all, selector) = (cx.flags.bool("all"), cx.flags.str("selector"));
    let builder = Builder::new(cx)?.continue_on_error().flatten().latest();
    let builder = if all {
        builder.select_all(true).types("node")
    } else if selector.is_empty() {
        builder.named("node", &resources[1..])
    } else {
        builder.label_selector(selector).types("node")
    };
    let found = builder.find(cx).await?;
    let mut errors = found.errors;
    for info in &found.infos {
        if let Err(e) = taint(cx, info, &add, &remove, dry_run, directive).await {
            errors.push(e);
        }
    }
    Error::all(errors)
}

async fn validate(cx: &Cx, resources: &[String], add: &[Taint], remove: &[Taint]) -> Outcome {
    let word = resources[0].to_lowercase();
    let mapping = cx.find_resource(&word).await?;
    let mapping = mapping.ok_or_else(|| Error::NoResourceMatch(word.clone()))?;
    if mapping.kind != "Node" {
        return Err(Error::msg(format!(
            "invalid resource type {word}, only node types are supported"
        )));
    }
    let mut conflicts = Vec::new();
    for a in add {
        for r in remove
            .iter()
            .filter(|r| r.key == a.key && (r.effect.is_empty() || r.effect == a.effect))
        {
            conflicts.push(format!("{}={}", r.key, r.effect));
        }
    }
    if !conflicts.is_empty() {
        return Err(Error::msg(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            conflicts.join(", ")
        )));
    }
    let (all, selected) = (cx.flags.bool("all"), !cx.flags.str("selector").is_empty());
    if all && selected {
        return Err(Error::msg(
            "setting 'all' parameter with a non empty selector is prohibited",
        ));
    }
    if !all && !selected && resources.len() < 2 {
        return Err(Error::msg(
            "at least one resource name must be specified since 'all' parameter is not set",
        ));
    }
    Ok(())
}

async fn taint(
    cx: &Cx,
    info: &Info,
    add: &[Taint],
    remove: &[Taint],
    dry_run: DryRun,
    directive: &'static str,
) -> Outcome {
    let old = info.object.at(&["spec", "taints"]).items();
    let overwrite = cx.flags.bool("overwrite");
    let there: Vec<&str> = add
        .iter()
        .filter(|t| old.iter().any(|o| t.same(o)))
        .map(|t| t.key.as_str())
        .collect();
    if !overwrite && !there.is_empty() {
        return Err(Error::msg(format!(
            "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
            info.name,
            there.join(",")
        )));
    }
    let (deed, new) = match reorganize(old, add, remove, overwrite) {
        Ok(done) => done,
        Err(errors) => return Error::all(errors),
    };
    let mut changed = info.object.clone();
    if new.is_empty() {
        changed.entry("spec").remove("taints");
    } else {
        changed.set_at(&["spec", "taints"], new);
    }
    let mut printer = Printer::for_operation(cx, deed)?;
    if dry_run.is_client() {
        cx.out(printer.print(&changed)?);
        return Ok(());
    }
    let type_id = kind_type("v1", "Node").unwrap_or_default();
    let patch = create_two_way_merge_patch(&info.object, &changed, type_id)
        .map_err(|e| Error::msg(e.to_string()))?;
    let object = Helper::of(cx, info)
        .dry_run(dry_run.is_server())
        .field_manager(cx.flags.str("field-manager"))
        .field_validation(directive)
        .patch(
            &info.name,
            "application/strategic-merge-patch+json",
            Body::Tree(patch),
            None,
        )
        .await?;
    cx.out(printer.print(&object)?);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn taints_are_added_changed_and_removed() {
        let old = [tree!({"key": "a", "value": "1", "effect": "NoSchedule"})];
        let go = |words: &[&str], overwrite: bool| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            let (add, remove) = parse(&words).unwrap();
            reorganize(&old, &add, &remove, overwrite).map(|(deed, new)| (deed, new.len()))
        };
        assert_eq!(go(&["b=2:NoExecute"], false).unwrap(), ("tainted", 2));
        assert_eq!(go(&["a=2:NoSchedule"], true).unwrap(), ("modified", 1));
        assert_eq!(go(&["a-"], false).unwrap(), ("untainted", 0));
        assert_eq!(
            go(&["a:NoExecute-"], false).unwrap_err()[0].text(),
            "taint \"a:NoExecute\" not found"
        );
        assert_eq!(
            parse_one("a=b:Sometimes").unwrap_err(),
            "invalid taint effect: Sometimes, unsupported taint effect"
        );
    }
}
