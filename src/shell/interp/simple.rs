//! Simple commands: assignments, functions, builtins and programs.

use std::sync::Arc;

use super::super::ast::*;
use super::super::builtins::{self, End};
use super::super::escape;
use super::super::expand::{Captured, Expand, Expander};
use super::super::launch;
use super::super::process::{Body, Cx, MAX_TASKS};
use super::super::system::{Dialect, Errno};
use super::super::vars::{Value, Var};
use super::redirect::{self, Ready};
use super::{Flow, Frame, Interp, MAX_CALLS};

/// A simple command after expansion.
struct Expanded {
    argv: Vec<String>,
    redirects: Vec<Ready>,
    /// What assignments before a command's name replaced, for putting back.
    replaced: Vec<(String, Option<Var>)>,
    trace: Vec<String>,
}

impl Interp {
    pub(super) fn begin_simple(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        simple: &Simple,
        memo: Vec<Captured>,
    ) -> Result<(), Flow> {
        self.state.line = simple.line;
        let (expanded, memo) = self.expanded(cx, command, memo, 0, |e| expand_simple(e, simple))?;
        let words = simple
            .words
            .iter()
            .chain(simple.redirects.iter().map(|r| &r.target));
        self.unlink_later(&memo, words);
        if self.state.options.xtrace {
            let mut line: Vec<String> = expanded.trace.clone();
            line.extend(expanded.argv.iter().map(|a| trace_word(a)));
            if !line.is_empty() {
                let ps4 = self.state.vars.text("PS4").unwrap_or("+ ").to_string();
                cx.write(2, format!("{ps4}{}\n", line.join(" ")).as_bytes());
            }
        }
        let Some(name) = expanded.argv.first().cloned() else {
            return self.bare_assignment(cx, expanded, &memo);
        };
        if let Some(body) = self.state.functions.get(&name).cloned() {
            return self.call_function(cx, expanded, body);
        }
        if let Some(builtin) = builtins::find(&name, self.state.dialect) {
            return self.call_builtin(cx, expanded, builtin, command, simple);
        }
        self.run_program(cx, expanded)
    }

    /// Assignments and redirections without a command.
    fn bare_assignment(
        &mut self,
        cx: &mut Cx,
        expanded: Expanded,
        memo: &[Captured],
    ) -> Result<(), Flow> {
        self.state.status = memo.last().map_or(0, |m| m.status);
        match redirect::apply(&self.state, cx, expanded.redirects, true) {
            Ok(saved) => redirect::restore(cx, saved),
            Err((saved, message)) => {
                redirect::restore(cx, saved);
                self.error(cx, message);
                self.state.status = 1;
            }
        }
        Ok(())
    }

    /// A redirection of a command failed.
    fn redirect_failed(&mut self, cx: &mut Cx, message: String, special: bool) -> Result<(), Flow> {
        self.error(cx, message);
        self.state.status = if self.state.bash() { 1 } else { 2 };
        if special && !self.state.bash() && !self.state.interactive {
            return Err(self.begin_exit(cx, 2));
        }
        Ok(())
    }

    fn call_function(
        &mut self,
        cx: &mut Cx,
        mut expanded: Expanded,
        body: Arc<Command>,
    ) -> Result<(), Flow> {
        self.push_temp_vars(&mut expanded);
        match redirect::apply(&self.state, cx, expanded.redirects, true) {
            Ok(saved) if saved.is_empty() => {}
            Ok(saved) => self.frames.push(Frame::Restore(saved)),
            Err((saved, message)) => {
                redirect::restore(cx, saved);
                return self.redirect_failed(cx, message, false);
            }
        }
        let mut argv = expanded.argv;
        let name = argv.remove(0);
        if self.state.calls.len() >= MAX_CALLS {
            self.error(
                cx,
                format!("{name}: maximum function nesting level exceeded ({MAX_CALLS})"),
            );
            return Err(self.abort(cx, 1));
        }
        let positional = std::mem::replace(&mut self.state.positional, argv);
        self.state.calls.push(name);
        self.state.vars.enter_scope();
        self.frames.push(Frame::Call {
            positional,
            line: self.state.line,
        });
        self.frames.push(Frame::Run(body));
        Ok(())
    }

    fn push_temp_vars(&mut self, expanded: &mut Expanded) {
        if expanded.replaced.is_empty() {
            return;
        }
        for (name, _) in &expanded.replaced {
            self.state.vars.entry(name).export = true;
        }
        self.frames
            .push(Frame::TempVars(std::mem::take(&mut expanded.replaced)));
    }

