//! Many pods as one drawing: a shape per state instead of an element per pod, so that a thousand cost what ten do.

use super::Filter;
use crate::collections::SortedSet;
use crate::ui::ctx::use_ctx;
use crate::ui::say;
use crate::view::frame::{Key, PodCell, pod_key};
use crate::view::heat::{Grid, Signs, TILE, outlines, signs};
use crate::view::model::Shared;
use std::rc::Rc;
use yew::prelude::*;

/// Told what is under the pointer and where, in pixels of the window.
pub type OnHover = Callback<Option<(Key, i32, i32)>>;
/// Keys of what the selection is tied to.
pub type Ties = Option<Rc<SortedSet<Key>>>;

/// Properties of [`Squares`].
#[derive(Properties, PartialEq)]
pub struct SquaresProps {
    pub pods: Shared<Vec<Shared<PodCell>>>,
    /// Whether each pod carries the sign of its state.
    pub signs: bool,
    /// Whether the drawing fills the width it is given.
    pub fit: bool,
    pub filter: Rc<Filter>,
    pub selected: Option<Key>,
    #[prop_or_default]
    pub ties: Ties,
    pub on_hover: OnHover,
    pub label: AttrValue,
}

/// Pods with a sign in a row of a card, and of the queue; small ones in a row.
const SIGNS: usize = 10;
const QUEUED: usize = 24;
const SMALL: usize = 24;

/// The drawing. It is one stop in the order of Tab; the arrow keys move from pod to pod in it.
#[component]
pub fn Squares(props: &SquaresProps) -> Html {
    let ctx = use_ctx();
    let at = use_state_eq(|| 0usize);
    let pods = &props.pods;
    let (columns, pitch, side) = match (props.signs, props.fit) {
        (true, true) => (SIGNS, TILE + 4, TILE),
        (true, false) => (QUEUED, TILE + 4, TILE),
        (false, _) => (SMALL, 9, 7),
    };
    let grid = Grid::of_width(columns * pitch, pitch);
    let (width, height) = (
        columns * pitch - (pitch - side),
        (grid.rows(pods.len()) * pitch).saturating_sub(pitch - side),
    );
    let key = |p: &PodCell| pod_key(&p.namespace, &p.name);
    let chosen = props.selected.as_ref().and_then(|s| {
        pods.iter()
            .position(|p| s.ends_with(&*p.name) && key(p) == *s)
    });
    let current = chosen.unwrap_or(*at).min(pods.len().saturating_sub(1));
    let corner = move |i: usize| (i % grid.columns * pitch, i / grid.columns * pitch);
    let place = Place {
        grid,
        width: width as f64,
        pods: pods.clone(),
    };
    let pointed = {
        let (place, hover) = (place.clone(), props.on_hover.clone());
        Callback::from(move |e: MouseEvent| {
            e.stop_propagation();
            hover.emit(place.under(&e).map(|(i, x, y)| (place.key(i), x, y)));
        })
    };
    let onclick = {
        let (place, ctx, at) = (place.clone(), ctx.clone(), at.setter());
        Callback::from(move |e: MouseEvent| {
            if let Some((i, ..)) = place.under(&e) {
                e.stop_propagation();
                at.set(i);
                ctx.select(&place.key(i));
            }
        })
    };
    let onkeydown = {
        let (ctx, at, last) = (ctx.clone(), at.clone(), pods.len().saturating_sub(1));
        Callback::from(move |e: KeyboardEvent| {
            let to = match &*e.key() {
                "ArrowRight" => current + 1,
                "ArrowLeft" => current.saturating_sub(1),
                "ArrowDown" => current + columns,
                "ArrowUp" => current.saturating_sub(columns),
                "Home" => 0,
                "End" => last,
                "Enter" | " " if !place.pods.is_empty() => {
                    e.prevent_default();
                    ctx.select(&place.key(current));
                    return;
                }
                _ => return,
            };
            e.prevent_default();
            let to = to.min(last);
            at.set(to);
            if chosen.is_some() && !place.pods.is_empty() {
                ctx.select(&place.key(to));
            }
        })
    };
    let spot = pods.get(current).map(|pod| {
        let (x, y) = corner(current);
        let class = if chosen.is_some() { "spot chosen" } else { "spot" };
        let label = format!("{}: {}", pod.name, say::pod_state(ctx.lang, pod.state));
        html! {
            <rect id={key(pod)} {class} role="img" aria-label={label} x={(x as f64 - 1.5).to_string()} y={(y as f64 - 1.5).to_string()}
                width={(side + 3).to_string()} height={(side + 3).to_string()} rx="3" />
        }
    });
    let tied = props.ties.iter().flat_map(|ties| {
        let tied = pods
            .iter()
            .enumerate()
            .filter(|(_, p)| ties.contains(&key(p)));
        tied.map(|(i, _)| corner(i)).collect::<Vec<_>>()
    });
    let tied: String = tied
        .map(|(x, y)| format!("M{x} {y}h{side}v{side}h-{side}z"))
        .collect();
    html! {
        <svg class={classes!("squares", props.fit.then_some("fit"))} viewBox={format!("0 0 {width} {height}")} width={width.to_string()} height={height.to_string()}
            role="group" tabindex="0" aria-label={format!("{}: {} {}", props.label, pods.len(), ctx.words().pods)}
            aria-activedescendant={pods.get(current).map(|p| key(p))} {onclick} {onkeydown} onmousemove={pointed.clone()} onmouseover={pointed}>
            { drawing(props, grid) }
            if !tied.is_empty() {
                <path class="tied" d={tied} />
            }
            { for spot }
        </svg>
    }
}

