//! Everything the page can ask for.

use super::files::FileId;
use super::race::Way;
use super::request::Ask;
use super::time::Until;
use crate::base::Str;
use crate::base::time::SimTime;
use crate::sim::ClusterConfig;

/// One wish of the user. Keys are graph keys (see [`super::graph`]).
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `kubectl apply` all files.
    Apply,
    /// The user typed: the file's text is now this.
    EditFile {
        /// Which file.
        file: FileId,
        /// All of it.
        text: Str,
    },
    /// Bring a file to the front.
    OpenFile(FileId),
    /// A new file, in front; with a name and a text when one was dropped onto the page.
    NewFile {
        /// Its name; `None` picks one.
        name: Option<Str>,
        /// Its text.
        text: Str,
    },
    /// Close a file.
    CloseFile(FileId),
    /// Rename a file.
    RenameFile {
        /// Which file.
        file: FileId,
        /// The new name.
        name: Str,
    },
    /// Replace everything by an example and run it.
    LoadExample(Str),
    /// Apply a quick fix.
    ApplyFix(Str),

    /// Ask the API server, as it stands in its log.
    Ask {
        /// `PATCH`.
        method: Str,
        /// Path and query.
        url: Str,
        /// How a patch is meant.
        content_type: Str,
        /// JSON or YAML; may be empty.
        body: Str,
    },

    /// A line typed into the console.
    Console(Str),
    /// Ctrl-C in the console.
    Interrupt,
    /// Ctrl-D in a shell: the end of all input.
    EndInput,
    /// Empty the console.
    ClearConsole,
    /// The documentation of the API, which a command waits for; `None` when it could not be fetched.
    Documentation(Option<Str>),

    /// Send requests.
    Request {
        /// From where, to where and how.
        ask: Ask,
        /// How many.
        count: u32,
    },
    /// Send requests steadily, until [`Command::StopSteady`].
    StartSteady {
        /// From where, to where and how.
        ask: Ask,
        /// How many per virtual second.
        per_second: u32,
    },
    /// Stop the steady stream.
    StopSteady,
    /// Play the rollout of the Deployment behind a request in two ways, under a steady load.
    Race {
        /// The request.
        ask: Ask,
        /// The ways.
        ways: Box<[Way; 2]>,
    },
    /// Fill the form with a way to reach a Service.
    Aim {
        /// The source's key.
        from: Str,
        /// The Service's key.
        service: Str,
    },

    /// Select a card, or nothing.
    Select(Option<Str>),
    /// Show one namespace, or all.
    Namespace(Option<Str>),

    /// Stop time.
    Pause,
    /// Let time run.
    Play,
    /// Stop time, or let it run when it stands.
    PauseOrPlay,
    /// Virtual seconds per real second; also lets time run.
    Speed(u32),
    /// On to the next visible change, then stop.
    Step,
    /// Back to the start, with the files as they are.
    Reset,
    /// Back to the visible change before this one, then stop.
    StepBack,
    /// Show the instant; playing goes on from there.
    Seek(SimTime),
    /// Back to the present.
    SeekEnd,
    /// Let time run as fast as it goes until something happens, then stop.
    RunUntil(Until),
    /// Stop that.
    StopRun,
    /// Return to a future that was left.
    SwitchFuture(u32),
    /// Forget a future that was left.
    DropFuture(u32),
    /// Pin this moment as A (0) or B (1) of a comparison.
    Pin(usize),
    /// Compare a future that was left, as far as it was played, with this moment.
    CompareFuture(u32),
    /// Take both pins away.
    Unpin,
    /// A new cluster of this make, with the files applied as they were.
    Rebuild(Box<ClusterConfig>),
    /// Show the pods of a counted tile one by one, or count them again.
    Unfold(Str),

    /// Delete the object of a card.
    Delete(Str),
    /// `kubectl label`.
    Label {
        /// The keys of the pods, all of one namespace.
        keys: Vec<Str>,
        /// `app=web` sets a label, `app-` removes it; several may stand there.
        pairs: Vec<Str>,
    },

    /// The user has read a notice.
    DismissNotice(u64),
}
