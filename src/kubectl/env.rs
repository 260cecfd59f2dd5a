//! The two traits through which kubectl meets the world: the workstation it runs on and the API server it talks to.

use super::discovery::Discovery;
use crate::apimachinery::Timestamp;
use crate::apimachinery::descriptions::Descriptions;
use crate::apimachinery::http::{Request, Response, StreamId, WatchEvent, WatchId};
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Why a request got no answer at all.
#[derive(Clone, Debug)]
pub enum TransportError {
    /// Nothing listens there; the host as the user knows it.
    Refused(String),
    /// Anything else, in words (`net/http: TLS handshake timeout`).
    Other(String),
}

/// What `kubectl proxy` is to serve.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The address.
    pub address: String,
    /// The port; 0 for any.
    pub port: u16,
    /// The socket's path, in place of an address.
    pub unix_socket: String,
    /// Under which path, with a slash at its end.
    pub prefix: String,
    /// Whether the path of the server stands before what is asked for.
    pub append_server_path: bool,
    /// What is let through; none for everything.
    pub filter: Option<GatewayFilter>,
}

/// What a gateway lets through: regular expressions, separated by commas.
#[derive(Clone, Debug)]
pub struct GatewayFilter {
    /// Paths that may be asked for.
    pub accept_paths: String,
    /// Paths that may not, though they are among those.
    pub reject_paths: String,
    /// Hosts that may be asked.
    pub accept_hosts: String,
    /// Methods that may not be used.
    pub reject_methods: String,
}

/// The way to an API server. Several calls may be under way at once.
pub trait Transport {
    /// Sends a request; the answer is complete, or names a watch or a stream that goes on.
    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>>;
    /// The next event of a watch; `None` when the server ended it.
    fn next_event(&self, id: WatchId) -> LocalFuture<'_, Option<WatchEvent>>;
    /// The next bytes of a stream: `Ok(None)` at its end, `Err` with the server's words when it broke.
    fn next_chunk(&self, id: StreamId) -> LocalFuture<'_, Result<Option<Vec<u8>>, String>>;
    /// Sends a message on a stream that carries them both ways (`exec`, `attach`, `portforward`).
    fn write_stream(&self, _id: StreamId, _message: Vec<u8>) {}
    /// Serves the API to whoever comes to an address of this machine, until the command is ended; `ready` is told the address.
    /// Or why it is not served.
    fn serve<'a>(
        &'a self,
        _gateway: &'a Gateway,
        _ready: &'a dyn Fn(&str),
    ) -> LocalFuture<'a, Result<(), String>> {
        Box::pin(async {
            Err("kubectl proxy cannot serve here: this terminal is a page's, and a browser tab has no local port".to_owned())
        })
    }
    /// Ends a watch early.
    fn close_watch(&self, id: WatchId);
    /// Ends a stream early.
    fn close_stream(&self, id: StreamId);
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// What is known of a path itself, links not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// What it names.
    pub kind: FileKind,
    /// Where it leads, if it is a symbolic link.
    pub link: Option<String>,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last change, in seconds since 1970.
    pub mtime: u64,
}

/// Why a file could not be reached; displayed as Go's `syscall.Errno` words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// ENOENT
    NotFound,
    /// EISDIR
    IsADirectory,
    /// ENOTDIR
    NotADirectory,
    /// EACCES
    PermissionDenied,
    /// EEXIST
    Exists,
    /// Anything else.
    Other(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileError::NotFound => "no such file or directory",
            FileError::IsADirectory => "is a directory",
            FileError::NotADirectory => "not a directory",
            FileError::PermissionDenied => "permission denied",
            FileError::Exists => "file exists",
            FileError::Other(words) => words,
        })
    }
}

