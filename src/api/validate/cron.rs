//! Cron schedules, and what Kubernetes' cron library says about malformed ones.
//!
//! Models `github.com/robfig/cron/v3`.ParseStandard.

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MACROS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

struct Bounds {
    min: u64,
    max: u64,
    names: &'static [&'static str],
}

const FIELDS: [Bounds; 5] = [
    Bounds { min: 0, max: 59, names: &[] },
    Bounds { min: 0, max: 23, names: &[] },
    Bounds { min: 1, max: 31, names: &[] },
    Bounds { min: 1, max: 12, names: &MONTHS },
    Bounds { min: 0, max: 6, names: &DAYS },
];

/// What is wrong with a schedule.
pub fn flaw(schedule: &str) -> Option<String> {
    if schedule.is_empty() {
        return Some("empty spec string".to_owned());
    }
    if schedule.starts_with('@') {
        return macro_flaw(schedule);
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    fields
        .iter()
        .zip(&FIELDS)
        .flat_map(|(field, bounds)| field.split(',').filter(|item| !item.is_empty()).map(move |item| (item, bounds)))
        .find_map(|(item, bounds)| range_flaw(item, bounds).err())
}

fn macro_flaw(schedule: &str) -> Option<String> {
    if MACROS.contains(&schedule) {
        return None;
    }
    match schedule.strip_prefix("@every ") {
        Some(span) if is_duration(span) => None,
        Some(span) => Some(format!("failed to parse duration {schedule}: time: invalid duration \"{span}\"")),
        None => Some(format!("unrecognized descriptor: {schedule}")),
    }
}

/// Whether Go's `time.ParseDuration` takes it: numbers with units, as in `1h30m`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['+', '-']);
    if rest == "0" {
        return true;
    }
    let mut any = false;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(number);
        let Some(unit) = ["ns", "us", "µs", "ms", "s", "m", "h"].iter().find(|unit| tail.starts_with(**unit)) else {
            return false;
        };
        if !digits.chars().any(|c| c.is_ascii_digit()) {
            return false;
        }
        rest = tail.get(unit.len()..).unwrap_or_default();
        any = true;
    }
    any
}

fn number(text: &str, names: &[&str]) -> Result<u64, String> {
    let lower = text.to_lowercase();
    if let Some(place) = names.iter().position(|name| *name == lower) {
        return Ok(place as u64 + u64::from(names.len() == MONTHS.len()));
    }
    match text.parse::<i64>() {
        Ok(number) => u64::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}")),
        Err(_) => Err(format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax")),
    }
}

fn range_flaw(item: &str, bounds: &Bounds) -> Result<(), String> {
    let parts: Vec<&str> = item.split('/').collect();
    let ends: Vec<&str> = parts.first().copied().unwrap_or_default().split('-').collect();
    let (start, mut end) = match ends.as_slice() {
        ["*" | "?", ..] => (bounds.min, bounds.max),
        [one] => {
            let one = number(one, bounds.names)?;
            (one, one)
        }
        [low, high] => (number(low, bounds.names)?, number(high, bounds.names)?),
        [low, ..] => {
            number(low, bounds.names)?;
            return Err(format!("too many hyphens: {item}"));
        }
        [] => return Ok(()),
    };
    let step = match parts.as_slice() {
        [_] => 1,
        [_, step] => {
            let step = number(step, &[])?;
            if ends.len() == 1 {
                end = bounds.max;
            }
            step
        }
        _ => return Err(format!("too many slashes: {item}")),
    };
    if start < bounds.min {
        return Err(format!("beginning of range ({start}) below minimum ({}): {item}", bounds.min));
    }
    if end > bounds.max {
        return Err(format!("end of range ({end}) above maximum ({}): {item}", bounds.max));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {item}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {item}"));
    }
    Ok(())
}

const ZONE_AREAS: [&str; 17] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
    "posix",
];
const ZONES: [&str; 45] = [
    "CET",
    "CST6CDT",
    "Cuba",
    "EET",
    "EST",
    "EST5EDT",
    "Egypt",
    "Eire",
    "Factory",
    "GB",
    "GB-Eire",
    "GMT",
    "GMT+0",
    "GMT-0",
    "GMT0",
    "Greenwich",
    "HST",
    "Hongkong",
    "Iceland",
    "Iran",
    "Israel",
    "Jamaica",
    "Japan",
    "Kwajalein",
    "Libya",
    "MET",
    "MST",
    "MST7MDT",
    "NZ",
    "NZ-CHAT",
    "Navajo",
    "PRC",
    "PST8PDT",
    "Poland",
    "Portugal",
    "ROC",
    "ROK",
    "Singapore",
    "Turkey",
    "UCT",
    "UTC",
    "Universal",
    "W-SU",
    "WET",
    "Zulu",
];

/// Whether a time zone of this name is plausible: a known area, or a known name without one.
///
/// Upstream looks into the time zone database, which is not carried along for one field.
pub fn is_zone(name: &str) -> bool {
    match name.split_once('/') {
        Some((area, city)) => {
            let well_formed =
                !city.is_empty() && !city.contains("..") && !city.starts_with(|c: char| c.is_ascii_lowercase());
            ZONE_AREAS.contains(&area) && well_formed
        }
        None => ZONES.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::{flaw, is_zone};

    #[test]
    fn schedules() {
        for (schedule, expected) in [
            ("*/5 * * * *", None),
            ("0 0 1 jan sun", None),
            ("1-5,7 0-23/2 * * 5/2", None),
            ("@hourly", None),
            ("@every 1h30m", None),
            ("every day", Some("expected exactly 5 fields, found 2: [every day]")),
            ("@noon", Some("unrecognized descriptor: @noon")),
            ("60 * * * *", Some("end of range (60) above maximum (59): 60")),
            ("* * 0 * *", Some("beginning of range (0) below minimum (1): 0")),
            ("5-3 * * * *", Some("beginning of range (5) beyond end of range (3): 5-3")),
            ("*/0 * * * *", Some("step of range should be a positive number: */0")),
            ("x * * * *", Some("failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax")),
            ("1-2-3 * * * *", Some("too many hyphens: 1-2-3")),
        ] {
            assert_eq!(flaw(schedule).as_deref(), expected, "{schedule}");
        }
        assert!(is_zone("Europe/Berlin") && is_zone("UTC") && !is_zone("Moon/Base") && !is_zone("Berlin"));
    }
}
