//! Values that change faster than a person reads.

use super::ctx::use_ctx;
use std::rc::Rc;
use yew::prelude::*;

/// The value, taken over at most once in so many milliseconds; of those in between the last one counts.
#[hook]
pub fn use_calm<T: Clone + PartialEq + 'static>(value: &T, ms: u32) -> T {
    let host = use_ctx().host;
    let shown = use_state_eq(|| value.clone());
    let latest = use_mut_ref(|| value.clone());
    // When it was last taken over, and whether that is arranged.
    let taken = use_mut_ref(|| (f64::NEG_INFINITY, false));
    latest.borrow_mut().clone_from(value);
    {
        let setter = shown.setter();
        use_effect_with(value.clone(), move |value| {
            let (last, waits) = *taken.borrow();
            if waits {
                return;
            }
            let now = host.now_ms();
            let wait = last + f64::from(ms) - now;
            if wait <= 0.0 {
                *taken.borrow_mut() = (now, false);
                setter.set(value.clone());
                return;
            }
            *taken.borrow_mut() = (last, true);
            let (latest, taken, clock) = (latest.clone(), taken.clone(), Rc::clone(&host));
            let take = move || {
                *taken.borrow_mut() = (clock.now_ms(), false);
                setter.set(latest.borrow().clone());
            };
            host.later(wait.ceil() as u32, Box::new(take));
        });
    }
    (*shown).clone()
}
