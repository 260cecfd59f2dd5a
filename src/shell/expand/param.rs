//! `${…}`: values of parameters and what the operators make of them.

use super::super::ast::*;
use super::super::escape;
use super::super::pattern::Pattern;
use super::{Chunk, Expand, Expander, Stop};

/// What a parameter holds.
enum Got {
    Unset,
    One(String),
    /// `$@`, `$*`, `${a[@]}`; `star` when quoting joins them.
    Many {
        items: Vec<String>,
        star: bool,
    },
}

impl Expander<'_, '_> {
    pub(super) fn param(
        &mut self,
        param: &Param,
        double: bool,
        out: &mut Vec<Chunk>,
    ) -> Expand<()> {
        let mut param = param;
        let pointed;
        if param.indirect {
            let target = match self.lookup(param)? {
                Got::One(text) => text,
                _ => String::new(),
            };
            let (name, index) = match target.split_once('[') {
                Some((name, "@]")) => (name.to_string(), Some(Index::At)),
                Some((name, rest)) => {
                    let text = rest.trim_end_matches(']').to_string();
                    let word = Word {
                        parts: vec![Part::Quoted(text)],
                        assign: false,
                    };
                    (name.to_string(), Some(Index::Word(word)))
                }
                None => (target, None),
            };
            pointed = Param {
                name,
                index,
                indirect: false,
                op: param.op.clone(),
            };
            param = &pointed;
        }
        let got = match &param.op {
            ParamOp::Keys => {
                let keys = self
                    .state
                    .vars
                    .get(&param.name)
                    .map(|v| v.keys())
                    .unwrap_or_default();
                Got::Many {
                    items: keys,
                    star: matches!(param.index, Some(Index::Star)),
                }
            }
            ParamOp::Names => {
                let names = self.state.vars.iter().map(|(k, _)| k.clone());
                Got::Many {
                    items: names.filter(|k| k.starts_with(&param.name)).collect(),
                    star: false,
                }
            }
            _ => self.lookup(param)?,
        };
        match &param.op {
            ParamOp::Value | ParamOp::Keys | ParamOp::Names => {
                self.emit(self.checked(param, got)?, double, out)
            }
            ParamOp::Length => {
                let n = match self.checked(param, got)? {
                    Got::Many { items, .. } => items.len(),
                    Got::One(text) => text.chars().count(),
                    Got::Unset => 0,
                };
                out.push(Chunk::expanded(n.to_string(), double));
            }
            ParamOp::Default { colon, word }
            | ParamOp::Assign { colon, word }
            | ParamOp::Error { colon, word }
            | ParamOp::Alternative { colon, word } => {
                return self.conditional(param, got, *colon, word, double, out);
            }
            ParamOp::Substring { offset, length } => {
                let got = self.checked(param, got)?;
                let got = self.substring(param, got, offset, length.as_ref())?;
                self.emit(got, double, out);
            }
            _ => {
                let got = self.checked(param, got)?;
                let got = self.transform(param, got)?;
                self.emit(got, double, out);
            }
        }
        Ok(())
    }

    /// Refuses an unset parameter under `set -u`.
    fn checked(&self, param: &Param, got: Got) -> Expand<Got> {
        if matches!(got, Got::Unset)
            && self.state.options.nounset
            && !matches!(param.name.as_str(), "@" | "*")
        {
            return Err(Stop::Fail(self.unbound(&param.name)));
        }
        Ok(got)
    }

    fn unbound(&self, name: &str) -> String {
        match self.state.dialect {
            super::super::system::Dialect::Bash => format!("{name}: unbound variable"),
            _ => format!("{name}: parameter not set"),
        }
    }

    fn emit(&self, got: Got, double: bool, out: &mut Vec<Chunk>) {
        match got {
            Got::Unset => {
                // Nothing, but a quoted nothing is a field.
                if double {
                    out.push(Chunk::Quoted(String::new()));
                }
            }
            Got::One(text) => out.push(Chunk::expanded(text, double)),
            Got::Many { items, star: true } if double => {
                let separator: String = self.ifs().chars().take(1).collect();
                out.push(Chunk::Quoted(items.join(&separator)));
            }
            Got::Many { items, .. } => {
                for (i, item) in items.into_iter().enumerate() {
                    if i > 0 {
                        out.push(Chunk::Break);
                    }
                    out.push(Chunk::expanded(item, double));
                }
            }
        }
    }

    fn lookup(&mut self, param: &Param) -> Expand<Got> {
        let name = param.name.as_str();
        match &param.index {
            None if name == "@" || name == "*" => Ok(Got::Many {
                items: self.state.positional.clone(),
                star: name == "*",
            }),
            None => Ok(self.special_or_var(name).map_or(Got::Unset, Got::One)),
            Some(index @ (Index::At | Index::Star)) => {
                let items = match self.state.vars.get(name) {
                    Some(var) => var.elements(),
                    None => Vec::new(),
                };
                Ok(Got::Many {
                    items,
                    star: matches!(index, Index::Star),
                })
            }
            Some(Index::Word(word)) => {
                let key = self.text(word)?;
                let key = if self.state.vars.is_assoc(name) {
                    key
                } else {
                    self.arith_text(&key)?.to_string()
                };
                Ok(self.element(name, &key).map_or(Got::Unset, Got::One))
            }
        }
    }

