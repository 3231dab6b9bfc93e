//! Deliberate mistakes. Each departs from the product in one place, so that what it breaks shows what that place is for.

/// Who works, and with which mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// No mistake.
    AsShipped,
    /// A checkout without an answer is taken for one that failed: the purchase starts over.
    StartsOverInDoubt,
    /// A cart that the service calls dead is replaced at once, without a look at the orders.
    ReplacesDeadCart,
    /// Order history is believed before its lag has passed.
    WritesOffTooSoon,
    /// The cart is made and checked out in one go; what was done is recorded afterwards.
    RecordsAfterwards,
    /// The cart that was recorded last is the one that counts, and commits are made upon any version.
    LastCartWins,
    /// The old subscription is let go as soon as the order is accepted.
    LetsGoBeforeCover,
    /// Not our mistake but the service's: it accepts one cart twice.
    ServiceAcceptsTwice,
    /// Commits are made upon any version; the first cart still wins.
    NoVersionCheck,
    /// The cart that was recorded last counts; versions are still compared.
    LastCartWinsChecked,
}

impl Variant {
    /// The mistakes, with what each breaks.
    pub const MISTAKES: [(Self, &'static str); 7] = [
        (Self::StartsOverInDoubt, "I1"),
        (Self::ReplacesDeadCart, "I1"),
        (Self::WritesOffTooSoon, "I1"),
        (Self::RecordsAfterwards, "I1"),
        (Self::LastCartWins, "I1"),
        (Self::LetsGoBeforeCover, "I2"),
        (Self::ServiceAcceptsTwice, "I1"),
    ];
}
