//! `kubectl apply --prune --applyset`: what belongs together is kept in a parent object, and members carry its number (KEP 3659;
//! `pkg/cmd/apply/applyset.go`, alpha2).

use super::Options;
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::collections::{SortedMap, SortedSet};
use crate::kubectl::cmd::common::klog;
use crate::kubectl::cmd::delete::cascade;
use crate::kubectl::cmd::version::VERSION;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::printers::Printer;
use crate::kubectl::resource::{Helper, Info};
use crate::kubectl::rest::Call;
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use sha2::{Digest, Sha256};
use std::rc::Rc;

const TOOL: &str = "kubectl";
const MANAGER: &str = "kubectl-applyset";
const TOOLING: &str = "applyset.kubernetes.io/tooling";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
const KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// What was written before there was [`KINDS`].
const RESOURCES: &str = "applyset.kubernetes.io/contains-group-resources";
const ID: &str = "applyset.kubernetes.io/id";
const PART_OF: &str = "applyset.kubernetes.io/part-of";
/// On definitions whose objects may be parents.
const PARENT_TYPE: &str = "applyset.kubernetes.io/is-parent-type";

/// Kinds by name, such as `Deployment.apps`.
type Kinds = SortedMap<String, Rc<Mapping>>;

/// A set, as one run of `apply` sees it.
pub struct ApplySet {
    parent: Rc<Mapping>,
    name: String,
    namespace: String,
    /// What it consists of before this run, and after it.
    current: (Kinds, SortedSet<String>),
    updated: (Kinds, SortedSet<String>),
}

/// Go's words for a resource that no server has (`meta.NoResourceMatchError`).
fn no_match(word: &str) -> String {
    let (resource, group) = word.split_once('.').unwrap_or((word, ""));
    format!("no matches for {group}/, Resource={resource}")
}

impl ApplySet {
    /// The set that the command line names, if it names one.
    ///
    /// # Errors
    /// Where sets are not switched on (`KUBECTL_APPLYSET=true`), or the name is none.
    pub async fn of(cx: &Cx) -> Result<Option<Self>, Error> {
        if !cx.flags.changed("applyset") {
            return Ok(None);
        }
        let switch = cx.io.env("KUBECTL_APPLYSET").unwrap_or_default();
        if !switch.eq_ignore_ascii_case("true") {
            let command = cx.found.path();
            return Err(Error::msg(format!(
                "unknown flag: --applyset\nSee '{command} --help' for usage."
            )));
        }
        let reference = cx.flags.str("applyset");
        if reference.is_empty() {
            return Ok(None);
        }
        let invalid =
            |why: String| Error::msg(format!("invalid parent reference {reference:?}: {why}"));
        let (resource, name) = reference.split_once('/').unwrap_or(("secrets", reference));
        if name.is_empty() {
            return Err(invalid("name cannot be blank".to_owned()));
        }
        let found = cx.find_resource(resource).await?;
        let parent = found.ok_or_else(|| invalid(no_match(resource)))?;
        let (namespace, named) = cx.namespace()?;
        Ok(Some(Self {
            namespace: match parent.namespaced && named {
                true => namespace,
                false => String::new(),
            },
            name: name.to_owned(),
            parent,
            current: Default::default(),
            updated: Default::default(),
        }))
    }

    fn is_built_in(&self) -> bool {
        let kinds = ["secrets", "configmaps"];
        self.parent.group.is_empty() && kinds.contains(&self.parent.resource.as_str())
    }

    /// Whether its parent may be one.
    ///
    /// # Errors
    /// Where it may not.
    pub async fn validate(&self, cx: &Cx) -> Outcome {
        let mut errors = Vec::new();
        if self.parent.namespaced && self.namespace.is_empty() {
            errors.push(Error::msg(
                "namespace is required to use namespace-scoped ApplySet",
            ));
        }
        if !self.is_built_in() {
            let definitions =
                Mapping::built_in("apiextensions.k8s.io/v1", "CustomResourceDefinition");
            let call = Call::on(Method::GET, &definitions, "", "", "");
            let call = call.query("labelSelector", PARENT_TYPE);
            let allowed = cx.rest.send(call).await.unwrap_or_else(|e| {
                errors.push(Error::msg(format!(
                    "identifying allowed custom resource parent types: {}",
                    e.text()
                )));
                Value::Null
            });
            let wanted = self.parent.group_resource();
            let mut allowed = allowed.get("items").items().iter();
            if !allowed.any(|definition| definition.name() == wanted) {
                errors.push(Error::msg(format!(
                    "resource \"{}\" is not permitted as an ApplySet parent",
                    self.parent.gvr()
                )));
            }
        }
        Error::all(errors)
    }

