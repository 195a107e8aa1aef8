//! Hashes whose values are part of Kubernetes' behaviour or of a replay: they never change.

/// FNV-1a over 32 bits, as Go's `hash/fnv`.New32a: the state is carried on so that a hash can be fed in parts.
#[derive(Clone, Copy, Debug)]
pub struct Fnv32a(u32);

impl Default for Fnv32a {
    fn default() -> Self {
        Fnv32a(0x811c_9dc5)
    }
}

impl Fnv32a {
    /// Feeds bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }

    /// The hash of all that was fed.
    pub fn finish(self) -> u32 {
        self.0
    }
}

/// FNV-1a over 64 bits, of the parts one after the other. Plain loops: it runs for every random choice.
pub const fn fnv64a(parts: &[&str]) -> u64 {
    let (mut hash, mut part) = (0xcbf2_9ce4_8422_2325, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut place = 0;
        while place < bytes.len() {
            hash = (hash ^ bytes[place] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            place += 1;
        }
        part += 1;
    }
    hash
}

/// FNV-1a over 64 bits as a hasher for look-ups: no seed, so that nothing differs from run to run.
#[derive(Clone, Copy, Debug)]
pub struct Fnv64(u64);

impl Default for Fnv64 {
    fn default() -> Self {
        Fnv64(0xcbf2_9ce4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv64 {
    fn write(&mut self, bytes: &[u8]) {
        // Eight bytes at a time: names are long, and only spread counts here.
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let word = chunk.iter().rev().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
            self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        }
        for byte in chunks.remainder() {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

/// The alphabet of generated names: no vowels, so that no words arise.
///
/// Models `k8s.io/apimachinery/pkg/util/rand`.
pub const SAFE_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Maps every byte of `text` into [`SAFE_ALPHABET`].
///
/// Models `rand.SafeEncodeString`.
pub fn safe_encode(text: &str) -> String {
    text.bytes().map(|byte| char::from(SAFE_ALPHABET[usize::from(byte) % SAFE_ALPHABET.len()])).collect()
}
