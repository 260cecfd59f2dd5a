//! `kubectl edit`, and the editing sessions of `create --edit` and `apply edit-last-applied` (models
//! `k8s.io/kubectl/pkg/cmd/util/editor`)

mod send;

use super::FILENAME_FLAGS;
use super::common::{RECORD, SAVE_CONFIG, VALIDATE, validation};
use crate::apimachinery::Value;
use crate::apimachinery::json_error::syntax_error;
use crate::apimachinery::yaml;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::env::FileError;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer, visible};
use crate::kubectl::resource::{Builder, Info, check_subresource, files, flatten, is_list};
use crate::tree;

/// The command.
pub static EDIT: Command = Command {
    name: "edit",
    args: "(RESOURCE/NAME | -f FILENAME)",
    short: "Edit a resource on the server",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-edit"),
    Flag::bool("output-patch", "Show the patch."),
    RECORD,
    SAVE_CONFIG,
    Flag::string("subresource", "Edit this subresource."),
    VALIDATE,
    Flag::bool("windows-line-endings", "End lines as Windows does."),
];

/// What becomes of the edited objects (`EditMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The live objects are patched.
    Patch,
    /// The objects are created.
    Create,
    /// They are kept as the configuration that was last applied.
    LastApplied,
}

const LAST_APPLIED_HEADER: &str =
    "# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
";
const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// Names of temporary files that are tried at most.
const MOST_NAMES: usize = 10_000;

/// Why the editor opens again.
struct Reason {
    head: String,
    other: Vec<String>,
}

/// What came of sending the changes.
#[derive(Default)]
struct Results {
    reasons: Vec<Reason>,
    /// Objects to be edited again.
    edit: usize,
    retryable: usize,
    not_found: usize,
}

impl Results {
    fn add(&mut self, error: &Error, info: &Info) -> String {
        let what = format!("{} \"{}\"", info.mapping.group_resource(), info.name);
        match (error.reason(), error) {
            ("Invalid", Error::Status(status)) => {
                self.edit += 1;
                let causes = status.at(&["details", "causes"]).items();
                let other = causes
                    .iter()
                    .map(|c| format!("{}: {}", c.get("field").str(), c.get("message").str()));
                self.reasons.push(Reason {
                    head: format!("{what} was not valid"),
                    other: other.collect(),
                });
                format!("error: {what} is invalid")
            }
            ("NotFound", _) => {
                self.not_found += 1;
                format!("error: {what} could not be found on the server")
            }
            _ => {
                self.retryable += 1;
                format!("error: {what} could not be patched: {}", error.text())
            }
        }
    }

    /// Notes that the text as a whole cannot be read; gives what is said of it.
    fn invalid_text(&mut self, info: &Info, why: &str) -> String {
        let what = format!("{} \"{}\"", info.mapping.group_resource(), info.name);
        self.edit += 1;
        self.reasons.push(Reason {
            head: format!("{what} was not valid"),
            other: vec![format!(
                "<nil>: Invalid value: \"The edited file failed validation\": {why}"
            )],
        });
        format!("error: {what} is invalid")
    }
}

async fn run(cx: &Cx) -> Outcome {
    let directive = validation(cx)?;
    Printer::among(cx, &["json", "yaml"])?;
    check_subresource(cx)?;
    let infos = Builder::new(cx)?
        .args(&cx.args, true)
        .latest()
        .filenames(cx)
        .subresource(cx.flags.str("subresource"))
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?
        .all()?;
    if infos.is_empty() {
        return Err(Error::msg("edit cancelled, no objects found"));
    }
    session(cx, Mode::Patch, &infos, directive).await
}

/// Lets the user edit the objects until what was saved could be sent or the user gave up.
///
/// `directive` is the `fieldValidation` of what is sent. Errors are those of the editor and, but for invalid objects of
/// [`Mode::Patch`], which the editor shows again, those of the server.
pub async fn session(cx: &Cx, mode: Mode, infos: &[Info], directive: &'static str) -> Outcome {
    let json = cx.flags.str("output") == "json";
    let original = document(infos, json);
    let mut reasons: Vec<Reason> = Vec::new();
    let mut edited: Option<(String, String)> = None;
    loop {
        let shown = match &edited {
            Some((text, _)) => without_comments(text),
            None => original.clone(),
        };
        let text = format!("{}{shown}", header(mode, json, &reasons));
        let (after, file) = match launch(cx, &text, if json { "json" } else { "yaml" }).await {
            Ok(done) => done,
            Err(e) => return Err(preserved(cx, e, edited.as_ref().map(|(_, f)| f))),
        };
        if let Some((before, old)) = &edited {
            if strip_comments(before) == strip_comments(&after) {
                return Err(preserved(
                    cx,
                    Error::msg("Edit cancelled, no valid changes were saved."),
                    Some(&file),
                ));
            }
            let _ = cx.io.remove(old);
        }
        reasons.clear();
        if directive != "Ignore"
            && let Some(why) = unreadable(&after)
        {
            let mut results = Results::default();
            cx.warn(results.invalid_text(&infos[0], &why));
            reasons = results.reasons;
            edited = Some((after, file));
            continue;
        }
        if strip_comments(&original) == strip_comments(&after) {
            let _ = cx.io.remove(&file);
            cx.warn("Edit cancelled, no changes made.");
            return Ok(());
        }
        if is_blank(&after) {
            let _ = cx.io.remove(&file);
            cx.warn("Edit cancelled, saved file was empty.");
            return Ok(());
        }
        match read(cx, &after).await {
            Err(e) => reasons.push(Reason {
                head: format!("The edited file had a syntax error: {}", e.text()),
                other: Vec::new(),
            }),
            Ok(updated) => {
                let results = match send::all(cx, mode, infos, updated, directive).await {
                    Ok(results) => results,
                    Err(e) => return Err(preserved(cx, e, Some(&file))),
                };
                if let Some(outcome) = finish(cx, &results, &file) {
                    return outcome;
                }
                reasons = results.reasons;
            }
        }
        edited = Some((after, file));
    }
}

