//! Holds containers that must not run as root to that (`verifyRunAsNonRoot` of kuberuntime/security_context_others.go).

use super::worker::PodWorker;
use crate::api::core_v1::Container;
use crate::apimachinery::Value;
use crate::cri::ImageUser;

/// Why a container may not be made from an image with that user; nothing where it may.
pub fn root_refused(w: &PodWorker, c: &Container, user: &ImageUser) -> Option<String> {
    let effective = |key| {
        let own = c.get("securityContext").get(key);
        match own {
            Value::Null => w.pod.spec().get("securityContext").get(key),
            own => own,
        }
    };
    if effective("runAsNonRoot").as_bool() != Some(true) {
        return None;
    }
    let why = match (effective("runAsUser").as_i64(), user) {
        (Some(0), _) => "container's runAsUser breaks non-root policy".to_owned(),
        (Some(_), _) => return None,
        (None, ImageUser::Id(0)) => {
            "container has runAsNonRoot and image will run as root".to_owned()
        }
        (None, ImageUser::Id(_)) => return None,
        (None, ImageUser::Name(name)) => format!(
            "container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root"
        ),
    };
    Some(format!(
        "{why} (pod: \"{}_{}({})\", container: {})",
        w.api_pod().name(),
        w.pod.namespace(),
        w.pod.uid(),
        c.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::core_v1::Pod;
    use crate::apimachinery::Timestamp;

    #[test]
    fn containers_that_would_run_as_root_are_refused() {
        let refused = |of_pod: &str, own: &str, user: ImageUser| {
            let json = format!(
                r#"{{"metadata": {{"name": "p", "namespace": "n", "uid": "u"}}, "spec": {{"securityContext": {{{of_pod}}},
                    "containers": [{{"name": "c", "securityContext": {{{own}}}}}]}}}}"#
            );
            let pod = Value::from_json(json.as_bytes()).expect("JSON");
            let w = PodWorker::new(Pod::from(pod), false, Timestamp::default());
            let c = w.container("c").expect("there");
            root_refused(&w, c, &user).unwrap_or_default()
        };
        let non_root = r#""runAsNonRoot": true"#;
        let named = || ImageUser::Name("app".into());
        assert_eq!(refused("", "", ImageUser::Id(0)), "");
        assert_eq!(refused(non_root, "", ImageUser::Id(101)), "");
        assert_eq!(
            refused(non_root, r#""runAsNonRoot": false"#, ImageUser::Id(0)),
            ""
        );
        assert_eq!(
            refused(non_root, r#""runAsUser": 1000"#, ImageUser::Id(0)),
            ""
        );
        let of = "(pod: \"p_n(u)\", container: c)";
        assert_eq!(
            refused("", non_root, ImageUser::Id(0)),
            format!("container has runAsNonRoot and image will run as root {of}")
        );
        assert_eq!(
            refused(r#""runAsUser": 0"#, non_root, ImageUser::Id(101)),
            format!("container's runAsUser breaks non-root policy {of}")
        );
        assert!(refused(non_root, "", named()).contains("non-numeric user (app), cannot verify"));
    }
}
