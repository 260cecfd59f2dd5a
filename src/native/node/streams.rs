//! `exec`, `attach` and `portforward` on a real node: messages of the cluster's streams on one side, the runtime's streaming server
//! (SPDY/3.1, which alone can end standard input) or a connection to the pod on the other.

use super::calls::Calls;
use super::{Input, api};
use crate::apimachinery::Value;
use crate::apiserver::{NodeCall, NodeRequest};
use crate::native::driver::Piece;
use crate::native::upgrade::spdy::{Frame, Reader, Writer};
use crate::tree;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;
/// As many bytes of a client wait for a busy process. They are taken from the client so early because it reads nothing while it
/// waits to be rid of them, and the process may wait for that.
const WAITING: usize = 64 << 20;
/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// The longest head of the streaming server's answer.
const LONGEST_HEAD: usize = 16 << 10;

type Pieces = mpsc::Sender<Piece>;

/// Messages of a client that were taken from it and wait.
struct Taken {
    messages: mpsc::UnboundedReceiver<Vec<u8>>,
    room: Arc<Semaphore>,
}

impl Taken {
    /// Begins to take them.
    fn of(mut input: Input) -> Self {
        let (sender, messages) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(WAITING));
        let held = room.clone();
        tokio::spawn(async move {
            while let Some((message, taken)) = input.recv().await {
                let size = u32::try_from(message.len().min(WAITING)).unwrap_or(0);
                if let Ok(permit) = held.acquire_many(size).await {
                    permit.forget();
                }
                if sender.send(message).is_err() {
                    return;
                }
                let _ = taken.send(());
            }
        });
        Self { messages, room }
    }

    /// The next; none once the client has gone.
    async fn next(&mut self) -> Option<Vec<u8>> {
        let message = self.messages.recv().await?;
        self.room.add_permits(message.len().min(WAITING));
        Some(message)
    }
}

