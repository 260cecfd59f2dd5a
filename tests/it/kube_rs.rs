//! kube-rs, the client of programs in Rust, on the native program: typed and dynamic objects, discovery, watcher, reflector,
//! controller, exec, port-forward, logs.

#![allow(clippy::unwrap_used)]

use crate::native::Server;
use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{
    Api, AttachParams, DeleteParams, DynamicObject, EvictParams, ListParams, LogParams, Patch,
    PatchParams, PostParams,
};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::runtime::controller::{Action, Controller};
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kube::{Client, Config, Discovery, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Plays a story against a program of its own; a story that hangs fails.
fn with_client<F: Future<Output = ()>>(story: impl FnOnce(Client) -> F) {
    let server = Server::start(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let file = Kubeconfig::read_from(server.dir.join("kubeconfig")).unwrap();
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(file, &options)
            .await
            .unwrap();
        let client = Client::try_from(config).unwrap();
        let told = tokio::time::timeout(Duration::from_secs(120), story(client)).await;
        told.expect("the story ends");
    });
}

fn from<T: DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn deployment(name: &str, replicas: u32) -> Deployment {
    from(json!({
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}}
    }))
}

fn pod(name: &str) -> Pod {
    from(
        json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}),
    )
}

/// The code and reason of an error that the server gave.
fn refusal<T: std::fmt::Debug>(result: kube::Result<T>) -> (u16, String) {
    match result.unwrap_err() {
        kube::Error::Api(status) => (status.code, status.reason),
        other => panic!("{other}"),
    }
}

async fn ready(client: &Client, name: &str, replicas: i32) {
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let all = move |d: Option<&Deployment>| {
        d.and_then(|d| d.status.as_ref()?.ready_replicas) == Some(replicas)
    };
    await_condition(deployments, name, all).await.unwrap();
}

#[test]
fn typed_objects_live_and_die() {
    with_client(|client| async move {
        let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
        let made = deployments
            .create(&PostParams::default(), &deployment("web", 2))
            .await
            .unwrap();
        assert!(made.uid().is_some());
        ready(&client, "web", 2).await;

        let scale = json!({"spec": {"replicas": 3}});
        let scaled = deployments
            .patch_scale("web", &PatchParams::default(), &Patch::Merge(&scale))
            .await
            .unwrap();
        assert_eq!(scaled.spec.unwrap().replicas, Some(3));
        ready(&client, "web", 3).await;

        let stale = deployments
            .replace("web", &PostParams::default(), &made)
            .await;
        assert_eq!(refusal(stale), (409, "Conflict".to_owned()));
        let again = deployments
            .create(&PostParams::default(), &deployment("web", 1))
            .await;
        assert_eq!(refusal(again), (409, "AlreadyExists".to_owned()));
        assert!(deployments.get_opt("nobody").await.unwrap().is_none());
        let mut bad = deployment("bad", 1);
        bad.spec.as_mut().unwrap().template.metadata = None;
        assert_eq!(
            refusal(deployments.create(&PostParams::default(), &bad).await),
            (422, "Invalid".to_owned())
        );

        let pods: Api<Pod> = Api::default_namespaced(client.clone());
        let page = pods
            .list(&ListParams::default().labels("app=web").limit(2))
            .await
            .unwrap();
        assert_eq!(page.items.len(), 2);
        let rest = ListParams::default()
            .labels("app=web")
            .limit(2)
            .continue_token(&page.metadata.continue_.unwrap());
        assert_eq!(pods.list(&rest).await.unwrap().items.len(), 1);
        let evicted = pods
            .evict(&page.items[0].name_any(), &EvictParams::default())
            .await
            .unwrap();
        assert_eq!(evicted.code, 201);

        deployments
            .delete("web", &DeleteParams::foreground())
            .await
            .unwrap();
        let uid = made.uid().unwrap();
        await_condition(deployments, "web", conditions::is_deleted(&uid))
            .await
            .unwrap();
        assert!(
            pods.list(&ListParams::default().labels("app=web"))
                .await
                .unwrap()
                .items
                .is_empty()
        );
    });
}

