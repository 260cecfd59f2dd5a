//! Which resources the server has, and which one a word of the user means (models client-go's discovery and REST mapper).

use super::error::Error;
use super::rest::{Call, Rest};
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use http::Method;
use std::rc::Rc;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// One resource of the server in one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// API group, "" for the core group.
    pub group: String,
    /// API version.
    pub version: String,
    /// Plural name: `pods`.
    pub resource: String,
    /// Singular name: `pod`.
    pub singular: String,
    /// Kind: `Pod`.
    pub kind: String,
    /// Whether objects stand in a namespace.
    pub namespaced: bool,
    /// Short names.
    pub short_names: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
    /// Names of the subresources.
    pub subresources: Vec<String>,
}

impl Mapping {
    /// The resource of a built-in kind, or one made up from the kind's name, without asking the server.
    pub fn built_in(api_version: &str, kind: &str) -> Mapping {
        let (group, version) = crate::apimachinery::meta::split_api_version(api_version);
        let known = crate::apimachinery::schema::RESOURCES
            .iter()
            .find(|r| r.kind == kind && r.group == group && r.version == version);
        let singular = kind.to_lowercase();
        let plural = if singular.ends_with('s') {
            format!("{singular}es")
        } else if let Some(stem) = singular.strip_suffix('y') {
            format!("{stem}ies")
        } else {
            format!("{singular}s")
        };
        Mapping {
            group: group.to_owned(),
            version: version.to_owned(),
            resource: known.map_or(plural, |r| r.resource.to_owned()),
            singular,
            kind: kind.to_owned(),
            namespaced: known.is_none_or(|r| r.namespaced),
            short_names: Vec::new(),
            categories: Vec::new(),
            verbs: Vec::new(),
            subresources: Vec::new(),
        }
    }
    /// `apps/v1`, `v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
    /// `deployments.apps`, `pods`
    pub fn group_resource(&self) -> String {
        with_group(&self.resource, &self.group)
    }
    /// `Deployment.apps`, `Pod`
    pub fn group_kind(&self) -> String {
        with_group(&self.kind, &self.group)
    }
    /// As Go prints a `GroupVersionResource`: `apps/v1, Resource=deployments`
    pub fn gvr(&self) -> String {
        format!(
            "{}/{}, Resource={}",
            self.group, self.version, self.resource
        )
    }
    /// The path of all objects, of one (`name`), or of its subresource.
    pub fn path(&self, namespace: &str, name: &str, subresource: &str) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if self.namespaced && !namespace.is_empty() {
            path.push_str("/namespaces/");
            path.push_str(&super::rest::escape(namespace));
        }
        path.push('/');
        path.push_str(&self.resource);
        for part in [name, subresource] {
            if !part.is_empty() {
                path.push('/');
                path.push_str(&super::rest::escape(part));
            }
        }
        path
    }
    /// Whether the server allows the verb.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|v| v == verb)
    }
}

fn with_group(name: &str, group: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{group}")
    }
}

/// All resources of a server, groups in its order, the preferred version of each group first.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// The resources.
    pub resources: Vec<Rc<Mapping>>,
    /// Groups with their versions, preferred first, in the server's order.
    pub groups: Vec<(String, Vec<String>)>,
    /// When it was asked.
    pub fetched: Timestamp,
}

impl Discovery {
    /// Asks the server.
    pub async fn fetch(rest: &Rest, now: Timestamp) -> Result<Discovery, Error> {
        let mut found = Discovery {
            fetched: now,
            ..Discovery::default()
        };
        for root in ["/api", "/apis"] {
            let answer = rest
                .send(Call::new(Method::GET, root).accept(AGGREGATED))
                .await?;
            match answer.kind() {
                "APIGroupDiscoveryList" => found.read_aggregated(&answer),
                _ => found.read_plain(rest, root, &answer).await?,
            }
        }
        Ok(found)
    }

    fn read_aggregated(&mut self, list: &Value) {
        for group in list.get("items").items() {
            let mut versions = Vec::new();
            for version in group.get("versions").items() {
                let name = version.get("version").str();
                versions.push(name.to_owned());
                for r in version.get("resources").items() {
                    self.resources.push(Rc::new(Mapping {
                        group: group.name().to_owned(),
                        version: name.to_owned(),
                        resource: r.get("resource").str().to_owned(),
                        singular: r.get("singularResource").str().to_owned(),
                        kind: r.at(&["responseKind", "kind"]).str().to_owned(),
                        namespaced: r.get("scope") == "Namespaced",
                        short_names: strings(r.get("shortNames")),
                        categories: strings(r.get("categories")),
                        verbs: strings(r.get("verbs")),
                        subresources: r
                            .get("subresources")
                            .items()
                            .iter()
                            .map(|s| s.get("subresource").str().to_owned())
                            .collect(),
                    }));
                }
            }
            self.groups.push((group.name().to_owned(), versions));
        }
    }

