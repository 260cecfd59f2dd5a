//! `sed`.

mod script;

use super::super::io::Open;
use super::super::process::{Cx, Start};
use super::super::regex::{Flavor, Regex};
use super::super::system::Errno;
use super::filter::{LineFilter, Next, over_lines};
use super::options;
use crate::collections::SortedMap;
use script::{Action, Address, Command, Part, RangeEnd, Substitute};

/// Commands that one line may take: a script that loops for ever ends here.
const MAX_MOVES: usize = 1_000_000;
/// Bytes of the pattern and hold spaces.
const MAX_SPACE: usize = 16 << 20;

/// Where a range stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Range {
    #[default]
    Closed,
    Open,
    /// Open up to and with this line.
    Until(usize),
    /// A range from line 0 that has ended.
    Spent,
}

#[derive(Clone, Default)]
struct Sed {
    commands: Vec<Command>,
    ranges: Vec<Range>,
    quiet: bool,
    separate: bool,
    /// `-i`, with the suffix of the copy.
    in_place: Option<String>,
    terminator: u8,
    /// Some address is `$`: each line waits until there is another.
    looks_ahead: bool,
    held: Option<(String, bool)>,
    number: usize,
    name: String,
    pattern: String,
    ended: bool,
    hold: String,
    last: bool,
    /// Where to go on when the next line is there, and whether it is appended (`N`).
    suspended: Option<(usize, bool)>,
    substituted: bool,
    appended: Vec<u8>,
    recent: Option<Regex>,
    files: SortedMap<String, u32>,
    /// What goes to the file that is edited in place.
    edited: Vec<u8>,
    unfinished: bool,
    quit: Option<i32>,
    failed: i32,
}

/// What comes after a command.
enum After {
    Next,
    Goto(usize),
    /// The cycle ends; with whether the pattern space is printed.
    EndCycle(bool),
    Restart,
    Suspend(bool),
    Quit(bool, i32),
}

impl Sed {
    fn emit(&mut self, text: &[u8], ended: bool, cx: &mut Cx) {
        let mut out = Vec::with_capacity(text.len() + 2);
        if self.unfinished {
            out.push(self.terminator);
        }
        out.extend_from_slice(text);
        if ended {
            out.push(self.terminator);
        }
        self.unfinished = !ended;
        match self.in_place {
            Some(_) => self.edited.extend(out),
            None => cx.out(out),
        }
    }

    /// Text that has its newline.
    fn emit_text(&mut self, text: &str, cx: &mut Cx) {
        let body = text.strip_suffix('\n').unwrap_or(text).to_string();
        self.emit(body.as_bytes(), true, cx);
    }

    fn print(&mut self, cx: &mut Cx) {
        let text = self.pattern.clone();
        self.emit(text.as_bytes(), self.ended, cx);
    }

    fn flush_appended(&mut self, cx: &mut Cx) {
        let data = std::mem::take(&mut self.appended);
        if data.is_empty() {
            return;
        }
        let ended = data.last() == Some(&b'\n');
        let body = data.strip_suffix(b"\n").unwrap_or(&data).to_vec();
        self.emit(&body, ended, cx);
    }

    fn feed(&mut self, line: String, ended: bool, last: bool, cx: &mut Cx) {
        self.number += 1;
        self.ended = ended;
        self.last = last;
        let start = match self.suspended.take() {
            Some((at, true)) => {
                self.pattern.push('\n');
                self.pattern.push_str(&line);
                at
            }
            Some((at, false)) => {
                self.pattern = line;
                at
            }
            None => {
                self.pattern = line;
                self.substituted = false;
                0
            }
        };
        self.run(start, cx);
    }

    fn run(&mut self, start: usize, cx: &mut Cx) {
        let mut at = start;
        for _ in 0..MAX_MOVES {
            let Some(command) = self.commands.get(at).cloned() else {
                return self.end_cycle(true, cx);
            };
            if !self.selected(at, &command) {
                at = match command.action {
                    Action::Block(end) => end,
                    _ => at + 1,
                };
                continue;
            }
            match self.act(at, &command, cx) {
                After::Next => at += 1,
                After::Goto(place) => at = place,
                After::EndCycle(print) => return self.end_cycle(print, cx),
                After::Restart => {
                    self.flush_appended(cx);
                    at = 0;
                }
                After::Suspend(append) => {
                    if append && self.last {
                        return self.end_cycle(true, cx);
                    }
                    self.suspended = Some((at + 1, append));
                    return;
                }
                After::Quit(print, code) => {
                    if print {
                        self.end_cycle(true, cx);
                    }
                    self.quit = Some(code);
                    return;
                }
            }
            if self.pattern.len() > MAX_SPACE || self.hold.len() > MAX_SPACE {
                break;
            }
        }
        cx.complain("the script takes too long for one line");
        self.quit = Some(4);
    }

