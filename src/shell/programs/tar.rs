//! `tar`: archives without compression, written (`c`), taken apart (`x`) and listed (`t`).

use super::super::io::Open;
use super::super::kernel::Read;
use super::super::process::{Cx, Program, Start, Step};
use super::super::system::{Errno, FileKind, Micros};
use super::attributes::{group_name, join, mode_string, user_name, utc};
use super::options::{self, Options};
use super::walk::tree;
use crate::archive::{self, Kind, Member, Reader};

/// Bytes that a file in an archive may have.
const MAX_FILE: usize = 64 << 20;
/// Bytes read in one step.
const CHUNK: usize = 64 << 10;
/// What GNU fills its archives up to.
const RECORD: usize = 20 * 512;
const SECOND: Micros = 1_000_000;

pub fn tar(cx: &mut Cx) -> Start {
    // `tar xf FILE`: the first word may do without its dash.
    if let Some(first) = cx.proc.argv.get_mut(1)
        && !first.starts_with('-')
    {
        first.insert(0, '-');
    }
    let long = [
        ("create", 'c'),
        ("extract", 'x'),
        ("get", 'x'),
        ("list", 't'),
        ("file", 'f'),
        ("verbose", 'v'),
        ("directory", 'C'),
        ("touch", 'm'),
        ("preserve-permissions", 'p'),
        ("same-permissions", 'p'),
        ("no-same-permissions", 'P'),
        ("no-same-owner", 'o'),
        ("to-stdout", 'O'),
        ("dereference", 'h'),
        ("gzip", 'z'),
    ];
    let options = match options::parse(cx, "cxtf:vC:mpPoOhz", &long, 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let modes: Vec<char> = options.given.iter().map(|(c, _)| *c).collect();
    let mut modes = modes.into_iter().filter(|c| "cxt".contains(*c));
    let (mode, another) = (modes.next(), modes.next());
    if options.has('z') {
        return match cx.busybox() {
            true => cx.fail(1, "can't execute 'gzip': No such file or directory"),
            false => {
                cx.write(
                    2,
                    b"tar (child): gzip: Cannot exec: No such file or directory\n",
                );
                fatal(cx, "Child returned status 2".to_owned())
            }
        };
    }
    let busybox = cx.busybox();
    let (Some(mode), None) = (mode, another) else {
        return match (busybox, mode.is_some()) {
            (true, _) => cx.fail(1, "need exactly one of: -c -t -x"),
            (_, true) => hint(
                cx,
                "You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option",
            ),
            _ => hint(
                cx,
                "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options",
            ),
        };
    };
    let file = options.value('f').unwrap_or("-").to_owned();
    match mode {
        'c' => create(cx, &options, file),
        _ => extract(cx, &options, file, mode == 't'),
    }
}

fn hint(cx: &mut Cx, message: &str) -> Start {
    cx.fail(
        2,
        format!("{message}\nTry 'tar --help' or 'tar --usage' for more information."),
    )
}

/// The end of what cannot go on.
fn fatal(cx: &mut Cx, message: String) -> Start {
    if cx.busybox() {
        return cx.fail(1, message);
    }
    cx.complain(message);
    cx.fail(2, "Error is not recoverable: exiting now")
}

/// The end after members that went wrong.
fn delayed(cx: &mut Cx) -> i32 {
    if cx.busybox() {
        cx.complain("error exit delayed from previous errors");
        return 1;
    }
    cx.complain("Exiting with failure status due to previous errors");
    2
}

/// Goes to the directory of `-C`.
fn enter(cx: &mut Cx, options: &Options) -> Result<(), Start> {
    let Some(dir) = options.value('C') else {
        return Ok(());
    };
    let found = match cx.stat(dir, true) {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Err(Errno::NotDir),
        Err(error) => Err(error),
    };
    if let Err(error) = found {
        return Err(match cx.busybox() {
            true => fatal(cx, format!("can't change directory to '{dir}': {error}")),
            false => fatal(cx, format!("{dir}: Cannot open: {error}")),
        });
    }
    cx.proc.cwd = cx.path(dir);
    Ok(())
}

/// A member's name without what would lead out of the directory, and what was left away.
fn inner(name: &str) -> (&str, &str) {
    let mut rest = name;
    loop {
        rest = match rest {
            ".." => "",
            _ if rest.starts_with('/') => rest.trim_start_matches('/'),
            _ => match rest.find("/../") {
                Some(at) => &rest[at + 4..],
                None if rest.starts_with("../") => &rest[3..],
                None if rest.ends_with("/..") => "",
                None => return (rest, &name[..name.len() - rest.len()]),
            },
        };
    }
}

/// Says once what is left away from names.
fn warn_of(cx: &mut Cx, removed: &str, warned: &mut bool) {
    if removed.is_empty() || std::mem::replace(warned, true) {
        return;
    }
    match cx.busybox() {
        true => cx.complain(format!("removing leading '{removed}' from member names")),
        false => cx.complain(format!("Removing leading `{removed}' from member names")),
    }
}

/// Writes an archive, one member in each step.
#[derive(Clone)]
struct Create {
    /// What is still to be added, the next one last.
    places: Vec<String>,
    /// The archive's descriptor.
    fd: u32,
    written: usize,
    verbose: bool,
    follow: bool,
    warned: bool,
    failed: bool,
}

/// The archive: a file, or for "-" a stream of the process.
fn open(cx: &mut Cx, file: &str, stream: u32, how: Open) -> Result<u32, Start> {
    if file == "-" {
        return Ok(stream);
    }
    cx.open_fd(file, how).map_err(|error| match cx.busybox() {
        true => fatal(cx, format!("can't open '{file}': {error}")),
        false => fatal(cx, format!("{file}: Cannot open: {error}")),
    })
}

fn create(cx: &mut Cx, options: &Options, file: String) -> Start {
    if options.operands.is_empty() {
        return match cx.busybox() {
            true => cx.fail(1, "empty archive"),
            false => hint(cx, "Cowardly refusing to create an empty archive"),
        };
    }
    let fd = match open(cx, &file, 1, Open::WRITE) {
        Ok(fd) => fd,
        Err(end) => return end,
    };
    if let Err(end) = enter(cx, options) {
        return end;
    }
    let mut places = Vec::new();
    for operand in &options.operands {
        places.extend(tree(cx, operand));
    }
    places.reverse();
    Start::Run(Box::new(Create {
        places,
        fd,
        written: 0,
        verbose: options.has('v'),
        follow: options.has('h'),
        warned: false,
        failed: false,
    }))
}

impl Create {
    fn add(&mut self, cx: &mut Cx, place: &str) -> Result<(), String> {
        let busybox = cx.busybox();
        let meta = cx.stat(place, self.follow).map_err(|e| match busybox {
            true => format!("{place}: {e}"),
            false => format!("{place}: Cannot stat: {e}"),
        })?;
        let (name, removed) = inner(place);
        warn_of(cx, removed, &mut self.warned);
        let path = cx.path(place);
        let mut member = Member {
            name: match name {
                "" => ".".to_owned(),
                name => name.trim_end_matches('/').to_owned(),
            },
            kind: Kind::File,
            mode: meta.mode,
            uid: meta.uid,
            gid: meta.gid,
            mtime: meta.mtime / SECOND,
            link: String::new(),
        };
        let mut data = Vec::new();
        match meta.kind {
            FileKind::Dir => {
                member.kind = Kind::Directory;
                member.name.push('/');
            }
            FileKind::Symlink => {
                member.kind = Kind::Symlink;
                member.link = cx.sys.fs().read_link(&path).map_err(|e| e.to_string())?;
            }
            FileKind::File => {
                data = cx
                    .sys
                    .fs()
                    .read_all(&path, MAX_FILE)
                    .map_err(|e| match busybox {
                        true => format!("can't open '{place}': {e}"),
                        false => format!("{place}: Cannot open: {e}"),
                    })?;
            }
            FileKind::CharDevice | FileKind::Pipe => return Ok(()),
        }
        let mut bytes = Vec::new();
        archive::append(&mut bytes, &member, &data);
        self.put(cx, &bytes);
        if self.verbose {
            let to = if self.fd == 1 { 2 } else { 1 };
            cx.write(to, format!("{}\n", member.name).as_bytes());
        }
        Ok(())
    }

    fn put(&mut self, cx: &mut Cx, bytes: &[u8]) {
        self.written += bytes.len();
        cx.write(self.fd, bytes);
    }
}

impl Program for Create {
    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(place) = self.places.pop() {
            if let Err(message) = self.add(cx, &place) {
                self.failed = true;
                cx.complain(message);
            }
            return Step::Continue;
        }
        let mut end = Vec::new();
        archive::finish(&mut end);
        if !cx.busybox() {
            let whole = (self.written + end.len()).next_multiple_of(RECORD);
            end.resize(whole - self.written, 0);
        }
        self.put(cx, &end);
        Step::Exit(match self.failed {
            true => delayed(cx),
            false => 0,
        })
    }
}

