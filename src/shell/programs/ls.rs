//! `ls`.

use super::super::process::{Cx, Program, Start, Step};
use super::super::system::{Errno, FileKind, Metadata, Micros};
use super::attributes::{disk_kib, group_name, human, join, mode_string, user_name, utc};
use super::options;
use crate::collections::Arrange;

/// Half a year: older files are shown with their year.
const RECENT: Micros = 31_556_952_000_000 / 2;

#[derive(Clone, Default)]
struct Ls {
    all: bool,
    almost: bool,
    long: bool,
    human: bool,
    recursive: bool,
    by_time: bool,
    by_size: bool,
    unsorted: bool,
    reverse: bool,
    numeric: bool,
    no_owner: bool,
    no_group: bool,
    inode: bool,
    /// `-F` or `-p`.
    classify: Option<char>,
    color: bool,
    /// Columns of the terminal, when names stand side by side.
    columns: Option<usize>,
    full_time: bool,
    headers: bool,
    started: bool,
    /// Directories still to be shown, the next one last.
    dirs: Vec<String>,
    failed: i32,
}

/// One line: how the name is shown, where the file is, and what it is.
type Entry = (String, String, Metadata);

impl Program for Ls {
    fn step(&mut self, cx: &mut Cx) -> Step {
        match self.dirs.pop() {
            Some(dir) => {
                self.dir(&dir, cx);
                Step::Continue
            }
            None => Step::Exit(self.failed),
        }
    }
}

impl Ls {
    fn operands(&mut self, names: &[String], directories: bool, cx: &mut Cx) {
        let (mut files, mut dirs) = (Vec::new(), Vec::new());
        for name in names {
            let follow = !directories && !self.long && self.classify.is_none();
            let meta = match cx.stat(name, true) {
                Ok(meta) if follow || meta.is_dir() && !directories => Ok(meta),
                _ => cx.stat(name, false),
            };
            let link = cx
                .stat(name, false)
                .is_ok_and(|m| m.kind == FileKind::Symlink);
            match meta {
                Err(error) => self.error(name, error, cx),
                Ok(meta) if meta.is_dir() && !directories && !(link && self.long) => {
                    dirs.push((name.clone(), name.clone(), meta));
                }
                Ok(_) if link && !name.ends_with('/') => match cx.stat(name, false) {
                    Ok(meta) => files.push((name.clone(), name.clone(), meta)),
                    Err(error) => self.error(name, error, cx),
                },
                Ok(meta) => files.push((name.clone(), name.clone(), meta)),
            }
        }
        self.headers = names.len() > 1 || self.recursive;
        self.sort(&mut files);
        self.sort(&mut dirs);
        if !files.is_empty() {
            self.started = true;
            self.show(&files, cx);
        }
        self.dirs = dirs.into_iter().rev().map(|(name, _, _)| name).collect();
    }

    fn error(&mut self, name: &str, error: Errno, cx: &mut Cx) {
        if cx.busybox() {
            self.failed = 1;
            cx.complain(format!("{name}: {error}"));
        } else {
            self.failed = 2;
            cx.complain(format!("cannot access '{name}': {error}"));
        }
    }

    fn dir(&mut self, dir: &str, cx: &mut Cx) {
        let path = cx.path(dir);
        let names = match cx.sys.fs().list(&path) {
            Ok(names) => names,
            Err(error) => {
                self.failed = self.failed.max(1);
                if cx.busybox() {
                    cx.complain(format!("can't open '{dir}': {error}"));
                } else {
                    cx.complain(format!("cannot open directory '{dir}': {error}"));
                    self.failed = 2;
                }
                return;
            }
        };
        if self.headers {
            let gap = if self.started { "\n" } else { "" };
            cx.out(format!("{gap}{dir}:\n"));
        }
        self.started = true;
        let mut entries = Vec::new();
        if self.all {
            for dots in [".", ".."] {
                if let Ok(meta) = cx.stat(&join(dir, dots), true) {
                    entries.push((dots.to_string(), join(dir, dots), meta));
                }
            }
        }
        let hidden = self.all || self.almost;
        for name in names {
            if name.starts_with('.') && !hidden {
                continue;
            }
            let place = join(dir, &name);
            if let Ok(meta) = cx.stat(&place, false) {
                entries.push((name, place, meta));
            }
        }
        self.sort(&mut entries);
        if self.long {
            let total: u64 = entries.iter().map(|e| disk_kib(&e.2)).sum();
            let total = if self.human {
                human(total * 1024)
            } else {
                total.to_string()
            };
            cx.out(format!("total {total}\n"));
        }
        self.show(&entries, cx);
        if self.recursive {
            let below = entries
                .iter()
                .rev()
                .filter(|(name, _, meta)| meta.is_dir() && name != "." && name != "..");
            self.dirs.extend(below.map(|(_, place, _)| place.clone()));
        }
    }