    fn end_cycle(&mut self, print: bool, cx: &mut Cx) {
        if print && !self.quiet {
            self.print(cx);
        }
        self.flush_appended(cx);
    }

    fn matches(&mut self, regex: &Option<Regex>) -> bool {
        let regex = match regex {
            Some(regex) => {
                self.recent = Some(regex.clone());
                Some(regex)
            }
            None => self.recent.as_ref(),
        };
        regex.is_some_and(|r| r.is_match(&self.pattern))
    }

    fn selected(&mut self, at: usize, command: &Command) -> bool {
        let Some(from) = &command.from else {
            return !command.negate;
        };
        let hit = match &command.to {
            None => self.at_address(from),
            Some(to) => self.in_range(at, from, to),
        };
        hit != command.negate
    }

    fn at_address(&mut self, address: &Address) -> bool {
        match address {
            Address::Line(n) => self.number == *n,
            Address::Step(first, 0) => self.number == *first,
            Address::Step(first, step) => {
                self.number >= *first && (self.number - first).is_multiple_of(*step)
            }
            Address::Last => self.last,
            Address::Match(regex) => self.matches(regex),
        }
    }

    fn in_range(&mut self, at: usize, from: &Address, to: &RangeEnd) -> bool {
        let zero = matches!(from, Address::Line(0));
        if self.ranges[at] == Range::Closed {
            if zero {
                self.ranges[at] = Range::Open;
            } else {
                if !self.at_address(from) {
                    return false;
                }
                self.ranges[at] = match to {
                    RangeEnd::Line(n) if *n <= self.number => Range::Closed,
                    RangeEnd::Line(n) => Range::Until(*n),
                    RangeEnd::More(0) => Range::Closed,
                    RangeEnd::More(n) => Range::Until(self.number + n),
                    RangeEnd::Multiple(0) => Range::Closed,
                    RangeEnd::Multiple(n) if self.number.is_multiple_of(*n) => Range::Closed,
                    RangeEnd::Multiple(n) => Range::Until(self.number.div_ceil(*n) * n),
                    RangeEnd::Last if self.last => Range::Closed,
                    RangeEnd::Last | RangeEnd::Match(_) => Range::Open,
                };
                return true;
            }
        }
        match self.ranges[at] {
            Range::Spent => return false,
            Range::Until(n) if self.number >= n => {
                self.ranges[at] = Range::Closed;
                // A line beyond the end does not belong to the range any more.
                return self.number == n || self.at_address(from);
            }
            _ => {}
        }
        let ends = match to {
            RangeEnd::Match(regex) => self.matches(regex),
            RangeEnd::Last => self.last,
            _ => false,
        };
        if ends {
            self.ranges[at] = if zero { Range::Spent } else { Range::Closed };
        }
        true
    }

    fn act(&mut self, at: usize, command: &Command, cx: &mut Cx) -> After {
        match &command.action {
            Action::Block(_) | Action::End => {}
            Action::Substitute(s) => self.substitute(s, cx),
            Action::Translate(pairs) => {
                let new = self.pattern.chars().map(|c| {
                    let pair = pairs.iter().find(|(from, _)| *from == c);
                    pair.map_or(c, |(_, to)| *to)
                });
                self.pattern = new.collect();
            }
            Action::Append(text) => self.appended.extend(text.bytes()),
            Action::Insert(text) => self.emit_text(text, cx),
            Action::Change(text) => {
                let open = matches!(self.ranges[at], Range::Open | Range::Until(_));
                if command.to.is_none() || command.negate || !open {
                    self.emit_text(text, cx);
                }
                return After::EndCycle(false);
            }
            Action::Jump(letter, to) => {
                let jump = match letter {
                    'b' => true,
                    't' => std::mem::take(&mut self.substituted),
                    _ => !std::mem::take(&mut self.substituted),
                };
                if jump {
                    return After::Goto(*to);
                }
            }
            Action::Read(name) => {
                if let Ok(data) = cx.read_file(name) {
                    self.appended.extend(data);
                }
            }
            Action::Write(name) => {
                let text = self.pattern.clone();
                self.write_file(name, &text, cx);
            }
            Action::Quit(print, code) => return After::Quit(*print, *code),
            Action::Letter(letter) => return self.letter(*letter, cx),
        }
        After::Next
    }

