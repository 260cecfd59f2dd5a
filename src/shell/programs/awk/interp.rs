//! Carrying out `awk` programs.

use crate::collections::SortedMap;
use std::sync::Arc;

use super::ast::{Expr, Redirect, Script, Stmt};
use super::value::{Array, Value, number_text, printf};
use crate::shell::io::Open;
use crate::shell::process::Cx;
use crate::shell::regex::{Flavor, Regex};

/// Steps that one record may take.
const FUEL: u64 = 20_000_000;
/// Calls of functions within each other.
const MAX_CALLS: usize = 60;
const MAX_FIELDS: usize = 1 << 20;
/// Bytes of one value.
const MAX_TEXT: usize = 16 << 20;

/// How a statement ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Flow {
    Normal,
    Next,
    NextFile,
    Exit,
    Break,
    Continue,
    Return,
}

#[derive(Clone, Debug)]
pub enum Cell {
    Value(Value),
    Array(Array),
    /// A parameter that stands for a variable of the caller: its frame (0 is global) and name.
    Alias(usize, String),
}

pub type Done<T> = Result<T, String>;

#[derive(Clone, Default)]
pub struct Interp {
    pub script: Arc<Script>,
    /// The first frame holds the globals.
    frames: Vec<SortedMap<String, Cell>>,
    record: String,
    fields: Vec<String>,
    /// Whether `fields` are those of `record`.
    split: bool,
    /// Whether `record` must be put together from `fields`.
    stale: bool,
    regexes: SortedMap<String, Regex>,
    files: SortedMap<String, u32>,
    /// Read files and how far.
    inputs: SortedMap<String, (Vec<u8>, usize)>,
    /// What is to go into commands, in the order they were first used.
    pub pipes: Vec<(String, Vec<u8>)>,
    /// Records that `getline` may still take.
    pub upcoming: std::collections::VecDeque<String>,
    pub exit: i32,
    returned: Value,
    fuel: u64,
    pub seed: u64,
    previous_seed: f64,
}

impl Interp {
    pub fn new(script: Script) -> Interp {
        let mut interp = Interp {
            script: Arc::new(script),
            frames: vec![SortedMap::new()],
            split: true,
            ..Interp::default()
        };
        for (name, value) in [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("RS", "\n")] {
            interp.set(name, Value::Text(value.to_string()));
        }
        for (name, value) in [("CONVFMT", "%.6g"), ("OFMT", "%.6g"), ("SUBSEP", "\x1c")] {
            interp.set(name, Value::Text(value.to_string()));
        }
        for name in ["NR", "FNR", "RSTART"] {
            interp.set(name, Value::Number(0.0));
        }
        interp.set("RLENGTH", Value::Number(-1.0));
        interp
    }

    pub fn refuel(&mut self) {
        self.fuel = FUEL;
    }

    fn burn(&mut self) -> Done<()> {
        self.fuel = self.fuel.saturating_sub(1);
        match self.fuel {
            0 => Err("the program takes too long".to_string()),
            _ => Ok(()),
        }
    }

    /// Where a name's value is: frame and name, through aliases.
    fn locate(&self, name: &str) -> (usize, String) {
        let mut frame = self.frames.len() - 1;
        let mut name = name.to_string();
        if !self.frames[frame].contains_key(&name) {
            frame = 0;
        }
        while let Some(Cell::Alias(f, n)) = self.frames[frame].get(&name) {
            (frame, name) = (*f, n.clone());
        }
        (frame, name)
    }

    pub fn get(&mut self, name: &str) -> Value {
        if name == "NF" {
            self.split_record();
            return Value::Number(self.fields.len() as f64);
        }
        let (frame, name) = self.locate(name);
        match self.frames[frame].get(&name) {
            Some(Cell::Value(value)) => value.clone(),
            _ => Value::Unset,
        }
    }

    fn get_text(&mut self, name: &str) -> String {
        self.get(name).text("%.6g")
    }

