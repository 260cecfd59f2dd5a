//! `kubectl auth reconcile` (`component-helpers/auth/rbac/reconciliation`).

use crate::api::core::rbac::{Rule, missing};
use crate::apimachinery::Value;
use crate::kubectl::cmd::common::DryRun;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::printers::Printer;
use crate::kubectl::resource::{Builder, Helper, Info, files};
use crate::tree;

const GROUP: &str = "rbac.authorization.k8s.io";
const AUTO_UPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";
/// How often an object may come and go under our hands.
const ATTEMPTS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    None,
    Create,
    Update,
    Recreate,
}

/// What is to be done to one object, and why.
struct Plan {
    object: Value,
    operation: Operation,
    protected: bool,
    /// Rules or subjects that are not there yet.
    missing: Vec<Value>,
    /// Rules or subjects that were not asked for.
    extra: Vec<Value>,
}

/// The command.
pub async fn run(cx: &Cx) -> Outcome {
    files::require(cx)?;
    if !cx.args.is_empty() {
        return Err(Error::msg("no arguments are allowed"));
    }
    let dry_run = DryRun::of(cx)?;
    if dry_run.is_server() {
        return Err(Error::msg(
            "--dry-run=server for command reconcile is not supported yet",
        ));
    }
    let found = Builder::new(cx)?
        .filenames(cx)
        .continue_on_error()
        .flatten()
        .local(true)
        .find(cx)
        .await?;
    let mut printer = Printer::for_operation(cx, &dry_run.operation("reconciled"))?;
    let mut errors = found.errors;
    for info in found.infos.iter().filter(|i| i.mapping.group == GROUP) {
        match reconcile(cx, info, !dry_run.is_client()).await {
            Ok(plan) => {
                cx.out(printer.print(&plan.object)?);
                report(cx, &plan);
            }
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)
}

fn is_role(object: &Value) -> bool {
    matches!(object.kind(), "Role" | "ClusterRole")
}

fn removes_extra(cx: &Cx, object: &Value) -> bool {
    cx.flags.bool(if is_role(object) {
        "remove-extra-permissions"
    } else {
        "remove-extra-subjects"
    })
}

async fn reconcile(cx: &Cx, info: &Info, confirm: bool) -> Result<Plan, Error> {
    // Upstream looks for the namespace in the manifest alone, finds nothing in none, and fails over it when it writes.
    if info.mapping.namespaced && info.object.namespace().is_empty() {
        return match confirm {
            true => Err(Error::msg("resource name may not be empty")),
            false => Ok(create(&info.object)),
        };
    }
    let helper = Helper::of(cx, info);
    for _ in 0..ATTEMPTS {
        let existing = match helper.get(&info.name).await {
            Ok(existing) => Some(existing),
            Err(e) if e.is_not_found() => None,
            Err(e) => return Err(e),
        };
        let mut plan = match &existing {
            Some(existing) => compute(existing, &info.object, removes_extra(cx, &info.object)),
            None => create(&info.object),
        };
        if plan.protected || !confirm {
            return Ok(plan);
        }
        match carry_out(cx, info, &helper, &plan).await {
            Ok(Some(written)) => plan.object = written,
            Ok(None) => {}
            Err(e) if e.is_already_exists() || e.is_not_found() => continue,
            Err(e) => return Err(e),
        }
        return Ok(plan);
    }
    Err(Error::msg("exceeded maximum attempts"))
}

async fn carry_out(
    cx: &Cx,
    info: &Info,
    helper: &Helper<'_>,
    plan: &Plan,
) -> Result<Option<Value>, Error> {
    match plan.operation {
        Operation::None => return Ok(None),
        Operation::Update => {
            return helper
                .replace(&info.name, true, &plan.object)
                .await
                .map(Some);
        }
        Operation::Recreate => match helper.delete(&info.name, tree!({})).await {
            Err(e) if !e.is_not_found() => return Err(e),
            _ => {}
        },
        Operation::Create => ensure_namespace(cx, &info.namespace).await?,
    }
    helper.create(&plan.object).await.map(Some)
}

/// Makes the namespace of an object where it is missing, as far as that is allowed.
async fn ensure_namespace(cx: &Cx, namespace: &str) -> Outcome {
    if namespace.is_empty() {
        return Ok(());
    }
    let mapping = cx.kind("v1", "Namespace").await?;
    let helper = Helper::new(cx, &mapping, "");
    match helper.get(namespace).await {
        Err(e) if e.is_not_found() => {}
        _ => return Ok(()),
    }
    let object = tree!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    match helper.create(&object).await {
        Err(e) if !e.is_already_exists() && e.reason() != "Forbidden" => Err(e),
        _ => Ok(()),
    }
}

fn rules(list: Vec<Rule>) -> Vec<Value> {
    list.iter().map(Rule::to_value).collect()
}

fn create(expected: &Value) -> Plan {
    let field = if is_role(expected) {
        "rules"
    } else {
        "subjects"
    };
    Plan {
        object: expected.clone(),
        operation: Operation::Create,
        protected: false,
        missing: expected.get(field).items().to_vec(),
        extra: Vec::new(),
    }
}

fn compute(existing: &Value, expected: &Value, remove_extra: bool) -> Plan {
    let mut plan = Plan {
        object: existing.clone(),
        operation: Operation::None,
        protected: existing.annotation(AUTO_UPDATE) == Some("false"),
        missing: Vec::new(),
        extra: Vec::new(),
    };
    if !is_role(expected) && expected.get("roleRef") != existing.get("roleRef") {
        plan.object = expected.clone();
        plan.operation = Operation::Recreate;
        return plan;
    }
    for field in ["annotations", "labels"] {
        let wanted = expected.meta().get(field).fields();
        for (key, value) in wanted {
            if existing.meta().get(field).get(key).is_null() {
                plan.object.set_at(&["metadata", field, key], value);
                plan.operation = Operation::Update;
            }
        }
    }
    let field = if is_role(expected) {
        let (have, want) = (Rule::of_role(existing), Rule::of_role(expected));
        let aggregated = |role: &Value| !role.get("aggregationRule").is_null();
        if !aggregated(expected) || !aggregated(existing) {
            plan.extra = rules(missing(&want, &have));
        }
        plan.missing = rules(missing(&have, &want));
        "rules"
    } else {
        plan.missing = only_in(expected.get("subjects"), existing.get("subjects"));
        plan.extra = only_in(existing.get("subjects"), expected.get("subjects"));
        "subjects"
    };
    adjust(&mut plan, field, expected, remove_extra);
    if is_role(expected) {
        aggregate(&mut plan, existing, expected, remove_extra);
    }
    plan
}

/// Adds what is missing, or takes exactly what was asked for.
fn adjust(plan: &mut Plan, field: &str, expected: &Value, remove_extra: bool) {
    if plan.missing.is_empty() && !(remove_extra && !plan.extra.is_empty()) {
        return;
    }
    plan.operation = Operation::Update;
    if remove_extra {
        plan.object.set(field, expected.get(field));
    } else {
        let list = plan.object.entry(field).items_mut();
        list.extend(plan.missing.iter().cloned());
    }
}

fn aggregate(plan: &mut Plan, existing: &Value, expected: &Value, remove_extra: bool) {
    let path = ["aggregationRule", "clusterRoleSelectors"];
    let (have, want) = (existing.at(&path), expected.at(&path));
    let (missing, extra) = (only_in(want, have), only_in(have, want));
    if expected.get("aggregationRule").is_null() {
        if plan.object.remove("aggregationRule").is_some() {
            plan.operation = Operation::Update;
        }
    } else if remove_extra && !(missing.is_empty() && extra.is_empty()) {
        plan.object
            .set("aggregationRule", expected.get("aggregationRule"));
        plan.operation = Operation::Update;
    } else if !missing.is_empty() {
        plan.object.at_mut(&path).items_mut().extend(missing);
        plan.operation = Operation::Update;
    }
}

/// The items of one list that are not in another, each once.
fn only_in(list: &Value, other: &Value) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for item in list.items() {
        if !other.items().contains(item) && !out.contains(item) {
            out.push(item.clone());
        }
    }
    out
}

