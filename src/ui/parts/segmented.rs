//! A few choices side by side, one of them chosen.

use yew::prelude::*;

/// One choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// What is shown.
    pub label: Html,
    /// What it is called.
    pub name: AttrValue,
}

impl Segment {
    /// A choice whose words are its name.
    pub fn words(words: AttrValue) -> Segment {
        Segment { label: html! { &words }, name: words }
    }
}

#[derive(Properties, PartialEq)]
pub struct SegmentedProps {
    /// What is chosen here.
    pub label: AttrValue,
    pub segments: Vec<Segment>,
    /// The index of the chosen one, if any.
    pub chosen: Option<usize>,
    pub on_choose: Callback<usize>,
}

/// The choices, as buttons of which one is pressed.
#[component]
pub fn Segmented(props: &SegmentedProps) -> Html {
    html! {
        <div class="segmented" role="group" aria-label={&props.label}>
            { for props.segments.iter().enumerate().map(|(index, segment)| {
                let onclick = props.on_choose.reform(move |_: MouseEvent| index);
                html! {
                    <button key={index} type="button" aria-pressed={(props.chosen == Some(index)).to_string()}
                        aria-label={&segment.name} title={&segment.name} {onclick}>
                        { segment.label.clone() }
                    </button>
                }
            }) }
        </div>
    }
}
