//! `stat`, `du`, and checksums.

use sha2::Digest;

use super::super::process::{Cx, Start};
use super::super::system::{FileKind, Metadata};
use super::attributes::{disk_kib, group_name, human, mode_string, user_name, utc};
use super::dirs::missing_operand;
use super::gather::{Input, Whole, gather};
use super::ls::links;
use super::options;
use super::walk::tree;

pub fn stat(cx: &mut Cx) -> Start {
    let long = [
        ("format", 'c'),
        ("printf", 'p'),
        ("dereference", 'L'),
        ("terse", 't'),
    ];
    let options = match options::parse(cx, "c:p:Lt", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        return missing_operand(cx);
    }
    let mut failed = 0;
    for name in &options.operands {
        let meta = match cx.stat(name, options.has('L')) {
            Ok(meta) => meta,
            Err(error) => {
                failed = 1;
                match cx.busybox() {
                    true => cx.complain(format!("can't stat '{name}': {error}")),
                    false => cx.complain(format!("cannot statx '{name}': {error}")),
                }
                continue;
            }
        };
        let text = match (options.value('c'), options.value('p')) {
            (Some(format), _) => fill(format, name, &meta, cx) + "\n",
            (None, Some(format)) => {
                let format = super::super::escape::ansi_c(format);
                fill(&String::from_utf8_lossy(&format), name, &meta, cx)
            }
            (None, None) => {
                let format = "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: 0,1\tInode: %-11i Links: %h\nAccess: (%04a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %y\nModify: %y\nChange: %y\n Birth: -\n";
                fill(format, name, &meta, cx)
            }
        };
        cx.out(text);
    }
    Start::Done(failed)
}

fn fill(format: &str, name: &str, meta: &Metadata, cx: &mut Cx) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let Some((spec, len)) = super::super::format::parse_spec(rest) else {
            out.push('%');
            break;
        };
        let text = field(spec.conversion, name, meta, cx);
        out.push_str(&spec.pad(text, true));
        rest = &rest[len..];
    }
    out + rest
}

fn field(letter: char, name: &str, meta: &Metadata, cx: &mut Cx) -> String {
    let time = utc(meta.mtime);
    match letter {
        'a' => format!("{:o}", meta.mode),
        'A' => mode_string(meta),
        'b' => (disk_kib(meta) * 2).to_string(),
        'B' => "512".to_string(),
        'f' => {
            let kind = match meta.kind {
                FileKind::File => 0o100_000,
                FileKind::Dir => 0o040_000,
                FileKind::Symlink => 0o120_000,
                FileKind::CharDevice => 0o020_000,
                FileKind::Pipe => 0o010_000,
            };
            format!("{:x}", kind | meta.mode)
        }
        'F' => match meta.kind {
            FileKind::File if meta.size == 0 => "regular empty file",
            FileKind::File => "regular file",
            FileKind::Dir => "directory",
            FileKind::Symlink => "symbolic link",
            FileKind::CharDevice => "character special file",
            FileKind::Pipe => "fifo",
        }
        .to_string(),
        'g' => meta.gid.to_string(),
        'G' => group_name(cx, meta.gid),
        'h' => links(cx, name, meta).to_string(),
        'i' => "1".to_string(),
        'n' => name.to_string(),
        'N' => {
            let path = cx.path(name);
            match cx.sys.fs().read_link(&path) {
                Ok(target) if meta.kind == FileKind::Symlink => format!("{name} -> {target}"),
                _ => name.to_string(),
            }
        }
        'o' => "4096".to_string(),
        's' => meta.size.to_string(),
        'u' => meta.uid.to_string(),
        'U' => user_name(cx, meta.uid),
        'x' | 'y' | 'z' => time.format("%Y-%m-%d %H:%M:%S.%f +0000").to_string(),
        'X' | 'Y' | 'Z' => time.timestamp().to_string(),
        'w' => "-".to_string(),
        'W' => "0".to_string(),
        _ => "?".to_string(),
    }
}

