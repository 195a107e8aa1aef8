//! A list of which only the rows in sight exist: ten thousand cost as much as thirty.

use web_sys::Element;
use yew::prelude::*;

/// Rows drawn beyond either end of what is in sight.
const SPARE: usize = 12;

#[derive(Properties, PartialEq)]
pub struct RowsProps {
    /// How many rows there are.
    pub count: usize,
    /// How high each is, in CSS pixels.
    pub height: f64,
    /// Draws one row. It changes whenever what it draws does.
    pub row: Callback<usize, Html>,
    /// Stays at the end when rows are added, until the user scrolls away from it.
    #[prop_or_default]
    pub follow: bool,
    #[prop_or_default]
    pub class: Classes,
    /// What the list is called.
    pub label: AttrValue,
    /// `log` for what grows, else `list`.
    #[prop_or(AttrValue::Static("list"))]
    pub role: AttrValue,
    /// Stands after the last row.
    #[prop_or_default]
    pub children: Html,
}

/// The list.
#[component]
pub fn Rows(props: &RowsProps) -> Html {
    let node = use_node_ref();
    // The first row in sight and how many fit.
    let view = use_state_eq(|| (0_usize, 40_usize));
    let at_end = use_mut_ref(|| true);
    let measure = {
        let (node, view, at_end, height) = (node.clone(), view.clone(), at_end.clone(), props.height);
        move || {
            let Some(element) = node.cast::<Element>() else { return };
            let (top, inner) = (f64::from(element.scroll_top()), f64::from(element.client_height()));
            *at_end.borrow_mut() = top + inner + height >= f64::from(element.scroll_height());
            view.set(((top / height) as usize, (inner / height) as usize + 1));
        }
    };
    let onscroll = {
        let measure = measure.clone();
        move |_: Event| measure()
    };
    {
        let (node, follow) = (node.clone(), props.follow);
        use_effect_with(props.count, move |_| {
            if let Some(element) = node.cast::<Element>().filter(|_| follow && *at_end.borrow()) {
                element.set_scroll_top(element.scroll_height());
            }
            measure();
        });
    }
    let (first, fit) = *view;
    let first = first.saturating_sub(SPARE).min(props.count);
    let last = (first + fit + 2 * SPARE).min(props.count);
    let (above, below) = (first as f64 * props.height, (props.count - last) as f64 * props.height);
    html! {
        <div ref={node} class={classes!("rows", props.class.clone())} role={&props.role} aria-label={&props.label}
            tabindex="0" {onscroll}>
            <div class="rows-above" style={format!("height:{above}px")}></div>
            <div class="rows-inside">{ for (first..last).map(|index| props.row.emit(index)) }</div>
            <div class="rows-below" style={format!("height:{below}px")}></div>
            <div class="rows-after">{ props.children.clone() }</div>
        </div>
    }
}
