//! Sets of completion indexes, and their short text: `0-2,5`.

use std::collections::BTreeSet;

/// Reads a text; what is no index, or not below `completions`, is left out.
///
/// Models `parseIndexesFromString` of `pkg/controller/job/indexed_job_utils.go`.
pub fn parse(text: &str, completions: i32) -> BTreeSet<i32> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse::<i32>().ok()?..=last.parse::<i32>().ok()?.min(completions.saturating_sub(1)))
    };
    text.split(',').filter_map(range).flatten().filter(|index| *index < completions).collect()
}

/// Writes a set; two neighbours are listed, three or more become a range.
///
/// Models `orderedIntervals.String`.
pub fn text(indexes: &BTreeSet<i32>) -> String {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    let range = |(first, last): &(i32, i32)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (given, completions, expected) in [
            ("", 5, ""),
            ("0", 5, "0"),
            ("0,1", 5, "0,1"),
            ("0-1", 5, "0,1"),
            ("0,1,2", 5, "0-2"),
            ("0-2,4,5,7-9", 10, "0-2,4,5,7-9"),
            ("0-9", 5, "0-4"),
            ("3,x,9", 5, "3"),
        ] {
            assert_eq!(text(&parse(given, completions)), expected, "{given}");
        }
    }
}
