//! Programs that run others: `xargs`, `timeout`, `watch`.

use std::collections::VecDeque;

use super::super::kernel::{Read, Target};
use super::super::launch::launch;
use super::super::process::{Cx, MAX_TASKS, Program, Start, Step};
use super::super::system::{Errno, Micros, Pid, Signal};
use super::attributes::utc;
use super::options;
use super::timing::interval;

/// Bytes that `xargs` reads.
const MAX_INPUT: usize = 16 << 20;
/// Bytes and words of one command line that `xargs` makes.
const MAX_LINE: usize = 128 << 10;
const MAX_WORDS: usize = 5000;
/// Bytes of a command's output that `watch` keeps.
const MAX_SCREEN: usize = 256 << 10;

/// Starts a child whose standard input is `/dev/null`.
fn spawn_without_input(cx: &mut Cx, argv: Vec<String>, blamed: &str) -> Result<Pid, Errno> {
    if cx.table.tasks.len() >= MAX_TASKS {
        return Err(Errno::Busy);
    }
    let mut proc = cx.proc.child(cx.sys, argv);
    let null = cx.sys.kernel().open(Target::Null);
    proc.set_fd(cx.sys, 0, null);
    let body = launch(cx.sys, &mut proc, blamed);
    Ok(cx.add_child(proc, body))
}

#[derive(Clone, Default)]
struct Xargs {
    command: Vec<String>,
    replace: Option<String>,
    per_command: usize,
    per_lines: usize,
    skip_empty: bool,
    trace: bool,
    delimiter: Option<u8>,
    input: Vec<u8>,
    queue: Option<VecDeque<Vec<String>>>,
    child: Option<Pid>,
    code: i32,
}

impl Program for Xargs {
    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(pid) = self.child {
            let Some(code) = cx.table.reap(pid) else {
                return Step::Wait;
            };
            self.child = None;
            match code {
                0 => {}
                126 | 127 => return Step::Exit(code),
                255 => {
                    let name = self.command[0].clone();
                    cx.complain(format!("{name}: exited with status 255; aborting"));
                    return Step::Exit(124);
                }
                129..=165 => return Step::Exit(125),
                _ => self.code = 123,
            }
            return Step::Continue;
        }
        let Some(queue) = &mut self.queue else {
            return self.read(cx);
        };
        let Some(argv) = queue.pop_front() else {
            return Step::Exit(self.code);
        };
        if self.trace {
            cx.write(2, (argv.join(" ") + "\n").as_bytes());
        }
        match spawn_without_input(cx, argv, "xargs") {
            Ok(pid) => {
                self.child = Some(pid);
                Step::Continue
            }
            Err(error) => {
                cx.complain(format!("cannot fork: {error}"));
                Step::Exit(124)
            }
        }
    }
}

impl Xargs {
    fn read(&mut self, cx: &mut Cx) -> Step {
        match cx.read(0, 64 << 10) {
            Ok(Read::Block) => return Step::Wait,
            Ok(Read::Data(data)) if self.input.len() < MAX_INPUT => {
                self.input.extend(data);
                return Step::Continue;
            }
            Ok(_) => {}
            Err(error) => {
                cx.complain(format!("read error: {error}"));
                return Step::Exit(1);
            }
        }
        match self.words() {
            Ok(lines) => self.queue = Some(self.commands(lines)),
            Err(quote) => {
                let what = if quote == '"' { "double" } else { "single" };
                cx.complain(format!("unmatched {what} quote; by default quotes are special to xargs unless you use the -0 option"));
                return Step::Exit(1);
            }
        }
        Step::Continue
    }

    /// The words of each line; an open quote is an error.
    fn words(&mut self) -> Result<Vec<Vec<String>>, char> {
        let data = std::mem::take(&mut self.input);
        if let Some(delimiter) = self.delimiter {
            let body = data.strip_suffix(&[delimiter]).unwrap_or(&data);
            if data.is_empty() {
                return Ok(Vec::new());
            }
            let pieces = body.split(|b| *b == delimiter);
            return Ok(pieces
                .map(|p| vec![String::from_utf8_lossy(p).into_owned()])
                .collect());
        }
        let text = String::from_utf8_lossy(&data).into_owned();
        if self.replace.is_some() {
            let lines = text.lines().map(str::trim_start).filter(|l| !l.is_empty());
            return lines.map(|l| unquote(l, true)).collect();
        }
        let lines = text.lines().filter(|l| !l.trim().is_empty());
        lines.map(|l| unquote(l, false)).collect()
    }

