//! The summary: the weightiest fields, containers, conditions, and what can be done.

use super::TabProps;
use crate::ui::ctx::{Now, use_ctx};
use crate::ui::say;
use crate::ui::state::{Act, Tab};
use crate::ui::words::Words;
use crate::view::commands::{Action, ActionVerb};
use crate::view::inspect::{Condition, ContainerFact, Fact, FactLabel, Role};
use crate::view::when::seconds;
use yew::prelude::*;

/// The tab.
#[component]
pub fn SummaryTab(props: &TabProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let now = use_context::<Now>().unwrap_or_default();
    let seen = &props.seen;
    html! {
        <>
            { for seen.why.first().map(|why| {
                let (is, _) = say::why(ctx.lang, why, now.0);
                html! { <button type="button" class="because-line" onclick={ctx.on(|| Act::Tab(Tab::Why))}>{ is }</button> }
            }) }
            if !seen.actions.is_empty() {
                <Actions actions={seen.actions.clone()} />
            }
            <dl class="facts">
                { for seen.facts.iter().map(|f| fact(&ctx, f, now.0)) }
            </dl>
            if !seen.containers.is_empty() {
                <h3>{ w.containers }</h3>
                <ul class="containers">{ for seen.containers.iter().map(|c| container(c, w)) }</ul>
            }
            if !seen.conditions.is_empty() {
                <h3>{ w.conditions }</h3>
                <ul class="conditions">{ for seen.conditions.iter().map(condition) }</ul>
            }
            if !seen.labels.is_empty() {
                <h3>{ w.labels }</h3>
                <ul class="labels">{ for seen.labels.iter().map(|(k, v)| html! { <li><span>{ k }</span>{ "=" }<b>{ v }</b></li> }) }</ul>
            }
        </>
    }
}

fn fact(ctx: &crate::ui::ctx::Ctx, fact: &Fact, now: i64) -> Html {
    let value = match (&fact.link, fact.label) {
        (Some(link), _) => {
            let to = link.clone();
            html! { <button type="button" class="link name" onclick={ctx.on(move || Act::Select(Some(to.clone())))}>{ say::object(link) }</button> }
        }
        (None, FactLabel::Created | FactLabel::Deleting) => {
            let at = seconds(&fact.value);
            let span = match fact.label {
                FactLabel::Deleting => at - now,
                _ => now - at,
            };
            html! { <time title={fact.value.clone()}>{ say::span(span) }</time> }
        }
        _ => html! { <>{ &fact.value }</> },
    };
    html! { <div><dt>{ say::fact(ctx.lang, fact.label) }</dt><dd>{ value }</dd></div> }
}

fn container(c: &ContainerFact, w: &Words) -> Html {
    let tag = match c.role {
        Role::Init => w.init,
        Role::Main => "",
        Role::Ephemeral => w.ephemeral,
    };
    let class = match (c.ready, c.state.as_str()) {
        (true, _) => "good",
        (_, s) if s.contains("BackOff") || s.contains("Err") => "bad",
        (_, s) if s.starts_with("Terminated") && !s.ends_with("(0)") => "bad",
        _ => "calm",
    };
    html! {
        <li {class}>
            <span class="container-name">{ &c.name }if !tag.is_empty() { <span class="tag">{ tag }</span> }</span>
            <span class="image">{ &c.image }</span>
            <span class="container-state">{ &c.state }</span>
            if c.restarts > 0 {
                <span class="restarts">{ format!("↻ {}", c.restarts) }</span>
            }
            if !c.last.is_empty() {
                <span class="dim">{ &c.last }</span>
            }
        </li>
    }
}

fn condition(c: &Condition) -> Html {
    html! {
        <li class={format!("status-{}", c.status.to_ascii_lowercase())}>
            <b>{ &c.kind }</b>
            <span class="tag">{ &c.status }</span>
            if !c.reason.is_empty() {
                <span class="dim">{ &c.reason }</span>
            }
            if !c.message.is_empty() {
                <p>{ &c.message }</p>
            }
        </li>
    }
}

/// Properties of [`Actions`].
#[derive(Properties, PartialEq)]
struct ActionsProps {
    actions: Vec<Action>,
}

/// Buttons, each with the command it equals.
#[component]
fn Actions(props: &ActionsProps) -> Html {
    let ctx = use_ctx();
    html! {
        <div class="actions" role="group" aria-label={ctx.words().actions}>
            { for props.actions.iter().map(|a| {
                let command = a.command.clone();
                let act = match a.verb {
                    ActionVerb::Logs => ctx.on(|| Act::Tab(Tab::Logs)),
                    _ => ctx.on(move || Act::Run(command.clone())),
                };
                html! {
                    <button type="button" class={classes!("button", "small", a.verb.is_destructive().then_some("danger"))}
                        title={a.command.clone()} onclick={act}>{ say::action(ctx.lang, a.verb) }</button>
                }
            }) }
        </div>
    }
}
