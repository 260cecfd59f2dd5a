//! A node with its pods: as pills with names, as glyphs, as small squares, or as one square.

use super::Filter;
use super::squares::{OnHover, Squares, Ties};
use crate::ui::ctx::{Now, use_ctx};
use crate::ui::icons::{Glyph, state_glyph};
use crate::ui::say;
use crate::view::amount;
use crate::view::frame::{
    Key, Machine, NodeCard, NodeHealth, Placement, PodCell, PodState, Verdict, node_key, pod_key,
};
use crate::view::model::{NodeView, Shared, Zoom};
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`NodeBox`].
#[derive(Properties, PartialEq)]
pub struct NodeBoxProps {
    pub node: Shared<NodeView>,
    pub zoom: Zoom,
    pub filter: Rc<Filter>,
    /// The key of what is selected, where it is this node or on it.
    pub selected: Option<Key>,
    /// What the scheduler last found here.
    pub verdict: Option<(Shared<Placement>, Verdict)>,
    /// The pods on it that what is selected is tied to.
    pub ties: Ties,
    pub on_hover: OnHover,
}

/// The most pods of a node that are shown with their names.
const NAMED: usize = 150;

/// A node.
#[component]
pub fn NodeBox(props: &NodeBoxProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let card = &props.node.card;
    let key = node_key(&card.name);
    let state = say::node_state(ctx.lang, card);
    let label = format!(
        "{} {state}, {} {}",
        card.name,
        props.node.pods.len(),
        w.pods
    );
    let class = classes!(
        "node",
        health_class(card),
        (props.selected.as_ref() == Some(&key)).then_some("selected"),
    );
    if props.zoom == Zoom::Heat {
        return html! {
            <button id={key.clone()} type="button" data-key={key} class={classes!(class, "heat", heat_class(card, &props.node.pods))} aria-label={label}>
                <span class="heat-count">{ props.node.pods.len() }</span>
            </button>
        };
    }
    html! {
        <article {class} aria-label={label}>
            <button id={key.clone()} type="button" class="node-head" data-key={key}>
                <Glyph name={if card.machine == Machine::Off { "power" } else { "map" }} />
                <span class="node-name">{ &card.name }</span>
                { for card.roles.iter().filter(|r| **r != card.name).take(1).map(|r| html! { <span class="tag">{ r }</span> }) }
                if !state.is_empty() {
                    <span class="tag alert">{ state }</span>
                }
                { for card.pressures.iter().map(|p| html! { <span class="tag alert">{ p }</span> }) }
                <span class="node-count">{ props.node.pods.len() }</span>
            </button>
            <div class="gauges">
                <Gauge label={w.cpu} used={card.requested.0} of={card.allocatable.0} text={format!("{} / {}", amount::cpu(card.requested.0), amount::cpu(card.allocatable.0))} />
                <Gauge label={w.memory} used={card.requested.1} of={card.allocatable.1} text={format!("{} / {}", amount::bytes(card.requested.1), amount::bytes(card.allocatable.1))} />
            </div>
            { pods(props, &card.name) }
            { for props.verdict.as_ref().map(|(p, v)| mark(p, v)) }
        </article>
    }
}

fn pods(props: &NodeBoxProps, node: &str) -> Html {
    let all = &props.node.pods;
    let more = all.len().saturating_sub(NAMED);
    match props.zoom {
        Zoom::Names => html! {
            <>
                <Cells pods={Shared::new(all.iter().take(NAMED).cloned().collect())} filter={props.filter.clone()}
                    selected={props.selected.clone()} label={node.to_owned()} />
                if more > 0 {
                    <p class="more">{ format!("+{more}") }</p>
                }
            </>
        },
        zoom => html! {
            <Squares pods={Shared::new(all.clone())} signs={zoom == Zoom::Glyphs} fit=true filter={props.filter.clone()} selected={props.selected.clone()}
                ties={props.ties.clone()} on_hover={props.on_hover.clone()} label={node.to_owned()} />
        },
    }
}

/// The scheduler's verdict on this node; a new decision plays it anew.
fn mark(placement: &Shared<Placement>, verdict: &Verdict) -> Html {
    let key = format!("{}{}", placement.pod, verdict.node);
    if placement.chosen == verdict.node {
        return html! { <span class="verdict won" {key} aria-hidden="true" /> };
    }
    if verdict.refused_by.is_empty() {
        return html! { <span class="verdict fits" {key} aria-hidden="true">{ verdict.score }</span> };
    }
    html! { <span class="verdict refused" {key} aria-hidden="true">{ &verdict.reason }</span> }
}

fn health_class(card: &NodeCard) -> &'static str {
    match (card.machine, card.health, card.cordoned) {
        (Machine::Off, ..) => "is-off",
        (Machine::Cut, ..) => "is-cut",
        (_, NodeHealth::Unknown, _) => "is-silent",
        (_, NodeHealth::NotReady, _) => "is-notready",
        (_, _, true) => "is-cordoned",
        _ => "is-ready",
    }
}

