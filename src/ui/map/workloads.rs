//! What is wanted: Deployments and their like, with how far each is.

use super::Filter;
use crate::collections::Arrange;
use crate::ui::ctx::use_ctx;
use crate::view::amount;
use crate::view::frame::{Key, Workload, key};
use crate::view::model::Shared;
use crate::view::select::short;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`Workloads`].
#[derive(Properties, PartialEq)]
pub struct WorkloadsProps {
    pub workloads: Shared<Vec<Shared<Workload>>>,
    pub filter: Rc<Filter>,
    pub selected: Option<Key>,
}

/// The most cards shown; the list has them all.
const SHOWN: usize = 80;

/// The band of workloads: those without an owner, each with what it owns.
#[component]
pub fn Workloads(props: &WorkloadsProps) -> Html {
    let w = use_ctx().words();
    let shown = |x: &&Shared<Workload>| props.filter.shows(&x.namespace, &x.name);
    let mut top: Vec<_> = props
        .workloads
        .iter()
        .filter(|x| x.owner.is_none())
        .filter(shown)
        .collect();
    // One's own first, then the cluster's.
    top.arrange_by_key(|x| (x.system, x.namespace.clone(), x.created_ms));
    let more = top.len().saturating_sub(SHOWN);
    html! {
        <section class="band workloads" aria-label={w.workloads}>
            <h2 class="band-title">{ w.workloads }<span class="count">{ top.len() }</span></h2>
            if top.is_empty() {
                <p class="empty">{ w.no_workloads }</p>
            }
            <div class="workload-row">
                { for top.iter().take(SHOWN).map(|x| {
                    let sets = props.workloads.iter().filter(|s| {
                        s.namespace == x.namespace
                            && s.owner.as_ref().is_some_and(|(k, n)| *k == x.kind && *n == x.name)
                            && (s.desired > 0 || s.current > 0)
                            && !(x.system && x.settled)
                    });
                    let sets: Vec<_> = sets.cloned().collect();
                    let own = props.selected.as_ref().filter(|s| {
                        let is = |x: &Workload| **s == key(&x.kind, &x.namespace, &x.name);
                        is(x) || sets.iter().any(|s| is(s))
                    });
                    html! {
                        <WorkloadCard key={key(&x.kind, &x.namespace, &x.name)} workload={(*x).clone()} {sets} selected={own.cloned()} />
                    }
                }) }
                if more > 0 {
                    <span class="more">{ format!("+{more}") }</span>
                }
            </div>
        </section>
    }
}

/// Properties of [`WorkloadCard`].
#[derive(Properties, PartialEq)]
struct WorkloadCardProps {
    workload: Shared<Workload>,
    sets: Vec<Shared<Workload>>,
    selected: Option<Key>,
}

/// A workload, and while it rolls out the sets it moves pods between.
#[component]
fn WorkloadCard(props: &WorkloadCardProps) -> Html {
    let x = &props.workload;
    let is = |x: &Workload| props.selected.as_ref() == Some(&key(&x.kind, &x.namespace, &x.name));
    let class = classes!(
        "workload",
        x.system.then_some("system"),
        if !x.message.is_empty() {
            "trouble"
        } else if x.settled {
            "settled"
        } else {
            "moving"
        },
    );
    let id = key(&x.kind, &x.namespace, &x.name);
    html! {
        <article {class} title={x.message.clone()}>
            <button id={id.clone()} type="button" data-key={id} class={classes!("workload-head", is(x).then_some("selected"))}>
                <span class="kind">{ short(&x.kind) }</span>
                <span class="workload-name">{ &x.name }</span>
                <span class="ratio">{ format!("{}/{}", x.ready, x.desired) }</span>
                <Progress ready={x.ready} current={x.current} desired={x.desired} />
            </button>
            { for props.sets.iter().map(|s| {
                let id = key(&s.kind, &s.namespace, &s.name);
                let tail = s.name.strip_prefix(&*x.name).unwrap_or(&s.name).trim_start_matches('-').to_owned();
                html! {
                    <button id={id.clone()} type="button" data-key={id} class={classes!("set", is(s).then_some("selected"))}>
                        <span class="kind">{ short(&s.kind) }</span>
                        <span class="workload-name">{ tail }</span>
                        <span class="ratio">{ format!("{}/{}", s.ready, s.desired) }</span>
                    </button>
                }
            }) }
        </article>
    }
}

/// Properties of [`Progress`].
#[derive(Properties, PartialEq)]
struct ProgressProps {
    ready: i64,
    current: i64,
    desired: i64,
}

/// Ready, merely there, and wanted, as one bar.
#[component]
fn Progress(props: &ProgressProps) -> Html {
    let all = props.desired.max(props.current);
    let share = |n: i64| amount::percent(n, all);
    html! {
        <svg class="bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="bar-track" width="100" height="3" />
            <rect class="bar-there" width={share(props.current)} height="3" />
            <rect class="bar-ready" width={share(props.ready)} height="3" />
        </svg>
    }
}
