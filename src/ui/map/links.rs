//! The ties of what is selected: owner, selector and reference are three styles of line.

use crate::ui::ctx::use_ctx;
use crate::view::frame::Key;
use crate::view::host::Rect;
use crate::view::inspect::{How, Inspection};
use crate::view::model::{NodeView, Shared, Zoom};
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
    let ends: Vec<(&'static str, Key)> = props
        .inspection
        .iter()
        .flat_map(|i| i.relations.iter())
        .filter_map(|r| Some((style(r.how)?, r.key.clone())))
        .filter(|(_, key)| !key.is_empty())
        .take(MOST)
        .collect();
    {
        let (host, lines) = (ctx.host.clone(), lines.setter());
        let from = props.selected.clone();
        let watched = (from.clone(), ends.clone(), props.nodes.clone(), props.zoom);
        use_effect_with(watched, move |_| {
            let Some(from) = from.filter(|_| !ends.is_empty()) else {
                lines.set(Vec::new());
                return;
            };
            let mut keys = vec![from];
            keys.extend(ends.iter().map(|(_, k)| k.clone()));
            let rects = host.rects("map-canvas", &keys);
            let Some(Some(start)) = rects.first().copied() else {
                lines.set(Vec::new());
                return;
            };
            let others = rects.into_iter().skip(1).zip(&ends);
            let drawn = others.filter_map(|(r, (style, _))| Some((*style, curve(start, r?))));
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

/// A line between two boxes, leaving and arriving upright.
fn curve(a: Rect, b: Rect) -> String {
    let middle = |r: Rect| r.x + r.width / 2.0;
    let below = b.y >= a.y + a.height;
    let above = b.y + b.height <= a.y;
    let (y1, y2) = match (below, above) {
        (true, _) => (a.y + a.height, b.y),
        (_, true) => (a.y, b.y + b.height),
        _ => (a.y + a.height, b.y + b.height),
    };
    let (x1, x2) = (middle(a), middle(b));
    let bend = ((y2 - y1).abs() / 2.0).clamp(16.0, 120.0);
    let (c1, c2) = match (below, above) {
        (true, _) => (y1 + bend, y2 - bend),
        (_, true) => (y1 - bend, y2 + bend),
        _ => (y1 + 24.0, y2 + 24.0),
    };
    format!("M{x1:.0} {y1:.0}C{x1:.0} {c1:.0} {x2:.0} {c2:.0} {x2:.0} {y2:.0}")
}
