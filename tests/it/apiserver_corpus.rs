//! The recorded corpora, replayed on the API server alone. Each test counts the cases that answer as the recording does and
//! fails when fewer do than before. `CORPUS_VERBOSE=1` prints what differs.

mod normal;
mod rules;

use kubarium::apimachinery::http::{Body, Request, Response, UserInfo, WatchType};
use kubarium::apimachinery::{Rng, Timestamp, Value};
use kubarium::apiserver::{ApiServer, ApiServerConfig};
use kubarium::tree;
use normal::{cell, generated, normal};

struct Server {
    api: ApiServer,
    now: Timestamp,
}

fn corpus(name: &str) -> Value {
    let path = format!("{}/tests/corpus/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Value::from_json(&std::fs::read(path).expect("the corpus is there")).expect("it is JSON")
}

impl Server {
    fn new() -> Self {
        let now = Timestamp::from_secs(1_795_222_061);
        let mut api = ApiServer::new(ApiServerConfig::default(), Rng::new(7));
        api.bootstrap(now)
            .expect("a fresh server takes its own objects");
        let mut s = Server { api, now };
        for name in ["c-shared", "c-sel-s"] {
            let mut ns = tree!({"metadata": {"name": name}});
            if name == "c-sel-s" {
                ns.set_at(&["metadata", "labels", "half"], "s");
            }
            s.call("POST", "/api/v1/namespaces", &ns);
            let accounts = format!("/api/v1/namespaces/{name}/serviceaccounts");
            s.call("POST", &accounts, &tree!({"metadata": {"name": "default"}}));
        }
        s
    }
    fn send(&mut self, method: &str, uri: &str, body: Body, kind: &str, accept: &str) -> Response {
        let request: Request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("content-type", kind)
            .header("accept", accept)
            .header("user-agent", "corpus/1")
            .extension(UserInfo::new(
                "kubernetes-admin",
                &["system:masters", "system:authenticated"],
            ))
            .body(body)
            .expect("a request");
        self.api.handle(request, self.now)
    }
    fn answer(&mut self, method: &str, uri: &str, body: &Value) -> (u16, Value, Vec<String>) {
        let body = if body.is_null() {
            Body::Empty
        } else {
            Body::Bytes(body.to_json().into_bytes())
        };
        let kind = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let response = self.send(method, uri, body, kind, "application/json");
        let warnings = response.headers().get_all("warning").iter();
        let warnings = warnings
            .filter_map(|w| w.to_str().ok()?.strip_prefix("299 - \"")?.strip_suffix('"'))
            .map(str::to_owned)
            .collect();
        let code = response.status().as_u16();
        (code, tree_of(response), warnings)
    }
    fn call(&mut self, method: &str, uri: &str, body: &Value) -> (u16, Value) {
        let (code, value, _) = self.answer(method, uri, body);
        (code, value)
    }
}

fn tree_of(response: Response) -> Value {
    match response.into_body() {
        Body::Tree(v) => v,
        Body::Bytes(b) => String::from_utf8_lossy(&b).into_owned().into(),
        _ => Value::Null,
    }
}

/// Compares the answers with the recording and counts.
fn count(name: &str, least: usize, mut replay: impl FnMut(&Value) -> Option<(Value, Value)>) {
    let verbose = std::env::var("CORPUS_VERBOSE").is_ok();
    let (mut agree, mut total) = (0, 0);
    for case in corpus(name).get("cases").items() {
        let Some((want, got)) = replay(case) else {
            continue;
        };
        total += 1;
        if want == got {
            agree += 1;
        } else if verbose {
            eprintln!(
                "{name}: {}\n   want {}\n   got  {}",
                case.get("name").str(),
                want.to_json(),
                got.to_json()
            );
        }
    }
    eprintln!("{name}: {agree} of {total} cases agree");
    assert!(
        agree >= least,
        "{name}: only {agree} of {total} agree, {least} did before"
    );
}

#[test]
fn defaulting() {
    count("defaulting", 75, |case| {
        let input = case.get("input");
        let object = input.get("object");
        let mut s = Server::new();
        let (code, got) = s.call("POST", input.get("path").str(), object);
        let mut answer = tree!({"code": code});
        answer.set(
            "object",
            generated(normal(&got, false, &object.to_json()), object),
        );
        Some((case.get("expected").clone(), answer))
    });
}

#[test]
fn validation() {
    count("validation", 136, |case| {
        validated(&mut Server::new(), case)
    });
}

/// Objects of every kind, each changed in up to three places, as a real server answers them.
#[test]
fn mutated() {
    // Nothing of them is stored, so that one server does.
    let mut s = Server::new();
    count("mutated", 1300, |case| validated(&mut s, case));
}

fn validated(s: &mut Server, case: &Value) -> Option<(Value, Value)> {
    let input = case.get("input");
    let first = input.get("first");
    if !first.is_null() {
        s.call("POST", first.get("path").str(), first.get("object"));
    }
    let (method, path) = (input.get("method").str(), input.get("path").str());
    let (code, got, warnings) = s.answer(method, path, input.get("object"));
    let mut answer = tree!({"code": code});
    let object = if first.is_null() {
        input.get("object")
    } else {
        first.get("object")
    };
    answer.set(
        "body",
        generated(normal(&got, false, &input.to_json()), object),
    );
    if !warnings.is_empty() {
        let texts: Vec<Value> = warnings.into_iter().map(Value::from).collect();
        answer.set("warnings", texts);
    }
    Some((case.get("expected").clone(), answer))
}

#[test]
fn tables() {
    count("tables", 64, |case| {
        let input = case.get("input");
        let mut s = Server::new();
        let (path, object) = (input.get("path").str(), input.get("object"));
        let (code, got) = s.call("POST", path, object);
        if code >= 300 {
            return Some((
                case.get("expected").clone(),
                tree!({"code": code, "body": got.to_json()}),
            ));
        }
        let made = format!("{}/{}", path.split('?').next().unwrap_or(path), got.name());
        if !input.get("status").is_null() {
            let mut patch = Value::object();
            patch.set("status", input.get("status"));
            s.call("PATCH", &format!("{made}/status"), &patch);
        }
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        let table = tree_of(s.send("GET", &made, Body::Empty, "", accept));
        let columns: Vec<Value> = table.get("columnDefinitions").items().iter().map(|c| {
            tree!({"name": c.get("name").str(), "type": c.get("type").str(), "format": c.get("format").str(), "priority": c.get("priority").as_i64()})
        }).collect();
        let rows: Vec<Value> = table
            .get("rows")
            .items()
            .iter()
            .map(|r| Value::from(r.get("cells").items().iter().map(cell).collect::<Vec<_>>()))
            .collect();
        let mut answer = Value::object();
        answer.set("columnDefinitions", columns);
        answer.set("rows", normal(&rows.into(), false, &input.to_json()));
        Some((case.get("expected").clone(), answer))
    });
}

#[test]
fn patches() {
    count("patches", 39, |case| {
        let steps = case.get("steps").items();
        let mut s = Server::new();
        let (mut want, mut got, mut target, mut sent) =
            (Vec::new(), Vec::new(), String::new(), String::new());
        for step in steps {
            let input = step.get("input");
            let (path, body) = (input.get("path").str(), input.get("body"));
            want.push(step.get("expected").clone());
            if input.get("method") == &"POST" {
                let (code, made) = s.call("POST", path, body);
                target = format!("{}/{}", path.split('?').next().unwrap_or(path), made.name());
                got.push(tree!({"code": code}));
            } else {
                let text = body.as_str().map_or_else(|| body.to_json(), str::to_owned);
                if target.is_empty() {
                    let path = path.split('?').next().unwrap_or(path);
                    let path = path.trim_end_matches("/status").trim_end_matches("/scale");
                    target = path.to_owned();
                }
                let before = s.call("GET", &target, &Value::Null).1;
                let kind = input.get("contentType").str();
                let response = s.send("PATCH", path, Body::Bytes(text.into_bytes()), kind, "");
                let mut answer = tree!({"code": response.status().as_u16()});
                sent += &input.to_json();
                let mut body = normal(&tree_of(response), true, &sent);
                managers_sorted(&mut body);
                answer.set("body", body);
                if answer.get("code").as_i64() == Some(200) {
                    let after = s.call("GET", &target, &Value::Null).1;
                    answer.set(
                        "changed",
                        after.resource_version() != before.resource_version(),
                    );
                }
                got.push(answer);
            }
            sent += &input.to_json();
        }
        Some((want.into(), got.into()))
    });
}

fn managers_sorted(object: &mut Value) {
    if !object.meta().has("managedFields") {
        return;
    }
    let list = object.meta_mut().entry("managedFields").items_mut();
    for entry in list.iter_mut() {
        entry.remove("time");
    }
    let text = |e: &Value, field: &str| e.get(field).str().to_owned();
    list.sort_by_key(|e| {
        let sub = text(e, "subresource");
        (text(e, "manager"), text(e, "operation"), sub, e.to_json())
    });
}

fn path_of(object: &Value) -> String {
    let root = match object.api_version() {
        "v1" => "/api/v1".to_owned(),
        gv => format!("/apis/{gv}"),
    };
    format!(
        "{root}/namespaces/c-sel-s/{}s",
        object.kind().to_lowercase()
    )
}

fn with_fixtures(case: &Value) -> Server {
    let mut s = Server::new();
    for object in corpus("lists")
        .at(&["fixtures", case.get("fixtures").str()])
        .items()
    {
        s.call("POST", &path_of(object), object);
    }
    s
}

#[test]
fn lists() {
    count("lists", 94, |case| {
        let expected = case.get("expected").clone();
        match case.get("kind").str() {
            "watch" => Some((expected, watched(case))),
            "paging" => Some((expected, pages(case))),
            "resourceVersion" => {
                let mut s = with_fixtures(case);
                let base = "/api/v1/namespaces/c-sel-s/configmaps";
                let rv = s
                    .call("GET", base, &Value::Null)
                    .1
                    .resource_version()
                    .to_owned();
                s.call("POST", base, &tree!({"metadata": {"name": "later"}}));
                let query = case.at(&["input", "query"]).str().replace("RV", &rv);
                Some((expected, listed(&mut s, &format!("{base}?{query}"))))
            }
            _ => {
                let mut s = with_fixtures(case);
                Some((expected, listed(&mut s, case.at(&["input", "path"]).str())))
            }
        }
    });
}

fn listed(s: &mut Server, path: &str) -> Value {
    let (code, got) = s.call("GET", path, &Value::Null);
    let mut answer = tree!({"code": code});
    if code != 200 {
        let mut status = Value::object();
        for field in ["status", "message", "reason", "code", "details"] {
            if got.has(field) {
                status.set(field, got.get(field));
            }
        }
        let text = status.get("message").str().to_owned();
        if let Some((head, _)) = text.split_once("Too large resource version: ") {
            status.set(
                "message",
                format!("{head}Too large resource version: <rv>, current: <rv>"),
            );
        }
        answer.set("status", normal(&status, false, ""));
        return answer;
    }
    answer.set("kind", got.kind());
    answer.set("names", names(&got));
    for (field, shown) in [
        ("remainingItemCount", None),
        ("continue", Some("<continue>")),
    ] {
        if got.meta().has(field) {
            let value = shown.map_or_else(|| got.meta().get(field).clone(), Value::from);
            answer.set(field, value);
        }
    }
    answer
}

fn names(list: &Value) -> Value {
    list.get("items")
        .items()
        .iter()
        .map(|o| Value::from(o.name()))
        .collect::<Vec<_>>()
        .into()
}

fn pages(case: &Value) -> Value {
    let mut s = with_fixtures(case);
    let (path, mut more) = (case.at(&["input", "path"]).str(), String::new());
    let mut pages = Vec::new();
    loop {
        let tail = if more.is_empty() {
            String::new()
        } else {
            format!("&continue={more}")
        };
        let got = s.call("GET", &format!("{path}{tail}"), &Value::Null).1;
        more = got.meta().get("continue").str().to_owned();
        let mut page = tree!({"continue": !more.is_empty()});
        page.set("names", names(&got));
        page.set(
            "remainingItemCount",
            got.meta().get("remainingItemCount").clone(),
        );
        pages.push(page);
        if more.is_empty() {
            let mut answer = Value::object();
            answer.set("pages", pages);
            return answer;
        }
    }
}

fn watched(case: &Value) -> Value {
    let mut s = Server::new();
    let input = case.get("input");
    let path = input.get("path").str();
    for name in input.get("before").items() {
        let mut map = Value::object();
        map.set_at(&["metadata", "name"], name);
        s.call("POST", path, &map);
    }
    let rv = s
        .call("GET", path, &Value::Null)
        .1
        .resource_version()
        .to_owned();
    let query = match input.get("query").str() {
        q if q.starts_with("RV") => q.replacen("RV", &format!("resourceVersion={rv}"), 1),
        q => q.to_owned(),
    };
    if query == "resourceVersion=1" {
        s.api.compact(s.api.revision());
    }
    let response = s.send(
        "GET",
        &format!("{path}?watch=true&{query}"),
        Body::Empty,
        "",
        "",
    );
    let Body::Watch(id) = *response.body() else {
        return tree_of(response);
    };
    for op in input.get("operations").items() {
        s.call(op.get("method").str(), op.get("path").str(), op.get("body"));
    }
    s.now = s.now + std::time::Duration::from_secs(60);
    let mut events = Vec::new();
    while let Some(event) = s.api.poll_watch(id, s.now) {
        let mut line = tree!({"type": event.kind.as_str()});
        match event.kind {
            WatchType::Error => {
                let text = event.object.get("message").str().to_owned();
                let head = text.rsplit_once(" (").map_or(text.as_str(), |(h, _)| h);
                let status = format!(
                    "{{\"status\": \"Failure\", \"message\": \"{head} (<rv>)\", \"reason\": {:?}, \"code\": <rv>}}",
                    event.object.get("reason").str()
                );
                line.set("status", status);
            }
            WatchType::Bookmark => {
                let mut object = tree!({"kind": event.object.kind()});
                object.set("annotations", event.object.meta().get("annotations"));
                line.set("object", object);
            }
            _ => {
                let mut object = normal(&event.object, false, "");
                object.meta_mut().remove("namespace");
                line.set("object", object);
            }
        }
        events.push(line);
    }
    let mut answer = tree!({"code": 200});
    answer.set("events", events);
    answer
}
