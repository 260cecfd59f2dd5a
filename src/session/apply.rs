//! The editor's Apply: `kubectl apply` on the workstation, its words brought back to the documents.

use crate::{
    apimachinery::yaml::{self, Document},
    terminal::{HOME, Terminal},
    view::protocol::ApplyResult,
};

/// Where the editor's text stands on the workstation.
const FILE: &str = "editor.yaml";

/// One run.
pub struct Apply {
    id: u32,
    script: u32,
    documents: Vec<Document>,
    /// The line (from 0) at which the text ceases to be YAML.
    broken: Option<usize>,
}

impl Apply {
    /// Writes the text to the workstation and starts the command.
    pub fn start(id: u32, text: String, dry_run: bool, terminal: &mut Terminal) -> Self {
        let (documents, error) = yaml::parse_all(&text);
        let broken = error.map(|error| error.line.unwrap_or(1).saturating_sub(1));
        terminal.write_file(&format!("{HOME}/{FILE}"), text.as_bytes());
        let mut command = format!("kubectl apply -f {FILE}");
        if dry_run {
            command.push_str(" --dry-run=server");
        }
        Self {
            id,
            script: terminal.script(&command, HOME, &[]),
            documents,
            broken,
        }
    }

    /// The number under which it was asked for.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What came of it, once the command has ended.
    pub fn poll(&self, terminal: &mut Terminal) -> Option<Vec<ApplyResult>> {
        let (output, exit) = terminal.finished(self.script)?;
        let mut results = Vec::new();
        for line in output.lines().filter(|line| !line.is_empty()) {
            match results.last_mut() {
                // An error may go on over several lines.
                Some(ApplyResult {
                    message,
                    ok: false,
                    line: at,
                }) if !begins(line) => {
                    message.push('\n');
                    message.push_str(line);
                    *at = self.line_of(message);
                }
                _ => {
                    results.push(ApplyResult {
                        message: line.to_owned(),
                        ok: is_success(line) || line.starts_with("Warning: "),
                        line: self.line_of(line),
                    });
                }
            }
        }
        if results.is_empty() && exit != 0 {
            results.push(ApplyResult {
                message: format!("kubectl ended with exit code {exit}"),
                ok: false,
                line: 0,
            });
        }
        Some(results)
    }

    /// The line that a message is about: that of the field it names, or the first one of the document.
    fn line_of(&self, message: &str) -> usize {
        let named = self.documents.iter().find(|document| {
            let name = document.value.name();
            let quoted = format!("\"{name}\"");
            let slashed = format!("/{name} ");
            !name.is_empty() && (message.contains(&quoted) || message.contains(&slashed))
        });
        match (named, self.broken) {
            (None, Some(line)) => line,
            (named, _) => named
                .or(self.documents.first())
                .map_or(0, |document| field_line(document, message)),
        }
    }
}

/// The line (from 0) of the first field that a message names, or else that on which the document begins.
fn field_line(document: &Document, message: &str) -> usize {
    let strict = message.split("field \"").skip(1);
    let strict = strict.filter_map(|rest| rest.split('"').next());
    let invalid = message.split("is invalid: ").skip(1);
    let listed = message.lines().filter_map(|line| line.strip_prefix("* "));
    let causes = invalid.chain(listed);
    let causes = causes.filter_map(|rest| rest.trim_start_matches('[').split(": ").next());
    strict
        .chain(causes)
        .find_map(|path| document.position(path))
        .map_or(document.line, |found| found.line.saturating_sub(1))
}

/// `deployment.apps/web created`
fn is_success(line: &str) -> bool {
    let mut words = line.split(' ');
    let object = words.next().is_some_and(|word| word.contains('/'));
    object
        && words.next().is_some_and(|verb| {
            matches!(
                verb,
                "created" | "configured" | "unchanged" | "serverside-applied"
            )
        })
}

/// Whether a line begins a message rather than going on with one.
fn begins(line: &str) -> bool {
    is_success(line)
        || ["error", "Error", "Warning: ", "The ", "resource mapping"]
            .iter()
            .any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_on_the_line_of_its_field() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n---\nkind: Pod\nmetadata:\n  name: b\nspec:\n  containers:\n  - name: c\n    imag: x\n";
        let (documents, error) = yaml::parse_all(text);
        assert!(error.is_none());
        let apply = Apply {
            id: 1,
            script: 0,
            documents,
            broken: None,
        };
        let line = |message: &str| apply.line_of(message);
        assert_eq!(line("pod/b created"), 5);
        assert_eq!(
            line("The Pod \"b\" is invalid: spec.containers[0].image: Required value"),
            10
        );
        assert_eq!(
            line("The Pod \"b\" is invalid: \n* spec.containers[0].name: Invalid value"),
            10
        );
        assert_eq!(
            line(
                "Error from server (BadRequest): error when creating \"editor.yaml\": Pod \"b\" in version \"v1\": unknown field \"spec.containers[0].imag\""
            ),
            11
        );
        let broken = Apply {
            broken: Some(7),
            ..apply
        };
        assert_eq!(broken.line_of("error: error parsing editor.yaml"), 7);
    }

    #[test]
    fn successes_are_known_by_their_words() {
        assert!(is_success("deployment.apps/web created"));
        assert!(is_success("service/web configured (server dry run)"));
        assert!(!is_success("error: error validating \"x\": created"));
        assert!(begins(
            "The Pod \"x\" is invalid: spec.containers: Required value"
        ));
        assert!(!begins("* spec.nodeName: Forbidden"));
    }
}
