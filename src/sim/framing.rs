//! Where a request ends in what comes over a connection.

/// How long the request is that these bytes begin with, if it is there as a whole. Of what is not HTTP, all that has come is one.
pub fn request_length(bytes: &[u8]) -> Option<usize> {
    const METHODS: [&[u8]; 8] = [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"PUT ",
        b"PATCH ",
        b"DELETE ",
        b"OPTIONS ",
        b"TRACE ",
    ];
    let begins = |m: &&[u8]| bytes.starts_with(m) || m.starts_with(bytes);
    if !METHODS.iter().any(begins) {
        return Some(bytes.len());
    }
    let head = find(bytes, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(bytes.get(..head)?).to_ascii_lowercase();
    let header = |name: &str| {
        let mut lines = text.lines().filter_map(|l| l.split_once(':'));
        lines.find(|(k, _)| *k == name).map(|(_, v)| v.trim())
    };
    if header("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
        let end = find(bytes.get(head..)?, b"0\r\n\r\n")?;
        return Some(head + end + 5);
    }
    let length = header("content-length").and_then(|v| v.parse().ok());
    let length = head.checked_add(length.unwrap_or(0_usize))?;
    (bytes.len() >= length).then_some(length)
}

/// Where some bytes first stand among others.
pub fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_as_a_whole() {
        assert_eq!(request_length(b"GET / HTTP/1.1\r\nHost: a\r\n"), None);
        assert_eq!(request_length(b"GE"), None);
        assert_eq!(request_length(b"GET / HTTP/1.1\r\n\r\nGET"), Some(18));
        let post = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab";
        assert_eq!(request_length(post), None);
        assert_eq!(
            request_length(&[post, &b"cd"[..]].concat()),
            Some(post.len() + 1)
        );
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        assert_eq!(request_length(chunked), Some(chunked.len()));
        assert_eq!(request_length(&chunked[..chunked.len() - 2]), None);
        assert_eq!(request_length(b"PING\r\n"), Some(6), "redis");
    }
}
