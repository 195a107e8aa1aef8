//! How far a rolling update may stray from the wanted count: `maxSurge` above it, `maxUnavailable` below it.

use crate::api::objects::pod::IntOrString;
use crate::api::objects::workload::{DeploymentSpec, StrategyType};

/// A limit as the user writes it: a count, or a share of `spec.replicas`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// That many pods.
    Count(i32),
    /// That many hundredths of the wanted pods.
    Percent(i32),
}

impl Limit {
    /// Reads `3` or `25%`; what is neither counts as 0, which validation has refused before it gets here.
    pub fn parse(text: &str) -> Limit {
        match text.strip_suffix('%') {
            Some(percent) => Limit::Percent(percent.parse().unwrap_or(0)),
            None => Limit::Count(text.parse().unwrap_or(0)),
        }
    }

    /// Reads a limit as objects carry it.
    pub fn from_field(value: &IntOrString) -> Limit {
        match value {
            IntOrString::Int(count) => Limit::Count(*count),
            IntOrString::Text(text) => Limit::parse(text),
        }
    }

    /// The count of `total`, a share rounded up.
    pub fn rounded_up(self, total: i32) -> i32 {
        self.of(total, true)
    }

    /// The count of `total`, a share rounded down.
    pub fn rounded_down(self, total: i32) -> i32 {
        self.of(total, false)
    }

    fn of(self, total: i32, round_up: bool) -> i32 {
        match self {
            Limit::Count(count) => count,
            Limit::Percent(percent) => {
                let hundredths = i64::from(percent) * i64::from(total);
                let rounded = if round_up { (hundredths + 99).div_euclid(100) } else { hundredths.div_euclid(100) };
                i32::try_from(rounded).unwrap_or(i32::MAX)
            }
        }
    }
}

/// The two limits of a Deployment; without rolling updates both are 0.
pub fn of_deployment(spec: &DeploymentSpec) -> Fenceposts {
    let Some(rolling) =
        spec.strategy.rolling_update.as_ref().filter(|_| spec.strategy.kind == StrategyType::RollingUpdate)
    else {
        return Fenceposts::default();
    };
    let limit = |field: &Option<IntOrString>| field.as_ref().map_or(Limit::Count(0), Limit::from_field);
    Fenceposts::resolve(limit(&rolling.max_surge), limit(&rolling.max_unavailable), spec.replicas)
}

/// The two limits as counts of pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fenceposts {
    /// How many pods there may be above the wanted count.
    pub surge: i32,
    /// How many of the wanted pods may be missing.
    pub unavailable: i32,
}

impl Fenceposts {
    /// Turns the limits into counts: the surge rounds up, the unavailable down. When both come out as 0 nothing could ever
    /// move, so one pod may be missing. Never more may be missing than are wanted.
    ///
    /// Models `ResolveFenceposts`, `MaxSurge` and `MaxUnavailable` of `pkg/controller/deployment/util/deployment_util.go`.
    pub fn resolve(surge: Limit, unavailable: Limit, wanted: i32) -> Fenceposts {
        let surge = surge.of(wanted, true);
        let unavailable = unavailable.of(wanted, false);
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        Fenceposts { surge, unavailable: unavailable.min(wanted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves() {
        let table = [
            // surge, unavailable, wanted, resolved surge and unavailable
            ("0%", "0%", 0, (0, 0)),
            ("1", "1", 0, (1, 0)),
            ("25%", "25%", 3, (1, 0)),
            ("25%", "25%", 1, (1, 0)),
            ("25%", "25%", 10, (3, 2)),
            ("39%", "39%", 10, (4, 3)),
            ("0", "0", 10, (0, 1)),
            ("0%", "1%", 2, (0, 1)),
            ("1%", "0%", 2, (1, 0)),
            ("100%", "100%", 3, (3, 3)),
            ("5", "15", 10, (5, 10)),
            ("150%", "0", 2, (3, 0)),
        ];
        for (surge, unavailable, wanted, (expected_surge, expected_unavailable)) in table {
            let got = Fenceposts::resolve(Limit::parse(surge), Limit::parse(unavailable), wanted);
            let expected = Fenceposts { surge: expected_surge, unavailable: expected_unavailable };
            assert_eq!(got, expected, "surge {surge} unavailable {unavailable} of {wanted}");
        }
    }
}
