//! The editor's Apply: `kubectl apply` on the workstation, its words brought back to the documents.

use crate::{
    apimachinery::yaml,
    terminal::{HOME, Terminal},
    view::protocol::ApplyResult,
};

/// Where the editor's text stands on the workstation.
const FILE: &str = "editor.yaml";

/// One run.
pub struct Apply {
    id: u32,
    script: u32,
    /// The line on which each document begins, with its name.
    documents: Vec<(usize, String)>,
}

impl Apply {
    /// Writes the text to the workstation and starts the command.
    pub fn start(id: u32, text: String, dry_run: bool, terminal: &mut Terminal) -> Self {
        let (documents, _) = yaml::parse_all(&text);
        let documents = documents
            .iter()
            .map(|document| (document.line, document.value.name().to_owned()))
            .collect();
        terminal.write_file(&format!("{HOME}/{FILE}"), text.as_bytes());
        let mut command = format!("kubectl apply -f {FILE}");
        if dry_run {
            command.push_str(" --dry-run=server");
        }
        Self {
            id,
            script: terminal.script(&command, HOME, &[]),
            documents,
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
                    message, ok: false, ..
                }) if !begins(line) => {
                    message.push('\n');
                    message.push_str(line);
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

    /// The line of the document that a message names; the first one's when it names none.
    fn line_of(&self, message: &str) -> usize {
        let named = self.documents.iter().find(|(_, name)| {
            let quoted = format!("\"{name}\"");
            let slashed = format!("/{name} ");
            !name.is_empty() && (message.contains(&quoted) || message.contains(&slashed))
        });
        named
            .or(self.documents.first())
            .map_or(0, |(line, _)| *line)
    }
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