fn drawing(props: &SquaresProps, grid: Grid) -> Html {
    let shown = |p: &PodCell| props.filter.pod(p);
    let class = |state: Option<crate::view::frame::PodState>| {
        state.map_or("dim".to_owned(), |s| format!("is-{}", s.slug()))
    };
    if !props.signs {
        let all = outlines(&props.pods, grid, &shown);
        let path = |(state, d)| html! { <path key={class(state)} class={class(state)} fill-rule="evenodd" {d} /> };
        return all.into_iter().map(path).collect();
    }
    let all = signs(&props.pods, grid, &shown);
    let group = |s: Signs| {
        html! {
            <g key={class(s.state)} class={classes!("signs", class(s.state))}>
                <path class="tile" d={s.tiles} />
                <path class="sign" d={s.marks} />
            </g>
        }
    };
    all.into_iter().map(group).collect()
}

/// Where which pod is drawn.
#[derive(Clone)]
struct Place {
    grid: Grid,
    width: f64,
    pods: Shared<Vec<Shared<PodCell>>>,
}

impl Place {
    fn key(&self, index: usize) -> Key {
        let pod = &self.pods[index];
        pod_key(&pod.namespace, &pod.name)
    }

    /// The pod under the pointer, and where its tile ends in the window.
    fn under(&self, e: &MouseEvent) -> Option<(usize, i32, i32)> {
        let element = e.target_dyn_into::<web_sys::Element>()?;
        let drawn = element.closest("svg").ok()??.get_bounding_client_rect();
        let scale = self.width / drawn.width().max(1.0);
        let (x, y) = (
            (f64::from(e.client_x()) - drawn.x()) * scale,
            (f64::from(e.client_y()) - drawn.y()) * scale,
        );
        let index = self.grid.index_at(x, y).filter(|i| *i < self.pods.len())?;
        let (column, row) = (index % self.grid.columns, index / self.grid.columns);
        let end = |n: usize| ((n * self.grid.pitch + self.grid.side) as f64 / scale) as i32;
        Some((
            index,
            drawn.x() as i32 + end(column),
            drawn.y() as i32 + end(row),
        ))
    }
}
