//! For programs that need their inputs whole: `sort`, `paste`, `diff` …

use super::super::io::Open;
use super::super::kernel::Read;
use super::super::process::{Cx, Program, Start, Step};
use super::super::system::Errno;

/// Bytes that all inputs may have together.
const LIMIT: usize = 32 << 20;

/// An input's name and what it held.
pub type Input = (String, Result<Vec<u8>, Errno>);

/// What is done once every input is there.
pub trait Whole {
    /// The exit code.
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32;
}

#[derive(Clone)]
struct Gather<W> {
    whole: W,
    names: Vec<String>,
    inputs: Vec<Input>,
    current: Option<u32>,
    buffer: Vec<u8>,
    total: usize,
}

/// Reads all of `names` (`-`, or none at all, is standard input), then runs `whole`.
pub fn gather<W: Whole + Clone + 'static>(whole: W, names: &[String]) -> Start {
    let mut names = names.to_vec();
    if names.is_empty() {
        names.push("-".to_string());
    }
    Start::Run(Box::new(Gather {
        whole,
        names,
        inputs: Vec::new(),
        current: None,
        buffer: Vec::new(),
        total: 0,
    }))
}

impl<W: Whole + Clone + 'static> Program for Gather<W> {
    fn step(&mut self, cx: &mut Cx) -> Step {
        let Some(name) = self.names.get(self.inputs.len()).cloned() else {
            let inputs = std::mem::take(&mut self.inputs);
            self.names.clear();
            return Step::Exit(self.whole.run(inputs, cx));
        };
        let fd = match self.current {
            Some(fd) => fd,
            None => {
                let opened = if name == "-" {
                    Ok(0)
                } else {
                    cx.open_fd(&name, Open::READ)
                };
                match opened {
                    Ok(fd) => fd,
                    Err(error) => {
                        self.inputs.push((name, Err(error)));
                        return Step::Continue;
                    }
                }
            }
        };
        self.current = Some(fd);
        let end = match cx.read(fd, 64 << 10) {
            Ok(Read::Block) => return Step::Wait,
            Ok(Read::Data(data)) => {
                self.total += data.len();
                self.buffer.extend(data);
                if self.total <= LIMIT {
                    return Step::Continue;
                }
                Err(Errno::TooBig)
            }
            Ok(Read::Eof) => Ok(std::mem::take(&mut self.buffer)),
            Err(error) => Err(error),
        };
        if fd != 0 {
            cx.close_fd(fd);
        }
        self.current = None;
        self.buffer.clear();
        self.inputs.push((name, end));
        Step::Continue
    }
}

/// The lines of a text, without the byte that ends each.
pub fn lines(data: &[u8], end: u8) -> Vec<&[u8]> {
    let body = data.strip_suffix(&[end]).unwrap_or(data);
    if data.is_empty() {
        return Vec::new();
    }
    body.split(|b| *b == end).collect()
}
