//! Fetches images, with the credentials that a pod has for them, and remembers who may use what was fetched with credentials
//! (pkg/kubelet/images/image_manager.go, pullmanager, `PullImage` of kuberuntime_image.go).

use super::worker::Op;
use super::{Caller, Kubelet};
use crate::apimachinery::image_name::full_name;
use crate::apimachinery::{Timestamp, Value, schema};
use crate::client::Cx;
use crate::collections::SortedMap;
use crate::cri::{AuthConfig, CriError, CriRequest, ImageInfo, RuntimeService};
use std::time::Duration;

/// An image that is being fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Pull {
    /// For which container.
    pub container: String,
    /// Its name: credentials were looked up for that one only.
    pub image: String,
    /// Since when.
    pub since: Timestamp,
    /// The credentials in use.
    pub auth: Option<AuthConfig>,
    /// Those that are tried next.
    next: Vec<AuthConfig>,
    /// What was said to those before.
    failures: Vec<String>,
}

/// Who may use images that were fetched: by repository, the credentials with which that was done, or none for everybody.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    images: SortedMap<String, SortedMap<String, Option<Vec<AuthConfig>>>>,
}

impl Fetched {
    /// Notes that an image was fetched from a repository.
    fn note(&mut self, image: &str, repository: &str, auth: Option<&AuthConfig>) {
        let by_repository = self.images.entry(image.to_owned()).or_default();
        let users = by_repository
            .entry(repository.to_owned())
            .or_insert_with(|| Some(Vec::new()));
        match (auth, users) {
            (None, users) => *users = None,
            (Some(auth), Some(known)) if !known.contains(auth) => known.push(auth.clone()),
            _ => {}
        }
    }

    /// Forgets the images that are not to be kept.
    fn keep(&mut self, kept: impl Fn(&String) -> bool) {
        self.images.retain(|id, _| kept(id));
    }

    /// Whether an image that is there can be used by who has these credentials. One that was there before counts as everybody's
    /// (`NeverVerifyPreloadedImages`).
    fn allows(&self, image: &str, repository: &str, auths: &[AuthConfig]) -> bool {
        let Some(by_repository) = self.images.get(image) else {
            return true;
        };
        match by_repository.get(repository) {
            Some(None) => true,
            Some(Some(known)) => auths.iter().any(|a| known.contains(a)),
            None => false,
        }
    }
}

/// Whether an image of that id is among these.
fn has(images: &[ImageInfo], id: &str) -> bool {
    let named = |i: &ImageInfo| i.id == id || i.others.iter().any(|other| other == id);
    images.iter().any(named)
}

/// The repository of an image by its full name.
fn repository(image: &str) -> String {
    let full = full_name(image);
    let bare = full.split('@').next().unwrap_or(&full);
    let slash = bare.rfind('/').map_or(0, |i| i + 1);
    let tag = bare.get(slash..).and_then(|name| name.find(':'));
    match tag {
        Some(colon) => bare.get(..slash + colon).unwrap_or(bare).to_owned(),
        None => bare.to_owned(),
    }
}

impl<R: RuntimeService> Kubelet<R> {
    /// The Secrets with which a pod's images are fetched; tells in an event which of them are missing (`getPullSecretsForPod`).
    pub(crate) fn pull_secrets(&mut self, cx: &mut Cx<'_>, uid: &str) -> Vec<Value> {
        let Some(w) = self.workers.get(uid) else {
            return Vec::new();
        };
        let names = w.pod.spec().get("imagePullSecrets").items();
        if names.is_empty() {
            return Vec::new();
        }
        let kind = schema::resource("", "v1", "secrets").expect("a built-in resource");
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in names.iter().map(Value::name_of).filter(|n| !n.is_empty()) {
            match cx.get(kind, w.pod.namespace(), name) {
                Ok(secret) => found.push(secret),
                Err(_) => missing.push(name),
            }
        }
        if !missing.is_empty() {
            let say = format!(
                "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
                missing.join(", ")
            );
            let reason = "FailedToRetrieveImagePullSecret";
            self.event(cx, uid, "", "Warning", reason, &say);
        }
        found
    }

    /// The credentials that a pod has for an image.
    #[cfg(not(target_arch = "wasm32"))]
    fn credentials(&self, secrets: &[Value], image: &str) -> Result<Vec<AuthConfig>, String> {
        if !self.config.real_registries || secrets.is_empty() {
            return Ok(Vec::new());
        }
        Ok(super::keyring::Keyring::of(secrets)?.lookup(&repository(image)))
    }

    /// The simulated registry asks nobody for credentials.
    #[cfg(target_arch = "wasm32")]
    fn credentials(&self, _: &[Value], _: &str) -> Result<Vec<AuthConfig>, String> {
        Ok(Vec::new())
    }

    /// Whether an image that is there may be used by a pod, as far as its credentials say.
    pub(crate) fn may_use(&self, secrets: &[Value], image: &str, info: &ImageInfo) -> bool {
        if self.fetched.images.is_empty() {
            return true;
        }
        let auths = self.credentials(secrets, image).unwrap_or_default();
        self.fetched.allows(&info.id, &repository(image), &auths)
    }