    async fn read_plain(&mut self, rest: &Rest, root: &str, list: &Value) -> Result<(), Error> {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        if list.kind() == "APIVersions" {
            groups.push((String::new(), strings(list.get("versions"))));
        }
        for g in list.get("groups").items() {
            let preferred = g.at(&["preferredVersion", "version"]).str();
            let mut versions: Vec<String> = g
                .get("versions")
                .items()
                .iter()
                .map(|v| v.get("version").str().to_owned())
                .collect();
            versions.arrange_by_key(|v| v != preferred);
            groups.push((g.get("name").str().to_owned(), versions));
        }
        for (group, versions) in groups {
            for version in &versions {
                let path = if group.is_empty() {
                    format!("{root}/{version}")
                } else {
                    format!("{root}/{group}/{version}")
                };
                if let Ok(list) = rest.send(Call::new(Method::GET, path)).await {
                    self.read_resource_list(&group, version, &list);
                }
            }
            self.groups.push((group, versions));
        }
        Ok(())
    }

    fn read_resource_list(&mut self, group: &str, version: &str, list: &Value) {
        let all = list.get("resources").items();
        for r in all.iter().filter(|r| !r.get("name").str().contains('/')) {
            let name = r.get("name").str();
            let prefix = format!("{name}/");
            self.resources.push(Rc::new(Mapping {
                group: group.to_owned(),
                version: version.to_owned(),
                resource: name.to_owned(),
                singular: r.get("singularName").str().to_owned(),
                kind: r.get("kind").str().to_owned(),
                namespaced: r.get("namespaced").as_bool() == Some(true),
                short_names: strings(r.get("shortNames")),
                categories: strings(r.get("categories")),
                verbs: strings(r.get("verbs")),
                subresources: all
                    .iter()
                    .filter_map(|s| s.get("name").str().strip_prefix(&prefix))
                    .map(str::to_owned)
                    .collect(),
            }));
        }
    }

    /// The resource that a word names: plural, singular, kind or short name, with or without `.group` or `.version.group`.
    pub fn resource(&self, word: &str) -> Option<Rc<Mapping>> {
        let word = word.to_lowercase();
        if word.is_empty() {
            return None;
        }
        if let Some((name, rest)) = word.split_once('.') {
            if let Some((version, group)) = rest.split_once('.')
                && let Some(m) = self.pick(name, |m| m.version == version && m.group == group)
            {
                return Some(m);
            }
            return self
                .pick(name, |m| m.group == rest)
                .or_else(|| self.pick(name, |m| m.group.starts_with(rest)));
        }
        self.pick(&word, |_| true)
    }

    fn pick(&self, name: &str, fits: impl Fn(&Mapping) -> bool) -> Option<Rc<Mapping>> {
        let named = |m: &&Rc<Mapping>| {
            m.resource == name || m.singular == name || m.kind.to_lowercase() == name
        };
        let short = |m: &&Rc<Mapping>| m.short_names.iter().any(|s| s == name);
        self.resources
            .iter()
            .find(|m| short(m) && fits(m))
            .or_else(|| self.resources.iter().find(|m| named(m) && fits(m)))
            .cloned()
    }

    /// Other resources that a short name could stand for, too.
    pub fn also_short(&self, word: &str, meant: &Mapping) -> Vec<Rc<Mapping>> {
        let is_short = |m: &Mapping| m.short_names.iter().any(|s| s == word);
        if !is_short(meant) {
            return Vec::new();
        }
        let mut others = self.preferred();
        others.retain(|m| is_short(m) && m.group_resource() != meant.group_resource());
        others
    }

    /// The resource of a kind, in the given version or, where that is "", in the preferred one.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<Rc<Mapping>> {
        self.resources
            .iter()
            .find(|m| {
                m.kind == kind && m.group == group && (version.is_empty() || m.version == version)
            })
            .cloned()
    }

    /// The resources of a category such as `all`, each in its preferred version.
    pub fn category(&self, name: &str) -> Vec<Rc<Mapping>> {
        self.preferred()
            .into_iter()
            .filter(|m| m.categories.iter().any(|c| c == name))
            .collect()
    }

    /// Every resource once, in its group's preferred version where it has it.
    pub fn preferred(&self) -> Vec<Rc<Mapping>> {
        let mut out: Vec<Rc<Mapping>> = Vec::new();
        for m in &self.resources {
            if !out
                .iter()
                .any(|o| o.group == m.group && o.resource == m.resource)
            {
                out.push(m.clone());
            }
        }
        out
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.items().iter().map(|v| v.str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_resources_as_upstreams_mapper_reads_them() {
        let mut pods = Mapping::built_in("v1", "Pod");
        pods.short_names = vec!["po".to_owned()];
        let mut unnamed = Mapping::built_in("metrics.k8s.io/v1beta1", "NodeMetrics");
        unnamed.singular.clear();
        let known = Discovery {
            resources: vec![Rc::new(unnamed), Rc::new(pods)],
            ..Discovery::default()
        };
        for (word, found) in [
            ("po", true),
            ("Pods", true),
            ("pods.v1.", true),
            ("pods.v1", false),
            ("", false),
            ("pod.apps", false),
        ] {
            assert_eq!(known.resource(word).is_some(), found, "{word}");
        }
    }
}
