//! What types and fields are for, in words: a text that is loaded when it is first wanted.

use std::sync::Arc;

/// The texts of all types; `www/descriptions.txt` says how they are written.
#[derive(Clone, Debug, Default)]
pub struct Descriptions(Option<Arc<str>>);

impl Descriptions {
    /// Takes the loaded text.
    pub fn new(text: &str) -> Self {
        Self(Some(Arc::from(text)))
    }

    /// Whether they were loaded.
    pub fn is_loaded(&self) -> bool {
        self.0.is_some()
    }

    /// What a type is for: `io.k8s.api.core.v1.Pod`.
    pub fn of_type(&self, name: &str) -> Option<String> {
        let text = self.block(name)?.split('\n').next()?;
        Some(unescape(text)).filter(|text| !text.is_empty())
    }

    /// What a type's field is for.
    pub fn of_field(&self, type_name: &str, field: &str) -> Option<String> {
        let lines = self.block(type_name)?.split('\n').skip(1);
        lines
            .map_while(|line| line.strip_prefix('\t'))
            .find_map(|line| line.strip_prefix(field)?.strip_prefix('\t'))
            .map(unescape)
    }

    /// The text from behind a type's name.
    fn block(&self, name: &str) -> Option<&str> {
        let text = self.0.as_deref()?;
        let head = format!("\n{name}\t");
        let at = text.find(&head)?;
        Some(&text[at + head.len()..])
    }
}

/// The values that a field's text lists as the possible ones, in its order; none where any value goes.
pub fn possible_values(text: &str) -> Vec<&str> {
    let Some((_, list)) = text.split_once("Possible enum values:\n") else {
        return Vec::new();
    };
    let value = |line: &'_ str| -> Option<(usize, usize)> {
        let begin = line.strip_prefix(" - `\"")?;
        let length = begin.find("\"`")?;
        Some((line.len() - begin.len(), length))
    };
    list.split('\n')
        .filter_map(|line| value(line).map(|(at, length)| &line[at..at + length]))
        .collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, false) => out.push(character),
            (_, true) => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::schema::TYPES;

    fn shipped() -> Descriptions {
        Descriptions::new(include_str!("../../www/descriptions.txt"))
    }

    #[test]
    fn types_and_fields_are_described() {
        let found = shipped();
        let pod = found.of_type("io.k8s.api.core.v1.PodSpec");
        assert_eq!(pod.as_deref(), Some("PodSpec is a description of a pod."));
        let restart = found.of_field("io.k8s.api.core.v1.PodSpec", "restartPolicy");
        assert!(restart.is_some_and(|text| text.starts_with("Restart policy for all")));
        assert_eq!(
            found.of_field("io.k8s.api.core.v1.PodSpec", "nothing"),
            None
        );
        assert_eq!(found.of_type("nothing"), None);
        assert_eq!(Descriptions::default().of_type("nothing"), None);
        assert_eq!(unescape(r"a\nb\\n\"), "a\nb\\n");
    }

    #[test]
    fn nearly_every_type_of_the_schema_is_described() {
        let found = shipped();
        let bare = TYPES
            .iter()
            .filter(|def| !def.fields.is_empty() && !def.name.ends_with("List"))
            .filter(|def| found.of_type(def.name).is_none())
            .count();
        assert!(bare < 40, "{bare}");
    }
}
