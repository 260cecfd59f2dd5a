//! `kubectl edit` (models `k8s.io/kubectl/pkg/cmd/util/editor`)

use super::common::{RECORD, SAVE_CONFIG, VALIDATE, record, update_last_applied, validation};
use super::{FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::patch::{create_two_way_json_merge_patch, create_two_way_merge_patch};
use crate::apimachinery::schema::kind_type;
use crate::apimachinery::yaml;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer, visible};
use crate::kubectl::resource::{Builder, Helper, Info, check_subresource, is_list};
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
    SELECTOR,
    Flag::string("subresource", "Edit this subresource."),
    VALIDATE,
    Flag::bool("windows-line-endings", "End lines as Windows does."),
];

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

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
}

async fn run(cx: &Cx) -> Outcome {
    let directive = validation(cx)?;
    Printer::among(cx, &["json", "yaml"])?;
    check_subresource(cx)?;
    let infos = Builder::new(cx)?
        .args(&cx.args, true)
        .latest()
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .subresource(cx.flags.str("subresource"))
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?
        .all()?;
    if infos.is_empty() {
        return Err(Error::msg("edit cancelled, no objects found"));
    }
    let json = cx.flags.str("output") == "json";
    let original = document(&infos, json);
    let mut reasons: Vec<Reason> = Vec::new();
    let mut edited: Option<(String, String)> = None;
    loop {
        let shown = match &edited {
            Some((text, _)) => strip_comments(text),
            None => original.clone(),
        };
        let text = format!("{}{shown}", header(json, &reasons));
        let (after, file) = match launch(cx, &text, if json { "json" } else { "yaml" }).await {
            Ok(done) => done,
            Err(e) => return Err(preserved(cx, e, edited.as_ref().map(|(_, f)| f))),
        };
        if let Some((before, old)) = &edited {
            if same(before, &after) {
                return Err(preserved(
                    cx,
                    Error::msg("Edit cancelled, no valid changes were saved."),
                    Some(&file),
                ));
            }
            let _ = cx.io.remove(old);
        }
        if same(&original, &after) {
            let _ = cx.io.remove(&file);
            cx.warn("Edit cancelled, no changes made.");
            return Ok(());
        }
        if !after
            .lines()
            .any(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#'))
        {
            let _ = cx.io.remove(&file);
            cx.warn("Edit cancelled, saved file was empty.");
            return Ok(());
        }
        reasons.clear();
        match objects(&after) {
            Err(e) => reasons.push(Reason {
                head: format!("The edited file had a syntax error: {e}"),
                other: Vec::new(),
            }),
            Ok(updated) => {
                let results = match send_all(cx, &infos, updated, directive).await {
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

fn header(json: bool, reasons: &[Reason]) -> String {
    if json {
        return String::new();
    }
    let hashed = |s: &str| s.trim_end_matches('\n').replace('\n', "\n# ");
    let mut out = HEADER.to_owned();
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

fn strip_comments(text: &str) -> String {
    let kept = text.lines().filter(|l| !l.trim_start().starts_with('#'));
    kept.map(|l| format!("{l}\n")).collect()
}

/// Whether both texts say the same, comments aside.
fn same(a: &str, b: &str) -> bool {
    match (yaml::parse(a), yaml::parse(b)) {
        (Ok(x), Ok(y)) => x == y,
        _ => strip_comments(a) == strip_comments(b),
    }
}

/// Opens the user's editor on a file with the text; gives what was saved, and the file.
async fn launch(cx: &Cx, text: &str, extension: &str) -> Result<(String, String), Error> {
    let file = format!("/tmp/kubectl-edit-{}.{extension}", cx.io.random());
    let text = if cx.flags.bool("windows-line-endings") {
        text.replace('\n', "\r\n")
    } else {
        text.to_owned()
    };
    cx.io
        .write(&file, text.as_bytes())
        .map_err(|e| Error::msg(format!("open {file}: {e}")))?;
    let named = ["KUBE_EDITOR", "EDITOR"]
        .iter()
        .find_map(|n| cx.io.env(n).filter(|v| !v.is_empty()));
    let editor = named.unwrap_or_else(|| "vi".to_owned());
    match cx.io.run_command(&format!("{editor} {file}")).await {
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

/// The objects of the edited text; the error is the decoder's.
fn objects(text: &str) -> Result<Vec<Value>, String> {
    let (docs, error) = yaml::parse_all(text);
    if let Some(e) = error {
        return Err(format!("error parsing edited-file: {}", e.message));
    }
    let mut out = Vec::new();
    for doc in docs {
        if doc.value.kind().is_empty() {
            return Err(format!(
                "unable to decode \"edited-file\": Object 'Kind' is missing in '{}'",
                doc.value.to_json()
            ));
        }
        if is_list(&doc.value) {
            out.extend_from_slice(doc.value.get("items").items());
        } else {
            out.push(doc.value);
        }
    }
    Ok(out)
}

async fn send_all(
    cx: &Cx,
    infos: &[Info],
    updated: Vec<Value>,
    directive: &'static str,
) -> Result<Results, Error> {
    let mut results = Results::default();
    for mut object in updated {
        let Some(info) = infos.iter().find(|i| i.object.uid() == object.uid()) else {
            return Err(Error::msg(format!(
                "no original object found for {}",
                object.to_json()
            )));
        };
        if object.namespace() != info.object.namespace() {
            let (provided, wanted) = (object.namespace(), &info.namespace);
            return Err(Error::msg(format!(
                "the namespace from the provided object \"{provided}\" does not match the namespace \"{wanted}\". You must pass '--namespace={provided}' to perform this operation."
            )));
        }
        let original = visible(&info.object, false);
        update_last_applied(cx.flags.bool("save-config"), &mut object);
        if original == object {
            let mut printer = Printer::for_operation(cx, "skipped")?;
            cx.out(printer.print(&object)?);
            continue;
        }
        record(cx, &mut object);
        let unchanged = original.api_version() == object.api_version()
            && original.kind() == object.kind()
            && original.name() == object.name();
        if !unchanged {
            return Err(Error::msg(
                "At least one of apiVersion, kind and name was changed",
            ));
        }
        match send(cx, info, &original, &object, directive).await {
            Ok(patched) => {
                let mut printer = Printer::for_operation(cx, "edited")?;
                cx.out(printer.print(&patched)?);
            }
            Err(e) => cx.warn(results.add(&e, info)),
        }
    }
    Ok(results)
}

async fn send(
    cx: &Cx,
    info: &Info,
    original: &Value,
    object: &Value,
    directive: &'static str,
) -> Result<Value, Error> {
    let (content_type, patch) = match kind_type(object.api_version(), object.kind()) {
        Some(id) => {
            let patch = create_two_way_merge_patch(original, object, id)
                .map_err(|e| Error::msg(e.to_string()))?;
            ("application/strategic-merge-patch+json", patch)
        }
        None => (
            "application/merge-patch+json",
            create_two_way_json_merge_patch(original, object),
        ),
    };
    if cx.flags.bool("output-patch") {
        cx.line(format!("Patch: {}", patch.to_json()));
    }
    Helper::of(cx, info)
        .field_manager(cx.flags.str("field-manager"))
        .field_validation(directive)
        .subresource(cx.flags.str("subresource"))
        .patch(&info.name, content_type, Body::Tree(patch), None)
        .await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn comments_do_not_count_as_changes() {
        assert!(same("a: 1\n", "# x\na: 1\n"));
        assert!(!same("a: 1\n", "a: 2\n"));
        assert!(
            objects("a: {").unwrap_err().starts_with(
                "error parsing edited-file: error converting YAML to JSON: yaml: line 1"
            )
        );
        let reasons = [Reason {
            head: "pods \"x\" was not valid".to_owned(),
            other: vec!["spec.image: bad\nworse".to_owned()],
        }];
        let text = header(false, &reasons);
        assert!(text.ends_with("# pods \"x\" was not valid:\n# * spec.image: bad\n# worse\n#\n"));
    }
}