#[test]
fn objects_are_applied_and_conflicts_told() {
    with_client(|client| async move {
        let maps: Api<ConfigMap> = Api::default_namespaced(client);
        let map = |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": value}});
        let apply = |manager: &'static str| PatchParams::apply(manager);
        maps.patch("one", &apply("first"), &Patch::Apply(map("1")))
            .await
            .unwrap();
        let refused = maps
            .patch("one", &apply("second"), &Patch::Apply(map("2")))
            .await;
        assert_eq!(refusal(refused), (409, "Conflict".to_owned()));
        let forced = maps
            .patch("one", &apply("second").force(), &Patch::Apply(map("2")))
            .await
            .unwrap();
        assert_eq!(forced.data.unwrap()["a"], "2");
        let strict = PatchParams {
            field_manager: Some("second".to_owned()),
            ..PatchParams::default()
        }
        .validation_strict();
        let unknown = json!({"apiVersion": "v1", "kind": "ConfigMap", "dota": {}});
        assert_eq!(
            refusal(maps.patch("one", &strict, &Patch::Merge(unknown)).await).0,
            422
        );
    });
}

#[test]
fn dynamic_objects_are_discovered() {
    with_client(|client| async move {
        let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}});
        let things: CustomResourceDefinition = from(json!({
            "metadata": {"name": "things.example.com"},
            "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"}, "versions": [
                {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}
        }));
        definitions
            .create(&PostParams::default(), &things)
            .await
            .unwrap();
        await_condition(
            definitions,
            "things.example.com",
            conditions::is_crd_established(),
        )
        .await
        .unwrap();
        let found = Discovery::new(client.clone())
            .run_aggregated()
            .await
            .unwrap();
        let thing = GroupVersionKind::gvk("example.com", "v1", "Thing");
        let (resource, able) = found.resolve_gvk(&thing).unwrap();
        assert!(able.supports_operation("watch"));
        let all: Api<DynamicObject> = Api::default_namespaced_with(client, &resource);
        let one = DynamicObject::new("one", &resource).data(json!({"spec": {"n": 1}}));
        all.create(&PostParams::default(), &one).await.unwrap();
        assert_eq!(all.get("one").await.unwrap().data["spec"]["n"], 1);
        let wrong = DynamicObject::new("two", &resource).data(json!({"spec": {"n": "much"}}));
        assert_eq!(
            refusal(all.create(&PostParams::default(), &wrong).await).0,
            422
        );
        let older = Discovery::new(all.into_client()).run().await.unwrap();
        assert!(older.has_group("apps") && older.has_group("example.com"));
    });
}

#[test]
fn watchers_and_reflectors_follow() {
    with_client(|client| async move {
        let maps: Api<ConfigMap> = Api::default_namespaced(client);
        for config in [
            watcher::Config::default(),
            watcher::Config::default().streaming_lists(),
        ] {
            let config = config.labels("kept=yes");
            let (reader, writer) = reflector::store();
            let mut seen = watcher(maps.clone(), config).reflect(writer).boxed();
            while !matches!(
                seen.try_next().await.unwrap().unwrap(),
                watcher::Event::InitDone
            ) {}
            let mut seen = seen.applied_objects();
            let map = |name: &str, kept: &str| {
                from::<ConfigMap>(json!({"metadata": {"name": name, "labels": {"kept": kept}}}))
            };
            maps.create(&PostParams::default(), &map("yes", "yes"))
                .await
                .unwrap();
            maps.create(&PostParams::default(), &map("no", "no"))
                .await
                .unwrap();
            assert_eq!(seen.try_next().await.unwrap().unwrap().name_any(), "yes");
            assert_eq!(reader.state().len(), 1);
            // One that comes to be selected is an addition to those who watch the selected ones.
            let labels = json!({"metadata": {"labels": {"kept": "yes"}}});
            maps.patch("no", &PatchParams::default(), &Patch::Merge(labels))
                .await
                .unwrap();
            assert_eq!(seen.try_next().await.unwrap().unwrap().name_any(), "no");
            assert_eq!(reader.state().len(), 2);
            for name in ["yes", "no"] {
                maps.delete(name, &DeleteParams::default()).await.unwrap();
            }
        }
    });
}

