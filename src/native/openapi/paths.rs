//! Paths and what may be done at them.

use super::types::Flavour;
use crate::apimachinery::schema::{self, RESOURCES, ResourceDef, TypeId};
use serde_json::{Map, Value, json};

/// What every list takes, and watches and deletions of collections with it.
const LIST_PARAMETERS: &[(&str, &str)] = &[
    ("allowWatchBookmarks", "boolean"),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
    ("watch", "boolean"),
];
const WRITE_PARAMETERS: &[(&str, &str)] = &[
    ("dryRun", "string"),
    ("fieldManager", "string"),
    ("fieldValidation", "string"),
];
const DELETE_PARAMETERS: &[(&str, &str)] = &[
    ("dryRun", "string"),
    ("gracePeriodSeconds", "integer"),
    (
        "ignoreStoreReadErrorWithClusterBreakingPotential",
        "boolean",
    ),
    ("orphanDependents", "boolean"),
    ("propagationPolicy", "string"),
];
const PATCHES: &[&str] = &[
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

/// One kind at one path.
struct Target<'a> {
    resource: &'a ResourceDef,
    /// Subresource, or "".
    subresource: &'a str,
    /// Group, version and kind of what is sent and answered.
    kind: (&'a str, &'a str, &'a str),
    type_name: Option<String>,
    /// Whether the kind is not built in.
    custom: bool,
    flavour: Flavour,
}

fn name_of(id: TypeId) -> String {
    schema::type_def(id).name.to_owned()
}

/// Media types of patches of custom resources, which know no strategic merge.
const CUSTOM_PATCHES: &[&str] = &[
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
];

/// Types that every document speaks of.
fn common() -> Vec<TypeId> {
    [
        "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
        "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
        "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    ]
    .iter()
    .filter_map(|name| schema::type_named(name))
    .collect()
}

/// The paths of a custom resource, and the built-in types that they speak of.
pub fn of_custom(resource: &ResourceDef, flavour: Flavour) -> (Map<String, Value>, Vec<TypeId>) {
    let mut paths = Map::new();
    let mut types = common();
    for name in ["ObjectMeta", "ListMeta"] {
        let name = format!("io.k8s.apimachinery.pkg.apis.meta.v1.{name}");
        types.extend(schema::type_named(&name));
    }
    let whole = Target {
        resource,
        subresource: "",
        kind: (resource.group, resource.version, resource.kind),
        type_name: Some(super::custom::type_name(resource)),
        custom: true,
        flavour,
    };
    whole.collection(&mut paths);
    whole.object(&mut paths, resource.verbs);
    for sub in resource.subresources {
        let scale = schema::kind_type("autoscaling/v1", "Scale").filter(|_| sub.name == "scale");
        types.extend(scale);
        let target = Target {
            subresource: sub.name,
            kind: (sub.group, sub.version, sub.kind),
            type_name: scale.map(name_of).or_else(|| whole.type_name.clone()),
            ..whole
        };
        target.object(&mut paths, sub.verbs);
    }
    (paths, types)
}

/// The paths of a group and version, and the types that they speak of.
pub fn of(group: &str, version: &str, flavour: Flavour) -> (Map<String, Value>, Vec<TypeId>) {
    let mut paths = Map::new();
    let mut types = common();
    let served = RESOURCES
        .iter()
        .filter(|r| r.group == group && r.version == version);
    for resource in served {
        let (rg, rv) = match (resource.response_group, resource.response_version) {
            ("", "") => (group, version),
            given => given,
        };
        let target = Target {
            resource,
            subresource: "",
            kind: (rg, rv, resource.kind),
            type_name: resource.type_id.map(name_of),
            custom: false,
            flavour,
        };
        types.extend(resource.type_id);
        types.extend(target.list_type_id());
        target.collection(&mut paths);
        target.object(&mut paths, resource.verbs);
        for sub in resource.subresources {
            let kind = match (sub.group, sub.version) {
                ("", "") => (group, version, sub.kind),
                (g, v) => (g, v, sub.kind),
            };
            let type_id = schema::kind_type(&api_version(kind.0, kind.1), kind.2);
            types.extend(type_id);
            let target = Target {
                resource,
                subresource: sub.name,
                kind,
                type_name: type_id.map(name_of),
                custom: false,
                flavour,
            };
            target.object(&mut paths, sub.verbs);
        }
    }
    (paths, types)
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

impl Target<'_> {
    fn list_type(&self) -> Option<String> {
        if self.custom {
            return self.type_name.as_ref().map(|name| format!("{name}List"));
        }
        self.list_type_id().map(name_of)
    }

    fn list_type_id(&self) -> Option<TypeId> {
        let version = api_version(self.kind.0, self.kind.1);
        schema::kind_type(&version, &format!("{}List", self.kind.2))
    }

    fn collection(&self, paths: &mut Map<String, Value>) {
        let r = self.resource;
        let namespace = if r.namespaced { "{namespace}" } else { "" };
        let mut item = self.path_item(r.namespaced, false);
        let verbs = [
            ("list", "get"),
            ("create", "post"),
            ("deletecollection", "delete"),
        ];
        for (verb, method) in verbs.iter().filter(|(v, _)| r.verbs.contains(v)) {
            item[method] = self.operation(verb, method, r.namespaced);
        }
        paths.insert(r.path(namespace), item);
        if r.namespaced && r.verbs.contains(&"list") {
            let mut item = self.path_item(false, false);
            item["get"] = self.operation("list", "get", false);
            paths.insert(r.path(""), item);
        }
    }

    fn object(&self, paths: &mut Map<String, Value>, verbs: &[&str]) {
        let r = self.resource;
        let methods = [
            ("get", "get"),
            ("update", "put"),
            ("patch", "patch"),
            ("delete", "delete"),
        ];
        let namespace = if r.namespaced { "{namespace}" } else { "" };
        let mut path = format!("{}/{{name}}", r.path(namespace));
        let mut item = self.path_item(r.namespaced, true);
        let mut any = false;
        for (verb, method) in methods.iter().filter(|(v, _)| verbs.contains(v)) {
            item[method] = self.operation(verb, method, r.namespaced);
            any = true;
        }
        if !self.subresource.is_empty() {
            path = format!("{path}/{}", self.subresource);
            if verbs.contains(&"create") {
                item["post"] = self.operation("create", "post", r.namespaced);
                any = true;
            }
        }
        if any {
            paths.insert(path, item);
        }
    }

    fn parameter(&self, name: &str, kind: &str, place: &str) -> Value {
        let mut out = json!({"name": name, "in": place});
        match self.flavour {
            Flavour::V2 => out["type"] = kind.into(),
            Flavour::V3 => out["schema"] = json!({"type": kind}),
        }
        if self.flavour == Flavour::V2 || place == "query" {
            out["uniqueItems"] = true.into();
        }
        if place == "path" {
            out["required"] = true.into();
        }
        out
    }

    fn path_item(&self, namespace: bool, name: bool) -> Value {
        let mut parameters = Vec::new();
        for part in [("name", name), ("namespace", namespace)] {
            if part.1 {
                parameters.push(self.parameter(part.0, "string", "path"));
            }
        }
        parameters.push(self.parameter("pretty", "string", "query"));
        json!({"parameters": parameters})
    }

    fn operation(&self, verb: &str, method: &str, namespaced: bool) -> Value {
        let (group, version, kind) = self.kind;
        let action = match verb {
            "create" => "post",
            "update" => "put",
            other => other,
        };
        let lists: &[&[(&str, &str)]] = match verb {
            "list" => &[LIST_PARAMETERS],
            "deletecollection" => &[DELETE_PARAMETERS, LIST_PARAMETERS],
            "delete" => &[DELETE_PARAMETERS],
            "create" | "update" => &[WRITE_PARAMETERS],
            "patch" => &[WRITE_PARAMETERS, &[("force", "boolean")]],
            _ => &[],
        };
        let mut parameters: Vec<Value> = lists
            .iter()
            .flat_map(|list| list.iter())
            .filter(|(name, _)| {
                verb != "deletecollection" || !matches!(*name, "watch" | "allowWatchBookmarks")
            })
            .map(|(name, kind)| self.parameter(name, kind, "query"))
            .collect();
        let body = self.body(verb, method);
        let answer = match verb {
            "list" => self.list_type(),
            "delete" | "deletecollection" => {
                Some("io.k8s.apimachinery.pkg.apis.meta.v1.Status".to_owned())
            }
            _ => self.type_name.clone(),
        };
        let mut out = json!({
            "operationId": self.operation_id(verb, namespaced),
            "tags": [self.tag()],
            "responses": self.responses(verb, answer),
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind},
        });
        match (self.flavour, body) {
            (Flavour::V2, body) => {
                if let Some((required, _, schema)) = body {
                    let mut parameter = json!({"name": "body", "in": "body", "schema": schema});
                    if required {
                        parameter["required"] = true.into();
                    }
                    parameters.insert(0, parameter);
                }
                let consumes: &[&str] = match verb {
                    "patch" => self.patches(),
                    _ => &["*/*"],
                };
                out["consumes"] = consumes.into();
                out["produces"] = json!(["application/json", "application/yaml"]);
                out["schemes"] = json!(["https"]);
            }
            (Flavour::V3, Some((_, media_types, schema))) => {
                let content: Map<String, Value> = media_types
                    .iter()
                    .map(|m| ((*m).to_owned(), json!({"schema": schema})))
                    .collect();
                out["requestBody"] = json!({"content": content});
            }
            (Flavour::V3, None) => {}
        }
        if !parameters.is_empty() {
            out["parameters"] = parameters.into();
        }
        out
    }

    /// Whether a body must be sent, in which media types, and its schema.
    fn body(&self, verb: &str, method: &str) -> Option<(bool, &'static [&'static str], Value)> {
        let meta = |kind: &str| Some(format!("io.k8s.apimachinery.pkg.apis.meta.v1.{kind}"));
        let (required, media_types, name): (bool, &'static [&'static str], _) = match verb {
            "create" | "update" => (true, &["*/*"], self.type_name.clone()),
            "patch" => (true, self.patches(), meta("Patch")),
            _ if method == "delete" => (false, &["*/*"], meta("DeleteOptions")),
            _ => return None,
        };
        Some((required, media_types, self.flavour.named(&name?)))
    }

    fn patches(&self) -> &'static [&'static str] {
        if self.custom { CUSTOM_PATCHES } else { PATCHES }
    }

    fn responses(&self, verb: &str, answer: Option<String>) -> Value {
        let mut ok = json!({"description": "OK"});
        if let Some(name) = answer {
            let schema = self.flavour.named(&name);
            match self.flavour {
                Flavour::V2 => ok["schema"] = schema,
                Flavour::V3 => {
                    let media = json!({"schema": schema});
                    ok["content"] = json!({"application/json": media, "application/yaml": media});
                }
            }
        }
        let mut out = json!({"200": ok, "401": {"description": "Unauthorized"}});
        if matches!(verb, "create" | "update" | "patch") {
            let mut created = ok;
            created["description"] = "Created".into();
            out["201"] = created;
        }
        out
    }

    /// `apps_v1`, `rbacAuthorization_v1`.
    fn tag(&self) -> String {
        let words = camel(self.resource.group);
        let mut tag = words[..1].to_lowercase();
        tag.push_str(&words[1..]);
        format!("{tag}_{}", self.resource.version)
    }

    /// `readAppsV1NamespacedDeploymentStatus`.
    fn operation_id(&self, verb: &str, namespaced: bool) -> String {
        let r = self.resource;
        let verb = match verb {
            "get" => "read",
            "update" => "replace",
            "deletecollection" => "deleteCollection",
            other => other,
        };
        let scope = if namespaced { "Namespaced" } else { "" };
        let tail = match self.subresource {
            "" if r.namespaced && !namespaced => "ForAllNamespaces".to_owned(),
            sub => capital(sub),
        };
        format!(
            "{verb}{}{}{scope}{}{tail}",
            camel(r.group),
            capital(r.version),
            r.kind
        )
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|c| c.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// `Core`, `Apps`, `RbacAuthorization`.
fn camel(group: &str) -> String {
    if group.is_empty() {
        return "Core".to_owned();
    }
    let name = group.strip_suffix(".k8s.io").unwrap_or(group);
    name.split('.').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_as_upstream_names_them() {
        let (paths, _) = of("rbac.authorization.k8s.io", "v1", Flavour::V3);
        let roles =
            &paths["/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles/{name}"]["put"];
        assert_eq!(
            roles["operationId"],
            "replaceRbacAuthorizationV1NamespacedRole"
        );
        assert_eq!(roles["tags"][0], "rbacAuthorization_v1");
        let (paths, _) = of("", "v1", Flavour::V3);
        let all = &paths["/api/v1/pods"]["get"];
        assert_eq!(all["operationId"], "listCoreV1PodForAllNamespaces");
        let eviction = &paths["/api/v1/namespaces/{namespace}/pods/{name}/eviction"]["post"];
        assert_eq!(
            eviction["x-kubernetes-group-version-kind"]["group"],
            "policy"
        );
    }
}
