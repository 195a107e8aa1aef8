//! Language and theme.

use crate::i18n::Lang;
use crate::ui::context::{t, use_page};
use crate::ui::parts::{Modal, Segment, Segmented};
use crate::ui::state::{Theme, UiAction};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct SettingsProps {
    pub theme: Theme,
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
        </Modal>
    }
}
