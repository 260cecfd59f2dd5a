//! Integer expressions of `$((…))`, `((…))` and `let`.

/// How deep expressions may nest, variables that hold expressions included.
const MAX_DEPTH: u32 = 64;

/// Variables as an expression sees them.
pub trait Variables {
    /// The value's text, empty when unset. Errors with a message (`set -u`).
    fn get(&mut self, name: &str, index: Option<&str>) -> Result<String, String>;
    fn set(&mut self, name: &str, index: Option<&str>, value: i64) -> Result<(), String>;
}

/// The expression's value; an empty one is 0. An error is bash's text after the position.
pub fn eval(text: &str, vars: &mut dyn Variables) -> Result<i64, String> {
    eval_at(text, vars, 0)
}

fn eval_at(text: &str, vars: &mut dyn Variables, depth: u32) -> Result<i64, String> {
    if depth > MAX_DEPTH {
        return Err(format!(
            "{text}: expression recursion level exceeded (error token is \"{text}\")"
        ));
    }
    let mut arith = Arith {
        text,
        pos: 0,
        vars,
        depth,
        skip: 0,
    };
    arith.blanks();
    if arith.rest().is_empty() {
        return Ok(0);
    }
    let value = arith.comma()?;
    arith.blanks();
    if arith.rest().is_empty() {
        return Ok(value);
    }
    let message = match arith.rest().chars().next() {
        Some(c) if c.is_alphanumeric() || c == '(' => "syntax error in expression",
        _ => "syntax error: invalid arithmetic operator",
    };
    Err(arith.error(message))
}

struct Arith<'a, 'v> {
    text: &'a str,
    pos: usize,
    vars: &'v mut dyn Variables,
    depth: u32,
    /// Above zero while a branch is parsed without effect.
    skip: u32,
}

/// What can be assigned to.
struct Place {
    name: String,
    index: Option<String>,
}