    fn call_builtin(
        &mut self,
        cx: &mut Cx,
        mut expanded: Expanded,
        builtin: builtins::Builtin,
        command: &Arc<Command>,
        simple: &Simple,
    ) -> Result<(), Flow> {
        let name = expanded.argv[0].clone();
        let exec = name == "exec";
        self.push_temp_vars(&mut expanded);
        match redirect::apply(&self.state, cx, expanded.redirects, true) {
            Ok(saved) if exec => redirect::forget(cx, saved),
            Ok(saved) if saved.is_empty() => {}
            Ok(saved) => self.frames.push(Frame::Restore(saved)),
            Err((saved, message)) => {
                redirect::restore(cx, saved);
                return self.redirect_failed(cx, message, builtins::is_special(&name));
            }
        }
        if simple.declares && !simple.assigns.is_empty() {
            self.frames.push(Frame::AssignAfter {
                command: command.clone(),
            });
        }
        match builtin(self, cx, &expanded.argv) {
            End::Status(status) => {
                self.state.status = status;
                Ok(())
            }
            End::Pushed => Ok(()),
            End::Flow(flow) => Err(flow),
            End::Break(n) => self.break_loop(cx, n, false),
            End::Continue(n) => self.break_loop(cx, n, true),
            End::Return(status) => self.return_from(cx, status),
            End::Exit(code) => Err(self.begin_exit(cx, code)),
            End::Run(argv) => {
                // `command name` and `builtin name`: no functions.
                let expanded = Expanded {
                    argv,
                    redirects: Vec::new(),
                    replaced: Vec::new(),
                    trace: Vec::new(),
                };
                let Some(name) = expanded.argv.first().cloned() else {
                    return Ok(());
                };
                match builtins::find(&name, self.state.dialect) {
                    Some(builtin) => {
                        self.call_builtin(cx, expanded, builtin, command, &Simple::default())
                    }
                    None => self.run_program(cx, expanded),
                }
            }
        }
    }

    /// Leaves `n` loops, or goes on with the `n`th one.
    fn break_loop(&mut self, cx: &mut Cx, n: usize, go_on: bool) -> Result<(), Flow> {
        self.state.status = 0;
        let mut left = n;
        let enclosing = self
            .frames
            .iter()
            .rev()
            .take_while(|f| !matches!(f, Frame::Call { .. }));
        let loops = enclosing
            .filter(|f| {
                matches!(
                    f,
                    Frame::While { .. } | Frame::For { .. } | Frame::ForArith { .. }
                )
            })
            .count();
        if loops == 0 {
            return Ok(());
        }
        left = left.min(loops);
        while let Some(frame) = self.frames.pop() {
            let is_loop = matches!(
                frame,
                Frame::While { .. } | Frame::For { .. } | Frame::ForArith { .. }
            );
            if !is_loop {
                self.clean_up(cx, frame);
                continue;
            }
            left -= 1;
            if left == 0 {
                if go_on {
                    self.frames.push(match frame {
                        // Not yet in the body means that the condition said `continue`.
                        Frame::While {
                            command, status, ..
                        } => Frame::While {
                            command,
                            in_body: true,
                            status,
                        },
                        other => other,
                    });
                }
                return Ok(());
            }
        }
        Ok(())
    }

    fn return_from(&mut self, cx: &mut Cx, status: i32) -> Result<(), Flow> {
        let inside = self
            .frames
            .iter()
            .any(|f| matches!(f, Frame::Call { .. } | Frame::Sourced { .. }));
        if !inside {
            if !self.state.bash() {
                return Err(self.begin_exit(cx, status));
            }
            self.error(
                cx,
                "return: can only `return' from a function or sourced script",
            );
            self.state.status = 2;
            return Ok(());
        }
        while let Some(frame) = self.frames.pop() {
            let end = matches!(frame, Frame::Call { .. } | Frame::Sourced { .. });
            self.clean_up(cx, frame);
            if end {
                break;
            }
        }
        self.state.status = status;
        Ok(())
    }

