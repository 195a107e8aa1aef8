//! Language, theme, and what the cluster is made of.

use crate::i18n::Lang;
use crate::sim::ClusterConfig;
use crate::ui::context::{t, use_page};
use crate::ui::files;
use crate::ui::parts::{Modal, Segment, Segmented};
use crate::ui::state::{Theme, UiAction};
use crate::view::model::{Command, Shared, Text};
use crate::view::settings::ClusterForm;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct SettingsProps {
    pub theme: Theme,
    pub cluster: Shared<ClusterConfig>,
}

/// The settings.
#[component]
pub fn Settings(props: &SettingsProps) -> Html {
    let page = use_page();
    let languages: Vec<Segment> = Lang::ALL.iter().map(|lang| Segment::words(AttrValue::Static(lang.name()))).collect();
    let themes = Theme::ALL.iter().map(|theme| match theme {
        Theme::System => t!(page, "ui.theme-system"),
        Theme::Light => t!(page, "ui.theme-light-word"),
        Theme::Dark => t!(page, "ui.theme-dark-word"),
    });
    let themes: Vec<Segment> = themes.map(Segment::words).collect();
    let on_language = {
        let page = page.clone();
        Callback::from(move |index: usize| page.act(UiAction::Lang(Lang::ALL.get(index).copied().unwrap_or_default())))
    };
    let on_theme = {
        let page = page.clone();
        Callback::from(move |index: usize| {
            page.act(UiAction::Theme(Theme::ALL.get(index).copied().unwrap_or_default()))
        })
    };
    html! {
        <Modal title={t!(page, "ui.settings")} class="settings" on_close={page.acts(|| UiAction::Dialog(None))}>
            <div class="setting">
                <span>{ t!(page, "ui.language") }</span>
                <Segmented label={t!(page, "ui.language")} segments={languages} chosen={Lang::ALL.iter().position(|lang| *lang == page.lang)} on_choose={on_language} />
            </div>
            <div class="setting">
                <span>{ t!(page, "ui.theme") }</span>
                <Segmented label={t!(page, "ui.theme")} segments={themes} chosen={Theme::ALL.iter().position(|theme| *theme == props.theme)} on_choose={on_theme} />
            </div>
            <ClusterSettings cluster={props.cluster.clone()} />
        </Modal>
    }
}

#[derive(Properties, PartialEq)]
struct ClusterSettingsProps {
    cluster: Shared<ClusterConfig>,
}

/// What the cluster is made of. Another make is another cluster, so it starts afresh.
#[component]
fn ClusterSettings(props: &ClusterSettingsProps) -> Html {
    let page = use_page();
    let problem = use_state_eq(|| None::<AttrValue>);
    // What was typed stands while it cannot be read.
    let draft = use_state_eq(|| ClusterForm::of(&props.cluster));
    let form = (*draft).clone();
    let onsubmit = {
        let (page, problem, cluster) = (page.clone(), problem.clone(), props.cluster.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let Some(element) = event.target_dyn_into::<HtmlFormElement>() else { return };
            let form = typed(&element);
            match form.read(&cluster) {
                Ok(config) => {
                    files::keep_cluster(&config);
                    page.send(Command::Rebuild(Box::new(config)));
                    page.act(UiAction::Dialog(None));
                }
                Err(why) => {
                    problem.set(Some(page.say(&Text::from(why))));
                    draft.set(form);
                }
            }
        }
    };
    let text = |name: &'static str, label: AttrValue, value: &str, mode: &'static str| {
        html! {
            <label class="setting"><span>{ label }</span>
                <input class="pill mono" type="text" {name} inputmode={mode} value={value.to_owned()} autocomplete="off" spellcheck="false" /></label>
        }
    };
    let choice = |name: &'static str, label: AttrValue, words: [AttrValue; 2], second: bool| {
        html! {
            <label class="setting"><span>{ label }</span>
                <select class="pill" {name}>
                    { for words.into_iter().enumerate().map(|(index, words)| html! { <option key={index} value={index.to_string()} selected={(index == 1) == second}>{ words }</option> }) }
                </select></label>
        }
    };
    let raw = |words: [&'static str; 2]| words.map(AttrValue::Static);
    html! {
        <form class="cluster-form" {onsubmit} novalidate={true}>
            <h3>{ t!(page, "time.cluster") }</h3>
            { text("nodes", t!(page, "time.nodes"), &form.nodes, "numeric") }
            { text("zones", t!(page, "time.zones"), &form.zones, "numeric") }
            { text("service-cidr", t!(page, "time.service-range"), &form.service_cidr, "text") }
            { text("pod-cidr", t!(page, "time.pod-range"), &form.pod_cidr, "text") }
            { choice("cloud", t!(page, "time.cloud"), [t!(page, "time.off"), t!(page, "time.on")], form.cloud) }
            { choice("proxy", t!(page, "time.proxy-mode"), raw(["iptables", "nftables"]), form.nftables) }
            { choice("pull", t!(page, "time.images"), [t!(page, "time.images-present"), t!(page, "time.images-pulled")], form.pull) }
            { text("seed", t!(page, "time.seed"), &form.seed, "numeric") }
            <p class="bad" role="alert">{ (*problem).clone() }</p>
            <div class="setting"><span class="muted">{ t!(page, "time.rebuild-note") }</span>
                <button type="submit" class="primary">{ t!(page, "time.rebuild") }</button></div>
        </form>
    }
}

/// What stands in the form.
fn typed(form: &HtmlFormElement) -> ClusterForm {
    let field = |name: &str| form.query_selector(&format!("[name={name}]")).ok().flatten();
    let text =
        |name: &str| field(name).and_then(|field| field.dyn_into::<HtmlInputElement>().ok()).map(|input| input.value());
    let second = |name: &str| {
        let select = field(name).and_then(|field| field.dyn_into::<HtmlSelectElement>().ok());
        select.is_some_and(|select| select.selected_index() == 1)
    };
    ClusterForm {
        nodes: text("nodes").unwrap_or_default(),
        zones: text("zones").unwrap_or_default(),
        seed: text("seed").unwrap_or_default(),
        service_cidr: text("service-cidr").unwrap_or_default(),
        pod_cidr: text("pod-cidr").unwrap_or_default(),
        cloud: second("cloud"),
        nftables: second("proxy"),
        pull: second("pull"),
    }
}
