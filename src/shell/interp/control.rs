//! Scripts, lists and compound commands.

use std::sync::Arc;

use super::super::ast::*;
use super::super::expand::{Captured, Expander, Stop};
use super::super::parser::Parser;
use super::super::pattern::Pattern;
use super::super::process::{Cx, MAX_TASKS};
use super::super::system::{Dialect, Micros};
use super::{Flow, Frame, Interp};

impl Interp {
    /// Reads and starts the next command of a text.
    pub(super) fn script_step(
        &mut self,
        cx: &mut Cx,
        text: Arc<str>,
        at: usize,
        line: u32,
    ) -> Flow {
        let rest = text.get(at..).unwrap_or_default();
        let aliases = self
            .state
            .options
            .expand_aliases
            .then_some(&self.state.aliases);
        let mut parser = Parser::new(rest, line, aliases, self.state.bash());
        match parser.next_block() {
            Ok(None) => Flow::Next,
            Ok(Some(block)) => {
                let (next, line) = (at + parser.consumed(), parser.line());
                if self.state.options.verbose {
                    let source = text
                        .get(at..next)
                        .unwrap_or_default()
                        .trim_matches('\n')
                        .to_string();
                    cx.write(2, format!("{source}\n").as_bytes());
                }
                // Nothing is left on the stack after the last command, so that it may replace the shell.
                if !text.get(next..).unwrap_or_default().trim().is_empty() {
                    self.frames.push(Frame::Script {
                        text,
                        at: next,
                        line,
                    });
                }
                if !self.state.options.noexec {
                    self.frames.push(Frame::Block {
                        block: Arc::new(block),
                        at: 0,
                    });
                }
                Flow::Next
            }
            Err(error) => {
                self.syntax_error(cx, &error, &text);
                self.abort(cx, 2)
            }
        }
    }

    /// Reads lines from standard input until they make a complete command.
    pub(super) fn stdin_step(
        &mut self,
        cx: &mut Cx,
        mut text: String,
        line: u32,
        mut ended: bool,
    ) -> Flow {
        use super::super::kernel::Read;
        use super::super::parser::ParseError;
        if !ended {
            match cx.read_until(0, 64 << 10, Some(b'\n')) {
                Ok(Read::Data(data)) => {
                    text.push_str(&String::from_utf8_lossy(&data));
                    self.state.prompted = self.state.prompted.map(|_| false);
                }
                Ok(Read::Block) => {
                    if self.state.prompted == Some(false) {
                        self.state.prompted = Some(true);
                        let prompt = self.prompt(cx, !text.is_empty());
                        cx.write(1, prompt.as_bytes());
                    }
                    self.frames.push(Frame::Stdin { text, line, ended });
                    return Flow::Wait;
                }
                Ok(Read::Eof) | Err(_) => ended = true,
            }
        }
        let aliases = self
            .state
            .options
            .expand_aliases
            .then_some(&self.state.aliases);
        let mut parser = Parser::new(&text, line, aliases, self.state.bash());
        let parsed = parser.next_block();
        let next_line = parser.line();
        match parsed {
            Ok(block) => {
                if !ended {
                    self.frames.push(Frame::Stdin {
                        text: String::new(),
                        line: next_line,
                        ended,
                    });
                } else if self.state.prompted.take().is_some() {
                    // The end of a terminal's input ends the shell.
                    self.state.interactive = false;
                }
                if let Some(block) = block {
                    self.frames.push(Frame::Block {
                        block: Arc::new(block),
                        at: 0,
                    });
                }
                Flow::Next
            }
            Err(ParseError::Incomplete { .. }) if !ended && text.ends_with('\n') => {
                self.frames.push(Frame::Stdin { text, line, ended });
                Flow::Next
            }
            Err(error) => {
                self.syntax_error(cx, &error, &text);
                self.abort(cx, 2)
            }
        }
    }

    /// What stands before the cursor: of the next command, or of one that needs more lines.
    fn prompt(&self, cx: &mut Cx, more: bool) -> String {
        if more {
            return "> ".to_owned();
        }
        let (user, uid, _) = cx.sys.user();
        let sign = if uid == 0 { "# " } else { "$ " };
        let cwd = match cx.proc.cwd.as_str() {
            home if cx.proc.env.get("HOME").is_some_and(|h| h == home) => "~",
            other => other,
        };
        match self.state.dialect {
            Dialect::Bash => [&user, "@", &cx.sys.hostname(), ":", cwd, sign].concat(),
            Dialect::Dash => sign.to_owned(),
            Dialect::Ash => [cwd, " ", sign].concat(),
        }
    }

