//! The digits of pi, which the Job of the documentation's first example prints: `perl -Mbignum=bpi -wle "print bpi(2000)"`.

use std::time::Duration;

/// More are not computed: the time they take grows with their square.
const MOST: usize = 5000;

/// How many digits the arguments of `perl` ask for, if they ask for pi.
pub fn asked(args: &[&str]) -> Option<usize> {
    let script = args.iter().find_map(|arg| arg.split_once("bpi(")).map(|(_, rest)| rest)?;
    let number = script.split_once(')')?.0.trim().parse::<usize>().ok()?;
    (1..=MOST).contains(&number).then_some(number)
}

/// How long Perl takes for that.
pub fn takes(digits: usize) -> Duration {
    Duration::from_micros(1500) * u32::try_from(digits * digits / 1000).unwrap_or(u32::MAX)
}

/// Digits are found nine at a time.
const CHUNK: u64 = 1_000_000_000;

/// Pi with that many digits, the last one rounded.
///
/// The spigot of Rabinowitz and Wagon: in the mixed base 1/3, 2/5, 3/7, ... all digits of pi are 2.
pub fn digits(count: usize) -> String {
    let mut remainders = vec![2_u64; (count + 12) * 10 / 3];
    // The whole part, then nine digits each.
    let mut chunks: Vec<u64> = Vec::new();
    while chunks.len() * 9 < count + 18 {
        let mut carry = 0;
        for (place, remainder) in remainders.iter_mut().enumerate().skip(1).rev() {
            let value = *remainder * CHUNK + carry;
            let base = 2 * place as u64 + 1;
            *remainder = value % base;
            carry = value / base * place as u64;
        }
        if let Some(first) = remainders.first_mut() {
            let value = *first * CHUNK + carry;
            *first = value % CHUNK;
            push(&mut chunks, value / CHUNK);
        }
    }
    let (whole, rest) = chunks.split_first().unwrap_or((&3, &[]));
    let mut text = rest.iter().fold(whole.to_string(), |text, chunk| format!("{text}{chunk:09}")).into_bytes();
    let rounds_up = text.get(count).is_some_and(|next| *next >= b'5');
    text.truncate(count);
    for digit in text.iter_mut().rev().take_while(|_| rounds_up) {
        *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
        if *digit != b'0' {
            break;
        }
    }
    let text = String::from_utf8(text).unwrap_or_default();
    match text.split_at_checked(1) {
        Some((whole, rest)) if !rest.is_empty() => format!("{whole}.{rest}"),
        _ => text,
    }
}

/// Puts a chunk at the end; what is too large for one goes on to those before it.
fn push(chunks: &mut Vec<u64>, chunk: u64) {
    let mut over = chunk / CHUNK;
    for before in chunks.iter_mut().rev() {
        *before += over;
        over = *before / CHUNK;
        if over == 0 {
            break;
        }
        *before %= CHUNK;
    }
    chunks.push(chunk % CHUNK);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pi_is_right_and_rounded() {
        for (count, expected) in
            [(1, "3"), (3, "3.14"), (5, "3.1416"), (50, "3.1415926535897932384626433832795028841971693993751")]
        {
            assert_eq!(digits(count), expected);
        }
        // The six nines that begin at the 763rd place, and the 2,000 digits of the documentation's example.
        assert!(digits(800).contains("134999999837297804995"));
        assert!(digits(2000).ends_with("904780275901"), "{}", &digits(2000)[1980..]);
        assert_eq!(asked(&["-Mbignum=bpi", "-wle", "print bpi(2000)"]), Some(2000));
        assert_eq!(asked(&["-wle", "print 1"]), None);
    }
}
