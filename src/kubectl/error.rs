//! What can go wrong in a command and how kubectl words it (models `k8s.io/kubectl/pkg/cmd/util` `checkErr`).

use super::env::Io;
use crate::apimachinery::Value;
use crate::tree;

/// What a command gives.
pub type Outcome = Result<(), Error>;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// Words of kubectl itself, shown after `error: `.
    Message(String),
    /// Words shown as they are.
    Plain(String),
    /// The server refused; its `Status`.
    Status(Value),
    /// No answer from the server; the whole line to show.
    Connection(String),
    /// The server has no such resource type (`meta.NoResourceMatchError`); shown without `error: `.
    NoResourceMatch(String),
    /// The server has no such kind in any of the versions (`meta.NoKindMatchError`).
    NoKindMatch {
        /// `Gizmo`
        kind: String,
        /// `example.test`, or "" for the core group
        group: String,
        /// Versions that were asked for.
        versions: Vec<String>,
    },
    /// Several at once.
    Aggregate(Vec<Error>),
    /// Words of kubectl itself, after something that goes to standard output.
    Output {
        /// What is shown first.
        stdout: String,
        /// The words.
        message: String,
    },
    /// Everything was said already; the exit code.
    Exit(i32),
}

impl Error {
    /// An error in kubectl's own words.
    pub fn msg(text: impl Into<String>) -> Error {
        Error::Message(text.into())
    }

    /// An error of usage, which points to the command's help (`cmdutil.UsageErrorf`).
    pub fn usage(command_path: &str, text: impl AsRef<str>) -> Error {
        Error::Message(format!(
            "{}\nSee '{command_path} -h' for help and examples",
            text.as_ref()
        ))
    }

    /// One error out of several: none, the only one, or an aggregate without repeated words (`utilerrors.NewAggregate`).
    pub fn all(errors: Vec<Error>) -> Outcome {
        let mut flat: Vec<Error> = Vec::new();
        for e in errors {
            match e {
                Error::Aggregate(more) => flat.extend(more),
                e => flat.push(e),
            }
        }
        match flat.len() {
            0 => Ok(()),
            1 => Err(flat.remove(0)),
            _ => Err(Error::Aggregate(flat)),
        }
    }

    /// What went wrong while objects were visited: an aggregate though it be one, whose words are shown without `error: `.
    pub fn visited(errors: Vec<Error>) -> Outcome {
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Error::Aggregate(errors)),
        }
    }

    /// A `Status` as the client library makes one where the server sent none.
    pub fn status(code: u16, reason: &str, message: impl Into<String>) -> Error {
        Error::Status(tree!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message.into(), "reason": reason, "code": code,
        }))
    }

    /// The reason of a `Status`, "" for every other error.
    pub fn reason(&self) -> &str {
        match self {
            Error::Status(s) => s.get("reason").str(),
            _ => "",
        }
    }
    /// Whether the server did not find it.
    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }
    /// Whether it exists already.
    pub fn is_already_exists(&self) -> bool {
        self.reason() == "AlreadyExists"
    }
    /// Whether somebody else changed it meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.reason() == "Conflict"
    }

    /// Says in whose course it happened: `error when creating "STDIN": …` (`cmdutil.AddSourceToErr`).
    pub fn with_source(self, verb: &str, source: &str) -> Error {
        if source.is_empty() {
            return self;
        }
        match self {
            Error::Status(mut s) => {
                let message = format!("error when {verb} \"{source}\": {}", s.get("message").str());
                s.set("message", message);
                Error::Status(s)
            }
            e => Error::Message(format!("error when {verb} \"{source}\": {}", e.text())),
        }
    }

    /// The error's own words, as Go's `err.Error()`.
    pub fn text(&self) -> String {
        match self {
            Error::Message(m) | Error::Plain(m) | Error::Connection(m) => m.clone(),
            Error::Output { message, .. } => message.clone(),
            Error::Status(s) => s.get("message").str().to_owned(),
            Error::NoResourceMatch(r) => format!("no matches for {r}"),
            Error::NoKindMatch {
                kind,
                group,
                versions,
            } => no_kind_match(kind, group, versions),
            Error::Aggregate(errors) => {
                let mut seen: Vec<String> = Vec::new();
                for e in errors {
                    let text = e.text();
                    if !seen.contains(&text) {
                        seen.push(text);
                    }
                }
                match seen.len() {
                    1 => seen.remove(0),
                    _ => format!("[{}]", seen.join(", ")),
                }
            }
            Error::Exit(_) => "exit".to_owned(),
        }
    }

    /// What the user reads (`StandardErrorMessage`), if the error has such a form of its own.
    fn standard(&self) -> Option<String> {
        match self {
            Error::Status(s) => {
                let message = s.get("message").str();
                Some(match s.get("reason").str() {
                    "Unauthorized" => {
                        format!("error: You must be logged in to the server ({message})")
                    }
                    "" => format!("Error from server: {message}"),
                    reason => format!("Error from server ({reason}): {message}"),
                })
            }
            Error::Connection(m) => Some(m.clone()),
            _ => None,
        }
    }

    /// What is written to standard error, with its line end, and the exit code.
    pub fn render(&self) -> (String, i32) {
        let text = match self {
            Error::Exit(code) => return (String::new(), *code),
            Error::Plain(m) => m.clone(),
            Error::Status(s) if s.get("reason") == "Invalid" => invalid(s),
            Error::NoResourceMatch(r) => format!("the server doesn't have a resource type \"{r}\""),
            Error::Aggregate(errors) => errors
                .iter()
                .map(|e| format!("{}\n", e.standard().unwrap_or_else(|| e.text())))
                .collect(),
            e => e.standard().unwrap_or_else(|| {
                let text = e.text();
                if text.starts_with("error: ") {
                    text
                } else {
                    format!("error: {text}")
                }
            }),
        };
        let end = if text.ends_with('\n') || text.is_empty() {
            ""
        } else {
            "\n"
        };
        (format!("{text}{end}"), 1)
    }

    /// Writes the error and gives the exit code.
    pub fn report(&self, io: &dyn Io) -> i32 {
        if let Error::Output { stdout, .. } = self {
            io.stdout(stdout);
        }
        let (text, code) = self.render();
        if !text.is_empty() {
            io.stderr(&text);
        }
        code
    }
}

