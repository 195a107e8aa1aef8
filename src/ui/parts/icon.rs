//! The icons: strokes on a 16 by 16 grid, in the colour of the text around them.

use yew::prelude::*;

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// Two bars.
    Pause,
    /// A triangle.
    Play,
    /// A triangle and a bar.
    Step,
    /// A bar and a triangle, backwards.
    StepBack,
    /// Two triangles, backwards.
    Rewind,
    /// An arrow around.
    Reset,
    /// Half a disc.
    Theme,
    /// Sliders.
    Settings,
    /// A cross.
    Close,
    /// A plus.
    Plus,
    /// A minus.
    Minus,
    /// Four corners.
    Fit,
    /// Lines, indented.
    Outline,
    /// A chevron down.
    Down,
    /// A question mark.
    Help,
    /// A page with a corner.
    File,
    /// Three linked dots.
    Graph,
    /// An arrow through.
    Send,
    /// A prompt.
    Console,
    /// A plus above a minus.
    Changes,
    /// An arrow out of a box.
    Share,
}

#[derive(Properties, PartialEq)]
pub struct IconProps {
    pub name: IconName,
}

/// Draws an icon; it is silent, whatever carries it has the name.
#[component]
pub fn Icon(props: &IconProps) -> Html {
    let path = match props.name {
        IconName::Pause => "M5.5 3.5v9M10.5 3.5v9",
        IconName::Play => "M5 3.2v9.6L12.8 8z",
        IconName::Step => "M4.5 3.2v9.6L11 8zM12.5 3.5v9",
        IconName::StepBack => "M11.5 3.2v9.6L5 8zM3.5 3.5v9",
        IconName::Rewind => "M8 3.6v8.8L2.4 8zM13.6 3.6v8.8L8 8z",
        IconName::Reset => "M3.2 8a4.8 4.8 0 1 0 1.6-3.6M3 2.5v3h3",
        IconName::Theme => "M8 2.2a5.8 5.8 0 1 0 0 11.6zM8 2.2a5.8 5.8 0 0 1 0 11.6",
        IconName::Settings => "M2.5 4.5h5M11 4.5h2.5M2.5 11.5H5M8.5 11.5h5M9.2 2.9v3.2M6.8 9.9v3.2",
        IconName::Close => "M4 4l8 8M12 4l-8 8",
        IconName::Plus => "M8 3v10M3 8h10",
        IconName::Minus => "M3 8h10",
        IconName::Fit => "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
        IconName::Outline => "M3 4h10M5.5 8H13M8 12h5",
        IconName::Down => "M4 6.2 8 10l4-3.8",
        IconName::Help => "M5.8 6a2.2 2.2 0 1 1 3.4 1.9c-.8.5-1.2.9-1.2 1.8M8 12.2v.1",
        IconName::File => "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
        IconName::Graph => {
            "M4 4.2a1.4 1.4 0 1 0 0-.1M4 12a1.4 1.4 0 1 0 0-.1M12 8.1a1.4 1.4 0 1 0 0-.1M5.2 4.6 10.8 7.4M5.2 11.5l5.6-2.9"
        }
        IconName::Send => "M2.5 8h10M8.7 4.2 12.5 8l-3.8 3.8",
        IconName::Changes => "M8 2.5v6M5 5.5h6M5 12.5h6",
        IconName::Share => "M8 9.5V2.5M5.3 5.1 8 2.4l2.7 2.7M5.3 7H3.4v6.4h9.2V7h-1.9",
        IconName::Console => "M3 4.5 6.5 8 3 11.5M8 11.5h5",
    };
    let solid = matches!(props.name, IconName::Play | IconName::Step | IconName::StepBack | IconName::Rewind);
    html! {
        <svg class={classes!("icon", solid.then_some("solid"))} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d={path} />
        </svg>
    }
}
