//! The line between two panels, which can be dragged, or moved with the arrow keys.

use crate::ui::context::use_page;
use crate::ui::state::{Edge, Sizes, UiAction};
use web_sys::Element;
use yew::prelude::*;

/// How far an arrow key moves it.
const STEP: f64 = 16.0;

#[derive(Properties, PartialEq)]
pub struct SplitterProps {
    pub edge: Edge,
    /// How large the panel is now.
    pub value: f64,
    pub label: AttrValue,
}

/// The line.
#[component]
pub fn Splitter(props: &SplitterProps) -> Html {
    let page = use_page();
    let grip = use_mut_ref(|| None::<(f64, f64)>);
    let (edge, value) = (props.edge, props.value);
    let upright = edge != Edge::Bottom;
    let grows = if edge == Edge::Left { 1.0 } else { -1.0 };
    let along = move |event: &PointerEvent| f64::from(if upright { event.client_x() } else { event.client_y() });

    let onpointerdown = {
        let grip = grip.clone();
        move |event: PointerEvent| {
            if let Some(element) = event.target_dyn_into::<Element>() {
                // Without capture the drag merely ends at the line's edge.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            *grip.borrow_mut() = Some((along(&event), value));
        }
    };
    let onpointermove = {
        let (grip, page) = (grip.clone(), page.clone());
        move |event: PointerEvent| {
            if let Some((start, size)) = *grip.borrow() {
                page.act(UiAction::Resize(edge, size + (along(&event) - start) * grows));
            }
        }
    };
    let onpointerup = move |_: PointerEvent| *grip.borrow_mut() = None;
    let onkeydown = move |event: KeyboardEvent| {
        let direction = match event.key().as_str() {
            "ArrowRight" if upright => 1.0,
            "ArrowLeft" if upright => -1.0,
            "ArrowDown" if !upright => 1.0,
            "ArrowUp" if !upright => -1.0,
            _ => return,
        };
        event.prevent_default();
        page.act(UiAction::Resize(edge, value + direction * grows * STEP));
    };
    let (least, most) = Sizes::limits(edge);
    let class = match edge {
        Edge::Left => "splitter left",
        Edge::Right => "splitter right",
        Edge::Bottom => "splitter bottom",
    };
    html! {
        <div {class} role="separator" tabindex="0" aria-label={&props.label}
            aria-orientation={if upright { "vertical" } else { "horizontal" }}
            aria-valuenow={value.round().to_string()} aria-valuemin={least.to_string()} aria-valuemax={most.to_string()}
            onpointercancel={onpointerup.clone()} {onpointerdown} {onpointermove} {onpointerup} {onkeydown}></div>
    }
}
