//! The frames of SPDY/3.1 as far as Kubernetes uses them: streams that a client opens, data both ways, pings. Flow control is
//! not used, as neither client-go nor kubelets use it (`moby/spdystream`).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::io::{Error, ErrorKind, Result};
use std::sync::LazyLock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const VERSION: u16 = 3;
const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const FIN: u8 = 1;
/// Frames that are longer break the connection; clients send at most 32 KiB at once.
const LONGEST: usize = 1 << 20;
/// Headers that are longer break the connection.
const LONGEST_HEADERS: usize = 64 << 10;
/// Data is sent in frames of this size.
const PIECE: usize = 32 << 10;

/// What headers are compressed with before anything is known of them: words of the protocol's text, each behind its length, and a
/// text.
static DICTIONARY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (words, text) = include_str!("../data/spdy-words.txt")
        .rsplit_once('\n')
        .unwrap_or_default();
    let mut bytes = Vec::new();
    for word in words.lines() {
        put(&mut bytes, word);
    }
    bytes.extend(text.as_bytes());
    bytes
});

/// A text behind its length.
fn put(to: &mut Vec<u8>, text: &str) {
    to.extend((text.len() as u32).to_be_bytes());
    to.extend(text.as_bytes());
}

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A new stream.
    Open {
        /// Its number.
        stream: u32,
        /// Its headers, names in lower case.
        headers: Vec<(String, String)>,
        /// Whether nothing follows on it.
        fin: bool,
    },
    /// Bytes of a stream.
    Data {
        /// Its number.
        stream: u32,
        /// The bytes.
        bytes: Vec<u8>,
        /// Whether nothing follows on it.
        fin: bool,
    },
    /// A stream is broken off.
    Reset(u32),
    /// To be answered with the same number.
    Ping(u32),
    /// The client opens no more streams.
    GoAway,
    /// What needs no answer.
    Other,
}

/// Reads frames.
pub struct Reader<R> {
    input: R,
    inflate: Decompress,
    /// Headers of replies are looked at by nobody.
    skips_headers: bool,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Frames that come as these bytes.
    pub fn new(input: R) -> Self {
        Self {
            input,
            inflate: Decompress::new(true),
            skips_headers: false,
        }
    }

    /// Frames that a server sends.
    pub fn of_server(input: R) -> Self {
        Self {
            skips_headers: true,
            ..Self::new(input)
        }
    }

    /// The next frame; none at the connection's end.
    ///
    /// # Errors
    /// Where the connection breaks, or what comes is no frame.
    pub async fn next(&mut self) -> Result<Option<Frame>> {
        let mut head = [0; 8];
        match self.input.read_exact(&mut head).await {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        };
        let word = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let length = u32::from_be_bytes([0, head[5], head[6], head[7]]) as usize;
        let fin = head[4] & FIN != 0;
        if length > LONGEST {
            return Err(malformed("a frame is too long"));
        }
        let mut bytes = vec![0; length];
        self.input.read_exact(&mut bytes).await?;
        if word >> 31 == 0 {
            return Ok(Some(Frame::Data {
                stream: word,
                bytes,
                fin,
            }));
        }
        if (word >> 16) as u16 & 0x7fff != VERSION {
            return Err(malformed("this is not SPDY/3"));
        }
        let number = || {
            let field = bytes.first_chunk().copied().map(u32::from_be_bytes);
            field.ok_or_else(|| malformed("a frame is too short"))
        };
        Ok(Some(match word as u16 {
            SYN_STREAM => Frame::Open {
                stream: number()? & 0x7fff_ffff,
                headers: self.headers(bytes.get(10..).unwrap_or_default())?,
                fin,
            },
            RST_STREAM => Frame::Reset(number()? & 0x7fff_ffff),
            PING => Frame::Ping(number()?),
            GOAWAY => Frame::GoAway,
            8 | SYN_REPLY if self.skips_headers => Frame::Other,
            // HEADERS and SYN_REPLY, which clients have no use for here.
            8 | SYN_REPLY => {
                self.headers(bytes.get(4..).unwrap_or_default())?;
                Frame::Other
            }
            _ => Frame::Other,
        }))
    }

    fn headers(&mut self, block: &[u8]) -> Result<Vec<(String, String)>> {
        let plain = self.inflate(block)?;
        let mut rest = plain.as_slice();
        let mut headers = Vec::new();
        for _ in 0..count(&mut rest)? {
            let (name, value) = (text(&mut rest)?, text(&mut rest)?);
            headers.push((name, value));
        }
        Ok(headers)
    }

