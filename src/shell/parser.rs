//! The parser: one complete command at a time, as shells do, so that aliases and errors take effect line by line.

mod brace;
mod compound;
mod param;
mod redirect;
mod words;

use crate::collections::SortedMap;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::ast::*;

/// Nesting of commands, substitutions and expressions that a script may have.
const MAX_DEPTH: u32 = 120;

/// Why a script could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// The text ends inside a construct: more lines may complete it. `looking_for` is a quote or bracket, or empty.
    Incomplete { line: u32, looking_for: String },
    /// A token that cannot stand there.
    Unexpected { line: u32, token: String },
    /// Anything else, with its message.
    Other { line: u32, message: String },
}

impl ParseError {
    pub fn line(&self) -> u32 {
        match self {
            ParseError::Incomplete { line, .. }
            | ParseError::Unexpected { line, .. }
            | ParseError::Other { line, .. } => *line,
        }
    }
}

pub(super) type Parse<T> = Result<T, ParseError>;

struct HereDoc {
    delimiter: String,
    quoted: bool,
    strip_tabs: bool,
    body: Arc<OnceLock<Word>>,
}

/// Reads commands from a text.
pub struct Parser<'a> {
    src: Cow<'a, str>,
    pos: usize,
    line: u32,
    depth: u32,
    aliases: Option<&'a SortedMap<String, String>>,
    /// Aliases being expanded, with where their text ends.
    active: Vec<(String, usize)>,
    /// How much longer alias expansion has made the text.
    growth: isize,
    heredocs: Vec<HereDoc>,
    /// Whether bash's extensions (brace expansion, `[[`, arrays) are on.
    bash: bool,
}