    pub fn set(&mut self, name: &str, value: Value) {
        if name == "NF" {
            self.split_record();
            let n = (value.number().max(0.0) as usize).min(MAX_FIELDS);
            self.fields.resize(n, String::new());
            self.stale = true;
            return;
        }
        let top = self.frames.len() - 1;
        let local = top > 0 && self.frames[top].contains_key(name);
        let frame = if local { top } else { 0 };
        self.frames[frame].insert(name.to_string(), Cell::Value(value));
    }

    fn array(&mut self, name: &str) -> Done<&mut Array> {
        let (frame, name) = self.locate(name);
        let cell = self.frames[frame]
            .entry(name.clone())
            .or_insert_with(|| Cell::Array(Array::default()));
        if matches!(cell, Cell::Value(Value::Unset)) {
            *cell = Cell::Array(Array::default());
        }
        match cell {
            Cell::Array(array) => Ok(array),
            _ => Err(format!("can't use scalar {name} as array")),
        }
    }

    pub fn set_element(&mut self, array: &str, key: &str, value: Value) {
        if let Ok(array) = self.array(array) {
            array.set(key, value);
        }
    }

    pub fn set_record(&mut self, text: String) {
        self.record = text;
        self.split = false;
        self.stale = false;
    }

    fn split_record(&mut self) {
        if self.split {
            return;
        }
        self.split = true;
        let record = std::mem::take(&mut self.record);
        let separator = self.get_text("FS");
        let paragraph = self.get_text("RS").is_empty();
        self.fields = self.split_text(&record, &separator, paragraph);
        self.record = record;
    }

    fn whole(&mut self) -> String {
        if self.stale {
            let separator = self.get_text("OFS");
            self.record = self.fields.join(&separator);
            self.stale = false;
        }
        self.record.clone()
    }

    fn field(&mut self, n: f64) -> Done<Value> {
        if n < 0.0 {
            return Err(format!("negative field index ${n}"));
        }
        if n < 1.0 {
            return Ok(Value::input(&self.whole()));
        }
        self.split_record();
        Ok(match self.fields.get(n as usize - 1) {
            Some(text) => Value::input(text),
            None => Value::Unset,
        })
    }

    fn set_field(&mut self, n: f64, text: String) -> Done<()> {
        let n = n as i64;
        if n < 0 || n as usize > MAX_FIELDS {
            return Err(format!("bad field index ${n}"));
        }
        if n == 0 {
            self.set_record(text);
            return Ok(());
        }
        self.split_record();
        let n = n as usize;
        if self.fields.len() < n {
            self.fields.resize(n, String::new());
        }
        self.fields[n - 1] = text;
        self.stale = true;
        Ok(())
    }

