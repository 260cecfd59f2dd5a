//! What a terminal tab shows: lines of styled text from a stream with ANSI colours, and the line being typed.

use super::frame::Key;
use super::model::Shared;
use super::protocol::{Chunk, Completion, Stream};
use std::collections::VecDeque;

/// Lines kept, in blocks of this many; a block that is full never changes again.
const BLOCK: usize = 50;
const BLOCKS: usize = 100;
/// The most lines kept.
pub const LINES: usize = BLOCK * BLOCKS;
/// The most bytes kept, and the most of one line.
const BYTES: usize = 4 << 20;
const LONGEST_LINE: usize = 16 << 10;
/// Of a flood, only the last lines are searched for names.
const SEARCHED: usize = 500;

/// How text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// 0-15 of the ANSI palette.
    pub colour: Option<u8>,
    pub bold: bool,
    pub dim: bool,
    pub underline: bool,
    pub inverse: bool,
    pub error: bool,
    pub echo: bool,
}

/// Text in one style, perhaps the name of something on the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    pub text: String,
    pub style: Style,
    pub link: Option<Key>,
}

/// Lines that are shown together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Counts up; names the block.
    pub id: u64,
    pub lines: Vec<Vec<Span>>,
    bytes: usize,
}

/// Everything a tab has printed.
#[derive(Clone, Debug, Default)]
pub struct Log {
    blocks: VecDeque<Shared<Block>>,
    open: Block,
    line: Vec<Span>,
    style: Style,
    /// A carriage return came: what comes next begins the line anew.
    returned: bool,
    /// An escape sequence that is not complete yet.
    pending: String,
    next_id: u64,
    /// Bytes of all full blocks.
    bytes: usize,
    /// Lines to come that are not searched for names.
    unsearched: usize,
    /// Whether lines were dropped at the top.
    pub truncated: bool,
}

impl Log {
    /// Prints chunks; `find` tells which names are on the map.
    pub fn print(&mut self, chunks: &[Chunk], find: &dyn Fn(&str) -> Option<Key>) {
        let lines: usize = chunks.iter().map(|c| count_lines(&c.text)).sum();
        // What would be dropped at once is not looked at.
        let mut skip = lines.saturating_sub(LINES);
        if skip > 0 {
            self.clear();
            self.pending.clear();
            self.truncated = true;
        }
        self.unsearched = (lines - skip).saturating_sub(SEARCHED);
        for chunk in chunks {
            let here = count_lines(&chunk.text);
            if skip >= here && skip > 0 {
                skip -= here;
                continue;
            }
            let text = match std::mem::take(&mut skip) {
                0 => &*chunk.text,
                n => after_lines(&chunk.text, n),
            };
            self.style.error = chunk.stream == Stream::Err;
            self.style.echo = chunk.stream == Stream::Echo;
            if self.pending.is_empty() {
                self.write(text, find);
            } else {
                let mut whole = std::mem::take(&mut self.pending);
                whole.push_str(text);
                self.write(&whole, find);
            }
        }
    }

    fn write(&mut self, text: &str, find: &dyn Fn(&str) -> Option<Key>) {
        let mut rest = text;
        while let Some(at) = rest.find(['\n', '\r', '\u{1b}', '\u{7}', '\u{8}']) {
            self.put_all(&rest[..at], find);
            let tail = &rest[at..];
            match tail.as_bytes()[0] {
                b'\n' => self.end_line(find),
                b'\r' => self.returned = true,
                0x1b => match self.escape(tail) {
                    Some(length) => {
                        rest = &tail[length..];
                        continue;
                    }
                    None => {
                        self.pending = tail.to_owned();
                        return;
                    }
                },
                _ => {}
            }
            rest = &tail[1..];
        }
        self.put_all(rest, find);
    }

    /// Puts text that has no line ends; what is too long for one line goes on in the next.
    fn put_all(&mut self, text: &str, find: &dyn Fn(&str) -> Option<Key>) {
        let mut rest = text;
        loop {
            let used: usize = self.line.iter().map(|s| s.text.len()).sum();
            let room = LONGEST_LINE.saturating_sub(used);
            if rest.len() <= room || self.returned {
                return self.put(rest);
            }
            let cut = (0..=room).rev().find(|i| rest.is_char_boundary(*i));
            let (now, later) = rest.split_at(cut.unwrap_or(0));
            self.put(now);
            self.end_line(find);
            rest = later;
        }
    }

