//! The machine that the program runs on, as kubectl sees it.

use super::ports::Ports;
use crate::apimachinery::Timestamp;
use crate::apimachinery::descriptions::Descriptions;
use crate::kubectl::{Attributes, FileError, FileKind, Io, LocalFuture};
use crate::native::clock::wall_time;
use crate::native::openapi;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::cell::RefCell;
use std::fs::OpenOptions;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::sync::mpsc;

/// Pieces of standard input that are read ahead.
const PIECES_AHEAD: usize = 16;

/// This machine.
#[derive(Default)]
pub struct Workstation {
    ports: Ports,
    stdin: RefCell<Option<mpsc::Receiver<Vec<u8>>>>,
    /// The terminal as it was before it was made raw.
    cooked: RefCell<Option<Termios>>,
}

/// Reads standard input on a thread of its own, which nobody waits for when the program ends.
fn read_stdin() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 32 << 10];
        while let Ok(count @ 1..) = std::io::stdin().lock().read(&mut buffer) {
            let piece = buffer.get(..count).unwrap_or_default().to_vec();
            if sender.blocking_send(piece).is_err() {
                return;
            }
        }
    });
    receiver
}

fn file_error(e: std::io::Error) -> FileError {
    match e.kind() {
        ErrorKind::NotFound => FileError::NotFound,
        ErrorKind::IsADirectory => FileError::IsADirectory,
        ErrorKind::NotADirectory => FileError::NotADirectory,
        ErrorKind::PermissionDenied => FileError::PermissionDenied,
        ErrorKind::AlreadyExists => FileError::Exists,
        _ => FileError::Other(e.to_string()),
    }
}

/// Writes; whoever reads may have gone (`kubectl … | head`), and then nothing is left to do.
fn write(mut to: impl Write, bytes: &[u8]) {
    if to.write_all(bytes).and_then(|()| to.flush()).is_err() {
        // As the signal of a broken pipe ends other programs.
        std::process::exit(141);
    }
}

