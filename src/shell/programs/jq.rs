//! `jq`.

mod access;
mod builtins;
mod check;
mod eval;
mod formats;
mod json;
mod parser;
mod strings;
mod update;
mod values;

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::io::Open;
use super::super::kernel::Read;
use super::super::process::{Cx, Program, Start, Step};
use builtins::object;
use eval::{Env, Item, Jq, Stop, bind};
use json::{Json, Object, Reader, Style, Trouble, put, show};
use parser::Filter;

/// Bytes of input.
const MAX_INPUT: usize = 32 << 20;

#[derive(Clone, Default)]
struct Flags {
    raw: bool,
    join: bool,
    null: bool,
    slurp: bool,
    raw_input: bool,
    status: bool,
    seq: bool,
}

#[derive(Clone)]
struct Run {
    filter: Arc<Filter>,
    flags: Flags,
    style: Style,
    vars: Vec<(String, Json)>,
    named: Json,
    names: VecDeque<String>,
    current: Option<(u32, String)>,
    buffer: Vec<u8>,
    /// What `-s`, `-n` and `-R` gather before anything runs.
    gathered: Vec<Json>,
    line: usize,
    place: String,
    code: i32,
    last: Option<bool>,
    started: bool,
}

impl Program for Run {
    fn step(&mut self, cx: &mut Cx) -> Step {
        let Some((fd, name)) = self.current.clone() else {
            return self.open(cx);
        };
        let done = match cx.read(fd, 64 << 10) {
            Ok(Read::Block) => return Step::Wait,
            Ok(Read::Data(data)) => {
                self.buffer.extend(data);
                if self.buffer.len() > MAX_INPUT {
                    cx.write(2, b"jq: error: the input is too long\n");
                    return Step::Exit(2);
                }
                // A whole document usually ends with a line.
                match self.buffer.last() {
                    Some(b'\n') => self.consume(false, cx),
                    _ => Ok(()),
                }
            }
            Ok(Read::Eof) => {
                self.current = None;
                if fd != 0 {
                    cx.close_fd(fd);
                }
                self.consume(true, cx)
            }
            Err(error) => {
                self.current = None;
                self.code = 2;
                let line = format!("jq: error: Input error: {name}: {error}\n");
                cx.write(2, line.as_bytes());
                Ok(())
            }
        };
        match done {
            Ok(()) => Step::Continue,
            Err(code) => Step::Exit(code),
        }
    }
}

impl Run {
    fn open(&mut self, cx: &mut Cx) -> Step {
        // With `-n` and no use for inputs nothing is read, as nothing may ever come.
        if self.flags.null && !self.started && !uses_inputs(&self.filter) {
            self.names.clear();
        }
        self.started = true;
        let Some(name) = self.names.pop_front() else {
            return self.end(cx);
        };
        let opened = match name.as_str() {
            "-" => Ok(0),
            name => cx.open_fd(name, Open::READ),
        };
        match opened {
            Ok(fd) => {
                self.place = match fd {
                    0 => "<stdin>".to_string(),
                    _ => name.clone(),
                };
                self.line = 0;
                self.current = Some((fd, name));
            }
            Err(error) => {
                let line = format!("jq: error: Could not open file {name}: {error}\n");
                cx.write(2, line.as_bytes());
                self.code = 2;
            }
        }
        Step::Continue
    }

    /// Takes complete values from the buffer. An error is the exit code.
    fn consume(&mut self, last: bool, cx: &mut Cx) -> Result<(), i32> {
        let waits = self.flags.slurp || self.flags.null;
        if self.flags.raw_input {
            return self.consume_lines(last, cx);
        }
        let buffer = std::mem::take(&mut self.buffer);
        let mut reader = Reader::new(&buffer, last);
        let mut taken = 0;
        let lines = |to: usize| buffer[..to].iter().filter(|b| **b == b'\n').count();
        let start = self.line;
        loop {
            match reader.next() {
                Ok(None) => {
                    taken = buffer.len();
                    break;
                }
                Ok(Some(value)) => {
                    taken = reader.pos;
                    // Lines are read whole.
                    let ended = buffer[taken..].iter().position(|b| *b == b'\n');
                    self.line = start + lines(ended.map_or(taken, |n| taken + n + 1));
                    match waits {
                        true => self.gathered.push(value),
                        false => self.run(value, VecDeque::new(), cx)?,
                    }
                }
                Err(Trouble::Unfinished) if !last => break,
                Err(trouble) => {
                    let (message, at) = match trouble {
                        Trouble::Unfinished => {
                            ("Unfinished JSON term at EOF".to_string(), buffer.len())
                        }
                        Trouble::Wrong(message, at) => (message, at.min(buffer.len())),
                    };
                    let row = start + lines(at) + 1;
                    let from = buffer[..at].iter().rposition(|b| *b == b'\n');
                    let column = at - from.map_or(0, |n| n + 1);
                    let text = format!("parse error: {message} at line {row}, column {column}\n");
                    cx.write(2, text.as_bytes());
                    return Err(2);
                }
            }
        }
        self.line = start + lines(taken);
        self.buffer = buffer[taken..].to_vec();
        Ok(())
    }

