//! Everything the page itself remembers: what is open, how large, in which language. A plain reducer; nothing of the
//! cluster is here but the last [`Frame`].

use super::graph::MenuAt;
use crate::base::Str;
use crate::i18n::Lang;
use crate::view::embed::Part;
use crate::view::layout::Lens;
use crate::view::model::Frame;
use crate::view::model::files::PlaceView;
use crate::view::model::request::Ask;
use std::rc::Rc;
use yew::Reducible;

/// The page's state.
#[derive(Clone, PartialEq)]
pub struct UiState {
    /// What the session shows.
    pub frame: Rc<Frame>,
    /// The language.
    pub lang: Lang,
    /// What the user chose.
    pub theme: Theme,
    /// What the system prefers.
    pub system_dark: bool,
    /// Which tab is open at the right.
    pub right: RightTab,
    /// Which tab is open at the bottom.
    pub bottom: BottomTab,
    /// Which panel a phone shows.
    pub phone: Panel,
    /// How large the panels are.
    pub sizes: Sizes,
    /// The dialog that is open.
    pub dialog: Option<Dialog>,
    /// The request form.
    pub form: Ask,
    /// Which question the graph answers.
    pub lens: Lens,
    /// The graph is shown as text.
    pub outline: bool,
    /// The menu of a card that is open.
    pub menu: Option<MenuAt>,
    /// A place in a file that the user wants to see, and another number for each wish.
    pub goto: Option<(PlaceView, u32)>,
    /// Whether the browser keeps the files.
    pub kept: Kept,
}

/// Whether the browser keeps the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// As far as is known.
    #[default]
    Yes,
    /// It refused: the user should know.
    No,
    /// It refused, and the user knows.
    Told,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them, in the order of the settings.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// The panels, in the order of F6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// Files.
    Editor,
    /// The graph.
    Graph,
    /// Request, inspector, events.
    Right,
    /// Console and logs.
    Bottom,
}

impl Panel {
    /// All of them.
    pub const ALL: [Panel; 4] = [Panel::Editor, Panel::Graph, Panel::Right, Panel::Bottom];

    /// What an address calls it.
    pub fn part(self) -> Part {
        match self {
            Panel::Editor => Part::Files,
            Panel::Graph => Part::Graph,
            Panel::Right => Part::Request,
            Panel::Bottom => Part::Console,
        }
    }

    /// Its element's id.
    pub fn id(self) -> &'static str {
        match self {
            Panel::Editor => "panel-editor",
            Panel::Graph => "panel-graph",
            Panel::Right => "panel-right",
            Panel::Bottom => "panel-bottom",
        }
    }
}

/// The tabs at the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightTab {
    /// Requests.
    Request,
    /// The selected thing.
    Inspect,
}

/// The tabs at the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BottomTab {
    /// The console.
    Console,
    /// Events.
    Events,
    /// What the API server was asked.
    ApiLog,
    /// Time in the hand.
    Time,
    /// What is broken.
    Faults,
}

/// Dialogs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// The examples.
    Gallery,
    /// Language, theme.
    Settings,
    /// The keys.
    Keys,
    /// A link that repeats all of it.
    Share,
    /// What an apply will change.
    Changes,
    /// The labels of pods.
    Label {
        /// The pods' keys; all bear the same labels.
        pods: Vec<Str>,
        /// The label that was pointed at, `app=web`; empty: a new one.
        pair: Str,
    },
}

/// A dimension of the arrangement that can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The editor's width.
    Left,
    /// The right panel's width.
    Right,
    /// The bottom panel's height.
    Bottom,
}

/// How large the panels are, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// The editor's width.
    pub left: f64,
    /// The right panel's width.
    pub right: f64,
    /// The bottom panel's height.
    pub bottom: f64,
}

impl Default for Sizes {
    fn default() -> Self {
        Sizes { left: 390.0, right: 344.0, bottom: 240.0 }
    }
}

impl Sizes {
    /// One of them.
    pub fn get(&self, edge: Edge) -> f64 {
        match edge {
            Edge::Left => self.left,
            Edge::Right => self.right,
            Edge::Bottom => self.bottom,
        }
    }

    /// The least and the most one of them may be.
    pub fn limits(edge: Edge) -> (f64, f64) {
        match edge {
            Edge::Left => (220.0, 720.0),
            Edge::Right => (260.0, 560.0),
            Edge::Bottom => (90.0, 640.0),
        }
    }

    fn set(&mut self, edge: Edge, value: f64) {
        let (least, most) = Sizes::limits(edge);
        let value = value.clamp(least, most);
        match edge {
            Edge::Left => self.left = value,
            Edge::Right => self.right = value,
            Edge::Bottom => self.bottom = value,
        }
    }

