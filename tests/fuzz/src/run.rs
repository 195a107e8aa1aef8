//! The loop.

use crate::rng::Rng;
use crate::{clock, corpus, memory};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Once;
use std::time::{Duration, Instant};

/// What an input may take of a processor, on the machine and in the build that the limits are meant for (see [`clock::slowness`]).
pub const TIME: Duration = Duration::from_millis(200);
/// What an input may hold of memory.
pub const MEMORY: usize = 256 << 20;
/// Longer inputs are not made.
const LONGEST: usize = 20_000;
/// How many inputs that did something new are kept for further changes.
const MOST_KEPT: usize = 3_000;

/// Something to fuzz.
pub struct Target {
    /// Its name, and that of its folder in `fuzz/corpus`.
    pub name: &'static str,
    /// What is done with an input. What it answers tells inputs apart: one with a new answer is worth changing further.
    pub run: fn(&[u8]) -> String,
    /// A new input from one of a pool.
    pub change: fn(&mut Rng, &str, &[String]) -> String,
    /// By how much an input may exceed [`TIME`].
    pub patience: u32,
}

/// Why an input fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    /// A panic, and where.
    Panic(String),
    /// More time than allowed.
    Slow,
    /// More memory than allowed.
    Large,
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static QUIET: RefCell<bool> = const { RefCell::new(false) };
}

/// How long each target is fuzzed: `FUZZ_SECONDS`, else 30.
pub fn seconds() -> u64 {
    std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// Tries what is kept, and then changes of it until the time is over. What fails is made small, written to `target/fuzz`, and told.
pub fn fuzz(target: &Target) {
    listen();
    let folder = corpus::root().join("target/fuzz");
    std::fs::create_dir_all(&folder).expect("target/fuzz");
    let mut state = State {
        target,
        folder,
        limit: TIME.mul_f64(clock::slowness()) * target.patience,
        slowest: Duration::ZERO,
        largest: 0,
    };
    let mut failures: BTreeMap<Failure, (String, usize)> = BTreeMap::new();
    let mut pool: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, text) in corpus::kept(target.name) {
        match state.attempt(&text) {
            Ok((answer, _)) => drop(seen.insert(answer)),
            Err(failure) => panic!("{} fails on the kept {name}: {failure:?}", target.name),
        }
        pool.push(text);
    }
    let (start, kept) = (Instant::now(), pool.len());
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|text| text.parse().ok());
    let mut rng = Rng::new(seed.unwrap_or_else(|| u64::from(std::process::id())));
    let mut tried = 0_u64;
    while start.elapsed().as_secs() < seconds() {
        // Half of the time from what is kept, half from what was new.
        let from = if rng.once_in(2) { rng.below(kept) } else { rng.below(pool.len()) };
        let Some(text) = pool.get(from) else { break };
        let text = (target.change)(&mut rng, text, &pool);
        if text.len() > LONGEST {
            continue;
        }
        tried += 1;
        match state.attempt(&text) {
            Ok((answer, times)) => {
                let size = u64::BITS - (times.saturating_mul(times)).leading_zeros();
                if seen.insert(answer) | seen.insert(size.to_string()) && pool.len() < MOST_KEPT {
                    pool.push(text);
                }
            }
            Err(failure) => {
                let count = failures.get(&failure).map_or(0, |(_, count)| *count);
                if count == 0 {
                    let small = state.smaller(&text, &failure);
                    let file = state.folder.join(format!("{}-{}", target.name, failures.len()));
                    std::fs::write(&file, &small).expect("target/fuzz");
                    eprintln!("{}: {failure:?} {}\n{small}\n", target.name, file.display());
                    failures.insert(failure, (small, 1));
                } else if let Some((_, count)) = failures.get_mut(&failure) {
                    *count += 1;
                }
            }
        }
    }
    eprintln!(
        "{}: {tried} inputs, {} of them new, from {kept} that are kept; slowest {:.1} ms (limit {:.0}), largest {} KiB",
        target.name,
        pool.len() - kept,
        state.slowest.as_secs_f64() * 1e3,
        state.limit.as_secs_f64() * 1e3,
        state.largest >> 10
    );
    assert!(failures.is_empty(), "{}: {failures:#?}", target.name);
}

struct State<'a> {
    target: &'a Target,
    folder: PathBuf,
    limit: Duration,
    slowest: Duration,
    largest: usize,
}

impl State<'_> {
    /// What the target answers to an input, and how often it asked for memory.
    fn attempt(&mut self, text: &str) -> Result<(String, u64), Failure> {
        // Should the program end here, the input is known.
        let _ = std::fs::write(self.folder.join(format!("{}.now", self.target.name)), text);
        let start = Instant::now();
        let (answer, taken) = memory::measure(|| guarded(self.target.run, text));
        let mut took = start.elapsed();
        let answer = answer.map_err(Failure::Panic)?;
        // Time that passes is not time that was used: what looks slow is tried again, and its best time counts.
        for _ in 0..4 {
            if took > self.limit {
                took = took.min(clock::measure(|| drop(guarded(self.target.run, text))));
            }
        }
        if took > self.limit {
            return Err(Failure::Slow);
        }
        if taken.bytes > MEMORY {
            return Err(Failure::Large);
        }
        self.slowest = self.slowest.max(took);
        self.largest = self.largest.max(taken.bytes);
        Ok((answer, taken.times))
    }

    /// A smaller input that fails in the same way: lines are left out, then characters, as long as it still fails.
    fn smaller(&mut self, text: &str, failure: &Failure) -> String {
        let until = Instant::now() + Duration::from_secs(20);
        let mut text = text.to_owned();
        for lines in [true, false] {
            let mut length = text.len();
            while length > 0 {
                let parts: Vec<String> = match lines {
                    true => text.split_inclusive('\n').map(str::to_owned).collect(),
                    false => text.chars().map(String::from).collect(),
                };
                length = length.min(parts.len());
                let mut at = 0;
                let mut left = parts;
                while at < left.len() && Instant::now() < until {
                    let end = (at + length).min(left.len());
                    let tried = [&left[..at], &left[end..]].concat();
                    if self.attempt(&tried.concat()).err().as_ref() == Some(failure) {
                        left = tried;
                    } else {
                        at += length;
                    }
                }
                text = left.concat();
                length /= 2;
            }
        }
        text
    }
}

/// Runs the target; a panic is told instead of printed.
fn guarded(run: fn(&[u8]) -> String, text: &str) -> Result<String, String> {
    QUIET.set(true);
    let answer = catch_unwind(AssertUnwindSafe(|| run(text.as_bytes())));
    QUIET.set(false);
    answer.map_err(|_| PANIC.take().unwrap_or_default())
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if QUIET.with_borrow(|quiet| *quiet) {
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                let text = info.payload_as_str().unwrap_or_default();
                // Of an assertion's words only the first line: the rest is about the input.
                PANIC.set(Some(format!(
                    "{place}: {}",
                    text.lines().next().unwrap_or_default().chars().take(80).collect::<String>()
                )));
            } else {
                before(info);
            }
        }));
    });
}
