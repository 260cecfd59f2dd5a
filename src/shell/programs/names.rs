//! `basename`, `dirname`, `tee`.

use super::super::io::Open;
use super::super::process::{Cx, Start};
use super::attributes::base;
use super::dirs::missing_operand;
use super::filter::{Filter, Next, over};
use super::options;

pub fn basename(cx: &mut Cx) -> Start {
    let long = [("multiple", 'a'), ("suffix", 's'), ("zero", 'z')];
    let options = match options::parse(cx, "+as:z", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let operands = &options.operands;
    let many = options.has('a') || options.has('s');
    if operands.is_empty() {
        return missing_operand(cx);
    }
    if !many && operands.len() > 2 {
        let extra = &operands[2];
        return cx.fail(
            1,
            format!("extra operand ‘{extra}’\nTry 'basename --help' for more information."),
        );
    }
    let (names, suffix) = match many {
        true => (&operands[..], options.value('s').unwrap_or("")),
        false => (&operands[..1], operands.get(1).map_or("", String::as_str)),
    };
    let end = if options.has('z') { "\0" } else { "\n" };
    for name in names {
        let name = base(name);
        let short = name.strip_suffix(suffix).filter(|s| !s.is_empty());
        cx.out(format!("{}{end}", short.unwrap_or(name)));
    }
    Start::Done(0)
}

pub fn dirname(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "z", &[("zero", 'z')], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        return missing_operand(cx);
    }
    for name in &options.operands {
        let trimmed = name.trim_end_matches('/');
        let dir = match trimmed.rfind('/') {
            None if trimmed.is_empty() && !name.is_empty() => "/",
            None => ".",
            Some(at) => match trimmed[..at].trim_end_matches('/') {
                "" => "/",
                dir => dir,
            },
        };
        cx.out(format!("{dir}\n"));
    }
    Start::Done(0)
}

#[derive(Clone)]
struct Tee {
    fds: Vec<u32>,
    failed: i32,
}

impl Filter for Tee {
    fn chunk(&mut self, data: &[u8], cx: &mut Cx) -> Next {
        cx.out(data);
        for fd in &self.fds {
            cx.write(*fd, data);
        }
        Next::More
    }
    fn end(&mut self, _cx: &mut Cx) -> i32 {
        self.failed
    }
}

pub fn tee(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "aip", &[("append", 'a')], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let how = if options.has('a') {
        Open::APPEND
    } else {
        Open::WRITE
    };
    let mut tee = Tee {
        fds: Vec::new(),
        failed: 0,
    };
    for name in &options.operands {
        match cx.open_fd(name, how) {
            Ok(fd) => tee.fds.push(fd),
            Err(error) => {
                tee.failed = 1;
                cx.complain(format!("{name}: {error}"));
            }
        }
    }
    over(tee, &[])
}
