//! From expanded pieces to fields.

/// A piece of an expanded word.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// From the script, unquoted: may glob, is not split.
    Literal(String),
    /// Neither globs nor splits.
    Quoted(String),
    /// The result of an unquoted expansion: split and globbed.
    Expanded(String),
    /// A field's end, between elements of a list.
    Break,
}

impl Chunk {
    pub fn expanded(text: String, double: bool) -> Chunk {
        if double {
            Chunk::Quoted(text)
        } else {
            Chunk::Expanded(text)
        }
    }
}

/// A field, its pattern, and whether that has anything to glob.
#[derive(Default)]
pub struct Field {
    pub text: String,
    pub pattern: String,
    pub globs: bool,
    /// Whether the field exists even if it is empty.
    present: bool,
}

impl Field {
    fn unquoted(&mut self, text: &str) {
        self.text.push_str(text);
        self.pattern.push_str(text);
        self.globs |= text.contains(['*', '?', '[']);
    }

    fn quoted(&mut self, text: &str) {
        self.text.push_str(text);
        self.pattern.push_str(&super::pattern::escape(text));
        self.present = true;
    }
}

struct Fields {
    done: Vec<Field>,
    current: Field,
}

impl Fields {
    fn end(&mut self) {
        let field = std::mem::take(&mut self.current);
        if field.present || !field.text.is_empty() {
            self.done.push(field);
        }
    }
}

/// Splits expanded chunks at the characters of `ifs`.
pub fn fields(chunks: Vec<Chunk>, ifs: &str) -> Vec<Field> {
    let mut fields = Fields {
        done: Vec::new(),
        current: Field::default(),
    };
    for chunk in chunks {
        match chunk {
            Chunk::Literal(text) => fields.current.unquoted(&text),
            Chunk::Quoted(text) => fields.current.quoted(&text),
            Chunk::Break => fields.end(),
            Chunk::Expanded(text) => split_into(&mut fields, &text, ifs),
        }
    }
    fields.end();
    fields.done
}

fn split_into(fields: &mut Fields, text: &str, ifs: &str) {
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    let is_blank = |c: char| c.is_ascii_whitespace() && ifs.contains(c);
    while let Some((i, c)) = chars.next() {
        if !ifs.contains(c) {
            continue;
        }
        fields.current.unquoted(&text[start..i]);
        let mut hard = !is_blank(c);
        let mut end = i + c.len_utf8();
        while let Some((j, d)) = chars.peek().copied() {
            if is_blank(d) || (!hard && ifs.contains(d)) {
                hard |= !is_blank(d);
                end = j + d.len_utf8();
                chars.next();
            } else {
                break;
            }
        }
        if hard {
            fields.current.present = true;
        }
        fields.end();
        start = end;
    }
    fields.current.unquoted(&text[start..]);
}

/// All chunks as one text.
pub fn joined(chunks: Vec<Chunk>) -> String {
    mapped(chunks, |text| text.to_string())
}

/// All chunks as one text, quoted ones changed by `quoted`.
pub fn mapped(chunks: Vec<Chunk>, quoted: fn(&str) -> String) -> String {
    let mut out = String::new();
    for chunk in chunks {
        match chunk {
            Chunk::Literal(text) | Chunk::Expanded(text) => out.push_str(&text),
            Chunk::Quoted(text) => out.push_str(&quoted(&text)),
            Chunk::Break => out.push(' '),
        }
    }
    out
}

/// Splits a line for `read` into at most `names` fields; the last one takes what is left.
/// `escaped` marks characters that a backslash protected.
pub fn read_fields(line: &[(char, bool)], ifs: &str, names: usize) -> Vec<String> {
    let separates = |i: usize| {
        line.get(i)
            .is_some_and(|(c, escaped)| !escaped && ifs.contains(*c))
    };
    let blank = |i: usize| separates(i) && line[i].0.is_ascii_whitespace();
    let mut end = line.len();
    while end > 0 && blank(end - 1) {
        end -= 1;
    }
    let mut i = 0;
    while i < end && blank(i) {
        i += 1;
    }
    let mut out = Vec::new();
    while i < end {
        if out.len() + 1 == names {
            let mut last: String = line[i..end].iter().map(|(c, _)| *c).collect();
            // One trailing hard separator belongs to the field's end, not to its value.
            let hard_end = separates(end - 1) && !(i..end - 1).any(separates);
            if hard_end {
                last.pop();
            }
            out.push(last);
            return out;
        }
        let start = i;
        while i < end && !separates(i) {
            i += 1;
        }
        out.push(line[start..i].iter().map(|(c, _)| *c).collect());
        while i < end && blank(i) {
            i += 1;
        }
        if i < end && separates(i) && (i == start || !line[i].0.is_ascii_whitespace()) {
            i += 1;
            while i < end && blank(i) {
                i += 1;
            }
        }
    }
    out
}
