//! Admission policies in CEL (`apiserver/pkg/admission/plugin/policy`): which policies and bindings a request matches, and what
//! their expressions say of it. What is stored is compiled at the first request after it changed; where nothing is stored, a request
//! costs a look at an empty list.

mod around;
mod matching;
mod mutating;
mod validating;

use super::{Attributes, Operation};
use crate::api::cel::{self, Expr};
use crate::apimachinery::Value;
use crate::apimachinery::labels::Selector;
use crate::apimachinery::status::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::config::Plugin;
use crate::apiserver::registry::{self, Resource};
use crate::apiserver::storage::Storage;
use around::Around;
pub use mutating::Round;
pub(super) use mutating::adopted;
use std::sync::Arc;

/// The group of policies and their bindings.
pub const GROUP: &str = "admissionregistration.k8s.io";

/// The policies that have bindings, compiled: none where they have to be read again.
#[derive(Clone, Default)]
pub struct Policies {
    validating: Option<Arc<Vec<Hook>>>,
    mutating: Option<Arc<Vec<Hook>>>,
}

impl Policies {
    /// Forgets what was compiled: something of the group has changed.
    pub fn invalidate(&mut self) {
        *self = Policies::default();
    }
}

/// An expression and its text. What cannot be read was refused when it came; where it is stored all the same, evaluating it fails.
struct Said {
    text: String,
    expr: Result<Expr, String>,
}

impl Said {
    fn read(text: &Value) -> Option<Said> {
        let text = text.str();
        (!text.trim().is_empty()).then(|| Said {
            text: text.to_owned(),
            expr: cel::read(text).map_err(|why| format!("compilation failed: {why}")),
        })
    }
}

/// One policy with its bindings, or what a webhook matches.
pub(super) struct Hook {
    name: String,
    spec: Value,
    bindings: Vec<Value>,
    conditions: Vec<Said>,
    /// Names and expressions.
    variables: Vec<(String, Said)>,
    /// `spec.validations`: expression and message; of a mutating policy `spec.mutations`.
    rules: Vec<(Said, Option<Said>)>,
    /// `spec.auditAnnotations`.
    annotations: Vec<(String, Said)>,
}

impl Hook {
    fn new(policy: &Value, bindings: Vec<Value>) -> Hook {
        let spec = policy.get("spec");
        let each = |field: &str, expression: &str| -> Vec<Said> {
            let items = spec.get(field).items().iter();
            items
                .filter_map(|v| Said::read(v.get(expression)))
                .collect()
        };
        let validation = |v: &Value| {
            Some((
                Said::read(v.get("expression"))?,
                Said::read(v.get("messageExpression")),
            ))
        };
        let mutation = |v: &Value| {
            let both = [
                v.at(&["applyConfiguration", "expression"]),
                v.at(&["jsonPatch", "expression"]),
            ];
            Some((both.into_iter().find_map(Said::read)?, None))
        };
        let rules = spec
            .get("validations")
            .items()
            .iter()
            .filter_map(validation);
        let mutations = spec.get("mutations").items().iter().filter_map(mutation);
        let named = |v: &Value| {
            let said = Said::read(v.get("expression"))?;
            Some((v.get("name").str().to_owned(), said))
        };
        let annotation = |v: &Value| {
            Some((
                v.get("key").str().to_owned(),
                Said::read(v.get("valueExpression"))?,
            ))
        };
        Hook {
            name: policy.name().to_owned(),
            bindings,
            conditions: each("matchConditions", "expression"),
            variables: spec
                .get("variables")
                .items()
                .iter()
                .filter_map(named)
                .collect(),
            rules: rules.chain(mutations).collect(),
            annotations: spec
                .get("auditAnnotations")
                .items()
                .iter()
                .filter_map(annotation)
                .collect(),
            spec: spec.clone(),
        }
    }

    /// What a webhook matches, and its match conditions.
    pub(super) fn of_webhook(webhook: &Value) -> Hook {
        let mut constraints = crate::tree!({"resourceRules": webhook.get("rules")});
        for field in ["matchPolicy", "namespaceSelector", "objectSelector"] {
            constraints.set(field, webhook.get(field));
        }
        let mut spec = crate::tree!({"matchConstraints": constraints});
        for field in ["failurePolicy", "matchConditions"] {
            spec.set(field, webhook.get(field));
        }
        Hook::new(&crate::tree!({"spec": spec}), Vec::new())
    }

