//! Makes tables and typed views from the data of Kubernetes 1.36 in `api/data`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::{env, fs, path::Path};

/// Kinds that the program reasons about: views are made for these and all that they reach.
const ROOTS: &[&str] = &[
    "v1/Pod",
    "v1/Node",
    "v1/Service",
    "v1/Endpoints",
    "v1/ConfigMap",
    "v1/Secret",
    "v1/ServiceAccount",
    "v1/Namespace",
    "v1/Event",
    "v1/ReplicationController",
    "v1/Binding",
    "v1/PersistentVolumeClaim",
    "v1/PersistentVolume",
    "apps/v1/Deployment",
    "apps/v1/ReplicaSet",
    "apps/v1/DaemonSet",
    "apps/v1/StatefulSet",
    "apps/v1/ControllerRevision",
    "discovery.k8s.io/v1/EndpointSlice",
    "coordination.k8s.io/v1/Lease",
    "batch/v1/Job",
    "batch/v1/CronJob",
    "autoscaling/v1/Scale",
    "policy/v1/Eviction",
    "policy/v1/PodDisruptionBudget",
    "scheduling.k8s.io/v1/PriorityClass",
    "networking.k8s.io/v1/Ingress",
    "networking.k8s.io/v1/NetworkPolicy",
    "v1/LimitRange",
    "v1/ResourceQuota",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "storage.k8s.io/v1/StorageClass",
];

fn main() {
    let dir = Path::new("src/api/data");
    for f in ["schema.json", "discovery.json", "tables.json", "wire.txt"] {
        println!("cargo:rerun-if-changed=src/api/data/{f}");
    }
    println!("cargo:rerun-if-changed=src/build.rs");
    let read = |f: &str| -> Value {
        serde_json::from_slice(&fs::read(dir.join(f)).expect("data file")).expect("JSON")
    };
    let (schema, discovery, tables) = (
        read("schema.json"),
        read("discovery.json"),
        read("tables.json"),
    );
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let types = schema["types"].as_object().expect("types");
    let ids: BTreeMap<&str, usize> = types
        .keys()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .enumerate()
        .map(|(i, k)| (k.as_str(), i))
        .collect();
    let tables_rs =
        schema_tables(&schema, &ids) + &resource_table(&schema, &discovery, &tables, &ids);
    fs::write(Path::new(&out).join("schema_tables.rs"), tables_rs).expect("write");
    let wire = fs::read_to_string(dir.join("wire.txt")).expect("data file");
    fs::write(
        Path::new(&out).join("wire_tables.rs"),
        wire_tables(&wire, &schema["types"], &ids),
    )
    .expect("write");
    fs::write(Path::new(&out).join("views.rs"), views(&schema)).expect("write");
    fs::write(Path::new(&out).join("site.rs"), site()).expect("write");
}

/// The web page for the native program: the compressed files of the folder that `KUBARIUM_SITE` names, where it is set.
fn site() -> String {
    println!("cargo:rerun-if-env-changed=KUBARIUM_SITE");
    let mut files = String::new();
    if let Ok(folder) = env::var("KUBARIUM_SITE") {
        println!("cargo:rerun-if-changed={folder}");
        let folder = fs::canonicalize(&folder).expect("KUBARIUM_SITE is a folder");
        for entry in fs::read_dir(&folder).expect("KUBARIUM_SITE can be read") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
            if [".gz", ".br"].iter().any(|form| name.ends_with(form)) {
                writeln!(files, "    ({name:?}, include_bytes!({path:?})),").expect("a string");
            }
        }
    }
    format!(
        "/// The page's files by their names.\nstatic FILES: &[(&str, &[u8])] = &[\n{files}];\n"
    )
}

fn form(name: &str, def: &Value) -> &'static str {
    if name.ends_with("meta.v1.Time") {
        "Time"
    } else if name.ends_with("MicroTime") {
        "MicroTime"
    } else if name.ends_with("resource.Quantity") {
        "Quantity"
    } else if name.ends_with("IntOrString") {
        "IntOrString"
    } else if def.get("fields").is_some()
        || name.ends_with("BasicSchedulingPolicy")
        || name.ends_with("SubresourceStatus")
        || name.ends_with("StorageVersionSpec")
    {
        "Object"
    } else {
        "Any"
    }
}

