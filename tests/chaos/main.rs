//! Random inputs and faults, then healing. Whatever was done: bounds hold at every step, the cluster converges when all is
//! mended, and a replay gives the same bytes.
//!
//! `TABERNETES_CHAOS_RUNS=1000` runs more seeds than the usual hundred, `TABERNETES_CHAOS_SEED=7` only one. A failure prints
//! its seed and the shortest list of acts that still fails.

#![cfg(not(target_arch = "wasm32"))]

mod acts;
mod watch;

use acts::{Act, heal, make};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tabernetes::apiserver::Change;
use tabernetes::base::rng::Rng;
use tabernetes::base::time::{Duration, SimTime};
use tabernetes::sim::{ClusterConfig, Engine};
use watch::Watch;

/// Acts of a run.
const ACTS: usize = 24;
/// Virtual time in which a healed cluster must have come to rest: the longest back-offs are five minutes.
const BOUND: Duration = Duration::from_secs(1800);

/// Plays the acts, heals, and says what went wrong.
fn play(seed: u64, acts: &[(Duration, Act)]) -> Result<Engine, String> {
    let config = ClusterConfig { seed, images_present: seed.is_multiple_of(2), ..ClusterConfig::with_nodes(4) };
    let mut engine = Engine::new(config);
    // Pictures take their time: one run in eight looks at them.
    let mut watch = if seed.is_multiple_of(8) { Watch::with_picture() } else { Watch::default() };
    for (pause, act) in acts {
        act.play(&mut engine);
        let until = engine.now().after(*pause);
        engine.run_until(until, &mut |world| !watch.look(world));
        watch.verdict().map_err(|why| format!("at {:?} after {act:?}: {why}", engine.now()))?;
    }
    heal(&mut engine);
    let until = engine.now().after(BOUND);
    engine.run_until(until, &mut |world| !watch.look(world));
    watch.verdict().map_err(|why| format!("at {:?} while healing: {why}", engine.now()))?;
    watch::audit(engine.world())?;
    watch::converged(engine.world()).map_err(|why| format!("not converged: {why}"))?;
    Ok(engine)
}

/// Whether two histories are the same, change by change.
fn same(a: &Engine, b: &Engine) -> Result<(), String> {
    let (a, b) = (a.world().api.store(), b.world().api.store());
    let equal = |a: &Change, b: &Change| (a.at, &a.key, a.cause, &a.new) == (b.at, &b.key, b.cause, &b.new);
    // After a rewind only the changes since then are remembered.
    let from = a.oldest().max(b.oldest());
    match a.changes_after(from).zip(b.changes_after(from)).find(|(a, b)| !equal(a, b)) {
        Some((a, b)) => {
            Err(format!("{:?} {:?} {:?} became {:?} {:?} {:?}", a.at, a.key, a.cause, b.at, b.key, b.cause))
        }
        None if a.rev() != b.rev() => Err(format!("{} changes became {}", a.rev(), b.rev())),
        None => Ok(()),
    }
}

fn run(seed: u64, acts: &[(Duration, Act)]) -> Result<(), String> {
    let whole = || {
        let engine = play(seed, acts)?;
        let config = (*engine.world().config).clone();
        let again = Engine::replay(config, engine.inputs().clone(), engine.now());
        same(&engine, &again).map_err(|why| format!("the replay differs: {why}"))?;
        // A replay goes the same way as playing again after a rewind; one run in four looks at the snapshots too.
        if !seed.is_multiple_of(4) {
            return Ok(());
        }
        let mut back = engine.clone();
        back.seek(SimTime(engine.now().0 / (2 + seed % 50)));
        back.advance_to(engine.now(), &mut || true);
        same(&engine, &back).map_err(|why| format!("playing again differs: {why}"))
    };
    catch_unwind(AssertUnwindSafe(whole)).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Leaves out acts for as long as it still fails.
fn shrink(seed: u64, mut acts: Vec<(Duration, Act)>) -> Vec<(Duration, Act)> {
    let mut size = acts.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < acts.len() {
            let mut fewer = acts.clone();
            let removed = fewer.drain(from..(from + size).min(acts.len())).map(|(pause, _)| pause).sum::<Duration>();
            // Time passes all the same.
            if let Some(before) = from.checked_sub(1).and_then(|before| fewer.get_mut(before)) {
                before.0 += removed;
            }
            if run(seed, &fewer).is_err() {
                acts = fewer;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    acts
}

#[test]
fn chaos_then_healing() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("TABERNETES_CHAOS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TABERNETES_CHAOS_RUNS").unwrap_or(100),
    };
    let mut failures = Vec::new();
    for seed in seeds {
        let mut rng = Rng::stream(seed, "chaos", "");
        let acts: Vec<(Duration, Act)> = (0..ACTS).map(|_| make(&mut rng)).collect();
        if let Err(why) = run(seed, &acts) {
            eprintln!("seed {seed}: {why}");
            let fewer = if failures.is_empty() { shrink(seed, acts) } else { Vec::new() };
            if let Err(shorter) = run(seed, &fewer) {
                eprintln!("  shrunk to {fewer:#?}\n  {shorter}");
            }
            failures.push(seed);
            if failures.len() == 5 {
                break;
            }
        }
    }
    assert!(failures.is_empty(), "seeds that failed: {failures:?}");
}
