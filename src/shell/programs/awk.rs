//! `awk`.

mod ast;
mod builtins;
mod interp;
mod lexer;
mod parser;
mod value;

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::escape::ansi_c;
use super::super::io::Open;
use super::super::kernel::{Read, Target};
use super::super::launch::launch;
use super::super::process::{Cx, Program, Start, Step};
use super::super::system::Pid;
use super::options;
use ast::Pattern;
use interp::{Flow, Interp};
use value::Value;

/// Records handled in one step.
const BATCH: usize = 64;
/// Bytes that may wait to become records.
const MAX_BUFFER: usize = 32 << 20;

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Begin,
    Records,
    End,
    Pipes,
}

#[derive(Clone)]
struct Awk {
    interp: Interp,
    phase: Phase,
    operands: VecDeque<String>,
    /// Whether any operand was a file.
    named: bool,
    current: Option<u32>,
    buffer: Vec<u8>,
    /// Where in the buffer the next record begins.
    at: usize,
    eof: bool,
    /// Which range patterns are open.
    open: Vec<bool>,
    child: Option<Pid>,
}

impl Program for Awk {
    fn step(&mut self, cx: &mut Cx) -> Step {
        self.interp.refuel();
        let done = match self.phase {
            Phase::Begin => self.begin(cx),
            Phase::Records => match self.records(cx) {
                Ok(Some(step)) => return step,
                Ok(None) => Ok(()),
                Err(message) => Err(message),
            },
            Phase::End => self.rules(true, cx).map(|_| self.phase = Phase::Pipes),
            Phase::Pipes => return self.pipes(cx),
        };
        match done {
            Ok(()) => {}
            // `exit` inside a function.
            Err(message) if message == "exit" => self.exit(),
            Err(message) => {
                cx.complain(message);
                self.interp.exit = 2;
                self.phase = Phase::Pipes;
            }
        }
        Step::Continue
    }
}

impl Awk {
    /// `exit`: the END rules still run, unless they are running.
    fn exit(&mut self) {
        self.phase = match self.phase {
            Phase::Begin | Phase::Records => Phase::End,
            _ => Phase::Pipes,
        };
    }

    fn begin(&mut self, cx: &mut Cx) -> Result<(), String> {
        let script = self.interp.script.clone();
        for rule in &script.rules {
            if let (Pattern::Begin, Some(action)) = (&rule.pattern, &rule.action)
                && self.interp.run(action, cx)? == Flow::Exit
            {
                self.exit();
                return Ok(());
            }
        }
        let only_begin = script
            .rules
            .iter()
            .all(|r| matches!(r.pattern, Pattern::Begin));
        self.phase = match only_begin {
            true => Phase::Pipes,
            false => Phase::Records,
        };
        Ok(())
    }

    /// Reads and handles records. A step if the program has to wait.
    fn records(&mut self, cx: &mut Cx) -> Result<Option<Step>, String> {
        for _ in 0..BATCH {
            let Some(record) = self.next_record(cx) else {
                break;
            };
            for name in ["NR", "FNR"] {
                let n = self.interp.get(name).number();
                self.interp.set(name, Value::Number(n + 1.0));
            }
            self.interp.set_record(record);
            match self.rules(false, cx)? {
                Flow::Exit => {
                    self.exit();
                    return Ok(None);
                }
                Flow::NextFile => {
                    self.leave_file(cx);
                    return Ok(None);
                }
                _ => {}
            }
            self.interp.refuel();
        }
        if self.current.is_none() {
            return self.next_file(cx).map(|()| None);
        }
        if self.has_record(cx) {
            return Ok(None);
        }
        let fd = self.current.unwrap_or(0);
        if self.eof {
            self.leave_file(cx);
            return Ok(None);
        }
        match cx.read(fd, 64 << 10) {
            Ok(Read::Block) => return Ok(Some(Step::Wait)),
            Ok(Read::Data(data)) => {
                self.buffer.drain(..self.at);
                self.at = 0;
                self.buffer.extend(data);
                if self.buffer.len() > MAX_BUFFER {
                    return Err("input record is too long".to_string());
                }
            }
            Ok(Read::Eof) => self.eof = true,
            Err(error) => {
                cx.complain(format!("read error ({error})"));
                self.interp.exit = 2;
                self.eof = true;
            }
        }
        Ok(None)
    }

