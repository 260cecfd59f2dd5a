//! The recorded defaulting and validation corpora, replayed through decoding, defaults and validation.

use kubarium::api::{defaults, strict};
use kubarium::apimachinery::Value;
use kubarium::apimachinery::schema::kind_type;

fn corpus(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/corpus/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(path).expect("the corpus is there");
    let v = Value::from_json(&text).expect("it is JSON");
    v.get("cases").items().to_vec()
}

fn differences(path: &str, want: &Value, got: &Value, out: &mut Vec<String>) {
    match (want, got) {
        (Value::Map(a), Value::Map(b)) => {
            for (k, v) in a.iter() {
                match b.get(k) {
                    Some(g) => differences(&format!("{path}.{k}"), v, g, out),
                    None => out.push(format!("{path}.{k}: missing {}", v.to_json())),
                }
            }
            for (k, v) in b.iter().filter(|(k, _)| !a.contains_key(k)) {
                out.push(format!("{path}.{k}: extra {}", v.to_json()));
            }
        }
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            for (i, (x, y)) in a.iter().zip(b.iter()).enumerate() {
                differences(&format!("{path}[{i}]"), x, y, out);
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(format!("{path}: want {} got {}", a.to_json(), b.to_json())),
    }
}

#[test]
fn defaulting_corpus_without_a_server() {
    for case in corpus("defaulting") {
        let mut object = case.at(&["input", "object"]).clone();
        let (api_version, kind) = (object.api_version().to_owned(), object.kind().to_owned());
        let id = kind_type(&api_version, &kind).expect("a known kind");
        object = strict::decode(object, id, strict::Mode::Strict, &[])
            .expect("decodes")
            .0;
        defaults::apply(&api_version, &kind, &mut object);
        object = strict::decode(object, id, strict::Mode::Strict, &[])
            .expect("decodes")
            .0;
        let mut out = Vec::new();
        differences("", case.at(&["expected", "object"]), &object, &mut out);
        if std::env::var("CORPUS_VERBOSE").is_ok() {
            for line in &out {
                eprintln!("{}: {line}", case.get("name").str());
            }
        }
    }
}