pub fn du(cx: &mut Cx) -> Start {
    let long = [
        ("summarize", 's'),
        ("human-readable", 'h'),
        ("all", 'a'),
        ("total", 'c'),
        ("max-depth", 'd'),
        ("bytes", 'b'),
    ];
    let options = match options::parse(cx, "shackmd:bx", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let deepest = match options.value('d').map(str::parse) {
        _ if options.has('s') => 0,
        Some(Ok(n)) => n,
        Some(Err(_)) => {
            let text = options.value('d').unwrap_or_default();
            return cx.fail(1, format!("invalid maximum depth ‘{text}’"));
        }
        None => usize::MAX,
    };
    let show = |bytes: u64| {
        if options.has('h') {
            human(bytes)
        } else if options.has('b') {
            bytes.to_string()
        } else if options.has('m') {
            bytes.div_ceil(1 << 20).to_string()
        } else {
            bytes.div_ceil(1024).to_string()
        }
    };
    let mut names = options.operands.clone();
    if names.is_empty() {
        names.push(".".to_string());
    }
    let (mut failed, mut total) = (0, 0);
    for name in &names {
        if let Err(error) = cx.stat(name, false) {
            failed = 1;
            match cx.busybox() {
                true => cx.complain(format!("{name}: {error}")),
                false => cx.complain(format!("cannot access '{name}': {error}")),
            }
            continue;
        }
        // Deepest first: each place adds its size to the directory above it.
        let mut sums: crate::collections::SortedMap<String, u64> = Default::default();
        for place in tree(cx, name).into_iter().rev() {
            let Ok(meta) = cx.stat(&place, false) else {
                continue;
            };
            let own = match options.has('b') {
                true => meta.size,
                false => disk_kib(&meta) * 1024,
            };
            let sum = own + sums.remove(&place).unwrap_or(0);
            let below = place[name.len().min(place.len())..].trim_start_matches('/');
            let depth = match below {
                "" => 0,
                below => 1 + below.matches('/').count(),
            };
            if depth > 0 {
                let above = place.rsplit_once('/').map_or("", |(above, _)| above);
                let above = if depth == 1 { name } else { above };
                *sums.entry(above.to_string()).or_default() += sum;
            } else {
                total += sum;
            }
            if (meta.is_dir() || options.has('a') || depth == 0) && depth <= deepest {
                cx.out(format!("{}\t{place}\n", show(sum)));
            }
        }
    }
    if options.has('c') {
        cx.out(format!("{}\ttotal\n", show(total)));
    }
    Start::Done(failed)
}

#[derive(Clone)]
struct Sums {
    check: bool,
}

impl Whole for Sums {
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32 {
        let mut code = 0;
        for (name, input) in inputs {
            match input {
                Ok(data) if self.check => code |= check(&data, cx),
                Ok(data) => {
                    let sum = sum(cx.name(), &data);
                    cx.out(format!("{sum}  {name}\n"));
                }
                Err(error) => {
                    code = 1;
                    match cx.busybox() {
                        true => cx.complain(format!("can't open '{name}': {error}")),
                        false => cx.complain(format!("{name}: {error}")),
                    }
                }
            }
        }
        code
    }
}

fn sum(program: &str, data: &[u8]) -> String {
    let bytes = match program {
        "md5sum" => md5::Md5::digest(data).to_vec(),
        "sha512sum" => sha2::Sha512::digest(data).to_vec(),
        _ => sha2::Sha256::digest(data).to_vec(),
    };
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Compares files with a list of sums.
fn check(list: &[u8], cx: &mut Cx) -> i32 {
    let program = cx.name().to_string();
    let mut wrong = 0;
    for line in String::from_utf8_lossy(list).lines() {
        let Some((wanted, name)) = line.split_once([' ']) else {
            continue;
        };
        let name = name.trim_start_matches([' ', '*']);
        match cx.read_file(name) {
            Ok(data) if sum(&program, &data) == wanted => cx.out(format!("{name}: OK\n")),
            Ok(_) => {
                wrong += 1;
                cx.out(format!("{name}: FAILED\n"));
            }
            Err(error) => {
                wrong += 1;
                cx.complain(format!("{name}: {error}"));
                cx.out(format!("{name}: FAILED open or read\n"));
            }
        }
    }
    if wrong > 0 {
        let what = if wrong == 1 { "checksum" } else { "checksums" };
        cx.complain(format!("WARNING: {wrong} computed {what} did NOT match"));
    }
    i32::from(wrong > 0)
}

pub fn sums(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "cbt", &[("check", 'c')], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let check = options.has('c');
    gather(Sums { check }, &options.operands)
}