    fn has_record(&mut self, _cx: &mut Cx) -> bool {
        if !self.interp.upcoming.is_empty() {
            return true;
        }
        let (at, buffer) = (self.at, self.buffer.len());
        match self.cut() {
            Some(record) => {
                self.interp.upcoming.push_front(record);
                true
            }
            None => {
                debug_assert!(self.at >= at && self.buffer.len() <= buffer);
                false
            }
        }
    }

    fn next_record(&mut self, _cx: &mut Cx) -> Option<String> {
        // `getline` must find the records that follow.
        if self.interp.script.getline {
            if !self.eof {
                return None;
            }
            while let Some(record) = self.cut() {
                self.interp.upcoming.push_back(record);
            }
        }
        match self.interp.upcoming.pop_front() {
            Some(record) => Some(record),
            None => self.cut(),
        }
    }

    /// The next record in the buffer, if it is complete.
    fn cut(&mut self) -> Option<String> {
        self.current?;
        if self.interp.script.getline && !self.eof {
            return None;
        }
        let separator = self.interp.get("RS").text("%.6g");
        let rest = &self.buffer[self.at..];
        let mut chars = separator.chars();
        let (end, next) = match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_ascii() => match rest.iter().position(|b| *b == c as u8) {
                Some(end) => (end, end + 1),
                None if self.eof && !rest.is_empty() => (rest.len(), rest.len()),
                None => return None,
            },
            _ if !self.eof => return None,
            (None, _) => {
                let blank = rest.iter().take_while(|b| **b == b'\n').count();
                self.at += blank;
                let rest = &self.buffer[self.at..];
                if rest.is_empty() {
                    return None;
                }
                let end = rest.windows(2).position(|w| w == b"\n\n");
                let end = end.unwrap_or(rest.strip_suffix(b"\n").unwrap_or(rest).len());
                (end, rest.len().min(end + 2))
            }
            _ => {
                if rest.is_empty() {
                    return None;
                }
                let text = String::from_utf8_lossy(rest).into_owned();
                let regex = self.interp.regex(&separator).ok()?;
                match regex.find_at(&text, 0).filter(|(a, b)| b > a) {
                    Some((a, b)) => (a, b),
                    None => (text.strip_suffix('\n').unwrap_or(&text).len(), text.len()),
                }
            }
        };
        let rest = &self.buffer[self.at..];
        let end = end.min(rest.len());
        let record = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at = (self.at + next).min(self.buffer.len());
        Some(record)
    }

    fn leave_file(&mut self, cx: &mut Cx) {
        if let Some(fd) = self.current.take().filter(|fd| *fd != 0) {
            cx.close_fd(fd);
        }
        self.buffer.clear();
        self.interp.upcoming.clear();
        (self.at, self.eof) = (0, false);
    }

    fn next_file(&mut self, cx: &mut Cx) -> Result<(), String> {
        let Some(operand) = self.operands.pop_front() else {
            if self.named {
                self.phase = Phase::End;
            } else {
                self.named = true;
                self.current = Some(0);
            }
            return Ok(());
        };
        if let Some((name, value)) = assignment(&operand) {
            self.interp.set(name, value);
            return Ok(());
        }
        self.named = true;
        self.interp.set("FILENAME", Value::Text(operand.clone()));
        self.interp.set("FNR", Value::Number(0.0));
        match operand.as_str() {
            "" => self.named = false,
            "-" => self.current = Some(0),
            name => match cx.open_fd(name, Open::READ) {
                Ok(fd) => self.current = Some(fd),
                Err(error) => {
                    self.interp.exit = 2;
                    cx.complain(match cx.busybox() {
                        true => format!("{name}: {error}"),
                        false => format!("cannot open \"{name}\" ({error})"),
                    });
                }
            },
        }
        Ok(())
    }

    /// Runs the rules for the record, or those of the end.
    fn rules(&mut self, end: bool, cx: &mut Cx) -> Result<Flow, String> {
        let script = self.interp.script.clone();
        for (i, rule) in script.rules.iter().enumerate() {
            let wanted = match &rule.pattern {
                Pattern::Begin => false,
                Pattern::End => end,
                _ if end => false,
                Pattern::Always => true,
                Pattern::Expr(expr) => self.interp.truth(expr, cx)?,
                Pattern::Range(first, last) => {
                    let inside = self.open[i] || self.interp.truth(first, cx)?;
                    self.open[i] = inside && !self.interp.truth(last, cx)?;
                    inside
                }
            };
            if !wanted {
                continue;
            }
            match &rule.action {
                None => self.interp.print_record(cx)?,
                Some(action) => match self.interp.run(action, cx)? {
                    Flow::Normal => {}
                    other => return Ok(other),
                },
            }
        }
        Ok(Flow::Normal)
    }

    /// Runs the commands that were printed to, one after the other.
    fn pipes(&mut self, cx: &mut Cx) -> Step {
        if let Some(pid) = self.child {
            if cx.table.reap(pid).is_none() {
                return Step::Wait;
            }
            self.child = None;
        }
        if self.interp.pipes.is_empty() {
            return Step::Exit(self.interp.exit);
        }
        let (command, data) = self.interp.pipes.remove(0);
        let argv = ["sh", "-c", &command].map(String::from).to_vec();
        let mut proc = cx.proc.child(cx.sys, argv);
        let data: Arc<[u8]> = data.into();
        let input = cx.sys.kernel().open(Target::Text { data, offset: 0 });
        proc.set_fd(cx.sys, 0, input);
        let body = launch(cx.sys, &mut proc, "awk");
        self.child = Some(cx.add_child(proc, body));
        Step::Continue
    }
}