    fn consume_lines(&mut self, last: bool, cx: &mut Cx) -> Result<(), i32> {
        if self.flags.slurp {
            if last && self.names.is_empty() {
                let text = String::from_utf8_lossy(&self.buffer).into_owned();
                self.gathered.push(Json::from(text));
            }
            return Ok(());
        }
        let buffer = std::mem::take(&mut self.buffer);
        let end = match last {
            true => buffer.len(),
            false => buffer
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |n| n + 1),
        };
        self.buffer = buffer[end..].to_vec();
        for line in super::gather::lines(&buffer[..end], b'\n') {
            self.line += 1;
            let value = Json::from(String::from_utf8_lossy(line).into_owned());
            match self.flags.null {
                true => self.gathered.push(value),
                false => self.run(value, VecDeque::new(), cx)?,
            }
        }
        Ok(())
    }

    fn end(&mut self, cx: &mut Cx) -> Step {
        let gathered = std::mem::take(&mut self.gathered);
        let result = if self.flags.null {
            self.place = "<unknown>".to_string();
            self.run(Json::Null, gathered.into(), cx)
        } else if self.flags.slurp && self.flags.raw_input {
            let text = gathered.into_iter().next().unwrap_or(Json::from(""));
            self.run(text, VecDeque::new(), cx)
        } else if self.flags.slurp {
            self.run(Json::from(gathered), VecDeque::new(), cx)
        } else {
            Ok(())
        };
        if let Err(code) = result {
            return Step::Exit(code);
        }
        if self.code != 0 || !self.flags.status {
            return Step::Exit(self.code);
        }
        Step::Exit(match self.last {
            Some(true) => 0,
            Some(false) => 1,
            None => 4,
        })
    }

    /// Runs the filter on a value. `Err` ends the program.
    fn run(&mut self, value: Json, inputs: VecDeque<Json>, cx: &mut Cx) -> Result<(), i32> {
        let mut jq = Jq::new();
        jq.inputs = inputs;
        jq.now = cx.sys.now() as f64 / 1e6;
        jq.line = self.line;
        jq.named = self.named.clone();
        let vars = cx.proc.env.clone();
        jq.env = object(
            vars.iter()
                .map(|(k, v)| (k.clone(), Json::from(v.as_str()))),
        );
        let mut env: Env = None;
        for (name, value) in &self.vars {
            env = bind(name, value.clone(), &env);
        }
        jq.refuel();
        let mut out = String::new();
        let (filter, flags, style) = (self.filter.clone(), self.flags.clone(), self.style.clone());
        let mut last = self.last;
        let result = jq.eval(&filter, &env, Item::plain(value), &mut |_, item| {
            last = Some(item.value.truth());
            if flags.seq {
                out.push('\u{1e}');
            }
            match &item.value {
                Json::Text(text) if flags.raw => out.push_str(text),
                value => out.push_str(&show(value, &style)),
            }
            if !flags.join {
                out.push('\n');
            }
            match out.len() > MAX_INPUT {
                true => eval::error("the output is too long"),
                false => Ok(()),
            }
        });
        self.last = last;
        cx.out(out);
        for message in &jq.messages {
            cx.write(2, message.as_bytes());
        }
        let message = match result {
            Ok(()) => return Ok(()),
            Err(Stop::Halt(code)) => return Err(code),
            Err(Stop::Break(_)) => Json::from("break"),
            Err(Stop::Error(message)) => message,
        };
        self.code = 5;
        let at = match self.place.as_str() {
            "<unknown>" => self.place.clone(),
            place => format!("{place}:{}", self.line),
        };
        let line = match message {
            Json::Text(text) => format!("jq: error (at {at}): {text}\n"),
            other => {
                let text = show(&other, &Style::COMPACT);
                format!("jq: error (at {at}) (not a string): {text}\n")
            }
        };
        cx.write(2, line.as_bytes());
        Ok(())
    }
}

