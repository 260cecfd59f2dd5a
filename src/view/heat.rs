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
}
