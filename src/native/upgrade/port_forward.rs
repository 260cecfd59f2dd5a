//! `portforward` over SPDY: two streams for each forwarded connection, one for its bytes, one for what went wrong
//! (`portforward/httpstream.go`).

use super::connection::{self, Said};
use super::remote_command::Frames;
use super::spdy::{Frame, Writer};
use super::{Head, MAX_SILENCE, PING_EVERY};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Pieces of a connection that wait while it is busy.
const PIECES_AHEAD: usize = 16;
/// Connections at one time.
const MAX_CONNECTIONS: usize = 1_000;

/// One forwarded connection, by the number of its data stream.
struct Connection {
    error: u32,
    /// None once the client has ended its side.
    input: Option<mpsc::Sender<Vec<u8>>>,
}

struct Forwarding<S> {
    writer: Writer<WriteHalf<S>>,
    head: Head,
    /// Error streams whose data streams are still to come, by the number of the request.
    errors: BTreeMap<String, u32>,
    connections: BTreeMap<u32, Connection>,
    tasks: JoinSet<()>,
    says: connection::Says,
}

/// Forwards connections until the client ends it all.
///
/// # Errors
/// Where the connection to the client breaks.
pub async fn serve<S>(stream: S, head: Head) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (input, output): (ReadHalf<S>, _) = tokio::io::split(stream);
    let mut frames = Frames::read(input);
    let (says, mut said) = mpsc::unbounded_channel();
    let mut forwarding = Forwarding {
        writer: Writer::new(output)?,
        head,
        errors: BTreeMap::new(),
        connections: BTreeMap::new(),
        tasks: JoinSet::new(),
        says,
    };
    let mut ping = tokio::time::interval(PING_EVERY);
    let mut silent = 0;
    loop {
        tokio::select! {
            frame = frames.next() => {
                silent = 0;
                match frame {
                    Some(frame) => forwarding.take(frame).await?,
                    None => return Ok(()),
                }
            }
            Some((stream, said)) = said.recv() => forwarding.say(stream, said).await?,
            Some(_) = forwarding.tasks.join_next(), if !forwarding.tasks.is_empty() => {}
            _ = ping.tick() => {
                silent += 1;
                if silent > MAX_SILENCE {
                    return Err(ErrorKind::TimedOut.into());
                }
                forwarding.writer.ping(silent * 2).await?;
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite> Forwarding<S> {
    async fn take(&mut self, frame: Frame) -> Result<()> {
        match frame {
            Frame::Open {
                stream, headers, ..
            } => self.open(stream, &headers).await?,
            Frame::Data { stream, bytes, fin } => {
                let Some(connection) = self.connections.get_mut(&stream) else {
                    return Ok(());
                };
                if let Some(input) = &connection.input
                    && !bytes.is_empty()
                {
                    // A connection that is over takes nothing any more.
                    let _ = input.send(bytes).await;
                }
                if fin {
                    connection.input = None;
                }
            }
            Frame::Reset(stream) => {
                self.connections.remove(&stream);
            }
            Frame::Ping(number) if number % 2 == 1 => self.writer.ping(number).await?,
            _ => {}
        }
        Ok(())
    }

    async fn open(&mut self, stream: u32, headers: &[(String, String)]) -> Result<()> {
        let header = |name: &str| {
            let found = headers.iter().find(|(k, _)| k == name);
            found.map_or("", |(_, v)| v.as_str())
        };
        let port = header("port").parse().ok().filter(|p| *p > 0);
        let (kind, id) = (header("streamtype"), header("requestid"));
        match (kind, port) {
            ("error", Some(_)) if self.errors.len() < MAX_CONNECTIONS => {
                self.errors.insert(id.to_owned(), stream);
                self.writer.accept(stream).await
            }
            ("data", Some(port)) if self.connections.len() < MAX_CONNECTIONS => {
                let Some(error) = self.errors.remove(id) else {
                    return self.writer.refuse(stream).await;
                };
                let (input, output) = mpsc::channel(PIECES_AHEAD);
                let (head, says) = (self.head.clone(), self.says.clone());
                self.tasks
                    .spawn(connection::serve(stream, port, head, output, says));
                let input = Some(input);
                self.connections.insert(stream, Connection { error, input });
                self.writer.accept(stream).await
            }
            _ => self.writer.refuse(stream).await,
        }
    }

    async fn say(&mut self, stream: u32, said: Said) -> Result<()> {
        let Some(connection) = self.connections.get(&stream) else {
            return Ok(());
        };
        let error = connection.error;
        match said {
            Said::Data(bytes) => self.writer.data(stream, &bytes, false).await,
            Said::Failed(why) => self.writer.data(error, why.as_bytes(), false).await,
            Said::End => {
                self.connections.remove(&stream);
                self.writer.data(error, &[], true).await?;
                self.writer.data(stream, &[], true).await
            }
        }
    }
}