    /// Begins to fetch an image.
    pub(crate) fn pull(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        name: &str,
        image: String,
        secrets: &[Value],
    ) {
        let say = format!("Pulling image \"{image}\"");
        self.event(cx, uid, name, "Normal", "Pulling", &say);
        match self.credentials(secrets, &image) {
            Ok(mut next) => {
                next.reverse();
                let pull = Pull {
                    container: name.to_owned(),
                    image,
                    since: cx.now,
                    auth: next.pop(),
                    next,
                    failures: Vec::new(),
                };
                self.ask_registry(cx.now, uid, pull);
            }
            Err(why) => self.pull_failed(cx, uid, name, &image, &why),
        }
    }

    fn ask_registry(&mut self, now: Timestamp, uid: &str, pull: Pull) {
        let request = CriRequest::PullImage {
            image: pull.image.clone(),
            auth: pull.auth.clone(),
        };
        let id = self.submit(now, Caller::Pod(uid.to_owned()), request);
        self.pending(uid, id, Op::Pull(Box::new(pull)));
    }

    /// Takes in what came of it: with other credentials it is tried again.
    pub(crate) fn pull_answered(
        &mut self,
        cx: &mut Cx<'_>,
        uid: &str,
        mut pull: Pull,
        answer: Result<Option<ImageInfo>, CriError>,
    ) {
        let name = pull.container.clone();
        let image = pull.image.clone();
        if let Ok(Some(info)) = &answer
            && self.has_credentials()
        {
            let from = repository(&image);
            self.fetched.note(&info.id, &from, pull.auth.as_ref());
            let there = self.runtime.images();
            self.fetched.keep(|id| *id == info.id || has(&there, id));
        }
        if self.policy_of(uid, &name).0 != image {
            // Another one is wanted meanwhile, which is asked for anew.
            return;
        }
        match answer {
            Ok(Some(info)) => {
                let took = took(cx.now.since(pull.since));
                let say = format!(
                    "Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: {} bytes.",
                    info.size
                );
                self.event(cx, uid, &name, "Normal", "Pulled", &say);
                self.pulls.forget(&format!("{uid}/image/{image}"));
                self.image_there(cx, uid, &name, info);
            }
            Ok(None) => {}
            Err(e) => {
                let why = e.to_string();
                if !pull.failures.contains(&why) {
                    pull.failures.push(why);
                }
                if let Some(auth) = pull.next.pop() {
                    pull.auth = Some(auth);
                    return self.ask_registry(cx.now, uid, pull);
                }
                let why = match pull.failures.as_slice() {
                    [one] => one.clone(),
                    several => format!("[{}]", several.join(", ")),
                };
                self.pull_failed(cx, uid, &name, &image, &why);
            }
        }
    }

    /// Whether images are fetched from registries that ask for credentials.
    fn has_credentials(&self) -> bool {
        #[cfg(not(target_arch = "wasm32"))]
        return self.config.real_registries;
        #[cfg(target_arch = "wasm32")]
        return false;
    }

    fn pull_failed(&mut self, cx: &mut Cx<'_>, uid: &str, name: &str, image: &str, why: &str) {
        let say = format!("Failed to pull image \"{image}\": {why}");
        self.event(cx, uid, name, "Warning", "Failed", &say);
        self.event(cx, uid, name, "Warning", "Failed", "Error: ErrImagePull");
        self.image_failed(cx, uid, name, "ErrImagePull", why);
    }
}

/// A duration as Go prints it, to the millisecond: `1.204s`, `350ms`.
fn took(d: Duration) -> String {
    let ms = d.as_millis();
    if ms < 1000 {
        return format!("{ms}ms");
    }
    let text = format!("{}.{:03}", ms / 1000 % 60, ms % 1000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if ms >= 60_000 {
        format!("{}m{text}s", ms / 60_000)
    } else {
        format!("{text}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_fetched_with_credentials_are_for_those_who_have_them() {
        let auth = |name: &str| AuthConfig {
            username: name.to_owned(),
            password: "p".to_owned(),
        };
        let mut fetched = Fetched::default();
        assert!(fetched.allows("image", "r/a", &[]), "it was there before");
        fetched.note("image", "r/a", Some(&auth("me")));
        assert!(!fetched.allows("image", "r/a", &[]));
        assert!(!fetched.allows("image", "r/a", &[auth("you")]));
        assert!(fetched.allows("image", "r/a", &[auth("you"), auth("me")]));
        assert!(!fetched.allows("image", "r/b", &[auth("me")]));
        fetched.note("image", "r/a", None);
        assert!(
            fetched.allows("image", "r/a", &[]),
            "it was given to everybody"
        );
        fetched.keep(|_| false);
        assert!(fetched.images.is_empty());
    }

    #[test]
    fn repositories_have_no_tag() {
        for (image, wanted) in [
            ("nginx", "docker.io/library/nginx"),
            ("localhost:5000/a:1", "localhost:5000/a"),
            ("r.example/a@sha256:00", "r.example/a"),
        ] {
            assert_eq!(repository(image), wanted);
        }
    }
}
