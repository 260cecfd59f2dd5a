//! Logs of real containers, read from the files that the runtime writes (`kuberuntime/logs`): `TIME STREAM TAGS TEXT` in each line.

use crate::apimachinery::Timestamp;
use crate::apiserver::NodeRequest;
use crate::native::driver::Piece;
use std::collections::VecDeque;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

/// How often a log that is followed is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// For how long the runtime may go on with an old file once there is a new one.
const SETTLED: Duration = Duration::from_millis(500);
/// So many files of one log are open at most.
const MOST_FILES: usize = 5;
/// As much is read at once.
const CHUNK: usize = 64 << 10;
/// As much of a log stands for a container's last words (`MaxContainerTerminationMessageLogLength`, `…LogLines`).
const LAST_BYTES: u64 = 2048;
const LAST_LINES: usize = 80;

/// One line of the file.
struct Line<'a> {
    time: &'a str,
    stream: &'a str,
    partial: bool,
    text: &'a [u8],
}

fn parse(line: &[u8]) -> Option<Line<'_>> {
    let mut parts = line.splitn(4, |b| *b == b' ');
    let mut word = || std::str::from_utf8(parts.next()?).ok();
    let (time, stream, tags) = (word()?, word()?, word()?);
    Some(Line {
        time,
        stream,
        partial: tags.split(':').next() == Some("P"),
        text: parts.next()?,
    })
}

/// What of a log is asked for.
struct Wanted {
    since: Option<Timestamp>,
    timestamps: bool,
    stream: Option<&'static str>,
    limit: Option<usize>,
    /// Whether the last line was not whole: what follows belongs to it.
    inside: bool,
}

impl Wanted {
    fn of(request: &NodeRequest) -> Self {
        let seconds = request.param("sinceSeconds").parse::<u64>();
        let now = crate::native::clock::wall_time();
        Self {
            since: match seconds {
                Ok(s) => Some(now - Duration::from_secs(s)),
                Err(_) => Timestamp::parse(request.param("sinceTime")),
            },
            timestamps: request.param("timestamps") == "true",
            stream: match request.param("stream") {
                "Stdout" => Some("stdout"),
                "Stderr" => Some("stderr"),
                _ => None,
            },
            limit: request.param("limitBytes").parse().ok(),
            inside: false,
        }
    }

    /// What of these whole lines is sent.
    fn render(&mut self, lines: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for line in lines.split(|b| *b == b'\n').filter_map(parse) {
            let other = self.stream.is_some_and(|s| s != line.stream);
            let early = self
                .since
                .is_some_and(|since| Timestamp::parse(line.time).is_some_and(|t| t < since));
            if other || early {
                continue;
            }
            if self.timestamps && !self.inside {
                out.extend(line.time.as_bytes());
                out.push(b' ');
            }
            out.extend(line.text);
            if !line.partial {
                out.push(b'\n');
            }
            self.inside = line.partial;
        }
        if let Some(left) = &mut self.limit {
            out.truncate(*left);
            *left -= out.len();
        }
        out
    }
}

/// Where the last `lines` lines of a file begin.
fn tail(file: &mut File, lines: usize) -> std::io::Result<u64> {
    let mut at = file.seek(SeekFrom::End(0))?;
    let mut left = lines;
    let mut last = true;
    let mut chunk = vec![0; CHUNK];
    while at > 0 {
        let size = usize::try_from(at).unwrap_or(CHUNK).min(CHUNK);
        at -= size as u64;
        file.seek(SeekFrom::Start(at))?;
        let part = chunk.get_mut(..size).unwrap_or_default();
        file.read_exact(part)?;
        for (i, byte) in part.iter().enumerate().rev() {
            if *byte != b'\n' {
                last = false;
                continue;
            }
            // The end of the file's last line ends none before it.
            if std::mem::take(&mut last) {
                continue;
            }
            if left <= 1 {
                return Ok(at + i as u64 + 1);
            }
            left -= 1;
        }
    }
    Ok(0)
}

/// A log while it is read: its file, and those that took its place since.
struct Opened {
    path: PathBuf,
    files: VecDeque<(File, Instant)>,
    /// Which file stood at the path last.
    last: (u64, u64),
    /// Whether a file was given up that was not read to its end.
    lost: bool,
}

impl Opened {
    /// Opens a log; for a moment after it was renamed there may be none.
    async fn at(path: &Path) -> std::io::Result<Self> {
        let begin = Instant::now();
        let file = loop {
            match File::open(path) {
                Err(e) if e.kind() == ErrorKind::NotFound && begin.elapsed() < SETTLED => {
                    tokio::time::sleep(LOOK).await;
                }
                other => break other?,
            }
        };
        Ok(Self {
            path: path.to_owned(),
            last: identity(&file.metadata()?),
            files: [(file, begin)].into(),
            lost: false,
        })
    }

    /// Sees whether the log was begun anew. The new file is opened at once, so that little is missed however late it is read: of
    /// a reader that stands still the oldest files are given up.
    fn look(&mut self) {
        let there = std::fs::metadata(&self.path).map(|m| identity(&m));
        if there.is_ok_and(|there| there != self.last)
            && let Ok(file) = File::open(&self.path)
            && let Ok(metadata) = file.metadata()
        {
            self.last = identity(&metadata);
            self.files.push_back((file, Instant::now()));
            while self.files.len() > MOST_FILES {
                self.files.pop_front();
                self.lost = true;
            }
        }
    }

