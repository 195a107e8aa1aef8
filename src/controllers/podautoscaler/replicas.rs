//! How many pods a metric asks for.
//!
//! Models `pkg/controller/podautoscaler/replica_calculator.go` and its `metrics/utilization.go`.

use crate::base::time::{Duration, SimTime};

/// How long after a pod's start its CPU may be that of starting up.
const CPU_INITIALIZATION: Duration = Duration::from_secs(300);
/// How long after a pod's start a change to not ready still counts as the first.
const INITIAL_READINESS: Duration = Duration::from_secs(30);

/// A pod as the calculation sees it. Amounts are thousandths of the resource's unit.
#[derive(Clone, Debug, Default)]
pub struct PodMetric {
    /// Its name.
    pub name: String,
    /// What it requests of the resource.
    pub request: i64,
    /// What it uses, and over which time that was measured; none while nobody knows.
    pub used: Option<Sample>,
    /// Whether it is being deleted or has failed.
    pub out: bool,
    /// Whether it has not begun.
    pub pending: bool,
    /// When it was started.
    pub started: Option<SimTime>,
    /// Whether it is ready, and since when that is so.
    pub ready: Option<(bool, SimTime)>,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The amount, in thousandths.
    pub amount: i64,
    /// When it was taken.
    pub at: SimTime,
    /// Over how long.
    pub window: Duration,
}

/// What is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A share of the requests, in percent.
    Utilization(i64),
    /// An amount for each pod, in thousandths.
    AverageValue(i64),
}

/// How far the ratio of use to target may be from 1 without anything being done.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Above 1.
    pub up: f64,
    /// Below 1.
    pub down: f64,
}

impl Default for Tolerance {
    fn default() -> Tolerance {
        Tolerance { up: 0.1, down: 0.1 }
    }
}

impl Tolerance {
    fn covers(self, ratio: f64) -> bool {
        (1.0 - self.down) <= ratio && ratio <= (1.0 + self.up)
    }
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How many pods there should be.
    pub replicas: i32,
    /// What is used of the requests, in percent; none for a target of another kind.
    pub utilization: Option<i64>,
    /// What each pod uses on average, in thousandths.
    pub average: i64,
}

/// Where a pod is counted. Models `groupPods`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Ignored,
    Unready,
    Missing,
    Ready,
}

fn group(pod: &PodMetric, is_cpu: bool, now: SimTime) -> Group {
    if pod.out {
        return Group::Ignored;
    }
    if pod.pending {
        return Group::Unready;
    }
    let Some(sample) = pod.used else { return Group::Missing };
    let unready = || {
        let (Some((ready, since)), Some(started)) = (pod.ready, pod.started) else { return true };
        if started.after(CPU_INITIALIZATION) > now {
            !ready || sample.at < since.after(sample.window)
        } else {
            !ready && started.after(INITIAL_READINESS) > since
        }
    };
    if is_cpu && unready() { Group::Unready } else { Group::Ready }
}

/// How many pods there should be.
///
/// # Errors
/// Why that cannot be said, in upstream's words.
pub fn replicas(
    current: i32,
    pods: &[PodMetric],
    target: Target,
    is_cpu: bool,
    tolerance: Tolerance,
    now: SimTime,
) -> Result<Proposal, String> {
    if pods.is_empty() {
        return Err("no pods returned by selector while calculating replica count".to_owned());
    }
    let groups: Vec<Group> = pods.iter().map(|pod| group(pod, is_cpu, now)).collect();
    let of = |wanted: Group| groups.iter().filter(move |group| **group == wanted).count();
    // What each pod counts as using; none: it does not count.
    let amounts = |missing: Option<i64>, unready: Option<i64>| -> Vec<Option<i64>> {
        pods.iter()
            .zip(&groups)
            .map(|(pod, group)| match group {
                Group::Ready => pod.used.map(|sample| sample.amount),
                Group::Missing => missing.map(|percent| match target {
                    Target::Utilization(_) => pod.request.saturating_mul(percent) / 100,
                    Target::AverageValue(amount) => amount * i64::from(percent > 0),
                }),
                Group::Unready => unready,
                Group::Ignored => None,
            })
            .collect()
    };
    let first = amounts(None, None);
    if first.iter().all(Option::is_none) {
        return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
    }
    let usage = measure(pods, &first, target)?;
    let with = |replicas: i32| Proposal { replicas, utilization: usage.utilization, average: usage.average };
    let rebalances = of(Group::Unready) > 0 && usage.ratio > 1.0;
    if !rebalances && of(Group::Missing) == 0 {
        let wanted = ceil(usage.ratio * of(Group::Ready) as f64);
        return Ok(with(if tolerance.covers(usage.ratio) { current } else { wanted }));
    }
    let full = match target {
        Target::Utilization(percent) => percent.max(100),
        Target::AverageValue(_) => 100,
    };
    let missing = match usage.ratio {
        ratio if ratio < 1.0 => Some(full),
        ratio if ratio > 1.0 || matches!(target, Target::AverageValue(_)) => Some(0),
        _ => None,
    };
    let second = amounts(missing, rebalances.then_some(0));
    let again = measure(pods, &second, target)?.ratio;
    let turns = usage.ratio < 1.0 && again > 1.0 || usage.ratio > 1.0 && again < 1.0;
    if tolerance.covers(again) || turns {
        return Ok(with(current));
    }
    let wanted = ceil(again * second.iter().flatten().count() as f64);
    if again < 1.0 && wanted > current || again > 1.0 && wanted < current {
        return Ok(with(current));
    }
    Ok(with(wanted))
}