    /// The number that parent and members carry.
    fn id(&self) -> String {
        let of = [
            self.name.as_str(),
            &self.namespace,
            &self.parent.kind,
            &self.parent.group,
        ];
        let hash = Sha256::digest(of.join(".").as_bytes());
        format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(hash))
    }

    /// The parent as messages name it: `secrets./x`.
    fn parent(&self) -> String {
        let Mapping {
            resource, group, ..
        } = &*self.parent;
        format!("\"{resource}.{group}/{}\"", self.name)
    }

    /// Marks objects as members.
    ///
    /// # Errors
    /// Where one is marked already.
    pub fn label(&self, infos: &mut [Info]) -> Outcome {
        let id = self.id();
        for info in infos {
            if info.object.label(PART_OF).is_some() {
                return Err(Error::msg(format!(
                    "ApplySet label {PART_OF:?} already set in input data"
                )));
            }
            info.object
                .set_at(&["metadata", "labels", PART_OF], id.as_str());
        }
        Ok(())
    }

    /// Reads what the set is, and has its parent cover what will be applied, so that nothing is forgotten if this ends early.
    ///
    /// # Errors
    /// Where the parent is another tool's or no parent, or cannot be written.
    pub async fn begin(&mut self, cx: &Cx, infos: &[Info], options: &Options) -> Outcome {
        self.fetch(cx).await?;
        for info in infos {
            let kind = info.mapping.group_kind();
            self.updated.0.insert(kind, info.mapping.clone());
            if info.mapping.namespaced && !info.namespace.is_empty() {
                self.updated.1.insert(info.namespace.clone());
            }
        }
        let mut kinds: SortedSet<&str> = self.current.0.keys().map(String::as_str).collect();
        kinds.extend(self.updated.0.keys().map(String::as_str));
        let mut namespaces: SortedSet<&str> = self.current.1.iter().map(String::as_str).collect();
        namespaces.extend(self.updated.1.iter().map(String::as_str));
        self.update(cx, &kinds, &namespaces, options).await
    }

    async fn fetch(&mut self, cx: &Cx) -> Outcome {
        let helper = Helper::new(cx, &self.parent, &self.namespace);
        let parent = match helper.get(&self.name).await {
            Ok(parent) => parent,
            Err(e) if e.is_not_found() && self.is_built_in() => return Ok(()),
            Err(e) if e.is_not_found() => {
                return Err(Error::msg(
                    "custom resource ApplySet parents cannot be created automatically",
                ));
            }
            Err(e) => {
                return Err(Error::msg(format!(
                    "failed to fetch ApplySet parent object {}: {}",
                    self.parent(),
                    e.text()
                )));
            }
        };
        let refused =
            |why: String| Error::msg(format!("ApplySet parent object {} {why}", self.parent()));
        let Some(tooling) = parent.annotation(TOOLING) else {
            return Err(refused(format!(
                "already exists and is missing required annotation {TOOLING:?}"
            )));
        };
        let tool = tooling.rsplit_once('/').map_or(tooling, |(tool, _)| tool);
        if tool != TOOL {
            return Err(refused(format!(
                "already exists and is managed by tooling {tool:?} instead of {TOOL:?}"
            )));
        }
        let (id, own) = (parent.label(ID), self.id());
        match id {
            None => {
                return Err(refused(format!(
                    "exists and does not have required label {ID}"
                )));
            }
            Some(id) if id != own => {
                return Err(refused(format!(
                    "exists and has incorrect value for label {ID:?} (got: {id}, want: {own})"
                )));
            }
            Some(_) => {}
        }
        let kinds = kinds(cx, &parent).await.map_err(|e| {
            let text = e.text();
            Error::msg(format!(
                "parsing ApplySet annotation on {}: {text}",
                self.parent()
            ))
        })?;
        let namespaces = parent.annotation(NAMESPACES).unwrap_or_default();
        let namespaces = namespaces.split(',').chain([self.namespace.as_str()]);
        let namespaces = namespaces.filter(|n| !n.is_empty()).map(str::to_owned);
        self.current = (kinds, namespaces.collect());
        Ok(())
    }

    async fn update(
        &self,
        cx: &Cx,
        kinds: &SortedSet<&str>,
        namespaces: &SortedSet<&str>,
        options: &Options,
    ) -> Outcome {
        if options.dry_run.is_client() {
            return Ok(());
        }
        let kinds: Vec<&str> = kinds.iter().copied().collect();
        let others = namespaces.iter().copied();
        let others: Vec<&str> = others.filter(|n| *n != self.namespace).collect();
        let mut patch = tree!({
            "kind": self.parent.kind.as_str(), "apiVersion": self.parent.api_version(), "metadata": {"name": self.name.as_str()},
        });
        if !self.namespace.is_empty() {
            patch.set_at(&["metadata", "namespace"], self.namespace.as_str());
        }
        patch.set_annotation(TOOLING, &format!("{TOOL}/{VERSION}"));
        patch.set_annotation(KINDS, &kinds.join(","));
        patch.set_annotation(NAMESPACES, &others.join(","));
        patch.set_at(&["metadata", "labels", ID], self.id());
        let helper = Helper::new(cx, &self.parent, &self.namespace)
            .dry_run(options.dry_run.is_server())
            .field_manager(MANAGER)
            .field_validation(options.validation);
        let send = |force: bool| {
            let body = Body::Bytes(patch.to_json().into_bytes());
            helper.patch(
                &self.name,
                "application/apply-patch+yaml",
                body,
                Some(force),
            )
        };
        let mut sent = send(false).await;
        if let Err(e) = &sent
            && e.is_conflict()
        {
            let text = format!(
                "WARNING: failed to update ApplySet: {}\nApplySet field manager {MANAGER} should own these fields. Retrying with conflicts forced.",
                e.text()
            );
            klog(cx, 'W', "applyset.go:447", &text);
            sent = send(true).await;
        }
        let failed = |e: Error| Error::msg(format!("failed to update ApplySet: {}", e.text()));
        sent.map(|_| ()).map_err(failed)
    }

    /// Deletes members that are not among the objects that were applied now, and has the parent tell what is left.
    ///
    /// # Errors
    /// Where members cannot be listed or deleted, or the parent cannot be written.
    pub async fn prune(&self, cx: &Cx, applied: &[Info], options: &Options) -> Outcome {
        let operation = options.dry_run.operation("pruned");
        let mut printer = Printer::for_operation(cx, &operation)?;
        let mut body = tree!({"propagationPolicy": cascade(cx)?});
        if cx.flags.int("grace-period") >= 0 {
            body.set("gracePeriodSeconds", cx.flags.int("grace-period"));
        }
        // All are found before the first goes.
        for (mapping, object) in self.orphans(cx, applied).await? {
            let namespace = object.namespace();
            if !options.dry_run.is_client() {
                let helper = Helper::new(cx, &mapping, namespace);
                let helper = helper.dry_run(options.dry_run.is_server());
                let deleted = helper.delete(object.name(), body.clone()).await;
                deleted.map_err(|e| {
                    let place = match namespace {
                        "" => String::new(),
                        namespace => format!("{namespace}/"),
                    };
                    let (kind, text) = (mapping.group_kind(), e.text());
                    Error::msg(format!("pruning {kind} {place}{}: {text}", object.name()))
                })?;
            }
            cx.out(printer.print(&object)?);
        }
        let kinds = self.updated.0.keys().map(String::as_str).collect();
        let namespaces = self.updated.1.iter().map(String::as_str).collect();
        let updated = self.update(cx, &kinds, &namespaces, options).await;
        updated.map_err(|e| {
            Error::msg(format!(
                "apply and prune succeeded, but ApplySet update failed: {}",
                e.text()
            ))
        })
    }

    /// Members that the server has and that were not applied now.
    async fn orphans(&self, cx: &Cx, applied: &[Info]) -> Result<Vec<(Rc<Mapping>, Value)>, Error> {
        let selector = format!("{PART_OF}={}", self.id());
        let mut found = Vec::new();
        for mapping in self.current.0.values() {
            let everywhere = [String::new()];
            let namespaces: Vec<&String> = match mapping.namespaced {
                true => self.current.1.iter().collect(),
                false => everywhere.iter().collect(),
            };
            for namespace in namespaces {
                let call = Call::on(Method::GET, mapping, namespace, "", "");
                let call = call.query("labelSelector", selector.as_str());
                let list = cx.rest.send(call).await.map_err(|e| {
                    Error::msg(format!(
                        "listing {}/{}, Kind={} objects for pruning: {}",
                        mapping.group,
                        mapping.version,
                        mapping.kind,
                        e.text()
                    ))
                })?;
                for item in list.get("items").items() {
                    if applied.iter().any(|i| i.object.uid() == item.uid()) {
                        continue;
                    }
                    let mut object = item.clone();
                    object.set("apiVersion", mapping.api_version());
                    object.set("kind", mapping.kind.as_str());
                    found.push((mapping.clone(), object));
                }
            }
        }
        Ok(found)
    }
}

