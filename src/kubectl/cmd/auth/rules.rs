//! `kubectl auth can-i --list`

use super::review;
use crate::apimachinery::Value;
use crate::collections::Arrange;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Outcome;
use crate::kubectl::printers::table::Columns;
use crate::tree;

/// One line: what it is about, and the verbs that are allowed on it.
#[derive(Clone, PartialEq)]
struct Rule {
    group: Option<String>,
    resource: String,
    name: String,
    path: String,
    verbs: Vec<String>,
}

/// Lists what the user may do in a namespace, rules of the same subject gathered.
pub async fn list(cx: &Cx, namespace: &str) -> Outcome {
    let spec = tree!({"namespace": namespace});
    let answer = review(
        cx,
        "SelfSubjectRulesReview",
        "selfsubjectrulesreviews",
        spec,
    )
    .await?;
    let status = answer.get("status");
    if status.get("incomplete").as_bool() == Some(true) {
        cx.warn(format!(
            "Warning: the list may be incomplete: {}",
            status.get("evaluationError").str()
        ));
    }
    let mut rules = compact(status);
    rules.arrange_by_key(Rule::sort_key);
    let mut columns = Columns::default();
    if !cx.flags.bool("no-headers") {
        columns.line(
            ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for rule in rules {
        let resource = match rule.group.as_deref() {
            None | Some("") => rule.resource.clone(),
            Some(group) => format!("{}.{group}", rule.resource),
        };
        columns.line(vec![
            resource,
            format!("[{}]", rule.path),
            format!("[{}]", rule.name),
            format!("[{}]", rule.verbs.join(" ")),
        ]);
    }
    cx.out(columns.flush());
    Ok(())
}

impl Rule {
    /// The text that upstream sorts by: the struct as Go prints it.
    fn sort_key(&self) -> String {
        format!(
            "Verbs:[{}],APIGroups:[{}],Resources:[{}],ResourceNames:[{}],NonResourceURLs:[{}]",
            self.verbs.join(" "),
            self.group.as_deref().unwrap_or_default(),
            self.resource,
            self.name,
            self.path
        )
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.items().iter().map(|v| v.str().to_owned()).collect()
}

/// Breaks rules down to one resource and one name each and gathers the verbs of the same ones; paths stay one verb a line.
fn compact(status: &Value) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for rule in status.get("resourceRules").items() {
        let mut names = strings(rule.get("resourceNames"));
        if names.is_empty() {
            names.push(String::new());
        }
        for group in strings(rule.get("apiGroups")) {
            for resource in strings(rule.get("resources")) {
                for name in &names {
                    let verbs = strings(rule.get("verbs"));
                    let same = rules.iter_mut().find(|r| {
                        r.group.as_deref() == Some(&group)
                            && r.resource == resource
                            && r.name == *name
                    });
                    match same {
                        Some(r) => r.verbs.extend(verbs),
                        None => rules.push(Rule {
                            group: Some(group.clone()),
                            resource: resource.clone(),
                            name: name.clone(),
                            path: String::new(),
                            verbs,
                        }),
                    }
                }
            }
        }
    }
    for rule in status.get("nonResourceRules").items() {
        for path in strings(rule.get("nonResourceURLs")) {
            for verb in strings(rule.get("verbs")) {
                rules.push(Rule {
                    group: None,
                    resource: String::new(),
                    name: String::new(),
                    path: path.clone(),
                    verbs: vec![verb],
                });
            }
        }
    }
    rules
}
