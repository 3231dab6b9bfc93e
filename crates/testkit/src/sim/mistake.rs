//! Deliberate mistakes, each outside the rules: in an adapter, in a store, in a setting, or in the service itself.

/// One deviation from what is promised to the engine. What it breaks shows what the promise is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The adapter takes a checkout without an answer for one that failed, and buys the same again.
    BuysAgain,
    /// The adapter counts what is ordered as being in the tenant already.
    CoversTooSoon,
    /// The store commits upon any version and under any lease.
    NoVersionCheck,
    /// The store says that it has written what it could not write.
    ConfirmsUnwritten,
    /// Order history is believed before its lag has passed.
    WritesOffTooSoon,
    /// The service accepts one cart twice.
    AcceptsTwice,
    /// The adapter panics when a checkout is answered.
    Panics,
}

impl Mistake {
    /// Every mistake.
    pub const ALL: [Self; 7] = [
        Self::BuysAgain,
        Self::CoversTooSoon,
        Self::NoVersionCheck,
        Self::ConfirmsUnwritten,
        Self::WritesOffTooSoon,
        Self::AcceptsTwice,
        Self::Panics,
    ];
}
