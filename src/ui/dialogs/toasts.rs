//! Notices at the edge of the page. They stay until dismissed: nobody has to read against a clock.

use crate::ui::context::{t, use_page};
use crate::ui::parts::{Icon, IconName};
use crate::view::model::{Command, NoticeView, Shared};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ToastsProps {
    pub notices: Shared<Vec<NoticeView>>,
}

/// The notices.
#[component]
pub fn Toasts(props: &ToastsProps) -> Html {
    let page = use_page();
    html! {
        <div class="toasts" role="status" aria-live="polite">
            { for props.notices.iter().map(|notice| html! {
                <div key={notice.id.to_string()} class={classes!("toast", notice.tone.class())}>
                    <span class={classes!("dot", notice.tone.class())}></span>
                    <p>{ page.say(&notice.text) }</p>
                    <button type="button" class="icon-button" aria-label={t!(page, "ui.dismiss")} onclick={page.sends(Command::DismissNotice(notice.id))}>
                        <Icon name={IconName::Close} />
                    </button>
                </div>
            }) }
        </div>
    }
}
