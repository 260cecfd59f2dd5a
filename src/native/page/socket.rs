//! The line between a page and its desk: messages as the page's worker has them, over a WebSocket.

use super::desks::{Batch, DeskCommand};
use super::offered;
use crate::apimachinery::status::Status;
use crate::native::driver::Handle;
use crate::native::exchange::OutBody;
use crate::native::upgrade::Socket;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tracing::debug;

/// What the line speaks.
const PROTOCOL: &str = "v1.session.kubarium.dev";
/// The longest message of a page: a text in the editor.
const LONGEST: usize = 8 << 20;
/// Batches that wait for a page that is slow; the rest stays at its desk.
const BATCHES_AHEAD: usize = 4;

/// Opens a desk for a page; the answer to its request.
///
/// # Errors
/// Where the request is not for such a line.
pub fn open(
    mut request: Request<Incoming>,
    cluster: &Handle,
    next_desk: &AtomicU32,
) -> Result<Response<OutBody>, Status> {
    let headers = request.headers();
    if !offered(headers).any(|protocol| protocol == PROTOCOL) {
        return Err(Status::bad_request(format!(
            "the page is of another version: it does not offer the protocol {PROTOCOL}"
        )));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY);
    let accept = key.map(|key| derive_accept_key(key.as_bytes()));
    let accept = accept.and_then(|accept| HeaderValue::try_from(accept).ok());
    let accept = accept.ok_or_else(|| Status::bad_request("Sec-WebSocket-Key is missing"))?;
    let number = next_desk.fetch_add(1, Ordering::Relaxed);
    let connection = hyper::upgrade::on(&mut request);
    let cluster = cluster.clone();
    tokio::spawn(async move {
        let ended = match connection.await {
            Ok(upgraded) => carry(TokioIo::new(upgraded), number, &cluster).await,
            Err(error) => Err(std::io::Error::other(error)),
        };
        if let Err(error) = ended {
            debug!("the line to page {number} broke: {error}");
        }
        cluster.desk(DeskCommand::Close(number));
    });
    let mut response = Response::new(OutBody::Whole(None));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    Ok(response)
}

async fn carry<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    number: u32,
    cluster: &Handle,
) -> std::io::Result<()> {
    let mut socket = Socket::new(stream, Role::Server, LONGEST).await;
    let (sender, mut batches) = mpsc::channel::<Batch>(BATCHES_AHEAD);
    cluster.desk(DeskCommand::Open(number, sender));
    loop {
        tokio::select! {
            message = socket.next() => {
                let Some(message) = message? else { return Ok(()) };
                let message = serde_json::from_slice(&message).map_err(std::io::Error::other)?;
                cluster.desk(DeskCommand::Message(number, Box::new(message)));
            }
            batch = batches.recv() => {
                let Some(batch) = batch else { return socket.close().await };
                // Nobody learns of what could still be lost.
                if !cluster.kept().reached(batch.revision).await {
                    return socket.close().await;
                }
                socket.send(batch.bytes).await?;
                cluster.desk(DeskCommand::Look);
            }
        }
    }
}
