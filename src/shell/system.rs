//! The seam between the shell and the machine it runs on: time, files, handles and other programs.
//!
//! Two machines implement [`System`]: the user's workstation (its `kubectl` waits for the cluster) and a simulated
//! container. Everything here is plain data, so that either can be cloned in the middle of a running script.

use super::kernel::Kernel;
use crate::collections::SortedMap;

/// A process number, unique within one [`Kernel`].
pub type Pid = u32;
/// A reference-counted open file of a [`Kernel`]; the shell maps descriptor numbers to these.
pub type Handle = u32;
/// Microseconds: a point since the Unix epoch, or a length of time.
pub type Micros = u64;

/// Why a system call failed, with POSIX's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Errno {
    NotFound,
    Exists,
    NotDir,
    IsDir,
    Access,
    NotPermitted,
    Invalid,
    NotEmpty,
    BadHandle,
    BrokenPipe,
    NoSpace,
    TooBig,
    ReadOnly,
    Loop,
    NoExec,
    NoProcess,
    NotSupported,
    NameTooLong,
    Busy,
    CrossDevice,
    Io,
}

impl Errno {
    /// The text that `strerror` gives for it.
    pub fn text(self) -> &'static str {
        match self {
            Errno::NotFound => "No such file or directory",
            Errno::Exists => "File exists",
            Errno::NotDir => "Not a directory",
            Errno::IsDir => "Is a directory",
            Errno::Access => "Permission denied",
            Errno::NotPermitted => "Operation not permitted",
            Errno::Invalid => "Invalid argument",
            Errno::NotEmpty => "Directory not empty",
            Errno::BadHandle => "Bad file descriptor",
            Errno::BrokenPipe => "Broken pipe",
            Errno::NoSpace => "No space left on device",
            Errno::TooBig => "File too large",
            Errno::ReadOnly => "Read-only file system",
            Errno::Loop => "Too many levels of symbolic links",
            Errno::NoExec => "Exec format error",
            Errno::NoProcess => "No such process",
            Errno::NotSupported => "Operation not supported",
            Errno::NameTooLong => "File name too long",
            Errno::Busy => "Device or resource busy",
            Errno::CrossDevice => "Invalid cross-device link",
            Errno::Io => "Input/output error",
        }
    }
}

impl std::fmt::Display for Errno {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

/// What kind of thing a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    File,
    Dir,
    Symlink,
    CharDevice,
    Pipe,
}

/// What `stat` tells about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub kind: FileKind,
    /// Permission bits, `0o7777` at most.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Last change of the contents.
    pub mtime: Micros,
}

impl Metadata {
    pub fn is_dir(&self) -> bool {
        self.kind == FileKind::Dir
    }
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }
}

/// Where a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteAt {
    Offset(u64),
    End,
}

/// A tree of files. Paths are absolute; `.`, `..` and symbolic links in them are resolved by the implementation.
pub trait FileSystem {
    /// `follow` tells whether a final symbolic link is followed.
    fn stat(&self, path: &str, follow: bool) -> Result<Metadata, Errno>;
    /// At most `max` bytes from `offset`; an empty answer is the end of the file.
    fn read(&self, path: &str, offset: u64, max: usize) -> Result<Vec<u8>, Errno>;
    fn write(&mut self, path: &str, at: WriteAt, data: &[u8], now: Micros) -> Result<(), Errno>;
    /// Makes an empty regular file; `Exists` if there is something already.
    fn create(&mut self, path: &str, mode: u32, now: Micros) -> Result<(), Errno>;
    fn truncate(&mut self, path: &str, len: u64, now: Micros) -> Result<(), Errno>;
    /// Names in a directory, sorted, without `.` and `..`.
    fn list(&self, path: &str) -> Result<Vec<String>, Errno>;
    fn mkdir(&mut self, path: &str, mode: u32, now: Micros) -> Result<(), Errno>;
    /// Removes a file or symbolic link.
    fn remove_file(&mut self, path: &str, now: Micros) -> Result<(), Errno>;
    /// Removes an empty directory.
    fn remove_dir(&mut self, path: &str, now: Micros) -> Result<(), Errno>;
    fn rename(&mut self, from: &str, to: &str, now: Micros) -> Result<(), Errno>;
    fn symlink(&mut self, target: &str, path: &str, now: Micros) -> Result<(), Errno>;
    fn read_link(&self, path: &str) -> Result<String, Errno>;
    fn chmod(&mut self, path: &str, mode: u32) -> Result<(), Errno>;
    fn chown(&mut self, path: &str, uid: u32, gid: u32) -> Result<(), Errno>;
    fn set_mtime(&mut self, path: &str, mtime: Micros) -> Result<(), Errno>;
    /// The path with every symbolic link, `.` and `..` resolved.
    fn canonical(&self, path: &str) -> Result<String, Errno>;

