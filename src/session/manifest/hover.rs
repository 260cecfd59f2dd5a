//! What a field is, for the pointer that rests on it.

use super::{
    field_at, is_required,
    place::{Place, Step, Writing},
    shape_name,
};
use crate::{
    apimachinery::{descriptions::Descriptions, schema},
    view::protocol::Hover,
};

/// What is known of the field at a byte offset of the text.
pub fn hover(text: &str, offset: usize, descriptions: &Descriptions) -> Option<Hover> {
    let mut place = Place::find(text, offset);
    if place.writing != Writing::Key || place.from == place.to {
        return None;
    }
    let name = text.get(place.from..place.to)?.trim_matches(['"', '\'']);
    place.path.push(Step::Key(name.to_owned()));
    let root = schema::type_def(schema::kind_type(&place.api_version, &place.kind)?);
    let (def, field) = field_at(root, &place.path)?;
    let mut facts = Vec::new();
    if is_required(def, field) {
        facts.push("required".to_owned());
    }
    if let Some(default) = field.default {
        facts.push(format!("default: {default}"));
    }
    if !field.patch_merge_key.is_empty() {
        facts.push(format!("items are merged by {}", field.patch_merge_key));
    }
    let mut said = Vec::new();
    if !facts.is_empty() {
        said.push(facts.join(" · "));
    }
    said.extend(descriptions.of_field(def.name, field.name));
    Some(Hover {
        from: place.from,
        to: place.to,
        title: format!("{} <{}>", written(&place.path), shape_name(&field.shape)),
        text: said.join("\n\n"),
    })
}

/// `spec.containers[].image`
fn written(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
            Step::Item => out.push_str("[]"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_tells_its_path_and_type() {
        let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n";
        let none = Descriptions::default();
        let found = hover(text, text.find("name: a").expect("there"), &none).expect("a field");
        assert_eq!(found.title, "spec.containers[].name <string>");
        assert!(found.text.starts_with("required"));
        assert_eq!(&text[found.from..found.to], "name");
        assert_eq!(
            hover(text, 3, &none).map(|h| h.title).as_deref(),
            Some("apiVersion <string>")
        );
        assert_eq!(hover("what: ever\n", 2, &none), None);
    }
}
