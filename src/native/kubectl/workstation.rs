//! The machine that the program runs on, as kubectl sees it.

use crate::apimachinery::Timestamp;
use crate::apimachinery::descriptions::Descriptions;
use crate::kubectl::{FileError, FileKind, Io, LocalFuture};
use crate::native::clock::wall_time;
use crate::native::openapi;
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// This machine.
pub struct Workstation;

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
    fn stat(&self, path: &str) -> Result<FileKind, FileError> {
        let found = std::fs::metadata(path).map_err(file_error)?;
        Ok(if found.is_dir() {
            FileKind::Directory
        } else {
            FileKind::File
        })
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