    fn sort(&self, entries: &mut [Entry]) {
        if self.unsorted {
            return;
        }
        entries.arrange_by(|a, b| {
            let by_key = if self.by_time {
                b.2.mtime.cmp(&a.2.mtime)
            } else if self.by_size {
                b.2.size.cmp(&a.2.size)
            } else {
                std::cmp::Ordering::Equal
            };
            by_key.then_with(|| a.0.cmp(&b.0))
        });
        if self.reverse {
            entries.reverse();
        }
    }

    fn show(&self, entries: &[Entry], cx: &mut Cx) {
        if self.long {
            return self.show_long(entries, cx);
        }
        let shown: Vec<(String, usize)> = entries
            .iter()
            .map(|(name, place, meta)| {
                let inode = if self.inode {
                    format!("{} ", inode(&cx.path(place)))
                } else {
                    String::new()
                };
                let mark = self.mark(meta);
                let width = inode.len() + name.chars().count() + mark.len();
                (format!("{inode}{}{mark}", self.paint(name, meta)), width)
            })
            .collect();
        match self.columns {
            Some(width) => side_by_side(&shown, width, cx),
            None => shown
                .iter()
                .for_each(|(text, _)| cx.out(format!("{text}\n"))),
        }
    }

    fn show_long(&self, entries: &[Entry], cx: &mut Cx) {
        let mut rows: Vec<[String; 4]> = Vec::new();
        for (_, place, meta) in entries {
            let (user, group) = if self.numeric {
                (meta.uid.to_string(), meta.gid.to_string())
            } else {
                (user_name(cx, meta.uid), group_name(cx, meta.gid))
            };
            let size = match meta.kind {
                FileKind::CharDevice => "1, 3".to_string(),
                _ if self.human => human(meta.size),
                _ => meta.size.to_string(),
            };
            rows.push([links(cx, place, meta).to_string(), user, group, size]);
        }
        let width = |column: usize| rows.iter().map(|r| r[column].len()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2), width(3)];
        for ((name, place, meta), [links, user, group, size]) in entries.iter().zip(&rows) {
            let mode = mode_string(meta);
            let time = self.time(meta.mtime, cx);
            let inode = if self.inode {
                format!("{} ", inode(&cx.path(place)))
            } else {
                String::new()
            };
            let mut line = if cx.busybox() {
                format!("{inode}{mode} {links:>4} {user:<8.8} {group:<8.8} {size:>9} {time} ")
            } else {
                let user = match self.no_owner {
                    true => String::new(),
                    false => format!("{user:<0$} ", widths[1]),
                };
                let group = match self.no_group {
                    true => String::new(),
                    false => format!("{group:<0$} ", widths[2]),
                };
                format!(
                    "{inode}{mode} {links:>0$} {user}{group}{size:>1$} {time} ",
                    widths[0], widths[3]
                )
            };
            line += &self.paint(name, meta);
            if meta.kind == FileKind::Symlink {
                let path = cx.path(place);
                if let Ok(target) = cx.sys.fs().read_link(&path) {
                    line += &format!(" -> {target}");
                }
            } else {
                line += self.mark(meta);
            }
            cx.out(line + "\n");
        }
    }

    fn time(&self, mtime: Micros, cx: &Cx) -> String {
        let now = cx.sys.now();
        let at = utc(mtime);
        if self.full_time {
            return at.format("%Y-%m-%d %H:%M:%S.%f +0000").to_string();
        }
        if mtime > now || now - mtime > RECENT {
            at.format("%b %e  %Y").to_string()
        } else {
            at.format("%b %e %H:%M").to_string()
        }
    }

    fn mark(&self, meta: &Metadata) -> &'static str {
        match (self.classify, meta.kind) {
            (Some(_), FileKind::Dir) => "/",
            (Some('F'), FileKind::Symlink) => "@",
            (Some('F'), FileKind::Pipe) => "|",
            (Some('F'), FileKind::File) if meta.mode & 0o111 != 0 => "*",
            _ => "",
        }
    }

    fn paint(&self, name: &str, meta: &Metadata) -> String {
        let code = match meta.kind {
            _ if !self.color => return name.to_string(),
            FileKind::Dir if meta.mode & 0o1002 == 0o1002 => "30;42",
            FileKind::Dir => "01;34",
            FileKind::Symlink => "01;36",
            FileKind::CharDevice => "40;33;01",
            FileKind::Pipe => "40;33",
            FileKind::File if meta.mode & 0o111 != 0 => "01;32",
            FileKind::File => return name.to_string(),
        };
        format!("\x1b[{code}m{name}\x1b[0m")
    }
}

