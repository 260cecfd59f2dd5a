//! `tail`, also following files that grow.

use std::collections::VecDeque;

use super::super::io::Open;
use super::super::kernel::Read;
use super::super::process::{Cx, Program, Start, Step};
use super::head::{count, header, modernize};
use super::options;

/// How often followed files are looked at.
const POLL: u64 = 200_000;

#[derive(Clone)]
struct Tail {
    names: VecDeque<String>,
    bytes: bool,
    /// From this line or byte on (counted from 1) rather than the last ones.
    from_start: bool,
    limit: usize,
    headers: bool,
    files: usize,
    follow: bool,
    current: Option<(u32, String)>,
    data: Vec<u8>,
    /// Followed files.
    watched: Vec<(u32, String)>,
    last_shown: String,
    failed: bool,
}

impl Program for Tail {
    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some((fd, name)) = self.current.clone() {
            return self.read(fd, name, cx);
        }
        match self.names.pop_front() {
            Some(name) => self.open(name, cx),
            None if self.watched.is_empty() => Step::Exit(i32::from(self.failed)),
            None => self.watch(cx),
        }
    }
}

impl Tail {
    fn open(&mut self, name: String, cx: &mut Cx) -> Step {
        let opened = if name == "-" {
            Ok(0)
        } else {
            cx.open_fd(&name, Open::READ)
        };
        match opened {
            Ok(fd) => {
                header(&name, self.headers, &mut self.files, cx);
                self.last_shown = name.clone();
                self.current = Some((fd, name));
            }
            Err(error) => {
                self.failed = true;
                let message = if cx.busybox() {
                    format!("can't open '{name}': {error}")
                } else {
                    format!("cannot open '{name}' for reading: {error}")
                };
                cx.complain(message);
                if self.follow && self.names.is_empty() && self.watched.is_empty() && !cx.busybox()
                {
                    cx.complain("no files remaining");
                }
            }
        }
        Step::Continue
    }

    fn read(&mut self, fd: u32, name: String, cx: &mut Cx) -> Step {
        match cx.read(fd, 64 << 10) {
            Ok(Read::Block) => return Step::Wait,
            Ok(Read::Data(data)) => {
                self.data.extend(data);
                self.trim();
                return Step::Continue;
            }
            Ok(Read::Eof) => {}
            Err(error) => {
                self.failed = true;
                cx.complain(format!("error reading '{name}': {error}"));
            }
        }
        let start = self.start();
        cx.out(&self.data[start..]);
        self.data.clear();
        self.current = None;
        if self.follow && fd != 0 {
            self.watched.push((fd, name));
        } else if fd != 0 {
            cx.close_fd(fd);
        }
        Step::Continue
    }

    /// Drops what can no longer be among the last lines.
    fn trim(&mut self) {
        if !self.from_start && self.data.len() > 1 << 20 {
            let start = self.start();
            self.data.drain(..start);
        }
    }

    /// Where the wanted part of the data begins.
    fn start(&self) -> usize {
        let skip = self.limit.saturating_sub(1);
        match (self.from_start, self.bytes) {
            (true, true) => skip.min(self.data.len()),
            (true, false) if skip == 0 => 0,
            (true, false) => nth_newline(self.data.iter(), skip).unwrap_or(self.data.len()),
            (false, true) => self.data.len().saturating_sub(self.limit),
            (false, false) if self.limit == 0 => self.data.len(),
            (false, false) => {
                let body = self.data.strip_suffix(b"\n").unwrap_or(&self.data);
                nth_newline(body.iter().rev(), self.limit).map_or(0, |n| body.len() - n + 1)
            }
        }
    }

    /// Shows what was added to followed files.
    fn watch(&mut self, cx: &mut Cx) -> Step {
        for (fd, name) in self.watched.clone() {
            match cx.read(fd, 16 << 10) {
                Ok(Read::Data(data)) => {
                    if self.headers && self.last_shown != name {
                        cx.out(format!("\n==> {name} <==\n"));
                        self.last_shown = name;
                    }
                    cx.out(data);
                    return Step::Continue;
                }
                Ok(_) => self.truncated(fd, &name, cx),
                Err(_) => {}
            }
        }
        Step::Until(cx.sys.now() + POLL)
    }

    /// A file that has become shorter is followed from its new beginning.
    fn truncated(&mut self, fd: u32, name: &str, cx: &mut Cx) {
        let Some(handle) = cx.proc.fds.get(&fd).copied() else {
            return;
        };
        let size = cx.stat(name, true).map(|m| m.size);
        if let (Ok(size), Some(super::super::kernel::Target::File { offset, .. })) =
            (size, cx.sys.kernel().target_mut(handle))
            && size < *offset
        {
            *offset = 0;
            cx.complain(format!("{name}: file truncated"));
        }
    }
}

/// Place just after the `n`th newline.
fn nth_newline<'a>(bytes: impl Iterator<Item = &'a u8>, n: usize) -> Option<usize> {
    bytes
        .enumerate()
        .filter(|(_, b)| **b == b'\n')
        .nth(n - 1)
        .map(|(i, _)| i + 1)
}

pub fn tail(cx: &mut Cx) -> Start {
    modernize(cx);
    let long = [
        ("lines", 'n'),
        ("bytes", 'c'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("verbose", 'v'),
        ("follow", 'f'),
        ("retry", 'F'),
        ("sleep-interval", 's'),
        ("pid", 'p'),
    ];
    let options = match options::parse(cx, "n:c:qvfFs:p:", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut operands = options.operands.clone();
    if operands.is_empty() {
        operands.push("-".to_string());
    }
    let mut tail = Tail {
        headers: (operands.len() > 1 || options.has('v')) && !options.has('q'),
        names: operands.into(),
        bytes: false,
        from_start: false,
        limit: 10,
        files: 0,
        follow: options.has('f') || options.has('F'),
        current: None,
        data: Vec::new(),
        watched: Vec::new(),
        last_shown: String::new(),
        failed: false,
    };
    for (letter, value) in options.given.iter().filter(|(l, _)| "nc".contains(*l)) {
        let Some((sign, n)) = count(value) else {
            let what = if *letter == 'n' { "lines" } else { "bytes" };
            return cx.fail(1, format!("invalid number of {what}: ‘{value}’"));
        };
        tail.bytes = *letter == 'c';
        tail.from_start = sign == Some('+');
        tail.limit = n;
    }
    Start::Run(Box::new(tail))
}