    fn inflate(&mut self, mut block: &[u8]) -> Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(1024);
        loop {
            let before = self.inflate.total_in();
            let done = self
                .inflate
                .decompress_vec(block, &mut plain, FlushDecompress::Sync);
            let taken = usize::try_from(self.inflate.total_in() - before).unwrap_or(0);
            block = block.get(taken..).unwrap_or_default();
            match done {
                Err(e) if e.needs_dictionary().is_some() => {
                    let set = self.inflate.set_dictionary(&DICTIONARY);
                    set.map_err(|e| malformed(&e.to_string()))?;
                }
                Err(e) => return Err(malformed(&e.to_string())),
                Ok(Status::BufError) if block.is_empty() => return Ok(plain),
                Ok(_) if block.is_empty() && plain.len() < plain.capacity() => return Ok(plain),
                Ok(_) if plain.len() > LONGEST_HEADERS => {
                    return Err(malformed("the headers are too long"));
                }
                Ok(_) => plain.reserve(plain.capacity().max(1024)),
            }
        }
    }
}

fn count(rest: &mut &[u8]) -> Result<usize> {
    let (number, tail) = rest
        .split_first_chunk()
        .ok_or_else(|| malformed("headers end early"))?;
    *rest = tail;
    Ok(u32::from_be_bytes(*number) as usize)
}

fn text(rest: &mut &[u8]) -> Result<String> {
    let length = count(rest)?;
    let (text, tail) = rest
        .split_at_checked(length)
        .ok_or_else(|| malformed("headers end early"))?;
    *rest = tail;
    String::from_utf8(text.to_vec()).map_err(|_| malformed("a header is not UTF-8"))
}

fn malformed(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why.to_owned())
}

/// Writes frames.
pub struct Writer<W> {
    output: W,
    deflate: Compress,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Frames that go as bytes to `output`.
    ///
    /// # Errors
    /// Where the compressor does not take the dictionary.
    pub fn new(output: W) -> Result<Self> {
        let mut deflate = Compress::new(Compression::fast(), true);
        let set = deflate.set_dictionary(&DICTIONARY);
        set.map_err(|e| malformed(&e.to_string()))?;
        Ok(Self { output, deflate })
    }

    async fn control(&mut self, kind: u16, parts: &[&[u8]]) -> Result<()> {
        let length: usize = parts.iter().map(|p| p.len()).sum();
        let mut frame = Vec::with_capacity(8 + length);
        frame.extend((0x8000 | VERSION).to_be_bytes());
        frame.extend(kind.to_be_bytes());
        // No flags, and the length in three bytes.
        frame.extend((length as u32 & 0x00ff_ffff).to_be_bytes());
        parts.iter().for_each(|p| frame.extend(*p));
        self.output.write_all(&frame).await?;
        self.output.flush().await
    }

    /// Opens a stream with one header.
    ///
    /// # Errors
    /// Where the connection is broken.
    pub async fn open(&mut self, stream: u32, name: &str, value: &str) -> Result<()> {
        let mut plain = 1_u32.to_be_bytes().to_vec();
        put(&mut plain, name);
        put(&mut plain, value);
        let mut block = Vec::with_capacity(256);
        self.deflate
            .compress_vec(&plain, &mut block, FlushCompress::Sync)
            .map_err(|e| malformed(&e.to_string()))?;
        let parts = [&stream.to_be_bytes()[..], &[0; 6], &block];
        self.control(SYN_STREAM, &parts).await
    }

    /// Takes a stream that the client opened.
    ///
    /// # Errors
    /// Where the connection is broken, as for all of these.
    pub async fn accept(&mut self, stream: u32) -> Result<()> {
        let mut block = Vec::with_capacity(64);
        let none = 0_u32.to_be_bytes();
        self.deflate
            .compress_vec(&none, &mut block, FlushCompress::Sync)
            .map_err(|e| malformed(&e.to_string()))?;
        self.control(SYN_REPLY, &[&stream.to_be_bytes(), &block])
            .await
    }

    /// Sends bytes on a stream; with `fin`, its last.
    ///
    /// # Errors
    /// Where the connection is broken.
    pub async fn data(&mut self, stream: u32, bytes: &[u8], fin: bool) -> Result<()> {
        let pieces = bytes.chunks(PIECE).count().max(1);
        let mut pieces_of = bytes.chunks(PIECE);
        for i in 1..=pieces {
            let piece = pieces_of.next().unwrap_or_default();
            let flags = if fin && i == pieces { FIN } else { 0 };
            let mut frame = Vec::with_capacity(8 + piece.len());
            frame.extend(stream.to_be_bytes());
            frame.extend((u32::from(flags) << 24 | piece.len() as u32).to_be_bytes());
            frame.extend(piece);
            self.output.write_all(&frame).await?;
        }
        self.output.flush().await
    }