    fn split_text(&mut self, text: &str, separator: &str, lines_too: bool) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        if separator == " " {
            return text.split_ascii_whitespace().map(String::from).collect();
        }
        if separator.is_empty() {
            return text.chars().map(String::from).collect();
        }
        let single = separator.chars().count() == 1 && separator != "\\";
        if single && !lines_too {
            return text.split(separator).map(String::from).collect();
        }
        let pattern = match (single, lines_too) {
            (true, _) => format!("[{separator}\n]"),
            (false, true) => format!("({separator})|\n"),
            (false, false) => separator.to_string(),
        };
        let Ok(regex) = self.regex(&pattern) else {
            return vec![text.to_string()];
        };
        let mut fields = Vec::new();
        let (mut from, mut at) = (0, 0);
        while let Some((a, b)) = regex.find_at(text, at) {
            if b == a {
                at = b + text[b..].chars().next().map_or(1, char::len_utf8);
                if at > text.len() {
                    break;
                }
                continue;
            }
            fields.push(text[from..a].to_string());
            (from, at) = (b, b);
        }
        fields.push(text[from..].to_string());
        fields
    }

    pub fn regex(&mut self, pattern: &str) -> Done<Regex> {
        if let Some(regex) = self.regexes.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = Regex::new(pattern, Flavor::Awk, false)
            .map_err(|e| format!("regular expression compile failed ({e})\n{pattern}"))?;
        if self.regexes.len() > 500 {
            self.regexes.clear();
        }
        self.regexes.insert(pattern.to_string(), regex.clone());
        Ok(regex)
    }

    pub fn truth(&mut self, expr: &Expr, cx: &mut Cx) -> Done<bool> {
        Ok(self.eval(expr, cx)?.truth())
    }

    pub fn text_of(&mut self, expr: &Expr, cx: &mut Cx) -> Done<String> {
        let value = self.eval(expr, cx)?;
        Ok(self.value_text(&value))
    }

    fn value_text(&mut self, value: &Value) -> String {
        match value {
            Value::Number(n) if *n != n.trunc() => number_text(*n, &self.get_text("CONVFMT")),
            other => other.text("%.6g"),
        }
    }

    fn number_of(&mut self, expr: &Expr, cx: &mut Cx) -> Done<f64> {
        Ok(self.eval(expr, cx)?.number())
    }

    fn key(&mut self, index: &[Expr], cx: &mut Cx) -> Done<String> {
        let mut parts = Vec::with_capacity(index.len());
        for expr in index {
            parts.push(self.text_of(expr, cx)?);
        }
        let separator = self.get_text("SUBSEP");
        Ok(parts.join(&separator))
    }

    pub fn eval(&mut self, expr: &Expr, cx: &mut Cx) -> Done<Value> {
        self.burn()?;
        let truth = |b: bool| Value::Number(f64::from(u8::from(b)));
        Ok(match expr {
            Expr::Number(n) => Value::Number(*n),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Group(inner) => self.eval(inner, cx)?,
            Expr::Regex(regex) => truth(regex.is_match(&self.whole())),
            Expr::Var(name) => self.get(name),
            Expr::Field(n) => {
                let n = self.number_of(n, cx)?;
                self.field(n)?
            }
            Expr::Index(name, index) => {
                let key = self.key(index, cx)?;
                self.array(name)?.get(&key)
            }
            Expr::Assign(op, place, value) => self.assign(*op, place, value, cx)?,
            Expr::Cond(condition, yes, no) => match self.truth(condition, cx)? {
                true => self.eval(yes, cx)?,
                false => self.eval(no, cx)?,
            },
            Expr::And(a, b) => truth(self.truth(a, cx)? && self.truth(b, cx)?),
            Expr::Or(a, b) => truth(self.truth(a, cx)? || self.truth(b, cx)?),
            Expr::Not(a) => truth(!self.truth(a, cx)?),
            Expr::Minus(a) => Value::Number(-self.number_of(a, cx)?),
            Expr::Plus(a) => Value::Number(self.number_of(a, cx)?),
            Expr::Arith(op, a, b) => {
                let (a, b) = (self.number_of(a, cx)?, self.number_of(b, cx)?);
                Value::Number(arith(*op, a, b))
            }
            Expr::Compare(op, a, b) => {
                let (a, b) = (self.eval(a, cx)?, self.eval(b, cx)?);
                truth(self.compare(op, &a, &b))
            }
            Expr::Concat(a, b) => {
                let mut text = self.text_of(a, cx)?;
                text.push_str(&self.text_of(b, cx)?);
                if text.len() > MAX_TEXT {
                    return Err("text is too long".to_string());
                }
                Value::Text(text)
            }
            Expr::Match(negated, a, b) => {
                let text = self.text_of(a, cx)?;
                let regex = self.regex_of(b, cx)?;
                truth(regex.is_match(&text) != *negated)
            }
            Expr::In(index, name) => {
                let key = self.key(index, cx)?;
                truth(self.array(name)?.contains(&key))
            }
            Expr::Step(by, before, place) => {
                let old = self.eval(place, cx)?.number();
                self.store(place, Value::Number(old + by), cx)?;
                Value::Number(if *before { old + by } else { old })
            }
            Expr::Builtin(name, args) => self.builtin(name, args, cx)?,
            Expr::Call(name, args) => self.call(name, args, cx)?,
            Expr::Getline(place, file) => self.getline(place.as_deref(), file.as_deref(), cx)?,
        })
    }

    /// An expression used as a regular expression.
    pub fn regex_of(&mut self, expr: &Expr, cx: &mut Cx) -> Done<Regex> {
        match expr {
            Expr::Regex(regex) => Ok(regex.clone()),
            other => {
                let pattern = self.text_of(other, cx)?;
                self.regex(&pattern)
            }
        }
    }

    fn compare(&mut self, op: &str, a: &Value, b: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = match a.is_number() && b.is_number() {
            true => a.number().partial_cmp(&b.number()),
            false => Some(self.value_text(a).cmp(&self.value_text(b))),
        };
        match op {
            "<" => order == Some(Less),
            "<=" => matches!(order, Some(Less | Equal)),
            "==" => order == Some(Equal),
            "!=" => order != Some(Equal),
            ">" => order == Some(Greater),
            _ => matches!(order, Some(Greater | Equal)),
        }
    }

    fn assign(&mut self, op: char, place: &Expr, value: &Expr, cx: &mut Cx) -> Done<Value> {
        let value = match op {
            '=' => self.eval(value, cx)?,
            op => {
                let right = self.number_of(value, cx)?;
                let left = self.eval(place, cx)?.number();
                Value::Number(arith(op, left, right))
            }
        };
        self.store(place, value.clone(), cx)?;
        Ok(value)
    }

    pub fn store(&mut self, place: &Expr, value: Value, cx: &mut Cx) -> Done<()> {
        match place {
            Expr::Group(inner) => self.store(inner, value, cx),
            Expr::Var(name) => {
                let (frame, at) = self.locate(name);
                if matches!(self.frames[frame].get(&at), Some(Cell::Array(_))) {
                    return Err(format!("can't use array {name} as scalar"));
                }
                self.set(name, value);
                Ok(())
            }
            Expr::Index(name, index) => {
                let key = self.key(index, cx)?;
                self.array(name)?.set(&key, value);
                Ok(())
            }
            Expr::Field(n) => {
                let n = self.number_of(n, cx)?;
                let text = self.value_text(&value);
                self.set_field(n, text)
            }
            _ => Err("assignment to something that has no place".to_string()),
        }
    }

    fn call(&mut self, name: &str, args: &[Expr], cx: &mut Cx) -> Done<Value> {
        let script = self.script.clone();
        let Some(function) = script.functions.iter().find(|f| f.name == name) else {
            return Err(format!("function {name} never defined"));
        };
        if args.len() > function.params.len() {
            return Err(format!("too many arguments in call to {name}"));
        }
        if self.frames.len() > MAX_CALLS {
            return Err(format!("function {name} calls itself too deeply"));
        }
        let mut frame = SortedMap::new();
        for (i, param) in function.params.iter().enumerate() {
            let cell = match args.get(i) {
                Some(Expr::Var(var)) if var != "NF" => {
                    let (at, var) = self.locate(var);
                    match self.frames[at].get(&var) {
                        Some(Cell::Value(value)) if !matches!(value, Value::Unset) => {
                            Cell::Value(value.clone())
                        }
                        _ => Cell::Alias(at, var),
                    }
                }
                Some(expr) => Cell::Value(self.eval(expr, cx)?),
                None => Cell::Value(Value::Unset),
            };
            frame.insert(param.clone(), cell);
        }
        self.frames.push(frame);
        self.returned = Value::Unset;
        let flow = self.run(&function.body, cx);
        self.frames.pop();
        match flow? {
            Flow::Exit => Err("exit".to_string()),
            Flow::Next | Flow::NextFile => Err("next used in a function".to_string()),
            _ => Ok(std::mem::take(&mut self.returned)),
        }
    }

    fn getline(&mut self, place: Option<&Expr>, file: Option<&Expr>, cx: &mut Cx) -> Done<Value> {
        let line = match file {
            None => {
                let line = self.upcoming.pop_front();
                if line.is_some() {
                    for name in ["NR", "FNR"] {
                        let n = self.get(name).number();
                        self.set(name, Value::Number(n + 1.0));
                    }
                }
                line
            }
            Some(file) => {
                let name = self.text_of(file, cx)?;
                if !self.inputs.contains_key(&name) {
                    let Ok(data) = cx.read_file(&name) else {
                        return Ok(Value::Number(-1.0));
                    };
                    self.inputs.insert(name.clone(), (data, 0));
                }
                self.inputs.get_mut(&name).and_then(|(data, at)| {
                    let rest = data.get(*at..).filter(|r| !r.is_empty())?;
                    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                    let line = String::from_utf8_lossy(&rest[..end]).into_owned();
                    *at += end + 1;
                    Some(line)
                })
            }
        };
        let Some(line) = line else {
            return Ok(Value::Number(0.0));
        };
        match place {
            Some(place) => self.store(place, Value::input(&line), cx)?,
            None => self.set_record(line),
        }
        Ok(Value::Number(1.0))
    }

    pub fn run(&mut self, stmt: &Stmt, cx: &mut Cx) -> Done<Flow> {
        self.burn()?;
        match stmt {
            Stmt::Expr(expr) => {
                self.eval(expr, cx)?;
            }
            Stmt::Print(items, target) => {
                let text = self.printed(items, cx)?;
                self.write(&text, target.as_ref(), cx)?;
            }
            Stmt::Printf(items, target) => {
                let text = self.formatted(items, cx)?;
                self.write(&text, target.as_ref(), cx)?;
            }
            Stmt::Block(stmts) => {
                for stmt in stmts {
                    let flow = self.run(stmt, cx)?;
                    if flow != Flow::Normal {
                        return Ok(flow);
                    }
                }
            }
            Stmt::If(condition, yes, no) => {
                if self.truth(condition, cx)? {
                    return self.run(yes, cx);
                }
                if let Some(no) = no {
                    return self.run(no, cx);
                }
            }
            Stmt::Delete(name, None) => *self.array(name)? = Array::default(),
            Stmt::Delete(name, Some(index)) => {
                let key = self.key(index, cx)?;
                self.array(name)?.remove(&key);
            }
            Stmt::Next => return Ok(Flow::Next),
            Stmt::NextFile => return Ok(Flow::NextFile),
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            Stmt::Exit(code) => {
                if let Some(code) = code {
                    self.exit = self.number_of(code, cx)? as i32 & 255;
                }
                return Ok(Flow::Exit);
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(value) => self.eval(value, cx)?,
                    None => Value::Unset,
                };
                self.returned = value;
                return Ok(Flow::Return);
            }
            other => return self.repeat(other, cx),
        }
        Ok(Flow::Normal)
    }

    fn repeat(&mut self, stmt: &Stmt, cx: &mut Cx) -> Done<Flow> {
        let (condition, step, body) = match stmt {
            Stmt::ForIn(var, array, body) => {
                for key in self.array(array)?.keys() {
                    self.set(var, Value::input(&key));
                    match self.run(body, cx)? {
                        Flow::Normal | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Ok(other),
                    }
                }
                return Ok(Flow::Normal);
            }
            Stmt::Do(body, condition) => {
                match self.run(body, cx)? {
                    Flow::Normal | Flow::Continue => {}
                    Flow::Break => return Ok(Flow::Normal),
                    other => return Ok(other),
                }
                (Some(condition), None, body)
            }
            Stmt::While(condition, body) => (Some(condition), None, body),
            Stmt::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.run(first, cx)?;
                }
                (condition.as_ref(), step.as_ref(), body)
            }
            _ => return Ok(Flow::Normal),
        };
        loop {
            self.burn()?;
            if let Some(condition) = condition
                && !self.truth(condition, cx)?
            {
                return Ok(Flow::Normal);
            }
            match self.run(body, cx)? {
                Flow::Normal | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Normal),
                other => return Ok(other),
            }
            if let Some(step) = step {
                self.run(step, cx)?;
            }
        }
    }

    fn printed(&mut self, items: &[Expr], cx: &mut Cx) -> Done<String> {
        let mut texts = Vec::with_capacity(items.len());
        let format = self.get_text("OFMT");
        for item in items {
            texts.push(self.eval(item, cx)?.text(&format));
        }
        if items.is_empty() {
            texts.push(self.whole());
        }
        let text = texts.join(&self.get_text("OFS"));
        Ok(text + &self.get_text("ORS"))
    }

    pub fn formatted(&mut self, items: &[Expr], cx: &mut Cx) -> Done<String> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.eval(item, cx)?);
        }
        let Some((format, args)) = values.split_first() else {
            return Err("no arguments in call to sprintf".to_string());
        };
        let format = self.value_text(format);
        Ok(printf(&format, args, &self.get_text("CONVFMT")))
    }

    /// Prints the record.
    pub fn print_record(&mut self, cx: &mut Cx) -> Done<()> {
        let text = self.printed(&[], cx)?;
        self.write(&text, None, cx)
    }

    fn write(&mut self, text: &str, target: Option<&(Redirect, Expr)>, cx: &mut Cx) -> Done<()> {
        let Some((kind, target)) = target else {
            cx.out(text);
            return Ok(());
        };
        let name = self.text_of(target, cx)?;
        match (name.as_str(), kind) {
            ("/dev/stdout" | "-", Redirect::File | Redirect::Append) => cx.out(text),
            ("/dev/stderr", Redirect::File | Redirect::Append) => cx.write(2, text.as_bytes()),
            ("cat 1>&2" | "cat >&2", Redirect::Pipe) => cx.write(2, text.as_bytes()),
            (_, Redirect::Pipe) => match self.pipes.iter_mut().find(|(n, _)| *n == name) {
                Some((_, data)) if data.len() > MAX_TEXT => {
                    return Err("too much output for a command".to_string());
                }
                Some((_, data)) => data.extend(text.bytes()),
                None => self.pipes.push((name, text.as_bytes().to_vec())),
            },
            _ => {
                if !self.files.contains_key(&name) {
                    let how = match kind {
                        Redirect::Append => Open::APPEND,
                        _ => Open::WRITE,
                    };
                    let fd = cx
                        .open_fd(&name, how)
                        .map_err(|e| format!("cannot open \"{name}\" for output ({e})"))?;
                    self.files.insert(name.clone(), fd);
                }
                cx.write(self.files[&name], text.as_bytes());
            }
        }
        Ok(())
    }

    /// `close`: 0 if there was something to close.
    pub fn close(&mut self, name: &str) -> f64 {
        // A written file keeps its descriptor until the end, but begins anew when it is opened again.
        let known = self.files.remove(name).is_some() | self.inputs.remove(name).is_some();
        let piped = self.pipes.iter().any(|(n, _)| n == name);
        if known || piped { 0.0 } else { -1.0 }
    }

    /// `srand`: the seed before.
    pub fn reseed(&mut self, seed: f64) -> f64 {
        self.seed = seed.to_bits();
        std::mem::replace(&mut self.previous_seed, seed)
    }

    /// Length of an array, if the name is one.
    pub fn array_length(&mut self, name: &str) -> Option<usize> {
        let (frame, name) = self.locate(name);
        match self.frames[frame].get(&name) {
            Some(Cell::Array(array)) => Some(array.len()),
            _ => None,
        }
    }

    /// `split`: puts the pieces into an array, and gives how many there are.
    pub fn split_into(&mut self, text: &str, array: &str, separator: &str) -> Done<f64> {
        let pieces = self.split_text(text, separator, false);
        let array = self.array(array)?;
        *array = Array::default();
        for (i, piece) in pieces.iter().enumerate() {
            array.set(&(i + 1).to_string(), Value::input(piece));
        }
        Ok(pieces.len() as f64)
    }
}

fn arith(op: char, a: f64, b: f64) -> f64 {
    match op {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' => a / b,
        '%' => a % b,
        // The platform's own differs in the last bit between native programs and WASM.
        _ => libm::pow(a, b),
    }
}
