//! The order of keys: `a2` before `a10`, letters after everything else.

use crate::base::{Fields, Value};

/// The fields in go-yaml's order.
pub(super) fn natural(fields: &Fields) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
    if sorted.len() > 1 {
        sorted = merge_sort(sorted);
    }
    sorted
}

/// A sort that keeps its head when the comparison is no order, as go-yaml's is not for all texts (Rust's own may panic).
fn merge_sort<'a>(items: Vec<(&'a String, &'a Value)>) -> Vec<(&'a String, &'a Value)> {
    if items.len() < 2 {
        return items;
    }
    let mut left = items;
    let right = left.split_off(left.len() / 2);
    let mut left = merge_sort(left).into_iter().peekable();
    let mut right = merge_sort(right).into_iter().peekable();
    let mut out = Vec::with_capacity(left.len() + right.len());
    loop {
        let take_right = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => less(b.0, a.0),
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => return out,
        };
        out.extend(if take_right { right.next() } else { left.next() });
    }
}

/// Models `keyList.Less` of go-yaml v2 `sorter.go` for texts.
fn less(a: &str, b: &str) -> bool {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let Some(i) = a.iter().zip(&b).position(|(a, b)| a != b) else { return a.len() < b.len() };
    let (Some(&at), Some(&bt)) = (a.get(i), b.get(i)) else { return false };
    match (at.is_alphabetic(), bt.is_alphabetic()) {
        (true, true) => return at < bt,
        (false, false) => {}
        (_, b_is_letter) => return b_is_letter,
    }
    // Zeros inside a number count as digits; before one they do not.
    let before = a.iter().take(i).rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
    let start = i64::from((at == '0' || bt == '0') && before);
    let (a_number, a_end) = number(&a, i, start);
    let (b_number, b_end) = number(&b, i, start);
    if a_number != b_number {
        return a_number < b_number;
    }
    if a_end != b_end {
        return a_end < b_end;
    }
    at < bt
}

fn number(text: &[char], from: usize, start: i64) -> (i64, usize) {
    let digits = text.iter().skip(from).map_while(|c| c.to_digit(10));
    digits.fold((start, from), |(number, end), digit| (number.wrapping_mul(10).wrapping_add(i64::from(digit)), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_keys() {
        // As kubectl was seen to print them. (With `1a` among them, 2 < 10 < 1a < 2, and its order is chance.)
        let keys = [
            "1", "01", "2", "10", "Z", "a", "a-1", "a.b", "a/1", "a_b", "a1", "a2", "a02", "a002", "a10", "a100", "ab",
            "b", "x9z", "x10y", "é",
        ];
        let fields: Fields = keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        let sorted: Vec<&str> = natural(&fields).into_iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(sorted, keys);
    }
}
