//! Expressions of `find`, as tests and jumps.

use crate::shell::pattern::Pattern;
use crate::shell::process::Cx;
use crate::shell::programs::chmod::apply;
use crate::shell::regex::{Flavor, Regex};
use crate::shell::system::Micros;

/// Parentheses may nest this deep.
const MAX_DEPTH: usize = 100;

/// `5`, `+5`, `-5`.
#[derive(Clone, Debug)]
pub enum Compare {
    Equal(u64),
    More(u64),
    Less(u64),
}

impl Compare {
    fn parse(text: &str) -> Option<Compare> {
        Some(match text.split_at_checked(1)? {
            ("+", n) => Compare::More(n.parse().ok()?),
            ("-", n) => Compare::Less(n.parse().ok()?),
            _ => Compare::Equal(text.parse().ok()?),
        })
    }

    pub fn holds(&self, n: u64) -> bool {
        match self {
            Compare::Equal(m) => n == *m,
            Compare::More(m) => n > *m,
            Compare::Less(m) => n < *m,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Test {
    Always(bool),
    /// With whether letters' case is ignored.
    Name(Pattern, bool),
    Path(Pattern, bool),
    Regex(Regex),
    Type(String),
    /// In units of so many bytes.
    Size(Compare, u64),
    Empty,
    Newer(Micros),
    Days(Compare),
    Minutes(Compare),
    /// `-` all, `/` any, or exactly these bits.
    Perm(char, u32),
    User(String),
    Group(String),
    Print(&'static str),
    Printf(String),
    Delete,
    Prune,
    Quit,
}

#[derive(Clone, Debug)]
pub enum Op {
    Test(Test),
    Exec(Vec<String>),
    /// `-exec … +`: its number and words.
    Batch(usize, Vec<String>),
    Not,
    IfFalse(usize),
    IfTrue(usize),
}

/// What to do at each place, and where to go.
#[derive(Clone, Debug)]
pub struct Plan {
    pub ops: Vec<Op>,
    pub min_depth: usize,
    pub max_depth: usize,
    pub depth_first: bool,
    pub follow: bool,
    pub follow_start: bool,
}

struct Parser<'a, 'b> {
    cx: &'a mut Cx<'b>,
    words: Vec<String>,
    at: usize,
    plan: Plan,
    acts: bool,
    batches: usize,
}

/// Reads the arguments: where to start, and the plan.
pub fn parse(cx: &mut Cx) -> Result<(Vec<String>, Plan), String> {
    let mut words = cx.args();
    let mut plan = Plan {
        ops: Vec::new(),
        min_depth: 0,
        max_depth: usize::MAX,
        depth_first: false,
        follow: false,
        follow_start: false,
    };
    while let Some(flag @ ("-L" | "-H" | "-P")) = words.first().map(String::as_str) {
        plan.follow = flag == "-L";
        plan.follow_start = flag == "-H";
        words.remove(0);
    }
    let begins =
        |w: &String| (w.starts_with('-') && w.len() > 1) || w == "(" || w == "!" || w == ")";
    let count = words.iter().position(begins).unwrap_or(words.len());
    let mut starts: Vec<String> = words.drain(..count).collect();
    if starts.is_empty() {
        starts.push(".".to_string());
    }
    let mut parser = Parser {
        cx,
        words,
        at: 0,
        plan,
        acts: false,
        batches: 0,
    };
    if !parser.words.is_empty() {
        parser.or(0)?;
        if let Some(word) = parser.words.get(parser.at) {
            return Err(match word.as_str() {
                ")" => "you have too many ')'".to_string(),
                word => format!("paths must precede expression: `{word}'"),
            });
        }
    }
    if !parser.acts {
        let end = parser.plan.ops.len() + 2;
        if end > 2 {
            parser.plan.ops.push(Op::IfFalse(end));
        }
        parser.plan.ops.push(Op::Test(Test::Print("\n")));
    }
    Ok((starts, parser.plan))
}

impl Parser<'_, '_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn or(&mut self, depth: usize) -> Result<(), String> {
        self.and(depth)?;
        while let Some("-o" | "-or") = self.peek() {
            self.at += 1;
            let jump = self.plan.ops.len();
            self.plan.ops.push(Op::IfTrue(0));
            self.and(depth)?;
            self.plan.ops[jump] = Op::IfTrue(self.plan.ops.len());
        }
        Ok(())
    }

    fn and(&mut self, depth: usize) -> Result<(), String> {
        self.not(depth)?;
        loop {
            match self.peek() {
                None | Some("-o" | "-or" | ")") => return Ok(()),
                Some("-a" | "-and") => self.at += 1,
                Some(_) => {}
            }
            let jump = self.plan.ops.len();
            self.plan.ops.push(Op::IfFalse(0));
            self.not(depth)?;
            self.plan.ops[jump] = Op::IfFalse(self.plan.ops.len());
        }
    }

    fn not(&mut self, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("the expression is nested too deeply".to_string());
        }
        match self.peek() {
            Some("!" | "-not") => {
                self.at += 1;
                self.not(depth + 1)?;
                self.plan.ops.push(Op::Not);
                Ok(())
            }
            Some("(") => {
                self.at += 1;
                self.or(depth + 1)?;
                if self.peek() != Some(")") {
                    return Err("invalid expression; I was expecting to find a ')' somewhere but did not see one.".to_string());
                }
                self.at += 1;
                Ok(())
            }
            Some(_) => self.primary(),
            None => Err("invalid expression; expected an expression at its end".to_string()),
        }
    }

    fn value(&mut self, name: &str) -> Result<String, String> {
        let value = self.words.get(self.at).cloned();
        self.at += 1;
        value.ok_or_else(|| format!("missing argument to `{name}'"))
    }

    fn number(&mut self, name: &str) -> Result<usize, String> {
        let value = self.value(name)?;
        value.parse().map_err(|_| {
            format!("Expected a positive decimal integer argument to {name}, but got ‘{value}’")
        })
    }

    fn compare(&mut self, name: &str) -> Result<Compare, String> {
        let value = self.value(name)?;
        Compare::parse(&value).ok_or_else(|| format!("invalid argument `{value}' to `{name}'"))
    }

    fn primary(&mut self) -> Result<(), String> {
        let name = self.words[self.at].clone();
        self.at += 1;
        let test = match name.as_str() {
            "-name" => Test::Name(Pattern::new(&self.value(&name)?), false),
            "-iname" => Test::Name(Pattern::new(&self.value(&name)?.to_lowercase()), true),
            "-path" | "-wholename" => Test::Path(Pattern::new(&self.value(&name)?), false),
            "-ipath" => Test::Path(Pattern::new(&self.value(&name)?.to_lowercase()), true),
            "-regex" | "-iregex" => {
                let pattern = format!("^\\({}\\)$", self.value(&name)?);
                Test::Regex(Regex::new(&pattern, Flavor::Basic, name == "-iregex")?)
            }
            "-regextype" => {
                self.value(&name)?;
                Test::Always(true)
            }
            "-type" => {
                let kinds = self.value(&name)?.replace(',', "");
                if let Some(bad) = kinds.chars().find(|c| !"bcdpflsD".contains(*c)) {
                    return Err(format!("Unknown argument to -type: {bad}"));
                }
                Test::Type(kinds)
            }
            "-maxdepth" => {
                self.plan.max_depth = self.number(&name)?;
                Test::Always(true)
            }
            "-mindepth" => {
                self.plan.min_depth = self.number(&name)?;
                Test::Always(true)
            }
            "-depth" | "-d" => {
                self.plan.depth_first = true;
                Test::Always(true)
            }
            "-follow" => {
                self.plan.follow = true;
                Test::Always(true)
            }
            "-xdev" | "-mount" | "-noleaf" | "-true" | "-ignore_readdir_race" => Test::Always(true),
            "-false" => Test::Always(false),
            "-size" => self.size(&name)?,
            "-empty" => Test::Empty,
            "-newer" => {
                let file = self.value(&name)?;
                match self.cx.stat(&file, true) {
                    Ok(meta) => Test::Newer(meta.mtime),
                    Err(error) => return Err(format!("‘{file}’: {error}")),
                }
            }
            "-mtime" | "-ctime" | "-atime" => Test::Days(self.compare(&name)?),
            "-mmin" | "-cmin" | "-amin" => Test::Minutes(self.compare(&name)?),
            "-perm" => {
                let value = self.value(&name)?;
                let bits = value.trim_start_matches(['-', '/']);
                let kind = if bits.len() < value.len() {
                    value.chars().next().unwrap_or('=')
                } else {
                    '='
                };
                let bits = apply(bits, 0, false, 0).ok_or(format!("invalid mode ‘{value}’"))?;
                Test::Perm(kind, bits)
            }
            "-user" => Test::User(self.value(&name)?),
            "-group" => Test::Group(self.value(&name)?),
            "-print" => self.act(Test::Print("\n")),
            "-print0" => self.act(Test::Print("\0")),
            "-printf" => {
                let format = self.value(&name)?;
                self.act(Test::Printf(format))
            }
            "-delete" => {
                self.plan.depth_first = true;
                self.act(Test::Delete)
            }
            "-prune" => Test::Prune,
            "-quit" => self.act(Test::Quit),
            "-exec" | "-execdir" | "-ok" => return self.exec(&name),
            other if other.starts_with('-') => {
                return Err(match self.cx.busybox() {
                    true => format!("unrecognized: {other}"),
                    false => format!("unknown predicate `{other}'"),
                });
            }
            other => return Err(format!("paths must precede expression: `{other}'")),
        };
        self.plan.ops.push(Op::Test(test));
        Ok(())
    }

    fn act(&mut self, test: Test) -> Test {
        self.acts = true;
        test
    }

    fn size(&mut self, name: &str) -> Result<Test, String> {
        let value = self.value(name)?;
        let unit = match value.chars().last() {
            Some('c') => 1,
            Some('w') => 2,
            Some('k') => 1 << 10,
            Some('M') => 1 << 20,
            Some('G') => 1 << 30,
            _ => 512,
        };
        let digits = value.trim_end_matches(['c', 'w', 'k', 'M', 'G', 'b']);
        let compare = Compare::parse(digits);
        let compare = compare.ok_or_else(|| format!("Invalid argument `{value}' to -size"))?;
        Ok(Test::Size(compare, unit))
    }

    fn exec(&mut self, name: &str) -> Result<(), String> {
        self.acts = true;
        let missing = || format!("missing argument to `{name}'");
        let rest = &self.words[self.at..];
        let end = rest
            .iter()
            .enumerate()
            .position(|(i, w)| w == ";" || (w == "+" && i > 0 && rest[i - 1] == "{}"))
            .ok_or_else(missing)?;
        if end == 0 {
            return Err(missing());
        }
        let batch = rest[end] == "+";
        let mut words: Vec<String> = rest[..end].to_vec();
        self.at += end + 1;
        if batch {
            words.pop();
            self.plan.ops.push(Op::Batch(self.batches, words));
            self.batches += 1;
        } else {
            self.plan.ops.push(Op::Exec(words));
        }
        Ok(())
    }
}
