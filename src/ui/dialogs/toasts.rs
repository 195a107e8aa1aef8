//! Notices at the edge of the page. They stay until dismissed: nobody has to read against a clock.

use crate::ui::context::{Page, t, use_page};
use crate::ui::parts::{Icon, IconName};
use crate::ui::state::UiAction;
use crate::view::model::{Command, NoticeView, Shared, Tone};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ToastsProps {
    pub notices: Shared<Vec<NoticeView>>,
    /// The browser keeps nothing.
    pub storage_refused: bool,
}

/// The notices.
#[component]
pub fn Toasts(props: &ToastsProps) -> Html {
    let page = use_page();
    html! {
        <div class="toasts" role="status" aria-live="polite">
            <div class="toast-group">{ for props.notices.iter().map(|notice| {
                toast(&page, notice.id.to_string(), notice.tone, page.say(&notice.text), page.sends(Command::DismissNotice(notice.id)))
            }) }</div>
            <div class="toast-group">{ for props.storage_refused.then(|| {
                toast(&page, "storage".to_owned(), Tone::Pending, t!(page, "ui.storage-refused"), page.acts(|| UiAction::KeptRead))
            }) }</div>
        </div>
    }
}

fn toast(page: &Page, key: String, tone: Tone, words: AttrValue, on_dismiss: Callback<MouseEvent>) -> Html {
    html! {
        <div {key} class={classes!("toast", tone.class())}>
            <span class={classes!("dot", tone.class())}></span>
            <p>{ words }</p>
            <button type="button" class="icon-button" aria-label={t!(page, "ui.dismiss")} onclick={on_dismiss}>
                <Icon name={IconName::Close} />
            </button>
        </div>
    }
}