impl Io for Workstation {
    fn stdout(&self, text: &str) {
        write(std::io::stdout().lock(), text.as_bytes());
    }
    fn stdout_bytes(&self, bytes: &[u8]) {
        write(std::io::stdout().lock(), bytes);
    }
    fn stderr(&self, text: &str) {
        write(std::io::stderr().lock(), text.as_bytes());
    }
    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(async {
            let mut all = Vec::new();
            // What could be read counts, as a closed standard input is an empty one.
            let _ = std::io::stdin().lock().read_to_end(&mut all);
            all
        })
    }
    fn read_line(&self) -> LocalFuture<'_, Option<String>> {
        Box::pin(async {
            let mut line = String::new();
            match std::io::stdin().read_line(&mut line) {
                Ok(n) if n > 0 => Some(line.trim_end_matches('\n').to_owned()),
                _ => None,
            }
        })
    }
    fn read_some(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(poll_fn(|cx| {
            let mut stdin = self.stdin.borrow_mut();
            stdin.get_or_insert_with(read_stdin).poll_recv(cx)
        }))
    }
    fn stdin_is_tty(&self) -> bool {
        std::io::stdin().is_terminal()
    }
    fn stdout_is_tty(&self) -> bool {
        std::io::stdout().is_terminal()
    }
    fn set_raw(&self, raw: bool) {
        let stdin = std::io::stdin();
        let mut cooked = self.cooked.borrow_mut();
        // What is no terminal stays as it is.
        if !raw {
            if let Some(cooked) = cooked.take() {
                let _ = tcsetattr(&stdin, OptionalActions::Drain, &cooked);
            }
        } else if let Ok(now) = tcgetattr(&stdin) {
            let mut wanted = now.clone();
            wanted.make_raw();
            if tcsetattr(&stdin, OptionalActions::Drain, &wanted).is_ok() {
                *cooked = Some(now);
            }
        }
    }
    fn listen(&self, port: u16) -> Result<u16, String> {
        let listening = self.ports.listen(port);
        listening.map_err(|e| format!("listen tcp4 127.0.0.1:{port}: bind: {e}"))
    }
    fn accept(&self, port: u16) -> LocalFuture<'_, (u64, Vec<u8>)> {
        Box::pin(self.ports.accept(port))
    }
    fn receive(&self, connection: u64) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(self.ports.receive(connection))
    }
    fn answer(&self, connection: u64, data: Vec<u8>, more: bool) {
        self.ports.answer(connection, data, more);
    }
    fn stat(&self, path: &str) -> Result<FileKind, FileError> {
        let found = std::fs::metadata(path).map_err(file_error)?;
        Ok(if found.is_dir() {
            FileKind::Directory
        } else {
            FileKind::File
        })
    }
    fn attributes(&self, path: &str) -> Result<Attributes, FileError> {
        let meta = std::fs::symlink_metadata(path).map_err(file_error)?;
        let link = meta.is_symlink().then(|| std::fs::read_link(path));
        let link = link.transpose().map_err(file_error)?;
        Ok(Attributes {
            kind: match meta.is_dir() {
                true => FileKind::Directory,
                false => FileKind::File,
            },
            link: link.map(|l| l.to_string_lossy().into_owned()),
            mode: meta.mode() & 0o7777,
            uid: meta.uid(),
            gid: meta.gid(),
            mtime: u64::try_from(meta.mtime()).unwrap_or(0),
        })
    }
    fn make_directory(&self, path: &str) -> Result<(), FileError> {
        std::fs::create_dir_all(path).map_err(file_error)
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        std::fs::read(path).map_err(file_error)
    }
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        if let Some(parent) = Path::new(path)
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
        {
            std::fs::create_dir_all(parent).map_err(file_error)?;
        }
        // The modes of files that are there, such as a private kubeconfig's, stay.
        std::fs::write(path, bytes).map_err(file_error)
    }
    fn write_private(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(path);
        let mut file = opened.map_err(file_error)?;
        file.write_all(bytes).map_err(|e| {
            // What is there in part is of no use to anybody.
            let _ = std::fs::remove_file(path);
            file_error(e)
        })
    }
    fn remove(&self, path: &str) -> Result<(), FileError> {
        std::fs::remove_file(path).map_err(file_error)
    }
    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        let entries = std::fs::read_dir(path).map_err(file_error)?;
        let names = entries.map(|e| e.map(|e| e.file_name().to_string_lossy().into_owned()));
        let mut names: Vec<String> = names.collect::<Result<_, _>>().map_err(file_error)?;
        names.sort();
        Ok(names)
    }
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
    fn run_command(&self, line: &str) -> LocalFuture<'_, Result<i32, String>> {
        let done = Command::new("sh").args(["-c", line]).status();
        let code = done.map(|status| status.code().unwrap_or(1));
        Box::pin(async { code.map_err(|e| e.to_string()) })
    }
    fn now(&self) -> Timestamp {
        wall_time()
    }
    fn sleep(&self, time: Duration) -> LocalFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
    fn random(&self) -> u64 {
        RandomState::new().hash_one(wall_time().0)
    }
    fn is_tty(&self) -> bool {
        std::io::stdout().is_terminal()
    }
    fn width(&self) -> usize {
        let columns = self.env("COLUMNS").and_then(|c| c.parse().ok());
        columns.unwrap_or(80)
    }
    fn descriptions(&self) -> LocalFuture<'_, Descriptions> {
        Box::pin(async { openapi::descriptions() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn private_files_are_new_and_their_owners_own() {
        let io = Workstation::default();
        let path = std::env::temp_dir().join(format!("kubarium-private-{}", io.random()));
        let path = path.to_str().unwrap();
        io.write_private(path, b"secret").unwrap();
        let mode = io.attributes(path).unwrap().mode;
        let again = io.write_private(path, b"other");
        let kept = io.read(path);
        io.remove(path).unwrap();
        assert_eq!(mode, 0o600);
        assert_eq!(again, Err(FileError::Exists));
        assert_eq!(kept.unwrap(), b"secret");
    }
}
