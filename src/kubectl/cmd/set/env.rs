//! `kubectl set env`

use super::{Change, FLAGS, Work, check_local, check_selector, each_container, find, pod_spec};
use crate::apimachinery::Value;
use crate::collections::{Arrange, SortedMap};
use crate::kubectl::cmd::FILENAME_FLAGS;
use crate::kubectl::cmd::create::keys::check_env_name;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::describe::containers::{field_of_pod, resource_field};
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::kubectl::resource::{Info, files};
use crate::kubectl::rest::Call;
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;

pub(super) static ENV: Command = Command {
    name: "env",
    args: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    short: "Update environment variables on a pod template",
    flags: &[
        FLAGS,
        &[
            Flag::string("containers", "Containers to change; may use *.")
                .short('c')
                .default("*"),
            Flag::array("env", "A variable to set, KEY=VALUE.").short('e'),
            Flag::string("from", "The configmap or secret to take variables from."),
            Flag::strings("keys", "Keys to take from --from."),
            Flag::bool("list", "Show the environment instead of changing it."),
            Flag::bool("overwrite", "Allow variables to be changed.").default("true"),
            Flag::string("prefix", "What to put before the names."),
            Flag::bool("resolve", "With --list, show what references stand for."),
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

/// Resources first, then `KEY=VALUE` and `KEY-`.
fn split(args: &[String]) -> Result<(&[String], &[String]), Error> {
    let is_env = |s: &String| s.find('=').is_some_and(|i| i > 0) || s.ends_with('-');
    let at = args.iter().position(is_env).unwrap_or(args.len());
    if !args[at..].iter().all(is_env) {
        return Err(Error::msg(format!(
            "all resources must be specified before environment changes: {}",
            args.join(" ")
        )));
    }
    Ok(args.split_at(at))
}

/// What to set, and names to remove.
async fn parse(cx: &Cx, words: &[String]) -> Result<(Vec<Value>, Vec<String>), Error> {
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    let specs = cx
        .flags
        .strings("env")
        .into_iter()
        .chain(words.iter().cloned());
    for spec in specs {
        if spec == "-" {
            let text = String::from_utf8_lossy(&cx.io.read_stdin().await).into_owned();
            let lines = text
                .lines()
                .map(|l| l.split('#').next().unwrap_or_default());
            set.extend(
                lines
                    .filter_map(|l| l.split_once('='))
                    .map(|(name, value)| tree!({"name": name, "value": value})),
            );
        } else if let Some((name, value)) = spec.split_once('=') {
            check_env_name(name)?;
            set.push(tree!({"name": name, "value": value}));
        } else if let Some(name) = spec.strip_suffix('-') {
            remove.push(name.to_owned());
        } else {
            return Err(Error::msg(format!("unknown environment variable: {spec}")));
        }
    }
    if remove
        .iter()
        .any(|r| set.iter().any(|s| s.get("name") == r.as_str()))
    {
        return Err(Error::msg(
            "can not both modify and remove the same environment variable in the same command",
        ));
    }
    Ok((set, remove))
}

/// Variables for the keys of a configmap or secret.
async fn from(cx: &Cx, set: &mut Vec<Value>) -> Outcome {
    let source = cx.flags.str("from");
    if source.is_empty() {
        return Ok(());
    }
    let keys = cx.flags.strings("keys");
    for info in find(cx, &[source.to_owned()]).await? {
        let reference = match info.object.kind() {
            "ConfigMap" => "configMapKeyRef",
            "Secret" => "secretKeyRef",
            _ => return Err(Error::msg("unsupported resource specified in --from")),
        };
        for (key, _) in info.object.get("data").fields() {
            if !keys.is_empty() && !keys.iter().any(|k| k == key) {
                continue;
            }
            let plain = |c: char| {
                if c.is_ascii_alphanumeric() || c == '_' {
                    c
                } else {
                    '_'
                }
            };
            let name: String = key.chars().map(plain).collect::<String>().to_uppercase();
            if name != key {
                cx.warn(format!("Warning: key {key} transferred to {name}"));
            }
            let mut v = tree!({"name": name});
            v.set_at(
                &["valueFrom", reference],
                tree!({"name": info.name, "key": key}),
            );
            set.push(v);
        }
    }
    Ok(())
}

/// New values in the places of the old ones, further ones at the end, removed ones gone.
fn update(existing: &[Value], set: &[Value], remove: &[String]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut covered: Vec<String> = remove.to_vec();
    for e in existing {
        let name = e.get("name").str();
        if covered.iter().any(|c| c == name) {
            continue;
        }
        match set.iter().find(|s| s.get("name") == name) {
            Some(newer) => {
                covered.push(name.to_owned());
                out.push(newer.clone());
            }
            None => out.push(e.clone()),
        }
    }
    for s in set {
        let name = s.get("name").str();
        if !covered.iter().any(|c| c == name) {
            covered.push(name.to_owned());
            out.push(s.clone());
        }
    }
    out
}

fn validate(cx: &Cx, resources: &[String]) -> Outcome {
    if resources.is_empty() && files::none_given(cx) {
        return Err(Error::msg(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if cx.flags.bool("list") && !cx.flags.str("output").is_empty() {
        return Err(Error::msg(
            "--list and --output may not be specified together",
        ));
    }
    if !cx.flags.strings("keys").is_empty() && cx.flags.str("from").is_empty() {
        return Err(Error::msg(
            "when specifying --keys, a configmap or secret must be provided with --from",
        ));
    }
    Ok(())
}

async fn run(cx: &Cx) -> Outcome {
    check_selector(cx)?;
    // Of what is named by arguments nothing is looked for then.
    if cx.flags.bool("local") && files::none_given(cx) {
        return Err(Error::msg(
            "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
        ));
    }
    let (resources, words) = split(&cx.args)?;
    let mut work = Work::new(
        cx,
        "env updated",
        "failed to patch env update to pod template:",
    )?;
    check_local(cx, work.dry_run)?;
    validate(cx, resources)?;
    let (mut set, remove) = parse(cx, words).await?;
    from(cx, &mut set).await?;
    for v in &mut set {
        let name = format!("{}{}", cx.flags.str("prefix"), v.get("name").str());
        v.set("name", name);
    }
    let infos = find(cx, resources).await?;
    for info in &infos {
        let mut changed = info.object.clone();
        let result = change(cx, info, &mut changed, &set, &remove);
        if cx.flags.bool("list") {
            if result.is_ok() {
                list(cx, info, &mut changed).await;
            }
            continue;
        }
        work.one(info, result.map(|()| (changed, Change::Done)))
            .await;
    }
    if set.is_empty()
        && words.is_empty()
        && !cx.flags.bool("list")
        && work.errors.is_empty()
        && work.printer.is_some()
    {
        return Err(Error::msg(
            "at least one environment variable must be provided",
        ));
    }
    work.finish()
}

fn change(
    cx: &Cx,
    info: &Info,
    changed: &mut Value,
    set: &[Value],
    remove: &[String],
) -> Result<(), String> {
    let wanted = cx.flags.str("containers");
    let overwrite = cx.flags.bool("overwrite");
    let mut refused = None;
    let found = each_container(pod_spec(changed)?, wanted, |c| {
        let existing = c.get("env").items().to_vec();
        let clash = |s: &&Value| {
            let name = s.get("name");
            existing
                .iter()
                .any(|e| e.get("name") == name && e.get("value") != s.get("value"))
        };
        if let Some(s) = set.iter().find(clash).filter(|_| !overwrite) {
            let old = existing
                .iter()
                .find(|e| e.get("name") == s.get("name"))
                .map_or("", |e| e.get("value").str());
            refused = Some(format!(
                "'{}' already has a value ({old}), and --overwrite is false",
                s.get("name").str()
            ));
            return;
        }
        let env = update(&existing, set, remove);
        if env.is_empty() {
            c.remove("env");
        } else {
            c.set("env", env);
        }
    });
    if !found {
        cx.warn(format!(
            "Warning: {}/{} does not have any containers matching \"{wanted}\"",
            info.object.kind(),
            info.name
        ));
    }
    refused.map_or(Ok(()), Err)
}

async fn list(cx: &Cx, info: &Info, changed: &mut Value) {
    let mut containers = Vec::new();
    if let Ok(spec) = pod_spec(changed) {
        each_container(spec, cx.flags.str("containers"), |c| {
            containers.push(c.clone())
        });
    }
    for c in &containers {
        let mut failed: SortedMap<String, Vec<String>> = SortedMap::new();
        cx.line(format!(
            "# {} {}, container {}",
            info.object.kind(),
            info.name,
            c.get("name").str()
        ));
        for e in c.get("env").items() {
            let (name, from) = (e.get("name").str(), e.get("valueFrom"));
            if from.is_null() {
                cx.line(format!("{name}={}", e.get("value").str()));
                continue;
            }
            if cx.flags.bool("resolve") {
                match resolve(cx, info, c, from).await {
                    Ok(value) => {
                        cx.line(format!("{name}={value}"));
                        continue;
                    }
                    Err(e) => failed.entry(e).or_default().push(name.to_owned()),
                }
            }
            cx.line(format!("# {name} from {}", reference(from)));
        }
        for (error, mut names) in failed {
            names.arrange();
            cx.warn(format!(
                "error retrieving reference for {}: {error}",
                names.join(", ")
            ));
        }
    }
}

fn reference(from: &Value) -> String {
    let get = |path: &[&str]| from.at(path).str().to_owned();
    if from.has("configMapKeyRef") {
        format!(
            "configmap {}, key {}",
            get(&["configMapKeyRef", "name"]),
            get(&["configMapKeyRef", "key"])
        )
    } else if from.has("secretKeyRef") {
        format!(
            "secret {}, key {}",
            get(&["secretKeyRef", "name"]),
            get(&["secretKeyRef", "key"])
        )
    } else if from.has("fieldRef") {
        format!("field path {}", get(&["fieldRef", "fieldPath"]))
    } else if from.has("resourceFieldRef") {
        let container = match get(&["resourceFieldRef", "containerName"]) {
            c if c.is_empty() => c,
            c => format!("{c}/"),
        };
        format!(
            "resource field {container}{}",
            get(&["resourceFieldRef", "resource"])
        )
    } else {
        "invalid valueFrom".to_owned()
    }
}

async fn resolve(cx: &Cx, info: &Info, container: &Value, from: &Value) -> Result<String, String> {
    for (key, kind, word) in [
        ("configMapKeyRef", "ConfigMap", "config map"),
        ("secretKeyRef", "Secret", "secret"),
    ] {
        let r = from.get(key);
        if r.is_null() {
            continue;
        }
        let (name, key) = (r.get("name").str(), r.get("key").str());
        let call = Call::on(
            Method::GET,
            &Mapping::built_in("v1", kind),
            &info.namespace,
            name,
            "",
        );
        let object = cx.rest.send(call).await.map_err(|e| e.text())?;
        let Some(value) = object.at(&["data", key]).as_str() else {
            return Err(format!("key {key} not found in {word} {name}"));
        };
        if kind == "ConfigMap" {
            return Ok(value.to_owned());
        }
        return Ok(
            String::from_utf8_lossy(&STANDARD.decode(value).unwrap_or_default()).into_owned(),
        );
    }
    if from.has("fieldRef") {
        let path = from.at(&["fieldRef", "fieldPath"]).str();
        if path.starts_with("metadata.") {
            return Ok(field_of_pod(&info.object, path));
        }
        return Err(format!("unsupported fieldPath: {path}"));
    }
    if from.has("resourceFieldRef") {
        return Ok(resource_field(container, from.get("resourceFieldRef")));
    }
    Err("invalid valueFrom".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_in_place_added_and_removed() {
        let old = [
            tree!({"name": "A", "value": "1"}),
            tree!({"name": "B", "value": "2"}),
        ];
        let set = [
            tree!({"name": "C", "value": "3"}),
            tree!({"name": "A", "value": "9"}),
        ];
        let got = Value::from(update(&old, &set, &["B".to_owned()]));
        assert_eq!(
            got.to_json(),
            r#"[{"name":"A","value":"9"},{"name":"C","value":"3"}]"#
        );
    }
}
