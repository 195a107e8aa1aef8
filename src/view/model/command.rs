//! Everything the page can ask for.

use super::files::FileId;
use super::request::Ask;
use crate::base::Str;
use crate::base::time::SimTime;

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
    /// Virtual seconds per real second; also lets time run.
    Speed(u32),
    /// On to the next visible change, then stop.
    Step,
    /// Back to the start, with the files as they are.
    Reset,
    /// Show the instant; playing goes on from there.
    Seek(SimTime),

    /// Delete the object of a card.
    Delete(Str),
    /// `kubectl label`.
    Label {
        /// The keys of the pods, all of one namespace.
        keys: Vec<Str>,
        /// `app=web` sets a label, `app-` removes it; several may stand there.
        pairs: Vec<Str>,
    },
    /// Set the replicas of an owner.
    Scale {
        /// The owner's key.
        key: Str,
        /// How many.
        replicas: u32,
    },
    /// `kubectl rollout restart`.
    Restart(Str),
    /// Kill the container of a pod: it will be restarted.
    KillContainer(Str),
    /// Make a pod's readiness probe fail, or succeed again.
    SetReadiness {
        /// The pod's key.
        key: Str,
        /// Whether it succeeds.
        ready: bool,
    },
    /// Stop a node's machine (no heartbeat), or start it.
    SetNodePower {
        /// The node's key.
        key: Str,
        /// Whether it runs.
        on: bool,
    },
    /// `kubectl cordon` or `uncordon`.
    SetSchedulable {
        /// The node's key.
        key: Str,
        /// Whether pods may be scheduled onto it.
        schedulable: bool,
    },
    /// `kubectl drain --ignore-daemonsets --delete-emptydir-data`.
    Drain(Str),

    /// The user has read a notice.
    DismissNotice(u64),
}