    /// As they are stored.
    pub fn to_words(self) -> String {
        format!("{} {} {}", self.left, self.right, self.bottom)
    }

    /// From how they were stored; what cannot be read is left at its default.
    pub fn from_words(words: &str) -> Sizes {
        let mut sizes = Sizes::default();
        for (edge, word) in [Edge::Left, Edge::Right, Edge::Bottom].into_iter().zip(words.split(' ')) {
            if let Ok(value) = word.parse::<f64>() {
                sizes.set(edge, value);
            }
        }
        sizes
    }
}

/// What can happen to the page.
pub enum UiAction {
    /// The session has something new to show.
    Frame(Rc<Frame>),
    /// Speak another language.
    Lang(Lang),
    /// Another theme.
    Theme(Theme),
    /// The system went dark or light.
    SystemDark(bool),
    /// Open a tab at the right.
    Right(RightTab),
    /// Open a tab at the bottom.
    Bottom(BottomTab),
    /// Show a panel on a phone.
    Phone(Panel),
    /// A panel was dragged.
    Resize(Edge, f64),
    /// Open a dialog, or close it.
    Dialog(Option<Dialog>),
    /// Open the menu of a card, or close it.
    Menu(Option<MenuAt>),
    /// The user changed the request form.
    Form(Ask),
    /// A card was chosen in the graph: show it where it is not a matter of requests.
    Picked(Str),
    /// Another lens on the graph.
    Lens(Lens),
    /// Show the graph as text, or as a picture.
    Outline(bool),
    /// Show a place in a file.
    Goto(PlaceView),
    /// The browser kept the files, or refused.
    Kept(bool),
    /// The user has read that the browser refused.
    KeptRead,
}

impl UiState {
    /// The state of a fresh page.
    pub fn new(frame: Rc<Frame>, lang: Lang, theme: Theme, system_dark: bool, sizes: Sizes) -> UiState {
        let form = (*frame.request.suggestion).clone();
        UiState {
            frame,
            lang,
            theme,
            system_dark,
            right: RightTab::Request,
            bottom: BottomTab::Console,
            phone: Panel::Graph,
            sizes,
            dialog: None,
            form,
            lens: Lens::Traffic,
            outline: false,
            menu: None,
            goto: None,
            kept: Kept::Yes,
        }
    }

    /// Whether the page is dark now.
    pub fn dark(&self) -> bool {
        match self.theme {
            Theme::System => self.system_dark,
            Theme::Light => false,
            Theme::Dark => true,
        }
    }
}

impl Reducible for UiState {
    type Action = UiAction;

    fn reduce(self: Rc<Self>, action: UiAction) -> Rc<Self> {
        let mut state = (*self).clone();
        match action {
            UiAction::Frame(frame) => {
                let suggestion = &frame.request.suggestion;
                if !suggestion.same(&state.frame.request.suggestion) {
                    // Without a source the one that was chosen stays.
                    let from = if suggestion.from.is_empty() { &state.form.from } else { &suggestion.from };
                    state.form = Ask { from: from.clone(), ..(**suggestion).clone() };
                }
                state.frame = frame;
            }
            UiAction::Lang(lang) => state.lang = lang,
            UiAction::Theme(theme) => state.theme = theme,
            UiAction::SystemDark(dark) => state.system_dark = dark,
            UiAction::Right(tab) => state.right = tab,
            UiAction::Bottom(tab) => state.bottom = tab,
            UiAction::Phone(panel) => state.phone = panel,
            UiAction::Resize(edge, value) => state.sizes.set(edge, value),
            UiAction::Dialog(dialog) => state.dialog = dialog,
            UiAction::Menu(menu) => state.menu = menu,
            UiAction::Form(form) => state.form = form,
            UiAction::Picked(key) => {
                let of_requests = key.starts_with("service/") || key.starts_with("client/");
                if !of_requests {
                    state.right = RightTab::Inspect;
                }
            }
            UiAction::Lens(lens) => state.lens = lens,
            UiAction::Outline(outline) => state.outline = outline,
            UiAction::Goto(place) => {
                state.goto = Some((place, state.goto.map_or(0, |(_, wish)| wish + 1)));
                state.phone = Panel::Editor;
            }
            UiAction::Kept(true) => state.kept = Kept::Yes,
            UiAction::Kept(false) if state.kept == Kept::Yes => state.kept = Kept::No,
            UiAction::Kept(false) => {}
            UiAction::KeptRead => state.kept = Kept::Told,
        }
        Rc::new(state)
    }
}
