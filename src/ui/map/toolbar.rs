//! The map's toolbar: namespace, filter, zoom, and the list that says the same.

use crate::ui::ctx::use_ctx;
use crate::ui::icons::Glyph;
use crate::ui::state::Act;
use crate::view::frame::Namespace;
use crate::view::model::{Shared, Zoom};
use yew::prelude::*;

/// Properties of [`Toolbar`].
#[derive(Properties, PartialEq)]
pub struct ToolbarProps {
    pub namespaces: Shared<Vec<Namespace>>,
    pub namespace: Option<String>,
    pub filter: String,
    pub list: bool,
    pub zoom: Zoom,
    /// Whether the map chose the zoom itself.
    pub auto: bool,
}

/// The toolbar.
#[component]
pub fn Toolbar(props: &ToolbarProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let on_namespace = {
        let act = ctx.act.clone();
        Callback::from(move |e: Event| {
            let chosen = e.target_unchecked_into::<web_sys::HtmlSelectElement>();
            let chosen = chosen.value();
            act.emit(Act::Namespace((!chosen.is_empty()).then_some(chosen)));
        })
    };
    let on_filter = {
        let act = ctx.act.clone();
        Callback::from(move |e: InputEvent| {
            let input = e.target_unchecked_into::<web_sys::HtmlInputElement>();
            act.emit(Act::Filter(input.value()));
        })
    };
    let (zoom, list) = (props.zoom, props.list);
    html! {
        <div class="toolbar">
            <select class="field" aria-label={w.namespace} onchange={on_namespace}>
                <option value="" selected={props.namespace.is_none()}>{ w.all_namespaces }</option>
                { for props.namespaces.iter().map(|n| html! {
                    <option value={n.name.clone()} selected={props.namespace.as_deref() == Some(&n.name)}>{ &n.name }</option>
                }) }
            </select>
            <label class="search">
                <Glyph name="filter" />
                <input id="map-filter" class="field" type="search" placeholder={w.filter} aria-label={w.filter} value={props.filter.clone()}
                    autocomplete="off" spellcheck="false" oninput={on_filter} />
            </label>
            <span class="grow" />
            if !list {
                <div class="zoom" role="group">
                    <button type="button" class="tool" disabled={zoom == Zoom::Heat} title={w.zoom_out} aria-label={w.zoom_out}
                        onclick={ctx.on(move || Act::Zoom(Some(zoom.step(false))))}><Glyph name="minus" /></button>
                    <button type="button" class="tool" aria-pressed={props.auto.to_string()} title={w.zoom_fit} aria-label={w.zoom_fit}
                        onclick={ctx.on(|| Act::Zoom(None))}><Glyph name="fit" /></button>
                    <button type="button" class="tool" disabled={zoom == Zoom::Names} title={w.zoom_in} aria-label={w.zoom_in}
                        onclick={ctx.on(move || Act::Zoom(Some(zoom.step(true))))}><Glyph name="plus" /></button>
                </div>
            }
            <button type="button" class="tool" title={if list { w.as_map } else { w.as_list }} aria-label={if list { w.as_map } else { w.as_list }}
                onclick={ctx.on(move || Act::List(!list))}><Glyph name={if list { "map" } else { "list" }} /></button>
        </div>
    }
}