    fn letter(&mut self, letter: char, cx: &mut Cx) -> After {
        match letter {
            '=' => {
                let number = format!("{}\n", self.number);
                self.emit_text(&number, cx);
            }
            'd' => return After::EndCycle(false),
            'D' => match self.pattern.find('\n') {
                None => return After::EndCycle(false),
                Some(end) => {
                    self.pattern.drain(..=end);
                    return After::Restart;
                }
            },
            'g' => self.pattern = self.hold.clone(),
            'G' => {
                self.pattern.push('\n');
                self.pattern.push_str(&self.hold);
            }
            'h' => self.hold = self.pattern.clone(),
            'H' => {
                self.hold.push('\n');
                self.hold.push_str(&self.pattern);
            }
            'l' => {
                let shown = visible(&self.pattern);
                self.emit_text(&shown, cx);
            }
            'n' => {
                if self.last {
                    return After::Quit(true, 0);
                }
                self.end_cycle(true, cx);
                return After::Suspend(false);
            }
            'N' => {
                self.flush_appended(cx);
                return After::Suspend(true);
            }
            'p' => self.print(cx),
            'P' => {
                let end = self.pattern.find('\n').unwrap_or(self.pattern.len());
                let first = self.pattern[..end].to_string();
                self.emit(first.as_bytes(), true, cx);
            }
            'x' => std::mem::swap(&mut self.pattern, &mut self.hold),
            'z' => self.pattern.clear(),
            'F' => {
                let name = self.name.clone();
                self.emit_text(&name, cx);
            }
            _ => {}
        }
        After::Next
    }

    fn substitute(&mut self, s: &Substitute, cx: &mut Cx) {
        if let Some(regex) = &s.regex {
            self.recent = Some(regex.clone());
        }
        let Some(regex) = self.recent.clone() else {
            cx.complain("no previous regular expression");
            self.quit = Some(1);
            return;
        };
        let text = std::mem::take(&mut self.pattern);
        let (new, count) = replace(&text, &regex, s);
        self.pattern = new;
        if count == 0 {
            return;
        }
        self.substituted = true;
        if s.print {
            self.print(cx);
        }
        if let Some(name) = &s.file {
            let text = self.pattern.clone();
            self.write_file(name, &text, cx);
        }
    }

    fn write_file(&mut self, name: &str, text: &str, cx: &mut Cx) {
        match name {
            "/dev/stdout" => cx.out(format!("{text}\n")),
            "/dev/stderr" => cx.write(2, format!("{text}\n").as_bytes()),
            _ => {
                if let Some(fd) = self.files.get(name) {
                    cx.write(*fd, format!("{text}\n").as_bytes());
                }
            }
        }
    }

    /// The end of what counts as one input.
    fn close(&mut self, cx: &mut Cx) {
        if let Some((line, ended)) = self.held.take() {
            self.feed(line, ended, true, cx);
        }
        if let Some((_, append)) = self.suspended.take()
            && append
        {
            self.end_cycle(true, cx);
        }
    }
}

/// The text with matches replaced, and how many there were.
fn replace(text: &str, regex: &Regex, s: &Substitute) -> (String, usize) {
    let mut out = String::with_capacity(text.len());
    let (mut from, mut copied, mut found, mut replaced) = (0, 0, 0, 0);
    let mut last_end = None;
    while from <= text.len() {
        let Some(groups) = regex.captures_at(text, from) else {
            break;
        };
        let Some((start, end)) = groups.first().copied().flatten() else {
            break;
        };
        let step = text[end..].chars().next().map_or(1, char::len_utf8);
        // An empty match right after a match does not count.
        if start == end && last_end == Some(start) {
            from = end + step;
            continue;
        }
        last_end = Some(end);
        found += 1;
        if found >= s.number {
            out.push_str(&text[copied..start]);
            fill(&mut out, text, &groups, &s.replacement);
            copied = end;
            replaced += 1;
            if !s.global {
                break;
            }
        }
        from = if start == end { end + step } else { end };
    }
    out.push_str(&text[copied..]);
    (out, replaced)
}