/// What is to be said and done after sending; `None` where the editor opens again.
fn finish(cx: &Cx, results: &Results, file: &str) -> Option<Outcome> {
    if results.retryable > 0 {
        cx.warn(format!(
            "You can run `kubectl replace -f {file}` to try this update again."
        ));
        return Some(Err(Error::Exit(1)));
    }
    if results.not_found > 0 {
        cx.warn(format!(
            "The edits you made on deleted resources have been saved to \"{file}\""
        ));
        return Some(Err(Error::Exit(1)));
    }
    if results.edit == 0 {
        let _ = cx.io.remove(file);
        return Some(Ok(()));
    }
    None
}

fn preserved(cx: &Cx, error: Error, file: Option<&String>) -> Error {
    if let Some(file) = file.filter(|f| cx.io.stat(f).is_ok()) {
        cx.warn(format!(
            "A copy of your changes has been stored to \"{file}\""
        ));
    }
    error
}

fn document(infos: &[Info], json: bool) -> String {
    let objects: Vec<Value> = infos.iter().map(|i| visible(&i.object, false)).collect();
    let object = match <[Value; 1]>::try_from(objects) {
        Ok([one]) => one,
        Err(several) => {
            let mut list = tree!({"apiVersion": "v1", "kind": "List", "metadata": {}});
            list.set("items", several);
            list
        }
    };
    if json {
        format!(
            "{}\n",
            crate::apimachinery::strconv::escape_html(object.to_json_pretty())
        )
    } else {
        yaml::to_yaml(&object)
    }
}

fn header(mode: Mode, json: bool, reasons: &[Reason]) -> String {
    if json {
        return String::new();
    }
    let hashed = |s: &str| s.trim_end_matches('\n').replace('\n', "\n# ");
    let mut out = match mode {
        Mode::LastApplied => LAST_APPLIED_HEADER,
        Mode::Patch | Mode::Create => HEADER,
    }
    .to_owned();
    for r in reasons {
        let colon = if r.other.is_empty() { "" } else { ":" };
        out.push_str(&format!("# {}{colon}\n", hashed(&r.head)));
        for o in &r.other {
            out.push_str(&format!("# * {}\n", hashed(o)));
        }
        out.push_str("#\n");
    }
    out
}

/// The text as JSON without its comments (`cmdutil.StripComments`), or what is left of it where it cannot be read.
fn strip_comments(text: &str) -> String {
    let (mut docs, error) = yaml::parse_all(text);
    match (docs.pop(), error) {
        (Some(only), None) if docs.is_empty() => only.value.to_json(),
        _ => without_comments(text),
    }
}

/// The text without its comments, but for lines that begin with `#!` (`cmdutil.ManualStrip`).
fn without_comments(text: &str) -> String {
    let comment = |l: &str| l.starts_with('#') && !l.starts_with("#!");
    let lines = text.split_inclusive('\n');
    lines.filter(|l| !comment(l.trim_start())).collect()
}

fn is_blank(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .all(|l| l.is_empty() || l.starts_with('#'))
}

/// Why the text is no object at all, as client-side validation words it (`validation.NewParamVerifyingSchema`).
fn unreadable(text: &str) -> Option<String> {
    if text.trim_start().starts_with('{') {
        return syntax_error(text.as_bytes()).or_else(|| match Value::from_json(text.as_bytes()) {
            Err(e) => Some(e.to_string()),
            Ok(value) => files::lacks(&value),
        });
    }
    match yaml::parse(&without_comments(text)) {
        Err(e) => Some(e.to_string()),
        Ok(value) => files::lacks(&value),
    }
}