/// Reads an archive.
#[derive(Clone)]
struct Extract {
    fd: u32,
    reader: Reader,
    /// The members that are meant; all where there are none.
    wanted: Vec<String>,
    found: Vec<bool>,
    list: bool,
    verbose: bool,
    to_stdout: bool,
    touch: bool,
    owner: bool,
    permissions: bool,
    /// Directories and their times, which are set when all is written.
    times: Vec<(String, Micros)>,
    warned: bool,
    failed: bool,
    read: bool,
}

fn extract(cx: &mut Cx, options: &Options, file: String, list: bool) -> Start {
    let fd = match open(cx, &file, 0, Open::READ) {
        Ok(fd) => fd,
        Err(end) => return end,
    };
    if let Err(end) = enter(cx, options) {
        return end;
    }
    let (_, uid, _) = cx.sys.user();
    Start::Run(Box::new(Extract {
        fd,
        reader: Reader::default(),
        wanted: options.operands.clone(),
        found: vec![false; options.operands.len()],
        list,
        verbose: options.has('v'),
        to_stdout: options.has('O'),
        touch: options.has('m'),
        owner: uid == 0 && !options.has('o'),
        permissions: (uid == 0 || options.has('p')) && !options.has('P'),
        times: Vec::new(),
        warned: false,
        failed: false,
        read: false,
    }))
}