    /// `spec.matchConstraints`.
    pub(super) fn constraints(&self) -> &Value {
        self.spec.get("matchConstraints")
    }

    fn ignores_failures(&self) -> bool {
        self.spec.get("failurePolicy") == "Ignore"
    }
}

/// What a policy, a binding and a parameter say about one request.
struct Invocation<'a> {
    hook: &'a Hook,
    binding: &'a Value,
    /// The resource in the version that the policy matched.
    resource: &'static Resource,
    param: Option<Value>,
}

/// An error in how a policy is set up: the binding where it is in one, and what is wrong.
struct Misconfigured<'a> {
    hook: &'a Hook,
    binding: Option<&'a Value>,
    message: String,
}

impl ApiServer {
    /// The hooks of a kind of policy.
    fn hooks(&mut self, validating: bool) -> Arc<Vec<Hook>> {
        let kept = match validating {
            true => &self.policies.validating,
            false => &self.policies.mutating,
        };
        if let Some(hooks) = kept {
            return hooks.clone();
        }
        let prefix = if validating { "validating" } else { "mutating" };
        let all = |what: &str| -> Vec<Value> {
            let resource = registry::lookup(GROUP, "v1", &format!("{prefix}admissionpolic{what}"));
            let table = resource.map(|r| r.table);
            table.map_or_else(Vec::new, |t| {
                self.storage
                    .list(t, "", "")
                    .map(|(_, v)| v.clone())
                    .collect()
            })
        };
        let bindings = all("ybindings");
        let mut hooks = Vec::new();
        if !bindings.is_empty() {
            for policy in all("ies") {
                let own = bindings
                    .iter()
                    .filter(|b| b.at(&["spec", "policyName"]).str() == policy.name());
                let own: Vec<Value> = own.cloned().collect();
                if !own.is_empty() {
                    hooks.push(Hook::new(&policy, own));
                }
            }
        }
        let hooks = Arc::new(hooks);
        match validating {
            true => self.policies.validating = Some(hooks.clone()),
            false => self.policies.mutating = Some(hooks.clone()),
        }
        hooks
    }

    /// The hooks that may have something to say about a request: none where there are none, where it is about policies, and where the
    /// plugin is off.
    fn hooks_for(&mut self, call: &Call, validating: bool) -> Option<Arc<Vec<Hook>>> {
        let hooks = self.hooks(validating);
        let about_policies = call.resource.def.group == GROUP
            && call.resource.def.resource.contains("admissionpolic");
        let plugin = match validating {
            true => Plugin::ValidatingAdmissionPolicy,
            false => Plugin::MutatingAdmissionPolicy,
        };
        let on = || self.config.admission.contains(&plugin);
        (!hooks.is_empty() && !about_policies && on()).then_some(hooks)
    }

