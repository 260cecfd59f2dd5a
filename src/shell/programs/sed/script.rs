//! Scripts of `sed`: what they are and how they are read.

use crate::shell::regex::{Flavor, Regex};

/// Commands that one script may have.
const MAX_COMMANDS: usize = 10_000;

#[derive(Clone, Debug)]
pub enum Address {
    Line(usize),
    /// `first~step`
    Step(usize, usize),
    Last,
    /// `None`: the expression used last.
    Match(Option<Regex>),
}

#[derive(Clone, Debug)]
pub enum RangeEnd {
    Line(usize),
    Last,
    Match(Option<Regex>),
    /// `+N`
    More(usize),
    /// `~N`
    Multiple(usize),
}

#[derive(Clone, Debug)]
pub enum Part {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\u`, `\l`, `\E`
    Case(char),
}

#[derive(Clone, Debug)]
pub struct Substitute {
    pub regex: Option<Regex>,
    pub replacement: Vec<Part>,
    pub global: bool,
    pub print: bool,
    /// Replace from this match on, counted from 1.
    pub number: usize,
    pub file: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Action {
    /// `{`, with the place after its `}`.
    Block(usize),
    End,
    Substitute(Box<Substitute>),
    Translate(Vec<(char, char)>),
    Append(String),
    Insert(String),
    Change(String),
    /// `b`, `t`, `T` with the place to go to.
    Jump(char, usize),
    Read(String),
    Write(String),
    Quit(bool, i32),
    /// All commands that are one letter.
    Letter(char),
}

#[derive(Clone, Debug)]
pub struct Command {
    pub from: Option<Address>,
    pub to: Option<RangeEnd>,
    pub negate: bool,
    pub action: Action,
}

struct Parser<'a> {
    chars: &'a [char],
    pos: usize,
    flavor: Flavor,
    commands: Vec<Command>,
    /// Open blocks, with where they were opened.
    blocks: Vec<usize>,
    labels: Vec<(String, usize)>,
    jumps: Vec<(usize, String)>,
}

/// Reads a script; the error comes with its place in characters (0: none).
pub fn parse(text: &str, flavor: Flavor) -> Result<Vec<Command>, (usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let mut parser = Parser {
        chars: &chars,
        pos: 0,
        flavor,
        commands: Vec::new(),
        blocks: Vec::new(),
        labels: Vec::new(),
        jumps: Vec::new(),
    };
    parser.script().map_err(|message| (parser.pos, message))?;
    if !parser.blocks.is_empty() {
        return Err((0, "unmatched `{'".to_string()));
    }
    for (at, label) in std::mem::take(&mut parser.jumps) {
        let place = match parser.labels.iter().find(|(l, _)| *l == label) {
            Some((_, place)) => *place,
            None if label.is_empty() => parser.commands.len(),
            None => {
                return Err((
                    usize::MAX,
                    format!("can't find label for jump to `{label}'"),
                ));
            }
        };
        if let Action::Jump(_, to) = &mut parser.commands[at].action {
            *to = place;
        }
    }
    Ok(parser.commands)
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.pos).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        // The place of an error at the end is the text's length.
        self.pos += usize::from(c.is_some());
        c
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.pos += 1;
        }
    }

    fn script(&mut self) -> Result<(), String> {
        loop {
            while self.peek().is_some_and(|c| c.is_whitespace() || c == ';') {
                self.pos += 1;
            }
            match self.peek() {
                None => return Ok(()),
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.pos += 1;
                    }
                }
                Some(_) => self.command()?,
            }
            if self.commands.len() > MAX_COMMANDS {
                return Err("too many commands".to_string());
            }
        }
    }

    fn command(&mut self) -> Result<(), String> {
        let (from, to) = self.addresses()?;
        self.blanks();
        let mut negate = false;
        while self.peek() == Some('!') {
            negate = true;
            self.pos += 1;
            self.blanks();
        }
        let letter = self.next().ok_or("missing command")?;
        let at = self.commands.len();
        let action = match letter {
            '{' => {
                self.blocks.push(at);
                Action::Block(0)
            }
            '}' => {
                let open = self.blocks.pop().ok_or("unexpected `}'")?;
                if from.is_some() {
                    return Err("} doesn't want any addresses".to_string());
                }
                self.commands[open].action = Action::Block(at + 1);
                self.end()?;
                Action::End
            }
            's' => Action::Substitute(Box::new(self.substitute()?)),
            'y' => self.translate()?,
            'a' | 'i' | 'c' => {
                let text = self.text()?;
                match letter {
                    'a' => Action::Append(text),
                    'i' => Action::Insert(text),
                    _ => Action::Change(text),
                }
            }
            ':' => {
                if from.is_some() {
                    return Err(": doesn't want any addresses".to_string());
                }
                let label = self.word();
                if label.is_empty() {
                    return Err("\":\" lacks a label".to_string());
                }
                self.labels.push((label, at));
                Action::End
            }
            'b' | 't' | 'T' => {
                let label = self.word();
                self.jumps.push((at, label));
                Action::Jump(letter, 0)
            }
            'r' | 'w' => {
                let name = self.line();
                if name.is_empty() {
                    return Err("missing filename in r/R/w/W commands".to_string());
                }
                match letter {
                    'r' => Action::Read(name),
                    _ => Action::Write(name),
                }
            }
            'q' | 'Q' => {
                self.blanks();
                let mut digits = String::new();
                while let Some(c) = self.peek().filter(char::is_ascii_digit) {
                    digits.push(c);
                    self.pos += 1;
                }
                self.end()?;
                Action::Quit(letter == 'q', digits.parse().unwrap_or(0))
            }
            '=' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'l' | 'n' | 'N' | 'p' | 'P' | 'x' | 'z'
            | 'F' => {
                self.end()?;
                Action::Letter(letter)
            }
            other => return Err(format!("unknown command: `{other}'")),
        };
        self.commands.push(Command {
            from,
            to,
            negate,
            action,
        });
        Ok(())
    }

    /// What may follow a command: a separator, a closing brace, or nothing.
    fn end(&mut self) -> Result<(), String> {
        self.blanks();
        match self.peek() {
            None | Some('\n' | ';' | '}' | '#') => Ok(()),
            Some(_) => {
                self.pos += 1;
                Err("extra characters after command".to_string())
            }
        }
    }

    fn addresses(&mut self) -> Result<(Option<Address>, Option<RangeEnd>), String> {
        let Some(from) = self.address()? else {
            return Ok((None, None));
        };
        self.blanks();
        if self.peek() != Some(',') {
            if matches!(from, Address::Line(0)) {
                self.pos = (self.pos + 1).min(self.chars.len());
                return Err("invalid usage of line address 0".to_string());
            }
            return Ok((Some(from), None));
        }
        self.pos += 1;
        self.blanks();
        let to = match self.peek() {
            Some(sign @ ('+' | '~')) => {
                self.pos += 1;
                let n = self.number().ok_or("unexpected `,'")?;
                match sign {
                    '+' => RangeEnd::More(n),
                    _ => RangeEnd::Multiple(n),
                }
            }
            _ => match self.address()?.ok_or_else(|| {
                self.pos = (self.pos + 1).min(self.chars.len());
                "unexpected `,'"
            })? {
                Address::Line(n) | Address::Step(n, _) => RangeEnd::Line(n),
                Address::Last => RangeEnd::Last,
                Address::Match(regex) => RangeEnd::Match(regex),
            },
        };
        if matches!(from, Address::Line(0)) && !matches!(to, RangeEnd::Match(_)) {
            return Err("invalid usage of line address 0".to_string());
        }
        Ok((Some(from), Some(to)))
    }

    fn number(&mut self) -> Option<usize> {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.pos += 1;
        }
        digits.parse().ok()
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        let delimiter = match self.peek() {
            Some('$') => {
                self.pos += 1;
                return Ok(Some(Address::Last));
            }
            Some(c) if c.is_ascii_digit() => {
                let n = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.pos += 1;
                    return Ok(Some(Address::Step(n, self.number().unwrap_or(0))));
                }
                return Ok(Some(Address::Line(n)));
            }
            Some('/') => '/',
            Some('\\') => {
                self.pos += 1;
                self.peek().ok_or("unexpected `,'")?
            }
            _ => return Ok(None),
        };
        self.pos += 1;
        let pattern = self
            .until(delimiter, true)
            .ok_or("unterminated address regex")?;
        let mut fold = false;
        while let Some(flag @ ('I' | 'M')) = self.peek() {
            if flag == 'M' {
                return Err("multi-line matching is not supported".to_string());
            }
            fold = true;
            self.pos += 1;
        }
        Ok(Some(Address::Match(self.regex(&pattern, fold)?)))
    }

    fn regex(&self, pattern: &str, fold: bool) -> Result<Option<Regex>, String> {
        if pattern.is_empty() {
            return Ok(None);
        }
        Regex::new(pattern, self.flavor, fold).map(Some)
    }

    /// Text up to an unescaped delimiter. An escaped delimiter stands for itself; in expressions, brackets hide it.
    fn until(&mut self, delimiter: char, regex: bool) -> Option<String> {
        let mut text = String::new();
        let mut bracket = false;
        loop {
            let c = self.next()?;
            match c {
                '\\' => {
                    let next = self.next()?;
                    if next == delimiter {
                        // An escaped delimiter that is special in expressions is an ordinary character.
                        if regex && "|+?(){}^$.*[".contains(delimiter) {
                            text.push_str(&format!("[{delimiter}]").replace("[^]", "\\^"));
                        } else {
                            if !regex && next == '&' {
                                text.push('\\');
                            }
                            text.push(next);
                        }
                        continue;
                    }
                    text.push('\\');
                    text.push(next);
                }
                '[' if regex && !bracket => {
                    bracket = true;
                    text.push(c);
                    if self.peek() == Some('^') {
                        text.push('^');
                        self.pos += 1;
                    }
                    if self.peek() == Some(']') {
                        text.push(']');
                        self.pos += 1;
                    }
                }
                ']' if bracket => {
                    bracket = false;
                    text.push(c);
                }
                '[' if bracket && self.peek() == Some(':') => {
                    text.push(c);
                    while let Some(c) = self.peek().filter(|c| *c != ']') {
                        text.push(c);
                        self.pos += 1;
                    }
                    text.push(self.next()?);
                }
                c if c == delimiter && !bracket => return Some(text),
                // A bracket that is never closed does not hide the delimiter.
                c if c == delimiter && !self.chars[self.pos..].contains(&']') => {
                    return Some(text);
                }
                c => text.push(c),
            }
        }
    }

    fn substitute(&mut self) -> Result<Substitute, String> {
        let unterminated = "unterminated `s' command";
        let delimiter = self.next().ok_or(unterminated)?;
        if delimiter == '\n' || delimiter == '\\' {
            return Err(unterminated.to_string());
        }
        let pattern = self.until(delimiter, true).ok_or(unterminated)?;
        let replacement = self.until(delimiter, false).ok_or(unterminated)?;
        let mut s = Substitute {
            regex: None,
            replacement: parts(&replacement),
            global: false,
            print: false,
            number: 1,
            file: None,
        };
        let mut fold = false;
        loop {
            match self.peek() {
                Some('g') if s.global => {
                    self.pos += 1;
                    return Err("multiple `g' options to `s' command".to_string());
                }
                Some('p') if s.print => {
                    self.pos += 1;
                    return Err("multiple `p' options to `s' command".to_string());
                }
                Some('g') => s.global = true,
                Some('p') => s.print = true,
                Some('i' | 'I') => fold = true,
                Some('m' | 'M') => {
                    self.pos += 1;
                    return Err("multi-line matching is not supported".to_string());
                }
                Some('w') => {
                    self.pos += 1;
                    s.file = Some(self.line());
                    break;
                }
                Some(c) if c.is_ascii_digit() => {
                    s.number = self.number().unwrap_or(1);
                    if s.number == 0 {
                        return Err("number option to `s' command may not be zero".to_string());
                    }
                    continue;
                }
                None | Some('\n' | ';' | '}' | '#' | ' ' | '\t') => {
                    self.end()?;
                    break;
                }
                Some(_) => {
                    self.pos += 1;
                    return Err("unknown option to `s'".to_string());
                }
            }
            self.pos += 1;
        }
        s.regex = self.regex(&pattern, fold)?;
        if let Some(regex) = &s.regex {
            let groups = regex.names().len();
            for part in &s.replacement {
                if let Part::Group(n) = part
                    && *n >= groups
                {
                    return Err(format!("invalid reference \\{n} on `s' command's RHS"));
                }
            }
        }
        Ok(s)
    }

    fn translate(&mut self) -> Result<Action, String> {
        let unterminated = "unterminated `y' command";
        let delimiter = self.next().ok_or(unterminated)?;
        let from = self.until(delimiter, false).ok_or(unterminated)?;
        let to = self.until(delimiter, false).ok_or(unterminated)?;
        let plain = |text: &str| -> Vec<char> {
            let text = text.replace("\\\\", "\u{0}").replace("\\n", "\n");
            text.replace("\\t", "\t")
                .replace('\u{0}', "\\")
                .chars()
                .collect()
        };
        let (from, to) = (plain(&from), plain(&to));
        if from.len() != to.len() {
            return Err("strings for `y' command are different lengths".to_string());
        }
        self.end()?;
        Ok(Action::Translate(from.into_iter().zip(to).collect()))
    }

    /// The text of `a`, `i`, `c`: after `a\` and a newline, or on the same line.
    fn text(&mut self) -> Result<String, String> {
        self.blanks();
        if self.peek() == Some('\\') {
            self.pos += 1;
            let mark = self.pos;
            self.blanks();
            if self.peek() == Some('\n') {
                self.pos += 1;
            } else {
                self.pos = mark;
            }
        }
        if self.peek().is_none() {
            return Err("expected \\ after `a', `c' or `i'".to_string());
        }
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => break,
                Some('\\') => match self.next() {
                    Some('t') => text.push('\t'),
                    Some(c) => text.push(c),
                    None => break,
                },
                Some(c) => text.push(c),
            }
        }
        text.push('\n');
        Ok(text)
    }

    /// A label.
    fn word(&mut self) -> String {
        self.blanks();
        let mut word = String::new();
        while let Some(c) = self
            .peek()
            .filter(|c| !c.is_whitespace() && *c != ';' && *c != '}')
        {
            word.push(c);
            self.pos += 1;
        }
        word
    }

    /// A file's name: the rest of the line.
    fn line(&mut self) -> String {
        self.blanks();
        let mut line = String::new();
        while let Some(c) = self.peek().filter(|c| *c != '\n') {
            line.push(c);
            self.pos += 1;
        }
        line
    }
}

/// A replacement's pieces.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let part = match c {
            '&' => Part::Group(0),
            '\\' => match chars.next() {
                Some(d) if d.is_ascii_digit() => Part::Group(d as usize - '0' as usize),
                Some(d @ ('U' | 'L' | 'u' | 'l' | 'E')) => Part::Case(d),
                other => {
                    literal.push(match other {
                        Some('n') => '\n',
                        Some('t') => '\t',
                        Some('r') => '\r',
                        Some('f') => '\x0c',
                        Some('v') => '\x0b',
                        Some('a') => '\x07',
                        Some(c) => c,
                        None => '\\',
                    });
                    continue;
                }
            },
            c => {
                literal.push(c);
                continue;
            }
        };
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(part);
    }
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    parts
}
