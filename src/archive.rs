//! Archives in the format of `tar` (POSIX ustar, with the long names of GNU's and of pax), as `tar` and `kubectl cp` write and
//! read them. Bytes come in pieces of any size, and go out member by member.

/// Bytes of one block.
const BLOCK: usize = 512;
/// Bytes that the records of long names may have.
const LONGEST_NAME: u64 = 1 << 20;

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Another name of an earlier member.
    HardLink,
    /// A device, a pipe, or something unknown.
    Other,
}

/// What is said of a member before its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path; directories end with a slash.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last change, in seconds since 1970.
    pub mtime: u64,
    /// What a link points to; empty otherwise.
    pub link: String,
}

/// Why bytes are no archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnArchive;

/// Appends a member with its bytes.
pub fn append(out: &mut Vec<u8>, member: &Member, data: &[u8]) {
    for (text, kind) in [(&member.link, b'K'), (&member.name, b'L')] {
        if text.len() > 100 && (kind == b'K' || split(text).is_none()) {
            // GNU's way: the name is the contents of a member before.
            let mut bytes = text.clone().into_bytes();
            bytes.push(0);
            header(out, "././@LongLink", "", kind, bytes.len(), None);
            contents(out, &bytes);
        }
    }
    let (prefix, name) = split(&member.name).unwrap_or(("", start(&member.name)));
    let kind = match member.kind {
        Kind::File | Kind::Other => b'0',
        Kind::HardLink => b'1',
        Kind::Symlink => b'2',
        Kind::Directory => b'5',
    };
    header(out, name, prefix, kind, data.len(), Some(member));
    contents(out, data);
}

/// Appends the end of the archive.
pub fn finish(out: &mut Vec<u8>) {
    out.resize(out.len() + 2 * BLOCK, 0);
}

