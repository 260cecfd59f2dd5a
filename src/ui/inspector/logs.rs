//! A container's log as it grows.

use crate::ui::ctx::use_ctx;
use crate::ui::state::{Act, LogView};
use crate::view::inspect::{Inspection, Role};
use crate::view::protocol::LogRequest;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`LogsTab`].
#[derive(Properties, PartialEq)]
pub struct LogsTabProps {
    pub seen: Rc<Inspection>,
    pub log: Option<Rc<LogView>>,
}

/// The tab. The log is followed while it is open.
#[component]
pub fn LogsTab(props: &LogsTabProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let subject = &props.seen.subject;
    let main = props.seen.containers.iter().find(|c| c.role == Role::Main);
    let container = use_state_eq(String::new);
    let previous = use_state_eq(|| false);
    let chosen = match container.as_str() {
        "" => main.map_or(String::new(), |c| c.name.clone()),
        name => name.to_owned(),
    };
    let of = LogRequest {
        namespace: subject.namespace.clone(),
        pod: subject.name.clone(),
        container: chosen.clone(),
        previous: *previous,
    };
    {
        let act = ctx.act.clone();
        use_effect_with(of, move |of| {
            act.emit(Act::Logs(Some(of.clone())));
            move || act.emit(Act::Logs(None))
        });
    }
    {
        let host = ctx.host.clone();
        use_effect_with(props.log.as_ref().map(|l| l.text.len()), move |_| {
            host.follow_end("log", false);
        });
    }
    let on_container = {
        let container = container.clone();
        Callback::from(move |e: Event| {
            let select = e.target_unchecked_into::<web_sys::HtmlSelectElement>();
            container.set(select.value());
        })
    };
    let toggle = {
        let previous = previous.clone();
        Callback::from(move |_: MouseEvent| previous.set(!*previous))
    };
    let text = props.log.as_ref().map_or("", |l| l.text.as_str());
    let error = props.log.as_ref().and_then(|l| l.error.clone());
    html! {
        <div class="log-tab">
            <div class="log-bar">
                <select class="field" aria-label={w.container} onchange={on_container}>
                    { for props.seen.containers.iter().map(|c| html! {
                        <option value={c.name.clone()} selected={c.name == chosen}>{ &c.name }</option>
                    }) }
                </select>
                <button type="button" class="chip" aria-pressed={previous.to_string()} onclick={toggle}>{ w.last_run }</button>
            </div>
            <pre id="log" class="log" tabindex="0" aria-label={w.logs}>{ text }</pre>
            if let Some(error) = error {
                <p class="error">{ error }</p>
            } else if text.is_empty() {
                <p class="empty">{ w.no_logs }</p>
            }
        </div>
    }
}
