//! The feed of what just happened, and why.

use super::calm::use_calm;
use super::ctx::use_ctx;
use super::say;
use super::state::Act;
use crate::view::frame::{ActivityLine, Verb};
use crate::view::model::Shared;
use yew::prelude::*;

/// Lines shown.
const SHOWN: usize = 60;
/// Milliseconds between one drawing and the next.
const CALM_MS: u32 = 300;

/// Properties of [`ActivityFeed`].
#[derive(Properties, PartialEq)]
pub struct ActivityFeedProps {
    pub lines: Shared<Vec<Shared<ActivityLine>>>,
}

/// The feed. Where more happens than anybody reads, it is drawn a few times a second.
#[component]
pub fn ActivityFeed(props: &ActivityFeedProps) -> Html {
    let lines = use_calm(&props.lines, CALM_MS);
    html! { <Feed {lines} /> }
}

/// The lines, the newest at the bottom.
#[component]
fn Feed(props: &ActivityFeedProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let warnings = use_state(|| false);
    let lines: Vec<_> = props
        .lines
        .iter()
        .rev()
        .filter(|l| !*warnings || l.warning)
        .take(SHOWN)
        .cloned()
        .collect();
    {
        let host = ctx.host.clone();
        use_effect_with(lines.first().map(|l| l.id), move |_| {
            host.follow_end("activity", false);
        });
    }
    let toggle = {
        let warnings = warnings.clone();
        Callback::from(move |_: MouseEvent| warnings.set(!*warnings))
    };
    html! {
        <section class="feed" aria-label={w.activity}>
            <header class="pane-head">
                <h2>{ w.activity }</h2>
                <button type="button" class="chip" aria-pressed={warnings.to_string()} onclick={toggle}>{ w.only_warnings }</button>
            </header>
            <ol id="activity" class="feed-lines" tabindex="0" aria-label={w.activity}>
                { for lines.iter().rev().map(|line| html! { <FeedLine key={line.id} line={line.clone()} /> }) }
                if lines.is_empty() {
                    <li class="empty">{ w.no_activity }</li>
                }
            </ol>
            <Spoken line={props.lines.last().cloned()} />
        </section>
    }
}

/// Properties of [`FeedLine`].
#[derive(Properties, PartialEq)]
pub struct FeedLineProps {
    pub line: Shared<ActivityLine>,
}

/// One line: when, who, what, and the write that led to it.
#[component]
fn FeedLine(props: &FeedLineProps) -> Html {
    let ctx = use_ctx();
    let line = &props.line;
    let subject = line.object.clone();
    let select = ctx.on(move || Act::Select(Some(subject.clone())));
    let name = match line.count {
        0 | 1 => say::object(&line.object),
        n => format!("{} × {n}", say::object(&line.object)),
    };
    let because = line.because.as_ref().map(|b| {
        let object = b.object.clone();
        html! {
            <button type="button" class="link because" onclick={ctx.on(move || Act::Select(Some(object.clone())))}>
                { format!("{} {}", ctx.words().because, say::cause(ctx.lang, b)) }
            </button>
        }
    });
    let told = match line.verb {
        Verb::Said => html! {
            <>
                <b class="reason">{ &line.reason }</b>{ " " }
                <button type="button" class="link name" onclick={select}>{ name }</button>
                <span class="message">{ &line.message }</span>
            </>
        },
        _ => {
            html! { <button type="button" class="link deed" onclick={select}>{ say::deed(ctx.lang, line) }</button> }
        }
    };
    html! {
        <li class={classes!("feed-line", line.warning.then_some("warning"))}>
            <time>{ say::time(line.at_ms) }</time>
            <span class={classes!("who", (line.who == "kubectl" || line.who == "kubarium").then_some("me"))}>{ &line.who }</span>
            <span class="what">{ told }{ for because }</span>
        </li>
    }
}

/// Properties of [`Spoken`].
#[derive(Properties, PartialEq)]
struct SpokenProps {
    line: Option<Shared<ActivityLine>>,
}

/// The newest line for screen readers, at most one in two seconds.
#[component]
fn Spoken(props: &SpokenProps) -> Html {
    let ctx = use_ctx();
    let said = use_state(String::new);
    let newest = use_mut_ref(|| None::<Shared<ActivityLine>>);
    let waiting = use_mut_ref(|| false);
    newest.borrow_mut().clone_from(&props.line);
    {
        let (host, said, lang) = (ctx.host.clone(), said.setter(), ctx.lang);
        use_effect_with(props.line.as_ref().map(|l| l.id), move |_| {
            if std::mem::replace(&mut *waiting.borrow_mut(), true) {
                return;
            }
            host.later(
                2_000,
                Box::new(move || {
                    *waiting.borrow_mut() = false;
                    if let Some(line) = &*newest.borrow() {
                        said.set(format!(
                            "{} {} {}",
                            line.who,
                            say::deed(lang, line),
                            line.message
                        ));
                    }
                }),
            );
        });
    }
    html! { <p class="unseen" aria-live="polite">{ &*said }</p> }
}