    /// The whole file, or `TooBig` if it is longer than `max` bytes.
    fn read_all(&self, path: &str, max: usize) -> Result<Vec<u8>, Errno> {
        let data = self.read(path, 0, max + 1)?;
        if data.len() > max {
            Err(Errno::TooBig)
        } else {
            Ok(data)
        }
    }
    /// Replaces or makes the file.
    fn write_all(&mut self, path: &str, data: &[u8], now: Micros) -> Result<(), Errno> {
        match self.create(path, 0o644, now) {
            Ok(()) => {}
            Err(Errno::Exists) => self.truncate(path, 0, now)?,
            Err(e) => return Err(e),
        }
        self.write(path, WriteAt::Offset(0), data, now)
    }
    /// `mkdir -p`.
    fn mkdir_all(&mut self, path: &str, now: Micros) -> Result<(), Errno> {
        let mut at = String::new();
        for part in path.split('/').filter(|p| !p.is_empty()) {
            at.push('/');
            at.push_str(part);
            match self.mkdir(&at, 0o755, now) {
                Ok(()) | Err(Errno::Exists) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// A program to start that the shell does not know itself.
#[derive(Clone, Debug)]
pub struct Spawn {
    pub pid: Pid,
    pub argv: Vec<String>,
    pub env: SortedMap<String, String>,
    /// Absolute path of the working directory.
    pub cwd: String,
    /// The three standard handles. The program owns one reference of each: close them when it ends.
    pub stdin: Handle,
    pub stdout: Handle,
    pub stderr: Handle,
}

/// Who provides a command name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// One of the shell's own programs ([`super::programs`]), at this path.
    Program(String),
    /// [`System::spawn`], at this path.
    Host(String),
}

impl Provider {
    pub fn path(&self) -> &str {
        match self {
            Provider::Program(path) | Provider::Host(path) => path,
        }
    }
}

/// Signals, by their numbers on Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal(pub i32);

impl Signal {
    pub const HUP: Signal = Signal(1);
    pub const INT: Signal = Signal(2);
    pub const QUIT: Signal = Signal(3);
    pub const KILL: Signal = Signal(9);
    pub const USR1: Signal = Signal(10);
    pub const USR2: Signal = Signal(12);
    pub const PIPE: Signal = Signal(13);
    pub const TERM: Signal = Signal(15);
    pub const CHLD: Signal = Signal(17);
    pub const CONT: Signal = Signal(18);
    pub const STOP: Signal = Signal(19);

    /// All names that `kill -l` knows, by number.
    pub const NAMES: [(i32, &'static str); 31] = [
        (1, "HUP"),
        (2, "INT"),
        (3, "QUIT"),
        (4, "ILL"),
        (5, "TRAP"),
        (6, "ABRT"),
        (7, "BUS"),
        (8, "FPE"),
        (9, "KILL"),
        (10, "USR1"),
        (11, "SEGV"),
        (12, "USR2"),
        (13, "PIPE"),
        (14, "ALRM"),
        (15, "TERM"),
        (16, "STKFLT"),
        (17, "CHLD"),
        (18, "CONT"),
        (19, "STOP"),
        (20, "TSTP"),
        (21, "TTIN"),
        (22, "TTOU"),
        (23, "URG"),
        (24, "XCPU"),
        (25, "XFSZ"),
        (26, "VTALRM"),
        (27, "PROF"),
        (28, "WINCH"),
        (29, "IO"),
        (30, "PWR"),
        (31, "SYS"),
    ];

    /// Reads `15`, `TERM`, `sigterm`; 0 is the signal that only asks whether a process is there.
    pub fn parse(text: &str) -> Option<Signal> {
        if let Ok(n) = text.parse::<i32>() {
            return (0..=64).contains(&n).then_some(Signal(n));
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        Signal::NAMES
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(n, _)| Signal(*n))
    }

    /// `TERM` for 15.
    pub fn name(self) -> String {
        match Signal::NAMES.iter().find(|(n, _)| *n == self.0) {
            Some((_, name)) => (*name).to_string(),
            None => self.0.to_string(),
        }
    }

    /// Whether a process without a handler survives it.
    pub fn ignored_by_default(self) -> bool {
        matches!(self.0, 0 | 17 | 18 | 23 | 28)
    }
}

/// A line of `ps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessInfo {
    pub pid: Pid,
    pub ppid: Pid,
    pub user: String,
    pub argv: Vec<String>,
    pub started: Micros,
}

/// A line of `df`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskInfo {
    pub source: String,
    pub mounted_on: String,
    /// KiB.
    pub size: u64,
    /// KiB.
    pub used: u64,
}

/// Which shell's words and error messages to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Bash,
    /// Debian's `/bin/sh`.
    Dash,
    /// Busybox's `/bin/sh`, in Alpine and busybox images; its programs speak busybox's words too.
    Ash,
}

/// The machine as the shell and its programs see it.
pub trait System {
    /// Microseconds since the Unix epoch.
    fn now(&self) -> Micros;
    /// Handles, pipes, process numbers: plain data that the host keeps (and clones) for us.
    fn kernel(&mut self) -> &mut Kernel;
    fn fs(&mut self) -> &mut dyn FileSystem;
    /// Who provides the command `name` (without a slash), if anyone does.
    fn which(&mut self, name: &str) -> Option<Provider> {
        super::programs::is_program(name).then(|| Provider::Program(format!("/usr/bin/{name}")))
    }
    /// Starts a program of the host's. On an error nothing was started and the handles stay the caller's.
    fn spawn(&mut self, spawn: Spawn) -> Result<(), Errno> {
        let _ = spawn;
        Err(Errno::NotFound)
    }
    /// The exit code of a program that `spawn` started, once it has ended.
    fn poll(&mut self, pid: Pid) -> Option<i32> {
        let _ = pid;
        Some(127)
    }
    /// Sends a signal to a process that is not the asking shell's own child.
    fn kill(&mut self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        let _ = (pid, signal);
        Err(Errno::NoProcess)
    }
    /// Processes other than those of the asking shell.
    fn processes(&mut self) -> Vec<ProcessInfo> {
        Vec::new()
    }
    fn disks(&mut self) -> Vec<DiskInfo> {
        Vec::new()
    }
    fn hostname(&self) -> String {
        "localhost".to_string()
    }
    /// User name and numbers: name, uid, gid.
    fn user(&self) -> (String, u32, u32) {
        ("root".to_string(), 0, 0)
    }
    /// The network, where the machine has one.
    fn net(&mut self) -> Option<&mut super::net::Net> {
        None
    }
    /// What `uname` prints: kernel name, release, version, machine.
    fn uname(&self) -> [String; 4] {
        ["Linux", "6.12.0-kubarium", "#1 SMP", "x86_64"].map(String::from)
    }
    /// What `/bin/sh` is.
    fn sh(&self) -> Dialect {
        Dialect::Dash
    }
    /// Columns and rows of the terminal, if standard output is one.
    fn window(&self) -> (u32, u32) {
        (80, 24)
    }
}
