//! `expr`.

use super::super::process::{Cx, Start};
use super::super::regex::{Flavor, Regex};

/// Parentheses may nest this deep.
const MAX_DEPTH: usize = 100;

struct Parser {
    words: Vec<String>,
    at: usize,
    depth: usize,
}

type Value = Result<String, String>;

const LEVELS: [&[&str]; 6] = [
    &["|"],
    &["&"],
    &["<", "<=", "=", "==", "!=", ">=", ">"],
    &["+", "-"],
    &["*", "/", "%"],
    &[":"],
];

fn truth(text: &str) -> bool {
    !text.is_empty()
        && !text
            .trim_start_matches('-')
            .trim_start_matches('0')
            .is_empty()
}

impl Parser {
    fn level(&mut self, level: usize) -> Value {
        let Some(ops) = LEVELS.get(level) else {
            return self.primary();
        };
        let mut left = self.level(level + 1)?;
        while let Some(op) = self
            .words
            .get(self.at)
            .filter(|w| ops.contains(&w.as_str()))
        {
            let op = op.clone();
            self.at += 1;
            let right = self.level(level + 1)?;
            left = apply(&op, &left, &right)?;
        }
        Ok(left)
    }

    fn word(&mut self) -> Value {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word.ok_or_else(|| {
            let last = self.words.last().cloned().unwrap_or_default();
            format!("syntax error: missing argument after '{last}'")
        })
    }

    fn primary(&mut self) -> Value {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("syntax error: nested too deeply".to_string());
        }
        let word = self.word()?;
        let more = self.at < self.words.len();
        let value = match word.as_str() {
            "(" => {
                let value = self.level(0)?;
                match self.words.get(self.at).map(String::as_str) {
                    Some(")") => self.at += 1,
                    _ => {
                        let last = &self.words[self.at.min(self.words.len()) - 1];
                        return Err(format!("syntax error: expecting ')' after '{last}'"));
                    }
                }
                value
            }
            ")" => return Err("syntax error: unexpected ')'".to_string()),
            "length" if more => self.primary()?.chars().count().to_string(),
            "index" if more => {
                let (text, set) = (self.primary()?, self.primary()?);
                let at = text.chars().position(|c| set.contains(c));
                at.map_or(0, |at| at + 1).to_string()
            }
            "substr" if more => {
                let text = self.primary()?;
                let (from, len) = (self.primary()?, self.primary()?);
                match (from.parse::<usize>(), len.parse::<usize>()) {
                    (Ok(from), Ok(len)) if from > 0 => {
                        text.chars().skip(from - 1).take(len).collect()
                    }
                    _ => String::new(),
                }
            }
            "match" if more => {
                let text = self.primary()?;
                let pattern = self.primary()?;
                matched(&text, &pattern)?
            }
            "+" if more => self.word()?,
            _ => word,
        };
        self.depth -= 1;
        Ok(value)
    }
}

/// `text : pattern`: the group, or how many characters matched.
fn matched(text: &str, pattern: &str) -> Value {
    let regex = Regex::new(
        &format!("^{}", pattern.trim_start_matches('^')),
        Flavor::Basic,
        false,
    )?;
    let has_group = regex.names().len() > 1;
    Ok(match regex.captures(text) {
        Some(groups) if has_group => groups.get(1).cloned().flatten().unwrap_or_default(),
        Some(groups) => {
            let whole = groups.first().cloned().flatten().unwrap_or_default();
            whole.chars().count().to_string()
        }
        None if has_group => String::new(),
        None => "0".to_string(),
    })
}

fn apply(op: &str, a: &str, b: &str) -> Value {
    let numbers = (a.parse::<i64>(), b.parse::<i64>());
    Ok(match op {
        "|" if truth(a) => a.to_string(),
        "|" if truth(b) => b.to_string(),
        "|" => "0".to_string(),
        "&" if truth(a) && truth(b) => a.to_string(),
        "&" => "0".to_string(),
        ":" => return matched(a, b),
        "<" | "<=" | "=" | "==" | "!=" | ">=" | ">" => {
            let order = match numbers {
                (Ok(x), Ok(y)) => x.cmp(&y),
                _ => a.cmp(b),
            };
            let holds = match op {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                ">" => order.is_gt(),
                _ => order.is_eq(),
            };
            u8::from(holds).to_string()
        }
        op => {
            let (Ok(x), Ok(y)) = numbers else {
                return Err("non-integer argument".to_string());
            };
            if y == 0 && matches!(op, "/" | "%") {
                return Err("division by zero".to_string());
            }
            let result = match op {
                "+" => x.checked_add(y),
                "-" => x.checked_sub(y),
                "*" => x.checked_mul(y),
                "/" => x.checked_div(y),
                _ => x.checked_rem(y),
            };
            result.ok_or("integer result too large")?.to_string()
        }
    })
}

pub fn expr(cx: &mut Cx) -> Start {
    let mut words = cx.args();
    if words.first().is_some_and(|w| w == "--") {
        words.remove(0);
    }
    if words.is_empty() {
        return cx.fail(
            2,
            "missing operand\nTry 'expr --help' for more information.",
        );
    }
    let mut parser = Parser {
        words,
        at: 0,
        depth: 0,
    };
    match parser.level(0) {
        Err(message) => cx.fail(2, message),
        Ok(_) if parser.at < parser.words.len() => {
            let extra = parser.words[parser.at].clone();
            match extra.as_str() {
                ")" => cx.fail(2, "syntax error: unexpected ')'"),
                extra => cx.fail(2, format!("syntax error: unexpected argument '{extra}'")),
            }
        }
        Ok(value) => {
            cx.out(format!("{value}\n"));
            Start::Done(i32::from(!truth(&value)))
        }
    }
}
