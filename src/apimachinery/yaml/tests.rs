//! What a real kubectl read and printed, kept in `tests/data/yaml`.
#![allow(clippy::unwrap_used)]

use super::*;

const HEADER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n";

/// Cases that this parser reads by the newer rules of YAML 1.2, or names by another line.
const KNOWN_DIFFERENCES: &[&str] = &[": b", "a: \"\\/\"", "c: [?]"];

#[test]
fn texts_read_as_kubectl_reads_them() {
    let cases = Value::from_json(include_bytes!("../../../tests/data/yaml/read.json")).unwrap();
    let mut wrong = Vec::new();
    for case in cases.items() {
        let input = case.get("in").str();
        let text = format!("{HEADER}{input}\n");
        let got = match parse_all(&text) {
            (docs, None) => {
                let mut v = docs[0].value.clone();
                for key in ["apiVersion", "kind", "metadata"] {
                    v.remove(key);
                }
                v.to_json()
            }
            (_, Some(e)) => e.message.replace("error converting YAML to JSON: ", ""),
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

#[test]
fn flow_content_need_not_be_indented() {
    let text = "a: [\n1,\n\"b\"\n]\nc:\n  d: {\ne: 1,\n  f: 2\n}\n";
    assert_eq!(
        parse(text).unwrap().to_json(),
        r#"{"a":[1,"b"],"c":{"d":{"e":1,"f":2}}}"#
    );
}

#[test]
fn documents_are_cut_as_kubectl_cuts_them() {
    let (docs, error) = parse_all("# c\n---\n---\na: 1\n--- # x\n\n---\n#x\n---\nb: {\n");
    assert_eq!(docs.len(), 1);
    assert_eq!(
        (docs[0].line, docs[0].value.to_json().as_str()),
        (2, r#"{"a":1}"#)
    );
    let error = error.unwrap();
    assert!(
        error
            .message
            .starts_with("error converting YAML to JSON: yaml: line 1: did not find")
    );
    let (_, error) = parse_all("a: 1\n---x\nb: 2\n");
    assert_eq!(error.unwrap().message, "invalid Yaml document separator: x");
    let (docs, error) = parse_all("{\"a\":1}\n{\"b\":2}\n---\nc: 3\n");
    assert_eq!((docs.len(), error), (3, None));
    for (text, want) in [
        ("{\"a\":1", "unexpected EOF"),
        (
            "{\"a\":1,}",
            "json: offset 8: invalid character '}' looking for beginning of object key string",
        ),
        (
            "{a: 1}",
            "json: offset 2: invalid character 'a' looking for beginning of object key string",
        ),
        (
            "{\"a\":1} x",
            "json: offset 9: invalid character 'x' looking for beginning of value",
        ),
    ] {
        assert_eq!(parse_all(text).1.unwrap().message, want);
    }
}

#[test]
fn hostile_texts_are_refused() {
    let deep = format!("a: {}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(
        parse(&deep)
            .unwrap_err()
            .message
            .contains("exceeded max depth")
    );
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        let all = vec![format!("*a{}", i - 1); 9].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{all}]\n"));
    }
    assert_eq!(
        parse(&bomb).unwrap_err().message,
        "yaml: document contains excessive aliasing"
    );
}

#[test]
fn positions_and_duplicates_are_kept() {
    let doc = parse_document("a:\n  - b: 1\n    b: 2\n", 10).unwrap();
    assert_eq!(doc.value.to_json(), r#"{"a":[{"b":2}]}"#);
    let p = doc.position("a[0].b.c").unwrap();
    assert_eq!((p.line, p.column), (12, 4));
    assert_eq!(
        doc.duplicate_errors(),
        ["line 3: key \"b\" already set in map"]
    );
}

#[test]
fn a_mistake_on_the_first_line_has_no_line() {
    let why = |text: &str| parse_all(text).1.map(|e| e.message).unwrap_or_default();
    let words = "mapping values are not allowed in this context";
    let converting = "error converting YAML to JSON: yaml:";
    assert_eq!(why("a: b: c\n"), format!("{converting} {words}"));
    assert_eq!(
        why("x: 1\na: b: c\n"),
        format!("{converting} line 2: {words}")
    );
}
