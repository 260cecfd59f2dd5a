//! Marks for what is wrong with a manifest: what the YAML reader says, what no kind explains, and
//! what the API server answers to a dry run, each where it stands in the text.

use crate::{
    apimachinery::{
        Value,
        schema::{RESOURCES, ResourceDef},
        yaml::{self, Document},
    },
    view::protocol::{Diagnostic, Severity},
};

/// More marks than this help nobody.
const MOST: usize = 50;

/// Asks the API server whether it would create an object; `Err` is the `Status` it answered.
pub type DryRun<'a> = &'a mut dyn FnMut(&'static ResourceDef, &Value) -> Result<(), Value>;

/// Checks every document of a text; `customs` are the kinds that the cluster was taught.
pub fn check(text: &str, customs: &[&'static ResourceDef], dry_run: DryRun<'_>) -> Vec<Diagnostic> {
    let lines = Lines::of(text);
    let (documents, error) = yaml::parse_all(text);
    let mut found = Vec::new();
    for document in &documents {
        found.extend(check_document(document, &lines, customs, dry_run));
    }
    if let Some(error) = error {
        let line = error.line.unwrap_or(1);
        found.push(lines.mark(line, 0, Severity::Error, error.message));
    }
    found.truncate(MOST);
    found
}

fn check_document(
    document: &Document,
    lines: &Lines<'_>,
    customs: &[&'static ResourceDef],
    dry_run: DryRun<'_>,
) -> Vec<Diagnostic> {
    let at = |path: &str, severity, message: String| {
        let (line, column) = document
            .position(path)
            .map_or((document.line + 1, 0), |found| (found.line, found.column));
        lines.mark(line, column, severity, message)
    };
    let object = &document.value;
    let (api_version, kind) = (object.get("apiVersion").str(), object.get("kind").str());
    for (field, value) in [("apiVersion", api_version), ("kind", kind)] {
        if value.is_empty() {
            return vec![at("", Severity::Error, format!("{field} is not set"))];
        }
    }
    if kind == "List" {
        return Vec::new();
    }
    let resource = RESOURCES
        .iter()
        .chain(customs.iter().copied())
        .find(|resource| resource.kind == kind && resource.api_version() == api_version);
    let Some(resource) = resource else {
        // A definition may stand further up in the same text.
        let message = format!("no matches for kind \"{kind}\" in version \"{api_version}\"");
        return vec![at("kind", Severity::Warning, message)];
    };
    match dry_run(resource, object) {
        Ok(()) => Vec::new(),
        Err(status) => complaints(&status)
            .into_iter()
            .map(|(path, severity, message)| at(&path, severity, message))
            .collect(),
    }
}

/// The paths and words of a refusal.
fn complaints(status: &Value) -> Vec<(String, Severity, String)> {
    let message = status.get("message").str().to_owned();
    match status.get("reason").str() {
        // It was found valid before it was found to be there.
        "AlreadyExists" => return Vec::new(),
        "NotFound" => return vec![("metadata.namespace".into(), Severity::Warning, message)],
        _ => {}
    }
    let causes = status.at(&["details", "causes"]);
    let mut found: Vec<_> = causes
        .items()
        .iter()
        .map(|cause| {
            let field = cause.get("field").str().to_owned();
            let message = cause.get("message").str();
            let message = format!("{field}: {message}");
            (field, Severity::Error, message)
        })
        .collect();
    if found.is_empty() {
        found.extend(strict_errors(&message));
    }
    if found.is_empty() {
        found.push((String::new(), Severity::Error, message));
    }
    found
}

/// The fields that strict decoding names: `unknown field "spec.x"`, `duplicate field "y"`.
fn strict_errors(message: &str) -> Vec<(String, Severity, String)> {
    let mut found = Vec::new();
    for what in ["unknown field \"", "duplicate field \""] {
        for (at, _) in message.match_indices(what) {
            let rest = &message[at + what.len()..];
            let path = rest.split('"').next().unwrap_or_default();
            found.push((path.to_owned(), Severity::Error, format!("{what}{path}\"")));
        }
    }
    found
}

/// The lines of a text with the offsets where they begin.
struct Lines<'a>(Vec<(usize, &'a str)>);

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let mut at = 0;
        let lines = text.split('\n').map(|line| {
            let begin = at;
            at += line.len() + 1;
            (begin, line)
        });
        Self(lines.collect())
    }

    /// A mark from a column of a line (from 1) to the line's end.
    fn mark(&self, line: usize, column: usize, severity: Severity, message: String) -> Diagnostic {
        let row = line.saturating_sub(1).min(self.0.len() - 1);
        let (begin, text) = self.0[row];
        let indent = text.len() - text.trim_start().len();
        let from = text
            .char_indices()
            .nth(column)
            .map_or(text.len(), |(at, _)| at)
            .max(indent);
        let to = text.trim_end().len().max(from);
        Diagnostic {
            from: begin + from,
            to: begin + to,
            severity,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str, answer: Result<(), &str>) -> Vec<(String, String)> {
        let found = check(text, &[], &mut |_, _| {
            answer.map_err(|json| Value::from_json(json.as_bytes()).expect("JSON"))
        });
        found
            .into_iter()
            .map(|one| (text[one.from..one.to].to_owned(), one.message))
            .collect()
    }

    const POD: &str = "# a pod\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: é x\n    imag: nginx\n";

    #[test]
    fn refusals_stand_where_they_belong() {
        assert!(marks(POD, Ok(())).is_empty());
        let invalid = r#"{"reason": "Invalid", "message": "no", "details": {"causes": [
            {"field": "spec.containers[0].name", "message": "Invalid value: \"é x\""},
            {"field": "spec.containers[0].image", "message": "Required value"}]}}"#;
        let found = marks(POD, Err(invalid));
        assert_eq!(found[0].0, "name: é x");
        assert_eq!(found[1].1, "spec.containers[0].image: Required value");
        let strict = r#"{"reason": "BadRequest", "message":
            "Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.containers[0].imag\""}"#;
        assert_eq!(
            marks(POD, Err(strict)),
            [(
                "imag: nginx".into(),
                "unknown field \"spec.containers[0].imag\"".into()
            )]
        );
    }

    #[test]
    fn what_is_no_object_is_marked() {
        assert_eq!(marks("a: 1\n", Ok(()))[0].1, "apiVersion is not set");
        let unknown = marks("apiVersion: v9\nkind: Pod\n", Ok(()));
        assert_eq!(unknown[0].0, "kind: Pod");
        assert_eq!(marks("a: [\n", Ok(())).len(), 1);
        assert!(marks("", Ok(())).is_empty());
    }
}
