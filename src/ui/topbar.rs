//! The top bar: which cluster, the clock, language, theme, help.

use super::ctx::use_ctx;
use super::icons::Glyph;
use super::say;
use super::state::{Act, Place, Theme};
use super::words::Lang;
use crate::view::model::Totals;
use crate::view::protocol::{ClockCommand, ClockState, Ready, Travel, Ways};
use yew::prelude::*;

/// Properties of [`TopBar`].
#[derive(Properties, PartialEq)]
pub struct TopBarProps {
    pub clock: ClockState,
    pub totals: Totals,
    pub theme: Theme,
    pub ready: Option<Ready>,
    pub ways: Ways,
    pub travelling: bool,
    pub editor: bool,
    pub dock: bool,
    pub place: Place,
}

/// The top bar.
#[component]
pub fn TopBar(props: &TopBarProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let next_theme = match props.theme {
        Theme::Auto => Theme::Light,
        Theme::Light => Theme::Dark,
        Theme::Dark => Theme::Auto,
    };
    let theme_name = match props.theme {
        Theme::Auto => w.theme_auto,
        Theme::Light => w.theme_light,
        Theme::Dark => w.theme_dark,
    };
    let other = ctx.lang.pick(Lang::Ko, Lang::En);
    let (editor, dock) = (props.editor, props.dock);
    let at_editor = props.place == Place::Editor;
    let undo = match &props.ways.undo {
        Some(command) => format!("{}: {command}", w.undo),
        None => w.undo.to_owned(),
    };
    let is_more = use_state_eq(|| false);
    let more = *is_more;
    let set_more = |to: bool| {
        let setter = is_more.setter();
        Callback::from(move |_: MouseEvent| setter.set(to))
    };
    let (toggle, shut) = (set_more(!more), set_more(false));
    // A cluster that runs in a program of its own has neither a history here nor an end.
    let remote = props.ready.as_ref().is_some_and(|r| r.remote);
    let version = props.ready.as_ref().map_or("", |r| r.version.as_str());
    html! {
        <header class="topbar">
            <h1 class="brand">
                <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                    <path class="mark-frame" d="M3.5 6.5h17v13h-17zM3.5 10h17" />
                    <path class="mark-life" d="M8 15.5h2l1.5-3l2 4.5l1.2-1.5h1.8" />
                </svg>
                { "Kubarium" }
            </h1>
            <span class="version">{ version }</span>
            <Counts totals={props.totals} />
            <Clock clock={props.clock} travelling={props.travelling} {remote} />
            <div class="tools">
                <button type="button" class="tool wide-only" aria-pressed={editor.to_string()} title={w.editor} aria-label={w.editor}
                    onclick={ctx.on(move || if editor { Act::Editor(false) } else { Act::Go(Place::Editor) })}>
                    <Glyph name="editor" />
                </button>
                <button type="button" class="tool middle-only" aria-pressed={at_editor.to_string()} title={w.editor} aria-label={w.editor}
                    onclick={ctx.on(move || Act::Go(if at_editor { Place::Map } else { Place::Editor }))}>
                    <Glyph name="editor" />
                </button>
                <button type="button" class="tool wide-only" aria-pressed={dock.to_string()} title={w.terminal} aria-label={w.terminal}
                    onclick={ctx.on(move || Act::Dock(!dock))}>
                    <Glyph name="terminal" />
                </button>
                <span class="rule wide-only" />
                if !remote {
                    <button type="button" class="tool" disabled={props.travelling || props.ways.undo.is_none()}
                        title={undo} aria-label={w.undo} onclick={ctx.on(|| Act::Travel(Travel::Undo))}>
                        <Glyph name="undo" />
                    </button>
                    <button type="button" class="tool" disabled={props.travelling || !props.ways.redo}
                        title={w.redo} aria-label={w.redo} onclick={ctx.on(|| Act::Travel(Travel::Redo))}>
                        <Glyph name="redo" />
                    </button>
                }
                <button type="button" class="tool phone-only" title={w.more} aria-label={w.more} aria-expanded={more.to_string()} aria-controls="more-tools"
                    onclick={toggle}>
                    <Glyph name="more" />
                </button>
                <div id="more-tools" class={classes!("more-tools", more.then_some("open"))} onclick={shut}>
                    if !remote {
                        { extra(ctx.on(|| Act::AskShare(true)), "share", w.share) }
                        { extra(ctx.on(|| Act::AskReset(true)), "reset", w.reset) }
                    }
                    <button type="button" class="tool lang" lang={other.tag()} title={w.language} onclick={ctx.on(move || Act::Lang(other))}>
                        { other.pick("English", "한국어") }
                    </button>
                    { extra(ctx.on(move || Act::Theme(next_theme)), "theme", &format!("{}: {theme_name}", w.theme)) }
                    { extra(ctx.on(|| Act::Help(true)), "help", w.help) }
                </div>
            </div>
        </header>
    }
}

