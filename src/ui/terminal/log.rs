//! What a tab has printed.

use crate::ui::ctx::use_ctx;
use crate::view::model::Shared;
use crate::view::terminal::{Block, Span, Style};
use yew::prelude::*;

/// Properties of [`Blocks`].
#[derive(Properties, PartialEq)]
pub struct BlocksProps {
    pub blocks: Vec<Shared<Block>>,
}

/// All blocks; those that are full are drawn once.
#[component]
pub fn Blocks(props: &BlocksProps) -> Html {
    html! { <>{ for props.blocks.iter().map(|b| html! { <Lines key={b.id} block={b.clone()} /> }) }</> }
}

/// Properties of [`Lines`].
#[derive(Properties, PartialEq)]
struct LinesProps {
    block: Shared<Block>,
}

/// The lines of a block. Plain text is one node, however many lines it has.
#[component]
fn Lines(props: &LinesProps) -> Html {
    let ctx = use_ctx();
    let mut parts: Vec<Html> = Vec::new();
    let mut plain = String::new();
    for line in &props.block.lines {
        for span in line {
            if span.style == Style::default() && span.link.is_none() {
                plain.push_str(&span.text);
                continue;
            }
            if !plain.is_empty() {
                parts.push(html! { <>{ std::mem::take(&mut plain) }</> });
            }
            parts.push(styled(&ctx, span));
        }
        plain.push('\n');
    }
    parts.push(html! { <>{ plain }</> });
    html! { <pre class="block">{ for parts }</pre> }
}

fn styled(ctx: &crate::ui::ctx::Ctx, span: &Span) -> Html {
    let s = span.style;
    let class = classes!(
        s.colour.map(|c| format!("ansi-{c}")),
        s.bold.then_some("bold"),
        s.dim.then_some("faint"),
        s.underline.then_some("underline"),
        s.inverse.then_some("inverse"),
        s.error.then_some("stderr"),
        s.echo.then_some("echo"),
    );
    match &span.link {
        Some(key) => {
            let (ctx, key) = (ctx.clone(), key.clone());
            let onclick = Callback::from(move |e: MouseEvent| {
                e.stop_propagation();
                ctx.select(&key);
            });
            html! { <button type="button" tabindex="-1" class={classes!(class, "named")} {onclick}>{ &span.text }</button> }
        }
        None => html! { <span {class}>{ &span.text }</span> },
    }
}