    /// What a request is to be asked about, in order, and what is wrong with the policies that it matches.
    fn invocations<'a>(
        &self,
        call: &Call,
        a: &Attributes<'_>,
        hooks: &'a [Hook],
    ) -> (Vec<Invocation<'a>>, Vec<Misconfigured<'a>>) {
        let (mut found, mut wrong) = (Vec::new(), Vec::new());
        for hook in hooks {
            let constraints = hook.spec.get("matchConstraints");
            let Some(resource) = self.matched(call, a, constraints) else {
                continue;
            };
            let kind = hook.spec.get("paramKind");
            let params = self.of_kind(kind.get("apiVersion").str(), kind.get("kind").str());
            if !kind.is_null() && params.is_none() {
                let message = format!(
                    "failed to configure policy: failed to find resource referenced by paramKind: '{}, Kind={}'",
                    kind.get("apiVersion").str(),
                    kind.get("kind").str()
                );
                wrong.push(Misconfigured {
                    hook,
                    binding: None,
                    message,
                });
                continue;
            }
            for binding in &hook.bindings {
                let spec = binding.get("spec");
                let narrowed = spec.get("matchResources");
                if !narrowed.is_null() && self.matched(call, a, narrowed).is_none() {
                    continue;
                }
                match self.params(call, a, params, spec.get("paramRef")) {
                    Ok(params) => found.extend(params.into_iter().map(|param| Invocation {
                        hook,
                        binding,
                        resource,
                        param,
                    })),
                    Err(why) => wrong.push(Misconfigured {
                        hook,
                        binding: Some(binding),
                        message: format!("failed to configure binding: {why}"),
                    }),
                }
            }
        }
        (found, wrong)
    }

    /// The resource of a kind.
    fn of_kind(&self, api_version: &str, kind: &str) -> Option<&'static Resource> {
        let custom = self.customs.defined();
        let mut all = registry::all().iter().chain(custom);
        all.find(|r| {
            *r.api_version == *api_version && r.def.kind == kind && r.def.verbs.contains(&"get")
        })
    }

    /// The parameters that a binding names (`CollectParams`); one that is none where it names none.
    fn params(
        &self,
        call: &Call,
        a: &Attributes<'_>,
        resource: Option<&'static Resource>,
        reference: &Value,
    ) -> Result<Vec<Option<Value>>, String> {
        let Some(resource) = resource.filter(|_| !reference.is_null()) else {
            return Ok(vec![None]);
        };
        let given = reference.get("namespace").str();
        let own = namespace_of(call, a);
        let namespace = match (resource.def.namespaced, given, own.as_str()) {
            (true, "", "") => {
                return Err("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources".to_owned());
            }
            (true, "", own) => own,
            (true, given, _) => given,
            (false, "", _) => "",
            (false, ..) => {
                return Err(
                    "paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
                        .to_owned(),
                );
            }
        };
        let shown = |v: &Value| Some(resource.from_storage(v.clone()));
        let name = reference.get("name").str();
        let found: Vec<Option<Value>> = if name.is_empty() {
            let selector = Selector::from_label_selector(reference.get("selector"))?;
            let prefix = resource.prefix(namespace);
            let all = self.storage.list(resource.table, &prefix, "");
            all.filter(|(_, v)| selector.matches_object(v))
                .map(|(_, v)| shown(v))
                .collect()
        } else {
            let key = resource.key(namespace, name);
            self.storage
                .get(resource.table, &key)
                .map(shown)
                .into_iter()
                .collect()
        };
        match found.is_empty() && reference.get("parameterNotFoundAction") == "Deny" {
            true => Err(
                "no params found for policy binding with `Deny` parameterNotFoundAction".to_owned(),
            ),
            false => Ok(found),
        }
    }

    /// Whether the conditions of a webhook hold for a request that it matches in a version.
    ///
    /// # Errors
    /// Where one could not be evaluated, none is false and failures are not ignored.
    pub(super) fn meets_conditions(
        &mut self,
        call: &Call,
        a: &Attributes<'_>,
        hook: &Hook,
        resource: &'static Resource,
    ) -> Result<bool, String> {
        if hook.conditions.is_empty() {
            return Ok(true);
        }
        let invocation = Invocation {
            hook,
            binding: &crate::apimachinery::NULL,
            resource,
            param: None,
        };
        self.around(call, a, &invocation).meets(hook)
    }

    /// What expressions about a request may ask of their surroundings.
    fn around<'a>(
        &'a mut self,
        call: &'a Call,
        a: &Attributes<'_>,
        invocation: &'a Invocation<'_>,
    ) -> Around<'a> {
        let namespace = namespace_of(call, a);
        let about_namespace = call.resource.is("", "namespaces");
        let namespace_object = registry::lookup("", "v1", "namespaces")
            .filter(|_| !about_namespace && !namespace.is_empty())
            .and_then(|r| self.storage.get(r.table, &namespace))
            .cloned();
        let resource = invocation.resource;
        let (object, old) = shown(call, a, resource);
        let request = request(call, a, resource);
        Around::new(
            &mut self.authz,
            &self.storage,
            call,
            &invocation.hook.variables,
            around::Seen {
                object,
                old,
                request,
                params: invocation.param.clone().unwrap_or_default(),
                namespace: namespace_object.unwrap_or_default(),
                subresource: a.subresource.to_owned(),
                name: name_of(call, a).to_owned(),
            },
        )
    }

    /// Asks policies and webhooks about what comes through a subresource that speaks another kind than its object's: a Scale, a
    /// Binding, the options of a connection.
    pub(in crate::apiserver) fn admit_part(
        &mut self,
        call: &mut Call,
        a: &mut Attributes<'_>,
    ) -> Result<(), Status> {
        self.mutate_dynamically(call, a)?;
        self.validate_by_policies(call, a)?;
        self.validate_by_webhooks(call, a)
    }
}