fn no_kind_match(kind: &str, group: &str, versions: &[String]) -> String {
    let full: Vec<String> = versions
        .iter()
        .map(|v| {
            let gv = if group.is_empty() {
                v.clone()
            } else {
                format!("{group}/{v}")
            };
            format!("\"{gv}\"")
        })
        .collect();
    match full.len() {
        0 => format!("no matches for kind \"{kind}\" in group \"{group}\""),
        1 => format!("no matches for kind \"{kind}\" in version {}", full[0]),
        _ => format!(
            "no matches for kind \"{kind}\" in versions [{}]",
            full.join(" ")
        ),
    }
}

fn invalid(status: &Value) -> String {
    let details = status.get("details");
    let message = status.get("message").str();
    let mut head = "The request is invalid".to_owned();
    if details.is_null() {
        if !message.is_empty() {
            head = format!("{head}: {message}");
        }
        return head;
    }
    let (kind, name) = (details.get("kind").str(), details.get("name").str());
    let causes = details.get("causes").items();
    if !kind.is_empty() || !name.is_empty() {
        head = format!("The {kind} \"{name}\" is invalid");
    } else if !message.is_empty() && causes.is_empty() {
        head = format!("{head}: {message}");
    }
    let mut lines: Vec<String> = Vec::new();
    for cause in causes {
        let line = format!(
            "{}: {}",
            cause.get("field").str(),
            cause.get("message").str()
        );
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.len() {
        0 => head,
        // A message that ends its own line is followed by an empty one, as upstream has it.
        1 => format!("{head}: {}\n", lines[0]),
        _ => format!("{head}: \n* {}\n", lines.join("\n* ")),
    }
}

impl From<String> for Error {
    fn from(text: String) -> Error {
        Error::Message(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Error {
        Error::Message(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_kubectl_words_them() {
        let not_found = Error::status(404, "NotFound", "pods \"x\" not found");
        let two = Error::Aggregate(vec![not_found.clone(), Error::msg("plain")]);
        let mut bad = Error::status(422, "Invalid", "…");
        if let Error::Status(s) = &mut bad {
            s.set(
                "details",
                tree!({"kind": "Pod", "name": "z", "causes": [
                    {"field": "spec.containers", "message": "Required value"},
                    {"field": "spec.containers", "message": "Required value"},
                ]}),
            );
        }
        let cases = [
            (
                not_found.clone(),
                "Error from server (NotFound): pods \"x\" not found\n",
            ),
            (
                not_found.with_source("creating", "STDIN"),
                "Error from server (NotFound): error when creating \"STDIN\": pods \"x\" not found\n",
            ),
            (
                two,
                "Error from server (NotFound): pods \"x\" not found\nplain\n",
            ),
            (
                bad,
                "The Pod \"z\" is invalid: spec.containers: Required value\n",
            ),
            (
                Error::usage("kubectl run", "bad"),
                "error: bad\nSee 'kubectl run -h' for help and examples\n",
            ),
        ];
        for (error, text) in cases {
            assert_eq!(error.render(), (text.to_owned(), 1));
        }
    }
}