    fn commands(&self, lines: Vec<Vec<String>>) -> VecDeque<Vec<String>> {
        let mut commands = VecDeque::new();
        if let Some(mark) = &self.replace {
            for item in lines.into_iter().flatten() {
                let argv = self.command.iter().map(|w| w.replace(mark, &item));
                commands.push_back(argv.collect());
            }
            return commands;
        }
        if self.per_lines > 0 {
            for group in lines.chunks(self.per_lines) {
                commands.push_back([&self.command[..], &group.concat()].concat());
            }
            return commands;
        }
        let items: Vec<String> = lines.into_iter().flatten().collect();
        if items.is_empty() && !self.skip_empty {
            commands.push_back(self.command.clone());
        }
        let most = match self.per_command {
            0 => MAX_WORDS,
            n => n.min(MAX_WORDS),
        };
        let mut argv = self.command.clone();
        let mut bytes = 0;
        for item in items {
            let full = argv.len() - self.command.len() >= most || bytes + item.len() > MAX_LINE;
            if full && argv.len() > self.command.len() {
                commands.push_back(std::mem::replace(&mut argv, self.command.clone()));
                bytes = 0;
            }
            bytes += item.len() + 1;
            argv.push(item);
        }
        if argv.len() > self.command.len() {
            commands.push_back(argv);
        }
        commands
    }
}

/// Words of a line; the line itself with quotes and backslashes removed if `whole`.
fn unquote(line: &str, whole: bool) -> Result<Vec<String>, char> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut begun = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                begun = true;
                loop {
                    match chars.next() {
                        None => return Err(c),
                        Some(d) if d == c => break,
                        Some(d) => word.push(d),
                    }
                }
            }
            '\\' => {
                begun = true;
                word.extend(chars.next());
            }
            c if c.is_whitespace() && !whole => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                begun = true;
                word.push(c);
            }
        }
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}

pub fn xargs(cx: &mut Cx) -> Start {
    let long = [
        ("max-args", 'n'),
        ("replace", 'i'),
        ("no-run-if-empty", 'r'),
        ("null", '0'),
        ("delimiter", 'd'),
        ("max-lines", 'L'),
        ("max-procs", 'P'),
        ("verbose", 't'),
        ("max-chars", 's'),
        ("arg-file", 'a'),
    ];
    let options = match options::parse(cx, "+n:I:ir0d:L:P:ts:xp", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut xargs = Xargs {
        command: options.operands.clone(),
        replace: options.value('I').map(str::to_string),
        skip_empty: options.has('r'),
        trace: options.has('t'),
        ..Xargs::default()
    };
    if options.has('i') {
        xargs.replace = Some("{}".to_string());
    }
    if xargs.command.is_empty() {
        xargs.command.push("echo".to_string());
    }
    for letter in ['n', 'L'] {
        let Some(text) = options.value(letter) else {
            continue;
        };
        let n = match text.parse() {
            Ok(0) => {
                return cx.fail(1, format!("value 0 for -{letter} option should be >= 1\nTry 'xargs --help' for more information."));
            }
            Ok(n) => n,
            Err(_) => {
                return cx.fail(
                    1,
                    format!("invalid number \"{text}\" for -{letter} option\nTry 'xargs --help' for more information."),
                );
            }
        };
        match letter {
            'n' => xargs.per_command = n,
            _ => xargs.per_lines = n,
        }
    }
    if options.has('0') {
        xargs.delimiter = Some(0);
    } else if let Some(text) = options.value('d') {
        let bytes = super::super::escape::ansi_c(text);
        xargs.delimiter = bytes.first().copied();
    }
    Start::Run(Box::new(xargs))
}

#[derive(Clone)]
struct Timeout {
    child: Pid,
    at: Micros,
    signal: Signal,
    kill_after: Option<Micros>,
    preserve: bool,
    expired: bool,
}

impl Program for Timeout {
    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(code) = cx.table.reap(self.child) {
            let killed = self.expired && code == 137;
            return Step::Exit(match self.expired && !self.preserve && !killed {
                true if cx.busybox() => 128 + self.signal.0,
                true => 124,
                false => code,
            });
        }
        if cx.sys.now() < self.at {
            return Step::Until(self.at);
        }
        if self.expired && self.kill_after.is_none() {
            return Step::Wait;
        }
        let signal = match self.expired {
            true => Signal::KILL,
            false => self.signal,
        };
        cx.table.signal(self.child, signal);
        self.expired = true;
        match self.kill_after.take() {
            Some(more) if signal != Signal::KILL => {
                self.at = cx.sys.now().saturating_add(more);
                self.kill_after = Some(more);
            }
            _ => {}
        }
        Step::Continue
    }

    fn signal(&mut self, signal: Signal, cx: &mut Cx) -> bool {
        cx.table.signal(self.child, signal);
        false
    }
}