fn fill(out: &mut String, text: &str, groups: &[Option<(usize, usize)>], parts: &[Part]) {
    let (mut case, mut once) = ('E', ' ');
    for part in parts {
        let piece = match part {
            Part::Case(c @ ('u' | 'l')) => {
                once = *c;
                continue;
            }
            Part::Case(c) => {
                case = *c;
                once = ' ';
                continue;
            }
            Part::Text(literal) => literal.as_str(),
            Part::Group(n) => match groups.get(*n).copied().flatten() {
                Some((a, b)) => &text[a..b],
                None => "",
            },
        };
        let mut cased = match case {
            'U' => piece.to_uppercase(),
            'L' => piece.to_lowercase(),
            _ => piece.to_string(),
        };
        if once != ' '
            && let Some(first) = cased.chars().next()
        {
            let rest = cased[first.len_utf8()..].to_string();
            cased = match once {
                'u' => first.to_uppercase().collect::<String>() + &rest,
                _ => first.to_lowercase().collect::<String>() + &rest,
            };
            once = ' ';
        }
        out.push_str(&cased);
    }
}

/// The text as `l` shows it.
fn visible(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for byte in text.bytes() {
        let shown = match byte {
            b'\\' => "\\\\".to_string(),
            b'\n' => "\\n".to_string(),
            b'\t' => "\\t".to_string(),
            b'\r' => "\\r".to_string(),
            7 => "\\a".to_string(),
            8 => "\\b".to_string(),
            12 => "\\f".to_string(),
            11 => "\\v".to_string(),
            32..=126 => char::from(byte).to_string(),
            other => format!("\\{other:03o}"),
        };
        if width + shown.len() > 69 {
            out.push_str("\\\n");
            width = 0;
        }
        width += shown.len();
        out.push_str(&shown);
    }
    out + "$\n"
}

impl LineFilter for Sed {
    fn begin(&mut self, name: &str, _cx: &mut Cx) {
        self.name = name.to_string();
        if self.separate {
            self.number = 0;
            self.ranges.fill(Range::Closed);
        }
    }

    fn line(&mut self, line: &[u8], ended: bool, cx: &mut Cx) -> Next {
        let line = String::from_utf8_lossy(line).into_owned();
        if !self.looks_ahead {
            self.feed(line, ended, false, cx);
        } else if let Some((before, ended)) = self.held.replace((line, ended)) {
            self.feed(before, ended, false, cx);
        }
        match self.quit {
            // A file that is edited in place is still to be written.
            Some(_) if self.in_place.is_some() => Next::Skip,
            Some(_) => Next::Stop,
            None => Next::More,
        }
    }

    fn finish(&mut self, name: &str, cx: &mut Cx) -> Next {
        if self.separate && self.quit.is_none() {
            self.close(cx);
        }
        if let Some(suffix) = self.in_place.clone() {
            let data = std::mem::take(&mut self.edited);
            self.unfinished = false;
            let (path, now) = (cx.path(name), cx.sys.now());
            if !suffix.is_empty() {
                let copy = match suffix.contains('*') {
                    true => suffix.replace('*', name),
                    false => format!("{name}{suffix}"),
                };
                let copy = cx.path(&copy);
                let old = cx.sys.fs().read_all(&path, 16 << 20).unwrap_or_default();
                if let Err(error) = cx.sys.fs().write_all(&copy, &old, now) {
                    cx.complain(format!("cannot rename {name}: {error}"));
                    self.failed = 4;
                }
            }
            if let Err(error) = cx.sys.fs().write_all(&path, &data, now) {
                cx.complain(format!("couldn't write to {name}: {error}"));
                self.failed = 4;
            }
        }
        match self.quit {
            Some(_) => Next::Stop,
            None => Next::More,
        }
    }

    fn end(&mut self, cx: &mut Cx) -> i32 {
        if self.quit.is_none() && !self.separate {
            self.close(cx);
        }
        self.quit.unwrap_or(self.failed)
    }

