//! Open files, pipes and process numbers as plain data: what the host keeps for the shells that share it.

use crate::collections::SortedMap;
use std::collections::VecDeque;
use std::sync::Arc;

use super::system::{Handle, Pid};

/// Bytes a pipe holds before its writer waits.
pub const PIPE_CAPACITY: usize = 64 << 10;
/// Bytes of output that the host may leave undrained before writers wait.
pub const OUTPUT_CAPACITY: usize = 1 << 20;

#[derive(Clone, Debug)]
struct Pipe {
    buffer: VecDeque<u8>,
    readers: u32,
    writers: u32,
}

/// What an open file leads to.
#[derive(Clone, Debug)]
pub enum Target {
    File {
        path: String,
        offset: u64,
        read: bool,
        write: bool,
        append: bool,
    },
    PipeRead(u32),
    PipeWrite(u32),
    /// Here-documents and here-strings.
    Text {
        data: Arc<[u8]>,
        offset: usize,
    },
    Null,
    Zero,
    Full,
    Random,
    /// A stream to the host (terminal, container log), with whether it is a terminal.
    Output {
        stream: u32,
        tty: bool,
    },
    /// A stream from the host (typed lines, `kubectl exec -i`), with whether it is a terminal.
    Input {
        stream: u32,
        tty: bool,
    },
}

#[derive(Clone, Debug)]
struct Open {
    references: u32,
    target: Target,
}

#[derive(Clone, Debug, Default)]
struct Input {
    buffer: VecDeque<u8>,
    /// Ends of input not yet seen by a reader (Ctrl-D gives one).
    ends: u32,
    closed: bool,
}

/// What a read from a stream or pipe gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Data(Vec<u8>),
    Eof,
    /// Nothing now; ask again later.
    Block,
}

/// Open files, pipes and process numbers of one machine.
#[derive(Clone, Debug)]
pub struct Kernel {
    open: SortedMap<Handle, Open>,
    pipes: SortedMap<u32, Pipe>,
    inputs: SortedMap<u32, Input>,
    output: Vec<(u32, Vec<u8>)>,
    output_len: usize,
    next_handle: Handle,
    next_pipe: u32,
    next_pid: Pid,
    random: u64,
}

impl Kernel {
    /// `first_pid` is the number the first process gets (1 in a container); `seed` starts `$RANDOM` and `/dev/urandom`.
    pub fn new(first_pid: Pid, seed: u64) -> Kernel {
        Kernel {
            open: SortedMap::new(),
            pipes: SortedMap::new(),
            inputs: SortedMap::new(),
            output: Vec::new(),
            output_len: 0,
            next_handle: 1,
            next_pipe: 1,
            next_pid: first_pid,
            random: seed | 1,
        }
    }

    pub fn new_pid(&mut self) -> Pid {
        let pid = self.next_pid;
        self.next_pid += 1;
        pid
    }

    /// The next number of a seeded sequence (splitmix64).
    pub fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A new handle with one reference.
    pub fn open(&mut self, target: Target) -> Handle {
        let handle = self.next_handle;
        self.next_handle += 1;
        match &target {
            Target::PipeRead(p) => self.pipe_counts(*p, 1, 0),
            Target::PipeWrite(p) => self.pipe_counts(*p, 0, 1),
            _ => {}
        }
        self.open.insert(
            handle,
            Open {
                references: 1,
                target,
            },
        );
        handle
    }

    /// Reading and writing end of a new pipe.
    pub fn pipe(&mut self) -> (Handle, Handle) {
        let id = self.next_pipe;
        self.next_pipe += 1;
        self.pipes.insert(
            id,
            Pipe {
                buffer: VecDeque::new(),
                readers: 0,
                writers: 0,
            },
        );
        (
            self.open(Target::PipeRead(id)),
            self.open(Target::PipeWrite(id)),
        )
    }

    fn pipe_counts(&mut self, id: u32, readers: i32, writers: i32) {
        if let Some(pipe) = self.pipes.get_mut(&id) {
            pipe.readers = pipe.readers.saturating_add_signed(readers);
            pipe.writers = pipe.writers.saturating_add_signed(writers);
            if pipe.readers == 0 && pipe.writers == 0 {
                self.pipes.remove(&id);
            }
        }
    }

    /// One more reference to the same open file (shared offset).
    pub fn dup(&mut self, handle: Handle) -> Handle {
        if let Some(open) = self.open.get_mut(&handle) {
            open.references += 1;
        }
        handle
    }

