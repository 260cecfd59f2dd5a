//! Between panes: the handles that resize them, and the bar of places on a phone.

use super::ctx::use_ctx;
use super::icons::Glyph;
use super::state::{Act, Place};
use yew::prelude::*;

/// Properties of [`Splitter`].
#[derive(Properties, PartialEq)]
pub struct SplitterProps {
    /// Names the size: the style property `--NAME` of the page, in pixels.
    pub name: AttrValue,
    /// Whether the handle stands upright.
    pub vertical: bool,
}

/// The least, usual and greatest size of a pane.
fn range(name: &str) -> (i32, i32, i32) {
    match name {
        "left" => (240, 380, 900),
        "right" => (280, 380, 900),
        "feed" => (200, 400, 900),
        _ => (120, 240, 900),
    }
}

/// A handle between two panes: drag it, or move it with the arrow keys.
#[component]
pub fn Splitter(props: &SplitterProps) -> Html {
    let ctx = use_ctx();
    let name = props.name.clone();
    let (least, usual, most) = range(&name);
    let size = {
        let (host, name) = (ctx.host.clone(), name.clone());
        use_state(move || {
            let stored = host.pref(&format!("size.{name}"));
            stored.and_then(|s| s.parse().ok()).unwrap_or(usual)
        })
    };
    let from = use_mut_ref(|| None::<(i32, i32)>);
    let set = {
        let (host, name, size) = (ctx.host.clone(), name.clone(), size.setter());
        Callback::from(move |to: i32| {
            let to = to.clamp(least, most);
            host.set_style("page", &format!("--{name}"), &format!("{to}px"));
            host.set_pref(&format!("size.{name}"), &to.to_string());
            size.set(to);
        })
    };
    {
        let (set, now) = (set.clone(), *size);
        use_effect_with((), move |()| set.emit(now));
    }
    // A pane on the left grows to the right; the others grow towards the left and the top.
    let sign = if &*name == "left" { 1 } else { -1 };
    let vertical = props.vertical;
    let along = move |e: &PointerEvent| if vertical { e.client_x() } else { e.client_y() };
    let down = {
        let (from, now) = (from.clone(), *size);
        Callback::from(move |e: PointerEvent| {
            e.prevent_default();
            if let Some(element) = e.target_dyn_into::<web_sys::Element>() {
                let _ = element.set_pointer_capture(e.pointer_id());
            }
            *from.borrow_mut() = Some((along(&e), now));
        })
    };
    let moved = {
        let (from, set) = (from.clone(), set.clone());
        Callback::from(move |e: PointerEvent| {
            if let Some((start, size)) = *from.borrow() {
                set.emit(size + sign * (along(&e) - start));
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| *from.borrow_mut() = None);
    let keyed = {
        let now = *size;
        Callback::from(move |e: KeyboardEvent| {
            let by = match &*e.key() {
                "ArrowRight" | "ArrowDown" => 24,
                "ArrowLeft" | "ArrowUp" => -24,
                _ => return,
            };
            e.prevent_default();
            set.emit(now + sign * by);
        })
    };
    html! {
        <div class={classes!("splitter", format!("split-{name}"))} role="separator" tabindex="0"
            aria-orientation={if vertical { "vertical" } else { "horizontal" }}
            aria-label={ctx.words().resize} aria-valuenow={size.to_string()}
            aria-valuemin={least.to_string()} aria-valuemax={most.to_string()}
            onpointerdown={down} onpointermove={moved} onpointerup={up.clone()} onpointercancel={up} onkeydown={keyed} />
    }
}

/// Properties of [`PlaceBar`].
#[derive(Properties, PartialEq)]
pub struct PlaceBarProps {
    pub place: Place,
}

/// The four places of the page on a phone.
#[component]
pub fn PlaceBar(props: &PlaceBarProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let places = [
        (Place::Map, "map", w.map),
        (Place::Terminal, "terminal", w.terminal),
        (Place::Editor, "editor", w.editor),
        (Place::Activity, "activity", w.activity),
    ];
    html! {
        <nav class="placebar" aria-label={w.places}>
            { for places.into_iter().map(|(place, glyph, label)| html! {
                <button type="button" aria-current={(place == props.place).then_some("page")} onclick={ctx.on(move || Act::Go(place))}>
                    <Glyph name={glyph} />
                    <span>{ label }</span>
                </button>
            }) }
        </nav>
    }
}