/// How full a node is, in five steps; trouble on it stands out.
fn heat_class(card: &NodeCard, pods: &[Shared<PodCell>]) -> &'static str {
    if pods.iter().any(|p| p.state.is_trouble()) {
        return "heat-trouble";
    }
    let share = |(used, of): (i64, i64)| if of > 0 { used * 100 / of } else { 0 };
    let full = share((card.requested.0, card.allocatable.0))
        .max(share((card.requested.1, card.allocatable.1)))
        .max(share((pods.len() as i64, card.allocatable.2)));
    match full {
        0..=9 => "heat-0",
        10..=34 => "heat-1",
        35..=59 => "heat-2",
        60..=84 => "heat-3",
        _ => "heat-4",
    }
}

/// Properties of [`Gauge`].
#[derive(Properties, PartialEq)]
struct GaugeProps {
    label: AttrValue,
    used: i64,
    of: i64,
    text: AttrValue,
}

/// A thin bar: how much of something is requested.
#[component]
fn Gauge(props: &GaugeProps) -> Html {
    let level = match props.used * 10 > props.of * 9 {
        true => "high",
        false => "calm",
    };
    html! {
        <div class={classes!("gauge", level)} title={format!("{} {}", props.label, props.text)}>
            <span class="gauge-label">{ props.label.clone() }</span>
            <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="bar-track" width="100" height="4" />
                <rect class="bar-fill" width={amount::percent(props.used, props.of)} height="4" />
            </svg>
            <span class="gauge-text">{ props.text.clone() }</span>
        </div>
    }
}

/// Properties of [`Cells`].
#[derive(Properties, PartialEq)]
pub struct CellsProps {
    pub pods: Shared<Vec<Shared<PodCell>>>,
    pub filter: Rc<Filter>,
    pub selected: Option<Key>,
    pub label: AttrValue,
}

/// Pods as buttons. One of them is in the order of Tab; the arrow keys move to the others.
#[component]
pub fn Cells(props: &CellsProps) -> Html {
    let ctx = use_ctx();
    let current = use_state_eq(|| 0usize);
    let at = (*current).min(props.pods.len().saturating_sub(1));
    let onkeydown = {
        let (host, pods, current) = (ctx.host.clone(), props.pods.clone(), current.clone());
        Callback::from(move |e: KeyboardEvent| {
            let last = pods.len().saturating_sub(1);
            let to = match &*e.key() {
                "ArrowRight" | "ArrowDown" => (at + 1).min(last),
                "ArrowLeft" | "ArrowUp" => at.saturating_sub(1),
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            e.prevent_default();
            if let Some(pod) = pods.get(to) {
                current.set(to);
                host.focus(&pod_key(&pod.namespace, &pod.name));
            }
        })
    };
    html! {
        <div class="cells with-names" role="group" aria-label={props.label.clone()} {onkeydown}>
            { for props.pods.iter().enumerate().map(|(i, pod)| {
                let key = pod_key(&pod.namespace, &pod.name);
                let selected = props.selected.as_ref() == Some(&key);
                html! { <Cell key={key} pod={pod.clone()} reached={i == at} {selected} dim={!props.filter.pod(pod)} /> }
            }) }
        </div>
    }
}

/// Properties of [`Cell`].
#[derive(Properties, PartialEq)]
struct CellProps {
    pod: Shared<PodCell>,
    reached: bool,
    selected: bool,
    dim: bool,
}

/// One pod.
#[component]
fn Cell(props: &CellProps) -> Html {
    let ctx = use_ctx();
    let pod = &props.pod;
    let key = pod_key(&pod.namespace, &pod.name);
    let class = classes!(
        "pod",
        format!("is-{}", pod.state.slug()),
        pod.system.then_some("system"),
        props.selected.then_some("selected"),
        props.dim.then_some("dim"),
    );
    let word = say::pod_state(ctx.lang, pod.state);
    html! {
        <button id={key.clone()} type="button" {class} data-key={key} tabindex={if props.reached { "0" } else { "-1" }}
            aria-label={format!("{}: {word}", pod.name)}>
            { state_glyph(pod.state) }
            <span class="pod-name">{ shorten(&pod.name) }</span>
            if matches!(pod.state, PodState::CrashLoop | PodState::Terminating) && pod.until_ms.is_some() {
                <Countdown until={pod.until_ms.unwrap_or(0)} />
            }
        </button>
    }
}

/// A long name with its middle left out: what tells pods apart is at the end.
fn shorten(name: &str) -> String {
    const MOST: usize = 21;
    if name.len() <= MOST || !name.is_ascii() {
        return name.to_owned();
    }
    format!("{}…{}", &name[..10], &name[name.len() - 10..])
}

/// Properties of [`Countdown`].
#[derive(Properties, PartialEq)]
pub struct CountdownProps {
    /// When it ends, in milliseconds.
    pub until: i64,
}

/// The time left until a moment.
#[component]
pub fn Countdown(props: &CountdownProps) -> Html {
    let now = use_context::<Now>().unwrap_or_default();
    html! { <span class="countdown">{ say::span(props.until.div_euclid(1000) - now.0) }</span> }
}