impl<'a> Parser<'a> {
    /// `line` is the number of the first line; `bash` turns on what plain POSIX shells lack.
    pub fn new(
        src: &'a str,
        line: u32,
        aliases: Option<&'a SortedMap<String, String>>,
        bash: bool,
    ) -> Parser<'a> {
        Parser {
            src: Cow::Borrowed(src),
            pos: 0,
            line,
            depth: 0,
            aliases,
            active: Vec::new(),
            growth: 0,
            heredocs: Vec::new(),
            bash,
        }
    }

    /// Bytes of the original text that were read.
    pub fn consumed(&self) -> usize {
        self.pos.saturating_add_signed(-self.growth)
    }

    /// The number of the line that reading has reached.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The next complete command line, or `None` at the end of the text.
    pub fn next_block(&mut self) -> Parse<Option<Block>> {
        loop {
            self.blanks();
            match self.peek() {
                None => return Ok(None),
                Some('\n') => self.newline()?,
                Some(_) => break,
            }
        }
        let block = self.list(true)?;
        self.blanks();
        match self.peek() {
            None => self.read_heredocs(true)?,
            Some('\n') => self.newline()?,
            Some(_) => return Err(self.unexpected()),
        }
        Ok(Some(block))
    }

    /// Commands up to something that ends the enclosing construct.
    fn list(&mut self, one_line: bool) -> Parse<Block> {
        self.enter()?;
        let mut statements = Vec::new();
        loop {
            if one_line {
                self.blanks();
            } else {
                self.linebreak()?;
            }
            if self.at_list_end() {
                break;
            }
            let start = self.pos;
            let command = self.and_or()?;
            let text: Arc<str> = self
                .src
                .get(start..self.pos)
                .unwrap_or_default()
                .trim()
                .into();
            self.blanks();
            let (mut background, mut more) = (false, true);
            if self.looking_at(";") && !self.looking_at(";;") && !self.looking_at(";&") {
                self.pos += 1;
            } else if self.looking_at("&") && !self.looking_at("&&") && !self.looking_at("&>") {
                self.pos += 1;
                background = true;
            } else {
                more = self.peek() == Some('\n') && !one_line;
            }
            statements.push(Statement {
                command,
                background,
                text,
            });
            if !more {
                break;
            }
        }
        self.depth -= 1;
        Ok(Block { statements })
    }

    fn at_list_end(&self) -> bool {
        match self.peek() {
            None | Some('\n' | ')') => true,
            Some(';') => self.looking_at(";;") || self.looking_at(";&"),
            _ => matches!(
                self.keyword(),
                Some("then" | "do" | "done" | "fi" | "elif" | "else" | "esac" | "}")
            ),
        }
    }

    fn and_or(&mut self) -> Parse<Arc<Command>> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let connector = if self.looking_at("&&") {
                Connector::And
            } else if self.looking_at("||") {
                Connector::Or
            } else {
                break;
            };
            self.pos += 2;
            self.linebreak()?;
            rest.push((connector, self.pipeline()?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Arc::new(Command::AndOr { first, rest })
        })
    }

    fn pipeline(&mut self) -> Parse<Arc<Command>> {
        let (mut negated, mut timed) = (false, false);
        loop {
            self.blanks();
            match self.keyword() {
                Some("!") => negated = !negated,
                Some("time") if self.bash => {
                    timed = true;
                    self.eat_keyword("time");
                    self.blanks();
                    if self.looking_at("-p") {
                        self.pos += 2;
                    }
                    continue;
                }
                _ => break,
            }
            self.pos += 1;
        }
        let first = self.command()?;
        let (mut commands, mut merge) = (vec![first], vec![false]);
        loop {
            self.blanks();
            if !self.looking_at("|") || self.looking_at("||") {
                break;
            }
            self.pos += 1;
            if self.peek() == Some('&') {
                self.pos += 1;
                if let Some(last) = merge.last_mut() {
                    *last = true;
                }
            }
            self.linebreak()?;
            commands.push(self.command()?);
            merge.push(false);
        }
        if commands.len() == 1 && !negated && !timed {
            return Ok(commands.remove(0));
        }
        Ok(Arc::new(Command::Pipeline(Pipeline {
            commands,
            merge,
            negated,
            timed,
        })))
    }

    fn simple(&mut self) -> Parse<Arc<Command>> {
        let mut simple = Simple {
            line: self.line,
            ..Simple::default()
        };
        let mut alias_next = true;
        let mut declares = false;
        loop {
            self.blanks();
            if alias_next {
                alias_next = self.expand_alias();
                self.blanks();
            }
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            match self.peek() {
                None | Some('\n' | ';' | '&' | '|' | ')') => break,
                Some('(') => {
                    let name = match simple.words.as_slice() {
                        [word] if simple.assigns.is_empty() && simple.redirects.is_empty() => {
                            bare(word)
                        }
                        _ => None,
                    };
                    return match name {
                        Some(name) => self.function_body(name),
                        None => Err(self.unexpected()),
                    };
                }
                Some(_) => {}
            }
            if (simple.words.is_empty() || declares)
                && let Some(assign) = self.assignment(declares)?
            {
                match assign {
                    Assignment::Whole(assign) if declares => {
                        simple.words.push(Word {
                            parts: vec![Part::Literal(assign.name.clone())],
                            assign: false,
                        });
                        simple.assigns.push(assign);
                    }
                    Assignment::Whole(assign) => simple.assigns.push(assign),
                    Assignment::Word(word) => simple.words.push(word),
                }
                continue;
            }
            let word = self.word()?;
            if simple.words.is_empty() {
                let name = bare(&word);
                declares = matches!(
                    name.as_deref(),
                    Some("export" | "local" | "declare" | "typeset" | "readonly" | "alias")
                );
                simple.declares = declares;
            }
            if self.bash {
                brace::expand(word, &mut simple.words);
            } else {
                simple.words.push(word);
            }
        }
        if simple.words.is_empty() && simple.assigns.is_empty() && simple.redirects.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Arc::new(Command::Simple(simple)))
    }

    /// Replaces an alias at the cursor by its text. True if the word after it is to be looked at too.
    fn expand_alias(&mut self) -> bool {
        let Some(aliases) = self.aliases else {
            return false;
        };
        self.active.retain(|(_, end)| *end > self.pos);
        let name: String = self
            .rest()
            .chars()
            .take_while(|c| c.is_alphanumeric() || "_-.!%,@+:".contains(*c))
            .collect();
        let after = self.rest()[name.len()..].chars().next();
        if name.is_empty() || !after.is_none_or(|c| " \t\n;&|()<>".contains(c)) {
            return false;
        }
        let Some(text) = aliases.get(&name) else {
            return false;
        };
        if self.active.iter().any(|(n, _)| *n == name) {
            return false;
        }
        let delta = text.len() as isize - name.len() as isize;
        for (_, end) in &mut self.active {
            *end = end.saturating_add_signed(delta);
        }
        self.active.push((name.clone(), self.pos + text.len() + 1));
        self.growth += delta;
        let end = self.pos + name.len();
        self.src.to_mut().replace_range(self.pos..end, text);
        if text.ends_with([' ', '\t']) {
            return true;
        }
        self.expand_alias()
    }

    // Cursor.

    fn rest(&self) -> &str {
        self.src.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn looking_at(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    /// Skips blanks, continued lines and a comment.
    fn blanks(&mut self) {
        loop {
            if self.looking_at("\\\n") {
                self.pos += 2;
                self.line += 1;
            } else if self.looking_at("\\\r\n") {
                self.pos += 3;
                self.line += 1;
            } else if matches!(self.peek(), Some(' ' | '\t' | '\r')) {
                self.pos += 1;
            } else {
                break;
            }
        }
        if self.peek() == Some('#') {
            let end = self.rest().find('\n').unwrap_or(self.rest().len());
            self.pos += end;
        }
    }

    /// Consumes a line's end and the here-documents that wait for it.
    fn newline(&mut self) -> Parse<()> {
        self.bump();
        self.read_heredocs(false)
    }

    fn linebreak(&mut self) -> Parse<()> {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return Ok(());
            }
            self.newline()?;
        }
    }

    /// The unquoted word at the cursor if it could be a reserved word.
    fn keyword(&self) -> Option<&str> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| " \t\n;&|()<>\r'\"\\$`".contains(c))
            .unwrap_or(rest.len());
        let next = rest[end..].chars().next();
        (end > 0 && !next.is_some_and(|c| "'\"\\$`".contains(c))).then(|| &rest[..end])
    }

    fn at_keyword(&self, word: &str) -> bool {
        self.keyword() == Some(word)
    }

    fn eat_keyword(&mut self, word: &str) -> bool {
        let found = self.at_keyword(word);
        if found {
            self.pos += word.len();
        }
        found
    }

    fn expect_keyword(&mut self, word: &str) -> Parse<()> {
        self.linebreak()?;
        if self.eat_keyword(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn enter(&mut self) -> Parse<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.other("syntax error: nested too deeply"));
        }
        Ok(())
    }

    fn other(&self, message: &str) -> ParseError {
        ParseError::Other {
            line: self.line,
            message: message.to_string(),
        }
    }

    fn incomplete(&self, looking_for: &str) -> ParseError {
        ParseError::Incomplete {
            line: self.line,
            looking_for: looking_for.to_string(),
        }
    }

    /// The error for the token at the cursor.
    fn unexpected(&self) -> ParseError {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return self.incomplete("");
        };
        let operators = [
            "<<<", ";;&", "&>>", "&&", "||", ";;", ";&", "<<", ">>", "&>", "|&",
        ];
        let token = if first == '\n' {
            "newline"
        } else if let Some(op) = operators.iter().find(|op| rest.starts_with(**op)) {
            op
        } else if ";&|()<>".contains(first) {
            &rest[..1]
        } else {
            let end = rest
                .find(|c: char| " \t\n;&|()<>".contains(c))
                .unwrap_or(rest.len());
            &rest[..end]
        };
        ParseError::Unexpected {
            line: self.line,
            token: token.to_string(),
        }
    }
}

/// What stands where an assignment may stand.
enum Assignment {
    Whole(Assign),
    /// `name=value` as an argument of `export` and its kin.
    Word(Word),
}

/// The text of a word without any quoting or expansion.
fn bare(word: &Word) -> Option<String> {
    match word.parts.as_slice() {
        [Part::Literal(text)] => Some(text.clone()),
        _ => None,
    }
}

/// Whether a text can be a variable's name.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