struct Measure {
    ratio: f64,
    utilization: Option<i64>,
    average: i64,
}

fn measure(pods: &[PodMetric], amounts: &[Option<i64>], target: Target) -> Result<Measure, String> {
    let counted = || pods.iter().zip(amounts).filter_map(|(pod, amount)| Some((pod.request, (*amount)?)));
    let total: i64 = counted().map(|(_, amount)| amount).sum();
    let count = i64::try_from(counted().count()).unwrap_or(1).max(1);
    let average = total / count;
    match target {
        Target::Utilization(percent) => {
            let requests: i64 = counted().map(|(request, _)| request).sum();
            if requests == 0 {
                return Err("no metrics returned matched known pods".to_owned());
            }
            let used = total.saturating_mul(100) / requests;
            Ok(Measure { ratio: used as f64 / percent.max(1) as f64, utilization: Some(used), average })
        }
        Target::AverageValue(wanted) => {
            Ok(Measure { ratio: average as f64 / wanted.max(1) as f64, utilization: None, average })
        }
    }
}

fn ceil(replicas: f64) -> i32 {
    // Go's conversion; beyond the range nothing is meant.
    replicas.ceil().clamp(0.0, f64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SimTime = SimTime(1_000_000_000);

    fn pod(request: i64, used: Option<i64>) -> PodMetric {
        let window = Duration::from_secs(15);
        PodMetric {
            request,
            used: used.map(|amount| Sample { amount, at: NOW, window }),
            started: Some(SimTime::ZERO),
            ready: Some((true, SimTime::ZERO)),
            ..PodMetric::default()
        }
    }

    fn unready(pod: PodMetric) -> PodMetric {
        PodMetric { ready: Some((false, SimTime::ZERO)), started: Some(NOW), ..pod }
    }

    /// Cases of upstream's `replica_calculator_test.go`.
    #[test]
    fn cases() {
        let percent = Target::Utilization;
        let list = |request: i64, used: &[i64]| used.iter().map(|n| pod(request, Some(*n))).collect::<Vec<_>>();
        let table = [
            ("scale up", 3, list(1000, &[300, 500, 700]), percent(30), Ok((5, Some(50), 500))),
            ("scale down", 5, list(1000, &[100, 300, 500, 250, 250]), percent(50), Ok((3, Some(28), 280))),
            ("tolerance", 3, list(1000, &[1010, 1030, 1020]), percent(100), Ok((3, Some(102), 1020))),
            (
                "tolerance of a raw value",
                3,
                list(900, &[900, 1000, 1100]),
                Target::AverageValue(1000),
                Ok((3, None, 1000)),
            ),
            ("raw scale up", 3, list(900, &[300, 500, 700]), Target::AverageValue(250), Ok((6, None, 500))),
            (
                "unready lessens scale up",
                3,
                vec![unready(pod(1000, Some(300))), pod(1000, Some(500)), pod(1000, Some(700))],
                percent(30),
                Ok((4, Some(60), 600)),
            ),
            (
                "unready: no scale up",
                3,
                vec![pod(1000, Some(400)), unready(pod(1000, Some(500))), unready(pod(1000, Some(700)))],
                percent(30),
                Ok((3, Some(40), 400)),
            ),
            (
                "missing: no change of direction",
                2,
                vec![pod(1000, Some(1000)), pod(1000, None)],
                percent(90),
                Ok((2, Some(100), 1000)),
            ),
            (
                "missing on the way down",
                4,
                vec![pod(1000, Some(100)), pod(1000, Some(100)), pod(1000, Some(100)), pod(1000, None)],
                percent(50),
                Ok((3, Some(10), 100)),
            ),
            (
                "ignored pods do not count",
                4,
                [list(1000, &[500, 500]), vec![PodMetric { out: true, ..pod(1000, Some(9000)) }]].concat(),
                percent(25),
                Ok((4, Some(50), 500)),
            ),
            (
                "nobody ready",
                1,
                vec![unready(pod(1000, Some(10)))],
                percent(50),
                Err("did not receive metrics for targeted pods (pods might be unready)"),
            ),
            ("no requests", 1, list(0, &[10]), percent(50), Err("no metrics returned matched known pods")),
            ("no pods", 1, vec![], percent(50), Err("no pods returned by selector while calculating replica count")),
        ];
        for (name, current, pods, target, expected) in table {
            let got = replicas(current, &pods, target, true, Tolerance::default(), NOW);
            let got = got.map(|got| (got.replicas, got.utilization, got.average));
            assert_eq!(got.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text), "{name}");
        }
    }

    #[test]
    fn a_wider_tolerance_holds_still() {
        let pods = [pod(1000, Some(600))];
        let tolerance = Tolerance { up: 0.3, down: 0.1 };
        assert_eq!(replicas(1, &pods, Target::Utilization(50), true, tolerance, NOW).unwrap().replicas, 1);
        assert_eq!(replicas(1, &pods, Target::Utilization(50), true, Tolerance::default(), NOW).unwrap().replicas, 2);
    }
}
