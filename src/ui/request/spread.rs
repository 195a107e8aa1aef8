//! Where many requests went: a bar per backend.

use crate::ui::context::{t, use_page};
use crate::view::model::Shared;
use crate::view::model::graph::COLOURS;
use crate::view::model::request::SpreadView;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct SpreadProps {
    pub spread: Shared<SpreadView>,
}

/// The bars.
#[component]
pub fn Spread(props: &SpreadProps) -> Html {
    let page = use_page();
    let spread = &props.spread;
    let most = spread.bars.iter().map(|bar| bar.count).chain([spread.lost, 1]).max().unwrap_or(1);
    let width = |count: u32| format!("width:{:.1}%", f64::from(count) / f64::from(most) * 100.0);
    let row = |key: String, label: AttrValue, class: Classes, count: u32| {
        html! {
            <tr {key}>
                <th scope="row">{ label }</th>
                <td class="bar-cell" aria-hidden="true"><i {class} style={width(count)}></i></td>
                <td class="count">{ count }</td>
            </tr>
        }
    };
    html! {
        <section class="spread">
            <h4 id="spread-title">{ t!(page, "ui.spread", count = spread.total) }</h4>
            <table aria-labelledby="spread-title">
                <tbody>{ for spread.bars.iter().map(|bar| {
                    let colour = bar.colour.map(|colour| format!("rev{}", colour % COLOURS));
                    row(bar.key.to_string(), bar.label.to_string().into(), classes!("fill", colour), bar.count)
                }) }</tbody>
                <tfoot>{ for (spread.lost > 0).then(|| row("lost".into(), t!(page, "ui.lost"), classes!("fill", "bad"), spread.lost)) }</tfoot>
            </table>
        </section>
    }
}
