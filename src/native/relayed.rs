//! Answers of other servers, in pods and elsewhere, on their way to the client: as they come, but for HTML, whose links are changed so that they lead
//! through the API server again.

mod links;

use super::driver::{Handle, Live, Piece};
use super::exchange::{LiveBody, OutBody};
use crate::apimachinery::http::{Body, Relayed, relayed::REDIRECTED};
use crate::apimachinery::status::Status;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use http::{Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::io::{Read, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A longer page is handed on as it is.
const LONGEST_PAGE: usize = 32 << 20;

/// The answer that comes on a stream; to a request for the head alone where `bare`. Where the server changes the protocol, `upgrade` is
/// the client's connection.
///
/// # Errors
/// Where nobody answers in HTTP: 503 with the reason.
pub async fn answer(
    live: Live,
    relayed: &Relayed,
    bare: bool,
    cluster: &Handle,
    upgrade: Option<OnUpgrade>,
) -> Result<Response<OutBody>, Status> {
    let mut rest = LiveBody::new(live, None, cluster);
    let response = read(&mut rest, relayed).await.map_err(|why| {
        let why = format!("error trying to reach service: {why}");
        Status::failure(503, "ServiceUnavailable", why)
    });
    let response = match response {
        Err(status) if relayed.plain => return Ok(told(status.message())),
        response => response?,
    };
    let (mut parts, body) = response.into_parts();
    if parts.status == StatusCode::SWITCHING_PROTOCOLS
        && let (Some(upgrade), Got::Begun(first)) = (upgrade, &body)
    {
        tokio::spawn(carry(upgrade, rest, first.clone(), cluster.clone()));
        return Ok(Response::from_parts(parts, OutBody::Whole(None)));
    }
    let body = match body {
        Got::All(bytes) => {
            if !bare {
                // The length is what it is, whatever the server says.
                parts.headers.remove(CONTENT_LENGTH);
            }
            OutBody::Whole(Some(bytes.into()))
        }
        Got::Begun(bytes) => {
            rest.begin_with(bytes);
            OutBody::Live(Box::new(rest))
        }
    };
    Ok(Response::from_parts(parts, body))
}

/// Carries bytes between a client and a server that changed the protocol, until one of them ends.
async fn carry(upgrade: OnUpgrade, mut server: LiveBody, first: Vec<u8>, cluster: Handle) {
    let Ok(client) = upgrade.await else {
        return;
    };
    let (mut reader, mut writer) = tokio::io::split(TokioIo::new(client));
    let id = server.reader();
    let mut next = first;
    let to_client = async move {
        loop {
            let written = match next.is_empty() {
                true => Ok(()),
                false => writer.write_all(&next).await,
            };
            if written.is_err() || writer.flush().await.is_err() {
                return;
            }
            next = match server.piece().await {
                Some(Piece::Bytes(bytes)) => bytes,
                Some(Piece::Events(..)) => Vec::new(),
                Some(Piece::Failed(_)) | None => return,
            };
        }
    };
    let to_server = async {
        let mut bytes = vec![0; 16 << 10];
        while let Ok(read @ 1..) = reader.read(&mut bytes).await {
            cluster.write(id, bytes[..read].to_vec()).await;
        }
    };
    tokio::select! {
        () = to_client => {}
        () = to_server => {}
    }
}

/// 503 in plain text, as Go's `http.Error` answers.
fn told(why: &str) -> Response<OutBody> {
    let mut response = Response::new(OutBody::Whole(Some(format!("{why}\n").into())));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let kind = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// What was read of a body.
enum Got {
    All(Vec<u8>),
    Begun(Vec<u8>),
}

async fn read(live: &mut LiveBody, relayed: &Relayed) -> Result<Response<Got>, String> {
    let mut bytes = Vec::new();
    let mut over = false;
    let (mut parts, length) = loop {
        if let Some(head) = relayed.head(&bytes)? {
            break head;
        }
        over = !more(live, &mut bytes).await?;
        if over {
            // It says what is missing.
            relayed.whole(&bytes)?;
        }
    };
    if relayed.redirects(&parts) {
        let (parts, ()) = Relayed::refuse_redirect(()).into_parts();
        return Ok(Response::from_parts(parts, Got::All(REDIRECTED.into())));
    }
    // Other APIs' answers are their own.
    let page = !relayed.plain && is_html(&parts.headers);
    let chunked = parts.headers.contains_key(TRANSFER_ENCODING);
    while !over && (chunked || page && bytes.len() < LONGEST_PAGE) {
        over = !more(live, &mut bytes).await?;
    }
    if !over {
        return Ok(Response::from_parts(
            parts,
            Got::Begun(bytes.split_off(length)),
        ));
    }
    let mut body = match chunked {
        false => bytes.split_off(length),
        true => match relayed.whole(&bytes)?.into_body() {
            Body::Bytes(bytes) => bytes,
            _ => Vec::new(),
        },
    };
    parts.headers.remove(TRANSFER_ENCODING);
    if page && !body.is_empty() {
        let (headers, relayed) = (parts.headers.clone(), relayed.clone());
        // A long page takes a while, in which others are not to wait.
        let changing = tokio::task::spawn_blocking(move || {
            rewritten(&body, &headers, &relayed).unwrap_or(body)
        });
        body = changing.await.map_err(|e| e.to_string())?;
    }
    Ok(Response::from_parts(parts, Got::All(body)))
}

/// Reads on; false at the end.
async fn more(live: &mut LiveBody, bytes: &mut Vec<u8>) -> Result<bool, String> {
    match live.piece().await {
        None => Ok(false),
        Some(Piece::Bytes(more)) => {
            bytes.extend(more);
            Ok(true)
        }
        Some(Piece::Failed(why)) => Err(why),
        Some(Piece::Events(..)) => Ok(true),
    }
}

/// Whether links are to be changed: not where they lead elsewhere already (upstream's `Transport`).
fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let kind = kind.and_then(|k| k.split(';').next());
    !headers.contains_key("location") && kind.is_some_and(|k| k.trim() == "text/html")
}

/// A page with its links changed; none where it is compressed in a way that is not read.
fn rewritten(body: &[u8], headers: &HeaderMap, relayed: &Relayed) -> Option<Vec<u8>> {
    let change = |html: &[u8]| links::rewrite(html, &|url| relayed.rewrite(url));
    match headers.get(CONTENT_ENCODING).map(|v| v.as_bytes()) {
        None | Some(b"" | b"identity") => Some(change(body)),
        Some(b"gzip") => {
            let mut html = Vec::new();
            let mut reader = GzDecoder::new(body).take(LONGEST_PAGE as u64);
            reader.read_to_end(&mut html).ok()?;
            if html.len() == LONGEST_PAGE {
                return None;
            }
            let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
            writer.write_all(&change(&html)).ok()?;
            writer.finish().ok()
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_pages_are_read_as_well() {
        let relayed = Relayed {
            prefix: "/p".into(),
            ..Relayed::default()
        };
        let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
        writer.write_all(b"<a href=/x>").expect("a vector");
        let packed = writer.finish().expect("a vector");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, "gzip".parse().expect("a value"));
        let changed = rewritten(&packed, &headers, &relayed).expect("a page");
        let mut html = String::new();
        GzDecoder::new(&changed[..])
            .read_to_string(&mut html)
            .expect("gzip");
        assert_eq!(html, "<a href=\"/p/x\">");
        headers.insert(CONTENT_ENCODING, "br".parse().expect("a value"));
        assert_eq!(rewritten(&packed, &headers, &relayed), None);
    }
}
