//! Functions that `awk` has by itself.

use super::ast::Expr;
use super::interp::{Done, Interp};
use super::value::Value;
use crate::shell::process::Cx;
use crate::shell::programs::attributes::utc;
use crate::shell::programs::date;

impl Interp {
    pub fn builtin(&mut self, name: &str, args: &[Expr], cx: &mut Cx) -> Done<Value> {
        let least = match name {
            "length" | "rand" | "srand" | "fflush" | "systime" | "strftime" => 0,
            "substr" | "index" | "split" | "sub" | "gsub" | "match" | "atan2" => 2,
            _ => 1,
        };
        if args.len() < least {
            return Err(format!("not enough arguments in call to {name}"));
        }
        let number =
            |interp: &mut Self, cx: &mut Cx| Ok::<f64, String>(interp.eval(&args[0], cx)?.number());
        Ok(Value::Number(match name {
            "length" => self.length(args, cx)?,
            "substr" => return self.substr(args, cx),
            "index" => {
                let (text, part) = (self.text_of(&args[0], cx)?, self.text_of(&args[1], cx)?);
                text.find(&part)
                    .map_or(0.0, |at| (text[..at].chars().count() + 1) as f64)
            }
            "split" => self.split_call(args, cx)?,
            "sub" | "gsub" => self.substitute(name == "gsub", args, cx)?,
            "match" => self.match_call(args, cx)?,
            "sprintf" => return Ok(Value::Text(self.formatted(args, cx)?)),
            "sin" => libm::sin(number(self, cx)?),
            "cos" => libm::cos(number(self, cx)?),
            "atan2" => {
                let y = number(self, cx)?;
                libm::atan2(y, self.eval(&args[1], cx)?.number())
            }
            "exp" => libm::exp(number(self, cx)?),
            "log" => libm::log(number(self, cx)?),
            "sqrt" => number(self, cx)?.sqrt(),
            "int" => number(self, cx)?.trunc(),
            "rand" => self.random(),
            "srand" => {
                let seed = match args.first() {
                    Some(seed) => self.eval(seed, cx)?.number(),
                    None => (cx.sys.now() / 1_000_000) as f64,
                };
                self.reseed(seed)
            }
            "tolower" => return Ok(Value::Text(self.text_of(&args[0], cx)?.to_lowercase())),
            "toupper" => return Ok(Value::Text(self.text_of(&args[0], cx)?.to_uppercase())),
            "system" => return Err("system() is not supported".to_string()),
            "close" => {
                let name = self.text_of(&args[0], cx)?;
                self.close(&name)
            }
            "fflush" => 0.0,
            "systime" => (cx.sys.now() / 1_000_000) as f64,
            "strftime" => {
                let format = match args.first() {
                    Some(format) => self.text_of(format, cx)?,
                    None => "%c".to_string(),
                };
                let at = match args.get(1) {
                    Some(at) => (self.eval(at, cx)?.number().max(0.0) * 1e6) as u64,
                    None => cx.sys.now(),
                };
                return Ok(Value::Text(date::format(utc(at), &format)));
            }
            other => return Err(format!("function {other} never defined")),
        }))
    }

    fn length(&mut self, args: &[Expr], cx: &mut Cx) -> Done<f64> {
        let text = match args.first() {
            Some(Expr::Var(name)) => match self.array_length(name) {
                Some(length) => return Ok(length as f64),
                None => self.text_of(&args[0], cx)?,
            },
            Some(expr) => self.text_of(expr, cx)?,
            None => self.text_of(&Expr::Field(Box::new(Expr::Number(0.0))), cx)?,
        };
        Ok(text.chars().count() as f64)
    }

    fn substr(&mut self, args: &[Expr], cx: &mut Cx) -> Done<Value> {
        let text = self.text_of(&args[0], cx)?;
        let start = self.eval(&args[1], cx)?.number().round_ties_even();
        let end = match args.get(2) {
            Some(length) => start + self.eval(length, cx)?.number().round_ties_even(),
            None => f64::INFINITY,
        };
        let piece = text.chars().enumerate().filter(|(i, _)| {
            let at = *i as f64 + 1.0;
            at >= start && at < end
        });
        Ok(Value::Text(piece.map(|(_, c)| c).collect()))
    }

    fn split_call(&mut self, args: &[Expr], cx: &mut Cx) -> Done<f64> {
        let text = self.text_of(&args[0], cx)?;
        let Expr::Var(array) = &args[1] else {
            return Err("split needs an array".to_string());
        };
        match args.get(2) {
            Some(Expr::Regex(regex)) => {
                let mut marked = String::new();
                let mut from = 0;
                while let Some((a, b)) = regex.find_at(&text, from).filter(|(a, b)| b > a) {
                    marked.push_str(&text[from..a]);
                    marked.push('\u{1d}');
                    from = b;
                }
                marked.push_str(&text[from..]);
                self.split_into(&marked, array, "\u{1d}")
            }
            Some(separator) => {
                let separator = self.text_of(separator, cx)?;
                self.split_into(&text, array, &separator)
            }
            None => {
                let separator = self.get("FS").text("%.6g");
                self.split_into(&text, array, &separator)
            }
        }
    }

    fn substitute(&mut self, global: bool, args: &[Expr], cx: &mut Cx) -> Done<f64> {
        let regex = self.regex_of(&args[0], cx)?;
        let with = self.text_of(&args[1], cx)?;
        let whole = Expr::Field(Box::new(Expr::Number(0.0)));
        let place = args.get(2).unwrap_or(&whole);
        let text = self.text_of(place, cx)?;
        let mut out = String::new();
        let (mut from, mut copied, mut count) = (0, 0, 0);
        let mut last_end = None;
        while from <= text.len() {
            let Some((a, b)) = regex.find_at(&text, from) else {
                break;
            };
            let step = text[b..].chars().next().map_or(1, char::len_utf8);
            if a == b && last_end == Some(a) {
                from = b + step;
                continue;
            }
            out.push_str(&text[copied..a]);
            out.push_str(&replacement(&with, &text[a..b]));
            (copied, last_end) = (b, Some(b));
            count += 1;
            if !global {
                break;
            }
            from = if a == b { b + step } else { b };
        }
        if count > 0 {
            out.push_str(&text[copied..]);
            self.store(place, Value::Text(out), cx)?;
        }
        Ok(f64::from(count))
    }

    fn match_call(&mut self, args: &[Expr], cx: &mut Cx) -> Done<f64> {
        let text = self.text_of(&args[0], cx)?;
        let regex = self.regex_of(&args[1], cx)?;
        let (start, length) = match regex.find_at(&text, 0) {
            Some((a, b)) => (
                (text[..a].chars().count() + 1) as f64,
                text[a..b].chars().count() as f64,
            ),
            None => (0.0, -1.0),
        };
        self.set("RSTART", Value::Number(start));
        self.set("RLENGTH", Value::Number(length));
        Ok(start)
    }

    fn random(&mut self) -> f64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A replacement with `&` filled in.
fn replacement(with: &str, matched: &str) -> String {
    let mut out = String::new();
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('&' | '\\')) => out.extend(chars.next()),
            ('&', _) => out.push_str(matched),
            (c, _) => out.push(c),
        }
    }
    out
}
