//! What a HorizontalPodAutoscaler looks at, in a cell.
//!
//! Models `formatHPAMetrics` of `pkg/printers/internalversion/printers.go`.

use super::Row;
use crate::base::Value;

/// A metric in words.
pub(in crate::kubectl) struct MetricTexts {
    /// `cpu`, or the name of the metric.
    pub(in crate::kubectl) name: String,
    /// `10%` or `<unknown>`.
    pub(in crate::kubectl) current: String,
    /// `10% (20m)` or `<unknown>`.
    pub(in crate::kubectl) describe_current: String,
    /// `50%` or `100m`.
    pub(in crate::kubectl) target: String,
    /// Whether it is a share of what pods request.
    pub(in crate::kubectl) is_share: bool,
    /// Whether it is an amount for each pod.
    pub(in crate::kubectl) is_average: bool,
}

/// The words for a metric and its status; nothing for an unknown type.
pub(in crate::kubectl) fn metric_texts(metric: &Value, status: Option<&Value>) -> Option<MetricTexts> {
    let field = match metric.get("type").and_then(Value::as_str)? {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return None,
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let source = metric.get(field)?;
    let target = source.get("target").unwrap_or(&Value::Null);
    let current = status.and_then(|status| status.get(field)).and_then(|status| status.get("current"));
    let now = |name: &str| current.and_then(|current| current.get(name)).map(plain);
    let unknown = || "<unknown>".to_owned();
    let is_resource = matches!(field, "resource" | "containerResource");
    let average = target.get("averageValue");
    let name = source.get("name").or_else(|| source.get("metric")?.get("name")).map(plain).unwrap_or_default();
    let is_share = is_resource && average.is_none();
    let (shown, described, aim) = if is_share {
        let share = now("averageUtilization").map(|percent| format!("{percent}%"));
        let aim = target.get("averageUtilization").map_or("<auto>".to_owned(), |percent| format!("{percent}%"));
        let amount = now("averageValue").unwrap_or_default();
        (share.clone(), share.map(|share| format!("{share} ({amount})")), aim)
    } else {
        let which = if average.is_some() { "averageValue" } else { "value" };
        (now(which), now(which), target.get(which).map(plain).unwrap_or_default())
    };
    Some(MetricTexts {
        name,
        current: shown.unwrap_or_else(unknown),
        describe_current: described.unwrap_or_else(unknown),
        target: aim,
        is_share,
        is_average: average.is_some(),
    })
}

/// The cell of all metrics: two, and how many more.
pub(super) fn targets(row: &Row<'_>) -> String {
    const MOST: usize = 2;
    let list = |pointer: &str| row.field(pointer).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (metrics, statuses) = (list("/spec/metrics"), list("/status/currentMetrics"));
    let cell = |(place, metric): (usize, &Value)| match metric_texts(metric, statuses.get(place)) {
        None => "<unknown type>".to_owned(),
        Some(texts) => {
            let kind = metric.get("type").and_then(Value::as_str).unwrap_or_default();
            let name = if kind.ends_with("Resource") { format!("{}: ", texts.name) } else { String::new() };
            let average = if texts.is_average && matches!(kind, "External" | "Object") { " (avg)" } else { "" };
            format!("{name}{}/{}{average}", texts.current, texts.target)
        }
    };
    let cells: Vec<String> = metrics.iter().enumerate().take(MOST).map(cell).collect();
    match metrics.len() {
        0 => "<none>".to_owned(),
        count if count > MOST => format!("{} + {} more...", cells.join(", "), count - MOST),
        _ => cells.join(", "),
    }
}