/// Whether a filter calls `input` or `inputs`.
fn uses_inputs(filter: &Filter) -> bool {
    format!("{filter:?}").contains("Call(\"input")
}

/// What the command line says.
#[derive(Default)]
struct Line {
    flags: Flags,
    indent: Option<String>,
    compact: bool,
    sort: bool,
    color: Option<bool>,
    ascii: bool,
    filter: Option<String>,
    files: Vec<String>,
    vars: Vec<(String, Json)>,
    positional: Vec<Json>,
}

fn command_line(cx: &mut Cx) -> Result<Line, Start> {
    let mut line = Line::default();
    let mut args: VecDeque<String> = cx.args().into();
    // What operands mean: files, or (after --args, --jsonargs) arguments.
    let mut rest = "files";
    let mut plain = false;
    while let Some(arg) = args.pop_front() {
        if plain || !arg.starts_with('-') || arg == "-" {
            if line.filter.is_none() {
                line.filter = Some(arg);
            } else if rest == "args" {
                line.positional.push(Json::from(arg));
            } else if rest == "jsonargs" {
                match builtins::from_json(&arg) {
                    Ok(value) => line.positional.push(value),
                    Err(_) => {
                        return Err(wrong(
                            cx,
                            &format!("Invalid JSON text passed to --jsonargs\n{HINT}"),
                        ));
                    }
                }
            } else {
                line.files.push(arg);
            }
            continue;
        }
        if arg == "--" {
            plain = true;
        } else if let Some(name) = arg.strip_prefix("--") {
            match name {
                "args" | "jsonargs" => rest = if name == "args" { "args" } else { "jsonargs" },
                name => long(cx, &mut line, name, &mut args)?,
            }
        } else {
            for letter in arg[1..].chars() {
                short(cx, &mut line, letter, &mut args)?;
            }
        }
    }
    Ok(line)
}

const HINT: &str = "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq";

fn wrong(cx: &mut Cx, message: &str) -> Start {
    cx.write(2, format!("jq: {message}\n").as_bytes());
    Start::Done(2)
}

fn short(
    cx: &mut Cx,
    line: &mut Line,
    letter: char,
    args: &mut VecDeque<String>,
) -> Result<(), Start> {
    match letter {
        'r' => line.flags.raw = true,
        'j' => (line.flags.raw, line.flags.join) = (true, true),
        'a' => line.ascii = true,
        'c' => line.compact = true,
        'n' => line.flags.null = true,
        's' => line.flags.slurp = true,
        'R' => line.flags.raw_input = true,
        'e' => line.flags.status = true,
        'S' => line.sort = true,
        'C' => line.color = Some(true),
        'M' => line.color = Some(false),
        'f' => from_file(cx, line, args)?,
        'h' => {
            cx.out("Usage:\tjq [OPTIONS] FILTER [FILES...]\n");
            return Err(Start::Done(0));
        }
        other => return Err(wrong(cx, &format!("Unknown option -{other}\n{HINT}"))),
    }
    Ok(())
}

fn from_file(cx: &mut Cx, line: &mut Line, args: &mut VecDeque<String>) -> Result<(), Start> {
    let name = args.pop_front().unwrap_or_default();
    match cx.read_file(&name) {
        Ok(text) => {
            // A filter that was read already was a file.
            if let Some(file) = line.filter.take() {
                line.files.push(file);
            }
            line.filter = Some(String::from_utf8_lossy(&text).into_owned());
            Ok(())
        }
        Err(error) => Err(wrong(cx, &format!("error: Could not open {name}: {error}"))),
    }
}