#[test]
fn a_controller_keeps_what_it_owns() {
    async fn reconcile(owner: Arc<ConfigMap>, client: Arc<Client>) -> Result<Action, kube::Error> {
        let pods: Api<Pod> = Api::default_namespaced((*client).clone());
        let name = format!("{}-pod", owner.name_any());
        let mut wanted = pod(&name);
        let meta = owner.metadata.clone();
        wanted.metadata.owner_references = Some(vec![from(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": meta.name, "uid": meta.uid, "controller": true
        }))]);
        match pods.create(&PostParams::default(), &wanted).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                Ok(Action::await_change())
            }
            other => other.map(|_| Action::await_change()),
        }
    }
    with_client(|client| async move {
        let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
        let pods: Api<Pod> = Api::default_namespaced(client.clone());
        let owned = watcher::Config::default().labels("owner=yes");
        let stream = Controller::new(maps.clone(), owned)
            .owns(pods.clone(), watcher::Config::default())
            .run(
                reconcile,
                |_, _, _| Action::requeue(Duration::from_secs(1)),
                Arc::new(client),
            );
        let controller = tokio::spawn(stream.for_each(|_| std::future::ready(())));
        let owner: ConfigMap =
            from(json!({"metadata": {"name": "owner", "labels": {"owner": "yes"}}}));
        maps.create(&PostParams::default(), &owner).await.unwrap();
        await_condition(pods.clone(), "owner-pod", conditions::is_pod_running())
            .await
            .unwrap();
        let first = pods.get("owner-pod").await.unwrap().uid().unwrap();
        pods.delete("owner-pod", &DeleteParams::default().grace_period(0))
            .await
            .unwrap();
        await_condition(pods.clone(), "owner-pod", conditions::is_deleted(&first))
            .await
            .unwrap();
        await_condition(pods, "owner-pod", conditions::is_pod_running())
            .await
            .unwrap();
        controller.abort();
    });
}

#[test]
fn streams_into_containers() {
    with_client(|client| async move {
        let pods: Api<Pod> = Api::default_namespaced(client);
        pods.create(&PostParams::default(), &pod("web"))
            .await
            .unwrap();
        await_condition(pods.clone(), "web", conditions::is_pod_running())
            .await
            .unwrap();

        let asked = AttachParams::default().stdin(true).stderr(true);
        let command = [
            "sh",
            "-c",
            "read word; echo got $word; echo err >&2; exit 3",
        ];
        let mut process = pods.exec("web", command, &asked).await.unwrap();
        let status = process.take_status().unwrap();
        process.stdin().unwrap().write_all(b"this\n").await.unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        process
            .stdout()
            .unwrap()
            .read_to_string(&mut out)
            .await
            .unwrap();
        process
            .stderr()
            .unwrap()
            .read_to_string(&mut err)
            .await
            .unwrap();
        assert_eq!((out.as_str(), err.as_str()), ("got this\n", "err\n"));
        let status = status.await.unwrap();
        assert_eq!(status.reason.as_deref(), Some("NonZeroExitCode"));
        let causes = status.details.and_then(|d| d.causes).unwrap();
        assert_eq!(causes[0].message.as_deref(), Some("3"));

        let mut forwarded = pods.portforward("web", &[80]).await.unwrap();
        let mut stream = forwarded.take_stream(80).unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).await.unwrap();
        assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");

        let log = pods.logs("web", &LogParams::default()).await.unwrap();
        assert!(log.contains("nginx"), "{log}");
    });
}