    pub(super) fn block_step(&mut self, cx: &mut Cx, block: Arc<Block>, at: usize) -> Flow {
        let Some(statement) = block.statements.get(at) else {
            return Flow::Next;
        };
        let (command, background, text) = (
            statement.command.clone(),
            statement.background,
            statement.text.clone(),
        );
        if at + 1 < block.statements.len() {
            self.frames.push(Frame::Block { block, at: at + 1 });
        }
        if background {
            return self.start_job(cx, command, text);
        }
        self.frames.push(Frame::Run(command));
        Flow::Next
    }

    pub(super) fn run(&mut self, cx: &mut Cx, command: Arc<Command>) -> Flow {
        if self.checks_errors(&command) {
            self.frames.push(Frame::ErrCheck);
        }
        match &*command {
            Command::Simple(_)
            | Command::Redirected { .. }
            | Command::Case { .. }
            | Command::For { .. }
            | Command::ForArith { .. }
            | Command::Conditional { .. }
            | Command::Arith { .. } => {
                self.frames.push(Frame::Expand {
                    command,
                    memo: Vec::new(),
                    phase: 0,
                });
            }
            Command::Pipeline(pipeline) => return self.start_pipeline(cx, pipeline),
            Command::AndOr { first, .. } => {
                let first = first.clone();
                self.frames.push(Frame::AndOr { command, at: 0 });
                self.frames.push(Frame::Run(first));
            }
            Command::Group(block) => self.frames.push(Frame::Block {
                block: block.clone(),
                at: 0,
            }),
            Command::Subshell(block) => return self.start_subshell(cx, block.clone()),
            Command::If { branches, .. } => {
                let condition = branches.first().map(|(c, _)| c.clone());
                self.frames.push(Frame::If { command, at: 0 });
                self.frames
                    .extend(condition.map(|block| Frame::Block { block, at: 0 }));
            }
            Command::While { condition, .. } => {
                let block = condition.clone();
                self.frames.push(Frame::While {
                    command,
                    in_body: false,
                    status: 0,
                });
                self.frames.push(Frame::Block { block, at: 0 });
            }
            Command::Function { name, body } => {
                self.state.functions.insert(name.clone(), body.clone());
                self.state.status = 0;
            }
        }
        Flow::Next
    }

    /// Whether `set -e` looks at this command's status. The last command of a process gives its status anyway.
    fn checks_errors(&self, command: &Command) -> bool {
        let wanted = self.state.options.errexit || self.state.traps.contains_key(&super::TRAP_ERR);
        let kind = match command {
            Command::Simple(_)
            | Command::Subshell(_)
            | Command::Conditional { .. }
            | Command::Arith { .. } => true,
            Command::Pipeline(p) => !p.negated,
            _ => false,
        };
        wanted && kind && !self.frames.is_empty()
            || (self.state.traps.contains_key(&super::TRAP_ERR) && kind)
    }

    pub(super) fn and_or_step(&mut self, command: Arc<Command>, mut at: usize) -> Flow {
        let Command::AndOr { rest, .. } = &*command else {
            return Flow::Next;
        };
        while let Some((connector, next)) = rest.get(at) {
            let wanted = (*connector == Connector::And) == (self.state.status == 0);
            at += 1;
            if wanted {
                let next = next.clone();
                if at < rest.len() {
                    self.frames.push(Frame::AndOr { command, at });
                }
                self.frames.push(Frame::Run(next));
                return Flow::Next;
            }
        }
        Flow::Next
    }

    pub(super) fn if_step(&mut self, command: Arc<Command>, at: usize) -> Flow {
        let Command::If {
            branches,
            otherwise,
        } = &*command
        else {
            return Flow::Next;
        };
        if self.state.status == 0 {
            let body = branches.get(at).map(|(_, body)| body.clone());
            self.frames
                .extend(body.map(|block| Frame::Block { block, at: 0 }));
        } else if let Some((condition, _)) = branches.get(at + 1) {
            let block = condition.clone();
            self.frames.push(Frame::If {
                command,
                at: at + 1,
            });
            self.frames.push(Frame::Block { block, at: 0 });
        } else {
            self.state.status = 0;
            self.frames
                .extend(otherwise.clone().map(|block| Frame::Block { block, at: 0 }));
        }
        Flow::Next
    }

