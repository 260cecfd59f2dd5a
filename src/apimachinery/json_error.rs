//! What Go's `encoding/json` says about text that is no JSON.

/// The first syntax error of a text, in Go's words; none where it is one JSON value.
pub fn syntax_error(text: &[u8]) -> Option<String> {
    let mut s = Scanner { text, at: 0 };
    s.spaces();
    let result = s.value("looking for beginning of value", 0).and_then(|()| {
        s.spaces();
        match s.peek() {
            None => Ok(()),
            Some(c) => Err(invalid(c, "after top-level value")),
        }
    });
    result.err()
}

/// How deep values may nest.
const MAX_DEPTH: usize = 10_000;

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

type Step = Result<(), String>;

fn end() -> String {
    "unexpected end of JSON input".to_owned()
}

/// `invalid character 'x' …`: bytes are quoted as Go's scanner does, one at a time.
fn invalid(c: u8, context: &str) -> String {
    let quoted = match c {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let text = crate::apimachinery::strconv::quote(&char::from(c).to_string());
            format!("'{}'", &text[1..text.len() - 1])
        }
    };
    format!("invalid character {quoted} {context}")
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }
    fn value(&mut self, context: &str, depth: usize) -> Step {
        if depth > MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        match self.peek().ok_or_else(end)? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            c => Err(invalid(c, context)),
        }
    }
    fn object(&mut self, depth: usize) -> Step {
        self.at += 1;
        self.spaces();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.spaces();
            match self.peek().ok_or_else(end)? {
                b'"' => self.string()?,
                c => return Err(invalid(c, "looking for beginning of object key string")),
            }
            self.spaces();
            match self.peek().ok_or_else(end)? {
                b':' => self.at += 1,
                c => return Err(invalid(c, "after object key")),
            }
            self.spaces();
            self.value("looking for beginning of value", depth + 1)?;
            self.spaces();
            match self.peek().ok_or_else(end)? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                c => return Err(invalid(c, "after object key:value pair")),
            }
        }
    }
    fn array(&mut self, depth: usize) -> Step {
        self.at += 1;
        self.spaces();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.spaces();
            self.value("looking for beginning of value", depth + 1)?;
            self.spaces();
            match self.peek().ok_or_else(end)? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                c => return Err(invalid(c, "after array element")),
            }
        }
    }
    fn string(&mut self) -> Step {
        self.at += 1;
        loop {
            let c = self.peek().ok_or_else(end)?;
            self.at += 1;
            match c {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                0..=0x1f => return Err(invalid(c, "in string literal")),
                _ => {}
            }
        }
    }
    fn escape(&mut self) -> Step {
        let c = self.peek().ok_or_else(end)?;
        self.at += 1;
        match c {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    let c = self.peek().ok_or_else(end)?;
                    if !c.is_ascii_hexdigit() {
                        return Err(invalid(c, "in \\u hexadecimal character escape"));
                    }
                    self.at += 1;
                }
                Ok(())
            }
            c => Err(invalid(c, "in string escape code")),
        }
    }
    fn digits(&mut self, context: &str) -> Step {
        match self.peek().ok_or_else(end)? {
            b'0'..=b'9' => {}
            c => return Err(invalid(c, context)),
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }
    fn number(&mut self) -> Step {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }
    fn literal(&mut self, word: &'static str) -> Step {
        for want in word.bytes() {
            let c = self.peek().ok_or_else(end)?;
            if c != want {
                let want = char::from(want);
                return Err(invalid(
                    c,
                    &format!("in literal {word} (expecting '{want}')"),
                ));
            }
            self.at += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_go_words_them() {
        let cases = [
            (
                "{spec",
                "invalid character 's' looking for beginning of object key string",
            ),
            ("", "unexpected end of JSON input"),
            (
                "{\"a\":}",
                "invalid character '}' looking for beginning of value",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "{\"a\":1 \"b\"",
                "invalid character '\"' after object key:value pair",
            ),
            (
                "nul!",
                "invalid character '!' in literal null (expecting 'l')",
            ),
            ("1 x", "invalid character 'x' after top-level value"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            ("-x", "invalid character 'x' in numeric literal"),
        ];
        for (text, want) in cases {
            assert_eq!(
                syntax_error(text.as_bytes()).as_deref(),
                Some(want),
                "{text}"
            );
        }
        assert_eq!(
            syntax_error(b" {\"a\": [1.5e+3, true, null, \"\\u00e9\"]} "),
            None
        );
    }
}
