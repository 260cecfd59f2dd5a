//! The cluster with everything that stands around it: the user's terminals, the view, the editor's
//! questions. Simulated time moves here and nowhere else.

use super::manifest;
use crate::view::{
    frame::Frame,
    protocol::{ClockState, Diagnostic, FromWorker, ToWorker},
};

/// What a session lets run.
pub struct World {
    now_ms: i64,
    outbox: Vec<FromWorker>,
}

impl World {
    /// Boots a cluster of a built-in profile.
    pub fn new(_profile: Option<&str>, _seed: u64, now_ms: i64) -> Self {
        Self {
            now_ms,
            outbox: Vec::new(),
        }
    }

    /// Simulated time, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// When something is due next.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        None
    }

    /// Lets happen what is due until `target_ms`; false when there was no time for all of it.
    pub fn advance_to(&mut self, target_ms: i64, _out_of_time: &mut dyn FnMut() -> bool) -> bool {
        self.now_ms = self.now_ms.max(target_ms);
        true
    }

    /// Goes on to the next thing that is due; false when there is none.
    pub fn step(&mut self, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let next = self.next_deadline_ms();
        next.is_some_and(|next| self.advance_to(next, out_of_time))
    }

    /// Lets happen what needs no time to pass.
    pub fn settle(&mut self) {}

    /// Takes in what the user did.
    pub fn input(&mut self, _message: ToWorker) {}

    /// What is wrong with the editor's text.
    pub fn check(&mut self, text: &str) -> Vec<Diagnostic> {
        manifest::check(text, &mut |_, _| Ok(()))
    }

    /// Whether a frame would show anything new.
    pub fn has_news(&self) -> bool {
        false
    }

    /// What changed since the last frame.
    pub fn frame(&mut self, clock: ClockState) -> Vec<FromWorker> {
        vec![FromWorker::Frame(Frame {
            clock,
            ..Frame::default()
        })]
    }

    /// What was said meanwhile.
    pub fn take_outbox(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.outbox)
    }
}
