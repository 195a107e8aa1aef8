//! How virtual time follows real time.

use crate::base::time::{Duration, SimTime};

/// More real time than this between two frames was a sleeping tab: it is not made up for.
const LONGEST_FRAME_MS: f64 = 100.0;

/// Pause, speed, and how far time should have come.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Time stands still.
    pub paused: bool,
    /// Virtual seconds per real second.
    pub speed: u32,
    /// Where time should be; the engine is behind it when it had too much to do.
    wanted: SimTime,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { paused: false, speed: 1, wanted: SimTime::ZERO }
    }
}

impl Pace {
    /// How far time should come in this frame.
    pub fn target(&mut self, now: SimTime, real_ms: f64) -> SimTime {
        if self.paused {
            return now;
        }
        let micros = real_ms.clamp(0.0, LONGEST_FRAME_MS) * 1000.0 * f64::from(self.speed);
        self.wanted = self.wanted.max(now).after(Duration::from_micros(micros as u64));
        self.wanted
    }

    /// The engine has come so far: what is missing is made up for only as far as one long frame goes.
    pub fn reached(&mut self, now: SimTime) {
        let most = now.after(Duration::from_millis(LONGEST_FRAME_MS as u64 * u64::from(self.speed)));
        self.wanted = self.wanted.min(most);
    }

    /// Time is `now`, and nothing is owed.
    pub fn reset(&mut self, now: SimTime) {
        self.wanted = now;
    }
}
