//! Redirections: prepared while expanding, applied to a process's descriptors, undone afterwards.

use super::super::ast::{Redirect, RedirectKind};
use super::super::expand::{Expand, Expander, Stop};
use super::super::io::Open;
use super::super::kernel::Target;
use super::super::process::{Cx, Proc};
use super::super::state::State;
use super::super::system::{Dialect, Errno, FileKind, Handle};

/// A redirection whose words are expanded.
#[derive(Clone, Debug)]
pub struct Ready {
    fd: u32,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    Open {
        path: String,
        how: Open,
        keep: bool,
    },
    /// Both standard output and error.
    OpenBoth {
        path: String,
        how: Open,
    },
    Dup(u32),
    Close,
    Text(String),
}

/// Where a descriptor's former handle was kept.
pub type Saved = Vec<(u32, Option<u32>)>;

/// Expands the words of redirections.
pub fn prepare(e: &mut Expander, redirects: &[Redirect]) -> Expand<Vec<Ready>> {
    redirects.iter().map(|r| prepare_one(e, r)).collect()
}

fn prepare_one(e: &mut Expander, redirect: &Redirect) -> Expand<Ready> {
    let default = |input: bool| redirect.fd.unwrap_or(if input { 0 } else { 1 });
    let path = |e: &mut Expander| -> Expand<String> {
        let mut fields = e.fields(std::slice::from_ref(&redirect.target))?;
        match fields.len() {
            1 => Ok(fields.remove(0)),
            _ => Err(Stop::Fail(format!(
                "{}: ambiguous redirect",
                e.text(&redirect.target)?
            ))),
        }
    };
    let open = |path: String, how: Open, keep: bool| Action::Open { path, how, keep };
    let ready = |fd: u32, action: Action| Ready { fd, action };
    Ok(match &redirect.kind {
        RedirectKind::Read => ready(default(true), open(path(e)?, Open::READ, false)),
        RedirectKind::ReadWrite => ready(default(true), open(path(e)?, Open::READ_WRITE, false)),
        RedirectKind::Write => ready(
            default(false),
            open(path(e)?, Open::WRITE, e.state.options.noclobber),
        ),
        RedirectKind::Clobber => ready(default(false), open(path(e)?, Open::WRITE, false)),
        RedirectKind::Append => ready(default(false), open(path(e)?, Open::APPEND, false)),
        RedirectKind::Both { append } => {
            let how = if *append { Open::APPEND } else { Open::WRITE };
            ready(
                1,
                Action::OpenBoth {
                    path: path(e)?,
                    how,
                },
            )
        }
        RedirectKind::HereString => ready(
            default(true),
            Action::Text(e.text(&redirect.target)? + "\n"),
        ),
        RedirectKind::HereDoc(body) => {
            let text = match body.get() {
                Some(word) => e.text(word)?,
                None => String::new(),
            };
            ready(default(true), Action::Text(text))
        }
        kind @ (RedirectKind::DupIn | RedirectKind::DupOut) => {
            let text = path(e)?;
            let input = matches!(kind, RedirectKind::DupIn);
            let action = if text == "-" {
                Action::Close
            } else if let Ok(from) = text.trim_end_matches('-').parse::<u32>() {
                Action::Dup(from)
            } else if !input && redirect.fd.is_none() {
                return Ok(ready(
                    1,
                    Action::OpenBoth {
                        path: text,
                        how: Open::WRITE,
                    },
                ));
            } else {
                return Err(Stop::Fail(format!("{text}: ambiguous redirect")));
            };
            ready(default(input), action)
        }
    })
}

/// Changes descriptors as told. With `keep` what was there can be restored; without, it is closed.
/// On an error: what was changed so far, and the message.
pub fn apply(
    state: &State,
    cx: &mut Cx,
    ready: Vec<Ready>,
    keep: bool,
) -> Result<Saved, (Saved, String)> {
    let mut saved = Vec::new();
    for Ready { fd, action } in ready {
        let both = matches!(action, Action::OpenBoth { .. });
        let handle = match open(state, cx, fd, action) {
            Ok(handle) => handle,
            Err(message) => return Err((saved, message)),
        };
        if both && let Some(handle) = handle {
            let copy = cx.sys.kernel().dup(handle);
            install(cx, 2, Some(copy), keep, &mut saved);
        }
        install(cx, fd, handle, keep, &mut saved);
    }
    Ok(saved)
}

