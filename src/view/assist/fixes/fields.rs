//! Fields that are unknown, doubled, in the wrong place, or hold a value of the wrong type.

use super::{Edit, Fix, begins_line, block, shift};
use crate::api::schema::{self, Ty, TypeId};
use crate::base::msg::Msg;
use crate::base::path::Step;
use crate::base::text::nearest;
use crate::msg;
use crate::view::assist::outline::{Entry, Outline};
use crate::view::assist::spot::{self, Inside};

/// What can be done about a field that its place does not have.
pub fn unknown(text: &str, outline: &Outline, root: TypeId, path: &[Step]) -> Vec<Fix> {
    let Some((Step::Field(name), around)) = path.split_last() else { return Vec::new() };
    let Some(entry) = outline.at(path) else { return Vec::new() };
    let mut fixes: Vec<Fix> =
        moves(text, outline, root, entry).into_iter().map(|(label, edits)| Fix { label, edits }).collect();
    if let Some(Inside::Struct(ty)) = spot::inside(root, around) {
        let present: Vec<&str> = outline.children(around).filter_map(Entry::name).collect();
        let free = ty.fields().iter().map(|field| field.name).filter(|field| !present.contains(field));
        if let Some(near) = nearest(name, free) {
            fixes.push(Fix::one(msg!("assist.fix-rename", field = near), entry.key.clone(), near));
        }
    }
    fixes
}

/// The ways to bring an entry to a mapping next to its own that has such a field.
pub(super) fn moves(text: &str, outline: &Outline, root: TypeId, entry: &Entry) -> Vec<(Msg, Vec<Edit>)> {
    let (Some(name), Some((_, around))) = (entry.name(), entry.path.split_last()) else { return Vec::new() };
    if !begins_line(text, entry) {
        return Vec::new();
    }
    let has = |path: &[Step]| match spot::inside(root, path) {
        Some(Inside::Struct(ty)) => schema::field(ty, name).is_some(),
        _ => false,
    };
    let to = |column: usize, edits_of: &Entry| {
        let by = isize::try_from(column).unwrap_or(0) - isize::try_from(edits_of.column).unwrap_or(0);
        shift(text, block(text, edits_of), by)
    };
    let mut found = Vec::new();
    // Into the mapping that begins right above it.
    let before = outline.children(around).filter(|sibling| sibling.line < entry.line).last();
    if let Some(above) = before.filter(|above| above.value.is_empty() && begins_line(text, above))
        && has(&above.path)
    {
        let inner = outline.children(&above.path).find(|inner| begins_line(text, inner));
        let column = inner.map_or(above.column + 2, |inner| inner.column);
        let label = msg!("assist.fix-into", field = name, parent = above.name().unwrap_or_default());
        found.push((label, to(column, entry)));
    }
    // Out of a mapping of which it is the last.
    let last = !outline.children(around).any(|sibling| sibling.line > entry.line);
    let mut outer = around;
    while let Some((step, further)) = outer.split_last().filter(|_| last) {
        if let (Step::Field(parent), Some(holder)) = (step, outline.at(outer))
            && has(further)
        {
            found.push((msg!("assist.fix-out-of", field = name, parent = parent), to(holder.column, entry)));
            break;
        }
        outer = further;
    }
    found
}

/// Takes away the first of two equal keys: the last one counts.
pub fn duplicate(text: &str, outline: &Outline, first: usize) -> Option<Fix> {
    let entry = outline.entries.iter().find(|entry| entry.key.start == first)?;
    let name = entry.name()?;
    begins_line(text, entry).then(|| Fix::one(msg!("assist.fix-drop-first", field = name), block(text, entry), ""))
}

/// A number or truth value where a string is wanted gets quotation marks; a number in quotation marks loses them.
pub fn wrong_type(text: &str, outline: &Outline, root: TypeId, path: &[Step]) -> Option<Fix> {
    let (entry, spot) = (outline.at(path)?, spot::at(root, path)?);
    let written = text.get(entry.value.clone())?;
    let plain = entry.text(text);
    match spot.ty.base() {
        Ty::String
            if plain.len() == written.len() && !written.is_empty() && !written.starts_with(['{', '[', '|', '>']) =>
        {
            let quoted = format!("\"{written}\"");
            Some(Fix::one(msg!("assist.fix-quote", value = quoted), entry.value.clone(), quoted.clone()))
        }
        Ty::Int32 | Ty::Int64 if plain.len() < written.len() && plain.parse::<i64>().is_ok() => {
            Some(Fix::one(msg!("assist.fix-unquote", value = plain), entry.value.clone(), plain))
        }
        Ty::Bool if plain.len() < written.len() && matches!(plain, "true" | "false") => {
            Some(Fix::one(msg!("assist.fix-unquote", value = plain), entry.value.clone(), plain))
        }
        _ => None,
    }
}

/// A value that is none of those allowed, but near one.
pub fn value(text: &str, outline: &Outline, root: TypeId, path: &[Step]) -> Option<Fix> {
    let (entry, spot) = (outline.at(path)?, spot::at(root, path)?);
    let near = nearest(entry.text(text), spot.values().iter().copied())?;
    (near != entry.text(text)).then(|| Fix::one(msg!("assist.fix-value", value = near), entry.value.clone(), near))
}