/// The kinds that a parent says its set consists of.
async fn kinds(cx: &Cx, parent: &Value) -> Result<Kinds, Error> {
    let mut kinds = Kinds::new();
    let words = |text: &str| -> Vec<String> {
        let words = text.split(',').filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let Some(named) = parent.annotation(KINDS) else {
        let resources = parent.annotation(RESOURCES).unwrap_or_default();
        if resources.is_empty() {
            return Err(Error::msg(format!(
                "kubectl requires the {KINDS:?} annotation to be set on all ApplySet parent objects"
            )));
        }
        for word in words(resources) {
            let mapping = cx.find_resource(&word).await?.ok_or_else(|| {
                let why = no_match(&word);
                Error::msg(format!(
                    "invalid group resource in {RESOURCES:?} annotation: {why}"
                ))
            })?;
            kinds.insert(mapping.group_kind(), mapping);
        }
        return Ok(kinds);
    };
    for word in words(named) {
        let (kind, group) = word.split_once('.').unwrap_or((&word, ""));
        let mapping = cx.preferred_kind(group, kind).await.map_err(|e| {
            let why = e.text();
            Error::msg(format!(
                "could not find mapping for kind in {KINDS:?} annotation: {why}"
            ))
        })?;
        kinds.insert(word, mapping);
    }
    Ok(kinds)
}
