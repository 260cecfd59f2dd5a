//! The log that the inspector follows.

use crate::{
    apimachinery::http::{ApiClient, Body, StreamId, WatchId},
    client::request::encode_query,
    view::{
        protocol::{LogChunk, LogRequest},
        store::open_stream,
    },
};

/// The most bytes that one message carries.
const LARGEST_CHUNK: usize = 64 << 10;
/// Lines of an old log that are shown.
const TAIL_LINES: u32 = 1_000;

/// One log that is followed.
pub struct LogTail {
    of: LogRequest,
    state: State,
    first: bool,
}

enum State {
    Closed,
    Open(StreamId),
    Ended,
}

impl LogTail {
    /// A log that is opened at the next poll.
    pub fn new(of: LogRequest) -> Self {
        Self {
            of,
            state: State::Closed,
            first: true,
        }
    }

    /// What came since the last call.
    pub fn poll(&mut self, api: &mut dyn ApiClient) -> Option<LogChunk> {
        let stream = match self.state {
            State::Ended => return None,
            State::Open(stream) => stream,
            State::Closed => match open_stream(api, &self.path()) {
                Ok(Body::Stream(stream)) => {
                    self.state = State::Open(stream);
                    stream
                }
                Ok(_) => return self.end(String::new(), None),
                Err((_, message)) => return self.end(String::new(), Some(message)),
            },
        };
        let mut text = Vec::new();
        let end = loop {
            match api.poll_stream(stream) {
                Ok(Some(bytes)) if text.len() < LARGEST_CHUNK => text.extend(bytes),
                Ok(Some(bytes)) => {
                    text.extend(bytes);
                    break None;
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        match end {
            Some(error) => self.end(text, error),
            None if text.is_empty() && !self.first => None,
            None => Some(self.chunk(text, None)),
        }
    }

    /// Ends it.
    pub fn close(self, api: &mut dyn ApiClient) {
        if let State::Open(StreamId(id)) = self.state {
            api.close_watch(WatchId(id));
        }
    }

    fn end(&mut self, text: String, error: Option<String>) -> Option<LogChunk> {
        self.state = State::Ended;
        Some(self.chunk(text, error))
    }

    fn chunk(&mut self, text: String, error: Option<String>) -> LogChunk {
        LogChunk {
            of: self.of.clone(),
            first: std::mem::take(&mut self.first),
            text,
            error,
        }
    }

    fn path(&self) -> String {
        let LogRequest {
            namespace,
            pod,
            container,
            previous,
        } = &self.of;
        let mut path = format!(
            "/api/v1/namespaces/{}/pods/{}/log?follow=true&tailLines={TAIL_LINES}",
            encode_query(namespace),
            encode_query(pod)
        );
        if !container.is_empty() {
            path.push_str(&format!("&container={}", encode_query(container)));
        }
        if *previous {
            path.push_str("&previous=true");
        }
        path
    }
}