impl Program for Extract {
    fn step(&mut self, cx: &mut Cx) -> Step {
        match self.reader.take() {
            Ok(Some((member, data))) => {
                self.read = true;
                self.member(cx, member, &data);
                return Step::Continue;
            }
            Ok(None) => {}
            Err(_) => return exit(not_an_archive(cx)),
        }
        match cx.read(self.fd, CHUNK) {
            Ok(Read::Block) => Step::Wait,
            Ok(Read::Data(data)) => {
                self.reader.push(&data);
                Step::Continue
            }
            Ok(Read::Eof) => self.end(cx),
            Err(error) => exit(fatal(cx, format!("-: Cannot read: {error}"))),
        }
    }
}

fn exit(start: Start) -> Step {
    match start {
        Start::Done(code) => Step::Exit(code),
        _ => Step::Exit(2),
    }
}

fn not_an_archive(cx: &mut Cx) -> Start {
    match cx.busybox() {
        true => cx.fail(1, "invalid tar magic"),
        false => {
            cx.complain("This does not look like a tar archive");
            Start::Done(delayed(cx))
        }
    }
}

impl Extract {
    fn end(&mut self, cx: &mut Cx) -> Step {
        for (path, time) in std::mem::take(&mut self.times).iter().rev() {
            // Whatever stands there now, it is not worse for its time.
            let _ = cx.sys.fs().set_mtime(path, *time);
        }
        if self.reader.is_within() {
            return exit(match (cx.busybox(), self.read) {
                (true, _) => cx.fail(1, "short read"),
                (_, true) => fatal(cx, "Unexpected EOF in archive".to_owned()),
                _ => not_an_archive(cx),
            });
        }
        if cx.busybox() && !self.read && !self.reader.ended() {
            return exit(cx.fail(1, "short read"));
        }
        let missing = self.wanted.iter().zip(&self.found).filter(|(_, f)| !**f);
        for (name, _) in missing {
            self.failed = true;
            match cx.busybox() {
                true => cx.complain(format!("{name}: not found in archive")),
                false => cx.complain(format!("{name}: Not found in archive")),
            }
        }
        Step::Exit(match self.failed {
            true => delayed(cx),
            false => 0,
        })
    }

    fn is_wanted(&mut self, name: &str) -> bool {
        let name = name.trim_end_matches('/');
        let mut wanted = self.wanted.is_empty();
        for (one, found) in self.wanted.iter().zip(&mut self.found) {
            let one = one.trim_end_matches('/');
            let below = name.strip_prefix(one).is_some_and(|r| r.starts_with('/'));
            if name == one || below {
                *found = true;
                wanted = true;
            }
        }
        wanted
    }

