//! One frame: everything the page shows at one instant.

use super::console::ConsoleView;
use super::events::{ApiLogView, EventsView};
use super::files::FilesView;
use super::graph::GraphView;
use super::inspector::InspectorView;
use super::request::RequestView;
use super::time::TimelineView;
use super::{Shared, Text, Tone};
use crate::base::Str;
use crate::base::time::{Duration, SimTime};
use crate::sim::ClusterConfig;

/// Everything the page shows at one instant. Cloning costs a few counters; a part whose pointer did not change is not
/// drawn again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Grows whenever anything below changed.
    pub version: u64,
    /// Virtual time and how fast it runs.
    pub clock: ClockView,
    /// What happened, for the time line under the graph.
    pub timeline: Shared<TimelineView>,
    /// The files in the editor and what is wrong with them.
    pub files: Shared<FilesView>,
    /// The picture.
    pub graph: Shared<GraphView>,
    /// The graph key of the selected thing.
    pub selected: Option<Str>,
    /// Requests: what can be sent from where, and the last trace.
    pub request: Shared<RequestView>,
    /// The selected thing in full; nothing selected: `None`.
    pub inspector: Option<Shared<InspectorView>>,
    /// Events, newest first.
    pub events: Shared<EventsView>,
    /// Requests to the API server, newest first.
    pub api_log: Shared<ApiLogView>,
    /// The console's transcript.
    pub console: Shared<ConsoleView>,
    /// What the gallery offers.
    pub examples: Shared<Vec<ExampleView>>,
    /// The id of the example that is loaded.
    pub example: Option<Str>,
    /// What the cluster is made of.
    pub cluster: Shared<ClusterConfig>,
    /// What repeats all of this: the cluster's seed, and how many inputs there were.
    pub origin: Origin,
    /// Things the user should know now; shown as toasts until dismissed.
    pub notices: Shared<Vec<NoticeView>>,
}

/// What repeats a cluster: same seed and same inputs, same bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The seed.
    pub seed: u64,
    /// How many inputs came from outside.
    pub inputs: usize,
}

/// The speed that means: as fast as it goes.
pub const MAX_SPEED: u32 = 1000;

/// Virtual time and how fast it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClockView {
    /// The instant shown.
    pub now: SimTime,
    /// Time stands still.
    pub paused: bool,
    /// Virtual seconds per real second when not paused: 1, 4, 16 or [`MAX_SPEED`].
    pub speed: u32,
    /// Nothing is due: the cluster is at rest.
    pub idle: bool,
    /// How far the present is ahead: what is shown is the past.
    pub behind: Option<Duration>,
}

impl ClockView {
    /// `00:01:12.4`.
    pub fn text(&self) -> String {
        clock_text(self.now)
    }
}

/// A moment as clocks say it: `00:01:12.4`.
pub fn clock_text(at: SimTime) -> String {
    let tenths = at.0 / 100_000;
    let seconds = tenths / 10;
    format!("{:02}:{:02}:{:02}.{}", seconds / 3600, seconds / 60 % 60, seconds % 60, tenths % 10)
}

/// A card in the examples gallery.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleView {
    /// What [`super::Command::LoadExample`] wants.
    pub id: Str,
    /// The heading it stands under.
    pub group: Text,
    /// A few words.
    pub title: Text,
    /// One sentence: what can be seen with it.
    pub summary: Text,
}

/// A notice.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeView {
    /// What [`super::Command::DismissNotice`] wants.
    pub id: u64,
    /// How serious.
    pub tone: Tone,
    /// The words.
    pub text: Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_reads_in_tenths() {
        let clock = ClockView { now: SimTime(72_480_000), ..ClockView::default() };
        assert_eq!(clock.text(), "00:01:12.4");
        let clock = ClockView { now: SimTime::from_secs(36_061), ..ClockView::default() };
        assert_eq!(clock.text(), "10:01:01.0");
    }
}