    /// One reference less.
    pub fn close(&mut self, handle: Handle) {
        let Some(open) = self.open.get_mut(&handle) else {
            return;
        };
        open.references -= 1;
        if open.references > 0 {
            return;
        }
        match self.open.remove(&handle).map(|o| o.target) {
            Some(Target::PipeRead(p)) => self.pipe_counts(p, -1, 0),
            Some(Target::PipeWrite(p)) => self.pipe_counts(p, 0, -1),
            _ => {}
        }
    }

    pub fn target(&self, handle: Handle) -> Option<&Target> {
        self.open.get(&handle).map(|o| &o.target)
    }

    pub(super) fn target_mut(&mut self, handle: Handle) -> Option<&mut Target> {
        self.open.get_mut(&handle).map(|o| &mut o.target)
    }

    /// How many handles are open: for leak checks.
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    /// Whether the handle is a terminal.
    pub fn is_tty(&self, handle: Handle) -> bool {
        matches!(
            self.target(handle),
            Some(Target::Output { tty: true, .. } | Target::Input { tty: true, .. })
        )
    }

    /// Bytes for a reader of input stream `stream`.
    pub fn push_input(&mut self, stream: u32, data: &[u8]) {
        self.inputs.entry(stream).or_default().buffer.extend(data);
    }

    /// One end of input on the stream (Ctrl-D); later input can follow.
    pub fn end_input(&mut self, stream: u32) {
        self.inputs.entry(stream).or_default().ends += 1;
    }

    /// No more input will ever come on the stream.
    pub fn close_input(&mut self, stream: u32) {
        self.inputs.entry(stream).or_default().closed = true;
    }

    /// What was typed and not read by anybody.
    pub fn take_input(&mut self, stream: u32) -> Vec<u8> {
        let input = self.inputs.get_mut(&stream);
        input.map_or_else(Vec::new, |input| input.buffer.drain(..).collect())
    }

    /// Forgets what was typed ahead (Ctrl-C).
    pub fn flush_input(&mut self, stream: u32) {
        if let Some(input) = self.inputs.get_mut(&stream) {
            input.buffer.clear();
            input.ends = 0;
        }
    }

    /// Output since the last call, in order: stream and bytes.
    pub fn take_output(&mut self) -> Vec<(u32, Vec<u8>)> {
        self.output_len = 0;
        std::mem::take(&mut self.output)
    }

    /// Whether output waits to be taken.
    pub fn has_output(&self) -> bool {
        self.output_len > 0
    }

    /// Writes straight to an output stream, beyond any bound: for the host's own words.
    pub fn push_output(&mut self, stream: u32, data: &[u8]) {
        self.output_len += data.len();
        match self.output.last_mut() {
            Some((last, bytes)) if *last == stream => bytes.extend_from_slice(data),
            _ => self.output.push((stream, data.to_vec())),
        }
    }

    pub(super) fn write_output(&mut self, stream: u32, data: &[u8]) -> usize {
        let n = data
            .len()
            .min(OUTPUT_CAPACITY.saturating_sub(self.output_len));
        if n > 0 {
            self.push_output(stream, &data[..n]);
        }
        n
    }

    pub(super) fn read_input(&mut self, stream: u32, max: usize, until: Option<u8>) -> Read {
        let input = self.inputs.entry(stream).or_default();
        if !input.buffer.is_empty() {
            return Read::Data(drain(&mut input.buffer, max, until));
        }
        if input.ends > 0 {
            input.ends -= 1;
            return Read::Eof;
        }
        if input.closed { Read::Eof } else { Read::Block }
    }

    pub(super) fn read_pipe(&mut self, id: u32, max: usize, until: Option<u8>) -> Read {
        match self.pipes.get_mut(&id) {
            Some(pipe) if !pipe.buffer.is_empty() => {
                Read::Data(drain(&mut pipe.buffer, max, until))
            }
            Some(pipe) if pipe.writers > 0 => Read::Block,
            _ => Read::Eof,
        }
    }

    /// How many bytes went in, or `None` when nobody reads any more.
    pub(super) fn write_pipe(&mut self, id: u32, data: &[u8]) -> Option<usize> {
        let pipe = self.pipes.get_mut(&id)?;
        if pipe.readers == 0 {
            return None;
        }
        let n = data
            .len()
            .min(PIPE_CAPACITY.saturating_sub(pipe.buffer.len()));
        pipe.buffer.extend(&data[..n]);
        Some(n)
    }
}

/// Up to `max` bytes; with `until`, no further than the first such byte (included).
fn drain(buffer: &mut VecDeque<u8>, max: usize, until: Option<u8>) -> Vec<u8> {
    let mut n = max.min(buffer.len());
    if let Some(stop) = until
        && let Some(at) = buffer.iter().take(n).position(|b| *b == stop)
    {
        n = at + 1;
    }
    buffer.drain(..n).collect()
}
