//! Requests as dots: they travel from who sent them through the service's door to a pod, bounce where they are refused, and
//! fade where they are lost. Nothing is drawn for who wants no motion: the counts on the doors say the same.

use crate::ui::ctx::use_ctx;
use crate::view::frame::{Flow, FlowEnd, Key};
use crate::view::host::Rect;
use crate::view::model::Shared;
use yew::prelude::*;

/// Properties of [`Traffic`].
#[derive(Properties, PartialEq)]
pub struct TrafficProps {
    /// The latest requests with their numbers, the newest last.
    pub flows: Shared<Vec<(u64, Flow)>>,
}

/// The dots.
#[component]
pub fn Traffic(props: &TrafficProps) -> Html {
    let ctx = use_ctx();
    // What had travelled before the map was opened is not drawn.
    let newest = props.flows.last().map_or(0, |(id, _)| *id);
    let first = *use_state(|| newest);
    let placed = use_mut_ref(|| first);
    {
        let (host, flows) = (ctx.host.clone(), props.flows.clone());
        use_effect_with(newest, move |_| {
            let from = std::mem::replace(&mut *placed.borrow_mut(), newest);
            for (id, flow) in flows.iter().filter(|(id, _)| *id > from) {
                let keys = [flow.from.clone(), flow.service.clone(), flow.to.clone()];
                let asked: Vec<Key> = keys.to_vec();
                let rects = host.rects("map-canvas", &asked);
                let at = |i: usize| rects.get(i).copied().flatten();
                if let Some(path) = way(at(0), at(1), at(2), flow.end) {
                    let id = format!("dot-{id}");
                    host.set_style(&id, "offset-path", &format!("path(\"{path}\")"));
                }
            }
        });
    }
    let shown = props.flows.iter().filter(|(id, _)| *id > first);
    html! {
        <div class="dots" aria-hidden="true">
            { for shown.map(|(id, flow)| html! {
                <i key={*id} id={format!("dot-{id}")} class={classes!("dot", class(flow.end), (flow.count > 1).then_some("many"))} />
            }) }
        </div>
    }
}

fn class(end: FlowEnd) -> &'static str {
    match end {
        FlowEnd::Answered => "answered",
        FlowEnd::Refused => "refused",
        FlowEnd::Lost => "lost",
    }
}

/// The way of a dot: from the sender (or from below the door) to the door, and on to the pod; back again where it was refused.
fn way(from: Option<Rect>, door: Option<Rect>, to: Option<Rect>, end: FlowEnd) -> Option<String> {
    let door = door?;
    let (dx, top) = (door.x + door.width / 2.0, door.y);
    let mut path = match from {
        Some(from) => {
            let (x, y) = middle(from);
            format!(
                "M{x:.0} {y:.0}Q{x:.0} {:.0} {dx:.0} {top:.0}",
                (y + top) / 2.0
            )
        }
        None => format!("M{dx:.0} {:.0}L{dx:.0} {top:.0}", top + door.height + 18.0),
    };
    let (x, y) = match to {
        Some(to) => middle(to),
        // Nobody took it: it gets no further than just above the door.
        None => (dx, top - 22.0),
    };
    let bend = (y + top) / 2.0;
    path.push_str(&format!(
        "C{dx:.0} {bend:.0} {x:.0} {bend:.0} {x:.0} {y:.0}"
    ));
    if end == FlowEnd::Refused {
        path.push_str(&format!(
            "C{x:.0} {bend:.0} {dx:.0} {bend:.0} {dx:.0} {top:.0}"
        ));
    }
    Some(path)
}

fn middle(r: Rect) -> (f64, f64) {
    (r.x + r.width.min(24.0) / 2.0, r.y + r.height / 2.0)
}

/// Counts of a service's requests, in colours and words.
#[derive(Properties, PartialEq)]
pub struct CountsProps {
    /// Answered, refused, lost.
    pub counts: (u64, u64, u64),
}

/// How many requests were answered, refused and lost.
#[component]
pub fn Counts(props: &CountsProps) -> Html {
    let w = use_ctx().words();
    let (answered, refused, lost) = props.counts;
    let parts = [
        ("answered", answered, w.answered),
        ("refused", refused, w.refused),
        ("lost", lost, w.lost),
    ];
    if answered + refused + lost == 0 {
        return Html::default();
    }
    let shown = parts.iter().filter(|(_, n, _)| *n > 0);
    html! {
        <span class="door-traffic">
            { for shown.map(|(class, n, word)| html! { <span class={*class}>{ format!("{n} {word}") }</span> }) }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_request_comes_back_to_the_door() {
        let rect = |x: f64, y: f64| {
            Some(Rect {
                x,
                y,
                width: 20.0,
                height: 20.0,
            })
        };
        let answered = way(
            None,
            rect(100.0, 300.0),
            rect(40.0, 100.0),
            FlowEnd::Answered,
        );
        let refused = way(
            None,
            rect(100.0, 300.0),
            rect(40.0, 100.0),
            FlowEnd::Refused,
        );
        let (answered, refused) = (answered.expect("a way"), refused.expect("a way"));
        assert!(answered.ends_with("50 110"), "{answered}");
        assert!(
            refused.starts_with(&answered) && refused.ends_with("110 300"),
            "{refused}"
        );
        assert_eq!(way(rect(0.0, 0.0), None, None, FlowEnd::Lost), None);
    }
}
