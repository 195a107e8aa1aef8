//! What the nodes say to a pod: a bar of points for each, or why it refuses.

use crate::ui::context::{Page, t};
use crate::view::model::inspector::{NodeSays, NodesView};
use yew::prelude::*;

/// The list.
pub fn say(page: &Page, nodes: &NodesView) -> Html {
    html! {
        <section key="nodes" class="nodes-say">
            <h4>{ page.say(&nodes.title) }</h4>
            <ul>{ for nodes.rows.iter().map(|row| self::row(page, row)) }</ul>
        </section>
    }
}

fn row(page: &Page, row: &NodeSays) -> Html {
    let onclick = {
        let (page, card) = (page.clone(), row.card.clone());
        move |_: MouseEvent| page.pick(&card)
    };
    let refused = !row.refusals.is_empty();
    let parts: Vec<String> = row.points.iter().map(|(plugin, points)| format!("{plugin} {points}")).collect();
    let detail = if refused { row.refusals.join(", ") } else { parts.join(" + ") };
    html! {
        <li key={row.node.to_string()} class={classes!(row.chosen.then_some("chosen"), refused.then_some("refused"))}>
            <button type="button" class="link" {onclick}>{ &*row.node }</button>
            <span class="points">{ if refused { t!(page, "view.node-refuses") } else { AttrValue::from(row.total.to_string()) } }</span>
            <i class="meter" aria-hidden="true" hidden={refused}><i style={format!("width:{}%", row.percent)}></i></i>
            <small>{ detail }</small>
            <small class="because" hidden={row.because.is_empty()}>{ for row.because.iter().enumerate().map(|(index, words)| html! {
                <span key={index}>{ page.say(words) }{ " " }</span>
            }) }</small>
        </li>
    }
}