    fn member(&mut self, cx: &mut Cx, member: Member, data: &[u8]) {
        if !self.is_wanted(&member.name) {
            return;
        }
        if self.list || self.verbose {
            let line = match self.list && self.verbose {
                true => long_line(cx, &member, data.len()),
                false => member.name.clone(),
            };
            let to = if self.to_stdout { 2 } else { 1 };
            cx.write(to, format!("{line}\n").as_bytes());
        }
        if self.list {
            return;
        }
        if self.to_stdout {
            return cx.out(data);
        }
        let (name, removed) = inner(&member.name);
        let name = name.trim_end_matches('/').to_owned();
        let removed = removed.to_owned();
        warn_of(cx, &removed, &mut self.warned);
        if name.is_empty() {
            return;
        }
        if let Err(error) = self.make(cx, &name, &member, data) {
            self.failed = true;
            match (cx.busybox(), member.kind) {
                (true, Kind::Directory) => {
                    cx.complain(format!("can't make dir {name}: {error}"));
                }
                (true, _) => cx.complain(format!("can't open '{name}': {error}")),
                (_, Kind::Directory) => cx.complain(format!("{name}: Cannot mkdir: {error}")),
                _ => cx.complain(format!("{name}: Cannot open: {error}")),
            }
        }
    }

    fn make(&mut self, cx: &mut Cx, name: &str, member: &Member, data: &[u8]) -> Result<(), Errno> {
        let path = cx.path(name);
        let (now, umask) = (cx.sys.now(), cx.proc.umask);
        if let Some((parents, _)) = path.rsplit_once('/') {
            cx.sys.fs().mkdir_all(parents, now)?;
        }
        let mode = match self.permissions {
            true => member.mode,
            false => member.mode & 0o777 & !umask,
        };
        let there = cx.stat(name, false);
        let fs = cx.sys.fs();
        if let Ok(old) = &there
            && !(old.is_dir() && member.kind == Kind::Directory)
        {
            match old.is_dir() {
                true => fs.remove_dir(&path, now).map_err(|_| Errno::Exists)?,
                false => fs.remove_file(&path, now)?,
            }
        }
        let mtime = match self.touch {
            true => now,
            false => member.mtime.saturating_mul(SECOND),
        };
        match member.kind {
            Kind::Directory => {
                if !there.is_ok_and(|old| old.is_dir()) {
                    fs.mkdir(&path, mode, now)?;
                }
                fs.chmod(&path, mode)?;
                self.times.push((path.clone(), mtime));
            }
            Kind::Symlink => fs.symlink(&member.link, &path, now)?,
            // There is one name for each file here: the other one is a copy.
            Kind::HardLink => {
                let from = join(&cx.proc.cwd, inner(&member.link).0);
                let data = fs.read_all(&from, MAX_FILE)?;
                fs.write_all(&path, &data, now)?;
                fs.chmod(&path, mode)?;
            }
            Kind::File => {
                fs.write_all(&path, data, now)?;
                fs.chmod(&path, mode)?;
                fs.set_mtime(&path, mtime)?;
            }
            Kind::Other => return Err(Errno::NotPermitted),
        }
        if self.owner && member.kind != Kind::Symlink {
            fs.chown(&path, member.uid, member.gid)?;
        }
        Ok(())
    }
}

/// A line of `tar tv`.
fn long_line(cx: &mut Cx, member: &Member, size: usize) -> String {
    let meta = super::super::system::Metadata {
        kind: match member.kind {
            Kind::Directory => FileKind::Dir,
            Kind::Symlink => FileKind::Symlink,
            _ => FileKind::File,
        },
        mode: member.mode,
        uid: member.uid,
        gid: member.gid,
        size: size as u64,
        mtime: member.mtime.saturating_mul(SECOND),
    };
    let (user, group) = (user_name(cx, member.uid), group_name(cx, member.gid));
    let link = match member.kind {
        Kind::Symlink => format!(" -> {}", member.link),
        Kind::HardLink => format!(" link to {}", member.link),
        _ => String::new(),
    };
    let mode = mode_string(&meta);
    let owner = format!("{user}/{group}");
    let time = utc(meta.mtime);
    match cx.busybox() {
        true => format!(
            "{mode} {owner} {size:9} {} {}{link}",
            time.format("%Y-%m-%d %H:%M:%S"),
            member.name
        ),
        false => {
            let room = 19usize.saturating_sub(owner.len() + 1).max(1);
            format!(
                "{mode} {owner} {size:>room$} {} {}{link}",
                time.format("%Y-%m-%d %H:%M"),
                member.name
            )
        }
    }
}