    fn put(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.returned) {
            self.line.clear();
        }
        match self.line.last_mut() {
            Some(last) if last.style == self.style => last.text.push_str(text),
            _ => self.line.push(Span {
                text: text.to_owned(),
                style: self.style,
                link: None,
            }),
        }
    }

    fn end_line(&mut self, find: &dyn Fn(&str) -> Option<Key>) {
        self.returned = false;
        let line = std::mem::take(&mut self.line);
        self.open.bytes += line.iter().map(|s| s.text.len()).sum::<usize>();
        let line = match self.unsearched.checked_sub(1) {
            Some(left) => {
                self.unsearched = left;
                line
            }
            None => link(line, find),
        };
        self.open.lines.push(line);
        if self.open.lines.len() == BLOCK {
            self.next_id += 1;
            let next = Block {
                id: self.next_id,
                ..Block::default()
            };
            let full = std::mem::replace(&mut self.open, next);
            self.bytes += full.bytes;
            self.blocks.push_back(Shared::new(full));
            while self.blocks.len() > BLOCKS || self.bytes > BYTES {
                let Some(gone) = self.blocks.pop_front() else {
                    break;
                };
                self.bytes -= gone.bytes;
                self.truncated = true;
            }
        }
    }

    /// Carries out the escape sequence that `text` begins with; gives its length, or none where it is cut off.
    fn escape(&mut self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        match bytes.get(1)? {
            b'[' => {}
            b']' => {
                // A title or a link: nothing to show.
                let end = text.find(['\u{7}', '\\']).map(|i| i + 1);
                return end.or((text.len() > 512).then_some(2));
            }
            // Only ASCII follows an escape; anything else is text again.
            b if b.is_ascii() => return Some(2),
            _ => return Some(1),
        }
        let end = bytes[2..].iter().position(|b| (0x40..0x7f).contains(b));
        let Some(end) = end.map(|e| e + 2) else {
            return (text.len() > 64).then_some(2);
        };
        let arguments = &text[2..end];
        match bytes[end] {
            b'm' => self.select_style(arguments),
            b'J' if arguments == "2" || arguments == "3" => self.clear(),
            b'K' if self.returned || arguments == "2" => {
                self.line.clear();
            }
            _ => {}
        }
        Some(end + 1)
    }

    fn select_style(&mut self, arguments: &str) {
        let mut codes = arguments.split(';').map(|a| a.parse::<u8>().unwrap_or(0));
        while let Some(code) = codes.next() {
            let s = &mut self.style;
            match code {
                0 => {
                    *s = Style {
                        error: s.error,
                        echo: s.echo,
                        ..Style::default()
                    }
                }
                1 => s.bold = true,
                2 => s.dim = true,
                4 => s.underline = true,
                7 => s.inverse = true,
                22 => (s.bold, s.dim) = (false, false),
                24 => s.underline = false,
                27 => s.inverse = false,
                30..=37 => s.colour = Some(code - 30),
                90..=97 => s.colour = Some(code - 82),
                39 => s.colour = None,
                38 | 48 => {
                    // 256 and true colours: the sixteen of the palette are kept, others left plain.
                    let skip = if codes.next() == Some(5) { 1 } else { 3 };
                    let n = codes.by_ref().take(skip).last();
                    if code == 38 && skip == 1 {
                        s.colour = n.filter(|n| *n < 16);
                    }
                }
                _ => {}
            }
        }
    }

    /// Forgets everything printed.
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.next_id += 1;
        self.open = Block {
            id: self.next_id,
            ..Block::default()
        };
        self.bytes = 0;
        self.line.clear();
        self.truncated = false;
    }

    /// The blocks to show, the unfinished last line included.
    pub fn blocks(&self) -> Vec<Shared<Block>> {
        let mut all: Vec<_> = self.blocks.iter().cloned().collect();
        let mut open = self.open.clone();
        if !self.line.is_empty() {
            open.lines.push(self.line.clone());
        }
        if !open.lines.is_empty() {
            all.push(Shared::new(open));
        }
        all
    }
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

/// What follows the first lines of a text.
fn after_lines(text: &str, lines: usize) -> &str {
    let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
    let end = ends.map(|(i, _)| i + 1).nth(lines - 1);
    &text[end.unwrap_or(text.len())..]
}

/// Cuts a line at the names that are on the map: `web-1` in a column, `pod/web-1` anywhere.
fn link(line: Vec<Span>, find: &dyn Fn(&str) -> Option<Key>) -> Vec<Span> {
    let mut cut = Vec::with_capacity(line.len());
    for span in line {
        if span.style.echo || span.text.len() > 400 {
            cut.push(span);
            continue;
        }
        let mut plain = 0;
        for (from, word) in words(&span.text) {
            let Some(key) = target(word, find) else {
                continue;
            };
            let to = from + word.len();
            push(&mut cut, &span, plain..from, None);
            push(&mut cut, &span, from..to, Some(key));
            plain = to;
        }
        push(&mut cut, &span, plain..span.text.len(), None);
    }
    cut
}

