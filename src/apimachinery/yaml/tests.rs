//! What a real kubectl read and printed, kept in `tests/data/yaml`.
#![allow(clippy::unwrap_used)]

use super::*;

const HEADER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n";

/// Cases that this parser reads by the newer rules of YAML 1.2, or names by another line.
const KNOWN_DIFFERENCES: &[&str] = &[];

#[test]
fn texts_read_as_kubectl_reads_them() {
    let cases = Value::from_json(include_bytes!("../../../tests/data/yaml/read.json")).unwrap();
    let mut wrong = Vec::new();
    for case in cases.items() {
        let input = case.get("in").str();
        let text = format!("{HEADER}{input}\n");
        let got = match parse(&text) {
            Ok(mut v) => {
                for key in ["apiVersion", "kind", "metadata"] {
                    v.remove(key);
                }
                v.to_json()
            }
            Err(e) => e.message,
        };
        let want = match case.get("error").as_str() {
            Some(e) => e.to_owned(),
            None => case.get("out").to_json(),
        };
        if (got == want || want.starts_with(&got)) == KNOWN_DIFFERENCES.contains(&input) {
            wrong.push(format!("{input:?}\n  want {want}\n  got  {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn strings_print_as_kubectl_prints_them() {
    let mut v = Value::from_json(include_bytes!("../../../tests/data/yaml/printed.json")).unwrap();
    v.set_at(&["metadata", "labels", "z"], "1");
    let want = include_str!("../../../tests/data/yaml/printed.yaml");
    let got = to_yaml(&v);
    for (i, (w, g)) in want.lines().zip(got.lines()).enumerate() {
        assert_eq!(g, w, "line {}", i + 1);
    }
    assert_eq!(got.len(), want.len());
}
