//! Repeatable randomness: one small generator and one small hash, both SplitMix64.
//!
//! Never seeded from the clock or the machine, and never fit for secrets.

use uuid::Uuid;

/// A stream of numbers that is the same on every machine for the same start.
#[derive(Debug, Clone)]
pub(crate) struct Prng {
    state: u64,
}

impl Prng {
    pub(crate) fn new(seed: u64) -> Prng {
        Prng { state: seed }
    }

    /// A stream of its own for `name`, so that what one customer does never shifts another's numbers.
    pub(crate) fn stream(seed: u64, name: &[u8]) -> Prng {
        Prng::new(hash(seed, name))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        debug_assert!(low <= high);
        let span = u64::from(high.saturating_sub(low)) + 1;
        // The remainder is below 2^32, because the span is at most 2^32.
        low + u32::try_from(self.next() % span).unwrap_or(0)
    }

    /// True once in `of` draws, on average.
    pub(crate) fn one_in(&mut self, of: u32) -> bool {
        of > 0 && self.next().is_multiple_of(u64::from(of))
    }

    /// One of `items`. The slice must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let last = u32::try_from(items.len().saturating_sub(1)).unwrap_or(u32::MAX);
        &items[self.between(0, last) as usize]
    }

    /// A GUID in the form of version 4.
    pub(crate) fn guid(&mut self) -> Uuid {
        let (high, low) = (self.next(), self.next());
        let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// Spreads `bytes` over 64 bits, differently for every `seed`.
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = mix(seed ^ 0x6a09_e667_f3bc_c908);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        state = mix(state ^ u64::from_le_bytes(word)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    mix(state ^ bytes.len() as u64)
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_start_gives_the_same_numbers() {
        let (mut a, mut b) = (Prng::new(7), Prng::new(7));
        assert!((0..100).all(|_| a.next() == b.next()));
    }

    #[test]
    fn a_range_includes_both_ends() {
        let mut prng = Prng::new(1);
        let drawn: std::collections::BTreeSet<u32> = (0..200).map(|_| prng.between(3, 6)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
    }

    #[test]
    fn trailing_zero_bytes_change_the_hash() {
        assert_ne!(hash(1, b"a"), hash(1, b"a\0"));
    }
}
