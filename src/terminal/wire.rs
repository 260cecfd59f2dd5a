//! The way from asynchronous commands to an API server that is asked synchronously: requests wait here until the driver carries
//! them over, answers until the command looks for them.

use super::kubarium::Order;
use crate::apimachinery::Timestamp;
use crate::apimachinery::http::{Request, Response, StreamId, WatchEvent, WatchId, is_admitted};
use crate::collections::{SortedMap, SortedSet};
use crate::kubectl::{LocalFuture, Transport, TransportError};
use crate::shell::net::{Answer, Exchange};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// The API server as the terminal's driver reaches it.
pub trait Backend {
    /// The time.
    fn now(&self) -> Timestamp;
    /// Sends a request.
    fn send(&mut self, request: Request) -> Result<Response, TransportError>;
    /// How long to wait before a request that is admitted is sent again that was sent `tried` times; none where its answer stands.
    fn wait_before(&self, _response: &Response, _tried: u32) -> Option<Duration> {
        None
    }
    /// The next event of a watch that has arrived.
    fn poll_watch(&mut self, id: WatchId) -> Option<WatchEvent>;
    /// The next bytes of a stream: `Ok(None)` is nothing now, `Err` its end.
    fn poll_stream(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>>;
    /// Sends a message on a stream that carries them both ways.
    fn write_stream(&mut self, _id: StreamId, _message: &[u8]) {}
    /// Sends something over the network that the workstation is in.
    fn send_exchange(&mut self, _exchange: Exchange) {}
    /// What came back since the last call.
    fn take_answers(&mut self) -> Vec<(u64, Answer)> {
        Vec::new()
    }
    /// Ends a watch.
    fn close_watch(&mut self, id: WatchId);
    /// Ends a stream.
    fn close_stream(&mut self, id: StreamId);
    /// Does something to a simulated machine: what came of it, or why not.
    fn order(&mut self, _order: Order) -> Result<String, String> {
        Err("the machines of this cluster are not simulated".to_owned())
    }
}

type Done = Result<String, String>;
type Chunk = Result<Option<Vec<u8>>, String>;

#[derive(Default)]
struct Inner {
    next: u64,
    requests: VecDeque<(u64, Request)>,
    /// Requests to be sent again, when, and how often they were.
    later: Vec<(Timestamp, u32, u64, Request)>,
    answers: SortedMap<u64, Result<Response, TransportError>>,
    watches: SortedMap<WatchId, VecDeque<WatchEvent>>,
    streams: SortedMap<StreamId, VecDeque<Chunk>>,
    messages: VecDeque<(StreamId, Vec<u8>)>,
    closed_watches: Vec<WatchId>,
    closed_streams: Vec<StreamId>,
    abandoned: SortedSet<u64>,
    orders: VecDeque<(u64, Order)>,
    done: SortedMap<u64, Done>,
}

/// Where requests and answers wait.
#[derive(Clone, Default)]
pub struct Wire(Rc<RefCell<Inner>>);

impl Wire {
    /// Carries requests over and brings back what has arrived. Whether anything moved.
    pub fn carry(&self, backend: &mut dyn Backend) -> bool {
        let mut moved = false;
        while let Some((tried, id, request)) = self.next_request(backend.now()) {
            moved = true;
            if self.0.borrow_mut().abandoned.remove(&id) {
                continue;
            }
            let copy = is_admitted(&request).then(|| request.clone());
            let answer = backend.send(request);
            let mut inner = self.0.borrow_mut();
            let wait = answer.as_ref().ok();
            let wait = wait.and_then(|response| backend.wait_before(response, tried));
            match (wait, copy) {
                (Some(wait), Some(copy)) => {
                    inner
                        .later
                        .push((backend.now() + wait, tried + 1, id, copy));
                }
                _ => {
                    inner.answers.insert(id, answer);
                }
            }
        }
        let mut inner = self.0.borrow_mut();
        while let Some((id, order)) = inner.orders.pop_front() {
            let done = backend.order(order);
            inner.done.insert(id, done);
            moved = true;
        }
        while let Some((id, message)) = inner.messages.pop_front() {
            backend.write_stream(id, &message);
            moved = true;
        }
        for id in std::mem::take(&mut inner.closed_watches) {
            backend.close_watch(id);
        }
        for id in std::mem::take(&mut inner.closed_streams) {
            backend.close_stream(id);
        }
        for (id, queue) in &mut inner.watches {
            while let Some(event) = backend.poll_watch(*id) {
                queue.push_back(event);
                moved = true;
            }
        }
        for (id, queue) in &mut inner.streams {
            if queue
                .back()
                .is_some_and(|last| !matches!(last, Ok(Some(_))))
            {
                continue;
            }
            loop {
                let chunk = match backend.poll_stream(*id) {
                    Ok(None) => break,
                    Ok(Some(bytes)) => Ok(Some(bytes)),
                    Err(None) => Ok(None),
                    Err(Some(why)) => Err(why),
                };
                moved = true;
                let over = !matches!(chunk, Ok(Some(_)));
                queue.push_back(chunk);
                if over {
                    break;
                }
            }
        }
        moved
    }
}

impl Wire {
    /// The next request that is due: how often it was sent, its number, and itself.
    fn next_request(&self, now: Timestamp) -> Option<(u32, u64, Request)> {
        let mut inner = self.0.borrow_mut();
        if let Some(at) = inner.later.iter().position(|(at, ..)| *at <= now) {
            let (_, tried, id, request) = inner.later.remove(at);
            return Some((tried, id, request));
        }
        inner
            .requests
            .pop_front()
            .map(|(id, request)| (1, id, request))
    }