fn install(cx: &mut Cx, fd: u32, handle: Option<Handle>, keep: bool, saved: &mut Saved) {
    let old = cx.proc.fds.remove(&fd);
    if keep {
        let slot = old.map(|old| {
            let slot = cx.proc.private_fd();
            cx.proc.fds.insert(slot, old);
            slot
        });
        saved.push((fd, slot));
    } else if let Some(old) = old {
        cx.sys.kernel().close(old);
    }
    if let Some(handle) = handle {
        cx.proc.fds.insert(fd, handle);
    }
}

fn open(state: &State, cx: &mut Cx, fd: u32, action: Action) -> Result<Option<Handle>, String> {
    match action {
        Action::Close => Ok(None),
        Action::Text(text) => {
            let target = Target::Text {
                data: text.into_bytes().into(),
                offset: 0,
            };
            Ok(Some(cx.sys.kernel().open(target)))
        }
        Action::Dup(from) => match cx.proc.fds.get(&from).copied() {
            Some(handle) => Ok(Some(cx.sys.kernel().dup(handle))),
            None if state.bash() => Err(format!("{from}: {}", Errno::BadHandle)),
            None => Err(format!("{fd}: {}", Errno::BadHandle)),
        },
        Action::Open { path, how, keep } => {
            if keep && cx.stat(&path, true).is_ok_and(|m| m.kind == FileKind::File) {
                return Err(format!("{path}: cannot overwrite existing file"));
            }
            open_path(state, cx, &path, how).map(Some)
        }
        Action::OpenBoth { path, how } => open_path(state, cx, &path, how).map(Some),
    }
}

fn open_path(state: &State, cx: &mut Cx, path: &str, how: Open) -> Result<Handle, String> {
    cx.open(path, how)
        .map_err(|error| match (state.dialect, how.create) {
            (Dialect::Bash, _) => format!("{path}: {error}"),
            (Dialect::Dash, false) if error == Errno::NotFound => {
                format!("cannot open {path}: No such file")
            }
            (Dialect::Dash, false) => format!("cannot open {path}: {error}"),
            (Dialect::Dash, true) if error == Errno::NotFound => {
                format!("cannot create {path}: Directory nonexistent")
            }
            (Dialect::Dash, true) => format!("cannot create {path}: {error}"),
            (Dialect::Ash, false) if error == Errno::NotFound => {
                format!("can't open {path}: no such file")
            }
            (Dialect::Ash, false) => format!("can't open {path}: {error}"),
            (Dialect::Ash, true) if error == Errno::NotFound => {
                format!("can't create {path}: nonexistent directory")
            }
            (Dialect::Ash, true) => format!("can't create {path}: {error}"),
        })
}

/// Puts descriptors back.
pub fn restore(cx: &mut Cx, saved: Saved) {
    for (fd, slot) in saved.into_iter().rev() {
        let current = cx.proc.fds.remove(&fd);
        if let Some(handle) = current {
            cx.sys.kernel().close(handle);
        }
        let old = slot.and_then(|slot| cx.proc.fds.remove(&slot));
        if let Some(handle) = old {
            cx.proc.fds.insert(fd, handle);
        }
    }
}

/// Closes what was saved instead of putting it back: for `exec`.
pub fn forget(cx: &mut Cx, saved: Saved) {
    for (_, slot) in saved {
        if let Some(slot) = slot {
            cx.close_fd(slot);
        }
    }
}

/// `apply` on a child's descriptors.
pub fn apply_to_child(
    state: &State,
    cx: &mut Cx,
    child: &mut Proc,
    ready: Vec<Ready>,
) -> Result<(), String> {
    let mut cx = Cx {
        sys: &mut *cx.sys,
        table: &mut *cx.table,
        proc: child,
    };
    apply(state, &mut cx, ready, false)
        .map(|_| ())
        .map_err(|(_, message)| message)
}
