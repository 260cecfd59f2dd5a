//! `exec` and `attach` over SPDY: one stream each for input, outputs, the terminal's size and the end (`remotecommand/httpstream.go`).

use super::spdy::{Frame, Reader, Writer};
use super::{
    CLOSING_TIME, ERROR, MAX_SILENCE, OPENING_TIME, PING_EVERY, RESIZE, Remote, STDIN, STDOUT,
    Streams,
};
use crate::native::driver::Session;
use std::io::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Frames that are read before the first of them is looked at.
const FRAMES_AHEAD: usize = 8;

/// A connection's frames: read by a task of its own, because waiting for one must not be broken off halfway.
pub struct Frames {
    frames: mpsc::Receiver<Frame>,
    _task: JoinSet<()>,
}

impl Frames {
    /// Begins to read.
    pub fn read(input: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (sender, frames) = mpsc::channel(FRAMES_AHEAD);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut reader = Reader::new(input);
            loop {
                match reader.next().await {
                    Ok(Some(frame)) => {
                        if sender.send(frame).await.is_err() {
                            return;
                        }
                    }
                    Ok(None) => return,
                    Err(error) => return tracing::debug!("a SPDY connection broke: {error}"),
                }
            }
        });
        Self {
            frames,
            _task: task,
        }
    }

    /// The next one; none at the connection's end.
    pub async fn next(&mut self) -> Option<Frame> {
        self.frames.recv().await
    }
}

/// The streams of one command by their channel.
struct Command<S> {
    frames: Frames,
    writer: Writer<WriteHalf<S>>,
    streams: Vec<(u8, u32)>,
}

/// The channel of a stream of this type.
fn channel(streams: &Streams, kind: &str) -> Option<u8> {
    let (channel, wanted) = match kind {
        "stdin" => (STDIN, streams.stdin),
        "stdout" => (STDOUT, streams.stdout),
        "stderr" => (2, streams.stderr),
        "error" => (ERROR, true),
        "resize" => (RESIZE, streams.tty),
        _ => return None,
    };
    wanted.then_some(channel)
}

/// Carries a session until it ends or the client goes.
///
/// # Errors
/// Where the connection breaks.
pub async fn serve<S>(stream: S, session: Session, streams: &Streams) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (input, output): (ReadHalf<S>, _) = tokio::io::split(stream);
    let mut command = Command {
        frames: Frames::read(input),
        writer: Writer::new(output)?,
        streams: Vec::new(),
    };
    tokio::time::timeout(OPENING_TIME, command.open(streams))
        .await
        .map_err(|_| Error::new(ErrorKind::TimedOut, "the client did not open its streams"))??;
    let mut remote = Remote::new(session, streams);
    command.carry(&mut remote).await?;
    drop(remote);
    // The client ends the connection once it has read all.
    let rest = async { while command.frames.next().await.is_some() {} };
    let _ = tokio::time::timeout(CLOSING_TIME, rest).await;
    command.writer.close().await
}

impl<S: AsyncRead + AsyncWrite> Command<S> {
    /// Waits until the client has opened all streams that it asked for.
    async fn open(&mut self, streams: &Streams) -> Result<()> {
        let kinds = ["error", "stdin", "stdout", "stderr", "resize"];
        let wanted = kinds.iter().filter(|k| channel(streams, k).is_some());
        let wanted = wanted.count();
        while self.streams.len() < wanted {
            match self.frames.next().await {
                Some(Frame::Open {
                    stream, headers, ..
                }) => {
                    let kind = headers.iter().find(|(k, _)| k == "streamtype");
                    let kind = kind.map_or("", |(_, v)| v.as_str());
                    match channel(streams, kind) {
                        Some(channel) => {
                            self.streams.push((channel, stream));
                            self.writer.accept(stream).await?;
                        }
                        None => self.writer.refuse(stream).await?,
                    }
                }
                Some(Frame::Ping(number)) if number % 2 == 1 => self.writer.ping(number).await?,
                Some(_) => {}
                None => return Err(ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(())
    }

    async fn carry(&mut self, remote: &mut Remote) -> Result<()> {
        let mut ping = tokio::time::interval(PING_EVERY);
        let mut silent = 0;
        loop {
            tokio::select! {
                frame = self.frames.next() => {
                    silent = 0;
                    match frame {
                        None => return Err(ErrorKind::UnexpectedEof.into()),
                        Some(frame) => self.take(frame, remote).await?,
                    }
                }
                message = remote.next() => match message {
                    Some(message) => {
                        if self.send(&message).await? {
                            return Ok(());
                        }
                    }
                    None => return self.finish().await,
                },
                _ = ping.tick() => {
                    silent += 1;
                    if silent > MAX_SILENCE {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    // Servers ask with even numbers.
                    self.writer.ping(silent * 2).await?;
                }
            }
        }
    }

    /// Passes a client's frame on.
    async fn take(&mut self, frame: Frame, remote: &mut Remote) -> Result<()> {
        let of = |stream: u32| self.streams.iter().find(|(_, s)| *s == stream);
        match frame {
            Frame::Data { stream, bytes, fin } => {
                let Some((channel @ (STDIN | RESIZE), _)) = of(stream).copied() else {
                    return Ok(());
                };
                if channel == RESIZE {
                    remote.resize(&bytes).await;
                    return Ok(());
                }
                let echo = remote.input(&bytes).await;
                if !echo.is_empty() {
                    self.send(&[&[STDOUT], echo.as_slice()].concat()).await?;
                }
                if fin {
                    remote.end_input().await;
                }
            }
            Frame::Reset(stream) if of(stream).is_some_and(|(c, _)| *c == STDIN) => {
                remote.end_input().await;
            }
            Frame::Open { stream, .. } => self.writer.refuse(stream).await?,
            Frame::Ping(number) if number % 2 == 1 => self.writer.ping(number).await?,
            _ => {}
        }
        Ok(())
    }

    /// Passes a session's message on; whether it was the last.
    async fn send(&mut self, message: &[u8]) -> Result<bool> {
        let Some((channel, data)) = message.split_first() else {
            return Ok(false);
        };
        let last = *channel == ERROR;
        let found = self.streams.iter().find(|(c, _)| c == channel).copied();
        if let Some((_, stream)) = found {
            self.writer.data(stream, data, last).await?;
        }
        if last {
            self.finish().await?;
        }
        Ok(last)
    }

    /// Ends the outputs.
    async fn finish(&mut self) -> Result<()> {
        for (channel, stream) in std::mem::take(&mut self.streams) {
            if matches!(channel, STDOUT | 2) {
                self.writer.data(stream, &[], true).await?;
            }
        }
        Ok(())
    }
}
