//! One `kubectl` process on the workstation: its streams, files and clock.

use super::workstation::Machine;
use crate::apimachinery::Timestamp;
use crate::apimachinery::descriptions::Descriptions;
use crate::kubectl::discovery::Discovery;
use crate::kubectl::{Attributes, FileError, FileKind, Io, LocalFuture};
use crate::shell::kernel::{Read, Target};
use crate::shell::net::Answer;
use crate::shell::system::{Errno, FileKind as Kind, FileSystem, Spawn, System};
use crate::shell::{Config, Shell, io};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// One process's view of the workstation.
pub struct ProcessIo {
    machine: Rc<RefCell<Machine>>,
    spawn: Spawn,
    pending: RefCell<VecDeque<(u32, Vec<u8>)>>,
    next_child: Cell<u64>,
}

/// What flushing came to.
pub struct Flushed {
    /// Some bytes went.
    pub moved: bool,
    /// None are left.
    pub empty: bool,
    /// Nobody reads any more.
    pub broken: bool,
}

impl ProcessIo {
    /// For a process that is about to start.
    pub fn new(machine: Rc<RefCell<Machine>>, spawn: Spawn) -> Self {
        let first = u64::from(spawn.pid) << 16;
        Self {
            machine,
            spawn,
            pending: RefCell::default(),
            next_child: Cell::new(first),
        }
    }

    fn path(&self, path: &str) -> String {
        io::absolute(&self.spawn.cwd, path)
    }

    fn put(&self, handle: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.pending
                .borrow_mut()
                .push_back((handle, bytes.to_vec()));
            self.flush();
        }
    }

    /// Hands on what was written and had no room yet.
    pub fn flush(&self) -> Flushed {
        let mut pending = self.pending.borrow_mut();
        let mut machine = self.machine.borrow_mut();
        let mut flushed = Flushed {
            moved: false,
            empty: false,
            broken: false,
        };
        while let Some((handle, data)) = pending.front_mut() {
            match io::write(&mut *machine, *handle, data) {
                Ok(0) => return flushed,
                Ok(n) if n < data.len() => {
                    data.drain(..n);
                    flushed.moved = true;
                }
                Ok(_) => {
                    pending.pop_front();
                    flushed.moved = true;
                }
                Err(error) => {
                    pending.pop_front();
                    flushed.broken |= error == Errno::BrokenPipe;
                }
            }
        }
        flushed.empty = true;
        flushed
    }
}

fn file_error(e: Errno) -> FileError {
    match e {
        Errno::NotFound => FileError::NotFound,
        Errno::IsDir => FileError::IsADirectory,
        Errno::NotDir => FileError::NotADirectory,
        Errno::Access => FileError::PermissionDenied,
        Errno::Exists => FileError::Exists,
        other => FileError::Other(other.text().to_lowercase()),
    }
}