    fn run_program(&mut self, cx: &mut Cx, mut expanded: Expanded) -> Result<(), Flow> {
        let replaced = std::mem::take(&mut expanded.replaced);
        for (name, _) in &replaced {
            self.state.vars.entry(name).export = true;
        }
        let mut env = self.state.environment();
        let path = self.state.vars.text("PATH").unwrap_or_default().to_string();
        env.insert("_".to_string(), expanded.argv[0].clone());
        for (name, var) in replaced.into_iter().rev() {
            self.state.vars.replace(&name, var);
        }
        let env = Arc::new(env);
        // The last thing a subshell does happens in its own process.
        if self.forked
            && self.frames.is_empty()
            && self.state.traps.is_empty()
            && self.state.jobs.is_empty()
        {
            return self.become_program(cx, expanded, env, &path);
        }
        if cx.table.tasks.len() >= MAX_TASKS {
            self.error(cx, "fork: retry: Resource temporarily unavailable");
            return Err(self.abort(cx, 254));
        }
        let mut child = cx.proc.child(cx.sys, expanded.argv.clone());
        child.env = env;
        let body = match redirect::apply_to_child(&self.state, cx, &mut child, expanded.redirects) {
            Ok(()) => self.find_body(cx, &mut child, &expanded.argv[0], &path),
            Err(message) => {
                child.close_all(cx.sys);
                return self.redirect_failed(cx, message, false);
            }
        };
        let pid = cx.add_child(child, body);
        self.frames.push(Frame::WaitFor {
            pids: vec![pid],
            statuses: vec![None],
        });
        Ok(())
    }

    fn become_program(
        &mut self,
        cx: &mut Cx,
        expanded: Expanded,
        env: Arc<crate::collections::SortedMap<String, String>>,
        path: &str,
    ) -> Result<(), Flow> {
        match redirect::apply(&self.state, cx, expanded.redirects, false) {
            Ok(_) => {}
            Err((_, message)) => return self.redirect_failed(cx, message, false),
        }
        let name = expanded.argv[0].clone();
        match launch::find(cx.sys, &name, &cx.proc.cwd, path) {
            Ok(_) => {
                cx.proc.env = env;
                Err(Flow::Exec(expanded.argv))
            }
            Err(error) => {
                let (message, code) = self.not_found(cx, &name, error);
                cx.write(2, message.as_bytes());
                self.state.status = code;
                Ok(())
            }
        }
    }

    fn find_body(
        &mut self,
        cx: &mut Cx,
        child: &mut super::super::process::Proc,
        name: &str,
        path: &str,
    ) -> Body {
        match launch::find(cx.sys, name, &cx.proc.cwd, path) {
            Ok(found) => {
                let blamed = self.state.prefix();
                launch::launch_found(cx.sys, child, found, blamed.trim_end_matches(": "), 0)
            }
            Err(error) => {
                let (message, code) = self.not_found(cx, name, error);
                Body::Fail(message, code)
            }
        }
    }

    /// What the shell says of a command it cannot run, and its exit code.
    pub fn not_found(&mut self, cx: &mut Cx, name: &str, error: Errno) -> (String, i32) {
        let prefix = self.state.prefix();
        let code = if error == Errno::NotFound || error == Errno::NotDir {
            127
        } else {
            126
        };
        let is_dir = name.contains('/') && cx.stat(name, true).is_ok_and(|m| m.is_dir());
        let what = match (self.state.dialect, error) {
            (Dialect::Bash, Errno::NotFound) if !name.contains('/') => {
                "command not found".to_string()
            }
            (Dialect::Bash, _) if is_dir => "Is a directory".to_string(),
            (Dialect::Bash, error) => error.to_string(),
            (_, Errno::NotFound) => "not found".to_string(),
            (_, error) => error.to_string(),
        };
        (format!("{prefix}{name}: {what}\n"), code)
    }

    /// Sets the arrays of `declare a=(…)`.
    pub(super) fn assign_after(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        memo: Vec<Captured>,
    ) -> Result<(), Flow> {
        let Command::Simple(simple) = &**command else {
            return Ok(());
        };
        self.expanded(cx, command, memo, 1, |e| {
            simple
                .assigns
                .iter()
                .try_for_each(|assign| e.assign(assign))
        })?;
        Ok(())
    }
}

fn expand_simple(e: &mut Expander, simple: &Simple) -> Expand<Expanded> {
    let argv = e.fields(&simple.words)?;
    let redirects = redirect::prepare(e, &simple.redirects)?;
    let mut trace = Vec::new();
    if simple.declares {
        return Ok(Expanded {
            argv,
            redirects,
            replaced: Vec::new(),
            trace,
        });
    }
    let mark = e.mark();
    for assign in &simple.assigns {
        e.assign(assign)?;
        if e.state.options.xtrace {
            let text = e.state.vars.text(&assign.name).unwrap_or_default();
            trace.push(format!("{}={}", assign.name, trace_word(text)));
        }
    }
    let replaced = if argv.is_empty() {
        Vec::new()
    } else {
        e.since(mark)
    };
    Ok(Expanded {
        argv,
        redirects,
        replaced,
        trace,
    })
}

