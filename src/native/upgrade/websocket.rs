//! What WebSocket carries: the channels of a command, forwarded ports, or SPDY in a tunnel.

use super::connection::{self, Said};
use super::{
    CLOSE, CLOSING_TIME, ERROR, Head, MAX_SILENCE, PING_EVERY, RESIZE, Remote, STDIN, STDOUT,
    Streams,
};
use crate::native::driver::Session;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use std::io::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

/// The longest message that is taken.
const LONGEST: usize = 1 << 20;
/// Bytes that a tunnel holds.
const TUNNEL: usize = 64 << 10;
/// Pieces of a connection that wait while it is busy.
const PIECES_AHEAD: usize = 16;

/// A socket whose silence is noticed.
pub struct Socket<S> {
    stream: WebSocketStream<S>,
    ping: tokio::time::Interval,
    silent: u32,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Takes a connection over that was upgraded; messages of more than `longest` bytes break it.
    pub async fn new(stream: S, role: Role, longest: usize) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(longest))
            .max_frame_size(Some(longest));
        Self {
            stream: WebSocketStream::from_raw_socket(stream, role, Some(config)).await,
            ping: tokio::time::interval(PING_EVERY),
            silent: 0,
        }
    }

    /// The next message; none once the client has gone. Nothing is lost where this is not waited for to its end.
    ///
    /// # Errors
    /// Where the connection breaks, or the client is silent for too long.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            tokio::select! {
                message = self.stream.next() => {
                    self.silent = 0;
                    match message {
                        Some(Ok(message @ (Message::Binary(_) | Message::Text(_)))) => {
                            return Ok(Some(message.into_data()));
                        }
                        Some(Ok(Message::Close(_))) | None => return Ok(None),
                        Some(Ok(_)) => {}
                        Some(Err(error)) => return Err(Error::other(error)),
                    }
                }
                _ = self.ping.tick() => {
                    self.silent += 1;
                    if self.silent > MAX_SILENCE {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    let ping = Message::Ping(Bytes::new());
                    self.stream.send(ping).await.map_err(Error::other)?;
                }
            }
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn send(&mut self, message: Vec<u8>) -> Result<()> {
        let message = Message::Binary(message.into());
        self.stream.send(message).await.map_err(Error::other)
    }

    /// Says goodbye, and waits for the client to do so.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn close(mut self) -> Result<()> {
        self.stream
            .close(Some(goodbye()))
            .await
            .map_err(Error::other)?;
        let rest = async { while let Some(Ok(_)) = self.stream.next().await {} };
        let _ = tokio::time::timeout(CLOSING_TIME, rest).await;
        Ok(())
    }
}

/// All went well: clients take a close without a code for a failure.
fn goodbye() -> CloseFrame {
    CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    }
}

/// Carries the channels of a command until it ends or the client goes. In version 5 channels can be ended by themselves.
///
/// # Errors
/// Where the connection breaks.
pub async fn remote_command<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    session: Session,
    streams: &Streams,
    v5: bool,
) -> Result<()> {
    let mut socket = Socket::new(stream, Role::Server, LONGEST).await;
    let mut remote = Remote::new(session, streams);
    // Tells the client that all is set up.
    let first = match (streams.stdout, streams.stderr) {
        (true, _) => STDOUT,
        (_, true) => 2,
        _ => ERROR,
    };
    socket.send(vec![first]).await?;
    loop {
        tokio::select! {
            message = socket.next() => match message? {
                None => return Ok(()),
                Some(message) => match message.split_first() {
                    // Before version 5 an empty message was a sign of life.
                    Some((&(STDIN | RESIZE), [])) | None => {}
                    Some((&STDIN, bytes)) if streams.stdin => {
                        let echo = remote.input(bytes).await;
                        if !echo.is_empty() && streams.stdout {
                            socket.send([&[STDOUT], echo.as_slice()].concat()).await?;
                        }
                    }
                    Some((&RESIZE, size)) if streams.tty => remote.resize(size).await,
                    Some((&CLOSE, &[STDIN])) if v5 => remote.end_input().await,
                    _ => {}
                }
            },
            message = remote.next() => {
                let Some(message) = message else { break };
                let last = message.first() == Some(&ERROR);
                let wanted = match message.first() {
                    Some(&STDOUT) => streams.stdout,
                    Some(2) => streams.stderr,
                    _ => true,
                };
                if wanted {
                    socket.send(message).await?;
                }
                if last {
                    break;
                }
            }
        }
    }
    drop(remote);
    socket.close().await
}

