//! A link that repeats all of it, and the lines that put it into another page.

use crate::ui::context::{Page, t, use_page};
use crate::ui::parts::Modal;
use crate::ui::state::UiAction;
use crate::ui::{dom, visits};
use crate::view::model::request::Ask;
use yew::prelude::*;

/// Some programs cut links that are longer, in letters.
const LONG: usize = 8000;

#[derive(Properties, PartialEq)]
pub struct ShareProps {
    /// What stands in the request form.
    pub form: Ask,
}

/// The dialog. The link is of the moment at which it opens.
#[component]
pub fn Share(props: &ShareProps) -> Html {
    let page = use_page();
    let visit = {
        let (bridge, form) = (page.bridge.clone(), props.form.clone());
        use_memo((), move |()| bridge.visit(form).map_err(|why| why.to_string()))
    };
    let copied = use_state_eq(|| None::<usize>);
    let body = match &*visit {
        Ok(visit) => {
            let link = visits::link("", visit);
            let long = link.len() > LONG;
            let frame = format!(
                "<iframe title=\"tabernetes\" width=\"100%\" height=\"560\" style=\"border: 0\"\n  src=\"{}\"></iframe>",
                visits::link("?embed=graph,console", visit)
            );
            let size = link.len().div_ceil(1000);
            html! {
                <>
                    { text(&page, 0, t!(page, "ui.share-link"), &link, &copied) }
                    { text(&page, 1, t!(page, "ui.share-frame"), &frame, &copied) }
                    <p class={classes!("muted", long.then_some("long"))}>{ if long { t!(page, "ui.share-long", size = size) } else { t!(page, "ui.share-size", size = size) } }</p>
                </>
            }
        }
        Err(why) => html! { <p class="bad" role="alert">{ why }</p> },
    };
    html! {
        <Modal title={t!(page, "ui.share")} class="share" on_close={page.acts(|| UiAction::Dialog(None))}>
            <p>{ t!(page, "ui.share-note") }</p>
            { body }
        </Modal>
    }
}

/// A text to be taken along.
fn text(page: &Page, which: usize, label: AttrValue, text: &str, copied: &UseStateHandle<Option<usize>>) -> Html {
    let id = format!("share-{which}");
    let onclick = {
        let (copied, text, id) = (copied.clone(), text.to_owned(), id.clone());
        move |_: MouseEvent| {
            // Where the browser does not let it be copied it stands selected, for the keys that do.
            dom::select_id(&id);
            if dom::copy(&text) {
                copied.set(Some(which));
            }
        }
    };
    let done = **copied == Some(which);
    html! {
        <div class="share-text">
            <label for={id.clone()}>{ label }</label>
            <textarea {id} class="mono" readonly={true} rows={if which == 0 { "1" } else { "2" }} spellcheck="false" wrap="off" value={text.to_owned()} />
            <button type="button" class={if which == 0 { "primary" } else { "plain" }} {onclick}>{ if done { t!(page, "ui.copied") } else { t!(page, "ui.copy") } }</button>
        </div>
    }
}
