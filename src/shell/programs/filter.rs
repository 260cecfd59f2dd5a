//! What most programs are: something done to the bytes, or lines, of files or of standard input.

use std::collections::VecDeque;

use super::super::io::Open;
use super::super::kernel::Read;
use super::super::process::{Cx, Program, Start, Step};
use super::super::system::Errno;

/// Bytes read in one step.
const CHUNK: usize = 16 << 10;
/// Bytes a line may have.
const MAX_LINE: usize = 16 << 20;

/// What a filter wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    More,
    /// Enough of this file.
    Skip,
    /// Enough altogether.
    Stop,
}

/// Something done to the bytes of inputs.
pub trait Filter {
    /// An input begins; standard input is `-`.
    fn begin(&mut self, _name: &str, _cx: &mut Cx) {}
    fn chunk(&mut self, data: &[u8], cx: &mut Cx) -> Next;
    /// An input has ended (or was skipped).
    fn finish(&mut self, _name: &str, _cx: &mut Cx) -> Next {
        Next::More
    }
    /// All inputs have ended: the exit code.
    fn end(&mut self, cx: &mut Cx) -> i32;
    /// The exit code when an input could not be read.
    fn error_code(&self) -> i32 {
        1
    }
    /// The words for an input that cannot be opened.
    fn open_error(&self, name: &str, error: Errno, cx: &Cx) -> String {
        if cx.busybox() {
            format!("can't open '{name}': {error}")
        } else {
            format!("{name}: {error}")
        }
    }
    /// The words for an input that cannot be read.
    fn read_error(&self, name: &str, error: Errno) -> String {
        format!("{name}: {error}")
    }
}

/// Something done to the lines of inputs.
pub trait LineFilter {
    fn begin(&mut self, _name: &str, _cx: &mut Cx) {}
    /// A line without its newline; `ended` tells whether it had one.
    fn line(&mut self, line: &[u8], ended: bool, cx: &mut Cx) -> Next;
    fn finish(&mut self, _name: &str, _cx: &mut Cx) -> Next {
        Next::More
    }
    fn end(&mut self, cx: &mut Cx) -> i32;
    fn error_code(&self) -> i32 {
        1
    }
    fn open_error(&self, name: &str, error: Errno, _cx: &Cx) -> String {
        format!("{name}: {error}")
    }
    fn read_error(&self, name: &str, error: Errno) -> String {
        format!("{name}: {error}")
    }
    /// What ends a line.
    fn terminator(&self) -> u8 {
        b'\n'
    }
}

/// Makes a [`Filter`] of a [`LineFilter`].
#[derive(Clone)]
pub struct ByLine<F> {
    pub inner: F,
    buffer: Vec<u8>,
}

impl<F: LineFilter> Filter for ByLine<F> {
    fn begin(&mut self, name: &str, cx: &mut Cx) {
        self.buffer.clear();
        self.inner.begin(name, cx);
    }

    fn chunk(&mut self, data: &[u8], cx: &mut Cx) -> Next {
        let terminator = self.inner.terminator();
        let mut rest = data;
        while let Some(at) = rest.iter().position(|b| *b == terminator) {
            let next = if self.buffer.is_empty() {
                self.inner.line(&rest[..at], true, cx)
            } else {
                let mut line = std::mem::take(&mut self.buffer);
                line.extend_from_slice(&rest[..at]);
                self.inner.line(&line, true, cx)
            };
            if next != Next::More {
                self.buffer.clear();
                return next;
            }
            rest = &rest[at + 1..];
        }
        self.buffer.extend_from_slice(rest);
        if self.buffer.len() > MAX_LINE {
            let line = std::mem::take(&mut self.buffer);
            return self.inner.line(&line, true, cx);
        }
        Next::More
    }

    fn finish(&mut self, name: &str, cx: &mut Cx) -> Next {
        if !self.buffer.is_empty() {
            let line = std::mem::take(&mut self.buffer);
            let next = self.inner.line(&line, false, cx);
            if next == Next::Stop {
                return next;
            }
        }
        self.inner.finish(name, cx)
    }

    fn end(&mut self, cx: &mut Cx) -> i32 {
        self.inner.end(cx)
    }
    fn error_code(&self) -> i32 {
        self.inner.error_code()
    }
    fn open_error(&self, name: &str, error: Errno, cx: &Cx) -> String {
        self.inner.open_error(name, error, cx)
    }
    fn read_error(&self, name: &str, error: Errno) -> String {
        self.inner.read_error(name, error)
    }
}

/// Feeds a filter with files, or with standard input if none are named.
#[derive(Clone)]
pub struct Inputs<F> {
    filter: F,
    names: VecDeque<String>,
    /// The descriptor being read, and its name.
    current: Option<(u32, String)>,
    failed: bool,
    stopped: bool,
}

/// Runs a filter over `names`.
pub fn over<F: Filter + Clone + 'static>(filter: F, names: &[String]) -> Start {
    let mut names: VecDeque<String> = names.iter().cloned().collect();
    if names.is_empty() {
        names.push_back("-".to_string());
    }
    Start::Run(Box::new(Inputs {
        filter,
        names,
        current: None,
        failed: false,
        stopped: false,
    }))
}

/// Runs a line filter over `names`.
pub fn over_lines<F: LineFilter + Clone + 'static>(filter: F, names: &[String]) -> Start {
    over(
        ByLine {
            inner: filter,
            buffer: Vec::new(),
        },
        names,
    )
}

impl<F: Filter + Clone + 'static> Program for Inputs<F> {
    fn step(&mut self, cx: &mut Cx) -> Step {
        if self.stopped {
            return self.end(cx);
        }
        let Some((fd, name)) = self.current.clone() else {
            return self.open_next(cx);
        };
        let next = match cx.read(fd, CHUNK) {
            Ok(Read::Block) => return Step::Wait,
            Ok(Read::Data(data)) => self.filter.chunk(&data, cx),
            Ok(Read::Eof) => Next::Skip,
            Err(error) => {
                self.failed = true;
                cx.complain(self.filter.read_error(&name, error));
                Next::Skip
            }
        };
        match next {
            Next::More => {}
            Next::Skip => {
                self.current = None;
                if fd != 0 {
                    cx.close_fd(fd);
                }
                self.stopped = self.filter.finish(&name, cx) == Next::Stop;
            }
            Next::Stop => self.stopped = true,
        }
        Step::Continue
    }
}

impl<F: Filter> Inputs<F> {
    fn open_next(&mut self, cx: &mut Cx) -> Step {
        let Some(name) = self.names.pop_front() else {
            return self.end(cx);
        };
        let fd = if name == "-" {
            Ok(0)
        } else {
            cx.open_fd(&name, Open::READ)
        };
        match fd {
            Ok(fd) => {
                self.filter.begin(&name, cx);
                self.current = Some((fd, name));
            }
            Err(error) => {
                self.failed = true;
                let message = self.filter.open_error(&name, error, cx);
                cx.complain(message);
            }
        }
        Step::Continue
    }

    fn end(&mut self, cx: &mut Cx) -> Step {
        let code = self.filter.end(cx);
        let failed = self.failed && (code == 0 || self.filter.error_code() > code);
        Step::Exit(if failed {
            self.filter.error_code()
        } else {
            code
        })
    }
}