    /// When a request is to be sent again.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.0.borrow().later.iter().map(|(at, ..)| *at).min()
    }

    /// Has something done to a simulated machine.
    pub async fn order(&self, order: Order) -> Done {
        let id = {
            let mut inner = self.0.borrow_mut();
            inner.next += 1;
            let id = inner.next;
            inner.orders.push_back((id, order));
            id
        };
        poll_fn(|_| match self.0.borrow_mut().done.remove(&id) {
            Some(done) => Poll::Ready(done),
            None => Poll::Pending,
        })
        .await
    }
}

/// Forgets a request whose command was ended before the answer came.
struct Waiting<'a> {
    wire: &'a Wire,
    id: u64,
    done: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.done {
            let mut inner = self.wire.0.borrow_mut();
            if inner.answers.remove(&self.id).is_none() {
                inner.abandoned.insert(self.id);
            }
        }
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let id = {
                let mut inner = self.0.borrow_mut();
                inner.next += 1;
                let id = inner.next;
                inner.requests.push_back((id, request));
                id
            };
            let mut waiting = Waiting {
                wire: self,
                id,
                done: false,
            };
            let answer = poll_fn(|_| match self.0.borrow_mut().answers.remove(&id) {
                Some(answer) => Poll::Ready(answer),
                None => Poll::Pending,
            })
            .await;
            waiting.done = true;
            answer
        })
    }

    fn next_event(&self, id: WatchId) -> LocalFuture<'_, Option<WatchEvent>> {
        Box::pin(poll_fn(move |_| {
            match self
                .0
                .borrow_mut()
                .watches
                .entry(id)
                .or_default()
                .pop_front()
            {
                Some(event) => Poll::Ready(Some(event)),
                None => Poll::Pending,
            }
        }))
    }

    fn next_chunk(&self, id: StreamId) -> LocalFuture<'_, Chunk> {
        Box::pin(poll_fn(move |_| {
            let mut inner = self.0.borrow_mut();
            match inner.streams.entry(id).or_default().pop_front() {
                Some(Ok(None)) => {
                    inner.streams.remove(&id);
                    Poll::Ready(Ok(None))
                }
                Some(chunk) => Poll::Ready(chunk),
                None => Poll::Pending,
            }
        }))
    }

    fn write_stream(&self, id: StreamId, message: Vec<u8>) {
        self.0.borrow_mut().messages.push_back((id, message));
    }

    fn close_watch(&self, id: WatchId) {
        let mut inner = self.0.borrow_mut();
        inner.watches.remove(&id);
        inner.closed_watches.push(id);
    }

    fn close_stream(&self, id: StreamId) {
        let mut inner = self.0.borrow_mut();
        inner.streams.remove(&id);
        inner.closed_streams.push(id);
    }
}
