//! `chmod` and `chown`.

use super::super::process::{Cx, Start};
use super::super::system::FileKind;
use super::attributes::id_of;
use super::dirs::missing_operand;
use super::options;
use super::walk::tree;

/// The mode after a change such as `755`, `u+x,go-w`. `None` if the change cannot be read.
pub fn apply(change: &str, mode: u32, dir: bool, umask: u32) -> Option<u32> {
    if !change.is_empty() && change.chars().all(|c| c.is_digit(8)) {
        return u32::from_str_radix(change, 8).ok().filter(|m| *m <= 0o7777);
    }
    let mut mode = mode;
    for clause in change.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, mut actions) = clause.split_at(at);
        if !who.chars().all(|c| "ugoa".contains(c)) {
            return None;
        }
        let mut mask = 0;
        for c in who.chars() {
            mask |= match c {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                _ => 0o7777,
            };
        }
        if who.is_empty() {
            mask = 0o7777 & !umask;
        }
        while let Some(sign) = actions.chars().next() {
            let letters = &actions[1..];
            let end = letters.find(['+', '-', '=']).unwrap_or(letters.len());
            let bits = bits(&letters[..end], mode, dir)? & mask;
            actions = &letters[end..];
            match sign {
                '+' => mode |= bits,
                '-' => mode &= !bits,
                _ => mode = (mode & !(mask & 0o777)) | bits,
            }
        }
    }
    Some(mode)
}

fn bits(letters: &str, mode: u32, dir: bool) -> Option<u32> {
    let mut bits = 0;
    for c in letters.chars() {
        bits |= match c {
            'r' => 0o444,
            'w' => 0o222,
            'x' => 0o111,
            'X' if dir || mode & 0o111 != 0 => 0o111,
            'X' => 0,
            's' => 0o6000,
            't' => 0o1000,
            'u' => (mode >> 6 & 7) * 0o111,
            'g' => (mode >> 3 & 7) * 0o111,
            'o' => (mode & 7) * 0o111,
            _ => return None,
        };
    }
    Some(bits)
}

/// Puts `-x`, `-w+r` and the like, which look like options, behind a `--`.
fn protect(cx: &mut Cx) {
    let modes = |a: &String| {
        a.len() > 1
            && a.starts_with('-')
            && a[1..]
                .chars()
                .all(|c| "rwxXstugo+=-,".contains(c) || c.is_digit(8))
            && a != "--"
    };
    if let Some(at) = cx.proc.argv.iter().skip(1).position(modes) {
        cx.proc.argv.insert(at + 1, "--".to_string());
    }
}

pub fn chmod(cx: &mut Cx) -> Start {
    protect(cx);
    let long = [("recursive", 'R'), ("verbose", 'v'), ("quiet", 'f')];
    let options = match options::parse(cx, "Rvfc", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let Some((change, names)) = options.operands.split_first() else {
        return missing_operand(cx);
    };
    let hint = "\nTry 'chmod --help' for more information.";
    if names.is_empty() {
        return cx.fail(1, format!("missing operand after ‘{change}’{hint}"));
    }
    let umask = cx.proc.umask;
    if apply(change, 0, false, umask).is_none() {
        return match cx.busybox() {
            true => cx.fail(1, format!("invalid mode '{change}'")),
            false => cx.fail(1, format!("invalid mode: ‘{change}’{hint}")),
        };
    }
    let mut failed = 0;
    for name in names {
        let places = match options.has('R') {
            true => tree(cx, name),
            false => vec![name.clone()],
        };
        for place in places {
            let meta = cx.stat(&place, place == *name);
            let link = meta.as_ref().is_ok_and(|m| m.kind == FileKind::Symlink);
            let done = meta.and_then(|meta| {
                let mode = apply(change, meta.mode, meta.is_dir(), umask).unwrap_or(meta.mode);
                let path = cx.path(&place);
                match link {
                    true => Ok(()),
                    false => cx.sys.fs().chmod(&path, mode),
                }
            });
            if let Err(error) = done {
                failed = 1;
                if options.has('f') {
                } else if cx.busybox() {
                    cx.complain(format!("{place}: {error}"));
                } else {
                    cx.complain(format!("cannot access '{place}': {error}"));
                }
            }
        }
    }
    Start::Done(failed)
}

pub fn chown(cx: &mut Cx) -> Start {
    let long = [
        ("recursive", 'R'),
        ("verbose", 'v'),
        ("no-dereference", 'h'),
    ];
    let options = match options::parse(cx, "Rvfh", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let Some((owner, names)) = options.operands.split_first() else {
        return missing_operand(cx);
    };
    let hint = "\nTry 'chown --help' for more information.";
    if names.is_empty() {
        return cx.fail(1, format!("missing operand after ‘{owner}’{hint}"));
    }
    let group_only = cx.name() == "chgrp";
    let (user, group) = match owner.split_once([':', '.']) {
        _ if group_only => ("", owner.as_str()),
        Some((user, group)) => (user, group),
        None => (owner.as_str(), ""),
    };
    let uid = id_of(cx, "/etc/passwd", user);
    let gid = id_of(cx, "/etc/group", group);
    if (uid.is_none() && !user.is_empty()) || (gid.is_none() && !group.is_empty()) {
        let what = if uid.is_none() && !user.is_empty() {
            "user"
        } else {
            "group"
        };
        return cx.fail(1, format!("invalid {what}: ‘{owner}’"));
    }
    let mut failed = 0;
    for name in names {
        let places = match options.has('R') {
            true => tree(cx, name),
            false => vec![name.clone()],
        };
        for place in places {
            let done = cx.stat(&place, true).and_then(|meta| {
                let path = cx.path(&place);
                let (uid, gid) = (uid.unwrap_or(meta.uid), gid.unwrap_or(meta.gid));
                cx.sys.fs().chown(&path, uid, gid)
            });
            if let Err(error) = done {
                failed = 1;
                cx.complain(format!("cannot access '{place}': {error}"));
            }
        }
    }
    Start::Done(failed)
}
