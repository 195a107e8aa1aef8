//! What can be done with a card, at the card: by right click, long press, `M` or the menu key.

use crate::base::Str;
use crate::ui::context::{t, use_page};
use crate::ui::dom;
use crate::ui::state::UiAction;
use crate::view::model::inspector::InspectorView;
use crate::view::model::{Command, Shared};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// Where a menu opens, in pixels of the window, and for which card.
#[derive(Clone, Debug, PartialEq)]
pub struct MenuAt {
    /// The card.
    pub card: Str,
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

#[derive(Properties, PartialEq)]
pub struct MenuProps {
    pub at: MenuAt,
    /// The selected thing: opening a menu selects its card, so soon this is what it is about.
    pub inspector: Option<Shared<InspectorView>>,
}

/// The menu.
#[component]
pub fn Menu(props: &MenuProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    let MenuAt { card, x, y } = props.at.clone();
    let about = props.inspector.clone().filter(|thing| thing.key == card);
    let known = about.is_some();
    {
        // The first item has the focus as soon as there is one.
        let node = node.clone();
        use_effect_with((card.clone(), known), move |_| {
            if let Some(menu) = node.cast::<HtmlElement>() {
                keep_inside(&menu, x, y);
                let _ = focus_item(&menu, 0) || dom::focus(&menu);
            }
        });
    }
    let close = {
        let (page, card) = (page.clone(), card.clone());
        move |back: bool| {
            page.act(UiAction::Menu(None));
            if back {
                dom::focus_id(&dom::card_id(&card));
            }
        }
    };
    let onkeydown = {
        let (node, close) = (node.clone(), close.clone());
        move |event: KeyboardEvent| {
            let Some(menu) = node.cast::<HtmlElement>() else { return };
            let count = items(&menu).len();
            let here = items(&menu).iter().position(|item| Some(item) == dom::active().as_ref());
            match event.key().as_str() {
                "Escape" | "Tab" => close(true),
                "ArrowDown" => walk_to(&menu, here.map_or(0, |here| (here + 1) % count.max(1))),
                "ArrowUp" => walk_to(&menu, here.unwrap_or(count).checked_sub(1).unwrap_or(count.saturating_sub(1))),
                "Home" => walk_to(&menu, 0),
                "End" => walk_to(&menu, count.saturating_sub(1)),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let choose = |command: Command| {
        let (page, close) = (page.clone(), close.clone());
        move |_: MouseEvent| {
            page.send(command.clone());
            close(true);
        }
    };
    let name = about.as_ref().map_or_else(|| card.clone(), |thing| thing.name.clone());
    let inspect = {
        let (page, card, close) = (page.clone(), card.clone(), close.clone());
        move |_: MouseEvent| {
            close(false);
            page.pick(&card);
            page.act(UiAction::Right(crate::ui::state::RightTab::Inspect));
            page.act(UiAction::Phone(crate::ui::state::Panel::Right));
        }
    };
    let outside = {
        let close = close.clone();
        move |event: MouseEvent| {
            event.prevent_default();
            close(false);
        }
    };
    html! {
        <div class="menu-layer">
            <div class="menu-outside" onclick={outside.clone()} oncontextmenu={outside}></div>
            <div ref={node} class="menu" role="menu" tabindex="-1" aria-label={t!(page, "time.menu", name = name)} {onkeydown}>
                <p class="menu-title" aria-hidden="true">{ &*name }</p>
                { for about.iter().flat_map(|thing| &thing.actions).enumerate().map(|(index, action)| html! {
                    <button key={index} type="button" role="menuitem" tabindex="-1" class={classes!(action.danger.then_some("danger"))}
                        onclick={choose(Command::Console(action.line.clone()))}>
                        <span>{ page.say(&action.label) }</span><code>{ &*action.line }</code>
                    </button>
                }) }
                <button type="button" role="menuitem" tabindex="-1" onclick={inspect} hidden={!known}><span>{ t!(page, "time.menu-inspect") }</span></button>
                <p class="muted" hidden={known}>{ t!(page, "time.menu-nothing") }</p>
            </div>
        </div>
    }
}

fn items(menu: &Element) -> Vec<Element> {
    let Ok(found) = menu.query_selector_all("[role=menuitem]:not([hidden])") else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// Gives the focus to an item, if there is one.
fn walk_to(menu: &Element, index: usize) {
    focus_item(menu, index);
}

fn focus_item(menu: &Element, index: usize) -> bool {
    items(menu).get(index).is_some_and(dom::focus)
}

/// Moves the menu so that all of it is in the window.
fn keep_inside(menu: &HtmlElement, x: f64, y: f64) {
    let window = dom::window();
    let side = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let (width, height) = (side(window.inner_width()), side(window.inner_height()));
    let fit = |at: f64, size: i32, room: f64| at.min(room - f64::from(size) - 8.0).max(8.0);
    let left = fit(x, menu.offset_width(), width);
    let top = fit(y, menu.offset_height(), height);
    // A valid property cannot be refused.
    let _ = menu.set_attribute("style", &format!("left:{left}px;top:{top}px"));
}