/// A tool with its name, which shows where there is little room for the bar and much below it.
fn extra(on: Callback<MouseEvent>, glyph: &'static str, name: &str) -> Html {
    html! {
        <button type="button" class="tool" title={name.to_owned()} aria-label={name.to_owned()} onclick={on}>
            <Glyph name={glyph} /><span class="name" aria-hidden="true">{ name }</span>
        </button>
    }
}

/// How far back one press goes, in simulated milliseconds.
const BACK_MS: i64 = 10_000;

/// The way back from a moment.
pub fn back_from(clock: ClockState) -> Travel {
    Travel::Rewind {
        to_ms: clock.now_ms - BACK_MS,
    }
}

/// Properties of [`Counts`].
#[derive(Properties, PartialEq)]
pub struct CountsProps {
    pub totals: Totals,
}

/// How many nodes and pods there are, and how many are in trouble.
#[component]
fn Counts(props: &CountsProps) -> Html {
    let w = use_ctx().words();
    let t = props.totals;
    html! {
        <p class="counts">
            <span><b>{ t.nodes }</b>{ " " }{ w.nodes }</span>
            <span><b>{ format!("{}/{}", t.ready, t.pods) }</b>{ " " }{ w.ready_of }</span>
            if t.trouble > 0 {
                <span class="trouble"><Glyph name="config" /><b>{ t.trouble }</b></span>
            }
        </p>
    }
}

/// Properties of [`Clock`].
#[derive(Properties, PartialEq)]
pub struct ClockProps {
    pub clock: ClockState,
    pub travelling: bool,
    /// Somebody else keeps the time.
    pub remote: bool,
}

/// The speeds on offer; 0 is as fast as possible.
const SPEEDS: [(&str, f64); 9] = [
    ("0.1", 0.1),
    ("0.25", 0.25),
    ("0.5", 0.5),
    ("1", 1.0),
    ("2", 2.0),
    ("5", 5.0),
    ("10", 10.0),
    ("60", 60.0),
    ("0", 0.0),
];

/// Pause, step, speed, and simulated time.
#[component]
fn Clock(props: &ClockProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let clock = props.clock;
    let paused = clock.paused;
    let (name, label, command) = match paused {
        true => ("play", w.resume, ClockCommand::Resume),
        false => ("pause", w.pause, ClockCommand::Pause),
    };
    let chosen = SPEEDS
        .iter()
        .position(|(_, s)| (s - clock.speed).abs() < 0.01)
        .unwrap_or(3);
    let on_speed = {
        let act = ctx.act.clone();
        Callback::from(move |e: Event| {
            let select: web_sys::HtmlSelectElement = e.target_unchecked_into();
            let (_, speed) = SPEEDS[usize::try_from(select.selected_index()).unwrap_or(3)];
            act.emit(Act::Clock(match speed {
                0.0 => ClockCommand::FullSpeed,
                s => ClockCommand::Speed(s),
            }));
        })
    };
    let remote = props.remote;
    let title = |title: String| match remote {
        true => w.remote_clock.to_owned(),
        false => title,
    };
    html! {
        <div class={classes!("clock", paused.then_some("is-paused"), props.travelling.then_some("is-travelling"))} role="group" aria-label={w.clock}>
            <button type="button" class="tool" title={title(format!("{} (,)", w.back))} aria-label={w.back} disabled={props.travelling || remote}
                onclick={ctx.on(move || Act::Travel(back_from(clock)))}>
                <Glyph name="back" />
            </button>
            <button type="button" class="tool" title={title(label.to_owned())} aria-label={label} disabled={remote} onclick={ctx.on(move || Act::Clock(command))}>
                <Glyph {name} />
            </button>
            <button type="button" class="tool" title={title(format!("{} (.)", w.step))} aria-label={w.step} disabled={remote} onclick={ctx.on(|| Act::Clock(ClockCommand::Step))}>
                <Glyph name="step" />
            </button>
            <select class="speed" aria-label={w.speed} disabled={remote} onchange={on_speed}
                title={title(if clock.behind { w.behind } else { w.speed }.to_owned())}>
                if remote {
                    <option selected=true>{ format!("{}×", clock.speed) }</option>
                }
                { for SPEEDS.iter().enumerate().map(|(i, (text, s))| html! {
                    <option value={*text} selected={!remote && i == chosen}>
                        { if *s == 0.0 { w.fastest.to_owned() } else { format!("{text}×") } }
                    </option>
                }) }
            </select>
            <time class={classes!("now", clock.behind.then_some("behind"))} title={say::date(clock.now_ms)}>
                { if clock.now_ms > 0 { say::time(clock.now_ms) } else { "--:--:--".into() } }
            </time>
        </div>
    }
}