pub fn timeout(cx: &mut Cx) -> Start {
    let long = [
        ("signal", 's'),
        ("kill-after", 'k'),
        ("preserve-status", 'p'),
        ("foreground", 'f'),
        ("verbose", 'v'),
    ];
    let options = match options::parse(cx, "+s:k:pfv", &long, 125) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let hint = "\nTry 'timeout --help' for more information.";
    let Some((duration, command)) = options
        .operands
        .split_first()
        .filter(|(_, c)| !c.is_empty())
    else {
        cx.write(2, format!("{}\n", hint.trim_start()).as_bytes());
        return Start::Done(125);
    };
    let Some(limit) = interval(duration) else {
        return cx.fail(125, format!("invalid time interval ‘{duration}’{hint}"));
    };
    let kill_after = match options.value('k').map(|k| (k, interval(k))) {
        None => None,
        Some((_, Some(after))) => Some(after),
        Some((text, None)) => {
            return cx.fail(125, format!("invalid time interval ‘{text}’{hint}"));
        }
    };
    let signal = match options.value('s').map(|s| (s, Signal::parse(s))) {
        None => Signal::TERM,
        Some((_, Some(signal))) => signal,
        Some((text, None)) => return cx.fail(125, format!("‘{text}’: invalid signal{hint}")),
    };
    let mut proc = cx.proc.child(cx.sys, command.to_vec());
    let body = launch(cx.sys, &mut proc, "timeout");
    let child = cx.add_child(proc, body);
    // No limit at all is written as 0.
    let at = match limit {
        0 => Micros::MAX,
        limit => cx.sys.now().saturating_add(limit),
    };
    Start::Run(Box::new(Timeout {
        child,
        at,
        signal,
        kill_after,
        preserve: options.has('p'),
        expired: false,
    }))
}

#[derive(Clone)]
struct Watch {
    command: Vec<String>,
    shown: String,
    every: Micros,
    title: bool,
    exit_on_error: bool,
    exit_on_change: bool,
    /// The child and the descriptor of its output.
    child: Option<(Pid, u32)>,
    screen: Vec<u8>,
    before: Option<Vec<u8>>,
    next: Micros,
}

impl Program for Watch {
    fn step(&mut self, cx: &mut Cx) -> Step {
        let Some((pid, fd)) = self.child else {
            if cx.sys.now() < self.next {
                return Step::Until(self.next);
            }
            return self.begin(cx);
        };
        match cx.read(fd, 16 << 10) {
            Ok(Read::Data(data)) => {
                let room = MAX_SCREEN.saturating_sub(self.screen.len());
                self.screen.extend(data.into_iter().take(room));
                return Step::Continue;
            }
            Ok(Read::Block) => return Step::Wait,
            Ok(Read::Eof) | Err(_) => {}
        }
        let Some(code) = cx.table.reap(pid) else {
            return Step::Wait;
        };
        cx.close_fd(fd);
        self.child = None;
        self.paint(cx);
        if self.exit_on_error && code != 0 {
            return Step::Exit(8);
        }
        let screen = std::mem::take(&mut self.screen);
        let changed = self.before.as_ref().is_some_and(|b| *b != screen);
        self.before = Some(screen);
        if self.exit_on_change && changed {
            return Step::Exit(0);
        }
        self.next = cx.sys.now().saturating_add(self.every);
        Step::Continue
    }
}