    /// One element; `key` is a number for arrays that are not associative.
    pub(super) fn element(&mut self, name: &str, key: &str) -> Option<String> {
        use super::super::vars::Value;
        match &self.state.vars.get(name)?.value {
            Value::Unset => None,
            Value::Scalar(text) => (key == "0" || key == "-1").then(|| text.clone()),
            Value::Assoc(items) => items.get(key).cloned(),
            Value::Array(items) => {
                let at: i64 = key.parse().ok()?;
                let at = if at < 0 {
                    items.keys().next_back()? + 1 + at
                } else {
                    at
                };
                items.get(&at).cloned()
            }
        }
    }

    /// A special parameter, positional parameter or variable.
    pub(super) fn special_or_var(&mut self, name: &str) -> Option<String> {
        let state = &self.state;
        let text = match name {
            "?" => state.status.to_string(),
            "#" => state.positional.len().to_string(),
            "$" => state.root_pid.to_string(),
            "!" => return state.last_background.map(|p| p.to_string()),
            "0" => state.name.clone(),
            "-" => state.options.letters(state.interactive),
            "@" | "*" => state.positional.join(" "),
            "RANDOM" => ((self.cx.sys.kernel().random() >> 33) % 32768).to_string(),
            "SECONDS" => (self.cx.sys.now().saturating_sub(state.started) / 1_000_000).to_string(),
            "EPOCHSECONDS" => (self.cx.sys.now() / 1_000_000).to_string(),
            "LINENO" => state.line.to_string(),
            "BASHPID" => self.cx.proc.pid.to_string(),
            "PPID" => self.cx.proc.ppid.to_string(),
            "UID" | "EUID" if state.vars.get(name).is_none() => self.cx.sys.user().1.to_string(),
            "FUNCNAME" => return state.calls.last().cloned(),
            _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
                let n: usize = name.parse().ok()?;
                return state.positional.get(n.checked_sub(1)?).cloned();
            }
            _ => return state.vars.text(name).map(String::from),
        };
        Some(text)
    }

    fn conditional(
        &mut self,
        param: &Param,
        got: Got,
        colon: bool,
        word: &Word,
        double: bool,
        out: &mut Vec<Chunk>,
    ) -> Expand<()> {
        let missing = match &got {
            Got::Unset => true,
            Got::One(text) => colon && text.is_empty(),
            Got::Many { items, .. } => {
                items.is_empty() || (colon && items.iter().all(String::is_empty))
            }
        };
        match (&param.op, missing) {
            (ParamOp::Alternative { .. }, true) => {
                if double {
                    out.push(Chunk::Quoted(String::new()));
                }
                Ok(())
            }
            (ParamOp::Alternative { .. }, false) | (ParamOp::Default { .. }, true) => {
                self.operand(word, double, out)
            }
            (ParamOp::Assign { .. }, true) => {
                let text = self.text(word)?;
                self.remember(&param.name);
                let set = match &param.index {
                    Some(Index::Word(index)) => {
                        let at = self.arith(index)?;
                        self.state.vars.set_index(&param.name, at, text.clone())
                    }
                    _ if super::super::parser::is_name(&param.name) => {
                        self.state.vars.set(&param.name, text.clone())
                    }
                    _ => Err(format!("${}: cannot assign in this way", param.name)),
                };
                set.map_err(Stop::Fail)?;
                out.push(Chunk::expanded(text, double));
                Ok(())
            }
            (ParamOp::Error { .. }, true) => {
                let text = self.text(word)?;
                let why = match (text.is_empty(), colon) {
                    (false, _) => text,
                    (true, true) => "parameter null or not set".to_string(),
                    (true, false) => "parameter not set".to_string(),
                };
                Err(Stop::Fail(format!("{}: {why}", param.name)))
            }
            _ => {
                self.emit(got, double, out);
                Ok(())
            }
        }
    }

    /// The word of `${x:-word}`: unquoted text in it is split like an expansion's result.
    fn operand(&mut self, word: &Word, double: bool, out: &mut Vec<Chunk>) -> Expand<()> {
        let mut chunks = Vec::new();
        if double {
            self.parts(&word.parts, true, &mut chunks)?;
        } else {
            self.word_chunks(word, &mut chunks)?;
        }
        if chunks.is_empty() && double {
            chunks.push(Chunk::Quoted(String::new()));
        }
        out.extend(chunks.into_iter().map(|chunk| match chunk {
            Chunk::Literal(text) => Chunk::Expanded(text),
            other => other,
        }));
        Ok(())
    }

    fn substring(
        &mut self,
        param: &Param,
        got: Got,
        offset: &Word,
        length: Option<&Word>,
    ) -> Expand<Got> {
        let offset = self.arith(offset)?;
        let length = match length {
            Some(word) => Some(self.arith(word)?),
            None => None,
        };
        let range = |len: usize| -> Result<(usize, usize), Stop> {
            let len = len as i64;
            let start = if offset < 0 { len + offset } else { offset };
            if start < 0 || start > len {
                return Ok((0, 0));
            }
            let end = match length {
                None => len,
                Some(n) if n >= 0 => start.saturating_add(n).min(len),
                Some(n) => {
                    if len + n < start {
                        return Err(Stop::Fail(format!("{n}: substring expression < 0")));
                    }
                    len + n
                }
            };
            Ok((start as usize, end as usize))
        };
        Ok(match got {
            Got::Unset => Got::Unset,
            Got::One(text) => {
                let chars: Vec<char> = text.chars().collect();
                let (a, b) = range(chars.len())?;
                Got::One(chars[a..b].iter().collect())
            }
            Got::Many { mut items, star } => {
                if param.index.is_none() {
                    // Positional parameters count from $0.
                    items.insert(0, self.state.name.clone());
                }
                let (a, b) = range(items.len())?;
                Got::Many {
                    items: items[a..b].to_vec(),
                    star,
                }
            }
        })
    }

    fn transform(&mut self, param: &Param, got: Got) -> Expand<Got> {
        let change = self.prepare(&param.op)?;
        Ok(match got {
            Got::Unset => match param.op {
                ParamOp::Transform(_) => Got::Unset,
                _ => Got::One(change.apply("")),
            },
            Got::One(text) => Got::One(change.apply(&text)),
            Got::Many { items, star } => Got::Many {
                items: items.iter().map(|t| change.apply(t)).collect(),
                star,
            },
        })
    }

    fn prepare(&mut self, op: &ParamOp) -> Expand<Change> {
        Ok(match op {
            ParamOp::RemovePrefix { longest, pattern } => {
                Change::Prefix(Pattern::new(&self.pattern(pattern)?), *longest)
            }
            ParamOp::RemoveSuffix { longest, pattern } => {
                Change::Suffix(Pattern::new(&self.pattern(pattern)?), *longest)
            }
            ParamOp::Replace {
                which,
                pattern,
                with,
            } => {
                let text = self.pattern(pattern)?;
                Change::Replace(
                    *which,
                    Pattern::new(&text),
                    text.is_empty(),
                    self.text(with)?,
                )
            }
            ParamOp::Case { upper, all } => Change::Case {
                upper: *upper,
                all: *all,
            },
            ParamOp::Transform(c) => match c {
                'U' => Change::Case {
                    upper: true,
                    all: true,
                },
                'u' => Change::Case {
                    upper: true,
                    all: false,
                },
                'L' => Change::Case {
                    upper: false,
                    all: true,
                },
                'Q' => Change::Quote,
                'E' => Change::Unescape,
                _ => Change::None,
            },
            _ => Change::None,
        })
    }
}

