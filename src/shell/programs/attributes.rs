//! What several programs say about files: modes, owners, sizes, times.

use chrono::{DateTime, Utc};

use super::super::process::Cx;
use super::super::system::{FileKind, Metadata, Micros};

/// A time in UTC. Times beyond the calendar are the epoch.
pub fn utc(at: Micros) -> DateTime<Utc> {
    i64::try_from(at)
        .ok()
        .and_then(DateTime::from_timestamp_micros)
        .unwrap_or_default()
}

/// `drwxr-xr-x`.
pub fn mode_string(meta: &Metadata) -> String {
    let mut text = String::from(match meta.kind {
        FileKind::File => "-",
        FileKind::Dir => "d",
        FileKind::Symlink => "l",
        FileKind::CharDevice => "c",
        FileKind::Pipe => "p",
    });
    let special = [(0o4000, 's', 'S'), (0o2000, 's', 'S'), (0o1000, 't', 'T')];
    for (i, (bit, with, without)) in special.into_iter().enumerate() {
        let bits = meta.mode >> (6 - 3 * i as u32);
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (meta.mode & bit != 0, bits & 1 != 0) {
            (true, true) => with,
            (true, false) => without,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// The name of a user (`/etc/passwd`) or group (`/etc/group`); its number if it has none.
fn lookup(cx: &mut Cx, file: &str, id: u32) -> String {
    let text = cx.sys.fs().read_all(file, 1 << 20).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let found = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_string())
    });
    match found {
        Some(name) => name,
        None if id == 0 => "root".to_string(),
        None => id.to_string(),
    }
}

pub fn user_name(cx: &mut Cx, uid: u32) -> String {
    let (name, own, _) = cx.sys.user();
    if own == uid && !name.is_empty() {
        return name;
    }
    lookup(cx, "/etc/passwd", uid)
}

pub fn group_name(cx: &mut Cx, gid: u32) -> String {
    lookup(cx, "/etc/group", gid)
}

/// The number of a user or group given by name or number.
pub fn id_of(cx: &mut Cx, file: &str, name: &str) -> Option<u32> {
    if let Ok(id) = name.parse() {
        return Some(id);
    }
    let text = cx.sys.fs().read_all(file, 1 << 20).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let found = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
    });
    found.or((name == "root").then_some(0))
}

/// `4.0K`, `12M`: rounded up, as `ls -h` and `du -h` write.
pub fn human(bytes: u64) -> String {
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut unit = 1u128;
    let mut letter = ' ';
    for next in "KMGTPE".chars() {
        if u128::from(bytes) < unit * 1024 {
            break;
        }
        unit *= 1024;
        letter = next;
    }
    let tenths = (u128::from(bytes) * 10).div_ceil(unit);
    if tenths < 100 {
        return format!("{}.{}{letter}", tenths / 10, tenths % 10);
    }
    let whole = u128::from(bytes).div_ceil(unit);
    if whole >= 1024 {
        let next = "KMGTPE".chars().skip_while(|c| *c != letter).nth(1);
        return format!("1.0{}", next.unwrap_or(letter));
    }
    format!("{whole}{letter}")
}

/// KiB that a file takes on disk, in blocks of 4 KiB.
pub fn disk_kib(meta: &Metadata) -> u64 {
    match meta.kind {
        FileKind::File | FileKind::Dir => meta.size.div_ceil(4096) * 4,
        _ => 0,
    }
}

/// The last part of a path, without slashes at its end.
pub fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { "" } else { "/" };
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

/// `dir/name` without doubling the slash.
pub fn join(dir: &str, name: &str) -> String {
    if dir.ends_with('/') {
        format!("{dir}{name}")
    } else {
        format!("{dir}/{name}")
    }
}
