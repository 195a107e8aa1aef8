//! A modal dialog: the browser's own, which keeps the focus inside and closes with Escape.

use super::{Icon, IconName};
use crate::ui::context::{t, use_page};
use web_sys::HtmlDialogElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ModalProps {
    pub title: AttrValue,
    #[prop_or_default]
    pub class: Classes,
    pub on_close: Callback<()>,
    pub children: Html,
}

/// The dialog; it opens when it appears.
#[component]
pub fn Modal(props: &ModalProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    use_effect_with(node.clone(), |node| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>().filter(|dialog| !dialog.open()) {
            // It fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    });
    let onclose = props.on_close.reform(|_: Event| ());
    let close = props.on_close.reform(|_: MouseEvent| ());
    let onclick = {
        let (node, on_close) = (node.clone(), props.on_close.clone());
        move |event: MouseEvent| {
            let outside = event.target().is_some_and(|target| node.get().is_some_and(|node| *node == target));
            if outside {
                on_close.emit(());
            }
        }
    };
    html! {
        <dialog ref={node} class={classes!("modal", props.class.clone())} aria-labelledby="modal-title" {onclose} {onclick}>
            <div class="modal-body">
                <header>
                    <h2 id="modal-title">{ &props.title }</h2>
                    <button type="button" class="icon-button" aria-label={t!(page, "ui.close")} onclick={close}>
                        <Icon name={IconName::Close} />
                    </button>
                </header>
                { props.children.clone() }
            </div>
        </dialog>
    }
}