/// An operator ready to be applied to each element.
enum Change {
    None,
    Prefix(Pattern, bool),
    Suffix(Pattern, bool),
    Replace(Replace, Pattern, bool, String),
    Case { upper: bool, all: bool },
    Quote,
    Unescape,
}

impl Change {
    fn apply(&self, text: &str) -> String {
        match self {
            Change::None => text.to_string(),
            Change::Prefix(pattern, longest) => {
                text[pattern.prefix(text, *longest).unwrap_or(0)..].to_string()
            }
            Change::Suffix(pattern, longest) => {
                text[..pattern.suffix(text, *longest).unwrap_or(text.len())].to_string()
            }
            Change::Replace(_, _, true, _) => text.to_string(),
            Change::Replace(which, pattern, _, with) => replace(text, *which, pattern, with),
            Change::Case { upper, all } => change_case(text, *upper, *all),
            Change::Quote => escape::single_quote(text),
            Change::Unescape => String::from_utf8_lossy(&escape::ansi_c(text)).into_owned(),
        }
    }
}

fn replace(text: &str, which: Replace, pattern: &Pattern, with: &str) -> String {
    match which {
        Replace::Prefix => match pattern.prefix(text, true) {
            Some(n) => format!("{with}{}", &text[n..]),
            None => text.to_string(),
        },
        Replace::Suffix => match pattern.suffix(text, true) {
            Some(n) => format!("{}{with}", &text[..n]),
            None => text.to_string(),
        },
        _ => {
            let mut out = String::new();
            let mut rest = text;
            while let Some((start, end)) = pattern.find(rest) {
                out.push_str(&rest[..start]);
                out.push_str(with);
                rest = &rest[end..];
                if which == Replace::First {
                    break;
                }
            }
            out.push_str(rest);
            out
        }
    }
}

fn change_case(text: &str, upper: bool, all: bool) -> String {
    let change = |s: &str| {
        if upper {
            s.to_uppercase()
        } else {
            s.to_lowercase()
        }
    };
    if all {
        return change(text);
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => change(first.encode_utf8(&mut [0; 4])) + chars.as_str(),
        None => String::new(),
    }
}
