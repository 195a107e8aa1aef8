//! Randomness that is a pure function of a seed, a domain and a key.
//!
//! There is no global generator: `stream(seed, "pod-name", uid)` gives the same numbers whatever else the cluster does,
//! so a change in one place does not reshuffle all others.

use super::hash::{SAFE_ALPHABET, fnv64a};

/// A SplitMix64 generator.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The stream of numbers that belongs to `domain` and `key` under `seed`.
    pub fn stream(seed: u64, domain: &str, key: &str) -> Rng {
        Rng::stream_of(seed, domain, &[key])
    }

    /// The same for a key in parts, so that nobody has to write them into one text first.
    pub fn stream_of(seed: u64, domain: &str, key: &[&str]) -> Rng {
        let mixed = seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(fnv64a(&[domain]).rotate_left(17))
            .wrapping_add(fnv64a(key));
        let mut rng = Rng(mixed);
        rng.next_u64();
        rng
    }

    /// The stream of a key that is a number, written in digits.
    pub fn stream_of_number(seed: u64, domain: &str, mut key: u64) -> Rng {
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (key % 10) as u8;
            key /= 10;
            if key == 0 {
                break;
            }
        }
        Rng::stream(seed, domain, std::str::from_utf8(&digits[first..]).unwrap_or_default())
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, uniform (Lemire's method); 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(bound);
            if (wide as u64) >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// `n` characters for a generated name.
    ///
    /// Models `rand.String` of `k8s.io/apimachinery/pkg/util/rand`.
    pub fn name_suffix(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(SAFE_ALPHABET[self.below(SAFE_ALPHABET.len() as u64) as usize])).collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let hi = (self.next_u64() & !0xf000) | 0x4000;
        let lo = (self.next_u64() & !(0b11 << 62)) | (0b10 << 62);
        let mut text = String::with_capacity(36);
        for (number, word) in [hi >> 32, hi >> 16, hi, lo >> 48, lo >> 32, lo].into_iter().enumerate() {
            if (1..5).contains(&number) {
                text.push('-');
            }
            push_hex(&mut text, word, if matches!(number, 0 | 5) { 8 } else { 4 });
        }
        text
    }
}

/// Writes the last digits of a number in base 16.
pub fn push_hex(text: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = (number >> (4 * place)) & 15;
        text.push(char::from_digit(digit as u32, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_stable_and_independent() {
        assert_eq!(Rng::stream(1, "a", "k").next_u64(), Rng::stream(1, "a", "k").next_u64());
        assert_eq!(Rng::stream_of(1, "a", &["k", "ey"]).next_u64(), Rng::stream(1, "a", "key").next_u64());
        for number in [0, 7, 10, 4096, u64::MAX] {
            let text = Rng::stream(1, "a", &number.to_string()).next_u64();
            assert_eq!(Rng::stream_of_number(1, "a", number).next_u64(), text);
        }
        assert_ne!(Rng::stream(1, "a", "k").next_u64(), Rng::stream(1, "b", "k").next_u64());
        assert_ne!(Rng::stream(1, "a", "k").next_u64(), Rng::stream(2, "a", "k").next_u64());
    }

    #[test]
    fn below_stays_below_and_reaches_all() {
        let mut rng = Rng::stream(7, "below", "");
        let mut seen = [0; 5];
        for _ in 0..1000 {
            seen[rng.below(5) as usize] += 1;
        }
        assert!(seen.iter().all(|n| *n > 120), "{seen:?}");
        assert_eq!(rng.below(0), 0);
    }
}