/// The workstation: streams, files, environment, clock. Relative paths are relative to the current directory.
pub trait Io {
    /// Writes to standard output.
    fn stdout(&self, text: &str);
    /// Writes bytes that need not be text (logs, files) to standard output.
    fn stdout_bytes(&self, bytes: &[u8]) {
        self.stdout(&String::from_utf8_lossy(bytes));
    }
    /// Writes to standard error.
    fn stderr(&self, text: &str);
    /// All of standard input.
    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>>;
    /// One line of standard input without its end, for questions; `None` at its end.
    fn read_line(&self) -> LocalFuture<'_, Option<String>>;
    /// Some bytes of standard input as they come; `None` at its end (on a terminal, more may follow).
    fn read_some(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(async { None })
    }
    /// Whether standard input is a terminal.
    fn stdin_is_tty(&self) -> bool {
        false
    }
    /// Whether standard output is a terminal.
    fn stdout_is_tty(&self) -> bool {
        false
    }
    /// Whether keys such as Ctrl-C are to come as bytes of standard input instead of ending the command.
    fn set_raw(&self, _raw: bool) {}
    /// Listens at a port of the workstation's own address (0: any); the port, or why not.
    fn listen(&self, _port: u16) -> Result<u16, String> {
        Err("this workstation has no ports".to_owned())
    }
    /// The next connection to a port listened at: its number and what came on it.
    fn accept(&self, _port: u16) -> LocalFuture<'_, (u64, Vec<u8>)> {
        Box::pin(std::future::pending())
    }
    /// What else comes on a connection; `None` once its client has ended it. Where connections carry one request, nothing.
    fn receive(&self, _connection: u64) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(std::future::pending())
    }
    /// Sends what a connection is answered with, and closes it unless more follows. Where connections carry one answer, the
    /// first one closes it.
    fn answer(&self, _connection: u64, _data: Vec<u8>, _more: bool) {}
    /// What a path names.
    fn stat(&self, path: &str) -> Result<FileKind, FileError>;
    /// What is known of a path itself.
    fn attributes(&self, path: &str) -> Result<Attributes, FileError>;
    /// Makes a directory and those above it that are missing.
    fn make_directory(&self, path: &str) -> Result<(), FileError>;
    /// A file's bytes.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;
    /// Writes a file, making missing parent directories.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError>;
    /// Writes a file that is not there yet and, where the workstation has several users, that no other one may read;
    /// [`FileError::Exists`] where something of that name is there.
    fn write_private(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        match self.attributes(path) {
            Err(FileError::NotFound) => self.write(path, bytes),
            Ok(_) => Err(FileError::Exists),
            Err(e) => Err(e),
        }
    }
    /// Removes a file.
    fn remove(&self, path: &str) -> Result<(), FileError>;
    /// Names in a directory, sorted.
    fn list(&self, path: &str) -> Result<Vec<String>, FileError>;
    /// An environment variable.
    fn env(&self, name: &str) -> Option<String>;
    /// Runs a command line in the workstation's shell (an editor, a diff program) and gives its exit code.
    fn run_command(&self, line: &str) -> LocalFuture<'_, Result<i32, String>>;
    /// The time.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, time: Duration) -> LocalFuture<'_, ()>;
    /// A number that differs from call to call, for names of temporary files.
    fn random(&self) -> u64;
    /// Whether standard output is a terminal.
    fn is_tty(&self) -> bool {
        false
    }
    /// Columns of the terminal.
    fn width(&self) -> usize {
        80
    }
    /// What an earlier command learnt about the server's resources (upstream keeps it under `~/.kube/cache`).
    fn cached_discovery(&self) -> Option<Rc<Discovery>> {
        None
    }
    /// What types and fields are for, where the workstation has such a text; upstream asks the server's OpenAPI documents.
    fn descriptions(&self) -> LocalFuture<'_, Descriptions> {
        Box::pin(async { Descriptions::default() })
    }
    /// Keeps it for later commands.
    fn cache_discovery(&self, _discovery: Option<Rc<Discovery>>) {}
}

/// Which of two futures was ready first.
pub enum Raced<A, B> {
    /// The first one.
    First(A),
    /// The second one.
    Second(B),
}

/// Waits for whichever of two futures is ready first; the first one where both are.
pub async fn race<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> Raced<A, B> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    std::future::poll_fn(move |cx| {
        if let Poll::Ready(v) = a.as_mut().poll(cx) {
            return Poll::Ready(Raced::First(v));
        }
        if let Poll::Ready(v) = b.as_mut().poll(cx) {
            return Poll::Ready(Raced::Second(v));
        }
        Poll::Pending
    })
    .await
}