fn long(
    cx: &mut Cx,
    line: &mut Line,
    name: &str,
    args: &mut VecDeque<String>,
) -> Result<(), Start> {
    let letter = match name {
        "raw-output" => 'r',
        "join-output" => 'j',
        "ascii-output" => 'a',
        "compact-output" => 'c',
        "null-input" => 'n',
        "slurp" => 's',
        "raw-input" => 'R',
        "exit-status" => 'e',
        "sort-keys" => 'S',
        "color-output" => 'C',
        "monochrome-output" => 'M',
        "from-file" => 'f',
        "help" => 'h',
        "unbuffered" => return Ok(()),
        "seq" => {
            line.flags.seq = true;
            return Ok(());
        }
        "tab" => {
            line.indent = Some("\t".to_string());
            return Ok(());
        }
        "version" => {
            cx.out("jq-1.7.1\n");
            return Err(Start::Done(0));
        }
        "indent" => {
            let text = args.pop_front().unwrap_or_default();
            match text.parse::<usize>() {
                Ok(0) => line.compact = true,
                Ok(n) if n <= 7 => line.indent = Some(" ".repeat(n)),
                _ => return Err(wrong(cx, "Cannot indent more than 7 characters")),
            }
            return Ok(());
        }
        "arg" | "argjson" | "slurpfile" | "rawfile" => return named(cx, line, name, args),
        other => return Err(wrong(cx, &format!("Unknown option --{other}\n{HINT}"))),
    };
    short(cx, line, letter, args)
}

fn named(
    cx: &mut Cx,
    line: &mut Line,
    option: &str,
    args: &mut VecDeque<String>,
) -> Result<(), Start> {
    let (Some(name), Some(text)) = (args.pop_front(), args.pop_front()) else {
        let message =
            format!("--{option} takes two parameters (e.g. --{option} varname value)\n{HINT}");
        return Err(wrong(cx, &message));
    };
    let value = match option {
        "arg" => Json::from(text),
        "argjson" => match builtins::from_json(&text) {
            Ok(value) => value,
            Err(_) => {
                return Err(wrong(
                    cx,
                    &format!("Invalid JSON text passed to --argjson\n{HINT}"),
                ));
            }
        },
        _ => match cx.read_file(&text) {
            Ok(data) if option == "rawfile" => {
                Json::from(String::from_utf8_lossy(&data).into_owned())
            }
            Ok(data) => {
                let mut reader = Reader::new(&data, true);
                let mut all = Vec::new();
                while let Ok(Some(value)) = reader.next() {
                    all.push(value);
                }
                Json::from(all)
            }
            Err(error) => {
                let message =
                    format!("Bad JSON in --{option} {name} {text}: Could not open {text}: {error}");
                return Err(wrong(cx, &message));
            }
        },
    };
    line.vars.push((name, value));
    Ok(())
}

pub fn jq(cx: &mut Cx) -> Start {
    let mut line = match command_line(cx) {
        Ok(line) => line,
        Err(end) => return end,
    };
    let Some(text) = line.filter.take() else {
        cx.write(2, b"Usage:\tjq [OPTIONS] FILTER [FILES...]\n");
        return Start::Done(2);
    };
    let mut named = Object::new();
    for (name, value) in &line.vars {
        put(&mut named, name, value.clone());
    }
    let arguments: Object = vec![
        ("positional".into(), Json::from(line.positional)),
        ("named".into(), Json::from(named.clone())),
    ];
    line.vars.push(("ARGS".to_string(), Json::from(arguments)));
    let names: Vec<String> = line.vars.iter().map(|v| v.0.clone()).collect();
    let checked = parser::parse(&text).and_then(|filter| match check::undefined(&filter, &names) {
        Some(message) => Err(message),
        None => Ok(filter),
    });
    let filter = match checked {
        Ok(filter) => filter,
        Err(message) => {
            let report = format!(
                "jq: error: {message} at <top-level>, line 1:\n{text}\njq: 1 compile error\n"
            );
            cx.write(2, report.as_bytes());
            return Start::Done(3);
        }
    };
    let tty = cx.is_tty(1);
    if line.files.is_empty() {
        line.files.push("-".to_string());
    }
    Start::Run(Box::new(Run {
        filter: Arc::new(filter),
        flags: line.flags,
        style: Style {
            indent: (!line.compact).then(|| line.indent.unwrap_or("  ".to_string())),
            sort: line.sort,
            color: line.color.unwrap_or(tty),
            ascii: line.ascii,
        },
        vars: line.vars,
        named: Json::from(named),
        names: line.files.into(),
        current: None,
        buffer: Vec::new(),
        gathered: Vec::new(),
        line: 0,
        place: String::new(),
        code: 0,
        last: None,
        started: false,
    }))
}
