//! `test` and `[`, also for `[[`.

use std::cmp::Ordering;

use super::super::interp::Interp;
use super::super::process::{Cx, Start};
use super::super::system::FileKind;
use super::End;

pub fn test(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    report(interp, cx, "test", &argv[1..])
}

pub fn bracket(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    match argv.split_last() {
        Some((last, rest)) if last == "]" && !rest.is_empty() => {
            report(interp, cx, "[", &rest[1..])
        }
        _ => {
            let message = if interp.state.bash() {
                "missing `]'"
            } else {
                "missing ]"
            };
            interp.error(cx, format!("[: {message}"));
            End::Status(2)
        }
    }
}

fn report(interp: &mut Interp, cx: &mut Cx, name: &str, args: &[String]) -> End {
    match evaluate(cx, args) {
        Ok(value) => End::Status(i32::from(!value)),
        Err(message) => {
            interp.error(cx, format!("{name}: {message}"));
            End::Status(2)
        }
    }
}

/// `test` and `[` as programs.
pub fn program(cx: &mut Cx) -> Start {
    let mut args = cx.args();
    if cx.name() == "[" && args.pop().as_deref() != Some("]") {
        return cx.fail(2, "missing ']'");
    }
    match evaluate(cx, &args) {
        Ok(value) => Start::Done(i32::from(!value)),
        Err(message) => cx.fail(2, message),
    }
}

/// The value of a test expression.
pub fn evaluate(cx: &mut Cx, args: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(false),
        [one] => Ok(!one.is_empty()),
        ["!", rest @ ..] if words.len() <= 3 && !(words.len() == 3 && is_binary(rest[0])) => {
            let rest: Vec<String> = rest.iter().map(|s| s.to_string()).collect();
            evaluate(cx, &rest).map(|v| !v)
        }
        [op, operand] => {
            if is_unary(op) {
                unary(cx, op, operand)
            } else {
                Err(format!("{op}: unary operator expected"))
            }
        }
        [left, op, right] if is_binary(op) => binary(cx, left, op, right),
        _ => {
            let mut parser = Expression {
                words: &words,
                at: 0,
            };
            let value = parser.or(cx)?;
            match parser.words.get(parser.at) {
                None => Ok(value),
                Some(_) if words.len() == 3 => {
                    Err(format!("{}: binary operator expected", words[1]))
                }
                Some(_) => Err("too many arguments".to_string()),
            }
        }
    }
}

struct Expression<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl Expression<'_> {
    fn or(&mut self, cx: &mut Cx) -> Result<bool, String> {
        let mut value = self.and(cx)?;
        while self.words.get(self.at) == Some(&"-o") {
            self.at += 1;
            value |= self.and(cx)?;
        }
        Ok(value)
    }

    fn and(&mut self, cx: &mut Cx) -> Result<bool, String> {
        let mut value = self.primary(cx)?;
        while self.words.get(self.at) == Some(&"-a") {
            self.at += 1;
            value &= self.primary(cx)?;
        }
        Ok(value)
    }

    fn primary(&mut self, cx: &mut Cx) -> Result<bool, String> {
        let left = &self.words[self.at.min(self.words.len())..];
        match left {
            [] => Err("argument expected".to_string()),
            [a, op, b, ..] if is_binary(op) => {
                self.at += 3;
                binary(cx, a, op, b)
            }
            ["!", ..] => {
                self.at += 1;
                Ok(!self.primary(cx)?)
            }
            ["(", ..] => {
                self.at += 1;
                let value = self.or(cx)?;
                if self.words.get(self.at) != Some(&")") {
                    return Err("`)' expected".to_string());
                }
                self.at += 1;
                Ok(value)
            }
            [op, operand, ..] if is_unary(op) => {
                self.at += 2;
                unary(cx, op, operand)
            }
            [word, ..] => {
                self.at += 1;
                Ok(!word.is_empty())
            }
        }
    }
}

fn is_unary(op: &str) -> bool {
    op.len() == 2 && op.starts_with('-') && "abcdefghknoprstuwxzGLNOSv".contains(&op[1..])
}

fn is_binary(op: &str) -> bool {
    matches!(
        op,
        "=" | "=="
            | "!="
            | "<"
            | ">"
            | "-eq"
            | "-ne"
            | "-lt"
            | "-le"
            | "-gt"
            | "-ge"
            | "-nt"
            | "-ot"
            | "-ef"
    )
}

/// A test with one operand.
pub fn unary(cx: &mut Cx, op: &str, operand: &str) -> Result<bool, String> {
    let kind = |cx: &mut Cx, kind: FileKind| cx.stat(operand, true).is_ok_and(|m| m.kind == kind);
    Ok(match op {
        "-z" => operand.is_empty(),
        "-n" => !operand.is_empty(),
        "-e" | "-a" => cx.stat(operand, true).is_ok(),
        "-f" => kind(cx, FileKind::File),
        "-d" => kind(cx, FileKind::Dir),
        "-c" => kind(cx, FileKind::CharDevice),
        "-p" => kind(cx, FileKind::Pipe),
        "-L" | "-h" => cx
            .stat(operand, false)
            .is_ok_and(|m| m.kind == FileKind::Symlink),
        "-s" => cx.stat(operand, true).is_ok_and(|m| m.size > 0),
        "-r" | "-w" | "-O" | "-G" | "-N" => cx.stat(operand, true).is_ok(),
        "-x" => cx.stat(operand, true).is_ok_and(|m| m.mode & 0o111 != 0),
        "-b" | "-S" | "-u" | "-g" | "-k" => false,
        "-t" => operand.parse().is_ok_and(|fd| cx.is_tty(fd)),
        "-o" | "-v" => false,
        _ => return Err(format!("{op}: unary operator expected")),
    })
}

/// A test with two operands.
pub fn binary(cx: &mut Cx, left: &str, op: &str, right: &str) -> Result<bool, String> {
    Ok(match op {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-nt" | "-ot" => {
            let (a, b) = (cx.stat(left, true).ok(), cx.stat(right, true).ok());
            let (newer, older) = if op == "-nt" { (a, b) } else { (b, a) };
            match (newer, older) {
                (Some(a), Some(b)) => a.mtime > b.mtime,
                (Some(_), None) => true,
                _ => false,
            }
        }
        "-ef" => {
            let (a, b) = (cx.path(left), cx.path(right));
            let fs = cx.sys.fs();
            matches!((fs.canonical(&a), fs.canonical(&b)), (Ok(a), Ok(b)) if a == b)
        }
        _ => {
            let (a, b) = (number(left)?, number(right)?);
            compare(op, a.cmp(&b))
        }
    })
}

/// `-lt` and its kin on an ordering.
pub fn compare(op: &str, order: Ordering) -> bool {
    match op {
        "-eq" => order.is_eq(),
        "-ne" => order.is_ne(),
        "-lt" => order.is_lt(),
        "-le" => order.is_le(),
        "-gt" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn number(text: &str) -> Result<i64, String> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix('+').unwrap_or(trimmed);
    digits
        .parse()
        .map_err(|_| format!("{text}: integer expression expected"))
}