/// Forwards one connection to each of these ports: channel 2n carries the bytes of the nth, channel 2n+1 what went wrong; each
/// begins with the port's number (`portforward/websocket.go`).
///
/// # Errors
/// Where the connection breaks.
pub async fn port_forward<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    head: Head,
    ports: &[u16],
) -> Result<()> {
    let mut socket = Socket::new(stream, Role::Server, LONGEST).await;
    let (says, mut said) = mpsc::unbounded_channel();
    let (mut tasks, mut inputs) = (JoinSet::new(), Vec::new());
    // A channel is one byte.
    for (n, port) in (0_u8..127).zip(ports) {
        for channel in [2 * n, 2 * n + 1] {
            let [low, high] = port.to_le_bytes();
            socket.send(vec![channel, low, high]).await?;
        }
        let (input, output) = mpsc::channel(PIECES_AHEAD);
        inputs.push(input);
        let (head, says) = (head.clone(), says.clone());
        tasks.spawn(connection::serve(n.into(), *port, head, output, says));
    }
    let mut open = inputs.len();
    while open > 0 {
        tokio::select! {
            message = socket.next() => match message? {
                None => return Ok(()),
                Some(message) => {
                    if let Some((channel, data)) = message.split_first()
                        && channel % 2 == 0
                        && !data.is_empty()
                        && let Some(input) = inputs.get(usize::from(channel / 2))
                    {
                        // A connection that is over takes nothing any more.
                        let _ = input.send(data.to_vec()).await;
                    }
                }
            },
            Some((n, said)) = said.recv() => {
                let n = u8::try_from(n).unwrap_or_default();
                match said {
                    Said::Data(bytes) => {
                        for piece in bytes.chunks(LONGEST / 2) {
                            socket.send([&[2 * n], piece].concat()).await?;
                        }
                    }
                    Said::Failed(why) => {
                        socket.send([&[2 * n + 1], why.as_bytes()].concat()).await?;
                    }
                    Said::End => open -= 1,
                }
            }
        }
    }
    socket.close().await
}

/// The bytes that travel in the messages of a socket, as a stream of their own.
pub fn tunnel<S>(stream: S) -> DuplexStream
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (near, far) = tokio::io::duplex(TUNNEL);
    tokio::spawn(async move {
        let config = WebSocketConfig::default().max_message_size(Some(LONGEST));
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        if let Err(error) = pass(socket, far).await {
            tracing::debug!("a tunnel broke: {error}");
        }
    });
    near
}

/// Passes bytes on in both directions, neither of which waits for the other, until one ends.
async fn pass<S>(socket: WebSocketStream<S>, far: DuplexStream) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sink, mut messages) = socket.split();
    let (mut input, mut output) = tokio::io::split(far);
    let there = async {
        while let Some(message) = messages.next().await {
            match message.map_err(Error::other)? {
                message @ Message::Binary(_) => output.write_all(&message.into_data()).await?,
                Message::Close(_) => break,
                _ => {}
            }
        }
        Ok(())
    };
    let back = async {
        let mut buffer = vec![0; 32 << 10];
        loop {
            match input.read(&mut buffer).await? {
                0 => break,
                n => {
                    let piece = Bytes::copy_from_slice(buffer.get(..n).unwrap_or_default());
                    let message = Message::Binary(piece);
                    sink.send(message).await.map_err(Error::other)?;
                }
            }
        }
        let close = Message::Close(Some(goodbye()));
        sink.send(close).await.map_err(Error::other)
    };
    tokio::select! {
        over = there => over,
        over = back => over,
    }
}
