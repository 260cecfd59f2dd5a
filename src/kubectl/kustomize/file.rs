//! The kustomization file: finding it, and what may stand in it.

use super::Result;
use super::load::Loader;
use crate::apimachinery::{Value, yaml};

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Fields of the file's structs: the struct, and its fields with their types. `a>b` is field `b` of the embedded struct `a`.
const STRUCTS: &[(&str, &str)] = &[
    (
        "Kustomization",
        "TypeMeta>apiVersion:string TypeMeta>kind:string metadata:any openapi:map[string]string namePrefix:string \
         nameSuffix:string namespace:string commonLabels:map[string]string labels:[]types.Label \
         commonAnnotations:map[string]string patchesStrategicMerge:[]string patchesJson6902:[]types.Patch \
         patches:[]types.Patch images:[]types.Image imageTags:[]types.Image replacements:[]types.ReplacementField \
         replicas:[]types.Replica vars:any sortOptions:any resources:[]string components:[]string crds:[]string \
         bases:[]string configMapGenerator:[]types.ConfigMapArgs secretGenerator:[]types.SecretArgs helmGlobals:any \
         helmCharts:any helmChartInflationGenerator:any generatorOptions:types.GeneratorOptions configurations:[]string \
         generators:[]string transformers:[]string validators:[]string buildMetadata:[]string",
    ),
    (
        "Label",
        "pairs:map[string]string includeSelectors:bool includeTemplates:bool \
         fields:[]types.FieldSpec",
    ),
    (
        "FieldSpec",
        "Gvk>group:string Gvk>version:string Gvk>kind:string path:string create:bool",
    ),
    (
        "Patch",
        "path:string patch:string target:types.Selector options:types.PatchArgs",
    ),
    ("PatchArgs", "allowNameChange:bool allowKindChange:bool"),
    (
        "Selector",
        "ResId.Gvk>group:string ResId.Gvk>version:string ResId.Gvk>kind:string ResId>name:string ResId>namespace:string \
         annotationSelector:string labelSelector:string",
    ),
    (
        "Image",
        "name:string newName:string tagSuffix:string newTag:string digest:string",
    ),
    ("Replica", "name:string count:int64"),
    (
        "ReplacementField",
        "Replacement>source:types.SourceSelector Replacement>targets:[]types.TargetSelector \
         Replacement>sourceValue:string path:string",
    ),
    (
        "SourceSelector",
        "ResId.Gvk>group:string ResId.Gvk>version:string ResId.Gvk>kind:string ResId>name:string ResId>namespace:string \
         fieldPath:string options:types.FieldOptions",
    ),
    (
        "TargetSelector",
        "select:types.Selector reject:[]types.Selector fieldPaths:[]string options:types.FieldOptions",
    ),
    (
        "FieldOptions",
        "delimiter:string index:int encoding:string create:bool",
    ),
    (
        "ConfigMapArgs",
        "GeneratorArgs>namespace:string GeneratorArgs>name:string GeneratorArgs>behavior:string \
         GeneratorArgs.KvPairSources>literals:[]string GeneratorArgs.KvPairSources>files:[]string \
         GeneratorArgs.KvPairSources>envs:[]string GeneratorArgs.KvPairSources>env:string \
         GeneratorArgs>options:types.GeneratorOptions",
    ),
    (
        "GeneratorOptions",
        "labels:map[string]string annotations:map[string]string disableNameSuffixHash:bool immutable:bool",
    ),
];

/// Fields that this kubectl refuses, with what they would do.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("configurations", "configurations of transformers"),
    ("crds", "schemas of custom resources"),
    ("generators", "generator plugins"),
    ("helmChartInflationGenerator", "Helm charts"),
    ("helmCharts", "Helm charts"),
    ("openapi", "OpenAPI schemas"),
    ("transformers", "transformer plugins"),
    ("validators", "validator plugins"),
    ("vars", "vars (use replacements)"),
    ("buildMetadata", "annotations of where objects come from"),
];