/// A shape in the packed schema: a letter, a type's number, or `[` and `{` before what a list or map holds.
fn shape(def: &Value, ids: &BTreeMap<&str, usize>) -> String {
    if let Some(r) = def["ref"].as_str() {
        return ids[r].to_string();
    }
    match (
        def["type"].as_str().unwrap_or(""),
        def["format"].as_str().unwrap_or(""),
    ) {
        ("string", "byte") => "y".into(),
        ("string", _) => "s".into(),
        ("integer", "int64") => "l".into(),
        ("integer", _) => "i".into(),
        ("number", _) => "n".into(),
        ("boolean", _) => "b".into(),
        ("array", _) => format!("[{}", shape(&def["items"], ids)),
        ("object", _) if def.get("values").is_some() => {
            format!("{{{}", shape(&def["values"], ids))
        }
        _ => "*".into(),
    }
}

fn strings(v: &Value) -> String {
    let items: Vec<String> = v
        .as_array()
        .into_iter()
        .flatten()
        .map(|s| format!("{:?}", s.as_str().expect("string")))
        .collect();
    format!("&[{}]", items.join(", "))
}

/// One line per type: its name, its form (`~` after it where server-side apply treats it as one value), and its fields. A
/// field is its name and shape, `!` where it must be there, then what it says beside: `=` its default, `p` and `k` the
/// strategy and key of strategic merge, `t` and `m` its list type and map keys, `a` for an atomic map.
fn packed_schema(types: &Value, ids: &BTreeMap<&str, usize>) -> String {
    let mut out = String::new();
    for name in ids.keys() {
        let def = &types[*name];
        let whole = if def["mapType"] == "atomic" { "~" } else { "" };
        let _ = write!(out, "{name} {}{whole}", form(name, def));
        let fields: BTreeMap<&String, &Value> =
            def["fields"].as_object().into_iter().flatten().collect();
        let required = def["required"].as_array();
        for (field, f) in fields {
            let must = required.is_some_and(|r| r.iter().any(|r| r == field));
            let _ = write!(
                out,
                " {field}:{}{}",
                shape(f, ids),
                if must { "!" } else { "" }
            );
            if let Some(default) = f.get("default") {
                let _ = write!(out, ";={default}");
            }
            for (mark, key) in [
                ("p", "patchStrategy"),
                ("k", "patchMergeKey"),
                ("t", "listType"),
            ] {
                if let Some(v) = f[key].as_str() {
                    let _ = write!(out, ";{mark}{v}");
                }
            }
            for key in f["listMapKeys"].as_array().into_iter().flatten() {
                let _ = write!(out, ";m{}", key.as_str().expect("string"));
            }
            if f["mapType"] == "atomic" {
                out.push_str(";a");
            }
        }
        out.push('\n');
    }
    out
}

/// How Go holds the types of `wire.txt`, whose form `apimachinery/wire.rs` tells. Here a field is a letter, `@` the first of
/// the schema's, with `*`, `!` and `-` (for `z`) after it, and `:T` up to a space. Apart from it stand the internal types,
/// which few ask for: the number of the type and the text of the line.
fn wire_tables(text: &str, types: &Value, ids: &BTreeMap<&str, usize>) -> String {
    let mut lines = vec!["=".to_owned(); ids.len()];
    let mut internal = String::new();
    for line in text.lines() {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        let id = ids[name];
        let (external, within) = rest.split_once('|').unwrap_or((rest, ""));
        if !within.is_empty() {
            let _ = writeln!(internal, "{id}{within}");
        }
        let fields: Vec<&String> = types[name]["fields"]
            .as_object()
            .map(|f| f.keys().collect::<BTreeSet<_>>().into_iter().collect())
            .unwrap_or_default();
        lines[id] = external
            .split_whitespace()
            .map(|token| {
                let (head, go_type) = token.split_once(':').unwrap_or((token, ""));
                let name = head.trim_end_matches(['*', '!']);
                let at = |name: &str| fields.iter().position(|f| *f == name);
                let (field, zero) = match (at(name), name.strip_suffix('z')) {
                    (Some(field), _) => (field, ""),
                    (None, Some(short)) => (at(short).expect("a field"), "-"),
                    (None, None) => panic!("{name} is no field"),
                };
                let letter = char::from(b'@' + u8::try_from(field).expect("few fields"));
                let marks = &head[name.len()..];
                match go_type {
                    "" => format!("{letter}{marks}{zero}"),
                    t => format!("{letter}{marks}{zero}:{t} "),
                }
            })
            .collect();
    }
    format!(
        "static WIRE: &str = {:?};\nstatic INTERNAL: &str = {internal:?};\n",
        lines.join("\n")
    )
}

