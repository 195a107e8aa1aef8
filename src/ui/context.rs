//! What every component may use: the language, and the two ways out (commands to the session, actions to the page).

use super::driver::Bridge;
use super::state::{UiAction, UiState};
use crate::base::Str;
use crate::i18n::{self, Lang};
use crate::view::model::{Command, Text};
use yew::prelude::*;

/// Handed to every component by context; changes only with the language and the theme.
#[derive(Clone, PartialEq)]
pub struct Page {
    /// The language.
    pub lang: Lang,
    /// Whether the page is dark.
    pub dark: bool,
    /// To the session.
    pub bridge: Bridge,
    /// To the page's own state.
    pub dispatch: UseReducerDispatcher<UiState>,
}

impl Page {
    /// Sends a command to the session.
    pub fn send(&self, command: Command) {
        self.bridge.send(command);
    }

    /// Selects a card, as if it had been clicked.
    pub fn pick(&self, card: &Str) {
        self.act(UiAction::Picked(card.clone()));
        self.send(Command::Select(Some(card.clone())));
    }

    /// Changes the page's own state.
    pub fn act(&self, action: UiAction) {
        self.dispatch.dispatch(action);
    }

    /// The words of a text.
    pub fn say(&self, text: &Text) -> AttrValue {
        match text {
            Text::Raw(text) => AttrValue::Rc(text.shared()),
            Text::Say(message) => AttrValue::from(i18n::text(self.lang, message)),
        }
    }

    /// A callback that sends the same command each time.
    pub fn sends<E>(&self, command: Command) -> Callback<E> {
        let page = self.clone();
        Callback::from(move |_| page.send(command.clone()))
    }

    /// A callback that acts on the page.
    pub fn acts<E>(&self, action: impl Fn() -> UiAction + 'static) -> Callback<E> {
        let page = self.clone();
        Callback::from(move |_| page.act(action()))
    }
}

/// The context.
#[hook]
pub fn use_page() -> Page {
    use_context::<Page>().unwrap_or_else(|| unreachable!("the app provides it"))
}

/// Words of the page's own: `t!(page, "ui.send")`, `t!(page, "ui.hops", count = 4)`.
macro_rules! t {
    ($page:expr, $id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        ::yew::AttrValue::from($crate::i18n::text($page.lang, &$crate::msg!($id $(, $name = $value)*)))
    };
}
pub(super) use t;
