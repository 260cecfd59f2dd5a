//! Tokens of `awk`.

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Number(f64),
    Text(String),
    Name(String),
    /// A name directly before `(`.
    Func(String),
    Builtin(&'static str),
    Keyword(&'static str),
    Op(&'static str),
    Newline,
    End,
}

const KEYWORDS: [&str; 19] = [
    "BEGIN", "END", "function", "func", "if", "else", "while", "for", "do", "break", "continue",
    "next", "nextfile", "exit", "return", "delete", "in", "getline", "print",
];

pub const BUILTINS: [&str; 24] = [
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos", "atan2",
    "exp", "log", "sqrt", "int", "rand", "srand", "tolower", "toupper", "system", "close",
    "fflush", "systime", "strftime",
];

const OPS: [&str; 41] = [
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=",
    "!=", "!~", ">>", "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!",
    ">", "<", "|", "?", ":", "~", "$", "=",
];

pub struct Lexer<'a> {
    text: &'a str,
    pub pos: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, pos: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    /// The line of the text where the lexer is, from 1.
    pub fn line(&self) -> usize {
        1 + self.text[..self.pos].matches('\n').count()
    }

    pub fn next(&mut self) -> Result<Token, String> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
            self.pos += blank;
            let rest = self.rest();
            if rest.starts_with("\\\n") {
                self.pos += 2;
            } else if rest.starts_with("\\\r\n") {
                self.pos += 3;
            } else if rest.starts_with('#') {
                self.pos += rest.find('\n').unwrap_or(rest.len());
            } else {
                break;
            }
        }
        let rest = self.rest();
        let Some(c) = rest.chars().next() else {
            return Ok(Token::End);
        };
        if c == '\n' {
            self.pos += 1;
            return Ok(Token::Newline);
        }
        if c == '"' {
            return self.string();
        }
        let second = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if c.is_ascii_digit() || (c == '.' && second) {
            return Ok(self.number());
        }
        if c.is_ascii_alphabetic() || c == '_' {
            return Ok(self.word());
        }
        match OPS.iter().find(|op| rest.starts_with(**op)) {
            Some(op) => {
                self.pos += op.len();
                Ok(Token::Op(match *op {
                    "**" => "^",
                    "**=" => "^=",
                    op => op,
                }))
            }
            None => Err(format!("unexpected character '{c}'")),
        }
    }

    fn word(&mut self) -> Token {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let word = &rest[..end];
        self.pos += end;
        if word == "printf" {
            return Token::Keyword("printf");
        }
        if let Some(keyword) = KEYWORDS.iter().find(|k| **k == word) {
            return Token::Keyword(if *keyword == "func" {
                "function"
            } else {
                keyword
            });
        }
        if let Some(builtin) = BUILTINS.iter().find(|b| **b == word) {
            return Token::Builtin(builtin);
        }
        match self.rest().starts_with('(') {
            true => Token::Func(word.to_string()),
            false => Token::Name(word.to_string()),
        }
    }

    fn number(&mut self) -> Token {
        let rest = self.rest();
        if let Some(hex) = rest.strip_prefix("0x").or(rest.strip_prefix("0X")) {
            let end = hex
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(hex.len());
            if end > 0 {
                self.pos += 2 + end;
                return Token::Number(u64::from_str_radix(&hex[..end], 16).unwrap_or(0) as f64);
            }
        }
        let len = numeric_prefix(rest);
        self.pos += len;
        Token::Number(rest[..len].parse().unwrap_or(0.0))
    }

    fn string(&mut self) -> Result<Token, String> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.pos += at + 1;
                    return Ok(Token::Text(out));
                }
                '\n' => break,
                '\\' => match chars.next() {
                    Some((_, 'n')) => out.push('\n'),
                    Some((_, 't')) => out.push('\t'),
                    Some((_, 'r')) => out.push('\r'),
                    Some((_, 'a')) => out.push('\x07'),
                    Some((_, 'b')) => out.push('\x08'),
                    Some((_, 'f')) => out.push('\x0c'),
                    Some((_, 'v')) => out.push('\x0b'),
                    Some((_, '"')) => out.push('"'),
                    Some((_, '/')) => out.push('/'),
                    Some((_, '\\')) => out.push('\\'),
                    Some((_, '\n')) => {}
                    Some((_, d)) if d.is_digit(8) => {
                        let mut code = d.to_digit(8).unwrap_or(0);
                        for _ in 0..2 {
                            let next = chars.clone().next().and_then(|(_, c)| c.to_digit(8));
                            let Some(digit) = next else { break };
                            code = code * 8 + digit;
                            chars.next();
                        }
                        out.extend(char::from_u32(code));
                    }
                    Some((_, c)) => {
                        out.push('\\');
                        out.push(c);
                    }
                    None => break,
                },
                c => out.push(c),
            }
        }
        Err(format!(
            "runaway string constant \"{} ...",
            out.chars().take(10).collect::<String>()
        ))
    }

    /// The expression after a `/` that was just read.
    pub fn regex(&mut self) -> Result<String, String> {
        let mut out = String::new();
        let mut bracket = false;
        let mut chars = self.rest().char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '/' if !bracket => {
                    self.pos += at + 1;
                    return Ok(out);
                }
                '\n' => break,
                '\\' => match chars.next() {
                    Some((_, '/')) => out.push('/'),
                    Some((_, '"')) => out.push('"'),
                    Some((_, c)) => {
                        out.push('\\');
                        out.push(c);
                    }
                    None => break,
                },
                '[' if !bracket => {
                    bracket = true;
                    out.push(c);
                    if let Some((_, '^')) = chars.peek() {
                        out.push('^');
                        chars.next();
                    }
                    if let Some((_, ']')) = chars.peek() {
                        out.push(']');
                        chars.next();
                    }
                }
                ']' => {
                    bracket = false;
                    out.push(c);
                }
                c => out.push(c),
            }
        }
        Err(format!(
            "runaway regular expression /{} ...",
            out.chars().take(10).collect::<String>()
        ))
    }
}

/// Bytes of the decimal number that a text begins with (after no blanks).
pub fn numeric_prefix(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        if whole + fraction > 0 {
            at += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let power = digits(at + 1 + sign);
        if power > 0 {
            at += 1 + sign + power;
        }
    }
    at
}
