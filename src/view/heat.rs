//! Pods as small squares: one outline per state for a whole node, so that thousands of pods are a few shapes.

use super::frame::{PodCell, PodState};
use super::model::Shared;
use std::fmt::Write;

/// The grid of a node's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Cells per row.
    pub columns: usize,
    /// Distance from cell to cell.
    pub pitch: usize,
    /// Side of a cell.
    pub side: usize,
}

impl Grid {
    /// A grid for a card that is so many units wide.
    pub fn of_width(width: usize, pitch: usize) -> Self {
        Self {
            columns: (width / pitch).max(1),
            pitch,
            side: pitch - 2,
        }
    }
    /// Rows that `count` cells take.
    pub fn rows(self, count: usize) -> usize {
        count.div_ceil(self.columns)
    }
    /// The cell at a point, if there may be one.
    pub fn index_at(self, x: f64, y: f64) -> Option<usize> {
        if x < 0.0 || y < 0.0 {
            return None;
        }
        let column = x as usize / self.pitch;
        (column < self.columns).then(|| (y as usize / self.pitch) * self.columns + column)
    }
}

/// The outlines of all pods, by state; `shown` says which take part (others come under none).
pub fn outlines(
    pods: &[Shared<PodCell>],
    grid: Grid,
    shown: &dyn Fn(&PodCell) -> bool,
) -> Vec<(Option<PodState>, String)> {
    let mut found: Vec<(Option<PodState>, String)> = Vec::new();
    for (i, pod) in pods.iter().enumerate() {
        let state = shown(pod).then_some(pod.state);
        let at = match found.iter().position(|(s, _)| *s == state) {
            Some(at) => at,
            None => {
                found.push((state, String::new()));
                found.len() - 1
            }
        };
        let (x, y) = (i % grid.columns * grid.pitch, i / grid.columns * grid.pitch);
        let s = grid.side;
        // Trouble is a shape of its own: a diamond, so that it shows without colour.
        let drawn = match pod.state {
            state if state.is_trouble() => {
                let h = s / 2;
                write!(found[at].1, "M{} {y}l{h} {h}l-{h} {h}l-{h}-{h}z", x + h)
            }
            PodState::Ready | PodState::Completed => {
                write!(found[at].1, "M{x} {y}h{s}v{s}h-{s}z")
            }
            // Everything under way is hollow in the middle.
            _ => write!(
                found[at].1,
                "M{x} {y}h{s}v{s}h-{s}zm2 2v{m}h{m}v-{m}z",
                m = s.saturating_sub(4)
            ),
        };
        drawn.expect("writing to a string never fails");
    }
    found
}

/// Pods of one state, drawn with a sign each: what is filled, and what is stroked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// None for those that are not looked at.
    pub state: Option<PodState>,
    pub tiles: String,
    pub marks: String,
}

/// Side of a tile that carries a sign.
pub const TILE: usize = 18;

/// The sign of a state within a tile, from its corner; every state has a shape of its own.
fn sign(state: PodState) -> &'static str {
    match state {
        PodState::Pending => "",
        PodState::Unschedulable => "m9 5v5m0 2.6v.4",
        PodState::Assigned => "m5.5 9h7",
        PodState::Pulling => "m9 4.5v8m-3.2-3l3.2 3l3.2-3",
        PodState::Creating => "m9 5a4 4 0 1 0 4 4",
        PodState::Init => "m6 6h6m-6 3h6m-6 3h3",
        PodState::NotReady => "m9 5a4 4 0 0 0 0 8z",
        PodState::Ready | PodState::Completed => "m5 9.4l2.8 2.8l5.2-6",
        PodState::Failed => "m5.5 5.5l7 7m0-7l-7 7",
        PodState::CrashLoop => "m12.6 7a4 4 0 1 0 .4 2.6m0-5v2.6h-2.6",
        PodState::ImageTrouble => "m4 9h2.6m2.6 0h4.6m-2.8-3l3 3l-3 3",
        PodState::ConfigTrouble => "m9 4.6l4.6 8h-9.2z",
        PodState::Terminating => "m6.5 6.5h5v5h-5z",
        PodState::Unknown => "m7 7a2.1 2.1 0 1 1 3.2 1.8q-1.1 .7-1.1 1.6m0 2.2v.3",
    }
}

/// The signs of all pods, by state; `shown` says which take part.
pub fn signs(pods: &[Shared<PodCell>], grid: Grid, shown: &dyn Fn(&PodCell) -> bool) -> Vec<Signs> {
    let mut found: Vec<Signs> = Vec::new();
    for (i, pod) in pods.iter().enumerate() {
        let state = shown(pod).then_some(pod.state);
        let at = match found.iter().position(|s| s.state == state) {
            Some(at) => at,
            None => {
                found.push(Signs {
                    state,
                    ..Signs::default()
                });
                found.len() - 1
            }
        };
        let (x, y) = (i % grid.columns * grid.pitch, i / grid.columns * grid.pitch);
        let of = &mut found[at];
        write!(of.tiles, "M{x} {y}h{TILE}v{TILE}h-{TILE}z")
            .expect("writing to a string never fails");
        let sign = sign(pod.state);
        if !sign.is_empty() {
            write!(of.marks, "M{x} {y}{sign}").expect("writing to a string never fails");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_where_they_are_drawn() {
        let grid = Grid::of_width(100, 10);
        let pod = |state| {
            Shared::new(PodCell {
                state,
                ..PodCell::default()
            })
        };
        let pods = vec![
            pod(PodState::Ready),
            pod(PodState::Failed),
            pod(PodState::Ready),
        ];
        let drawn = outlines(&pods, grid, &|_| true);
        assert_eq!(drawn.len(), 2);
        assert_eq!(drawn[0].1, "M0 0h8v8h-8zM20 0h8v8h-8z");
        assert_eq!(grid.index_at(25.0, 3.0), Some(2));
        assert_eq!(grid.index_at(5.0, 13.0), Some(10));
        assert_eq!((grid.index_at(120.0, 0.0), grid.rows(11)), (None, 2));
    }

    #[test]
    fn every_state_has_a_sign_of_its_own() {
        let mut signs: Vec<_> = PodState::ALL.into_iter().map(sign).collect();
        signs.sort();
        signs.dedup();
        // Completed is Ready's tick in grey.
        assert_eq!(signs.len(), PodState::ALL.len() - 1);
    }
}
