//! The only loop: once per animation frame, commands go in, time passes, and a new frame comes out if there is one.

use super::state::{UiAction, UiState};
use super::{crash, documentation, dom};
use crate::base::Str;
use crate::sim::share::ShareError;
use crate::view::assist::changes::Changes;
use crate::view::assist::complete::Completion;
use crate::view::assist::hover::Hover;
use crate::view::build::api_log::Exchange;
use crate::view::model::files::FileId;
use crate::view::model::request::Ask;
use crate::view::model::{Backend, Command, Frame};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::UseReducerDispatcher;

/// Work per animation frame, in milliseconds.
const BUDGET_MS: f64 = 4.0;

/// Real time that one animation frame lets pass at most: a tab that was hidden does not catch up.
const LONGEST_FRAME_MS: f64 = 100.0;

/// The way to the session. Commands wait in a queue until the next animation frame, so that none can come in while the
/// session works.
#[derive(Clone)]
pub struct Bridge {
    backend: Rc<RefCell<dyn Backend>>,
    queue: Rc<RefCell<Vec<Command>>>,
    /// Whether the documentation is on its way.
    fetching: Rc<Cell<bool>>,
}

impl PartialEq for Bridge {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.queue, &other.queue)
    }
}

impl Bridge {
    /// A way to `backend`.
    pub fn new(backend: Rc<RefCell<dyn Backend>>) -> Bridge {
        Bridge { backend, queue: Rc::default(), fetching: Rc::default() }
    }

    /// Sends a command; it takes effect with the next animation frame.
    pub fn send(&self, command: Command) {
        self.queue.borrow_mut().push(command);
    }

    /// What to show now.
    pub fn frame(&self) -> Rc<Frame> {
        self.backend.borrow().frame()
    }

    /// How a console line can go on.
    pub fn complete(&self, line: &str) -> Vec<Str> {
        self.backend.borrow_mut().complete(line)
    }

    /// How the text of a file can go on at a byte of it.
    pub fn completions(&self, file: FileId, text: &str, at: usize) -> Option<Completion> {
        self.backend.borrow().completions(file, text, at)
    }

    /// What stands at a byte of the text of a file.
    pub fn hover(&self, file: FileId, text: &str, at: usize) -> Option<Hover> {
        self.backend.borrow().hover(file, text, at)
    }

    /// Whether the documentation of fields is there.
    pub fn has_descriptions(&self) -> bool {
        self.backend.borrow().has_descriptions()
    }

    /// Brings the documentation of fields, unless it is there.
    pub async fn load_descriptions(&self) {
        if self.has_descriptions() {
            return;
        }
        // When that fails the next question tries again.
        if let Ok(text) = documentation::fetch().await {
            self.backend.borrow_mut().command(Command::Documentation(Some(text)));
        }
    }

    /// The session as a text, for a link and across a reload.
    pub fn visit(&self, ask: Ask) -> Result<String, ShareError> {
        self.backend.borrow().visit(ask)
    }

    /// What an apply of the files will change.
    pub fn changes(&self) -> Changes {
        self.backend.borrow().changes()
    }

    /// A request to the API server in full.
    pub fn exchange(&self, number: u64) -> Option<Exchange> {
        self.backend.borrow().exchange(number)
    }

    fn fetch_documentation(&self) {
        let bridge = self.clone();
        yew::platform::spawn_local(async move {
            let text = documentation::fetch().await.ok();
            bridge.fetching.set(false);
            bridge.send(Command::Documentation(text));
        });
    }

    /// Lets `real_ms` pass; the new frame, if there is one.
    fn turn(&self, real_ms: f64) -> Option<Rc<Frame>> {
        let commands = self.queue.take();
        let mut backend = self.backend.borrow_mut();
        let had_commands = !commands.is_empty();
        commands.into_iter().for_each(|command| backend.command(command));
        let changed = backend.advance(real_ms, BUDGET_MS, &dom::now);
        if backend.wants_documentation() && !self.fetching.replace(true) {
            self.fetch_documentation();
        }
        (changed || had_commands).then(|| {
            let frame = backend.frame();
            crash::note(frame.origin);
            frame
        })
    }
}

/// The running loop; dropping it stops it.
pub struct Driver {
    next: Rc<RefCell<Option<AnimationFrame>>>,
}

impl Driver {
    /// Starts the loop: frames go to `dispatch`.
    pub fn start(bridge: Bridge, dispatch: UseReducerDispatcher<UiState>) -> Driver {
        let next = Rc::default();
        schedule(Rc::clone(&next), bridge, dispatch, dom::now());
        Driver { next }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.next.take();
    }
}

fn schedule(
    next: Rc<RefCell<Option<AnimationFrame>>>,
    bridge: Bridge,
    dispatch: UseReducerDispatcher<UiState>,
    last: f64,
) {
    let slot = Rc::clone(&next);
    let request = request_animation_frame(move |now| {
        if let Some(frame) = bridge.turn((now - last).clamp(0.0, LONGEST_FRAME_MS)) {
            dispatch.dispatch(UiAction::Frame(frame));
        }
        schedule(next, bridge, dispatch, now);
    });
    *slot.borrow_mut() = Some(request);
}
