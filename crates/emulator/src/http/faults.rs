//! Trouble on the line, decided by the seed: the n-th request of a kind always fares the same.
//!
//! Never counts on the order in which different requests arrive, so that parallel callers change nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::prng::Prng;

/// How bad the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Faults {
    /// Everything arrives.
    None,
    /// About one request in thirty meets trouble.
    Mild,
    /// About one request in seven does, and reads lag as long as they may.
    Rough,
}

/// What befalls one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing.
    None,
    /// Never processed: answered with 503.
    Unavailable,
    /// Never processed: the connection is closed.
    DroppedBefore,
    /// Processed, but the answer is a gateway's 504 page.
    GatewayTimeout,
    /// Processed, and the connection is closed instead of an answer.
    DroppedAfter,
    /// Turned away; come back after so many seconds.
    Throttled(u32),
}

/// Draws the trouble of each request.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    faults: Faults,
    /// How often each method and path was asked so far.
    asked: BTreeMap<String, u64>,
}

/// Every so many requests of a kind, one gets through for certain: a real line recovers, and a run must end.
const CALM: u64 = 4;

impl Dice {
    pub(super) fn new(seed: u64, faults: Faults) -> Dice {
        Dice { seed, faults, asked: BTreeMap::new() }
    }

    pub(super) fn roll(&mut self, method: &str, path: &str) -> Trouble {
        let one_in = match self.faults {
            Faults::None => return Trouble::None,
            Faults::Mild => 30,
            Faults::Rough => 7,
        };
        let name = format!("{method} {path}");
        let nth = self.asked.entry(name.clone()).or_default();
        *nth += 1;
        if nth.is_multiple_of(CALM) {
            return Trouble::None;
        }
        let mut prng = Prng::stream(self.seed ^ nth.rotate_left(32), name.as_bytes());
        if !prng.one_in(one_in) {
            return Trouble::None;
        }
        match prng.between(0, 5) {
            0 => Trouble::Unavailable,
            1 => Trouble::DroppedBefore,
            2 => Trouble::GatewayTimeout,
            3 => Trouble::DroppedAfter,
            _ => Trouble::Throttled(prng.between(1, 5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_meets_the_same_trouble_whatever_comes_between() {
        let (mut calm, mut busy) = (Dice::new(3, Faults::Rough), Dice::new(3, Faults::Rough));
        for nth in 0..50 {
            busy.roll("GET", &format!("/other/{nth}"));
            assert_eq!(calm.roll("GET", "/v1/x"), busy.roll("GET", "/v1/x"));
        }
    }

    #[test]
    fn a_rough_line_shows_every_kind_of_trouble_and_a_calm_one_none() {
        let mut rough = Dice::new(3, Faults::Rough);
        let met: Vec<Trouble> = (0..2000).map(|nth| rough.roll("GET", &format!("/{nth}"))).collect();
        for kind in [
            Trouble::Unavailable,
            Trouble::DroppedBefore,
            Trouble::GatewayTimeout,
            Trouble::DroppedAfter,
            Trouble::Throttled(2),
        ] {
            assert!(met.contains(&kind), "{kind:?}");
        }
        let mut calm = Dice::new(3, Faults::None);
        assert!((0..100).all(|nth| calm.roll("GET", &format!("/{nth}")) == Trouble::None));
    }
}