/// As much of a name as a header has room for.
fn start(name: &str) -> &str {
    let mut end = name.len().min(100);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// A name in the two parts that a header has room for, if it fits.
fn split(name: &str) -> Option<(&str, &str)> {
    if name.len() <= 100 {
        return Some(("", name));
    }
    let fits = |at: &usize| *at <= 155 && (1..=100).contains(&(name.len() - at - 1));
    let at = name.match_indices('/').map(|(at, _)| at).find(fits)?;
    Some((&name[..at], &name[at + 1..]))
}

fn header(out: &mut Vec<u8>, name: &str, prefix: &str, kind: u8, size: usize, of: Option<&Member>) {
    let mut block = [0u8; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(
        100,
        octal(of.map_or(0o644, |m| m.mode.into()), 7).as_bytes(),
    );
    put(108, octal(of.map_or(0, |m| m.uid.into()), 7).as_bytes());
    put(116, octal(of.map_or(0, |m| m.gid.into()), 7).as_bytes());
    put(124, octal(size as u64, 11).as_bytes());
    put(136, octal(of.map_or(0, |m| m.mtime), 11).as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(157, start(of.map_or("", |m| &m.link)).as_bytes());
    put(257, b"ustar\x0000");
    put(345, prefix.as_bytes());
    let sum = format!("{:06o}\0 ", sum(&block));
    block[148..156].copy_from_slice(sum.as_bytes());
    out.extend(block);
}

fn octal(number: u64, digits: usize) -> String {
    let text = format!("{number:0digits$o}");
    // What does not fit (numbers beyond 8 GiB) is not written by anybody here.
    text[text.len() - digits..].to_owned()
}

fn sum(block: &[u8; BLOCK]) -> u32 {
    block.iter().map(|b| u32::from(*b)).sum()
}

fn contents(out: &mut Vec<u8>, data: &[u8]) {
    out.extend(data);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

/// Takes the bytes of an archive as they come, and gives its members.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were read.
    at: usize,
    /// A name and a link's target that were too long for the next header.
    long: (Option<String>, Option<String>),
    ended: bool,
}

impl Reader {
    /// Takes bytes. What follows the end of the archive is dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.ended {
            return;
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether the end of the archive came.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Whether bytes came that belong to no whole member.
    pub fn is_within(&self) -> bool {
        !self.ended && self.at < self.buffer.len()
    }

    /// The next member with its bytes; none before all of them are there.
    pub fn take(&mut self) -> Result<Option<(Member, Vec<u8>)>, NotAnArchive> {
        loop {
            let rest = &self.buffer[self.at..];
            let Some(block) = rest.first_chunk::<BLOCK>().filter(|_| !self.ended) else {
                return Ok(None);
            };
            if block.iter().all(|b| *b == 0) {
                self.ended = true;
                self.buffer.clear();
                self.at = 0;
                return Ok(None);
            }
            let (kind, size, mut member) = parse(block)?;
            let whole = usize::try_from(size).map_err(|_| NotAnArchive)?;
            // Room for the padding, too.
            let end = whole.checked_add(2 * BLOCK).ok_or(NotAnArchive)? - BLOCK;
            let Some(data) = rest.get(BLOCK..end) else {
                return Ok(None);
            };
            let padded = end.next_multiple_of(BLOCK);
            if rest.len() < padded {
                return Ok(None);
            }
            self.at += padded;
            let text = || {
                let end = data.iter().position(|b| *b == 0).unwrap_or(data.len());
                String::from_utf8_lossy(&data[..end]).into_owned()
            };
            match kind {
                b'L' => self.long.0 = Some(text()),
                b'K' => self.long.1 = Some(text()),
                b'x' => {
                    for (key, value) in records(data) {
                        match key {
                            "path" => self.long.0 = Some(value.to_owned()),
                            "linkpath" => self.long.1 = Some(value.to_owned()),
                            _ => {}
                        }
                    }
                }
                b'g' => {}
                _ => {
                    let (name, link) = std::mem::take(&mut self.long);
                    member.name = name.unwrap_or(member.name);
                    member.link = link.unwrap_or(member.link);
                    if member.name.ends_with('/') && member.kind == Kind::File {
                        member.kind = Kind::Directory;
                    }
                    return Ok(Some((member, data.to_vec())));
                }
            }
        }
    }
}

/// The kind, size and fields of a header.
fn parse(block: &[u8; BLOCK]) -> Result<(u8, u64, Member), NotAnArchive> {
    let text = |from: usize, len: usize| {
        let field = &block[from..from + len];
        let end = field.iter().position(|b| *b == 0).unwrap_or(len);
        String::from_utf8_lossy(&field[..end]).into_owned()
    };
    let mut blank = *block;
    blank[148..156].fill(b' ');
    if number(&block[148..156])? != u64::from(sum(&blank)) {
        return Err(NotAnArchive);
    }
    let mut name = text(0, 100);
    // GNU's own format keeps other things where ustar has the prefix.
    if block[257..263] == *b"ustar\0" && block[345] != 0 {
        name = format!("{}/{name}", text(345, 155));
    }
    let small = |field: &[u8]| number(field).map(|n| u32::try_from(n).unwrap_or(0));
    let kind = block[156];
    let member = Member {
        name,
        kind: match kind {
            0 | b'0' | b'7' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::Symlink,
            b'5' => Kind::Directory,
            _ => Kind::Other,
        },
        mode: small(&block[100..108])? & 0o7777,
        uid: small(&block[108..116])?,
        gid: small(&block[116..124])?,
        mtime: number(&block[136..148])?,
        link: text(157, 100),
    };
    let size = match kind {
        b'1'..=b'6' => 0,
        b'L' | b'K' | b'x' | b'g' if number(&block[124..136])? > LONGEST_NAME => {
            return Err(NotAnArchive);
        }
        _ => number(&block[124..136])?,
    };
    Ok((kind, size, member))
}

/// A number in octal digits, or in base 256 where the first bit is set.
fn number(field: &[u8]) -> Result<u64, NotAnArchive> {
    if let Some((first, rest)) = field.split_first()
        && first & 0x80 != 0
    {
        let bytes = std::iter::once(first & 0x7f).chain(rest.iter().copied());
        return Ok(bytes.fold(0u64, |sum, b| sum << 8 | u64::from(b)));
    }
    let digits = field.iter().skip_while(|b| **b == b' ');
    let digits = digits.take_while(|b| !matches!(b, 0 | b' '));
    digits.copied().try_fold(0u64, |sum, b| match b {
        b'0'..=b'7' if sum < 1 << 60 => Ok(sum * 8 + u64::from(b - b'0')),
        _ => Err(NotAnArchive),
    })
}

/// The records of a pax header: `LENGTH KEY=VALUE\n`.
fn records(mut data: &[u8]) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    while let Some(space) = data.iter().position(|b| *b == b' ') {
        let length = std::str::from_utf8(&data[..space]).ok();
        let length = length.and_then(|l| l.parse::<usize>().ok());
        let record = length.and_then(|l| data.get(space + 1..l.checked_sub(1)?));
        let (Some(length), Some(record)) = (length, record) else {
            break;
        };
        let text = std::str::from_utf8(record).unwrap_or_default();
        found.extend(text.split_once('='));
        data = data.get(length..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, kind: Kind, link: &str) -> Member {
        Member {
            name: name.to_owned(),
            kind,
            mode: 0o750,
            uid: 1000,
            gid: 7,
            mtime: 1_700_000_000,
            link: link.to_owned(),
        }
    }

    #[test]
    fn sizes_and_lengths_that_lie_do_no_harm() {
        // One byte more than there is.
        assert_eq!(records(b"10 path=a"), [("path", "a")]);
        assert_eq!(records(b"99 path=a\n"), []);
        assert_eq!(records(b"0 path=a\n1 x"), []);
        let mut bytes = Vec::new();
        append(&mut bytes, &member("a", Kind::File, ""), b"");
        bytes[124..136].fill(0xff);
        let block: [u8; BLOCK] = bytes[..BLOCK].try_into().expect("a block");
        let mut blank = block;
        blank[148..156].fill(b' ');
        bytes[148..154].copy_from_slice(format!("{:06o}", sum(&blank)).as_bytes());
        let mut reader = Reader::default();
        reader.push(&bytes);
        assert_eq!(reader.take(), Err(NotAnArchive));
    }

    #[test]
    fn what_is_written_is_read_in_pieces_of_any_size() {
        let deep = format!("{}/{}", "d".repeat(90), "f".repeat(60));
        let long = "n".repeat(300);
        let members = [
            (member("a", Kind::File, ""), b"hello".to_vec()),
            (member("dir/", Kind::Directory, ""), Vec::new()),
            (member("dir/empty", Kind::File, ""), Vec::new()),
            (member("link", Kind::Symlink, "../a"), Vec::new()),
            (member(&deep, Kind::File, ""), vec![7; 512]),
            (member(&long, Kind::Symlink, &long), Vec::new()),
            (member("last", Kind::File, ""), vec![1; 1500]),
        ];
        let mut bytes = Vec::new();
        for (member, data) in &members {
            append(&mut bytes, member, data);
        }
        assert_eq!(bytes.len() % BLOCK, 0);
        finish(&mut bytes);
        for size in [1, 511, 512, 4096, bytes.len()] {
            let mut reader = Reader::default();
            let mut read = Vec::new();
            for piece in bytes.chunks(size) {
                reader.push(piece);
                while let Some(next) = reader.take().expect("an archive") {
                    read.push(next);
                }
            }
            assert!(read == members && reader.ended(), "in pieces of {size}");
        }
    }

    #[test]
    fn names_of_pax_headers_are_read_and_other_bytes_refused() {
        let mut bytes = Vec::new();
        header(&mut bytes, "PaxHeaders/x", "", b'x', 22, None);
        contents(&mut bytes, b"11 mtime=1\n11 path=\xc3\xa9\n");
        append(&mut bytes, &member("short", Kind::File, ""), b"x");
        let mut reader = Reader::default();
        reader.push(&bytes);
        let (read, data) = reader.take().expect("an archive").expect("a member");
        assert_eq!((read.name.as_str(), data.as_slice()), ("é", &b"x"[..]));
        assert!(!reader.is_within());

        bytes[3] ^= 1;
        let mut reader = Reader::default();
        reader.push(&bytes);
        assert_eq!(reader.take(), Err(NotAnArchive));
    }
}
