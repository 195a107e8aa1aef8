//! A row of tabs: one is chosen, arrow keys walk, and the panel below is named by it.

use crate::ui::dom;
use crate::view::model::Tone;
use yew::prelude::*;

/// One tab.
#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    /// Unique in the page: the tab's element is `tab-{id}`, its panel's `tabpanel-{id}`.
    pub id: AttrValue,
    /// Its words.
    pub label: AttrValue,
    /// A dot after the words, with the words that say what it means.
    pub badge: Option<(Tone, AttrValue)>,
}

#[derive(Properties, PartialEq)]
pub struct TabsProps {
    /// What the row is called.
    pub label: AttrValue,
    pub tabs: Vec<Tab>,
    /// The index of the chosen one.
    pub chosen: usize,
    pub on_choose: Callback<usize>,
}

/// The row of tabs.
#[component]
pub fn Tabs(props: &TabsProps) -> Html {
    let count = props.tabs.len();
    let onkeydown = {
        let (on_choose, chosen) = (props.on_choose.clone(), props.chosen);
        let ids: Vec<AttrValue> = props.tabs.iter().map(|tab| tab.id.clone()).collect();
        move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowRight" => (chosen + 1) % count.max(1),
                "ArrowLeft" => (chosen + count.max(1) - 1) % count.max(1),
                "Home" => 0,
                "End" => count.saturating_sub(1),
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(to);
            if let Some(id) = ids.get(to) {
                dom::focus_id(&format!("tab-{id}"));
            }
        }
    };
    html! {
        <div class="tabs" role="tablist" aria-label={&props.label} {onkeydown}>
            { for props.tabs.iter().enumerate().map(|(index, tab)| {
                let chosen = index == props.chosen;
                let onclick = props.on_choose.reform(move |_: MouseEvent| index);
                html! {
                    <button key={tab.id.to_string()} type="button" role="tab" class="tab" id={format!("tab-{}", tab.id)}
                        aria-selected={chosen.to_string()} aria-controls={format!("tabpanel-{}", tab.id)}
                        tabindex={if chosen { "0" } else { "-1" }} {onclick}>
                        { &tab.label }
                        { for tab.badge.iter().map(|(tone, words)| html! {
                            <span class={classes!("dot", tone.class())} role="img" aria-label={words} title={words}></span>
                        }) }
                    </button>
                }
            }) }
        </div>
    }
}
