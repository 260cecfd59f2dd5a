//! Glyphs, drawn on a 16 by 16 grid in the current colour. The states of pods differ by shape, not by colour alone.

use crate::view::frame::PodState;
use yew::prelude::*;

/// Properties of [`Glyph`].
#[derive(Properties, PartialEq)]
pub struct GlyphProps {
    /// The symbol's name.
    pub name: AttrValue,
}

/// A symbol of the sheet.
#[component]
pub fn Glyph(props: &GlyphProps) -> Html {
    html! { <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><use href={format!("#g-{}", props.name)} /></svg> }
}

/// The glyph of a pod's state.
pub fn state_glyph(state: PodState) -> Html {
    html! { <Glyph name={state.slug()} /> }
}

/// Path data of every symbol; those that begin with `*` are filled, the others stroked.
const SYMBOLS: &[(&str, &[&str])] = &[
    // States of pods.
    (
        "pending",
        &["~M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11"],
    ),
    (
        "unschedulable",
        &[
            "~M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "M8 5.2v3.4",
            "*M7.1 10.2h1.8v1.6h-1.8z",
        ],
    ),
    (
        "assigned",
        &[
            ".M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "M8 2.5a5.5 5.5 0 0 1 5.5 5.5",
        ],
    ),
    (
        "pulling",
        &[
            ".M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "M8 2.5a5.5 5.5 0 0 1 0 11",
            "M8 5v5M5.9 8.2L8 10.3l2.1-2.1",
        ],
    ),
    (
        "creating",
        &[
            ".M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
        ],
    ),
    (
        "init",
        &[
            ".M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
            "*M4.7 7.3h1.6v1.6h-1.6zM7.2 7.3h1.6v1.6h-1.6zM9.7 7.3h1.6v1.6h-1.6z",
        ],
    ),
    (
        "notready",
        &[
            "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "*M8 2.5a5.5 5.5 0 0 1 0 11z",
        ],
    ),
    (
        "ready",
        &[
            "*M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4",
            "^M5.1 8.2l2 2l3.8-4.2",
        ],
    ),
    (
        "completed",
        &[
            "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "M5.4 8.2l1.8 1.8l3.4-3.8",
        ],
    ),
    (
        "failed",
        &[
            "*M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4",
            "^M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
        ],
    ),
    (
        "crashloop",
        &[
            "M12.9 9.6a5.2 5.2 0 1 1-.6-4.5",
            "M12.9 2v3.4h-3.4",
            "*M7.1 5.3h1.8v3.3h-1.8zM7.1 9.5h1.8v1.6h-1.8z",
        ],
    ),
    (
        "image",
        &["M8 1.8v4M5 8.6l3 3l3-3M3 14h10", "M4.2 4.4l7.6 3.4"],
    ),
    (
        "config",
        &[
            "M8 2.2L14.2 13.4H1.8z",
            "M8 6.4v3.2",
            "*M7.2 10.7h1.6v1.5h-1.6z",
        ],
    ),
    (
        "terminating",
        &[
            "~M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "*M8 5.4a2.6 2.6 0 1 1 0 5.2a2.6 2.6 0 1 1 0-5.2",
        ],
    ),
    (
        "unknown",
        &[
            "M5.4 6.1a2.6 2.6 0 1 1 3.9 2.3c-.9.5-1.3 1-1.3 1.9",
            "*M7.1 11.8h1.8v1.7h-1.8z",
        ],
    ),
    // Controls.
    ("play", &["*M4.5 2.8l8.5 5.2l-8.5 5.2z"]),
    ("pause", &["*M4 3h2.8v10h-2.8zM9.2 3h2.8v10h-2.8z"]),
    ("step", &["*M3.5 3l6.5 5l-6.5 5z", "*M11 3h2v10h-2z"]),
    ("plus", &["M8 3v10M3 8h10"]),
    ("minus", &["M3 8h10"]),
    (
        "fit",
        &["M2.5 6v-3.5h3.5M10 2.5h3.5v3.5M13.5 10v3.5h-3.5M6 13.5h-3.5v-3.5"],
    ),
    ("close", &["M3.5 3.5l9 9M12.5 3.5l-9 9"]),
    (
        "help",
        &[
            "M5.6 6.1a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.1.9-1.1 1.6",
            "*M7.2 11.4h1.6v1.6h-1.6z",
        ],
    ),
    (
        "reset",
        &["M3.2 6.4a5.2 5.2 0 1 1-.3 3.2", "M3 2.6v3.8h3.8"],
    ),
    (
        "undo",
        &["M5.5 3L2.5 6l3 3", "M2.8 6h6.4a3.6 3.6 0 0 1 0 7.2h-3"],
    ),
    (
        "redo",
        &["M10.5 3l3 3l-3 3", "M13.2 6h-6.4a3.6 3.6 0 0 0 0 7.2h3"],
    ),
    ("back", &["*M8 3.6v8.8l-6-4.4z", "*M14 3.6v8.8l-6-4.4z"]),
    (
        "share",
        &[
            "M8 9.5v-7M5.2 5L8 2.2L10.8 5",
            "M5 7.2h-1.8v6.3h9.6v-6.3h-1.8",
        ],
    ),
    (
        "more",
        &["*M2.4 7.1h1.9v1.9h-1.9zM7.1 7.1h1.9v1.9h-1.9zM11.8 7.1h1.9v1.9h-1.9z"],
    ),
    (
        "list",
        &[
            "M5.5 4h8M5.5 8h8M5.5 12h8",
            "*M2 3.2h1.7v1.7h-1.7zM2 7.2h1.7v1.7h-1.7zM2 11.2h1.7v1.7h-1.7z",
        ],
    ),
    (
        "map",
        &["M2.5 3h4.5v4.5h-4.5zM9 3h4.5v4.5h-4.5zM2.5 9.5h4.5v3.5h-4.5zM9 9.5h4.5v3.5h-4.5z"],
    ),
    ("terminal", &["M2.5 4l4 4l-4 4M8.5 12h5"]),
    (
        "editor",
        &["M4 13.5h-1.5v-1.7l8.3-8.3a1.2 1.2 0 0 1 1.7 1.7z"],
    ),
    ("activity", &["M1.8 8.5h3l2-5.5l3 10l2-4.5h2.4"]),
    (
        "theme",
        &[
            "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
            "*M8 2.5a5.5 5.5 0 0 1 0 11z",
        ],
    ),
    (
        "filter",
        &["M7 2.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 1 1 0-8.4M10.2 10.2l3.5 3.5"],
    ),
    (
        "door",
        &["M3.5 13.5v-11h9v11M2 13.5h12", "*M9.2 7.4h1.4v1.6h-1.4z"],
    ),
    ("down", &["M4 6l4 4l4-4"]),
    ("copy", &["M5.5 5.5h7.5v8h-7.5z", "M10.5 3h-7.5v8"]),
    ("power", &["M8 2v5.5M4.6 4.3a5 5 0 1 0 6.8 0"]),
];

/// The sheet of all symbols; stands once in the page.
#[component]
pub fn Symbols() -> Html {
    let path = |data: &'static str| {
        let (class, d) = match data.split_at(1) {
            ("*", d) => ("fill", d),
            ("~", d) => ("dash", d),
            (".", d) => ("track", d),
            ("^", d) => ("knock", d),
            _ => ("line", data),
        };
        html! { <path class={class} d={d} /> }
    };
    html! {
        <svg class="symbols" width="0" height="0" aria-hidden="true" focusable="false">
            { for SYMBOLS.iter().map(|(name, paths)| html! {
                <symbol id={format!("g-{name}")} viewBox="0 0 16 16">
                    { for paths.iter().map(|p| path(p)) }
                </symbol>
            }) }
        </svg>
    }
}
