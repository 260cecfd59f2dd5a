//! One connection that is forwarded to a pod. To a pod of a real node it is a connection. In the simulated cluster's network a request goes as a whole and is answered as a whole, so
//! bytes are gathered until they are one; the connection itself lives on as long as both sides want.

use super::Head;
use crate::native::driver::{Answer, Piece, Session};
use crate::sim::framing::{find, request_length};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;

/// The most that is gathered of one request.
const LONGEST: usize = 16 << 20;
/// How long the rest of a request may take.
const REST_TIME: Duration = Duration::from_secs(60);

/// What a connection says to its client.
#[derive(Debug)]
pub enum Said {
    /// Bytes.
    Data(Vec<u8>),
    /// It came to nothing, for this reason.
    Failed(String),
    /// Nothing follows.
    End,
}

/// What connections say, by their numbers.
pub type Says = mpsc::UnboundedSender<(u32, Said)>;

/// Serves the connection `number` to `port` of a pod until either side ends it; `input` ends with the client's side of it.
pub async fn serve(
    number: u32,
    port: u16,
    head: Head,
    mut input: mpsc::Receiver<Vec<u8>>,
    says: Says,
) {
    // Nobody listens any more where these fail.
    let _ = match head.real {
        true => carry(number, port, &head, &mut input, &says).await,
        false => exchange(number, port, &head, &mut input, &says).await,
    };
    let _ = says.send((number, Said::End));
}

async fn exchange(
    number: u32,
    port: u16,
    head: &Head,
    input: &mut mpsc::Receiver<Vec<u8>>,
    says: &Says,
) -> Result<(), SendError<(u32, Said)>> {
    let mut waiting = Vec::new();
    loop {
        let Some(request) = gather(&mut waiting, input).await else {
            return Ok(());
        };
        let closing = asks_to_close(&request);
        match ask(port, head, request).await {
            // A server that says nothing has closed the connection.
            Ok(answer) if answer.is_empty() => return Ok(()),
            Ok(answer) => says.send((number, Said::Data(answer)))?,
            Err(why) => return says.send((number, Said::Failed(failure(port, head, &why)))),
        }
        if closing {
            return Ok(());
        }
    }
}

/// Carries bytes as they come, both ways.
async fn carry(
    number: u32,
    port: u16,
    head: &Head,
    input: &mut mpsc::Receiver<Vec<u8>>,
    says: &Says,
) -> Result<(), SendError<(u32, Said)>> {
    let failed = |why: String| says.send((number, Said::Failed(failure(port, head, &why))));
    let mut session = match open(port, head).await {
        Ok(session) => session,
        Err(why) => return failed(why),
    };
    let mut open = true;
    loop {
        tokio::select! {
            piece = session.next() => match piece {
                Some(Piece::Bytes(bytes)) => match bytes.split_first() {
                    Some((0, data)) => says.send((number, Said::Data(data.to_vec())))?,
                    Some((_, why)) => return failed(String::from_utf8_lossy(why).into_owned()),
                    None => {}
                },
                Some(Piece::Failed(why)) => return failed(why),
                Some(Piece::Events(..)) => {}
                None => return Ok(()),
            },
            bytes = input.recv(), if open => match bytes {
                Some(bytes) => session.write([&[0], bytes.as_slice()].concat()).await,
                None => {
                    open = false;
                    session.write(vec![255, 0]).await;
                }
            },
        }
    }
}

/// What a client is told of a connection that came to nothing.
fn failure(port: u16, head: &Head, why: &str) -> String {
    let pod = head.path.split('/').nth_back(1).unwrap_or_default();
    format!("error forwarding port {port} to pod {pod}, uid : {why}")
}

/// Opens a stream to a port.
async fn open(port: u16, head: &Head) -> Result<Session, String> {
    match head.ask(&format!("ports={port}")).await {
        Answer::Live(_, live) => Ok(Session::new(live, head.cluster.clone())),
        Answer::Whole(response) => {
            let body = crate::apiserver::wire::body_bytes(response.into_body());
            let status = crate::apimachinery::Value::from_json(&body).unwrap_or_default();
            Err(status.get("message").str().to_owned())
        }
        Answer::Unauthorized => Err("Unauthorized".to_owned()),
        Answer::Refused => Err("the API server of this cluster is stopped".to_owned()),
    }
}

/// Sends one request and gives its answer, or why there is none.
async fn ask(port: u16, head: &Head, request: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut session = open(port, head).await?;
    let mut message = vec![0];
    message.extend(request);
    session.write(message).await;
    // What came is all that will come.
    session.write(vec![255, 0]).await;
    let mut answer = Vec::new();
    while let Some(piece) = session.next().await {
        match piece {
            Piece::Bytes(bytes) => match bytes.split_first() {
                Some((0, data)) => answer.extend_from_slice(data),
                Some((_, why)) => return Err(String::from_utf8_lossy(why).into_owned()),
                None => {}
            },
            Piece::Failed(why) => return Err(why),
            Piece::Events(..) => {}
        }
    }
    Ok(answer)
}

/// The next whole request: what came after its end stays in `waiting`. None once the client has ended its side.
async fn gather(waiting: &mut Vec<u8>, input: &mut mpsc::Receiver<Vec<u8>>) -> Option<Vec<u8>> {
    if waiting.is_empty() {
        *waiting = input.recv().await?;
    }
    loop {
        if let Some(length) = request_length(waiting) {
            let rest = waiting.split_off(length);
            return Some(std::mem::replace(waiting, rest));
        }
        match tokio::time::timeout(REST_TIME, input.recv()).await {
            Ok(Some(more)) if waiting.len() < LONGEST => waiting.extend(more),
            _ => return Some(std::mem::take(waiting)),
        }
    }
}

/// Whether a request is its connection's last.
fn asks_to_close(request: &[u8]) -> bool {
    let head = find(request, b"\r\n\r\n").unwrap_or(0);
    let head = String::from_utf8_lossy(request.get(..head).unwrap_or_default());
    let head = head.to_ascii_lowercase();
    let close = |l: &str| l.starts_with("connection:") && l.contains("close");
    head.lines().any(close) || head.lines().next().is_some_and(|l| l.ends_with("http/1.0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_request_of_a_connection_is_known() {
        assert!(asks_to_close(
            b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
        ));
        assert!(asks_to_close(b"GET / HTTP/1.0\r\n\r\n"));
        assert!(!asks_to_close(b"GET / HTTP/1.1\r\n\r\n"));
    }
}
