//! What differs between two texts, line by line, as Python's `difflib` finds it: the longest part that both have, then the
//! same before and behind it.
//!
//! Models `github.com/pmezard/go-difflib/difflib`.

use std::collections::BTreeMap;
use std::ops::Range;

/// Lines around a change that are shown.
const CONTEXT: usize = 3;
/// In a text of so many lines, a line that stands in more than a hundredth of them begins no common part.
const LONG: usize = 200;

/// A part of both texts that is equal, or in which they differ.
struct Part {
    equal: bool,
    old: Range<usize>,
    new: Range<usize>,
}

/// The changes of a text with a few lines around them, without a head.
pub fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let mut out = String::new();
    for group in groups(parts(&old, &new)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let shown = |start: usize, end: usize| match end - start {
            1 => (start + 1).to_string(),
            0 => format!("{start},0"),
            length => format!("{},{length}", start + 1),
        };
        let (before, after) = (shown(first.old.start, last.old.end), shown(first.new.start, last.new.end));
        out.push_str(&format!("@@ -{before} +{after} @@\n"));
        for part in group {
            let mut write = |sign: char, lines: &[&str]| {
                lines.iter().for_each(|line| out.push_str(&format!("{sign}{line}\n")));
            };
            let (was, is) = (old.get(part.old).unwrap_or_default(), new.get(part.new).unwrap_or_default());
            if part.equal {
                write(' ', was);
            } else {
                write('-', was);
                write('+', is);
            }
        }
    }
    out
}

/// The parts of two texts, in order.
fn parts(old: &[&str], new: &[&str]) -> Vec<Part> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(at);
    }
    if new.len() >= LONG {
        places.retain(|_, found| found.len() <= new.len() / 100 + 1);
    }
    let mut equal = Vec::new();
    let mut open = vec![(0..old.len(), 0..new.len())];
    while let Some((a, b)) = open.pop() {
        let (i, j, length) = longest(old, new, &places, &a, &b);
        if length > 0 {
            equal.push((i, j, length));
            open.push((a.start..i, b.start..j));
            open.push((i + length..a.end, j + length..b.end));
        }
    }
    equal.sort_unstable();
    equal.push((old.len(), new.len(), 0));
    let (mut found, mut a, mut b): (Vec<Part>, usize, usize) = (Vec::new(), 0, 0);
    for (i, j, length) in equal {
        if a < i || b < j {
            found.push(Part { equal: false, old: a..i, new: b..j });
        }
        (a, b) = (i + length, j + length);
        match found.last_mut().filter(|last| last.equal && length > 0) {
            Some(last) => (last.old.end, last.new.end) = (a, b),
            None if length > 0 => found.push(Part { equal: true, old: i..a, new: j..b }),
            None => {}
        }
    }
    found
}

/// The longest part that both have within these lines: the first one of several.
fn longest(
    old: &[&str],
    new: &[&str],
    places: &BTreeMap<&str, Vec<usize>>,
    a: &Range<usize>,
    b: &Range<usize>,
) -> (usize, usize, usize) {
    let same = |i: usize, j: usize| old.get(i).is_some_and(|line| new.get(j) == Some(line));
    let (mut i, mut j, mut length) = (a.start, b.start, 0);
    let mut ending: BTreeMap<usize, usize> = BTreeMap::new();
    for at in a.clone() {
        let mut next = BTreeMap::new();
        let found = old.get(at).and_then(|line| places.get(line)).map_or(&[][..], Vec::as_slice);
        for &place in found.iter().filter(|place| b.contains(place)) {
            let before = place.checked_sub(1).and_then(|before| ending.get(&before)).copied().unwrap_or(0);
            next.insert(place, before + 1);
            if before + 1 > length {
                (i, j, length) = (at - before, place - before, before + 1);
            }
        }
        ending = next;
    }
    // Lines that stand everywhere belong to it where they touch it.
    while i > a.start && j > b.start && same(i - 1, j - 1) {
        (i, j, length) = (i - 1, j - 1, length + 1);
    }
    while i + length < a.end && j + length < b.end && same(i + length, j + length) {
        length += 1;
    }
    (i, j, length)
}

/// Changes that are near to each other, with the lines around them.
fn groups(mut parts: Vec<Part>) -> Vec<Vec<Part>> {
    if let Some(first) = parts.first_mut().filter(|first| first.equal) {
        first.old.start = first.old.start.max(first.old.end.saturating_sub(CONTEXT));
        first.new.start = first.new.start.max(first.new.end.saturating_sub(CONTEXT));
    }
    if let Some(last) = parts.last_mut().filter(|last| last.equal) {
        last.old.end = last.old.end.min(last.old.start + CONTEXT);
        last.new.end = last.new.end.min(last.new.start + CONTEXT);
    }
    let (mut found, mut group): (Vec<Vec<Part>>, Vec<Part>) = (Vec::new(), Vec::new());
    for part in parts {
        if part.equal && part.old.len() > 2 * CONTEXT {
            let Part { old, new, .. } = part;
            group.push(Part { equal: true, old: old.start..old.start + CONTEXT, new: new.start..new.start + CONTEXT });
            found.push(std::mem::take(&mut group));
            group.push(Part { equal: true, old: old.end - CONTEXT..old.end, new: new.end - CONTEXT..new.end });
        } else {
            group.push(part);
        }
    }
    if group.iter().any(|part| !part.equal) {
        found.push(group);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_with_three_lines_around_them() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm";
        assert_eq!(unified(old, old), "");
        assert_eq!(unified(old, &old.replace("e\n", "E\n")), "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n");
        let two = old.replace("a\n", "").replace("m", "x\ny");
        assert_eq!(unified(old, &two), "@@ -1,4 +1,3 @@\n-a\n b\n c\n d\n@@ -10,4 +9,5 @@\n j\n k\n l\n-m\n+x\n+y\n");
        assert_eq!(unified("a", "b"), "@@ -1 +1 @@\n-a\n+b\n");
    }
}