    /// Asks whether the client is there, or answers that question.
    ///
    /// # Errors
    /// Where the connection is broken.
    pub async fn ping(&mut self, number: u32) -> Result<()> {
        self.control(PING, &[&number.to_be_bytes()]).await
    }

    /// Refuses a stream.
    ///
    /// # Errors
    /// Where the connection is broken.
    pub async fn refuse(&mut self, stream: u32) -> Result<()> {
        const REFUSED_STREAM: u32 = 3;
        let (stream, why) = (stream.to_be_bytes(), REFUSED_STREAM.to_be_bytes());
        self.control(RST_STREAM, &[&stream, &why]).await
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// Where the connection is broken already.
    pub async fn close(&mut self) -> Result<()> {
        self.control(GOAWAY, &[&[0; 8]]).await?;
        self.output.shutdown().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client's frame that opens a stream with headers.
    fn open(deflate: &mut Compress, stream: u32, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut plain = (headers.len() as u32).to_be_bytes().to_vec();
        for (name, value) in headers {
            put(&mut plain, name);
            put(&mut plain, value);
        }
        let mut block = Vec::with_capacity(4096);
        deflate
            .compress_vec(&plain, &mut block, FlushCompress::Sync)
            .expect("compressed");
        let mut frame = vec![0x80, 3, 0, 1, 0];
        frame.extend(&(10 + block.len() as u32).to_be_bytes()[1..]);
        frame.extend(stream.to_be_bytes());
        frame.extend([0; 6]);
        frame.extend(block);
        frame
    }

    #[test]
    fn the_dictionary_is_the_protocols() {
        assert_eq!(DICTIONARY.len(), 1423);
        // Its Adler-32, by which compressed headers name it.
        let (mut a, mut b) = (1_u32, 0_u32);
        for byte in DICTIONARY.iter() {
            a = (a + u32::from(*byte)) % 65_521;
            b = (b + a) % 65_521;
        }
        assert_eq!(b << 16 | a, 0xe3c6_a7c2);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn frames_are_read_and_written() {
        let mut deflate = Compress::new(Compression::best(), true);
        deflate.set_dictionary(&DICTIONARY).expect("taken");
        let long = "x".repeat(20_000);
        let mut bytes = open(&mut deflate, 1, &[("streamtype", "error"), ("port", "80")]);
        bytes.extend(open(&mut deflate, 3, &[("streamtype", &long)]));
        bytes.extend([0, 0, 0, 3, 1, 0, 0, 2, b'h', b'i']);
        bytes.extend([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 9]);
        let mut reader = Reader::new(bytes.as_slice());
        let Some(Frame::Open {
            stream: 1, headers, ..
        }) = reader.next().await.expect("read")
        else {
            panic!("a stream is opened")
        };
        assert_eq!(headers[1], ("port".to_owned(), "80".to_owned()));
        let second = reader.next().await.expect("read");
        assert!(matches!(second, Some(Frame::Open { headers, .. }) if headers[0].1 == long));
        let data = Frame::Data {
            stream: 3,
            bytes: b"hi".to_vec(),
            fin: true,
        };
        assert_eq!(reader.next().await.expect("read"), Some(data));
        assert_eq!(reader.next().await.expect("read"), Some(Frame::Ping(9)));
        assert_eq!(reader.next().await.expect("read"), None);

        let mut writer = Writer::new(Vec::new()).expect("made");
        writer.accept(1).await.expect("written");
        writer.data(1, &[7; 70_000], true).await.expect("written");
        let mut reader = Reader::new(writer.output.as_slice());
        assert_eq!(reader.next().await.expect("read"), Some(Frame::Other));
        let mut sizes = Vec::new();
        while let Some(Frame::Data { bytes, fin, .. }) = reader.next().await.expect("read") {
            sizes.push((bytes.len(), fin));
        }
        assert_eq!(sizes, [(32_768, false), (32_768, false), (4_464, true)]);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_no_frame_is_refused() {
        for bytes in [
            vec![0x80, 2, 0, 1, 0, 0, 0, 0],
            vec![0x80, 3, 0, 1, 0, 0, 0, 0],
            vec![0, 0, 0, 1, 0, 0xff, 0xff, 0xff],
            vec![
                0x80, 3, 0, 1, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4,
            ],
        ] {
            assert!(
                Reader::new(bytes.as_slice()).next().await.is_err(),
                "{bytes:?}"
            );
        }
    }
}