/// `name=value` among the operands.
fn assignment(text: &str) -> Option<(&str, Value)> {
    let (name, value) = text.split_once('=')?;
    let first = name.chars().next()?;
    let valid = (first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = String::from_utf8_lossy(&ansi_c(value)).into_owned();
    valid.then(|| (name, Value::input(&value)))
}

pub fn awk(cx: &mut Cx) -> Start {
    let long = [("field-separator", 'F'), ("assign", 'v'), ("file", 'f')];
    let options = match options::parse(cx, "+F:v:f:", &long, 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut operands = options.operands.clone();
    let mut text = String::new();
    for file in options.values('f') {
        match cx.read_file(file) {
            Ok(data) => text += &(String::from_utf8_lossy(&data).into_owned() + "\n"),
            Err(error) => return cx.fail(2, format!("cannot open \"{file}\" ({error})")),
        }
    }
    if !options.has('f') {
        if operands.is_empty() {
            cx.write(
                2,
                b"usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n",
            );
            return Start::Done(2);
        }
        text = operands.remove(0);
    }
    let script = match parser::parse(&text) {
        Ok(script) => script,
        Err(message) => return cx.fail(2, message),
    };
    let mut interp = Interp::new(script);
    interp.seed = cx.sys.kernel().random();
    interp.refuel();
    if let Some(separator) = options.value('F') {
        let separator = match separator {
            "t" => "\t".to_string(),
            other => String::from_utf8_lossy(&ansi_c(other)).into_owned(),
        };
        interp.set("FS", Value::Text(separator));
    }
    for given in options.values('v') {
        match assignment(given) {
            Some((name, value)) => interp.set(name, value),
            None => return cx.fail(2, format!("improper assignment: -v {given}")),
        }
    }
    interp.set("ARGC", Value::Number((operands.len() + 1) as f64));
    interp.set_element("ARGV", "0", Value::Text("awk".to_string()));
    for (i, operand) in operands.iter().enumerate() {
        interp.set_element("ARGV", &(i + 1).to_string(), Value::input(operand));
    }
    let env = cx.proc.env.clone();
    for (name, value) in env.iter() {
        interp.set_element("ENVIRON", name, Value::input(value));
    }
    let rules = interp.script.rules.len();
    Start::Run(Box::new(Awk {
        interp,
        phase: Phase::Begin,
        operands: operands.into(),
        named: false,
        current: None,
        buffer: Vec::new(),
        at: 0,
        eof: false,
        open: vec![false; rules],
        child: None,
    }))
}