/// The object and what it was before, in the version in which they are asked about; null where there is none.
pub(super) fn shown(
    call: &Call,
    a: &Attributes<'_>,
    resource: &'static Resource,
) -> (Value, Value) {
    let shown = |v: Value| match is_whole(call, a.subresource) {
        true => resource.from_storage(v),
        false => v,
    };
    let object = match a.operation {
        Operation::Delete => Value::Null,
        _ => shown(a.object.clone()),
    };
    (object, a.old.cloned().map_or(Value::Null, shown))
}

/// Whether a subresource speaks the kind of its object.
pub(super) fn is_whole(call: &Call, subresource: &str) -> bool {
    let def = call.resource.def;
    let of_part = def.subresource(subresource);
    subresource.is_empty() || of_part.is_none_or(|s| s.kind.is_empty() || s.kind == def.kind)
}

/// The namespace that a request is about, "" for the cluster; a Namespace is in its own.
fn namespace_of(call: &Call, a: &Attributes<'_>) -> String {
    if call.resource.is("", "namespaces") {
        return name_of(call, a).to_owned();
    }
    match call.info.namespace.as_str() {
        "" => a.object.namespace().to_owned(),
        namespace => namespace.to_owned(),
    }
}

/// The name that a request is about.
fn name_of<'a>(call: &'a Call, a: &'a Attributes<'_>) -> &'a str {
    match a.object.name() {
        "" => &call.info.name,
        name => name,
    }
}

/// The request as expressions see it (`CreateAdmissionRequest`).
pub(super) fn request(call: &Call, a: &Attributes<'_>, matched: &Resource) -> Value {
    let def = call.resource.def;
    let part = def
        .subresource(a.subresource)
        .filter(|_| !is_whole(call, a.subresource));
    let kind = |r: &Resource| {
        let (group, version, kind) = match part {
            Some(p) => (p.group, p.version, p.kind),
            None => (r.def.group, r.def.version, r.def.kind),
        };
        crate::tree!({"group": group, "version": version, "kind": kind})
    };
    let place = |r: &Resource| crate::tree!({"group": r.def.group, "version": r.def.version, "resource": r.def.resource});
    let user = &call.user;
    let mut info = crate::tree!({"username": user.name.as_str()});
    if !user.uid.is_empty() {
        info.set("uid", user.uid.as_str());
    }
    let texts = |all: &[String]| -> Value {
        all.iter()
            .map(|s| Value::from(s.as_str()))
            .collect::<Vec<_>>()
            .into()
    };
    if !user.groups.is_empty() {
        info.set("groups", texts(&user.groups));
    }
    for (key, values) in &user.extra {
        info.entry("extra").set(key, texts(values));
    }
    let mut options = crate::tree!({"kind": a.operation.options(), "apiVersion": "meta.k8s.io/v1"});
    for field in ["fieldManager", "fieldValidation"] {
        let given = call.query.get(field);
        if !given.is_empty() {
            options.set(field, given);
        }
    }
    let mut out = crate::tree!({
        "kind": kind(matched), "resource": place(matched), "requestKind": kind(call.resource),
        "requestResource": place(call.resource), "operation": a.operation.name(), "userInfo": info,
        "dryRun": call.dry_run, "options": options,
    });
    for (field, text) in [
        ("subResource", a.subresource),
        ("requestSubResource", a.subresource),
        // Of a collection's deletion the review names no object, though each is asked about.
        (
            "name",
            match call.verb() {
                "deletecollection" => "",
                _ => name_of(call, a),
            },
        ),
        ("namespace", namespace_of(call, a).as_str()),
    ] {
        if !text.is_empty() {
            out.set(field, text);
        }
    }
    out
}

impl Operation {
    /// As rules and requests name it.
    fn name(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
            Operation::Connect => "CONNECT",
        }
    }
    /// The kind of its options.
    fn options(self) -> &'static str {
        match self {
            Operation::Create => "CreateOptions",
            Operation::Update => "UpdateOptions",
            Operation::Delete => "DeleteOptions",
            Operation::Connect => "",
        }
    }
}
