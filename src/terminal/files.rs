//! What lies in the user's home folder from the start.

use crate::shell::memfs::MemFs;
use crate::shell::system::{FileSystem, Micros};

/// Writes the kubeconfig and the example manifests.
pub fn furnish(fs: &mut MemFs, cluster: &str, now: Micros) {
    let files = [
        (".kube/config", kubeconfig(cluster)),
        ("web.yaml", WEB.to_owned()),
        ("redis.yaml", REDIS.to_owned()),
        ("crash.yaml", CRASH.to_owned()),
    ];
    for (name, text) in files {
        let path = format!("{}/{name}", super::HOME);
        let parent = path.rsplit_once('/').map_or("/", |(p, _)| p).to_owned();
        // An empty file system with room for all of this cannot refuse it.
        let _ = fs.mkdir_all(&parent, now);
        let _ = fs.write_all(&path, text.as_bytes(), now);
    }
}

/// A kubeconfig for a cluster; its context has the cluster's name.
pub fn kubeconfig(cluster: &str) -> String {
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    server: https://127.0.0.1:6443\n  name: {cluster}\ncontexts:\n- context:\n    cluster: {cluster}\n    user: {cluster}-admin\n  name: {cluster}\ncurrent-context: {cluster}\nkind: Config\npreferences: {{}}\nusers:\n- name: {cluster}-admin\n  user: {{}}\n"
    )
}

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: nginx
        image: nginx:1.29
        ports:
        - containerPort: 80
        readinessProbe:
          httpGet:
            path: /
            port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
";

const REDIS: &str = "apiVersion: v1
kind: Pod
metadata:
  name: redis
  labels:
    app: redis
spec:
  containers:
  - name: redis
    image: redis:8
    ports:
    - containerPort: 6379
";

const CRASH: &str = "apiVersion: v1
kind: Pod
metadata:
  name: crash
spec:
  containers:
  - name: main
    image: busybox:1.36
    command: [\"sh\", \"-c\", \"echo starting; sleep 5; echo giving up >&2; exit 1\"]
";
