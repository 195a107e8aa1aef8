//! Two texts as `diff -u` compares them.
//!
//! Models GNU diff: the longest common lines stay, and a run of changes that could stand at several places stands at the last.

/// Lines around a change that are shown.
const CONTEXT: usize = 3;
/// The most pairs of lines that are compared; texts that differ in more are shown as changed throughout.
const MOST_PAIRS: usize = 4_000_000;

/// A run of lines that differ: where it starts in both texts, and how many lines it takes away and adds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    old: usize,
    new: usize,
    removed: usize,
    added: usize,
}

/// The hunks of a unified diff; empty if the texts are equal.
pub fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let changes = changes(&old, &new);
    let mut out = String::new();
    let mut rest = changes.as_slice();
    while let Some((first, _)) = rest.split_first() {
        // Changes whose contexts touch are one hunk.
        let apart = |pair: &[Change]| pair[1].old > pair[0].old + pair[0].removed + 2 * CONTEXT;
        let count = rest.windows(2).position(apart).map_or(rest.len(), |place| place + 1);
        let (hunk, after) = rest.split_at(count);
        rest = after;
        let last = hunk.last().unwrap_or(first);
        let start = first.old.saturating_sub(CONTEXT);
        let end = (last.old + last.removed + CONTEXT).min(old.len());
        let new_start = first.new - (first.old - start);
        let new_end = last.new + last.added + (end - last.old - last.removed);
        out.push_str(&format!("@@ -{} +{} @@\n", range(start, end), range(new_start, new_end)));
        let mut at = start;
        for change in hunk {
            push(&mut out, ' ', &old[at..change.old]);
            push(&mut out, '-', &old[change.old..change.old + change.removed]);
            push(&mut out, '+', &new[change.new..change.new + change.added]);
            at = change.old + change.removed;
        }
        push(&mut out, ' ', &old[at..end]);
    }
    out
}

fn push(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// `12,7`; the count is left out when it is 1, and an empty range stands before its place.
fn range(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{end}"),
        count => format!("{},{count}", start + 1),
    }
}

fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let (mut removed, mut added) = (vec![false; old.len()], vec![false; new.len()]);
    mark(a, b, &mut removed[head..], &mut added[head..]);
    shift(old, &mut removed);
    shift(new, &mut added);
    let mut found = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let run = |flags: &[bool], from: usize| flags.iter().skip(from).take_while(|flag| **flag).count();
        let (gone, come) = (run(&removed, i), run(&added, j));
        if gone + come > 0 {
            found.push(Change { old: i, new: j, removed: gone, added: come });
        }
        (i, j) = (i + gone + 1, j + come + 1);
    }
    found
}

/// Marks the lines that are in no longest common row of lines.
fn mark(a: &[&str], b: &[&str], removed: &mut [bool], added: &mut [bool]) {
    let width = b.len() + 1;
    if a.len().saturating_mul(b.len()) > MOST_PAIRS {
        removed[..a.len()].fill(true);
        added[..b.len()].fill(true);
        return;
    }
    // How many lines the rests from here on have in common.
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j >= b.len() || (i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            removed[i] = true;
            i += 1;
        } else {
            added[j] = true;
            j += 1;
        }
    }
}

/// Moves each run of changes as far down as equal lines let it.
fn shift(lines: &[&str], changed: &mut [bool]) {
    let mut start = 0;
    while start < lines.len() {
        if !changed[start] {
            start += 1;
            continue;
        }
        let mut end = start;
        while end < lines.len() && changed[end] {
            end += 1;
        }
        while end < lines.len() && lines[start] == lines[end] {
            changed[start] = false;
            changed[end] = true;
            start += 1;
            end += 1;
            while end < lines.len() && changed[end] {
                end += 1;
            }
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn hunks() {
        let lines = |words: &str| words.split(' ').map(|word| format!("{word}\n")).collect::<String>();
        for (old, new, expected) in [
            ("a b c", "a b c", ""),
            ("a b c", "a x c", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"),
            ("a b c d e f g h i j k l", "a b c d e f g h i j k x", "@@ -9,4 +9,4 @@\n i\n j\n k\n-l\n+x\n"),
            ("a b", "a b c", "@@ -1,2 +1,3 @@\n a\n b\n+c\n"),
            ("a - x - y", "a - x - x - y", "@@ -2,4 +2,6 @@\n -\n x\n -\n+x\n+-\n y\n"),
        ] {
            assert_eq!(diff(&lines(old), &lines(new)), expected, "{old} {new}");
        }
        assert_eq!(diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(diff("a\nb\n", ""), "@@ -1,2 +0,0 @@\n-a\n-b\n");
    }
}