fn push(cut: &mut Vec<Span>, span: &Span, range: std::ops::Range<usize>, link: Option<Key>) {
    if !range.is_empty() {
        cut.push(Span {
            text: span.text[range].to_owned(),
            style: span.style,
            link,
        });
    }
}

/// The words of a line that may be names, with where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
    let mut at = 0;
    text.split_inclusive(move |c: char| !part(c))
        .map(move |piece| {
            let from = at;
            at += piece.len();
            (from, piece.trim_end_matches(|c: char| !part(c)))
        })
        .filter(|(_, word)| word.len() > 1)
}

fn target(word: &str, find: &dyn Fn(&str) -> Option<Key>) -> Option<Key> {
    let Some((kind, name)) = word.split_once('/') else {
        return find(word);
    };
    if name.is_empty() || name.contains('/') {
        return None;
    }
    let what = match kind {
        "pod" | "pods" => "pod",
        "service" | "services" | "svc" => "service",
        "node" | "nodes" => return find(name),
        "deployment.apps" | "deployment" => "Deployment",
        "replicaset.apps" | "replicaset" => "ReplicaSet",
        "statefulset.apps" | "statefulset" => "StatefulSet",
        "daemonset.apps" | "daemonset" => "DaemonSet",
        "job.batch" | "job" => "Job",
        "replicationcontroller" => "ReplicationController",
        _ => return None,
    };
    Some(super::frame::key(what, "default", name))
}

/// What was typed, and moving through what was typed before.
#[derive(Clone, Debug, Default)]
pub struct History {
    lines: Vec<String>,
    at: Option<usize>,
    draft: String,
}

impl History {
    /// Remembers a line; the same one twice in a row counts once.
    pub fn add(&mut self, line: &str) {
        self.at = None;
        if !line.trim().is_empty() && self.lines.last().is_none_or(|l| l != line) {
            self.lines.push(line.to_owned());
            if self.lines.len() > 500 {
                self.lines.remove(0);
            }
        }
    }
    /// The line before the one shown; `typed` is kept to come back to.
    pub fn older(&mut self, typed: &str) -> Option<String> {
        let at = match self.at {
            None => {
                self.draft = typed.to_owned();
                self.lines.len()
            }
            Some(at) => at,
        };
        let at = at.checked_sub(1)?;
        self.at = Some(at);
        self.lines.get(at).cloned()
    }
    /// The line after the one shown, at last what was being typed.
    pub fn newer(&mut self) -> Option<String> {
        let at = self.at? + 1;
        if at >= self.lines.len() {
            self.at = None;
            return Some(std::mem::take(&mut self.draft));
        }
        self.at = Some(at);
        self.lines.get(at).cloned()
    }
    /// The remembered lines, oldest first.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// The byte offset of a position that a browser counts in UTF-16 units.
pub fn byte_offset(text: &str, utf16: u32) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= utf16 {
            return at;
        }
        units += c.len_utf16() as u32;
    }
    text.len()
}

/// The position in UTF-16 units of a byte offset.
pub fn utf16_offset(text: &str, byte: usize) -> u32 {
    let before = text.char_indices().take_while(|(at, _)| *at < byte);
    before.map(|(_, c)| c.len_utf16() as u32).sum()
}

/// The line with a candidate put in its place.
pub fn apply_completion(line: &str, completion: &Completion, chosen: usize) -> String {
    let Some(item) = completion.items.get(chosen) else {
        return line.to_owned();
    };
    let text = item.insert.as_deref().unwrap_or(&item.label);
    let from = completion.from.min(line.len());
    let to = completion.to.clamp(from, line.len());
    match (line.get(..from), line.get(to..)) {
        (Some(before), Some(after)) => format!("{before}{text}{after}"),
        _ => line.to_owned(),
    }
}

