//! Streams both ways over WebSocket, from kubectl's side: `exec`, `attach` and `portforward`.

use crate::apimachinery::http::{Request, Upgraded};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, Method};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::hash::{BuildHasher, RandomState};
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Messages that are read ahead.
const MESSAGES_AHEAD: usize = 16;
const V5: &str = "v5.channel.k8s.io";
const CLOSE: u8 = 255;

/// A request's wish for streams.
pub struct Wanted {
    key: String,
    forwards: bool,
}

impl Wanted {
    /// The wish of a request, if it has it.
    pub fn of(request: &Request) -> Option<Self> {
        request.extensions().get::<Upgraded>()?;
        let random = || RandomState::new().hash_one(request.uri()).to_le_bytes();
        Some(Self {
            key: STANDARD.encode([random(), random()].concat()),
            forwards: request.uri().path().ends_with("/portforward"),
        })
    }

    /// Writes it into the request.
    pub fn ask(&self, request: &mut http::Request<Full<Bytes>>) {
        *request.method_mut() = Method::GET;
        let protocols = match self.forwards {
            true => "v4.channel.k8s.io",
            false => "v5.channel.k8s.io, v4.channel.k8s.io",
        };
        let headers = request.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocols));
        if let Ok(key) = HeaderValue::from_str(&self.key) {
            headers.insert(SEC_WEBSOCKET_KEY, key);
        }
    }
}

/// An open socket; dropping it closes it.
pub struct Socket {
    output: mpsc::UnboundedSender<Vec<u8>>,
    input: mpsc::Receiver<Result<Bytes, String>>,
    v5: bool,
    /// Channels whose first message, the port's number, is still to come.
    announced: Vec<u8>,
}

impl Socket {
    /// Takes over the connection on which a server has answered the wish.
    ///
    /// # Errors
    /// Where the answer does not fit the wish, or the connection breaks.
    pub async fn open(wanted: Wanted, answer: http::Response<Incoming>) -> Result<Self, String> {
        let header = |headers: &HeaderMap, name| {
            let value = headers
                .get(name)
                .and_then(|v: &HeaderValue| v.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        if header(answer.headers(), SEC_WEBSOCKET_ACCEPT)
            != derive_accept_key(wanted.key.as_bytes())
        {
            return Err("websocket: bad handshake".to_owned());
        }
        let v5 = header(answer.headers(), SEC_WEBSOCKET_PROTOCOL) == V5;
        let upgraded = hyper::upgrade::on(answer)
            .await
            .map_err(|e| e.to_string())?;
        let stream =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None).await;
        let (mut sink, mut messages) = stream.split();
        let (output, mut outgoing) = mpsc::unbounded_channel::<Vec<u8>>();
        let (incoming, input) = mpsc::channel(MESSAGES_AHEAD);
        tokio::task::spawn_local(async move {
            while let Some(message) = outgoing.recv().await {
                if sink.send(Message::Binary(message.into())).await.is_err() {
                    return;
                }
            }
            let _ = sink.close().await;
        });
        tokio::task::spawn_local(async move {
            while let Some(message) = messages.next().await {
                let message = match message {
                    Ok(Message::Close(_)) => return,
                    Ok(message) if message.is_binary() || message.is_text() => {
                        Ok(message.into_data())
                    }
                    Ok(_) => continue,
                    Err(error) => Err(format!("error reading from the server: {error}")),
                };
                let over = message.is_err();
                if incoming.send(message).await.is_err() || over {
                    return;
                }
            }
        });
        let announced = if wanted.forwards {
            vec![0, 1]
        } else {
            Vec::new()
        };
        Ok(Self {
            output,
            input,
            v5,
            announced,
        })
    }

    /// The next message; none at the end.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Vec<u8>>, String>> {
        loop {
            let message = match self.input.poll_recv(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(Ok(None)),
                Poll::Ready(Some(Err(why))) => return Poll::Ready(Err(why)),
                Poll::Ready(Some(Ok(message))) => message,
            };
            let channel = message.first().copied();
            let first = self.announced.iter().position(|c| Some(*c) == channel);
            match first {
                Some(at) => {
                    self.announced.swap_remove(at);
                }
                // An empty message tells that all is set up.
                None if message.len() > 1 => return Poll::Ready(Ok(Some(message.into()))),
                None => {}
            }
        }
    }

    /// Sends a message. Before version 5 there was no way to say that a channel has ended.
    pub fn write(&self, message: Vec<u8>) {
        if self.v5 || message.first() != Some(&CLOSE) {
            // A connection that broke is told of by what is read.
            let _ = self.output.send(message);
        }
    }
}
