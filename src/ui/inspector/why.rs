//! Why it is so: reasons, and the chain of writes that led here.

use super::TabProps;
use crate::ui::ctx::{Ctx, Now, use_ctx};
use crate::ui::icons::Glyph;
use crate::ui::say;
use crate::ui::state::Act;
use crate::view::frame::Verdict;
use crate::view::inspect::{Step, Why};
use yew::prelude::*;

/// The tab.
#[component]
pub fn WhyTab(props: &TabProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let now = use_context::<Now>().unwrap_or_default();
    let seen = &props.seen;
    html! {
        <>
            <ul class="reasons">{ for seen.why.iter().map(|r| reason(&ctx, r, now.0)) }</ul>
            <h3>{ w.chain }</h3>
            if seen.chain.is_empty() {
                <p class="empty">{ w.no_chain }</p>
            }
            <ol class="chain">{ for seen.chain.iter().map(|s| step(&ctx, s)) }</ol>
        </>
    }
}

fn reason(ctx: &Ctx, why: &Why, now: i64) -> Html {
    let (is, todo) = say::why(ctx.lang, why, now);
    let class = match why {
        Why::Fine
        | Why::Placed(..)
        | Why::Settled(_)
        | Why::Ready(_)
        | Why::Serves(_)
        | Why::Kept(..) => "good",
        _ => "open",
    };
    let extra = match why {
        Why::Verdicts(all) => verdicts(all, ""),
        Why::Placed(node, all) => verdicts(all, node),
        Why::WaitsForPod(key, _) => {
            let (target, ctx) = (key.clone(), ctx.clone());
            let name = key.rsplit('/').next().unwrap_or(key).to_owned();
            html! { <button type="button" class="link name" onclick={Callback::from(move |_: MouseEvent| ctx.select(&target))}>{ name }</button> }
        }
        _ => Html::default(),
    };
    html! {
        <li {class}>
            <p>{ is }</p>
            { extra }
            if !todo.is_empty() {
                <p class="todo">{ todo }</p>
            }
        </li>
    }
}

fn verdicts(all: &[Verdict], chosen: &str) -> Html {
    html! {
        <ul class="verdicts">
            { for all.iter().map(|v| html! {
                <li class={classes!((v.node == chosen).then_some("chosen"))}>
                    <span class="node-name">{ &v.node }</span>
                    if v.refused_by.is_empty() {
                        <b>{ v.score }</b>
                    } else {
                        <span><span class="plugin">{ &v.refused_by }</span>{ " " }{ &v.reason }</span>
                    }
                </li>
            }) }
        </ul>
    }
}

fn step(ctx: &Ctx, s: &Step) -> Html {
    let object = s.object.clone();
    let what = say::object(&s.object);
    let what = match s.subresource.as_str() {
        "" => what,
        sub => format!("{what} ({sub})"),
    };
    html! {
        <li>
            <time>{ say::time(s.at_ms) }</time>
            <span class="who">{ &s.who }</span>
            <button type="button" class="link deed" onclick={ctx.on(move || Act::Select(Some(object.clone())))}>
                { say::done(ctx.lang, s.verb, &what, "") }
            </button>
            <span class="dim revision" title={ctx.words().revision}><Glyph name="door" />{ s.revision }</span>
        </li>
    }
}