/// What all candidates begin with.
pub fn common_prefix(completion: &Completion) -> String {
    let mut texts = completion
        .items
        .iter()
        .map(|i| i.insert.as_deref().unwrap_or(&i.label));
    let Some(first) = texts.next() else {
        return String::new();
    };
    let mut prefix = first;
    for text in texts {
        let same = prefix.char_indices().zip(text.chars());
        let end = same
            .take_while(|((_, a), b)| a == b)
            .last()
            .map_or(0, |((at, c), _)| at + c.len_utf8());
        prefix = &prefix[..end];
    }
    prefix.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(log: &Log) -> Vec<String> {
        let text = |l: &Vec<Span>| l.iter().map(|s| s.text.as_str()).collect::<String>();
        log.blocks()
            .iter()
            .flat_map(|b| b.lines.iter().map(text).collect::<Vec<_>>())
            .collect()
    }

    fn out(text: &str) -> Chunk {
        Chunk {
            text: text.into(),
            stream: Stream::Out,
        }
    }

    #[test]
    fn text_is_cut_into_lines_and_styles() {
        let mut log = Log::default();
        let none = |_: &str| None;
        log.print(
            &[out("a\u{1b}[1;31mred\u{1b}"), out("[0mb\none\rtwo\nthree")],
            &none,
        );
        assert_eq!(shown(&log), ["aredb", "two", "three"]);
        let first = &log.blocks()[0].lines[0];
        assert_eq!(
            (first[1].style.colour, first[1].style.bold),
            (Some(1), true)
        );
        assert_eq!(first[2].style, Style::default());
        log.print(&[out("\u{1b}[H\u{1b}[2Jfresh\n")], &none);
        assert_eq!(shown(&log), ["fresh"]);
    }

    #[test]
    fn a_flood_keeps_the_newest_lines() {
        let mut log = Log::default();
        let lines: String = (0..100_000).map(|i| format!("{i}\n")).collect();
        log.print(&[out(&lines)], &|_| None);
        let kept = shown(&log);
        assert!(kept.len() <= BLOCK * (BLOCKS + 1) && log.truncated);
        assert_eq!(kept.last().map(String::as_str), Some("99999"));
        // In pieces as well, and whatever the pieces are cut at.
        let mut pieces = Log::default();
        let cut: Vec<_> = lines.as_bytes().chunks(1_003).collect();
        let cut: Vec<_> = cut
            .iter()
            .map(|piece| out(&String::from_utf8_lossy(piece)))
            .collect();
        pieces.print(&cut, &|_| None);
        assert_eq!(shown(&pieces).last(), kept.last());
        assert!(pieces.truncated);
    }

    #[test]
    fn a_line_without_an_end_is_folded_and_bounded() {
        let mut log = Log::default();
        for _ in 0..20 {
            log.print(&[out(&"한".repeat(1 << 18))], &|_| None);
        }
        let kept = shown(&log);
        assert!(kept.iter().all(|line| line.len() <= LONGEST_LINE));
        let bytes: usize = kept.iter().map(String::len).sum();
        assert!(bytes <= BYTES + BLOCK * LONGEST_LINE, "{bytes}");
        assert!(bytes > BYTES / 2 && log.truncated);
    }

    #[test]
    fn names_on_the_map_become_links() {
        let mut log = Log::default();
        let find = |n: &str| (n == "web-1").then(|| "pod/default/web-1".to_owned());
        log.print(
            &[out(
                "web-1   1/1\ndeployment.apps/web created\n한글 web-1\n",
            )],
            &find,
        );
        let blocks = log.blocks();
        let linked: Vec<_> = blocks[0]
            .lines
            .iter()
            .map(|l| l.iter().find_map(|s| s.link.clone()).unwrap_or_default())
            .collect();
        assert_eq!(
            linked,
            [
                "pod/default/web-1",
                "Deployment/default/web",
                "pod/default/web-1"
            ]
        );
    }

    #[test]
    fn completions_replace_what_they_complete() {
        let item = |label: &str| super::super::protocol::CompletionItem {
            label: label.into(),
            ..Default::default()
        };
        let completion = Completion {
            from: 12,
            to: 14,
            items: vec![item("pods"), item("podtemplates")],
        };
        assert_eq!(common_prefix(&completion), "pod");
        assert_eq!(
            apply_completion("kubectl get po", &completion, 0),
            "kubectl get pods"
        );
        assert_eq!((byte_offset("가b", 1), utf16_offset("가b", 3)), (3, 1));
    }

    #[test]
    fn history_comes_back_to_the_draft() {
        let mut h = History::default();
        h.add("a");
        h.add("b");
        h.add("b");
        assert_eq!(h.older("draft").as_deref(), Some("b"));
        assert_eq!(h.older("").as_deref(), Some("a"));
        assert_eq!(h.older(""), None);
        assert_eq!(h.newer().as_deref(), Some("b"));
        assert_eq!(h.newer().as_deref(), Some("draft"));
        assert_eq!(h.newer(), None);
    }
}
