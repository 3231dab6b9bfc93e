//! Numbers that follow from a seed: SplitMix64. The same on every machine, for ever, so that a seed names a schedule.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `from..to`; `from` where that is empty.
    pub(super) fn within(&mut self, from: u32, to: u32) -> u32 {
        let span = u64::from(to.saturating_sub(from)).max(1);
        from + u32::try_from(self.next() % span).unwrap_or(0)
    }

    pub(super) fn one_in(&mut self, many: u32) -> bool {
        self.within(0, many) == 0
    }

    /// One of `choices`, as often as its weight says; the first where there is no weight at all.
    pub(super) fn weighted<T: Clone>(&mut self, choices: &[(u32, T)]) -> T {
        let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.within(0, total);
        for (weight, choice) in choices {
            if drawn < *weight {
                return choice.clone();
            }
            drawn -= weight;
        }
        choices[0].1.clone()
    }
}
