//! A machine's network as its programs see it: what they send waits here until the host carries it, answers until they look.
//!
//! An exchange is one request with one answer, over TCP (one HTTP request, or nothing but the connection) or UDP (one question).
//! No answer is an answer too: the program waits until its own time is up.

use crate::collections::SortedMap;
use std::net::Ipv4Addr;

/// One request on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Pairs the answer with it.
    pub id: u64,
    /// Where to.
    pub ip: Ipv4Addr,
    /// Which port there.
    pub port: u16,
    /// Whether it goes over UDP.
    pub udp: bool,
    /// What is sent; nothing: only the connection is tried.
    pub data: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing listens there.
    Refused,
    /// There is no way to that address (`EHOSTUNREACH`).
    NoRoute,
    /// The connection stood; all that was sent on it before the other end closed it.
    Data(Vec<u8>),
}

/// The network of one machine, or of one pod.
#[derive(Clone, Debug, Default)]
pub struct Net {
    next: u64,
    sent: Vec<Exchange>,
    answers: SortedMap<u64, Answer>,
    waiting: Vec<u64>,
}

impl Net {
    /// Sends a request; the number under which its answer will be found.
    pub fn send(&mut self, ip: Ipv4Addr, port: u16, udp: bool, data: Vec<u8>) -> u64 {
        self.next += 1;
        let id = self.next;
        self.waiting.push(id);
        self.sent.push(Exchange {
            id,
            ip,
            port,
            udp,
            data,
        });
        id
    }

    /// The answer, once it is there.
    pub fn poll(&mut self, id: u64) -> Option<Answer> {
        self.answers.remove(&id)
    }

    /// Nobody waits for that answer any more.
    pub fn forget(&mut self, id: u64) {
        self.answers.remove(&id);
        self.waiting.retain(|w| *w != id);
    }

    /// For the host: what was sent since the last call.
    pub fn take_sent(&mut self) -> Vec<Exchange> {
        std::mem::take(&mut self.sent)
    }

    /// For the host: brings an answer; false where nobody waits for it.
    pub fn answer(&mut self, id: u64, answer: Answer) -> bool {
        let Some(at) = self.waiting.iter().position(|w| *w == id) else {
            return false;
        };
        self.waiting.swap_remove(at);
        self.answers.insert(id, answer);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_finds_only_who_waits_for_it() {
        let mut net = Net::default();
        let ip = Ipv4Addr::LOCALHOST;
        let (a, b) = (
            net.send(ip, 80, false, vec![]),
            net.send(ip, 80, false, vec![]),
        );
        net.forget(a);
        assert!(!net.answer(a, Answer::Refused));
        assert!(net.answer(b, Answer::NoRoute));
        assert_eq!(net.take_sent().len(), 2);
        assert_eq!((net.poll(a), net.poll(b)), (None, Some(Answer::NoRoute)));
    }
}