/// Writes the text to a new file that is the user's alone, as objects may be secret; gives its path (`os.CreateTemp`).
fn temporary(cx: &Cx, text: &str, extension: &str) -> Result<String, Error> {
    let folder = cx.io.env("TMPDIR").filter(|d| !d.is_empty());
    let folder = folder.unwrap_or_else(|| "/tmp".to_owned());
    let folder = folder.trim_end_matches('/');
    let mut tries = 0;
    loop {
        let file = format!("{folder}/kubectl-edit-{}.{extension}", cx.io.random());
        match cx.io.write_private(&file, text.as_bytes()) {
            Ok(()) => return Ok(file),
            Err(FileError::Exists) if tries < MOST_NAMES => tries += 1,
            Err(e) => return Err(Error::msg(format!("open {file}: {e}"))),
        }
    }
}

/// A path as a word of a shell's command line.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    match path.chars().all(plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

/// Opens the user's editor on a file with the text; gives what was saved, and the file.
async fn launch(cx: &Cx, text: &str, extension: &str) -> Result<(String, String), Error> {
    let text = if cx.flags.bool("windows-line-endings") {
        text.replace('\n', "\r\n")
    } else {
        text.to_owned()
    };
    let file = temporary(cx, &text, extension)?;
    let named = ["KUBE_EDITOR", "EDITOR"]
        .iter()
        .find_map(|n| cx.io.env(n).filter(|v| !v.is_empty()));
    let editor = named.unwrap_or_else(|| "vi".to_owned());
    let line = format!("{editor} {}", quoted(&file));
    match cx.io.run_command(&line).await {
        Ok(0) => {}
        Ok(127) => {
            return Err(Error::msg(format!(
                "unable to launch the editor \"{editor}\""
            )));
        }
        Ok(_) => {
            return Err(Error::msg(format!(
                "there was a problem with the editor \"{editor}\""
            )));
        }
        Err(e) => {
            return Err(Error::msg(format!(
                "unable to launch the editor \"{editor}\": {e}"
            )));
        }
    }
    let saved = cx
        .io
        .read(&file)
        .map_err(|e| Error::msg(format!("open {file}: {e}")))?;
    Ok((String::from_utf8_lossy(&saved).replace("\r\n", "\n"), file))
}

/// The objects of the edited text, lists flattened.
async fn read(cx: &Cx, text: &str) -> Result<Vec<Info>, Error> {
    let (docs, error) = yaml::parse_all(text);
    if let Some(e) = error {
        return Err(Error::msg(format!("error parsing edited-file: {e}")));
    }
    let mut out = Vec::new();
    for doc in docs {
        let info = files::info_for(cx, doc.value, "edited-file", false).await?;
        if !is_list(&info.object) {
            out.push(info);
            continue;
        }
        for part in flatten(cx, &info, false).await {
            out.push(part?);
        }
    }
    Ok(out)
}

/// What an annotation with a configuration that was applied stands for, to be edited.
pub async fn configured(cx: &Cx, text: &str) -> Result<Option<Info>, Error> {
    Ok(read(cx, text).await?.into_iter().next())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn comments_do_not_count_as_changes() {
        for (a, b, same) in [
            ("a: 1\n", "# x\na: 1\n", true),
            ("a: 1\n", "a: 2\n", false),
            ("a: {\n", "# x\na: {\n", true),
        ] {
            assert_eq!(strip_comments(a) == strip_comments(b), same, "{a} {b}");
        }
        assert!(is_blank("\n # only\n#!\n"));
        let kept = "#!/bin/sh\na: 1\n  #! b";
        let text = format!("# x\n{kept}").replace("a: 1\n", "a: 1\n  # y\n");
        assert_eq!(without_comments(&text), kept);
    }

    #[test]
    fn paths_are_words_of_the_shell() {
        assert_eq!(
            quoted("/tmp/kubectl-edit-1.yaml"),
            "/tmp/kubectl-edit-1.yaml"
        );
        assert_eq!(quoted("/my tmp/it's"), r"'/my tmp/it'\''s'");
    }

    #[test]
    fn what_cannot_be_read_is_shown_again() {
        for (text, why) in [
            ("apiVersion: v1\nkind: Pod\n", None),
            ("kind: Pod\n", Some("apiVersion not set")),
            ("", Some("invalid object to validate")),
            (
                "{\"kind\": \"Pod\", x}\n",
                Some("invalid character 'x' looking for beginning of object key string"),
            ),
            ("{\"kind\": \"Pod\"}", Some("apiVersion not set")),
            (
                "a:\n  b: {\n",
                Some("yaml: line 2: did not find expected node content"),
            ),
        ] {
            assert_eq!(unreadable(text).as_deref(), why, "{text}");
        }
        let reasons = [Reason {
            head: "pods \"x\" was not valid".to_owned(),
            other: vec!["spec.image: bad\nworse".to_owned()],
        }];
        let text = header(Mode::Patch, false, &reasons);
        assert!(text.ends_with("# pods \"x\" was not valid:\n# * spec.image: bad\n# worse\n#\n"));
    }
}