fn report(cx: &Cx, plan: &Plan) {
    let caveat = if plan.protected {
        format!(", but object opted out ({AUTO_UPDATE}: false)")
    } else {
        String::new()
    };
    let operation = match plan.operation {
        Operation::None => return,
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Recreate => "recreate",
    };
    cx.warn(format!("\treconciliation required {operation}{caveat}"));
    let what = if is_role(&plan.object) {
        "rules"
    } else {
        "subjects"
    };
    let mut parts = vec![(&plan.missing, "missing", "added")];
    if removes_extra(cx, &plan.object) {
        parts.push((&plan.extra, "extra", "removed"));
    }
    for (list, which, done) in parts.into_iter().filter(|(l, ..)| !l.is_empty()) {
        cx.warn(format!("\t{which} {what} {done}:"));
        for item in list {
            cx.warn(format!("\t\t{}", as_struct(item, what == "rules")));
        }
    }
}

/// A rule or a subject as Go prints the struct.
fn as_struct(item: &Value, is_rule: bool) -> String {
    let fields: &[(&str, &str)] = if is_rule {
        &[
            ("Verbs", "verbs"),
            ("APIGroups", "apiGroups"),
            ("Resources", "resources"),
            ("ResourceNames", "resourceNames"),
            ("NonResourceURLs", "nonResourceURLs"),
        ]
    } else {
        &[
            ("Kind", "kind"),
            ("APIGroup", "apiGroup"),
            ("Name", "name"),
            ("Namespace", "namespace"),
        ]
    };
    let shown = fields.iter().map(|(title, field)| {
        let value = item.get(field);
        if is_rule {
            let words: Vec<&str> = value.items().iter().map(Value::str).collect();
            format!("{title}:[{}]", words.join(" "))
        } else {
            format!("{title}:{}", value.str())
        }
    });
    format!("{{{}}}", shown.collect::<Vec<_>>().join(" "))
}