    pub(super) fn while_step(&mut self, command: Arc<Command>, in_body: bool, status: i32) -> Flow {
        let Command::While {
            until,
            condition,
            body,
        } = &*command
        else {
            return Flow::Next;
        };
        if in_body {
            let status = self.state.status;
            let block = condition.clone();
            self.frames.push(Frame::While {
                command,
                in_body: false,
                status,
            });
            self.frames.push(Frame::Block { block, at: 0 });
        } else if (self.state.status == 0) != *until {
            let block = body.clone();
            self.frames.push(Frame::While {
                command,
                in_body: true,
                status,
            });
            self.frames.push(Frame::Block { block, at: 0 });
        } else {
            self.state.status = status;
        }
        Flow::Next
    }

    pub(super) fn for_step(
        &mut self,
        cx: &mut Cx,
        command: Arc<Command>,
        items: Arc<Vec<String>>,
        at: usize,
    ) -> Flow {
        let Command::For { name, body, .. } = &*command else {
            return Flow::Next;
        };
        let Some(item) = items.get(at) else {
            if at == 0 {
                self.state.status = 0;
            }
            return Flow::Next;
        };
        if let Err(message) = self.state.vars.set(name, item.clone()) {
            self.error(cx, message);
            return self.abort(cx, 1);
        }
        let block = body.clone();
        self.frames.push(Frame::For {
            command,
            items,
            at: at + 1,
        });
        self.frames.push(Frame::Block { block, at: 0 });
        Flow::Next
    }

    /// Expands what a command needs, then begins it.
    pub(super) fn expand_step(
        &mut self,
        cx: &mut Cx,
        command: Arc<Command>,
        memo: Vec<Captured>,
        phase: usize,
    ) -> Flow {
        let begun = match &*command {
            Command::Simple(_) if phase == 1 => self.assign_after(cx, &command, memo),
            Command::Simple(simple) => self.begin_simple(cx, &command, simple, memo),
            Command::Redirected { .. } => self.begin_redirected(cx, &command, memo),
            Command::For { .. } => self.begin_for(cx, &command, memo),
            Command::ForArith { .. } => self.for_arith(cx, &command, memo, phase),
            Command::Case { .. } => self.begin_case(cx, &command, memo, phase),
            Command::Conditional { test, line } => {
                self.state.line = *line;
                self.conditional(cx, &command, test, memo)
            }
            Command::Arith { text, line } => {
                self.state.line = *line;
                self.expanded(cx, &command, memo, 0, |e| match e.arith(text) {
                    // A bad expression in (( )) is a failure, not the script's end.
                    Err(Stop::Fail(message)) => Ok(Err(message)),
                    other => other.map(Ok),
                })
                .map(|(value, _)| match value {
                    Ok(value) => self.state.status = i32::from(value == 0),
                    Err(message) => {
                        self.error(cx, format!("((: {message}"));
                        self.state.status = 1;
                    }
                })
            }
            _ => Ok(()),
        };
        begun.err().unwrap_or(Flow::Next)
    }

    fn begin_for(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        memo: Vec<Captured>,
    ) -> Result<(), Flow> {
        let Command::For { words, line, .. } = &**command else {
            return Ok(());
        };
        self.state.line = *line;
        let items = match words {
            Some(words) => {
                let (items, memo) = self.expanded(cx, command, memo, 0, |e| e.fields(words))?;
                self.unlink_later(&memo, words);
                items
            }
            None => self.state.positional.clone(),
        };
        self.frames.push(Frame::For {
            command: command.clone(),
            items: Arc::new(items),
            at: 0,
        });
        Ok(())
    }

    /// Phase 0 evaluates the start, 1 the condition, 2 the step.
    fn for_arith(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        memo: Vec<Captured>,
        phase: usize,
    ) -> Result<(), Flow> {
        let Command::ForArith {
            init,
            condition,
            next,
            body,
        } = &**command
        else {
            return Ok(());
        };
        let word = [init, condition, next][phase.min(2)];
        let (value, _) = self.expanded(cx, command, memo, phase, |e| {
            let text = e.text(word)?;
            if text.trim().is_empty() {
                Ok(1)
            } else {
                e.arith_text(&text)
            }
        })?;
        if phase != 1 {
            self.frames.push(Frame::Expand {
                command: command.clone(),
                memo: Vec::new(),
                phase: 1,
            });
        } else if value != 0 {
            self.frames.push(Frame::ForArith {
                command: command.clone(),
                status: 0,
            });
            self.frames.push(Frame::Block {
                block: body.clone(),
                at: 0,
            });
        }
        Ok(())
    }

