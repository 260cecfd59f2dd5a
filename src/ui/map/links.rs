//! The ties of what is selected: owner, selector and reference are three styles of line.

use crate::ui::ctx::use_ctx;
use crate::view::frame::Key;
use crate::view::host::Rect;
use crate::view::inspect::{How, Inspection};
use crate::view::model::{NodeView, Shared, Zoom};
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`Links`].
#[derive(Properties, PartialEq)]
pub struct LinksProps {
    pub selected: Option<Key>,
    pub inspection: Option<Rc<Inspection>>,
    /// Where things are changes with the nodes.
    pub nodes: Shared<Vec<Shared<NodeView>>>,
    pub zoom: Zoom,
}

/// The most lines drawn.
const MOST: usize = 120;

fn style(how: How) -> Option<&'static str> {
    match how {
        How::Owner | How::Dependant => Some("owner"),
        How::Selects | How::SelectedBy => Some("selector"),
        How::Uses => Some("reference"),
        // A node's pods are drawn inside it.
        How::RunsOn | How::Hosts => None,
    }
}

/// The lines from the selected thing to what it is tied to.
#[component]
pub fn Links(props: &LinksProps) -> Html {
    let ctx = use_ctx();
    let lines = use_state_eq(Vec::<(&'static str, String)>::new);
    // Panes that open, close or are drawn wider move everything.
    let size = use_state_eq(|| 0u32);
    {
        let (host, size) = (ctx.host.clone(), size.setter());
        use_effect_with((), move |()| {
            let changes = Cell::new(0u32);
            let changed = move || {
                changes.set(changes.get().wrapping_add(1));
                size.set(changes.get());
            };
            host.watch_size("map-canvas", Rc::new(changed));
        });
    }
    let ends: Vec<(&'static str, Key)> = props
        .inspection
        .iter()
        .flat_map(|i| i.relations.iter())
        // A service reaches ready pods only.
        .filter(|r| r.ready || !matches!(r.how, How::Selects | How::SelectedBy))
        .filter_map(|r| Some((style(r.how)?, r.key.clone())))
        .filter(|(_, key)| !key.is_empty())
        .take(MOST)
        .collect();
    {
        let (host, lines) = (ctx.host.clone(), lines.setter());
        let from = props.selected.clone();
        let nodes = props.nodes.clone();
        let watched = (from.clone(), ends.clone(), nodes, props.zoom, *size);
        use_effect_with(watched, move |_| {
            let Some(from) = from.filter(|_| !ends.is_empty()) else {
                lines.set(Vec::new());
                return;
            };
            let pod = from.starts_with("pod/");
            let mut keys = vec![from];
            keys.extend(ends.iter().map(|(_, k)| k.clone()));
            let rects = host.rects("map-canvas", &keys);
            let Some(Some(start)) = rects.first().copied() else {
                lines.set(Vec::new());
                return;
            };
            let others = rects.into_iter().skip(1).zip(&ends);
            let drawn = others.filter_map(|(r, (style, key))| {
                let end = r.filter(|r| !adjoins(start, *r))?;
                Some((*style, curve(start, end, pod, key.starts_with("pod/"))))
            });
            lines.set(drawn.collect());
        });
    }
    if lines.is_empty() {
        return Html::default();
    }
    html! {
        <svg class="links" aria-hidden="true" focusable="false">
            { for lines.iter().map(|(style, d)| html! { <path class={*style} d={d.clone()} /> }) }
        </svg>
    }
}

/// Whether one box lies right under the other, so that no line is needed.
fn adjoins(a: Rect, b: Rect) -> bool {
    (b.x - a.x).abs() < a.width && (b.y - a.y).abs() < 96.0 && b.width <= a.width + 8.0
}

/// A line between two boxes, leaving and arriving upright; at a pod from the left, where its glyph is, so that it does
/// not cross the names.
fn curve(a: Rect, b: Rect, a_is_pod: bool, b_is_pod: bool) -> String {
    let below = b.y >= a.y + a.height;
    let bend = ((b.y - a.y).abs() / 2.0).clamp(16.0, 120.0);
    let (x1, y1, x2, y2) = end(a, a_is_pod, below, bend);
    let (x4, y4, x3, y3) = end(b, b_is_pod, !below, bend);
    format!("M{x1:.0} {y1:.0}C{x2:.0} {y2:.0} {x3:.0} {y3:.0} {x4:.0} {y4:.0}")
}

/// Where a line ends at a box, and the point that it is drawn towards there.
fn end(r: Rect, pod: bool, downwards: bool, bend: f64) -> (f64, f64, f64, f64) {
    let towards = if downwards { bend } else { -bend };
    if pod {
        let y = r.y + r.height / 2.0;
        return (r.x, y, r.x - 28.0, y + towards);
    }
    let x = r.x + r.width / 2.0;
    let y = if downwards { r.y + r.height } else { r.y };
    (x, y, x, y + towards)
}
