//! Word expansion. It runs in one go; where it needs a command's output that is not there yet it gives up, the
//! command is run, and the expansion starts again with that output at hand. What it had assigned is undone.

mod param;
mod split;

use std::sync::Arc;

use super::arith;
use super::ast::*;
use super::pattern;
use super::process::Cx;
use super::state::State;
use super::vars::Var;

use split::Chunk;
pub use split::read_fields;

/// Bytes that one word may expand to.
const MAX_TEXT: usize = 16 << 20;

/// The output of a command that an expansion asked for.
#[derive(Clone, Debug)]
pub struct Captured {
    pub text: String,
    pub status: i32,
}

/// Why an expansion has no result.
#[derive(Clone, Debug)]
pub enum Stop {
    /// Run this command first. `file`: leave its output in a file and give the path.
    Need { block: Arc<Block>, file: bool },
    /// Give up with this message; a script (not an interactive shell) ends.
    Fail(String),
}

pub type Expand<T> = Result<T, Stop>;

/// One attempt at expanding.
pub struct Expander<'a, 'c> {
    pub state: &'a mut State,
    pub cx: &'a mut Cx<'c>,
    memo: &'a [Captured],
    next: usize,
    undo: Vec<(String, Option<Var>)>,
}

impl<'a, 'c> Expander<'a, 'c> {
    pub fn new(state: &'a mut State, cx: &'a mut Cx<'c>, memo: &'a [Captured]) -> Expander<'a, 'c> {
        Expander {
            state,
            cx,
            memo,
            next: 0,
            undo: Vec::new(),
        }
    }

    /// Undoes assignments if the attempt did not succeed.
    pub fn finish<T>(mut self, result: Expand<T>) -> Expand<T> {
        if matches!(result, Err(Stop::Need { .. })) {
            while let Some((name, var)) = self.undo.pop() {
                self.state.vars.replace(&name, var);
            }
        }
        result
    }

    /// Notes a variable's value before an expansion changes it.
    fn remember(&mut self, name: &str) {
        self.undo
            .push((name.to_string(), self.state.vars.get(name).cloned()));
    }

    /// Variables changed so far, with their values before.
    pub fn changes(&self) -> &[(String, Option<Var>)] {
        &self.undo
    }

    /// `remember`, for assignments made from outside.
    pub fn note(&mut self, name: &str) {
        self.remember(name);
    }

    /// An element's text, empty if there is none.
    pub fn old_element(&mut self, name: &str, key: &str) -> String {
        self.element(name, key).unwrap_or_default()
    }

    fn captured(&mut self, block: &Arc<Block>, file: bool) -> Expand<String> {
        let Some(done) = self.memo.get(self.next) else {
            return Err(Stop::Need {
                block: block.clone(),
                file,
            });
        };
        self.next += 1;
        Ok(done.text.clone())
    }

    /// Fields of a command line: split and globbed.
    pub fn fields(&mut self, words: &[Word]) -> Expand<Vec<String>> {
        let mut out = Vec::new();
        for word in words {
            if word.assign {
                out.push(self.assignment_text(word)?);
                continue;
            }
            let mut chunks = Vec::new();
            self.word_chunks(word, &mut chunks)?;
            let ifs = self.ifs();
            for field in split::fields(chunks, &ifs) {
                self.glob(field, &mut out);
            }
        }
        Ok(out)
    }

    fn glob(&mut self, field: split::Field, out: &mut Vec<String>) {
        if !field.globs || self.state.options.noglob {
            out.push(field.text);
            return;
        }
        let names = pattern::glob(self.cx.sys, &self.cx.proc.cwd, &field.pattern);
        if !names.is_empty() {
            out.extend(names);
        } else if !self.state.options.nullglob {
            out.push(field.text);
        }
    }

    fn ifs(&self) -> String {
        match self.state.vars.get("IFS") {
            Some(var) => var.text().unwrap_or_default().to_string(),
            None => " \t\n".to_string(),
        }
    }

    /// The word as one text, neither split nor globbed.
    pub fn text(&mut self, word: &Word) -> Expand<String> {
        let mut chunks = Vec::new();
        self.word_chunks(word, &mut chunks)?;
        self.bounded(split::joined(chunks))
    }

    fn bounded(&self, text: String) -> Expand<String> {
        if text.len() > MAX_TEXT {
            return Err(Stop::Fail("expansion: result is too long".to_string()));
        }
        Ok(text)
    }

