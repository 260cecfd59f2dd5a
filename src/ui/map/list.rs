//! The list: everything that the map shows, as a table with pages.

use super::Filter;
use crate::ui::ctx::{Now, use_ctx};
use crate::ui::icons::state_glyph;
use crate::ui::say;
use crate::ui::words::Lang;
use crate::view::frame::{Key, PodCell, PodState, ServiceDoor, Workload, key, node_key, pod_key};
use crate::view::model::{NodeView, Shared, Snapshot};
use std::rc::Rc;
use yew::prelude::*;

/// Rows on a page.
const PAGE: usize = 100;

/// Properties of [`ListView`].
#[derive(Properties, PartialEq)]
pub struct ListViewProps {
    pub shown: Snapshot,
    pub filter: Rc<Filter>,
    pub selected: Option<Key>,
}

/// Something that a row is about.
enum Entry {
    Node(Shared<NodeView>),
    Workload(Shared<Workload>),
    Service(Shared<ServiceDoor>),
    Pod(Shared<PodCell>),
}

/// The texts of a row; made for the rows of the page that is shown.
struct Row {
    key: Key,
    kind: String,
    namespace: String,
    name: String,
    state: Option<PodState>,
    status: String,
    place: String,
    restarts: String,
    created_ms: i64,
}

/// The table.
#[component]
pub fn ListView(props: &ListViewProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let now = use_context::<Now>().unwrap_or_default();
    let page = use_state_eq(|| 0usize);
    let rows = entries(&props.shown, &props.filter);
    let pages = rows.len().div_ceil(PAGE).max(1);
    let at = (*page).min(pages - 1);
    let turn = |to: usize| {
        let page = page.setter();
        Callback::from(move |_: MouseEvent| page.set(to))
    };
    let head = [
        w.kind,
        w.namespace,
        w.name,
        w.state,
        w.where_,
        w.restarts,
        w.age,
    ];
    html! {
        <div class="list-view" tabindex="0" role="region" aria-label={w.as_list}>
            <table>
                <thead><tr>{ for head.iter().map(|h| html! { <th scope="col">{ h }</th> }) }</tr></thead>
                <tbody>
                    { for rows.iter().skip(at * PAGE).take(PAGE).map(|e| row(e, ctx.lang)).map(|r| {
                        let (ctx, key) = (ctx.clone(), r.key.clone());
                        let select = Callback::from(move |_: MouseEvent| ctx.select(&key));
                        let class = r.state.map(|s| format!("is-{}", s.slug()));
                        html! {
                            <tr key={r.key.clone()} class={classes!((props.selected.as_ref() == Some(&r.key)).then_some("selected"))}>
                                <td class="dim">{ &r.kind }</td>
                                <td class="dim">{ &r.namespace }</td>
                                <th scope="row"><button type="button" class="link name" onclick={select}>{ &r.name }</button></th>
                                <td><span class={classes!("list-state", class)}>{ for r.state.map(state_glyph) }{ &r.status }</span></td>
                                <td>{ &r.place }</td>
                                <td class="number">{ &r.restarts }</td>
                                <td class="number">{ if r.created_ms > 0 { say::span(now.0 - r.created_ms / 1000) } else { String::new() } }</td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
            if rows.is_empty() {
                <p class="empty">{ w.nothing_matches }</p>
            }
            if pages > 1 {
                <p class="pages">
                    <button type="button" class="button small" disabled={at == 0} onclick={turn(at.saturating_sub(1))}>{ w.previous }</button>
                    <span>{ format!("{} / {pages}", at + 1) }</span>
                    <button type="button" class="button small" disabled={at + 1 == pages} onclick={turn(at + 1)}>{ w.next }</button>
                </p>
            }
        </div>
    }
}

fn entries(shown: &Snapshot, filter: &Filter) -> Vec<Entry> {
    let nodes = shown
        .nodes
        .iter()
        .filter(|n| filter.namespace.is_none() && n.card.name.contains(&*filter.text));
    let workloads = shown.workloads.iter();
    let workloads = workloads.filter(|x| filter.shows(&x.namespace, &x.name));
    let services = shown.services.iter();
    let services = services.filter(|s| filter.shows(&s.namespace, &s.name));
    let on = shown.nodes.iter().flat_map(|n| n.pods.iter());
    let pods = shown.waiting.iter().chain(on).filter(|p| filter.pod(p));
    nodes
        .map(|n| Entry::Node(n.clone()))
        .chain(workloads.map(|x| Entry::Workload(x.clone())))
        .chain(services.map(|s| Entry::Service(s.clone())))
        .chain(pods.map(|p| Entry::Pod(p.clone())))
        .collect()
}

/// How a service's requests ended, in words; "" where there were none.
fn requests((answered, refused, lost): (u64, u64, u64), lang: Lang) -> String {
    let w = lang.words();
    let parts = [(answered, w.answered), (refused, w.refused), (lost, w.lost)];
    let mut text = String::new();
    for (n, word) in parts.iter().filter(|(n, _)| *n > 0) {
        text.push_str(&format!(", {n} {word}"));
    }
    text
}

fn row(entry: &Entry, lang: Lang) -> Row {
    match entry {
        Entry::Node(n) => {
            let state = say::node_state(lang, &n.card);
            Row {
                key: node_key(&n.card.name),
                kind: "Node".into(),
                namespace: String::new(),
                name: n.card.name.clone(),
                state: None,
                status: if state.is_empty() { "Ready" } else { state }.into(),
                place: n.card.ip.clone(),
                restarts: String::new(),
                created_ms: n.card.created_ms,
            }
        }
        Entry::Workload(x) => Row {
            key: key(&x.kind, &x.namespace, &x.name),
            kind: x.kind.clone(),
            namespace: x.namespace.clone(),
            name: x.name.clone(),
            state: None,
            status: format!("{}/{}", x.ready, x.desired),
            place: x.owner.as_ref().map_or(String::new(), |(_, n)| n.clone()),
            restarts: String::new(),
            created_ms: x.created_ms,
        },
        Entry::Service(s) => Row {
            key: key("service", &s.namespace, &s.name),
            kind: "Service".into(),
            namespace: s.namespace.clone(),
            name: s.name.clone(),
            state: None,
            status: [
                &format!("{}/{}", s.counts.0, s.counts.0 + s.counts.1),
                &*requests(s.requests, lang),
            ]
            .concat(),
            place: s.address.clone(),
            restarts: String::new(),
            created_ms: 0,
        },
        Entry::Pod(p) => Row {
            key: pod_key(&p.namespace, &p.name),
            kind: "Pod".into(),
            namespace: p.namespace.clone(),
            name: p.name.clone(),
            state: Some(p.state),
            status: p.status.clone(),
            place: p.node.clone(),
            restarts: p.restarts.to_string(),
            created_ms: p.created_ms,
        },
    }
}