    /// `phase` is 0 at first; otherwise one more than the arm that falls through.
    fn begin_case(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        memo: Vec<Captured>,
        phase: usize,
    ) -> Result<(), Flow> {
        let Command::Case {
            subject,
            arms,
            line,
        } = &**command
        else {
            return Ok(());
        };
        self.state.line = *line;
        let (found, _) = self.expanded(cx, command, memo, phase, |e| {
            let text = e.text(subject)?;
            for (i, arm) in arms.iter().enumerate().skip(phase) {
                for pattern in &arm.patterns {
                    if Pattern::new(&e.pattern(pattern)?).matches(&text) {
                        return Ok(Some(i));
                    }
                }
            }
            Ok(None)
        })?;
        if phase == 0 {
            self.state.status = 0;
        }
        let mut arm = found.and_then(|i| Some((i, arms.get(i)?)));
        let mut blocks = Vec::new();
        while let Some((i, this)) = arm {
            blocks.push(Frame::Block {
                block: this.body.clone(),
                at: 0,
            });
            arm = match this.end {
                ArmEnd::FallThrough => arms.get(i + 1).map(|next| (i + 1, next)),
                ArmEnd::Continue => {
                    blocks.push(Frame::Expand {
                        command: command.clone(),
                        memo: Vec::new(),
                        phase: i + 1,
                    });
                    None
                }
                ArmEnd::Break => None,
            };
        }
        self.frames.extend(blocks.into_iter().rev());
        Ok(())
    }

    fn conditional(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        test: &Cond,
        memo: Vec<Captured>,
    ) -> Result<(), Flow> {
        let nocase = self.state.options.nocasematch;
        let (outcome, _) =
            self.expanded(cx, command, memo, 0, |e| match evaluate(e, test, nocase) {
                Err(Stop::Fail(message)) => Ok(Err(message)),
                other => other.map(Ok),
            })?;
        match outcome {
            Ok(value) => self.state.status = i32::from(!value),
            Err(message) => {
                self.error(cx, format!("[[: {message}"));
                self.state.status = 2;
            }
        }
        Ok(())
    }

    fn begin_redirected(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        memo: Vec<Captured>,
    ) -> Result<(), Flow> {
        let Command::Redirected {
            command: inner,
            redirects,
            line,
        } = &**command
        else {
            return Ok(());
        };
        self.state.line = *line;
        let (ready, memo) = self.expanded(cx, command, memo, 0, |e| {
            super::redirect::prepare(e, redirects)
        })?;
        self.unlink_later(&memo, redirects.iter().map(|r| &r.target));
        match super::redirect::apply(&self.state, cx, ready, true) {
            Ok(saved) => {
                self.frames.push(Frame::Restore(saved));
                self.frames.push(Frame::Run(inner.clone()));
            }
            Err((saved, message)) => {
                super::redirect::restore(cx, saved);
                self.error(cx, message);
                self.state.status = if self.state.bash() { 1 } else { 2 };
                if self.state.options.errexit {
                    self.frames.push(Frame::ErrCheck);
                }
            }
        }
        Ok(())
    }

    pub(super) fn start_pipeline(&mut self, cx: &mut Cx, pipeline: &Pipeline) -> Flow {
        if pipeline.timed {
            self.frames.push(Frame::Timed {
                since: cx.sys.now(),
            });
        }
        if pipeline.negated {
            self.frames.push(Frame::Not);
        }
        if let [only] = pipeline.commands.as_slice() {
            self.frames.push(Frame::Run(only.clone()));
            return Flow::Next;
        }
        if cx.table.tasks.len() + pipeline.commands.len() > MAX_TASKS {
            self.error(cx, "fork: retry: Resource temporarily unavailable");
            return self.abort(cx, 254);
        }
        let mut pids = Vec::new();
        let mut input = None;
        for (i, command) in pipeline.commands.iter().enumerate() {
            let last = i + 1 == pipeline.commands.len();
            let output = (!last).then(|| cx.sys.kernel().pipe());
            let merge = pipeline.merge.get(i) == Some(&true);
            let child = self.fork(Frame::Run(command.clone()));
            let pid = self.add_fork(cx, child, |proc, cx| {
                if let Some(handle) = input {
                    proc.set_fd(cx.sys, 0, handle);
                }
                if let Some((_, writer)) = output {
                    if merge {
                        let handle = cx.sys.kernel().dup(writer);
                        proc.set_fd(cx.sys, 2, handle);
                    }
                    proc.set_fd(cx.sys, 1, writer);
                }
            });
            input = output.map(|(reader, _)| reader);
            pids.push(pid);
        }
        let statuses = vec![None; pids.len()];
        self.frames.push(Frame::WaitFor { pids, statuses });
        Flow::Next
    }

