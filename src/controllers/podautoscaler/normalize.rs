//! Keeps the number of pods from changing too fast: stabilization windows, policies, and the bounds of the autoscaler.
//!
//! Models `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors` of `horizontal.go`.

use crate::base::Value;
use crate::base::time::{Duration, SimTime};

/// What was recommended and done before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Recommendations, oldest first.
    pub recommended: Vec<(SimTime, i32)>,
    /// How many pods were added, and when.
    pub added: Vec<(SimTime, i32)>,
    /// How many were taken away, and when.
    pub removed: Vec<(SimTime, i32)>,
}

/// A condition as it should be: whether it holds, its reason and its message.
pub type Word = (bool, &'static str, &'static str);

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// How many pods there should be now.
    pub replicas: i32,
    /// `AbleToScale`.
    pub able: Word,
    /// `ScalingLimited`.
    pub limited: Word,
}

/// What is known of the workload.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// How many pods there should be at the moment.
    pub current: i32,
    /// At least.
    pub min: i32,
    /// At most.
    pub max: i32,
}

/// The window in which the highest recommendation counts, when nothing else is said.
const DOWN_WINDOW: i64 = 300;

const DOWN_STABILIZED: Word = (
    true,
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const UP_STABILIZED: Word = (
    true,
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const READY: Word = (true, "ReadyForNewScale", "recommended size matches current size");
const WITHIN: Word = (false, "DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_MANY: Word = (true, "TooManyReplicas", "the desired replica count is more than the maximum replica count");
const TOO_FEW: Word = (true, "TooFewReplicas", "the desired replica count is less than the minimum replica count");
const UP_LIMIT: Word =
    (true, "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const DOWN_LIMIT: Word =
    (true, "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");

/// Rules for one direction.
struct Rules<'a>(Option<&'a Value>);

impl Rules<'_> {
    fn window(&self, usual: i64) -> i64 {
        self.0.and_then(|rules| rules.get("stabilizationWindowSeconds")).and_then(Value::as_i64).unwrap_or(usual)
    }

    fn select(&self) -> &str {
        self.0.and_then(|rules| rules.get("selectPolicy")).and_then(Value::as_str).unwrap_or("Max")
    }

    /// Whether it is percent, the value and the period of each policy.
    fn policies(&self) -> impl Iterator<Item = (bool, i64, i64)> {
        let list = self.0.and_then(|rules| rules.get("policies")).and_then(Value::as_array);
        list.into_iter().flatten().map(|policy| {
            let number = |field: &str| policy.get(field).and_then(Value::as_i64).unwrap_or(0);
            let percent = policy.get("type").and_then(Value::as_str) == Some("Percent");
            (percent, number("value"), number("periodSeconds"))
        })
    }
}

/// Decides how many of the `desired` pods there will be now, and remembers it.
pub fn decide(memory: &mut Memory, behavior: Option<&Value>, scale: Scale, desired: i32, now: SimTime) -> Decision {
    let up = Rules(behavior.and_then(|behavior| behavior.get("scaleUp")));
    let down = Rules(behavior.and_then(|behavior| behavior.get("scaleDown")));
    let (up_window, down_window) = (up.window(0), down.window(DOWN_WINDOW));
    let rising = behavior.is_some() && desired >= scale.current;
    let window = if rising { up_window } else { down_window };
    let recent = memory.recommended.iter().filter(|(at, _)| match behavior {
        Some(_) => is_within(*at, window, now),
        None => now.since(*at) <= seconds(window),
    });
    let recent = recent.map(|(_, replicas)| *replicas).chain([desired]);
    let stabilized = if rising { recent.min() } else { recent.max() }.unwrap_or(desired);
    let longest = up_window.max(down_window);
    memory.recommended.retain(|(at, _)| now.since(*at) <= seconds(longest));
    memory.recommended.push((now, desired));
    let able = match (stabilized == desired, rising) {
        (true, _) => READY,
        (false, true) => UP_STABILIZED,
        (false, false) => DOWN_STABILIZED,
    };
    let (replicas, limited) = match behavior {
        Some(_) => with_rates(memory, &up, &down, scale, stabilized, now),
        None => within_bounds(scale, stabilized),
    };
    Decision { replicas, able, limited: if replicas == stabilized { WITHIN } else { limited } }
}

/// Models `convertDesiredReplicasWithRules`.
fn within_bounds(scale: Scale, desired: i32) -> (i32, Word) {
    let fastest = scale.current.saturating_mul(2).max(4);
    let (most, why) = if scale.max > fastest { (fastest, UP_LIMIT) } else { (scale.max, TOO_MANY) };
    match desired {
        desired if desired < scale.min => (scale.min, TOO_FEW),
        desired if desired > most => (most, why),
        desired => (desired, WITHIN),
    }
}

/// Models `convertDesiredReplicasWithBehaviorRate`.
fn with_rates(memory: &Memory, up: &Rules, down: &Rules, scale: Scale, desired: i32, now: SimTime) -> (i32, Word) {
    if desired > scale.current {
        let limit = up_limit(memory, up, scale.current, now);
        let (most, why) = if scale.max > limit { (limit, UP_LIMIT) } else { (scale.max, TOO_MANY) };
        if desired > most {
            return (most, why);
        }
    } else if desired < scale.current {
        let limit = down_limit(memory, down, scale.current, now);
        let (least, why) = if scale.min < limit { (limit, DOWN_LIMIT) } else { (scale.min, TOO_FEW) };
        if desired < least {
            return (least, why);
        }
    }
    (desired, WITHIN)
}

fn up_limit(memory: &Memory, rules: &Rules, current: i32, now: SimTime) -> i32 {
    if rules.select() == "Disabled" {
        return current;
    }
    let proposals = rules.policies().map(|(percent, value, period)| {
        // Pods that went meanwhile count as if they had been there when the period began.
        let start = f64::from(current - sum(&memory.added, period, now) + sum(&memory.removed, period, now));
        if percent { (start * (1.0 + value as f64 / 100.0)).ceil() as i32 } else { start as i32 + value as i32 }
    });
    let limit = if rules.select() == "Min" { proposals.min() } else { proposals.max() };
    limit.unwrap_or(current).max(current)
}

fn down_limit(memory: &Memory, rules: &Rules, current: i32, now: SimTime) -> i32 {
    if rules.select() == "Disabled" {
        return current;
    }
    let proposals = rules.policies().map(|(percent, value, period)| {
        let start = f64::from(current - sum(&memory.added, period, now) + sum(&memory.removed, period, now));
        if percent { (start * (1.0 - value as f64 / 100.0)) as i32 } else { start as i32 - value as i32 }
    });
    let limit = if rules.select() == "Min" { proposals.max() } else { proposals.min() };
    limit.unwrap_or(current).min(current)
}

/// How many pods came or went in the last seconds.
fn sum(events: &[(SimTime, i32)], period: i64, now: SimTime) -> i32 {
    events.iter().filter(|(at, _)| is_within(*at, period, now)).map(|(_, count)| count).sum()
}

fn is_within(at: SimTime, window: i64, now: SimTime) -> bool {
    now.since(at) < seconds(window)
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

/// Remembers that the number of pods was changed, for as long as a policy looks back.
pub fn remember(memory: &mut Memory, behavior: Option<&Value>, from: i32, to: i32, now: SimTime) {
    let Some(behavior) = behavior else { return };
    let longest = |direction: &str| Rules(behavior.get(direction)).policies().map(|policy| policy.2).max().unwrap_or(0);
    let longest = longest("scaleUp").max(longest("scaleDown"));
    let events = if to > from { &mut memory.added } else { &mut memory.removed };
    events.retain(|(at, _)| now.since(*at) <= seconds(longest));
    events.push((now, (to - from).abs()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: SimTime = SimTime(1_000_000_000);

    fn ago(seconds: u64) -> SimTime {
        SimTime(NOW.0 - seconds * 1_000_000)
    }

    fn run(
        memory: &mut Memory,
        behavior: Option<&Value>,
        current: i32,
        desired: i32,
    ) -> (i32, &'static str, &'static str) {
        let decision = decide(memory, behavior, Scale { current, min: 2, max: 20 }, desired, NOW);
        (decision.replicas, decision.able.1, decision.limited.1)
    }

    #[test]
    fn without_behavior() {
        let fresh = Memory::default;
        assert_eq!(run(&mut fresh(), None, 3, 5), (5, "ReadyForNewScale", "DesiredWithinRange"));
        assert_eq!(run(&mut fresh(), None, 3, 9), (6, "ReadyForNewScale", "ScaleUpLimit"));
        assert_eq!(run(&mut fresh(), None, 1, 9), (4, "ReadyForNewScale", "ScaleUpLimit"));
        assert_eq!(run(&mut fresh(), None, 15, 40), (20, "ReadyForNewScale", "TooManyReplicas"));
        assert_eq!(run(&mut fresh(), None, 3, 1), (2, "ReadyForNewScale", "TooFewReplicas"));
        let mut memory = Memory { recommended: vec![(ago(200), 7), (ago(400), 9)], ..Memory::default() };
        assert_eq!(run(&mut memory, None, 7, 3), (7, "ScaleDownStabilized", "DesiredWithinRange"));
        assert_eq!(memory.recommended, [(ago(200), 7), (NOW, 3)]);
    }

    #[test]
    fn with_behavior() {
        let rules = |kind: &str, value: i64, period: i64, select: &str| {
            json!({"stabilizationWindowSeconds": 0, "selectPolicy": select,
                "policies": [{"type": kind, "value": value, "periodSeconds": period}]})
        };
        let both = |up: Value, down: Value| json!({"scaleUp": up, "scaleDown": down});
        let slow = both(rules("Pods", 2, 60, "Max"), rules("Percent", 10, 60, "Max"));
        assert_eq!(run(&mut Memory::default(), Some(&slow), 10, 20), (12, "ReadyForNewScale", "ScaleUpLimit"));
        assert_eq!(run(&mut Memory::default(), Some(&slow), 10, 2), (9, "ReadyForNewScale", "ScaleDownLimit"));
        let mut busy = Memory { added: vec![(ago(30), 2)], ..Memory::default() };
        assert_eq!(run(&mut busy, Some(&slow), 12, 20), (12, "ReadyForNewScale", "ScaleUpLimit"));
        let mut rested = Memory { added: vec![(ago(61), 2)], ..Memory::default() };
        assert_eq!(run(&mut rested, Some(&slow), 12, 20), (14, "ReadyForNewScale", "ScaleUpLimit"));
        let still = both(rules("Pods", 4, 15, "Max"), rules("Pods", 1, 60, "Disabled"));
        assert_eq!(run(&mut Memory::default(), Some(&still), 10, 2), (10, "ReadyForNewScale", "ScaleDownLimit"));
        let mut up = rules("Pods", 9, 15, "Max");
        up["stabilizationWindowSeconds"] = 60.into();
        let calm = both(up, rules("Pods", 9, 15, "Max"));
        let mut low = Memory { recommended: vec![(ago(30), 5)], ..Memory::default() };
        assert_eq!(run(&mut low, Some(&calm), 4, 9), (5, "ScaleUpStabilized", "DesiredWithinRange"));
        let mut memory = Memory::default();
        remember(&mut memory, Some(&slow), 3, 5, NOW);
        assert_eq!((memory.added, memory.removed), (vec![(NOW, 2)], vec![]));
    }
}
