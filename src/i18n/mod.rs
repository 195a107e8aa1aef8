//! Languages: messages to sentences.
//!
//! The catalogues are `www/i18n/<language>/<area>.txt`, embedded at build; [`catalogue`] reads them. Adding an area means
//! adding its two files and a line to [`areas`]. It is not for Kubernetes' own strings: those are never translated.
//! Start with [`text`].

mod areas;
mod catalogue;

use crate::base::msg::Msg;
use catalogue::Catalogue;
use std::sync::LazyLock;

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// All of them.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Ko];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ko => "ko",
        }
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::Ko => "한국어",
        }
    }

    /// The language of a BCP 47 tag such as `ko-KR`, if we have it.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        Lang::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The plural category of a whole number (CLDR), as the suffix of a message id.
    fn plural(self, count: &str) -> &'static str {
        match self {
            Lang::En if count == "1" => "one",
            _ => "other",
        }
    }
}

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(areas::ENGLISH));
static KOREAN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(areas::KOREAN));

fn catalogue(lang: Lang) -> &'static Catalogue {
    match lang {
        Lang::En => &ENGLISH,
        Lang::Ko => &KOREAN,
    }
}

/// The sentence of a message. A message that `lang` lacks is said in English; one that nobody knows, as its id with its
/// arguments, so that nothing is ever silently lost.
pub fn text(lang: Lang, message: &Msg) -> String {
    let template = [lang, Lang::En].into_iter().find_map(|lang| template(lang, message));
    match template {
        Some(template) => catalogue::fill(template, |name| message.arg(name)),
        None => {
            let args: Vec<String> = message.args.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("{}{}", message.id, args.concat())
        }
    }
}

/// The template of a message: its own, or that of the plural category of its argument `count`.
fn template(lang: Lang, message: &Msg) -> Option<&'static str> {
    let catalogue = catalogue(lang);
    if let Some(template) = catalogue.get(message.id) {
        return Some(template);
    }
    let category = lang.plural(message.arg("count")?);
    let get = |category: &str| catalogue.get(&format!("{}.{category}", message.id));
    get(category).or_else(|| get("other"))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