    /// The right side of an assignment: a tilde counts after `=` and `:` too.
    pub fn assignment_text(&mut self, word: &Word) -> Expand<String> {
        let mut word = word.clone();
        let home = self.state.vars.text("HOME").unwrap_or("/").to_string();
        let mut after_separator = true;
        for part in &mut word.parts {
            if let Part::Literal(text) = part {
                let mut out = String::new();
                for piece in text.split_inclusive(':') {
                    let tilde =
                        after_separator && (piece.starts_with("~/") || matches!(piece, "~" | "~:"));
                    out.push_str(if tilde { &home } else { "" });
                    out.push_str(if tilde { &piece[1..] } else { piece });
                    after_separator = piece.ends_with(':');
                }
                *text = out;
            } else {
                after_separator =
                    matches!(part, Part::Quoted(t) if word.assign && t.ends_with('='));
            }
        }
        let mut chunks = Vec::new();
        self.parts(&word.parts, false, &mut chunks)?;
        self.bounded(split::joined(chunks))
    }

    /// The word as a pattern: quoted characters are escaped.
    pub fn pattern(&mut self, word: &Word) -> Expand<String> {
        let mut chunks = Vec::new();
        self.word_chunks(word, &mut chunks)?;
        Ok(split::mapped(chunks, pattern::escape))
    }

    /// The word as a regular expression: quoted characters are escaped.
    pub fn regex(&mut self, word: &Word) -> Expand<String> {
        let mut chunks = Vec::new();
        self.word_chunks(word, &mut chunks)?;
        Ok(split::mapped(chunks, super::regex::escape))
    }

    /// An arithmetic expression's value.
    pub fn arith(&mut self, word: &Word) -> Expand<i64> {
        let text = self.text(word)?;
        self.arith_text(&text)
    }

    pub fn arith_text(&mut self, text: &str) -> Expand<i64> {
        arith::eval(text, self).map_err(Stop::Fail)
    }

    fn word_chunks(&mut self, word: &Word, out: &mut Vec<Chunk>) -> Expand<()> {
        if let Some(Part::Literal(first)) = word.parts.first()
            && first.starts_with('~')
        {
            let end = first.find('/').unwrap_or(first.len());
            let whole = end < first.len() || word.parts.len() == 1;
            if whole && let Some(home) = self.home(&first[1..end]) {
                out.push(Chunk::Quoted(home));
                out.push(Chunk::Literal(first[end..].to_string()));
                return self.parts(&word.parts[1..], false, out);
            }
        }
        self.parts(&word.parts, false, out)
    }

    fn home(&self, user: &str) -> Option<String> {
        match user {
            "" => Some(self.state.vars.text("HOME").unwrap_or("/").to_string()),
            "+" => Some(self.cx.proc.cwd.clone()),
            "-" => self.state.vars.text("OLDPWD").map(String::from),
            "root" => Some("/root".to_string()),
            _ => None,
        }
    }

    fn parts(&mut self, parts: &[Part], double: bool, out: &mut Vec<Chunk>) -> Expand<()> {
        for part in parts {
            match part {
                Part::Literal(text) if double => out.push(Chunk::Quoted(text.clone())),
                Part::Literal(text) => out.push(Chunk::Literal(text.clone())),
                Part::Quoted(text) => out.push(Chunk::Quoted(text.clone())),
                Part::Double(inner) => {
                    let before = out.len();
                    self.parts(inner, true, out)?;
                    let only_list = !inner.is_empty() && inner.iter().all(is_list);
                    if out.len() == before && !only_list {
                        out.push(Chunk::Quoted(String::new()));
                    }
                }
                Part::Param(param) => self.param(param, double, out)?,
                Part::Command(block) => {
                    let text = self.captured(block, false)?;
                    out.push(Chunk::expanded(text, double));
                }
                Part::Process(block) => {
                    let path = self.captured(block, true)?;
                    out.push(Chunk::Quoted(path));
                }
                Part::Arith(word) => {
                    let value = self.arith(word)?.to_string();
                    out.push(Chunk::expanded(value, double));
                }
            }
        }
        Ok(())
    }
}

/// Whether a part may expand to no field at all even within double quotes.
fn is_list(part: &Part) -> bool {
    match part {
        Part::Param(p) => {
            (p.name == "@" && p.index.is_none()) || matches!(p.index, Some(Index::At))
        }
        _ => false,
    }
}

impl arith::Variables for Expander<'_, '_> {
    fn get(&mut self, name: &str, index: Option<&str>) -> Result<String, String> {
        let value = match index {
            None => self.special_or_var(name),
            Some(index) if self.state.vars.is_assoc(name) => self.element(name, index),
            Some(index) => {
                let at = arith::eval(index, self)?;
                self.element(name, &at.to_string())
            }
        };
        match value {
            None if self.state.options.nounset => Err(format!("{name}: unbound variable")),
            value => Ok(value.unwrap_or_default()),
        }
    }

    fn set(&mut self, name: &str, index: Option<&str>, value: i64) -> Result<(), String> {
        self.remember(name);
        match index {
            None => self.state.vars.set(name, value.to_string()),
            Some(key) if self.state.vars.is_assoc(name) => {
                self.state.vars.set_key(name, key, value.to_string())
            }
            Some(index) => {
                let at = arith::eval(index, self)?;
                self.state.vars.set_index(name, at, value.to_string())
            }
        }
    }
}
