//! What could stand at the cursor: commands, files, and whatever kubectl knows.

use super::tab::Tab;
use super::workstation::Workstation;
use crate::collections::SortedSet;
use crate::kubectl::{Io, LocalFuture, Transport};
use crate::shell::io;
use crate::shell::system::{FileSystem, Spawn};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// One way to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The whole word.
    pub word: String,
    /// What it is.
    pub about: String,
}

/// Ways to complete the text between two byte offsets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// Where the word begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The ways.
    pub items: Vec<Candidate>,
}

type Answer = LocalFuture<'static, Vec<crate::kubectl::Completion>>;

/// A question whose answer may need the API server.
pub struct Question {
    /// Whose tab.
    pub tab: u32,
    /// The asker's number.
    pub id: u32,
    from: usize,
    to: usize,
    ready: Vec<Candidate>,
    answer: Option<Answer>,
}

/// The words of the last command before the cursor, the last one being completed, and where that begins.
fn words(line: &str) -> (Vec<String>, usize) {
    let (mut words, mut word, mut start) = (Vec::new(), String::new(), 0);
    let mut quote = None;
    for (i, c) in line.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | ';' | '&' | '(') => {
                words.clear();
                word.clear();
                start = i + 1;
            }
            (None, ' ' | '\t') => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                start = i + 1;
            }
            (None, c) => word.push(c),
        }
    }
    words.push(word);
    (words, start)
}

impl Question {
    /// Begins to answer.
    pub fn new(
        tab: u32,
        id: u32,
        line: &str,
        cursor: usize,
        of: &Tab,
        workstation: &Workstation,
    ) -> Self {
        let cursor = (0..=cursor.min(line.len()))
            .rev()
            .find(|i| line.is_char_boundary(*i))
            .unwrap_or(0);
        let (mut words, from) = words(&line[..cursor]);
        let mut question = Self {
            tab,
            id,
            from,
            to: cursor,
            ready: Vec::new(),
            answer: None,
        };
        let last = words.last().cloned().unwrap_or_default();
        if words.len() > 1
            && let Some(alias) = of.shell().alias(&words[0])
        {
            let expanded: Vec<String> = alias.split_whitespace().map(str::to_owned).collect();
            words.splice(0..1, expanded);
        }
        let wants_file = words.len() > 2
            && matches!(words[words.len() - 2].as_str(), "-f" | "--filename" | "-k");
        if words.len() == 1 {
            question.ready = commands(of, &last);
        } else if words[0] == "kubectl" && !wants_file {
            question.answer = Some(kubectl(words[1..].to_vec(), of, workstation));
        } else {
            question.ready = files(of, workstation, &last);
        }
        question
    }

    /// The answer, once it is complete.
    pub fn poll(&mut self) -> Option<Candidates> {
        if let Some(answer) = &mut self.answer {
            let mut cx = Context::from_waker(Waker::noop());
            let Poll::Ready(found) = answer.as_mut().poll(&mut cx) else {
                return None;
            };
            self.ready = found
                .into_iter()
                .map(|c| Candidate {
                    word: c.word,
                    about: c.about,
                })
                .collect();
            self.answer = None;
        }
        Some(Candidates {
            from: self.from,
            to: self.to,
            items: std::mem::take(&mut self.ready),
        })
    }
}

fn commands(of: &Tab, prefix: &str) -> Vec<Candidate> {
    let mut names: SortedSet<String> = of.shell().command_names().into_iter().collect();
    names.extend(crate::shell::programs::names().map(str::to_owned));
    names.extend(["kubectl".into(), "kubarium".into()]);
    names
        .into_iter()
        .filter(|n| n.starts_with(prefix))
        .map(|word| Candidate {
            word,
            about: String::new(),
        })
        .collect()
}

fn files(of: &Tab, workstation: &Workstation, prefix: &str) -> Vec<Candidate> {
    let (dir, name) = prefix
        .rsplit_once('/')
        .map_or(("", prefix), |(d, n)| (d, n));
    let shown = if prefix.contains('/') {
        format!("{dir}/")
    } else {
        String::new()
    };
    let place = match dir {
        "" if prefix.starts_with('/') => "/".to_owned(),
        "" => of.shell().cwd().to_owned(),
        d => io::absolute(
            of.shell().cwd(),
            &d.replacen('~', super::HOME, usize::from(d.starts_with('~'))),
        ),
    };
    let machine = workstation.machine.borrow();
    let names = machine.fs.list(&place).unwrap_or_default();
    let fits = |n: &String| n.starts_with(name) && (name.starts_with('.') || !n.starts_with('.'));
    names
        .into_iter()
        .filter(fits)
        .map(|n| {
            let is_dir = machine
                .fs
                .stat(&format!("{place}/{n}"), true)
                .is_ok_and(|m| m.is_dir());
            Candidate {
                word: format!("{shown}{n}{}", if is_dir { "/" } else { "" }),
                about: String::new(),
            }
        })
        .collect()
}

fn kubectl(words: Vec<String>, of: &Tab, workstation: &Workstation) -> Answer {
    let spawn = Spawn {
        pid: 0,
        argv: Vec::new(),
        env: of.shell().environment(),
        cwd: of.shell().cwd().to_owned(),
        stdin: 0,
        stdout: 0,
        stderr: 0,
    };
    let io: Rc<dyn Io> = Rc::new(super::kubectl_io::ProcessIo::new(
        workstation.machine.clone(),
        spawn,
    ));
    let transport: Rc<dyn Transport> = Rc::new(workstation.wire.clone());
    Box::pin(async move { crate::kubectl::complete(&words, io, transport).await })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_commands_words_are_found() {
        for (line, want, from) in [
            ("kubectl get po", vec!["kubectl", "get", "po"], 12),
            ("echo x | kubectl ", vec!["kubectl", ""], 17),
            ("ls 'a b", vec!["ls", "a b"], 3),
            ("", vec![""], 0),
        ] {
            let (got, at) = words(line);
            assert_eq!(
                (got, at),
                (want.into_iter().map(str::to_owned).collect(), from),
                "{line}"
            );
        }
    }
}