const EDIT_FIX: &str = "Run 'kustomize edit fix' to update your Kustomization automatically.";
const DEPRECATED: &[(&str, &str)] = &[
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("imageTags", "images"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
    ("vars", "replacements"),
];

/// Reads the kustomization file of a folder, warns of what is deprecated in it, and refuses what is wrong or not supported.
pub fn read(loader: &Loader) -> Result<Value> {
    let mut found = NAMES.iter().filter_map(|n| loader.text(n).ok());
    let Some(text) = found.next() else {
        return Err(format!(
            "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{}'",
            loader.root
        ));
    };
    if found.next().is_some() {
        return Err(format!(
            "Found multiple kustomization files under: {}\n",
            loader.root
        ));
    }
    let invalid = |e: String| format!("invalid Kustomization: {e}");
    let file = yaml::parse(&text).map_err(|e| invalid(e.to_string()))?;
    check(&file, "Kustomization", "").map_err(invalid)?;
    for (old, new) in DEPRECATED.iter().filter(|(old, _)| file.has(old)) {
        let experimental = if *old == "vars" {
            "[EXPERIMENTAL] "
        } else {
            ""
        };
        loader.io.stderr(&format!(
            "# Warning: '{old}' is deprecated. Please use '{new}' instead. {experimental}{EDIT_FIX}\n"
        ));
    }
    let says = |(key, v): (&str, &Value)| !matches!(key, "apiVersion" | "kind") && !v.is_empty();
    if !file.fields().any(says) {
        return Err("kustomization.yaml is empty".to_owned());
    }
    let kind = file.kind();
    let (component, mut wrong) = (kind == "Component", String::new());
    if !matches!(kind, "" | "Kustomization" | "Component") {
        wrong.push_str("\nkind should be Kustomization or Component");
    }
    let version = if component { "v1alpha1" } else { "v1beta1" };
    let version = format!("kustomize.config.k8s.io/{version}");
    if !file.api_version().is_empty() && file.api_version() != version {
        let kind = if kind.is_empty() {
            "Kustomization"
        } else {
            kind
        };
        wrong.push_str(&format!("\napiVersion for {kind} should be {version}"));
    }
    if !wrong.is_empty() {
        return Err(format!(
            "Failed to read kustomization file under {}:{wrong}",
            loader.root
        ));
    }
    for (key, what) in UNSUPPORTED {
        if !file.get(key).is_empty() {
            return Err(format!(
                "field '{key}' of the kustomization in '{}' is not supported in this kubectl: {what}",
                loader.root
            ));
        }
    }
    Ok(file)
}

/// Checks a value against a struct as Go's strict JSON decoder does.
fn check(v: &Value, name: &str, path: &str) -> Result<()> {
    if v.is_null() {
        return Ok(());
    }
    let fields = STRUCTS
        .iter()
        .find(|(n, _)| *n == name)
        .map_or("", |(_, f)| f);
    // The structs of both generators differ in one field.
    let (fields, extra) = match name {
        "SecretArgs" => (
            STRUCTS
                .iter()
                .find(|(n, _)| *n == "ConfigMapArgs")
                .map_or("", |(_, f)| f),
            "type:string",
        ),
        _ => (fields, ""),
    };
    for (key, value) in v.fields() {
        let field = fields
            .split_whitespace()
            .chain(extra.split_whitespace())
            .find_map(|f| {
                let (field, kind) = f.split_once(':')?;
                let (inside, field) = field.split_once('>').unwrap_or(("", field));
                (field == key).then_some((inside, kind))
            });
        let Some((inside, kind)) = field else {
            return Err(format!("json: unknown field \"{key}\""));
        };
        let dot = |a: &str, b: &str| {
            if a.is_empty() || b.is_empty() {
                format!("{a}{b}")
            } else {
                format!("{a}.{b}")
            }
        };
        let path = dot(&dot(path, inside), key);
        check_type(value, kind, name, &path)?;
    }
    Ok(())
}

fn check_type(v: &Value, kind: &str, owner: &str, path: &str) -> Result<()> {
    let wrong = |v: &Value, kind: &str| {
        let is = match v {
            Value::Bool(_) => "bool",
            Value::Str(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
            _ => "number",
        };
        let kind =
            if kind == "[]string" && owner == "Kustomization" && path == "patchesStrategicMerge" {
                "[]types.PatchStrategicMerge"
            } else {
                kind
            };
        Err(format!(
            "json: cannot unmarshal {is} into Go struct field {owner}.{path} of type {kind}"
        ))
    };
    match (kind, v) {
        ("any", _) | (_, Value::Null) => Ok(()),
        ("string", Value::Str(_)) | ("bool", Value::Bool(_)) | ("int64" | "int", Value::Int(_)) => {
            Ok(())
        }
        ("map[string]string", Value::Map(map)) => map
            .values()
            .filter(|v| !v.is_null())
            .try_for_each(|v| check_type(v, "string", owner, path)),
        (kind, Value::List(list)) if kind.starts_with("[]") => list
            .iter()
            .try_for_each(|v| check_type(v, &kind[2..], owner, path)),
        (kind, Value::Map(_)) if kind.starts_with("types.") => check(v, &kind[6..], path),
        (kind, v) => wrong(v, kind),
    }
}
