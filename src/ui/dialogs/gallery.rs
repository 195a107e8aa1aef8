//! The examples, as cards under headings.

use crate::base::Str;
use crate::ui::context::{t, use_page};
use crate::ui::parts::Modal;
use crate::ui::state::UiAction;
use crate::view::model::{Command, ExampleView, Shared};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct GalleryProps {
    pub examples: Shared<Vec<ExampleView>>,
    pub example: Option<Str>,
}

/// The gallery.
#[component]
pub fn Gallery(props: &GalleryProps) -> Html {
    let page = use_page();
    let mut groups: Vec<(AttrValue, Vec<&ExampleView>)> = Vec::new();
    for example in props.examples.iter() {
        let group = page.say(&example.group);
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, members)) => members.push(example),
            None => groups.push((group, vec![example])),
        }
    }
    let card = |example: &ExampleView| {
        let (id, page_for_click) = (example.id.clone(), page.clone());
        let onclick = move |_: MouseEvent| {
            page_for_click.send(Command::LoadExample(id.clone()));
            page_for_click.act(UiAction::Dialog(None));
        };
        let loaded = props.example.as_ref() == Some(&example.id);
        html! {
            <li key={example.id.to_string()}>
                <button type="button" class="example-card" aria-current={loaded.then_some("true")} {onclick}>
                    <b>{ page.say(&example.title) }</b><span class="muted">{ page.say(&example.summary) }</span>
                </button>
            </li>
        }
    };
    html! {
        <Modal title={t!(page, "ui.examples")} class="gallery" on_close={page.acts(|| UiAction::Dialog(None))}>
            <p class="muted">{ t!(page, "ui.examples-note") }</p>
            { for groups.iter().map(|(name, members)| html! {
                <section key={name.to_string()}>
                    <h3>{ name }</h3>
                    <ul>{ for members.iter().map(|example| card(example)) }</ul>
                </section>
            }) }
        </Modal>
    }
}
