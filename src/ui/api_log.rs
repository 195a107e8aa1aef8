//! What the API server was asked, newest first; one request in full beside the list, to be looked at and to be sent again.

use super::context::{Page, t, use_page};
use super::parts::{Icon, IconName, Rows};
use crate::view::build::api_log::{Exchange, METHODS, content_types};
use crate::view::model::events::{ApiLogRow, ApiLogView};
use crate::view::model::{Command, Shared};
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ApiLogPanelProps {
    pub log: Shared<ApiLogView>,
}

/// The list.
#[component]
pub fn ApiLogPanel(props: &ApiLogPanelProps) -> Html {
    let page = use_page();
    let open = use_state_eq(|| None::<u64>);
    // What time took back is not shown any more.
    let shown = open.filter(|number| props.log.rows.iter().any(|row| row.id == *number));
    let row = use_callback((props.log.clone(), shown), {
        let open = open.clone();
        move |index: usize, (log, shown): &(Shared<ApiLogView>, Option<u64>)| {
            log.rows.get(index).map(|row| log_row(row, *shown == Some(row.id), &open)).unwrap_or_default()
        }
    });
    let on_close = Callback::from(move |()| open.set(None));
    let exchange = shown.and_then(|number| page.bridge.exchange(number));
    html! {
        <div class="api-log-panel">
            <div class="events-panel">
                <p class="empty" hidden={!props.log.rows.is_empty()}>{ t!(page, "ui.api-log-empty") }</p>
                <Rows count={props.log.rows.len()} height={22.0} {row} class="api-log" label={t!(page, "ui.api-log")} />
            </div>
            <div class="exchange-side" hidden={exchange.is_none()}>{ match exchange {
                Some(exchange) => html! { <ExchangeView key={exchange.number.to_string()} exchange={exchange.clone()} {on_close} /> },
                None => html! { <div></div> },
            } }</div>
        </div>
    }
}

fn log_row(row: &ApiLogRow, chosen: bool, open: &UseStateHandle<Option<u64>>) -> Html {
    let tone = if row.code >= 400 { "bad" } else { "neutral" };
    let (open, id) = (open.clone(), row.id);
    let onclick = move |_: MouseEvent| open.set((!chosen).then_some(id));
    html! {
        <div key={row.id.to_string()} class={classes!("api-row", tone, chosen.then_some("chosen"), row.reads.then_some("reads"))} role="listitem">
            <button type="button" aria-expanded={chosen.to_string()} {onclick}>
                <time>{ &*row.time }</time>
                <span class="status-code">{ row.code }</span>
                <b class="verb">{ &*row.verb }</b>
                <span class="path" title={row.path.to_string()}>{ &*row.path }</span>
                <span class="muted user">{ &*row.user }</span>
            </button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ExchangeProps {
    exchange: Exchange,
    on_close: Callback<()>,
}

#[component]
fn ExchangeView(props: &ExchangeProps) -> Html {
    let page = use_page();
    let editing = use_state_eq(|| false);
    let exchange = &props.exchange;
    let close = props.on_close.reform(|_: MouseEvent| ());
    let edit = {
        let editing = editing.clone();
        move |_: MouseEvent| editing.set(true)
    };
    let on_done = Callback::from({
        let editing = editing.clone();
        move |()| editing.set(false)
    });
    html! {
        <article class="exchange" aria-label={t!(page, "assist.exchange", number = exchange.number)}>
            <header>
                <b>{ exchange.method }</b><span class={classes!("status-code", (exchange.code >= 400).then_some("bad"))}>{ exchange.code }</span>
                <span class="grow"></span>
                <button type="button" class="plain" hidden={*editing} onclick={edit}>{ t!(page, "assist.edit-again") }</button>
                <button type="button" class="icon-button" aria-label={t!(page, "assist.close-exchange")} title={t!(page, "assist.close-exchange")} onclick={close}>
                    <Icon name={IconName::Close} />
                </button>
            </header>
            { if *editing {
                html! { <Again exchange={exchange.clone()} {on_done} /> }
            } else {
                bodies(&page, exchange)
            } }
        </article>
    }
}

fn bodies(page: &Page, exchange: &Exchange) -> Html {
    let more = match exchange.left_out {
        0 => AttrValue::default(),
        count => t!(page, "assist.left-out", count = count),
    };
    let sent = if exchange.sent.is_empty() { t!(page, "assist.nothing-sent") } else { exchange.sent.clone().into() };
    html! {
        <div class="exchange-bodies">
            <p class="mono exchange-url">{ &exchange.url }</p>
            <p class="muted exchange-type" hidden={exchange.content_type.is_empty()}>{ exchange.content_type }</p>
            <details open={!exchange.sent.is_empty()}><summary>{ t!(page, "assist.sent") }</summary><pre>{ sent }</pre></details>
            <details open={exchange.sent.is_empty() || exchange.code >= 400}><summary>{ t!(page, "assist.answer") }</summary>
                <pre>{ &exchange.answer }</pre><p class="muted">{ more }</p></details>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct AgainProps {
    exchange: Exchange,
    on_done: Callback<()>,
}

/// The request as a form.
#[component]
fn Again(props: &AgainProps) -> Html {
    let page = use_page();
    let exchange = &props.exchange;
    let method = use_state_eq(|| exchange.method.to_owned());
    let content_type = use_state_eq(|| match exchange.content_type {
        "" => content_types().next().unwrap_or_default().to_owned(),
        known => known.to_owned(),
    });
    let (url, body) = (use_node_ref(), use_node_ref());
    let chosen = |state: &UseStateHandle<String>| {
        let state = state.clone();
        move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                state.set(select.value());
            }
        }
    };
    let onsubmit = {
        let (page, method, content_type) = (page.clone(), method.clone(), content_type.clone());
        let (url, body, on_done) = (url.clone(), body.clone(), props.on_done.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            page.send(Command::Ask {
                method: method.as_str().into(),
                url: url.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default().into(),
                content_type: content_type.as_str().into(),
                body: body.cast::<HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default().into(),
            });
            on_done.emit(());
        }
    };
    let cancel = props.on_done.reform(|_: MouseEvent| ());
    html! {
        <form class="again" {onsubmit}>
            <div class="again-line">
                <select class="pill" aria-label={t!(page, "assist.method")} onchange={chosen(&method)}>
                    { for METHODS.iter().map(|word| html! { <option key={*word} value={*word} selected={**word == *method.as_str()}>{ *word }</option> }) }
                </select>
                <input ref={url} class="text mono" value={exchange.url.clone()} aria-label={t!(page, "assist.url")} spellcheck="false" autocapitalize="off" />
            </div>
            <select class="pill" hidden={*method != "PATCH"} aria-label={t!(page, "assist.content-type")} onchange={chosen(&content_type)}>
                { for content_types().map(|word| html! {
                    <option key={word} value={word} selected={*word == *content_type.as_str()}>{ word }</option>
                }) }
            </select>
            <textarea ref={body} class="mono" hidden={*method == "GET"} aria-label={t!(page, "assist.body")} spellcheck="false" autocapitalize="off"
                defaultvalue={exchange.sent.clone()} />
            <footer>
                <button type="button" class="plain" onclick={cancel}>{ t!(page, "assist.cancel") }</button>
                <button type="submit" class="primary">{ t!(page, "assist.send") }</button>
            </footer>
        </form>
    }
}