/// A number that is the same for the same path.
fn inode(path: &str) -> u32 {
    path.bytes().fold(0x811c_9dc5u32, |hash, b| {
        (hash ^ u32::from(b)).wrapping_mul(0x0100_0193)
    }) >> 8
}

/// How many names a file has: a directory has its own, `.`, and each child's `..`.
pub fn links(cx: &mut Cx, place: &str, meta: &Metadata) -> usize {
    if !meta.is_dir() {
        return 1;
    }
    let path = cx.path(place);
    let names = cx.sys.fs().list(&path).unwrap_or_default();
    let below = names.iter().filter(|name| {
        let child = cx.sys.fs().stat(&join(&path, name), false);
        child.is_ok_and(|m| m.is_dir())
    });
    2 + below.count()
}

/// Fills columns downwards, as many as fit.
fn side_by_side(names: &[(String, usize)], width: usize, cx: &mut Cx) {
    if names.is_empty() {
        return;
    }
    let layout = (1..=names.len()).find_map(|rows| {
        let widths: Vec<usize> = names
            .chunks(rows)
            .map(|column| column.iter().map(|n| n.1).max().unwrap_or(0))
            .collect();
        let total: usize = widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
        (total < width || rows == names.len()).then_some((rows, widths))
    });
    let Some((rows, widths)) = layout else {
        return;
    };
    for row in 0..rows {
        let mut line = String::new();
        for (column, room) in widths.iter().enumerate() {
            let Some((name, len)) = names.get(column * rows + row) else {
                break;
            };
            line.push_str(name);
            if names.get((column + 1) * rows + row).is_some() {
                line.push_str(&" ".repeat(room + 2 - len));
            }
        }
        cx.out(line + "\n");
    }
}

pub fn ls(cx: &mut Cx) -> Start {
    let long = [
        ("all", 'a'),
        ("almost-all", 'A'),
        ("directory", 'd'),
        ("human-readable", 'h'),
        ("recursive", 'R'),
        ("reverse", 'r'),
        ("classify", 'F'),
        ("color", 'K'),
        ("full-time", 'Z'),
        ("numeric-uid-gid", 'n'),
        ("inode", 'i'),
    ];
    let options = match options::parse(cx, "lahA1RdtSrFpnigoCUkKZLsc", &long, 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let has = |c| options.has(c);
    let tty = cx.is_tty(1);
    let full = has('Z');
    let long = has('l') || has('n') || has('g') || has('o') || full;
    let mut ls = Ls {
        all: has('a'),
        almost: has('A'),
        long,
        human: has('h'),
        recursive: has('R') && !has('d'),
        by_time: has('t'),
        by_size: has('S'),
        unsorted: has('U'),
        reverse: has('r'),
        numeric: has('n'),
        no_owner: has('g'),
        no_group: has('o'),
        inode: has('i'),
        classify: if has('F') {
            Some('F')
        } else {
            has('p').then_some('p')
        },
        color: match options.value('K') {
            Some("never" | "none" | "no") => false,
            Some("auto" | "tty" | "if-tty") => tty,
            Some(_) => true,
            None => tty && cx.busybox(),
        },
        columns: ((tty || has('C')) && !has('1')).then(|| cx.sys.window().0 as usize),
        full_time: full,
        ..Ls::default()
    };
    let mut operands = options.operands.clone();
    if operands.is_empty() {
        operands.push(".".to_string());
    }
    ls.operands(&operands, has('d'), cx);
    if operands.len() == 1 && !ls.recursive {
        ls.headers = false;
    }
    Start::Run(Box::new(ls))
}
