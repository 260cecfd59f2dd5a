//! Defaults of every built-in kind (`pkg/apis/*/v1/defaults.go`), and what the conversion to the internal version and back does to
//! fields (a secret's `stringData`, a pod's `serviceAccount`). What admission or allocation fills in is not done here.

use crate::api::strict::Known;
use crate::apimachinery::schema::{Form, Shape, TYPES, TypeId, kind_type, type_def};
use crate::apimachinery::{Quantity, Value, wire};
use std::sync::LazyLock;

mod core;
mod edit;
mod other;
mod pods;
mod workloads;

pub use self::core::externally_accessible;
pub use edit::Edit;
pub use pods::image_pull_policy;

/// Fills in the defaults of one type, given one value of it; the walk goes on with its fields.
type Defaulter = fn(&mut Edit);

/// Fills in the defaults of an object. An object that has them all stays as it is, uncopied; parts that are known to have them
/// are not walked.
pub fn apply(api_version: &str, kind: &str, object: &mut Value, known: Known<'_>) {
    let Some(id) = kind_type(api_version, kind) else {
        return;
    };
    if let Some(new) = walk(object, id, known) {
        *object = new;
    }
}

struct Plan {
    defaulter: Option<Defaulter>,
    /// Fields with a default in the schema: name and JSON.
    fixed: Vec<(&'static str, Value)>,
    /// Fields whose type has something to default, now or further down.
    children: Vec<(&'static str, &'static Shape)>,
}

static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let mut plans: Vec<Plan> = (0..TYPES.len()).map(|i| own_plan(i as TypeId)).collect();
    let mut wanted: Vec<bool> = plans
        .iter()
        .map(|p| p.defaulter.is_some() || !p.fixed.is_empty())
        .collect();
    loop {
        let mut grew = false;
        for (i, t) in TYPES.iter().enumerate() {
            if !wanted[i] && t.fields.iter().any(|f| leads_on(&f.shape, &wanted)) {
                (wanted[i], grew) = (true, true);
            }
        }
        if !grew {
            break;
        }
    }
    for (plan, t) in plans.iter_mut().zip(TYPES.iter()) {
        let fields = t.fields.iter().filter(|f| leads_on(&f.shape, &wanted));
        plan.children = fields.map(|f| (f.name, &f.shape)).collect();
    }
    plans
});

fn own_plan(id: TypeId) -> Plan {
    let def = type_def(id);
    let fields = def.fields.iter().zip(wire::fields(id));
    let fixed = fields.filter_map(|(f, w)| {
        let v = Value::from_json(f.default?.as_bytes()).ok()?;
        (w.pointer || !v.is_empty()).then_some((f.name, v))
    });
    Plan {
        defaulter: defaulter(def.name),
        fixed: fixed.collect(),
        children: Vec::new(),
    }
}

fn leads_on(shape: &Shape, wanted: &[bool]) -> bool {
    match shape {
        Shape::Ref(id) => wanted[usize::from(*id)],
        Shape::List(item) => leads_on(item, wanted),
        Shape::Map(value) => is_quantity(value) || leads_on(value, wanted),
        _ => false,
    }
}

fn is_quantity(shape: &Shape) -> bool {
    matches!(shape, Shape::Ref(id) if type_def(*id).form == Form::Quantity)
}

fn defaulter(name: &str) -> Option<Defaulter> {
    let short = name.strip_prefix("io.k8s.").unwrap_or(name);
    core::defaulter(short)
        .or_else(|| pods::defaulter(short))
        .or_else(|| workloads::defaulter(short))
        .or_else(|| other::defaulter(short))
}

fn walk(v: &Value, id: TypeId, known: Known<'_>) -> Option<Value> {
    let map = v.as_map()?;
    if known
        .iter()
        .any(|(t, m, defaulted)| *defaulted && *t == id && m.ptr_eq(map))
    {
        return None;
    }
    let plan = &PLANS[usize::from(id)];
    let mut edit = Edit::of(v);
    if let Some(f) = plan.defaulter {
        f(&mut edit);
    }
    for (field, default) in &plan.fixed {
        edit.default(field, default);
    }
    for (field, shape) in &plan.children {
        if let Some(new) = walk_shape(edit.get(field), shape, known) {
            edit.set(field, new);
        }
    }
    edit.done()
}

fn walk_shape(v: &Value, shape: &Shape, known: Known<'_>) -> Option<Value> {
    match (shape, v) {
        (Shape::Ref(id), v) => walk(v, *id, known),
        (Shape::List(item), Value::List(l)) => {
            let mut new: Option<Vec<Value>> = None;
            for (i, x) in l.iter().enumerate() {
                if let Some(x) = walk_shape(x, item, known) {
                    new.get_or_insert_with(|| l.to_vec())[i] = x;
                }
            }
            new.map(Value::from)
        }
        (Shape::Map(value), Value::Map(m)) => {
            let mut new = None;
            for (k, x) in m.entries() {
                let x = if is_quantity(value) {
                    round_up(x)
                } else {
                    walk_shape(x, value, known)
                };
                if let Some(x) = x {
                    new.get_or_insert_with(|| m.clone()).insert(k, x);
                }
            }
            new.map(Value::Map)
        }
        _ => None,
    }
}

/// Amounts in a `ResourceList` finer than a thousandth are rounded up to it.
fn round_up(v: &Value) -> Option<Value> {
    if !v.str().ends_with(['n', 'u']) {
        return None;
    }
    let q = Quantity::of(v);
    Some(Quantity::new_milli(q.milli_value(), q.format()).into())
}