impl Watch {
    fn begin(&mut self, cx: &mut Cx) -> Step {
        let mut proc = cx.proc.child(cx.sys, self.command.clone());
        let (read, write) = cx.sys.kernel().pipe();
        let again = cx.sys.kernel().dup(write);
        proc.set_fd(cx.sys, 1, write);
        proc.set_fd(cx.sys, 2, again);
        let body = launch(cx.sys, &mut proc, "watch");
        let pid = cx.add_child(proc, body);
        let fd = cx.proc.private_fd();
        cx.proc.fds.insert(fd, read);
        self.child = Some((pid, fd));
        self.screen.clear();
        Step::Continue
    }

    fn paint(&self, cx: &mut Cx) {
        let (columns, rows) = cx.sys.window();
        let (columns, rows) = (columns as usize, rows as usize);
        let mut out = String::from("\x1b[H\x1b[2J\x1b[3J");
        let mut left = rows;
        if self.title {
            let seconds = self.every as f64 / 1e6;
            let start = format!("Every {seconds:.1}s: {}", self.shown);
            let time = utc(cx.sys.now()).format("%a %b %e %H:%M:%S %Y");
            let end = format!("{}: {time}", cx.sys.hostname());
            let gap = columns.saturating_sub(start.chars().count() + end.chars().count());
            if gap > 0 {
                out += &format!("{start}{}{end}\n\n", " ".repeat(gap));
            } else {
                let room = columns.saturating_sub(end.chars().count() + 4);
                let start: String = start.chars().take(room).collect();
                out += &format!("{start}... {end}\n\n");
            }
            left = left.saturating_sub(2);
        }
        let text = String::from_utf8_lossy(&self.screen).into_owned();
        let lines: Vec<String> = text.lines().take(left).map(|l| fit(l, columns)).collect();
        out += &lines.join("\n");
        cx.out(out);
    }
}

/// As much of a line as fits; escape sequences take no room.
fn fit(line: &str, columns: usize) -> String {
    let mut out = String::new();
    let (mut width, mut escape) = (0, false);
    for c in line.chars() {
        match c {
            '\x1b' => escape = true,
            c if escape => escape = !c.is_ascii_alphabetic(),
            _ if width >= columns => continue,
            '\t' => width += 8 - width % 8,
            _ => width += 1,
        }
        out.push(c);
    }
    out
}

pub fn watch(cx: &mut Cx) -> Start {
    let long = [
        ("interval", 'n'),
        ("no-title", 't'),
        ("exec", 'x'),
        ("differences", 'd'),
        ("color", 'c'),
        ("errexit", 'e'),
        ("chgexit", 'g'),
    ];
    let options = match options::parse(cx, "+n:txdcegbpw", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        cx.write(2, b"\nUsage:\n watch [options] command\n");
        return Start::Done(1);
    }
    let every = match options.value('n') {
        None => 2_000_000,
        Some(text) => match text.parse::<f64>() {
            Ok(seconds) if seconds >= 0.0 => (seconds.clamp(0.1, 1e9) * 1e6) as Micros,
            _ => return cx.fail(1, format!("failed to parse argument: '{text}'")),
        },
    };
    let shown = options.operands.join(" ");
    let command = match options.has('x') {
        true => options.operands.clone(),
        false => ["sh", "-c", &shown].map(String::from).to_vec(),
    };
    Start::Run(Box::new(Watch {
        command,
        shown,
        every,
        title: !options.has('t'),
        exit_on_error: options.has('e'),
        exit_on_change: options.has('g'),
        child: None,
        screen: Vec::new(),
        before: None,
        next: 0,
    }))
}
