//! The object as YAML: live while it is only read, and sent to the API server when it was edited.

use crate::ui::ctx::use_ctx;
use crate::ui::results::Results;
use crate::ui::state::{Act, Writer};
use crate::view::inspect::Inspection;
use crate::view::protocol::ApplyResult;
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`YamlTab`].
#[derive(Properties, PartialEq)]
pub struct YamlTabProps {
    pub seen: Rc<Inspection>,
    pub applied: Option<Rc<Vec<ApplyResult>>>,
}

/// The tab.
#[component]
pub fn YamlTab(props: &YamlTabProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let seen = &props.seen;
    // The text being edited, and the version it began from.
    let draft = use_state_eq(|| None::<(String, String)>);
    {
        let draft = draft.setter();
        use_effect_with(seen.subject.clone(), move |_| draft.set(None));
    }
    // What was refused stays to be corrected.
    let sent = use_memo((), |()| Cell::new(false));
    {
        let (draft, sent) = (draft.setter(), sent.clone());
        use_effect_with(props.applied.clone(), move |applied| {
            let taken = |all: &Rc<Vec<ApplyResult>>| all.iter().all(|r| r.ok);
            if applied.as_ref().is_some_and(taken) && sent.replace(false) {
                draft.set(None);
            }
        });
    }
    let oninput = {
        let (draft, version) = (draft.clone(), seen.resource_version.clone());
        Callback::from(move |e: InputEvent| {
            let area = e.target_unchecked_into::<web_sys::HtmlTextAreaElement>();
            let from = draft.as_ref().map_or(version.clone(), |(_, v)| v.clone());
            draft.set(Some((area.value(), from)));
        })
    };
    let text = draft.as_ref().map_or(seen.yaml.clone(), |(t, _)| t.clone());
    let behind = draft
        .as_ref()
        .is_some_and(|(_, v)| *v != seen.resource_version);
    let send = |dry_run: bool| {
        let (act, text, sent) = (ctx.act.clone(), text.clone(), sent.clone());
        Callback::from(move |_: MouseEvent| {
            act.emit(Act::Apply {
                from: Writer::Inspector,
                text: text.clone(),
                dry_run,
            });
            sent.set(!dry_run);
        })
    };
    let revert = {
        let draft = draft.setter();
        Callback::from(move |_: MouseEvent| draft.set(None))
    };
    let edited = draft.is_some();
    html! {
        <div class="yaml-tab">
            if behind {
                <p class="gone" role="status">{ w.changed_below }</p>
            }
            <textarea class="yaml" aria-label={w.yaml} spellcheck="false" autocomplete="off" readonly={!seen.exists} value={text.clone()} {oninput} />
            <Results applied={props.applied.clone()} />
            <p class="buttons">
                <button type="button" class="button small" disabled={!edited} onclick={revert}>{ w.revert }</button>
                <button type="button" class="button small" disabled={!edited} onclick={send(true)}>{ w.dry_run }</button>
                <button type="button" class="button small primary" disabled={!edited} onclick={send(false)}>{ w.save }</button>
            </p>
        </div>
    }
}
