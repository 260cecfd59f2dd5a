//! A cluster under test with the chance that decides its history, and an administrator's hand on its API.

use crate::always::Always;
use kubarium::apimachinery::http::{Body, Request, UserInfo};
use kubarium::apimachinery::schema::ResourceDef;
use kubarium::apimachinery::{Rng, Value, schema};
use kubarium::apiserver::{ApiServerConfig, FeatureGate};
use kubarium::cluster::{Cluster, ClusterConfig};
use std::time::Duration;

/// How often what must always hold is looked at, in milliseconds.
const LOOK: u64 = 1_000;

pub struct World {
    pub cluster: Cluster,
    pub rng: Rng,
    always: Always,
    talk: bool,
}

/// The definition of a resource.
pub fn def(group: &str, version: &str, resource: &str) -> &'static ResourceDef {
    schema::resource(group, version, resource).unwrap()
}

impl World {
    pub fn new(seed: u64, talk: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mut config = ClusterConfig {
            seed,
            ..ClusterConfig::default()
        };
        if rng.below(4) == 0 {
            // Slow watches widen every gap between what is and what is known.
            config.latencies.watch_ms = 400;
        }
        let server = ApiServerConfig {
            feature_gates: vec![FeatureGate::MaxUnavailableStatefulSet],
            ..Cluster::server(&config)
        };
        let mut cluster = Cluster::with_server(config, server);
        cluster.settle();
        cluster.shuffle_turns(rng.u64());
        let mut world = Self {
            cluster,
            rng,
            always: Always::default(),
            talk,
        };
        world.send(
            "POST",
            "/api/v1/namespaces",
            Some("{\"metadata\": {\"name\": \"team\"}}"),
        );
        world
    }

    /// A number below `n`.
    pub fn chance(&mut self, n: usize) -> usize {
        self.rng.below(n)
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() {
            None
        } else {
            Some(of[self.rng.below(of.len())].clone())
        }
    }

    /// Tells what happens, when asked to.
    pub fn tell(&self, what: impl FnOnce() -> String) {
        if self.talk {
            eprintln!("{} {}", self.cluster.now().to_rfc3339_micros(), what());
        }
    }

    /// An administrator's request; none where the API server does not answer.
    pub fn send(&mut self, method: &str, path: &str, body: Option<&str>) -> Option<(u16, Value)> {
        let body =
            body.map(|b| Value::from_json(b.as_bytes()).unwrap_or_else(|e| panic!("{e}: {b}")));
        let mut request = Request::new(body.map_or(Body::Empty, Body::Tree));
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = path.parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("user-agent", "simulation/1".parse().unwrap());
        if method == "PATCH" {
            headers.insert(
                "content-type",
                "application/merge-patch+json".parse().unwrap(),
            );
        }
        request.extensions_mut().insert(UserInfo {
            name: "kubernetes-admin".into(),
            groups: vec!["system:masters".into()],
            ..Default::default()
        });
        let response = self.cluster.request(request).ok()?;
        let code = response.status().as_u16();
        let value = match response.into_body() {
            Body::Tree(v) => v,
            Body::Bytes(b) => Value::from_json(&b).unwrap_or_default(),
            _ => Value::Null,
        };
        self.tell(|| match code {
            200..300 => format!("{method} {path}: {code}"),
            _ => format!("{method} {path}: {code} {}", value.get("message").str()),
        });
        Some((code, value))
    }

    /// All objects of a resource.
    pub fn all(&self, group: &str, version: &str, resource: &str) -> Vec<Value> {
        self.cluster
            .api()
            .peek_all(def(group, version, resource))
            .cloned()
            .collect()
    }

    pub fn pods(&self) -> Vec<Value> {
        self.all("", "v1", "pods")
    }

    /// Tells of every write to objects of a name, and how they stand.
    pub fn tell_history(&self, name: &str) {
        for e in self
            .cluster
            .api()
            .audit()
            .events()
            .filter(|e| e.object.name == *name)
        {
            let o = &e.object;
            let at = e.time.to_rfc3339_micros();
            self.tell(|| {
                format!(
                    "{at} r{} {} {} {}/{} because of {:?}",
                    e.revision, e.user, e.verb, o.resource, o.subresource, e.cause
                )
            });
        }
        for def in schema::RESOURCES {
            for o in self
                .cluster
                .api()
                .peek_all(def)
                .filter(|o| o.name() == name)
            {
                self.tell(|| format!("{} {}", def.resource, o.to_json()));
            }
        }
    }

    /// Lets time pass, and looks whether what must always hold does.
    pub fn pass(&mut self, ms: u64) -> Result<(), String> {
        let end = self.cluster.now() + Duration::from_millis(ms);
        while self.cluster.now() < end {
            let next = (self.cluster.now() + Duration::from_millis(LOOK)).min(end);
            self.cluster.advance_to(next);
            self.always.look(&self.cluster)?;
        }
        self.always.look(&self.cluster)
    }
}

/// Whether a condition of that type is `True`.
pub fn is(object: &Value, condition: &str) -> bool {
    let conditions = object.at(&["status", "conditions"]);
    conditions
        .items()
        .iter()
        .any(|c| c.get("type") == &condition && c.get("status") == &"True")
}

pub fn is_over(pod: &Value) -> bool {
    matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed")
}
