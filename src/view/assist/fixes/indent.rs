//! Indentation: found by trying. A line that does not fit is moved to the columns of the lines around it, and the text that
//! reads best wins.

use super::{Edit, Fix, apply, fields, shift};
use crate::api::decode;
use crate::api::kinds::Kind;
use crate::base::Order;
use crate::msg;
use crate::view::assist::{line_column, outline};
use crate::yaml;
use std::ops::Range;

/// A longer document is not tried with.
const LONGEST: usize = 40_000;
/// How many slips of one document are mended together.
const ROUNDS: usize = 8;
/// How many texts are tried for one slip.
const TRIES: usize = 40;

/// How well a document reads: where it stops making sense, and how many faults it has. The greater, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sense {
    /// The line at which it is no YAML any more; the greatest number when it is one.
    until: usize,
    /// Fields that do not fit, counted negatively.
    faults: isize,
}

fn sense(text: &str) -> Sense {
    let mut sense = Sense { until: usize::MAX, faults: 0 };
    for document in yaml::load(text) {
        match document {
            Ok(document) => {
                let word = |name: &str| document.value.get(name).and_then(|word| word.as_str()).unwrap_or_default();
                let found = Kind::of(word("apiVersion"), word("kind"));
                let faults = found.and_then(|kind| decode::check(kind, &document.value, &[]).err());
                sense.faults -= faults.map_or(0, |error| isize::try_from(error.all.len()).unwrap_or(0));
                // An empty part is a slip as well: what should stand in it stands somewhere else.
                sense.faults -= isize::from(document.value.get("spec").is_some_and(|spec| spec.is_null()));
            }
            Err(error) => sense.until = sense.until.min(error.at.line),
        }
    }
    sense
}

/// Mends the indentation of a document, if that makes sense of it. `range` is the document's place in the text.
pub fn mend(text: &str, range: Range<usize>) -> Option<Fix> {
    let before = text.get(range.clone())?;
    if before.len() > LONGEST {
        return None;
    }
    let mut best = before.to_owned();
    let mut reached = sense(&best);
    for _ in 0..ROUNDS {
        let next = candidates(&best, reached).into_iter().take(TRIES).map(|edits| apply(&best, &edits));
        let next = next.map(|candidate| (sense(&candidate), candidate));
        // Of equals the first: candidates come with the likeliest first.
        let better = next.fold(None::<(Sense, String)>, |kept, next| match kept {
            Some(kept) if kept.0 >= next.0 => Some(kept),
            _ => Some(next),
        });
        let Some((found, candidate)) = better.filter(|(found, _)| *found > reached) else { break };
        reached = found;
        best = candidate;
        if reached == (Sense { until: usize::MAX, faults: 0 }) {
            break;
        }
    }
    // Half mended is not mended.
    if reached != (Sense { until: usize::MAX, faults: 0 }) {
        return None;
    }
    let edits = line_edits(text, range.start, before, &best)?;
    let first = edits.first().map_or(1, |edit| line_column(text, edit.range.start).0);
    let label = match edits.len() {
        1 => msg!("assist.fix-indent-line", line = first),
        count => msg!("assist.fix-indent-lines", line = first, count = count),
    };
    Some(Fix { label, edits })
}

/// Texts that may be what was meant.
fn candidates(text: &str, reached: Sense) -> Vec<Vec<Edit>> {
    if reached.until == usize::MAX {
        return misplaced(text);
    }
    let lines = lines(text);
    let wrong = lines.iter().position(|line| line.number == reached.until).unwrap_or(lines.len().saturating_sub(1));
    let mut found = Vec::new();
    for at in [wrong, wrong.wrapping_sub(1), wrong + 1] {
        let Some(line) = lines.get(at) else { continue };
        let mut columns: Vec<usize> = lines[..at].iter().rev().flat_map(|above| above.columns.clone()).collect();
        columns.extend(lines[..at].last().map(|above| above.columns.last().map_or(0, |column| column + 2)));
        columns.retain(|column| *column != line.column);
        columns.order_by_key(|column| column.abs_diff(line.column));
        columns.dedup();
        let run = |belongs: &dyn Fn(&Line) -> bool| {
            let end = lines[at + 1..].iter().find(|below| !belongs(below)).map_or(text.len(), |below| below.start);
            line.start..end
        };
        let shapes =
            [run(&|below: &Line| below.column >= line.column), run(&|below: &Line| below.column > line.column)];
        for column in columns {
            let by = isize::try_from(column).unwrap_or(0) - isize::try_from(line.column).unwrap_or(0);
            found.extend(shapes.iter().map(|shape| shift(text, shape.clone(), by)));
        }
    }
    found
}

/// Fields that stand beside or below the mapping in which they belong.
fn misplaced(text: &str) -> Vec<Vec<Edit>> {
    let mut found = Vec::new();
    for range in outline::documents(text) {
        let outline = outline::read(text, range);
        let word = |name: &str| outline.text(text, &[name]);
        let Some((_, root)) = super::super::spot::root(word("apiVersion"), word("kind")) else { continue };
        let unknown = outline
            .entries
            .iter()
            .filter(|entry| entry.name().is_some() && super::super::spot::at(root, &entry.path).is_none());
        for entry in unknown.take(4) {
            found.extend(fields::moves(text, &outline, root, entry).into_iter().map(|(_, edits)| edits));
        }
    }
    found
}

/// A line that says something.
struct Line {
    number: usize,
    start: usize,
    column: usize,
    /// The columns of its dashes and of what stands behind them.
    columns: Vec<usize>,
}

fn lines(text: &str) -> Vec<Line> {
    let mut at = 0;
    let mut found = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let mut rest = line.trim_start_matches(' ');
        let column = line.len() - rest.len();
        if !rest.trim().is_empty() && !rest.starts_with('#') && !line.starts_with("---") {
            let mut columns = vec![column];
            while let Some(after) = rest.strip_prefix("- ") {
                rest = after.trim_start_matches(' ');
                columns.push(line.len() - rest.len());
            }
            found.push(Line { number: index + 1, start: at, column, columns });
        }
        at += line.len();
    }
    found
}

/// The edits that lead from one text to another with the same lines, differently indented.
fn line_edits(text: &str, start: usize, before: &str, after: &str) -> Option<Vec<Edit>> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut at = start;
    let mut edits = Vec::new();
    for (old, new) in before.split_inclusive('\n').zip(after.split_inclusive('\n')) {
        let (from, to) = (indent(old), indent(new));
        if from != to {
            edits.push(Edit { range: at..at + from, insert: " ".repeat(to) });
        }
        at += old.len();
    }
    let whole = Edit { range: start..start + before.len(), insert: after.to_owned() };
    (apply(text, &edits) == apply(text, &[whole])).then_some(edits).filter(|edits| !edits.is_empty())
}

/// Tabs that indent: two spaces each.
pub fn untab(text: &str) -> Option<Fix> {
    let mut at = 0;
    let mut edits = Vec::new();
    for line in text.split_inclusive('\n') {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        let lead = line.get(..blank).unwrap_or_default();
        if lead.contains('\t') && !line.trim().is_empty() {
            edits.push(Edit { range: at..at + blank, insert: lead.replace('\t', "  ") });
        }
        at += line.len();
    }
    let count = edits.len();
    (count > 0).then(|| Fix { label: msg!("assist.fix-tabs", count = count), edits })
}