impl Io for ProcessIo {
    fn stdout(&self, text: &str) {
        self.put(self.spawn.stdout, text.as_bytes());
    }
    fn stdout_bytes(&self, bytes: &[u8]) {
        self.put(self.spawn.stdout, bytes);
    }
    fn stderr(&self, text: &str) {
        self.put(self.spawn.stderr, text.as_bytes());
    }
    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        let mut all = Vec::new();
        Box::pin(poll_fn(move |_| {
            loop {
                match io::read(
                    &mut *self.machine.borrow_mut(),
                    self.spawn.stdin,
                    1 << 16,
                    None,
                ) {
                    Ok(Read::Data(data)) => all.extend_from_slice(&data),
                    Ok(Read::Block) => return Poll::Pending,
                    Ok(Read::Eof) | Err(_) => return Poll::Ready(std::mem::take(&mut all)),
                }
            }
        }))
    }
    fn read_line(&self) -> LocalFuture<'_, Option<String>> {
        let mut line = Vec::new();
        Box::pin(poll_fn(move |_| {
            loop {
                match io::read(
                    &mut *self.machine.borrow_mut(),
                    self.spawn.stdin,
                    1 << 12,
                    Some(b'\n'),
                ) {
                    Ok(Read::Data(data)) => {
                        line.extend_from_slice(&data);
                        if line.ends_with(b"\n") {
                            line.pop();
                            return Poll::Ready(Some(String::from_utf8_lossy(&line).into_owned()));
                        }
                    }
                    Ok(Read::Block) => return Poll::Pending,
                    Ok(Read::Eof) | Err(_) => {
                        return Poll::Ready(
                            (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned()),
                        );
                    }
                }
            }
        }))
    }
    fn read_some(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(poll_fn(move |_| {
            let mut machine = self.machine.borrow_mut();
            match io::read(&mut *machine, self.spawn.stdin, 1 << 14, None) {
                Ok(Read::Data(data)) => Poll::Ready(Some(data)),
                Ok(Read::Block) => Poll::Pending,
                Ok(Read::Eof) | Err(_) => Poll::Ready(None),
            }
        }))
    }
    fn stdin_is_tty(&self) -> bool {
        self.machine.borrow().kernel.is_tty(self.spawn.stdin)
    }
    fn stdout_is_tty(&self) -> bool {
        self.machine.borrow().kernel.is_tty(self.spawn.stdout)
    }
    fn set_raw(&self, raw: bool) {
        let mut machine = self.machine.borrow_mut();
        if let Some(Target::Input { stream, .. }) = machine.kernel.target(self.spawn.stdin) {
            let stream = *stream;
            if raw {
                machine.raw.insert(stream);
            } else {
                machine.raw.remove(&stream);
            }
        }
    }
    fn listen(&self, port: u16) -> Result<u16, String> {
        let mut machine = self.machine.borrow_mut();
        let free = |port: &u16| !machine.listeners.contains_key(port);
        let port = match port {
            0 => (40_000..u16::MAX).find(free).unwrap_or(0),
            port => port,
        };
        if !free(&port) {
            return Err(format!(
                "listen tcp4 127.0.0.1:{port}: bind: address already in use"
            ));
        }
        machine
            .listeners
            .insert(port, (self.spawn.pid, VecDeque::new()));
        Ok(port)
    }
    fn accept(&self, port: u16) -> LocalFuture<'_, (u64, Vec<u8>)> {
        Box::pin(poll_fn(move |_| {
            let mut machine = self.machine.borrow_mut();
            let waiting = machine.listeners.get_mut(&port);
            match waiting.and_then(|(_, waiting)| waiting.pop_front()) {
                Some(exchange) => Poll::Ready((exchange.id, exchange.data)),
                None => Poll::Pending,
            }
        }))
    }
    fn answer(&self, connection: u64, data: Vec<u8>, _more: bool) {
        let mut machine = self.machine.borrow_mut();
        machine.net.answer(connection, Answer::Data(data));
    }
    fn stat(&self, path: &str) -> Result<FileKind, FileError> {
        let meta = self
            .machine
            .borrow()
            .fs
            .stat(&self.path(path), true)
            .map_err(file_error)?;
        Ok(if meta.is_dir() {
            FileKind::Directory
        } else {
            FileKind::File
        })
    }
    fn attributes(&self, path: &str) -> Result<Attributes, FileError> {
        let path = self.path(path);
        let machine = self.machine.borrow();
        let meta = machine.fs.stat(&path, false).map_err(file_error)?;
        let link = (meta.kind == Kind::Symlink).then(|| machine.fs.read_link(&path));
        Ok(Attributes {
            kind: match meta.is_dir() {
                true => FileKind::Directory,
                false => FileKind::File,
            },
            link: link.transpose().map_err(file_error)?,
            mode: meta.mode,
            uid: meta.uid,
            gid: meta.gid,
            mtime: meta.mtime / 1_000_000,
        })
    }
    fn make_directory(&self, path: &str) -> Result<(), FileError> {
        let path = self.path(path);
        let mut machine = self.machine.borrow_mut();
        let now = machine.now();
        machine.fs.mkdir_all(&path, now).map_err(file_error)
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = self.path(path);
        let machine = self.machine.borrow();
        if machine.fs.stat(&path, true).map_err(file_error)?.is_dir() {
            return Err(FileError::IsADirectory);
        }
        machine.fs.read_all(&path, 64 << 20).map_err(file_error)
    }
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.path(path);
        let mut machine = self.machine.borrow_mut();
        let now = machine.now();
        if let Some((parent, _)) = path.rsplit_once('/') {
            machine.fs.mkdir_all(parent, now).map_err(file_error)?;
        }
        machine.fs.write_all(&path, bytes, now).map_err(file_error)
    }
    fn remove(&self, path: &str) -> Result<(), FileError> {
        let mut machine = self.machine.borrow_mut();
        let now = machine.now();
        machine
            .fs
            .remove_file(&self.path(path), now)
            .map_err(file_error)
    }
    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        self.machine
            .borrow()
            .fs
            .list(&self.path(path))
            .map_err(file_error)
    }
    fn env(&self, name: &str) -> Option<String> {
        self.spawn.env.get(name).cloned()
    }
    fn run_command(&self, line: &str) -> LocalFuture<'_, Result<i32, String>> {
        let id = self.next_child.get();
        self.next_child.set(id + 1);
        let mut machine = self.machine.borrow_mut();
        let fds =
            [self.spawn.stdin, self.spawn.stdout, self.spawn.stderr].map(|h| machine.kernel.dup(h));
        let config = Config {
            env: self.spawn.env.clone(),
            cwd: self.spawn.cwd.clone(),
            fds,
            init: false,
        };
        let argv = vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()];
        let started = Shell::exec(&mut *machine, argv, config);
        let failed = match started {
            Ok(shell) => {
                machine.children.insert(id, (Some(shell), None));
                None
            }
            Err(e) => Some(e.text().to_owned()),
        };
        drop(machine);
        Box::pin(poll_fn(move |_| {
            if let Some(why) = &failed {
                return Poll::Ready(Err(why.clone()));
            }
            let mut machine = self.machine.borrow_mut();
            match machine.children.get(&id).and_then(|(_, code)| *code) {
                Some(code) => {
                    machine.children.remove(&id);
                    Poll::Ready(Ok(code))
                }
                None => Poll::Pending,
            }
        }))
    }
    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.machine.borrow().now()).unwrap_or(i64::MAX))
    }
    fn sleep(&self, time: Duration) -> LocalFuture<'_, ()> {
        let until = self.now() + time;
        Box::pin(poll_fn(move |_| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            self.machine.borrow_mut().sleepers.insert(until);
            Poll::Pending
        }))
    }
    fn random(&self) -> u64 {
        self.machine.borrow_mut().kernel.random()
    }
    fn is_tty(&self) -> bool {
        self.machine.borrow().kernel.is_tty(self.spawn.stdout)
    }
    fn cached_discovery(&self) -> Option<Rc<Discovery>> {
        self.machine.borrow().discovery.clone()
    }
    fn descriptions(&self) -> LocalFuture<'_, Descriptions> {
        let known = self.machine.borrow().descriptions.clone();
        Box::pin(async { known })
    }
    fn cache_discovery(&self, discovery: Option<Rc<Discovery>>) {
        self.machine.borrow_mut().discovery = discovery;
    }
}
