//! What Apply will change: object by object, fields before and after, what follows for pods, and what will be refused.

use crate::ui::context::{Page, t, use_page};
use crate::ui::parts::Modal;
use crate::ui::state::UiAction;
use crate::view::assist::changes::{FieldChange, ObjectChange, Verdict};
use crate::view::model::Command;
use yew::prelude::*;

/// The dialog; it looks once, when it opens.
#[component]
pub fn ChangesDialog() -> Html {
    let page = use_page();
    let changes = {
        let bridge = page.bridge.clone();
        use_memo((), move |()| bridge.changes())
    };
    let close = page.acts(|| UiAction::Dialog(None));
    let apply = {
        let page = page.clone();
        move |_: MouseEvent| {
            page.send(Command::Apply);
            page.act(UiAction::Dialog(None));
        }
    };
    let [created, configured, unchanged, refused] = changes.counts();
    let counts = [
        (created, "created", t!(page, "assist.count-created", count = created)),
        (configured, "configured", t!(page, "assist.count-configured", count = configured)),
        (refused, "refused", t!(page, "assist.count-refused", count = refused)),
        (unchanged, "unchanged", t!(page, "assist.count-unchanged", count = unchanged)),
    ];
    let quiet = match (changes.objects.len(), created + configured + refused) {
        (0, _) if changes.unread.is_empty() => t!(page, "assist.changes-empty"),
        (1.., 0) if changes.unread.is_empty() => t!(page, "assist.changes-none"),
        _ => AttrValue::default(),
    };
    html! {
        <Modal title={t!(page, "assist.changes")} class="changes" on_close={close}>
            <p class="change-counts">{ for counts.into_iter().filter(|(count, ..)| *count > 0).map(|(_, class, words)| html! {
                <span key={class} class={classes!("change-count", class)}>{ words }</span>
            }) }</p>
            <p class="muted" hidden={quiet.is_empty()}>{ &quiet }</p>
            <ul class="change-unread">{ for changes.unread.iter().enumerate().map(|(index, why)| html! {
                <li key={index}>{ &**why }</li>
            }) }</ul>
            <ol class="change-list">{ for changes.objects.iter().enumerate().map(|(index, change)| object(&page, index, change)) }</ol>
            <footer>
                <button type="button" class="primary" onclick={apply}>{ t!(page, "assist.changes-apply") }</button>
            </footer>
        </Modal>
    }
}

fn object(page: &Page, index: usize, change: &ObjectChange) -> Html {
    let (class, words) = match &change.verdict {
        Verdict::Created => ("created", t!(page, "assist.created")),
        Verdict::Configured => ("configured", t!(page, "assist.configured")),
        Verdict::Unchanged => ("unchanged", t!(page, "assist.unchanged")),
        Verdict::Refused(_) => ("refused", t!(page, "assist.refused")),
    };
    let refusals: &[_] = if let Verdict::Refused(why) = &change.verdict { why } else { &[] };
    let silent = change.verdict == Verdict::Configured && change.fields.is_empty();
    html! {
        <li key={index} class={classes!("change", class)}>
            <header>
                <span class={classes!("change-verdict", class)}>{ words }</span>
                <b>{ &*change.name }</b><span class="muted">{ &*change.kind }{ change.namespace.as_ref().map(|namespace| format!(" · {namespace}")) }</span>
                <span class="grow"></span><span class="muted change-file">{ &*change.file }</span>
            </header>
            <p class="muted" hidden={!silent}>{ t!(page, "assist.annotation-only") }</p>
            <ul class="change-why">{ for refusals.iter().enumerate().map(|(index, why)| html! { <li key={index}>{ &**why }</li> }) }</ul>
            <dl class="change-fields">{ for change.fields.iter().enumerate().map(|(index, field)| self::field(page, index, field)) }</dl>
            <ul class="change-effects">
                { for change.effects.iter().enumerate().map(|(index, (tone, words))| html! {
                    <li key={index} class={tone.class()}>{ page.say(words) }</li>
                }) }
                { for change.warnings.iter().enumerate().map(|(index, warning)| html! {
                    <li key={format!("w{index}")} class="pending">{ &**warning }</li>
                }) }
            </ul>
        </li>
    }
}

fn field(page: &Page, index: usize, field: &FieldChange) -> Html {
    let old = field.old.as_ref().map(|old| {
        html! {
            <del><span class="visually-hidden">{ t!(page, "assist.before") }{ " " }</span>{ old }</del>
        }
    });
    let new = field.new.as_ref().map(|new| {
        html! {
            <ins><span class="visually-hidden">{ t!(page, "assist.after") }{ " " }</span>{ new }</ins>
        }
    });
    html! {
        <div key={index}>
            <dt>{ &field.path }</dt>
            <dd>{ old.unwrap_or_default() }{ new.unwrap_or_default() }</dd>
        </div>
    }
}
