//! The map: the control plane, what is wanted, where it runs, and how it is reached.

mod control;
mod front;
mod links;
mod list;
mod node;
mod queue;
mod squares;
mod tip;
mod toolbar;
mod traffic;
mod workloads;

use super::ctx::{key_of, use_ctx};
use super::state::Act;
use crate::collections::SortedSet;
use crate::view::frame::{Key, Placement, PodCell};
use crate::view::inspect::{Inspection, map_key};
use crate::view::model::{NodeView, Shared, Snapshot, Zoom};
use crate::view::protocol::ObjectRef;
use control::ControlPlane;
use front::Front;
use links::Links;
use list::ListView;
use node::NodeBox;
use queue::Queue;
use squares::{OnHover, Ties};
use std::rc::Rc;
use tip::Tip;
use toolbar::Toolbar;
use traffic::Traffic;
use workloads::Workloads;
use yew::prelude::*;

/// Properties of [`MapPane`].
#[derive(Properties, PartialEq)]
pub struct MapPaneProps {
    pub shown: Snapshot,
    pub selected: Option<ObjectRef>,
    pub inspection: Option<Rc<Inspection>>,
    pub zoom: Option<Zoom>,
    pub namespace: Option<String>,
    pub filter: String,
    pub list: bool,
    pub hint: bool,
    pub ready: bool,
}

/// What part of the cluster is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub namespace: Option<String>,
    pub text: String,
}

impl Filter {
    /// Whether something of that namespace and name is looked at.
    pub fn shows(&self, namespace: &str, name: &str) -> bool {
        self.namespace.as_deref().is_none_or(|n| n == namespace)
            && (self.text.is_empty() || name.contains(&*self.text))
    }
    /// Whether a pod is looked at.
    pub fn pod(&self, pod: &PodCell) -> bool {
        self.shows(&pod.namespace, &pod.name)
            || (!self.text.is_empty()
                && self.namespace.as_deref().is_none_or(|n| n == pod.namespace)
                && pod.node.contains(&*self.text))
    }
}

/// The map's pane.
#[component]
pub fn MapPane(props: &MapPaneProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let shown = &props.shown;
    let hover = use_state_eq(|| None::<(Key, i32, i32)>);
    let zoom = props.zoom.unwrap_or(shown.natural_zoom());
    let filter = use_memo((props.namespace.clone(), props.filter.clone()), |(n, t)| {
        Filter {
            namespace: n.clone(),
            text: t.trim().to_owned(),
        }
    });
    let selected: Option<Key> = props
        .selected
        .as_ref()
        .map(map_key)
        .filter(|k| !k.is_empty());
    // Pods that are drawn together cannot have lines of their own: those that the selection is tied to are ringed.
    let ties = use_memo(props.inspection.clone(), |seen| -> Ties {
        let all = seen.as_ref()?.relations.iter();
        let pods: SortedSet<Key> = all
            .filter(|r| r.key.starts_with("pod/"))
            .map(|r| r.key.clone())
            .collect();
        (!pods.is_empty()).then(|| Rc::new(pods))
    });
    let on_hover = {
        let hover = hover.setter();
        use_callback((), move |at, ()| hover.set(at))
    };
    let onclick = {
        let ctx = ctx.clone();
        Callback::from(move |e: MouseEvent| {
            if let Some(key) = key_of(&e) {
                ctx.select(&key);
            }
        })
    };
    let onmouseover = {
        let hover = hover.setter();
        Callback::from(move |e: MouseEvent| {
            hover.set(key_of(&e).map(|k| (k, e.client_x(), e.client_y())));
        })
    };
    let onmouseleave = {
        let hover = hover.setter();
        Callback::from(move |_: MouseEvent| hover.set(None))
    };
    let onfocusin = {
        let hover = hover.setter();
        Callback::from(move |e: FocusEvent| hover.set(focused(&e)))
    };
    html! {
        <section id="map" class="pane map" aria-label={w.map} tabindex="-1">
            <Toolbar namespaces={shown.namespaces.clone()} namespace={props.namespace.clone()} filter={props.filter.clone()} list={props.list} {zoom} auto={props.zoom.is_none()} />
            if props.list {
                <ListView shown={shown.clone()} filter={filter.clone()} selected={selected.clone()} />
            } else {
                <div id="map-scroll" class="map-scroll" tabindex="0" aria-label={w.map}
                    {onclick} {onmouseover} {onmouseleave} {onfocusin}>
                    <div id="map-canvas" class={classes!("map-canvas", zoom_class(zoom))}>
                        if props.ready && !shown.components.is_empty() {
                            { bands(shown, zoom, &filter, selected.as_ref(), (*ties).clone(), on_hover) }
                        } else {
                            <p class="empty starting">{ w.starting }</p>
                        }
                        <Traffic flows={shown.flows.clone()} />
                        <Links selected={selected.clone()} inspection={props.inspection.clone()} nodes={shown.nodes.clone()} {zoom} />
                    </div>
                </div>
                <Tip hover={(*hover).clone()} shown={shown.clone()} />
            }
            if props.hint && props.ready {
                <Hint />
            }
        </section>
    }
}

