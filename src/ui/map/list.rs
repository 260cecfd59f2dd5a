//! The list: everything that the map shows, as a table with pages.

use super::Filter;
use crate::ui::ctx::{Now, use_ctx};
use crate::ui::icons::state_glyph;
use crate::ui::say;
use crate::view::frame::{Key, PodState, key, node_key, pod_key};
use crate::view::model::Snapshot;
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

struct Row {
    key: Key,
    kind: &'static str,
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
    let rows = rows(&props.shown, &props.filter, ctx.lang);
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
                    { for rows.iter().skip(at * PAGE).take(PAGE).map(|r| {
                        let (ctx, key) = (ctx.clone(), r.key.clone());
                        let select = Callback::from(move |_: MouseEvent| ctx.select(&key));
                        let class = r.state.map(|s| format!("is-{}", s.slug()));
                        html! {
                            <tr key={r.key.clone()} class={classes!((props.selected.as_ref() == Some(&r.key)).then_some("selected"))}>
                                <td class="dim">{ r.kind }</td>
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

fn rows(shown: &Snapshot, filter: &Filter, lang: crate::ui::words::Lang) -> Vec<Row> {
    let mut rows = Vec::new();
    for node in shown.nodes.iter() {
        let card = &node.card;
        if filter.namespace.is_none() && card.name.contains(&*filter.text) {
            let state = say::node_state(lang, card);
            rows.push(Row {
                key: node_key(&card.name),
                kind: "Node",
                namespace: String::new(),
                name: card.name.clone(),
                state: None,
                status: if state.is_empty() {
                    "Ready".into()
                } else {
                    state.into()
                },
                place: card.ip.clone(),
                restarts: String::new(),
                created_ms: card.created_ms,
            });
        }
    }
    for x in shown
        .workloads
        .iter()
        .filter(|x| filter.shows(&x.namespace, &x.name))
    {
        rows.push(Row {
            key: key(&x.kind, &x.namespace, &x.name),
            kind: kind_name(&x.kind),
            namespace: x.namespace.clone(),
            name: x.name.clone(),
            state: None,
            status: format!("{}/{}", x.ready, x.desired),
            place: x.owner.as_ref().map_or(String::new(), |(_, n)| n.clone()),
            restarts: String::new(),
            created_ms: x.created_ms,
        });
    }
    for s in shown
        .services
        .iter()
        .filter(|s| filter.shows(&s.namespace, &s.name))
    {
        rows.push(Row {
            key: key("service", &s.namespace, &s.name),
            kind: "Service",
            namespace: s.namespace.clone(),
            name: s.name.clone(),
            state: None,
            status: format!("{}/{}", s.counts.0, s.counts.0 + s.counts.1),
            place: s.address.clone(),
            restarts: String::new(),
            created_ms: 0,
        });
    }
    let on = shown.nodes.iter().flat_map(|n| n.pods.iter());
    for pod in shown.waiting.iter().chain(on).filter(|p| filter.pod(p)) {
        rows.push(Row {
            key: pod_key(&pod.namespace, &pod.name),
            kind: "Pod",
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            state: Some(pod.state),
            status: pod.status.clone(),
            place: pod.node.clone(),
            restarts: pod.restarts.to_string(),
            created_ms: pod.created_ms,
        });
    }
    rows
}

fn kind_name(kind: &str) -> &'static str {
    let mut kinds = crate::view::workloads::WORKLOADS.iter();
    kinds.find(|k| k.kind == kind).map_or("", |k| k.kind)
}
