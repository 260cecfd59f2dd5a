//! The control plane: who writes to the API server and who is told, as pulses along lines.

use crate::collections::SortedMap;
use crate::ui::ctx::use_ctx;
use crate::ui::icons::Glyph;
use crate::view::frame::{Component, Key};
use crate::view::model::Shared;
use yew::prelude::*;

/// Properties of [`ControlPlane`].
#[derive(Properties, PartialEq)]
pub struct ControlPlaneProps {
    pub components: Shared<Vec<Shared<Component>>>,
    pub revision: u64,
    pub pulses: Shared<SortedMap<String, u64>>,
    /// Pods that wait for the scheduler.
    pub waiting: usize,
    pub selected: Option<Key>,
}

/// How many writes came from those that a test accepts.
fn writes(pulses: &SortedMap<String, u64>, is: impl Fn(&str) -> bool) -> u64 {
    let of = pulses.iter().filter(|(who, _)| is(who));
    of.map(|(_, n)| n).sum()
}

fn is_controller(who: &str) -> bool {
    who.ends_with("-controller") || who.contains("controller") || who.ends_with("-collector")
}

fn is_kubelet(who: &str) -> bool {
    who.starts_with("kubelet") || who == "kube-proxy"
}

/// The band of the control plane.
#[component]
pub fn ControlPlane(props: &ControlPlaneProps) -> Html {
    let w = use_ctx().words();
    let p = &*props.pulses;
    let scheduler = writes(p, |who| who == "kube-scheduler");
    let controllers = writes(p, is_controller);
    let kubelets = writes(p, is_kubelet);
    let users = writes(p, |who| {
        who != "kube-scheduler" && !is_controller(who) && !is_kubelet(who)
    });
    let all = scheduler + controllers + kubelets + users;
    let find = |name: &str| props.components.iter().find(|c| c.name == name).cloned();
    let part = |name: &'static str, note: Html| {
        let selected = props.selected.is_some()
            && find(name).is_some_and(|c| Some(&c.pod) == props.selected.as_ref());
        html! { <Part {name} component={find(name)} {selected}>{ note }</Part> }
    };
    html! {
        <section class="band control" aria-label={w.control_plane}>
            <h2 class="band-title">{ w.control_plane }</h2>
            <div class="control-grid">
                <div class="actors">
                    <div class="actor"><Glyph name="terminal" /><span>{ w.you }</span></div>
                    <Wire count={users} />
                    { part("kube-scheduler", html! { if props.waiting > 0 { <span class="count">{ props.waiting }</span> } }) }
                    <Wire count={scheduler} />
                    { part("kube-controller-manager", Html::default()) }
                    <Wire count={controllers} />
                </div>
                <div class="server">
                    { part("kube-apiserver", Html::default()) }
                    <div class="kubelet-wire"><Wire count={kubelets} upright=true /></div>
                </div>
                <Wire count={all} />
                { part("etcd", html! { <span class="revision" title={w.revision}>{ props.revision }</span> }) }
            </div>
        </section>
    }
}

/// Properties of [`Part`].
#[derive(Properties, PartialEq)]
struct PartProps {
    name: AttrValue,
    component: Option<Shared<Component>>,
    selected: bool,
    children: Children,
}

/// One component: its name, and whether it runs.
#[component]
fn Part(props: &PartProps) -> Html {
    let w = use_ctx().words();
    let running = props.component.as_ref().is_some_and(|c| c.running);
    let pod = props.component.as_ref().map(|c| c.pod.clone());
    let pod = pod.filter(|p| !p.is_empty());
    let word = if running { w.running } else { w.stopped };
    let class = classes!(
        "part",
        if running { "runs" } else { "stopped" },
        props.selected.then_some("selected"),
    );
    html! {
        <button type="button" {class} data-key={pod}>
            <i class="lamp" />
            <span class="part-name">
                if let Some(short) = props.name.strip_prefix("kube-") {
                    <span class="kube">{ "kube-" }</span>{ short }
                } else {
                    { props.name.clone() }
                }
            </span>
            { for props.children.iter() }
            <span class={if running { "unseen" } else { "part-state" }}>{ word }</span>
        </button>
    }
}

/// Properties of [`Wire`].
#[derive(Properties, PartialEq)]
struct WireProps {
    /// Writes so far; a pulse runs when it grows.
    count: u64,
    #[prop_or_default]
    upright: bool,
}

/// A line along which a pulse runs for each burst of writes.
#[component]
fn Wire(props: &WireProps) -> Html {
    html! {
        <span class={classes!("wire", props.upright.then_some("upright"))} aria-hidden="true">
            if props.count > 0 {
                <i class="pulse" key={props.count} />
            }
        </span>
    }
}
