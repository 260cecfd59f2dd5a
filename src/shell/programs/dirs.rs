//! `mkdir` and `rmdir`.

use super::super::process::{Cx, Start};
use super::super::system::Errno;
use super::chmod::apply;
use super::options;

/// `missing operand`, with its hint.
pub fn missing_operand(cx: &mut Cx) -> Start {
    let name = cx.name().to_string();
    cx.fail(
        1,
        format!("missing operand\nTry '{name} --help' for more information."),
    )
}

pub fn mkdir(cx: &mut Cx) -> Start {
    let long = [("parents", 'p'), ("mode", 'm'), ("verbose", 'v')];
    let options = match options::parse(cx, "pm:v", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        return missing_operand(cx);
    }
    let plain = 0o777 & !cx.proc.umask;
    let mode = match options.value('m').map(|m| (m, apply(m, 0o777, true, 0))) {
        None => None,
        Some((_, Some(mode))) => Some(mode),
        Some((text, None)) => return cx.fail(1, format!("invalid mode ‘{text}’")),
    };
    let mut failed = 0;
    for name in &options.operands {
        let made = if options.has('p') {
            parents(cx, name, mode.unwrap_or(plain), options.has('v'))
        } else {
            let made = make(cx, name, mode.unwrap_or(plain)).map_err(|e| (name.clone(), e));
            if made.is_ok() && options.has('v') {
                cx.out(format!("mkdir: created directory '{name}'\n"));
            }
            made
        };
        if let Err((at, error)) = made {
            failed = 1;
            if cx.busybox() {
                cx.complain(format!("can't create directory '{at}': {error}"));
            } else {
                cx.complain(format!("cannot create directory ‘{at}’: {error}"));
            }
        }
    }
    Start::Done(failed)
}

fn make(cx: &mut Cx, name: &str, mode: u32) -> Result<(), Errno> {
    if name.is_empty() {
        return Err(Errno::NotFound);
    }
    if cx.stat(name, false).is_ok() {
        return Err(Errno::Exists);
    }
    let (path, now) = (cx.path(name), cx.sys.now());
    cx.sys.fs().mkdir(&path, mode, now)
}

/// `-p`: the directory with all above it. An error names the part that failed.
fn parents(cx: &mut Cx, name: &str, mode: u32, verbose: bool) -> Result<(), (String, Errno)> {
    let ends = name.match_indices('/').map(|(at, _)| at);
    let ends: Vec<usize> = ends.chain([name.len()]).filter(|at| *at > 0).collect();
    let mut last = "";
    for end in ends {
        let part = &name[..end];
        if part.ends_with('/') || part == last {
            continue;
        }
        last = part;
        match cx.stat(part, true) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) if end == name.len() => return Err((part.to_string(), Errno::Exists)),
            Ok(_) => return Err((part.to_string(), Errno::NotDir)),
            Err(_) => {
                make(cx, part, mode).map_err(|e| (part.to_string(), e))?;
                if verbose {
                    cx.out(format!("mkdir: created directory '{part}'\n"));
                }
            }
        }
    }
    Ok(())
}

pub fn rmdir(cx: &mut Cx) -> Start {
    let long = [
        ("parents", 'p'),
        ("verbose", 'v'),
        ("ignore-fail-on-non-empty", 'i'),
    ];
    let options = match options::parse(cx, "pv", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        return missing_operand(cx);
    }
    let mut failed = 0;
    for name in &options.operands {
        let mut at = name.trim_end_matches('/');
        loop {
            let (path, now) = (cx.path(at), cx.sys.now());
            match cx.sys.fs().remove_dir(&path, now) {
                Ok(()) => {}
                Err(Errno::NotEmpty) if options.has('i') => break,
                Err(error) => {
                    failed = 1;
                    if cx.busybox() {
                        cx.complain(format!("'{at}': {error}"));
                    } else {
                        cx.complain(format!("failed to remove '{at}': {error}"));
                    }
                    break;
                }
            }
            match at.rsplit_once('/') {
                Some((above, _)) if options.has('p') && !above.is_empty() => at = above,
                _ => break,
            }
        }
    }
    Start::Done(failed)
}