fn schema_tables(schema: &Value, ids: &BTreeMap<&str, usize>) -> String {
    let mut out = format!(
        "/// All types, sorted by name (`schema::unpack` reads it).\nstatic PACKED: &str = {:?};\n",
        packed_schema(&schema["types"], ids)
    );
    let mut kinds: Vec<(String, String, usize)> = Vec::new();
    for (gvk, ty) in schema["kinds"].as_object().expect("kinds") {
        let (gv, kind) = gvk.rsplit_once('/').expect("group/version/kind");
        kinds.push((
            gv.trim_start_matches('/').to_owned(),
            kind.to_owned(),
            ids[ty.as_str().expect("string")],
        ));
    }
    kinds.sort();
    let _ = writeln!(
        out,
        "/// `apiVersion`, kind and type of every kind, sorted.\npub static KINDS: [(&str, &str, TypeId); {}] = {kinds:?};",
        kinds.len()
    );
    out
}

fn resource_table(
    schema: &Value,
    discovery: &Value,
    tables: &Value,
    ids: &BTreeMap<&str, usize>,
) -> String {
    let mut out = String::from(
        "/// Every built-in resource, in discovery's order.\npub static RESOURCES: &[ResourceDef] = &[\n",
    );
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for root in ["/api", "/apis"] {
        for group in discovery[root]["items"].as_array().expect("items") {
            let name = group["metadata"]["name"].as_str().unwrap_or("");
            let mut versions = Vec::new();
            for v in group["versions"].as_array().expect("versions") {
                let version = v["version"].as_str().expect("version");
                versions.push(version.to_owned());
                for r in v["resources"].as_array().expect("resources") {
                    resource_row(&mut out, name, version, r, schema, tables, ids);
                }
            }
            groups.push((name.to_owned(), versions));
        }
    }
    out.push_str("];\n/// Groups in discovery's order, each with its versions, the preferred one first.\npub static GROUPS: &[(&str, &[&str])] = &[");
    for (name, versions) in groups {
        let _ = write!(out, "({name:?}, &{versions:?}),");
    }
    out.push_str("];\n");
    let _ = writeln!(
        out,
        "/// What `/version` answers, as JSON.\npub static VERSION: &str = {:?};",
        discovery["/version"].to_string()
    );
    out
}

fn resource_row(
    out: &mut String,
    group: &str,
    version: &str,
    r: &Value,
    schema: &Value,
    tables: &Value,
    ids: &BTreeMap<&str, usize>,
) {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let kind = text(&r["responseKind"]["kind"]);
    let gv = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    let (rg, rv) = (
        text(&r["responseKind"]["group"]),
        text(&r["responseKind"]["version"]),
    );
    let kinds = schema["kinds"].as_object().expect("kinds");
    let key = if rv.is_empty() {
        format!("{gv}/{kind}")
    } else {
        format!(
            "{}{rv}/{kind}",
            if rg.is_empty() {
                String::new()
            } else {
                format!("{rg}/")
            }
        )
    };
    let type_id = kinds
        .get(&key)
        .or_else(|| kinds.get(&format!("/{key}")))
        .and_then(Value::as_str)
        .map(|t| ids[t]);
    let mut subs: Vec<&Value> = r["subresources"].as_array().into_iter().flatten().collect();
    subs.sort_by_key(|s| text(&s["subresource"]));
    let subs: Vec<String> = subs
        .iter()
        .map(|s| {
            let k = &s["responseKind"];
            format!(
                "SubresourceDef {{ name: {:?}, kind: {:?}, group: {:?}, version: {:?}, verbs: {} }}",
                text(&s["subresource"]), text(&k["kind"]), text(&k["group"]), text(&k["version"]), strings(&s["verbs"])
            )
        })
        .collect();
    let columns: Vec<String> = tables[format!("{gv}/{kind}")]["columnDefinitions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|c| {
            format!(
                "ColumnDef {{ name: {:?}, kind: {:?}, format: {:?}, priority: {} }}",
                text(&c["name"]),
                text(&c["type"]),
                text(&c["format"]),
                c["priority"].as_i64().unwrap_or(0)
            )
        })
        .collect();
    let _ = writeln!(
        out,
        "ResourceDef {{ group: {group:?}, version: {version:?}, resource: {:?}, singular: {:?}, kind: {kind:?}, response_group: {rg:?}, response_version: {rv:?}, namespaced: {}, short_names: {}, categories: {}, verbs: {}, subresources: &[{}], type_id: {type_id:?}, columns: &[{}] }},",
        text(&r["resource"]),
        text(&r["singularResource"]),
        r["scope"] == "Namespaced",
        strings(&r["shortNames"]),
        strings(&r["categories"]),
        strings(&r["verbs"]),
        subs.join(", "),
        columns.join(", ")
    );
}

