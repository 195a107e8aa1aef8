//! The keys.

use crate::ui::context::{t, use_page};
use crate::ui::parts::Modal;
use crate::ui::state::UiAction;
use yew::prelude::*;

/// The list of keys.
#[component]
pub fn Keys() -> Html {
    let page = use_page();
    let keys: [(&[&str], AttrValue); 16] = [
        (&["Ctrl ⏎", "⌘ ⏎"], t!(page, "ui.key-apply")),
        (&["Ctrl Space"], t!(page, "assist.key-complete")),
        (&["F6", "⇧ F6"], t!(page, "ui.key-panels")),
        (&["←", "↑", "→", "↓"], t!(page, "ui.key-walk")),
        (&["⏎"], t!(page, "ui.key-select")),
        (&["⇧ ←", "⇧ ↑", "⇧ →", "⇧ ↓"], t!(page, "ui.key-pan")),
        (&["+", "-", "0"], t!(page, "ui.key-zoom")),
        (&["M", "⇧ F10"], t!(page, "time.key-menu")),
        (&["Delete"], t!(page, "ui.key-delete")),
        (&["L"], t!(page, "assist.key-label")),
        (&["Esc"], t!(page, "ui.key-unselect")),
        (&["↑", "↓", "Tab"], t!(page, "ui.key-console")),
        (&["Ctrl L", "Ctrl C"], t!(page, "ui.key-console-control")),
        (&[",", ".", "P"], t!(page, "time.key-time")),
        (&["F2", "Delete"], t!(page, "ui.key-rename")),
        (&["Esc", "Tab"], t!(page, "ui.key-leave-editor")),
    ];
    html! {
        <Modal title={t!(page, "ui.keys")} class="keys" on_close={page.acts(|| UiAction::Dialog(None))}>
            <dl>{ for keys.into_iter().enumerate().map(|(index, (keys, words))| html! {
                <div key={index}>
                    <dt>{ for keys.iter().map(|key| html! { <kbd key={*key}>{ *key }</kbd> }) }</dt>
                    <dd>{ words }</dd>
                </div>
            }) }</dl>
        </Modal>
    }
}
