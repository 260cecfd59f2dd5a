//! `sleep`.

use super::super::process::{Cx, Program, Start, Step};
use super::super::system::Micros;

#[derive(Clone)]
struct Sleep(Micros);

impl Program for Sleep {
    fn step(&mut self, cx: &mut Cx) -> Step {
        if cx.sys.now() >= self.0 {
            Step::Exit(0)
        } else {
            Step::Until(self.0)
        }
    }
}

/// `10`, `0.5`, `2m`: microseconds. `infinity` is as long as can be said.
pub fn interval(text: &str) -> Option<Micros> {
    if matches!(text, "infinity" | "inf") {
        return Some(u64::MAX / 4);
    }
    let (digits, unit) = match text.char_indices().last()? {
        (at, 's') => (&text[..at], 1.0),
        (at, 'm') => (&text[..at], 60.0),
        (at, 'h') => (&text[..at], 3600.0),
        (at, 'd') => (&text[..at], 86400.0),
        _ => (text, 1.0),
    };
    let seconds: f64 = digits.parse().ok()?;
    (seconds >= 0.0 && seconds.is_finite()).then(|| (seconds * unit * 1e6).min(4e18) as u64)
}

pub fn sleep(cx: &mut Cx) -> Start {
    let args = cx.args();
    if args.is_empty() {
        return cx.fail(
            1,
            "missing operand\nTry 'sleep --help' for more information.",
        );
    }
    let mut total: Micros = 0;
    for arg in &args {
        match interval(arg) {
            Some(micros) => total = total.saturating_add(micros),
            None if cx.busybox() => return cx.fail(1, format!("invalid number '{arg}'")),
            None => {
                return cx.fail(
                    1,
                    format!(
                        "invalid time interval ‘{arg}’\nTry 'sleep --help' for more information."
                    ),
                );
            }
        }
    }
    let until = cx.sys.now().saturating_add(total);
    Start::Run(Box::new(Sleep(until)))
}
