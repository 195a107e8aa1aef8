//! The picture's panel: a toolbar, the stage with the cards and lines, the dots of requests above it, the time line.
//!
//! Where things stand comes from `view::layout`. [`stage`] handles camera, pointer and keys; [`cards`], [`pods`] and
//! [`wires`] draw; [`dots`] moves the requests; [`outline`] says all of it in words.

mod cards;
mod dots;
mod labels;
mod menu;
mod outline;
mod pods;
mod stage;
mod timeline;
mod wires;

use super::context::{t, use_page};
use super::parts::{Icon, IconName, Segment, Segmented};
use super::state::{Panel, UiAction};
use crate::base::Str;
use crate::ui::time::Past;
use crate::view::layout::{Layout, Lens, layout};
use crate::view::model::request::RequestView;
use crate::view::model::time::TimelineView;
use crate::view::model::{ClockView, Command, GraphView, Shared};
pub use menu::{Menu, MenuAt};
use outline::Outline;
use stage::Stage;
use timeline::Timeline;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct GraphPanelProps {
    pub graph: Shared<GraphView>,
    pub selected: Option<Str>,
    pub request: Shared<RequestView>,
    pub timeline: Shared<TimelineView>,
    pub clock: ClockView,
    pub lens: Lens,
    pub outline: bool,
}

/// The panel.
#[component]
pub fn GraphPanel(props: &GraphPanelProps) -> Html {
    let page = use_page();
    let placed = use_memo((props.graph.clone(), props.lens), |(graph, lens)| Shared::new(layout(graph, *lens)));
    let placed: Shared<Layout> = (*placed).clone();
    html! {
        <section id={Panel::Graph.id()} class={classes!("panel", "graph-panel", props.clock.behind.map(|_| "in-past"))} aria-label={t!(page, "ui.panel-graph")} tabindex="-1">
            <h2 class="visually-hidden">{ t!(page, "ui.panel-graph") }</h2>
            <Toolbar graph={props.graph.clone()} lens={props.lens} outline={props.outline} />
            <div>{ for props.clock.behind.map(|span| html! { <Past tenths={span.as_millis() as u64 / 100} /> }) }</div>
            <div class="graph-body">
                { if props.outline {
                    html! { <Outline graph={props.graph.clone()} selected={props.selected.clone()} /> }
                } else {
                    html! {
                        <Stage graph={props.graph.clone()} layout={placed} lens={props.lens} selected={props.selected.clone()} request={props.request.clone()} />
                    }
                } }
            </div>
            <Timeline timeline={props.timeline.clone()} now={props.clock.now} past={props.clock.behind.is_some()} />
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ToolbarProps {
    graph: Shared<GraphView>,
    lens: Lens,
    outline: bool,
}

#[component]
fn Toolbar(props: &ToolbarProps) -> Html {
    let page = use_page();
    let graph = &props.graph;
    let onchange = {
        let page = page.clone();
        move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default();
            page.send(Command::Namespace((!chosen.is_empty()).then(|| chosen.into())));
        }
    };
    let outline = props.outline;
    let lenses = vec![
        Segment::words(t!(page, "ui.lens-traffic")),
        Segment::words(t!(page, "ui.lens-ownership")),
        Segment::words(t!(page, "ui.lens-labels")),
    ];
    let on_lens = {
        let page = page.clone();
        Callback::from(move |index: usize| page.act(UiAction::Lens(Lens::ALL.get(index).copied().unwrap_or_default())))
    };
    let counts = [
        t!(page, "ui.count-nodes", count = graph.node_count),
        t!(page, "ui.count-pods", count = graph.pod_count),
        t!(page, "ui.count-services", count = graph.services.len()),
    ];
    html! {
        <div class="bar">
            <Segmented label={t!(page, "ui.lens")} segments={lenses} chosen={Lens::ALL.iter().position(|lens| *lens == props.lens)} on_choose={on_lens} />
            <label class="field">
                <span class="muted">{ t!(page, "ui.namespace") }</span>
                <select class="pill" {onchange}>
                    { for graph.namespaces.iter().map(|name| html! {
                        <option key={name.to_string()} value={name.to_string()} selected={graph.namespace.as_ref() == Some(name)}>{ &**name }</option>
                    }) }
                    <option key="" value="" selected={graph.namespace.is_none()}>{ t!(page, "ui.all-namespaces") }</option>
                </select>
            </label>
            <span class="grow"></span>
            <span class="muted counts">{ counts.join(" · ") }</span>
            <button type="button" class="icon-button" aria-pressed={outline.to_string()} aria-label={t!(page, "ui.as-text")}
                title={t!(page, "ui.as-text")} onclick={page.acts(move || UiAction::Outline(!outline))}>
                <Icon name={IconName::Outline} />
            </button>
        </div>
    }
}