fn trace_word(text: &str) -> String {
    if text.is_empty() {
        "''".to_string()
    } else {
        escape::quote(text)
    }
}

impl Expander<'_, '_> {
    /// A place in the log of changes.
    fn mark(&self) -> usize {
        self.changes().len()
    }

    fn since(&self, mark: usize) -> Vec<(String, Option<Var>)> {
        self.changes().get(mark..).unwrap_or_default().to_vec()
    }

    /// Carries out an assignment.
    pub fn assign(&mut self, assign: &Assign) -> Expand<()> {
        use super::super::expand::Stop;
        let name = &assign.name;
        match &assign.value {
            AssignValue::Scalar(word) => {
                let text = self.assignment_text(word)?;
                let key = match &assign.index {
                    None => None,
                    Some(word) => {
                        let key = self.text(word)?;
                        let assoc = self.state.vars.is_assoc(name);
                        Some(if assoc {
                            key
                        } else {
                            self.arith_text(&key)?.to_string()
                        })
                    }
                };
                self.assign_text(name, key, text, assign.append)
            }
            AssignValue::Array(items) => {
                let mut values = Vec::new();
                for (index, word) in items {
                    match index {
                        Some(index) => {
                            values.push((Some(self.text(index)?), self.assignment_text(word)?))
                        }
                        None => values.extend(
                            self.fields(std::slice::from_ref(word))?
                                .into_iter()
                                .map(|t| (None, t)),
                        ),
                    }
                }
                self.note(name);
                if self.state.vars.get(name).is_some_and(|v| v.readonly) {
                    return Err(Stop::Fail(format!("{name}: readonly variable")));
                }
                self.assign_array(name, values, assign.append)
            }
        }
    }

    fn assign_text(
        &mut self,
        name: &str,
        key: Option<String>,
        text: String,
        append: bool,
    ) -> Expand<()> {
        use super::super::expand::Stop;
        self.note(name);
        let integer = self.state.vars.get(name).is_some_and(|v| v.integer);
        let old = match &key {
            _ if !append => String::new(),
            Some(key) => self.old_element(name, key),
            None => self.state.vars.text(name).unwrap_or_default().to_string(),
        };
        let text = match (integer, append) {
            (true, true) => (self.arith_text(&old)? + self.arith_text(&text)?).to_string(),
            (true, false) => self.arith_text(&text)?.to_string(),
            (false, _) => old + &text,
        };
        let set = match key {
            Some(key) if self.state.vars.is_assoc(name) => {
                self.state.vars.set_key(name, &key, text)
            }
            Some(key) => self
                .state
                .vars
                .set_index(name, key.parse().unwrap_or(0), text),
            None => self.state.vars.set(name, text),
        };
        if self.state.options.allexport {
            self.state.vars.entry(name).export = true;
        }
        if name == "OPTIND" {
            self.state.getopts = (1, 0);
        }
        set.map_err(Stop::Fail)
    }

    fn assign_array(
        &mut self,
        name: &str,
        values: Vec<(Option<String>, String)>,
        append: bool,
    ) -> Expand<()> {
        if self.state.vars.is_assoc(name) {
            let var = self.state.vars.entry(name);
            if let Value::Assoc(items) = &mut var.value {
                if !append {
                    items.clear();
                }
                let mut pending: Option<String> = None;
                for (key, text) in values {
                    match (key, pending.take()) {
                        (Some(key), _) => {
                            items.insert(key, text);
                        }
                        (None, None) => pending = Some(text),
                        (None, Some(key)) => {
                            items.insert(key, text);
                        }
                    }
                }
            }
            return Ok(());
        }
        let mut indexed = Vec::new();
        for (key, text) in values {
            let at = match key {
                Some(key) => Some(self.arith_text(&key)?),
                None => None,
            };
            indexed.push((at, text));
        }
        let var = self.state.vars.entry(name);
        if !append {
            var.value = Value::Array(Default::default());
        }
        let items = super::super::vars::array_of(var);
        let mut next = items.keys().next_back().map_or(0, |last| last + 1);
        for (at, text) in indexed {
            let at = at.unwrap_or(next);
            items.insert(at, text);
            next = at + 1;
        }
        Ok(())
    }
}