/// Runs a command in a container, or attaches to what runs there, and carries what both sides say until the end.
pub async fn remote_command(
    calls: Calls,
    request: NodeRequest,
    container: String,
    tty: bool,
    pieces: Pieces,
    input: Input,
) {
    let carried = async {
        let (url, kinds) = begin(&calls, &request, &container, tty).await?;
        let stream = connect(&url).await.map_err(|e| e.to_string())?;
        carry(stream, &kinds, &pieces, Taken::of(input))
            .await
            .map_err(|e| e.to_string())
    };
    if let Err(why) = carried.await {
        let message = format!(
            "Internal error occurred: Internal error occurred: error executing command in container: {why}"
        );
        send_status(
            &pieces,
            &tree!({"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500}),
        )
        .await;
    }
}

async fn send_status(pieces: &Pieces, status: &Value) {
    let message = [&[ERROR], status.to_json().as_bytes()].concat();
    let _ = pieces.send(Piece::Bytes(message)).await;
}

/// Asks the runtime for a stream: where it is, and which channels it has.
async fn begin(
    calls: &Calls,
    request: &NodeRequest,
    container: &str,
    tty: bool,
) -> std::result::Result<(String, Vec<u8>), String> {
    let wants = |key: &str| request.param(key) == "true" || request.param(key) == "1";
    let attach = request.call == NodeCall::Attach;
    let tty = if attach { tty } else { wants("tty") };
    let (stdin, stdout, stderr) = (
        wants("stdin"),
        wants("stdout") || attach && !wants("stderr"),
        wants("stderr") && !tty,
    );
    let answer: std::result::Result<api::StreamUrl, _> = if attach {
        let asked = api::AttachRequest {
            container_id: container.to_owned(),
            stdin,
            tty,
            stdout,
            stderr,
        };
        calls.runtime("Attach", &asked).await
    } else {
        let words = request.query.iter().filter(|(k, _)| k == "command");
        let asked = api::ExecRequest {
            container_id: container.to_owned(),
            cmd: words.map(|(_, v)| v.clone()).collect(),
            tty,
            stdin,
            stdout,
            stderr,
        };
        calls.runtime("Exec", &asked).await
    };
    let url = answer.map_err(|e| e.to_string())?.url;
    let kinds = [
        (ERROR, true),
        (STDIN, stdin),
        (STDOUT, stdout),
        (STDERR, stderr),
        (RESIZE, tty),
    ];
    let kinds = kinds.iter().filter(|(_, wanted)| *wanted);
    Ok((url, kinds.map(|(kind, _)| *kind).collect()))
}

/// Connects to the runtime's streaming server, up to the first frame.
async fn connect(url: &str) -> Result<TcpStream> {
    let malformed = || Error::new(ErrorKind::InvalidData, format!("no URL of a stream: {url}"));
    let rest = url.strip_prefix("http://").ok_or_else(malformed)?;
    let (host, path) = rest.split_once('/').ok_or_else(malformed)?;
    let mut stream = tokio::time::timeout(CONNECT_TIME, TcpStream::connect(host)).await??;
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") && answer.len() < LONGEST_HEAD {
        answer.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&answer);
    match text.split(' ').nth(1) {
        Some("101") => Ok(stream),
        _ => Err(Error::other(format!(
            "the container runtime answers {:?}",
            text.lines().next().unwrap_or_default()
        ))),
    }
}

/// The type and number of a channel's stream; a client's are odd.
fn stream_of(kinds: &[u8], channel: u8) -> Option<u32> {
    let at = kinds.iter().position(|k| *k == channel)?;
    u32::try_from(at).ok().map(|at| at * 2 + 1)
}

async fn carry(stream: TcpStream, kinds: &[u8], pieces: &Pieces, taken: Taken) -> Result<()> {
    let (input, output) = tokio::io::split(stream);
    let mut writer = Writer::new(output)?;
    for (at, kind) in kinds.iter().enumerate() {
        let name = match *kind {
            ERROR => "error",
            STDIN => "stdin",
            STDOUT => "stdout",
            STDERR => "stderr",
            _ => "resize",
        };
        writer.open(at as u32 * 2 + 1, "streamtype", name).await?;
    }
    let (pings, asked) = mpsc::unbounded_channel();
    // Both at once: the process may wait for its output to be read before it reads on.
    tokio::select! {
        read = read(Reader::of_server(input), kinds, pieces, &pings) => read,
        written = write(writer, kinds, taken, asked) => written,
    }
}

async fn read(
    mut reader: Reader<ReadHalf<TcpStream>>,
    kinds: &[u8],
    pieces: &Pieces,
    pings: &mpsc::UnboundedSender<u32>,
) -> Result<()> {
    let channel = |stream: u32| {
        let at = usize::try_from(stream / 2).unwrap_or(usize::MAX);
        kinds.get(at).copied().filter(|_| stream % 2 == 1)
    };
    let outputs = kinds.iter().filter(|k| matches!(**k, STDOUT | STDERR));
    let mut open = outputs.count() + 1;
    let mut status = Vec::new();
    while open > 0 {
        let Some(frame) = reader.next().await? else {
            break;
        };
        let (stream, bytes, fin) = match frame {
            Frame::Data { stream, bytes, fin } => (stream, bytes, fin),
            Frame::Reset(stream) => (stream, Vec::new(), true),
            Frame::Ping(number) => {
                let _ = pings.send(number);
                continue;
            }
            _ => continue,
        };
        let Some(channel @ (STDOUT | STDERR | ERROR)) = channel(stream) else {
            continue;
        };
        open -= usize::from(fin);
        if channel == ERROR {
            status.extend(bytes);
        } else if !bytes.is_empty() {
            let message = [&[channel], bytes.as_slice()].concat();
            if pieces.send(Piece::Bytes(message)).await.is_err() {
                return Ok(());
            }
        }
    }
    // What the process said has been told; now how it ended.
    let status = match Value::from_json(&status) {
        Ok(status) if !status.is_null() => status,
        _ => tree!({"metadata": {}, "status": "Success"}),
    };
    send_status(pieces, &status).await;
    Ok(())
}

async fn write(
    mut writer: Writer<WriteHalf<TcpStream>>,
    kinds: &[u8],
    mut taken: Taken,
    mut pings: mpsc::UnboundedReceiver<u32>,
) -> Result<()> {
    loop {
        let message = tokio::select! {
            Some(number) = pings.recv() => {
                writer.ping(number).await?;
                continue;
            }
            message = taken.next() => message,
        };
        // The client has gone: so does the connection.
        let Some(message) = message else {
            return Ok(());
        };
        let (channel, bytes, fin) = match message.split_first() {
            Some((&STDIN, bytes)) => (STDIN, bytes, false),
            Some((&RESIZE, bytes)) => (RESIZE, bytes, false),
            Some((&CLOSE, [STDIN])) => (STDIN, &[][..], true),
            _ => continue,
        };
        if let Some(stream) = stream_of(kinds, channel) {
            writer.data(stream, bytes, fin).await?;
        }
    }
}

/// Carries one connection to a port of a pod.
pub async fn port_forward(calls: Calls, sandbox: String, port: u16, pieces: Pieces, input: Input) {
    let connected = match calls.network_namespace(&sandbox).await {
        Ok(namespace) => connect_inside(namespace, port).await,
        Err(error) => Err(error.to_string()),
    };
    let stream = match connected {
        Ok(stream) => stream,
        Err(why) => {
            let _ = pieces
                .send(Piece::Bytes([&[1], why.as_bytes()].concat()))
                .await;
            return;
        }
    };
    let (mut from, mut to) = tokio::io::split(stream);
    let mut taken = Taken::of(input);
    let reading = async {
        let mut buffer = vec![0; 32 << 10];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let bytes = buffer.get(..read).unwrap_or_default();
            let message = [&[STDIN], bytes].concat();
            if pieces.send(Piece::Bytes(message)).await.is_err() {
                return;
            }
        }
    };
    let writing = async {
        while let Some(message) = taken.next().await {
            let done = match message.split_first() {
                Some((&STDIN, bytes)) => to.write_all(bytes).await,
                Some((&CLOSE, [STDIN])) => to.shutdown().await,
                _ => Ok(()),
            };
            if done.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
    }
}

/// Connects to a port inside of a network namespace, none for this one.
async fn connect_inside(
    namespace: Option<PathBuf>,
    port: u16,
) -> std::result::Result<TcpStream, String> {
    let refused = move |e: Error| {
        let why = match e.kind() {
            ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
            _ => e.to_string(),
        };
        format!(
            "failed to connect to localhost:{port} inside namespace: dial tcp4 127.0.0.1:{port}: {why}"
        )
    };
    let (sender, made) = tokio::sync::oneshot::channel();
    // A thread of its own, since it does not come back from there.
    let begun = std::thread::Builder::new()
        .name("port-forward".into())
        .spawn(move || {
            let _ = sender.send(connect_from(namespace.as_deref(), port));
        });
    begun.map_err(|e| e.to_string())?;
    let made = made.await.map_err(|e| e.to_string())?;
    let stream = made.map_err(refused)?;
    stream.set_nonblocking(true).map_err(refused)?;
    TcpStream::from_std(stream).map_err(refused)
}

fn connect_from(namespace: Option<&Path>, port: u16) -> Result<std::net::TcpStream> {
    if let Some(path) = namespace {
        let file = std::fs::File::open(path)?;
        rustix::thread::move_into_link_name_space(
            std::os::fd::AsFd::as_fd(&file),
            Some(rustix::thread::LinkNameSpaceType::Network),
        )?;
    }
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    std::net::TcpStream::connect_timeout(&address, CONNECT_TIME)
}