    /// Reads on. Where another file has taken the place of the one that is read, what the runtime still writes to the old one comes
    /// first; `over` says that nothing writes any more.
    fn read(&mut self, chunk: &mut [u8], over: bool) -> usize {
        loop {
            let next = self.files.get(1);
            let settled = next.is_some_and(|(_, since)| over || since.elapsed() >= SETTLED);
            let read = match self.files.front_mut() {
                Some((file, _)) => file.read(chunk).unwrap_or(0),
                None => 0,
            };
            if read > 0 || !settled {
                return read;
            }
            self.files.pop_front();
        }
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Sends a log, and what is written to it as long as `goes_on`, also after it was begun anew, until its reader has gone. As upstream,
/// what was written before it was begun anew is not part of what is sent first.
pub async fn send(
    path: &Path,
    request: &NodeRequest,
    pieces: Sender<Piece>,
    goes_on: impl Fn() -> bool,
) {
    let mut wanted = Wanted::of(request);
    let follow = request.param("follow") == "true";
    let mut log = match Opened::at(path).await {
        Ok(log) => log,
        Err(error) => {
            let why = format!("failed to try resolving symlinks in path {path:?}: {error}");
            let _ = pieces.send(Piece::Failed(why)).await;
            return;
        }
    };
    if let Some((file, _)) = log.files.front_mut() {
        let begin = match request.param("tailLines").parse::<usize>() {
            Ok(0) => file.seek(SeekFrom::End(0)),
            Ok(lines) => tail(file, lines),
            Err(_) => Ok(0),
        };
        let _ = file.seek(SeekFrom::Start(begin.unwrap_or(0)));
    }
    let mut waiting = Vec::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        // Asked before the file is read, so that nothing is missed.
        let more = follow && goes_on();
        if follow {
            log.look();
        }
        if std::mem::take(&mut log.lost) {
            // Its end is not known.
            waiting.clear();
            wanted.inside = false;
        }
        let read = log.read(&mut chunk, !more);
        waiting.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if let Some(end) = waiting.iter().rposition(|b| *b == b'\n') {
            let rest = waiting.split_off(end + 1);
            let text = wanted.render(&waiting);
            waiting = rest;
            if !text.is_empty() && !deliver(&pieces, text, follow, &mut log).await {
                return;
            }
        }
        if wanted.limit == Some(0) || read == 0 && !more || pieces.is_closed() {
            return;
        }
        if read == 0 {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Sends a piece; whether its reader is still there. One that is slow finds files that were taken away meanwhile opened.
async fn deliver(pieces: &Sender<Piece>, text: Vec<u8>, follow: bool, log: &mut Opened) -> bool {
    let sending = pieces.send(Piece::Bytes(text));
    tokio::pin!(sending);
    loop {
        match tokio::time::timeout(LOOK, &mut sending).await {
            Ok(sent) => return sent.is_ok(),
            Err(_) if follow => log.look(),
            Err(_) => {}
        }
    }
}

/// The end of a log, which stands for the last words of a container that left none.
pub fn last_words(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let begin = tail(&mut file, LAST_LINES)?;
        file.seek(SeekFrom::Start(begin))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(text)
    };
    let mut wanted = Wanted {
        since: None,
        timestamps: false,
        stream: None,
        limit: None,
        inside: false,
    };
    let text = wanted.render(&read().unwrap_or_default());
    let skip = text.len().saturating_sub(LAST_BYTES as usize);
    String::from_utf8_lossy(text.get(skip..).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_read_from_their_end() {
        let path = std::env::temp_dir().join(format!("kubarium-log-{}", std::process::id()));
        let lines: String = (0..5000)
            .map(|i| {
                format!(
                    "2026-01-01T00:00:{:02}.000000001Z stdout F line {i}\n",
                    i % 60
                )
            })
            .collect();
        std::fs::write(&path, &lines).expect("written");
        let mut file = File::open(&path).expect("there");
        for count in [1, 2, 3000, 5000, 6000] {
            let begin = tail(&mut file, count).expect("read") as usize;
            assert_eq!(lines[begin..].lines().count(), count.min(5000));
        }
        assert!(last_words(&path).ends_with("line 4999\n"));
        std::fs::remove_file(&path).expect("removed");
    }

    #[tokio::test]
    async fn who_stands_still_keeps_few_files_open() {
        let path = std::env::temp_dir().join(format!("kubarium-still-{}", std::process::id()));
        std::fs::write(&path, "0").expect("written");
        let mut log = Opened::at(&path).await.expect("there");
        for i in 1..=8 {
            let next = path.with_extension("next");
            std::fs::write(&next, i.to_string()).expect("written");
            std::fs::rename(&next, &path).expect("renamed");
            log.look();
        }
        assert_eq!((log.files.len(), log.lost), (MOST_FILES, true));
        let mut chunk = [0; 8];
        assert_eq!(log.read(&mut chunk, true), 1);
        assert_eq!(chunk[0], b'4');
        std::fs::remove_file(&path).expect("removed");
    }

    #[test]
    fn lines_are_put_together() {
        let text = b"2026-01-01T00:00:01.5Z stdout P a b\n2026-01-01T00:00:01.6Z stdout F  c\n2026-01-01T00:00:02Z stderr F x\nbroken\n";
        let mut wanted = Wanted {
            since: None,
            timestamps: true,
            stream: None,
            limit: None,
            inside: false,
        };
        assert_eq!(
            String::from_utf8_lossy(&wanted.render(text)),
            "2026-01-01T00:00:01.5Z a b c\n2026-01-01T00:00:02Z x\n"
        );
        wanted.timestamps = false;
        wanted.stream = Some("stderr");
        assert_eq!(wanted.render(text), b"x\n");
        wanted.stream = None;
        wanted.limit = Some(4);
        assert_eq!(wanted.render(text), b"a b ");
        wanted.limit = None;
        wanted.since = Timestamp::parse("2026-01-01T00:00:02Z");
        assert_eq!(wanted.render(text), b"x\n");
    }
}