    fn start_subshell(&mut self, cx: &mut Cx, block: Arc<Block>) -> Flow {
        if cx.table.tasks.len() >= MAX_TASKS {
            self.error(cx, "fork: retry: Resource temporarily unavailable");
            return self.abort(cx, 254);
        }
        let child = self.fork(Frame::Block { block, at: 0 });
        let pid = self.add_fork(cx, child, |_, _| {});
        self.frames.push(Frame::WaitFor {
            pids: vec![pid],
            statuses: vec![None],
        });
        Flow::Next
    }

    pub(super) fn timed(&mut self, cx: &mut Cx, since: Micros) -> Flow {
        let millis = cx.sys.now().saturating_sub(since) / 1000;
        let show = |ms: u64| format!("{}m{}.{:03}s", ms / 60_000, ms / 1000 % 60, ms % 1000);
        let text = format!(
            "\nreal\t{}\nuser\t{}\nsys\t{}\n",
            show(millis),
            show(0),
            show(0)
        );
        cx.write(2, text.as_bytes());
        Flow::Next
    }
}

fn evaluate(e: &mut Expander, test: &Cond, nocase: bool) -> Result<bool, Stop> {
    use super::super::builtins::test;
    match test {
        Cond::Word(word) => Ok(!e.text(word)?.is_empty()),
        Cond::Not(inner) => Ok(!evaluate(e, inner, nocase)?),
        Cond::And(a, b) => Ok(evaluate(e, a, nocase)? && evaluate(e, b, nocase)?),
        Cond::Or(a, b) => Ok(evaluate(e, a, nocase)? || evaluate(e, b, nocase)?),
        Cond::Unary(op, word) => {
            let operand = e.text(word)?;
            match op.as_str() {
                "-v" => Ok(e
                    .state
                    .vars
                    .get(&operand)
                    .is_some_and(|v| v.text().is_some() || !v.elements().is_empty())),
                "-o" => Ok(e
                    .state
                    .options
                    .all()
                    .iter()
                    .any(|(n, on)| *n == operand && *on)),
                _ => test::unary(e.cx, op, &operand).map_err(Stop::Fail),
            }
        }
        Cond::Binary(left, op, right) => {
            let mut left = e.text(left)?;
            match op.as_str() {
                "=" | "==" | "!=" => {
                    let mut pattern = e.pattern(right)?;
                    if nocase {
                        (left, pattern) = (left.to_lowercase(), pattern.to_lowercase());
                    }
                    Ok(Pattern::new(&pattern).matches(&left) == (op != "!="))
                }
                "=~" => matches_regex(e, &left, right, nocase),
                "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                    let right = e.text(right)?;
                    let (a, b) = (e.arith_text(&left)?, e.arith_text(&right)?);
                    Ok(test::compare(op, a.cmp(&b)))
                }
                _ => {
                    let right = e.text(right)?;
                    test::binary(e.cx, &left, op, &right).map_err(Stop::Fail)
                }
            }
        }
    }
}

fn matches_regex(e: &mut Expander, text: &str, pattern: &Word, nocase: bool) -> Result<bool, Stop> {
    use super::super::vars::{Value, Var};
    let pattern = e.regex(pattern)?;
    let regex = super::super::regex::Regex::extended(&pattern, nocase)
        .map_err(|_| Stop::Fail(format!("{pattern}: syntax error in regular expression")))?;
    let Some(groups) = regex.captures(text) else {
        e.state.vars.replace("BASH_REMATCH", None);
        return Ok(false);
    };
    let items = groups
        .iter()
        .enumerate()
        .map(|(i, g)| (i as i64, g.clone().unwrap_or_default()))
        .collect();
    e.state.vars.replace(
        "BASH_REMATCH",
        Some(Var {
            value: Value::Array(items),
            ..Var::default()
        }),
    );
    Ok(true)
}