    fn error_code(&self) -> i32 {
        2
    }

    fn open_error(&self, name: &str, error: Errno, cx: &Cx) -> String {
        match cx.busybox() {
            true => format!("{name}: {error}"),
            false => format!("can't read {name}: {error}"),
        }
    }

    fn read_error(&self, name: &str, error: Errno) -> String {
        match (error, &self.in_place) {
            (Errno::IsDir, Some(_)) => format!("couldn't edit {name}: not a regular file"),
            _ => format!("read error on {name}: {error}"),
        }
    }

    fn terminator(&self) -> u8 {
        self.terminator
    }
}

pub fn sed(cx: &mut Cx) -> Start {
    let long = [
        ("quiet", 'n'),
        ("silent", 'n'),
        ("expression", 'e'),
        ("file", 'f'),
        ("regexp-extended", 'E'),
        ("in-place", 'i'),
        ("separate", 's'),
        ("null-data", 'z'),
        ("unbuffered", 'u'),
        ("posix", 'p'),
    ];
    // `-i`'s value is attached, or there is none.
    let mut in_place = None;
    for arg in cx.proc.argv.iter_mut().skip(1) {
        if arg == "--" {
            break;
        }
        let cluster = arg.starts_with('-') && !arg.starts_with("--");
        if let Some(at) = arg
            .find('i')
            .filter(|at| cluster && arg[1..*at].chars().all(|c| "nErsuz".contains(c)))
        {
            in_place = Some(arg[at + 1..].to_string());
            arg.truncate(at + 1);
        } else if let Some(suffix) = arg.strip_prefix("--in-place=") {
            in_place = Some(suffix.to_string());
            *arg = "-i".to_string();
        }
    }
    let options = match options::parse(cx, "ne:f:Erisuzp", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut operands = options.operands.clone();
    let mut pieces: Vec<String> = Vec::new();
    for (letter, value) in &options.given {
        match letter {
            'e' => pieces.push(value.clone()),
            'f' => match cx.read_file(value) {
                Ok(text) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    pieces.push(text.trim_end_matches('\n').to_string());
                }
                Err(error) => {
                    return cx.fail(1, format!("couldn't open file {value}: {error}"));
                }
            },
            _ => {}
        }
    }
    if pieces.is_empty() {
        if operands.is_empty() {
            let usage = "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n";
            cx.write(2, usage.as_bytes());
            return Start::Done(1);
        }
        pieces.push(operands.remove(0));
    }
    let extended = options.has('E') || options.has('r');
    let flavor = match extended {
        true => Flavor::Extended,
        false => Flavor::Basic,
    };
    let commands = match script::parse(&pieces.join("\n"), flavor) {
        Ok(commands) => commands,
        Err((usize::MAX, message)) => return cx.fail(1, message),
        Err((at, message)) => {
            return match cx.busybox() {
                true => cx.fail(1, message.replace("`", "").replace('\'', "")),
                false => cx.fail(1, format!("-e expression #1, char {at}: {message}")),
            };
        }
    };
    let mut sed = Sed {
        ranges: vec![Range::Closed; commands.len()],
        quiet: options.has('n') || pieces[0].starts_with("#n\n"),
        separate: options.has('s') || options.has('i'),
        in_place: options.has('i').then(|| in_place.unwrap_or_default()),
        terminator: if options.has('z') { 0 } else { b'\n' },
        ..Sed::default()
    };
    sed.looks_ahead = commands.iter().any(|c| {
        matches!(c.from, Some(Address::Last))
            || matches!(c.to, Some(RangeEnd::Last))
            || matches!(c.action, Action::Letter('n'))
    });
    for command in &commands {
        let name = match &command.action {
            Action::Write(name) => Some(name),
            Action::Substitute(s) => s.file.as_ref(),
            _ => None,
        };
        let Some(name) = name.filter(|n| !n.starts_with("/dev/std")) else {
            continue;
        };
        if sed.files.contains_key(name) {
            continue;
        }
        match cx.open_fd(name, Open::WRITE) {
            Ok(fd) => {
                sed.files.insert(name.clone(), fd);
            }
            Err(error) => return cx.fail(4, format!("couldn't open file {name}: {error}")),
        }
    }
    sed.commands = commands;
    over_lines(sed, &operands)
}
