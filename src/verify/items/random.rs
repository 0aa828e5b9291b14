//! Random bytes that are the same on every platform: ChaCha with eight rounds, whose stream is fixed
//! and can be entered anywhere, so that every value has a place of its own.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Words of the stream for one value: more than the largest value takes.
const WORDS_PER_VALUE: u128 = 1 << 17;

/// The random bytes of one seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Random {
    seed: u64,
}

impl Random {
    /// The bytes of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number that tells the values of a name from those of others.
    pub(super) fn offset(self, name: &str) -> u64 {
        hash(name) ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The bytes of the value with an index among the values of a name.
    pub(super) fn at(self, name: &str, index: u64) -> Bytes {
        let mut key = [0; 32];
        for (byte, seed) in key.iter_mut().zip(self.seed.to_le_bytes()) {
            *byte = seed;
        }
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(hash(name));
        // The stream has 2^68 words, room for 2^51 values.
        stream.set_word_pos(u128::from(index & ((1 << 51) - 1)).saturating_mul(WORDS_PER_VALUE));
        Bytes(stream)
    }
}

/// A run of random bytes.
pub(super) struct Bytes(ChaCha8Rng);

impl Bytes {
    /// The next byte below a bound; the bias of a bound that does not divide 2^32 is not noticed here.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        u32::try_from((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32).unwrap_or(0)
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// So many bytes.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

/// The FNV-1a hash of a text, <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_fixed() {
        let first = |seed, name, index| Random::new(seed).at(name, index).take(4);
        assert_eq!(first(1, "order_id", 0), first(1, "order_id", 0));
        let all = [first(1, "order_id", 0), first(1, "order_id", 1), first(1, "email", 0), first(2, "order_id", 0)];
        let fixed = [0x6d38_b2a7_u32, 0x2e57_c6cc, 0x5ccf_2a2e, 0x6dd8_ad19];
        assert_eq!(all, fixed.map(|bytes| bytes.to_be_bytes().to_vec()));
    }
}