/// What the keyboard has come to, and where its words go; a click shows no words, since it opens the inspector.
fn focused(e: &FocusEvent) -> Option<(Key, i32, i32)> {
    let element = e.target_dyn_into::<web_sys::Element>()?;
    if !element.matches(":focus-visible").unwrap_or(false) {
        return None;
    }
    let at = element.get_bounding_client_rect();
    let (x, y) = (at.x() + at.width() / 2.0, at.y() + at.height());
    Some((key_of(e)?, x as i32, y as i32))
}

fn zoom_class(zoom: Zoom) -> &'static str {
    match zoom {
        Zoom::Heat => "zoom-heat",
        Zoom::Cells => "zoom-cells",
        Zoom::Glyphs => "zoom-glyphs",
        Zoom::Names => "zoom-names",
    }
}

fn bands(
    shown: &Snapshot,
    zoom: Zoom,
    filter: &Rc<Filter>,
    selected: Option<&Key>,
    ties: Ties,
    on_hover: OnHover,
) -> Html {
    html! {
        <>
            <ControlPlane components={shown.components.clone()} revision={shown.revision} pulses={shown.pulses.clone()}
                waiting={shown.waiting.len()} selected={selected.cloned()} />
            <Queue waiting={shown.waiting.clone()} filter={filter.clone()} selected={selected.cloned()} on_hover={on_hover.clone()} />
            <Workloads workloads={shown.workloads.clone()} filter={filter.clone()} selected={selected.cloned()} />
            <Nodes nodes={shown.nodes.clone()} placement={shown.placement.clone()} {zoom} filter={filter.clone()} selected={selected.cloned()} {ties} {on_hover} />
            <Front services={shown.services.clone()} filter={filter.clone()} selected={selected.cloned()} />
        </>
    }
}

/// Properties of [`Nodes`].
#[derive(Properties, PartialEq)]
struct NodesProps {
    nodes: Shared<Vec<Shared<NodeView>>>,
    placement: Option<Shared<Placement>>,
    zoom: Zoom,
    filter: Rc<Filter>,
    selected: Option<Key>,
    ties: Ties,
    on_hover: OnHover,
}

/// All nodes, with the scheduler's latest decision drawn on them.
#[component]
fn Nodes(props: &NodesProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let nodes = &props.nodes;
    // Squares show no decision.
    let placement = props.placement.as_ref();
    let placement = placement.filter(|_| props.zoom != Zoom::Heat);
    let verdict = |node: &str| {
        let p = placement?;
        let v = p.verdicts.iter().find(|v| v.node == node)?;
        Some((p.clone(), v.clone()))
    };
    html! {
        <section class="band nodes" aria-label={w.nodes}>
            <h2 class="band-title">
                { w.nodes }<span class="count">{ nodes.len() }</span>
                <button type="button" class="chip add" onclick={ctx.on(|| Act::Run(crate::view::commands::ADD_NODE.into()))}
                    title={crate::view::commands::ADD_NODE}>{ "+ " }{ w.add_node }</button>
            </h2>
            if nodes.is_empty() {
                <p class="empty">{ w.no_nodes }</p>
            }
            <div class="node-grid">
                { for nodes.iter().map(|n| {
                    let key = crate::view::frame::node_key(&n.card.name);
                    let own = props.selected.as_ref().filter(|s| {
                        **s == key || s.starts_with("pod/") && n.pods.iter().any(|p| s.ends_with(&*p.name))
                    });
                    html! {
                        <NodeBox key={n.card.name.clone()} node={n.clone()} zoom={props.zoom} filter={props.filter.clone()}
                            selected={own.cloned()} verdict={verdict(&n.card.name)} ties={props.ties.clone()} on_hover={props.on_hover.clone()} />
                    }
                }) }
            </div>
        </section>
    }
}

/// One line that offers a first thing to try.
#[component]
fn Hint() -> Html {
    const FIRST: &str = "kubectl create deployment web --image=nginx --replicas=3";
    let ctx = use_ctx();
    let w = ctx.words();
    let run = {
        let act = ctx.act.clone();
        Callback::from(move |_: MouseEvent| {
            act.emit(Act::HintDone);
            act.emit(Act::Run(FIRST.into()));
        })
    };
    html! {
        <div class="hint" role="note" aria-label={w.try_this}>
            <span>{ w.try_this }</span>
            <code>{ FIRST }</code>
            <button type="button" class="button primary small" onclick={run}>{ w.run }</button>
            <button type="button" class="tool" aria-label={w.close} onclick={ctx.on(|| Act::HintDone)}><super::icons::Glyph name="close" /></button>
        </div>
    }
}