fn snake(name: &str) -> String {
    let chars: Vec<char> = name
        .replace("IPs", "Ips")
        .replace("CIDRs", "Cidrs")
        .replace('$', "")
        .replace('-', "_")
        .chars()
        .collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        if c.is_uppercase() {
            let before = i > 0 && !chars[i - 1].is_uppercase() && chars[i - 1] != '_';
            let after = i > 0
                && chars[i - 1].is_uppercase()
                && chars.get(i + 1).is_some_and(|n| n.is_lowercase());
            if before || after {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        } else {
            out.push(*c);
        }
    }
    match out.as_str() {
        "type" | "continue" | "default" | "enum" | "ref" | "static" | "in" | "as" | "match"
        | "use" | "loop" | "move" | "where" => out + "_",
        _ => out,
    }
}

/// Module and name of a type's view: `io.k8s.api.core.v1.Pod` → (`core_v1`, `Pod`).
fn place(name: &str) -> (String, String) {
    let parts: Vec<&str> = name.split('.').collect();
    let n = parts.len();
    (
        format!("{}_{}", parts[n - 3], parts[n - 2]),
        parts[n - 1].to_owned(),
    )
}

fn refs<'a>(def: &'a Value, into: &mut Vec<&'a str>) {
    match def {
        Value::Object(o) => o.iter().for_each(|(k, v)| match v.as_str() {
            Some(r) if k == "ref" => into.push(r),
            _ => refs(v, into),
        }),
        Value::Array(a) => a.iter().for_each(|v| refs(v, into)),
        _ => {}
    }
}

fn views(schema: &Value) -> String {
    let types = &schema["types"];
    let mut todo: Vec<&str> = ROOTS
        .iter()
        .map(|k| {
            schema["kinds"][*k]
                .as_str()
                .or_else(|| schema["kinds"][format!("/{k}")].as_str())
                .unwrap_or_else(|| panic!("kind {k}"))
        })
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(t) = todo.pop() {
        if form(t, &types[t]) == "Object" && seen.insert(t) {
            refs(&types[t]["fields"], &mut todo);
        }
    }
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for t in seen {
        let (module, name) = place(t);
        modules
            .entry(module)
            .or_default()
            .push_str(&view(t, &name, types));
    }
    let mut out = String::new();
    for (module, body) in modules {
        let _ = writeln!(
            out,
            "/// Views of `{module}`.\npub mod {module} {{\nuse super::*;\n{body}}}"
        );
    }
    out
}

fn view(full: &str, name: &str, types: &Value) -> String {
    let mut methods = String::new();
    let fields: BTreeMap<&String, &Value> = types[full]["fields"]
        .as_object()
        .into_iter()
        .flatten()
        .collect();
    for (field, def) in fields {
        accessor(&mut methods, field, def, types);
    }
    format!("view! {{ {name:?}, {name} }}\nimpl {name} {{\n{methods}}}\n")
}

fn view_path(t: &str) -> String {
    let (module, name) = place(t);
    format!("super::{module}::{name}")
}

fn accessor(out: &mut String, field: &str, def: &Value, types: &Value) {
    let f = snake(field);
    let bare = f.trim_end_matches('_');
    let target = def["ref"].as_str();
    let kind = target.map_or_else(
        || def["type"].as_str().unwrap_or(""),
        |t| form(t, &types[t]),
    );
    let line = match kind {
        "string" => format!("string!({field:?}, {f}, set_{bare});"),
        "integer" => format!("scalar!({field:?}, {f}, set_{bare}, i64, as_i64);"),
        "boolean" => format!("scalar!({field:?}, {f}, set_{bare}, bool, as_bool);"),
        "number" => format!("scalar!({field:?}, {f}, set_{bare}, f64, as_f64);"),
        "Time" | "MicroTime" => format!(
            "time!({field:?}, {f}, set_{bare}, {});",
            kind == "MicroTime"
        ),
        "Object" => format!(
            "object!({field:?}, {f}, {bare}_mut, set_{bare}, has_{bare}, {});",
            view_path(target.expect("a reference"))
        ),
        "array" => match def["items"]["ref"].as_str() {
            Some(t) if form(t, &types[t]) == "Object" => format!(
                "objects!({field:?}, {f}, {bare}_mut, set_{bare}, push_{bare}, {});",
                view_path(t)
            ),
            _ if def["items"]["type"] == "string" => {
                format!("strings!({field:?}, {f}, set_{bare});")
            }
            _ => format!("any!({field:?}, {f}, set_{bare});"),
        },
        "object"
            if def["values"]["type"] == "string"
                || def["values"]["ref"]
                    .as_str()
                    .is_some_and(|r| r.ends_with("Quantity")) =>
        {
            format!("string_map!({field:?}, {f}, {bare}_mut, set_{bare});")
        }
        _ => format!("any!({field:?}, {f}, set_{bare});"),
    };
    let _ = writeln!(out, "{line}");
}