const BINARY: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Arith<'_, '_> {
    fn rest(&self) -> &str {
        &self.text[self.pos..]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start().len();
    }

    fn error(&self, message: &str) -> String {
        format!(
            "{}: {message} (error token is \"{}\")",
            self.text.trim_start(),
            self.rest()
        )
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    fn comma(&mut self) -> Result<i64, String> {
        let mut value = self.assign()?;
        while self.eat(",") {
            value = self.assign()?;
        }
        Ok(value)
    }

    fn assign(&mut self) -> Result<i64, String> {
        let start = self.pos;
        if let Some(place) = self.place()? {
            self.blanks();
            let op = [
                "=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|=",
            ]
            .into_iter()
            .find(|op| self.rest().starts_with(op) && !self.rest().starts_with("=="));
            if let Some(op) = op {
                self.pos += op.len();
                let right = self.assign()?;
                let value = match op {
                    "=" => right,
                    _ => {
                        let left = self.value_of(&place)?;
                        self.apply(&op[..op.len() - 1], left, right)?
                    }
                };
                self.store(&place, value)?;
                return Ok(value);
            }
        }
        self.pos = start;
        self.ternary()
    }

    fn ternary(&mut self) -> Result<i64, String> {
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.unless(condition == 0, Self::comma)?;
        if !self.eat(":") {
            return Err(self.error("`:' expected for conditional expression"));
        }
        let no = self.unless(condition != 0, Self::assign)?;
        Ok(if condition != 0 { yes } else { no })
    }

    fn unless(
        &mut self,
        skip: bool,
        f: fn(&mut Self) -> Result<i64, String>,
    ) -> Result<i64, String> {
        self.skip += u32::from(skip);
        let value = f(self);
        self.skip -= u32::from(skip);
        value
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(ops) = BINARY.get(level) else {
            return self.power();
        };
        let mut left = self.binary(level + 1)?;
        loop {
            self.blanks();
            let rest = self.rest();
            let Some(op) = ops.iter().find(|op| rest.starts_with(**op)) else {
                return Ok(left);
            };
            let after = &rest[op.len()..];
            // `|` is not `||`, and none of them is an assignment.
            let longer = after.starts_with(*op) && matches!(*op, "|" | "&" | "<" | ">" | "*");
            let assigns = after.starts_with('=') && !matches!(*op, "==" | "!=" | "<=" | ">=");
            if longer || assigns || (matches!(*op, "<" | ">") && after.starts_with(op)) {
                return Ok(left);
            }
            self.pos += op.len();
            left = match *op {
                "||" => {
                    let right = self.skipping(left != 0, level + 1)?;
                    i64::from(left != 0 || right != 0)
                }
                "&&" => {
                    let right = self.skipping(left == 0, level + 1)?;
                    i64::from(left != 0 && right != 0)
                }
                _ => {
                    let right = self.binary(level + 1)?;
                    self.apply(op, left, right)?
                }
            };
        }
    }

    fn skipping(&mut self, skip: bool, level: usize) -> Result<i64, String> {
        self.skip += u32::from(skip);
        let value = self.binary(level);
        self.skip -= u32::from(skip);
        value
    }

    fn apply(&self, op: &str, a: i64, b: i64) -> Result<i64, String> {
        Ok(match op {
            "+" => a.wrapping_add(b),
            "-" => a.wrapping_sub(b),
            "*" => a.wrapping_mul(b),
            "/" | "%" if b == 0 => {
                if self.skip > 0 {
                    return Ok(0);
                }
                let token = self.text[..self.pos]
                    .rfind(op)
                    .map_or(self.rest(), |i| &self.text[i + 1..]);
                let text = self.text.trim_start();
                return Err(format!(
                    "{text}: division by 0 (error token is \"{}\")",
                    token.trim_start()
                ));
            }
            "/" => a.wrapping_div(b),
            "%" => a.wrapping_rem(b),
            "<<" => a.wrapping_shl(b as u32),
            ">>" => a.wrapping_shr(b as u32),
            "<" => i64::from(a < b),
            ">" => i64::from(a > b),
            "<=" => i64::from(a <= b),
            ">=" => i64::from(a >= b),
            "==" => i64::from(a == b),
            "!=" => i64::from(a != b),
            "&" => a & b,
            "^" => a ^ b,
            _ => a | b,
        })
    }

    fn power(&mut self) -> Result<i64, String> {
        let base = self.unary()?;
        if !self.eat("**") {
            return Ok(base);
        }
        let exponent = self.power()?;
        if exponent < 0 {
            return Err(self.error("exponent less than 0"));
        }
        Ok(base.wrapping_pow(exponent.min(u32::MAX.into()) as u32))
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.blanks();
        if self.depth > MAX_DEPTH {
            return Err(self.error("expression recursion level exceeded"));
        }
        for (op, delta) in [("++", 1), ("--", -1)] {
            if self.rest().starts_with(op) {
                let start = self.pos;
                self.pos += 2;
                if let Some(place) = self.place()? {
                    let value = self.value_of(&place)?.wrapping_add(delta);
                    self.store(&place, value)?;
                    return Ok(value);
                }
                self.pos = start;
            }
        }
        let op = self.rest().chars().next();
        if !matches!(op, Some('!' | '~' | '+' | '-')) {
            return self.postfix();
        }
        self.pos += 1;
        self.depth += 1;
        let value = self.unary()?;
        self.depth -= 1;
        Ok(match op {
            Some('!') => i64::from(value == 0),
            Some('~') => !value,
            Some('-') => value.wrapping_neg(),
            _ => value,
        })
    }

    fn postfix(&mut self) -> Result<i64, String> {
        if self.eat("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(self.error("expression recursion level exceeded"));
            }
            let value = self.comma()?;
            self.depth -= 1;
            if !self.eat(")") {
                return Err(self.error("missing `)'"));
            }
            return Ok(value);
        }
        if let Some(place) = self.place()? {
            let value = self.value_of(&place)?;
            for (op, delta) in [("++", 1), ("--", -1)] {
                if self.eat(op) {
                    self.store(&place, value.wrapping_add(delta))?;
                    break;
                }
            }
            return Ok(value);
        }
        self.number()
    }

    fn number(&mut self) -> Result<i64, String> {
        let rest = self.rest();
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "#@_".contains(c)))
            .unwrap_or(rest.len());
        let token = &rest[..len];
        if token.is_empty() || !token.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.error("syntax error: operand expected"));
        }
        let (digits, radix) = if let Some((base, digits)) = token.split_once('#') {
            (digits, base.parse::<u32>().unwrap_or(0))
        } else if let Some(hex) = token
            .strip_prefix("0x")
            .or_else(|| token.strip_prefix("0X"))
        {
            (hex, 16)
        } else if token.len() > 1 && token.starts_with('0') {
            (&token[1..], 8)
        } else {
            (token, 10)
        };
        if !(2..=64).contains(&radix) {
            return Err(self.error("invalid arithmetic base"));
        }
        let mut value = 0i64;
        for c in digits.chars() {
            let digit = match c {
                '0'..='9' => c as u32 - '0' as u32,
                'a'..='z' => c as u32 - 'a' as u32 + 10,
                'A'..='Z' if radix <= 36 => c as u32 - 'A' as u32 + 10,
                'A'..='Z' => c as u32 - 'A' as u32 + 36,
                '@' => 62,
                _ => 63,
            };
            if digit >= radix {
                return Err(self.error("value too great for base"));
            }
            value = value.wrapping_mul(radix.into()).wrapping_add(digit.into());
        }
        self.pos += len;
        Ok(value)
    }

    /// A variable at the cursor, with its subscript.
    fn place(&mut self) -> Result<Option<Place>, String> {
        self.blanks();
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Ok(None);
        }
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let name = rest[..len].to_string();
        let mut index = None;
        let mut taken = len;
        if rest[len..].starts_with('[') {
            let mut depth = 0;
            for (i, c) in rest[len..].char_indices() {
                match c {
                    '[' => depth += 1,
                    ']' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    index = Some(rest[len + 1..len + i].to_string());
                    taken = len + i + 1;
                    break;
                }
            }
            if index.is_none() {
                return Err(self.error("bad array subscript"));
            }
        }
        self.pos += taken;
        Ok(Some(Place { name, index }))
    }

    fn value_of(&mut self, place: &Place) -> Result<i64, String> {
        if self.skip > 0 {
            return Ok(0);
        }
        let text = self.vars.get(&place.name, place.index.as_deref())?;
        match text.parse::<i64>() {
            Ok(n) if !text.starts_with(['0', '+']) || text == "0" => Ok(n),
            _ => eval_at(&text, self.vars, self.depth + 1),
        }
    }

    fn store(&mut self, place: &Place, value: i64) -> Result<(), String> {
        if self.skip > 0 {
            return Ok(());
        }
        self.vars.set(&place.name, place.index.as_deref(), value)
    }
}
