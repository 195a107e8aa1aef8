//! Labels of pods, changed in place: the dialog writes the kubectl line, and the console runs it.

use crate::base::Str;
use crate::ui::context::{t, use_page};
use crate::ui::parts::Modal;
use crate::ui::state::UiAction;
use crate::view::model::Command;
use crate::view::session::actions::label_line;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct LabelProps {
    /// The pods' keys; all bear the same labels.
    pub pods: Vec<Str>,
    /// The label that was pointed at; empty: a new one.
    pub pair: Str,
}

/// The dialog.
#[component]
pub fn LabelDialog(props: &LabelProps) -> Html {
    let page = use_page();
    let (old_key, old_value) = props.pair.split_once('=').unwrap_or((&props.pair, ""));
    let key = use_state_eq(|| old_key.to_owned());
    let value = use_state_eq(|| old_value.to_owned());
    // Which of the pods; beyond the last one: all of them.
    let which = use_state_eq(|| 0_usize);
    let pods = match props.pods.get(*which) {
        Some(pod) => vec![pod.clone()],
        None => props.pods.clone(),
    };
    let is_new = props.pair.is_empty();
    let mut pairs: Vec<Str> = Vec::new();
    if !is_new && *old_key != **key {
        pairs.push(format!("{old_key}-").into());
    }
    if !key.is_empty() {
        pairs.push(format!("{}={}", *key, *value).into());
    }
    let removal: Vec<Str> = vec![format!("{old_key}-").into()];
    let line = label_line(&pods, &pairs).unwrap_or_default();
    let send = |pairs: Vec<Str>| {
        let (page, pods) = (page.clone(), pods.clone());
        move || {
            page.send(Command::Label { keys: pods.clone(), pairs: pairs.clone() });
            page.act(UiAction::Dialog(None));
        }
    };
    let (set, remove) = (send(pairs), send(removal));
    let typed = |state: &UseStateHandle<String>| {
        let state = state.clone();
        move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                state.set(input.value().trim().to_owned());
            }
        }
    };
    let onchange = {
        let which = which.clone();
        move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            which.set(chosen.and_then(|chosen| chosen.parse().ok()).unwrap_or(0));
        }
    };
    let name = |pod: &Str| pod.rsplit('/').next().unwrap_or_default().to_owned();
    let title = match props.pods.as_slice() {
        [only] => t!(page, "assist.label-title", name = name(only)),
        many => t!(page, "assist.label-title-many", count = many.len()),
    };
    let onsubmit = move |event: SubmitEvent| {
        event.prevent_default();
        set();
    };
    html! {
        <Modal {title} class="label-dialog" on_close={page.acts(|| UiAction::Dialog(None))}>
            <form {onsubmit}>
                <p class="muted">{ t!(page, "assist.label-hint") }</p>
                <label class="label-which" hidden={props.pods.len() < 2}>
                    <span>{ t!(page, "assist.label-which") }</span>
                    <select class="pill" {onchange}>
                        { for props.pods.iter().enumerate().map(|(index, pod)| html! {
                            <option key={index} value={index.to_string()} selected={*which == index}>{ name(pod) }</option>
                        }) }
                        <option key="all" value={props.pods.len().to_string()}>{ t!(page, "assist.label-all", count = props.pods.len()) }</option>
                    </select>
                </label>
                <div class="label-pair">
                    <label><span>{ t!(page, "assist.label-key") }</span>
                        <input class="text" value={(*key).clone()} oninput={typed(&key)} spellcheck="false" autocapitalize="off" required={true} /></label>
                    <label><span>{ t!(page, "assist.label-value") }</span>
                        <input class="text" value={(*value).clone()} oninput={typed(&value)} spellcheck="false" autocapitalize="off" /></label>
                </div>
                <pre class="label-line">{ line }</pre>
                <footer>
                    <button type="button" class="plain danger" hidden={is_new} onclick={move |_: MouseEvent| remove()}>{ t!(page, "assist.label-remove") }</button>
                    <button type="submit" class="primary">{ t!(page, "assist.label-set") }</button>
                </footer>
            </form>
        </Modal>
    }
}
