//! How many users change licence before somebody looks whether all is well, and when a batch stops (rule R109).

/// Users of the pilot, and the least that a batch has: one that is no larger than the pilot risks no more than it.
pub const PILOT: usize = 5;
/// The most users of one batch.
pub const LARGEST: usize = 500;
/// The most users of one batch, in per cent of the line's users.
const SHARE_PCT: usize = 20;
/// More failures than so many per cent of a batch stop it.
const FAILURES_PCT: usize = 1;
/// More failures than this stop a batch, however large it is.
const FAILURES: usize = 3;

/// How many of a line's `users` change next, when `changed` of them have been changed and work: the pilot first, and no batch
/// is larger than all that went well before it.
pub fn next(users: usize, changed: usize) -> usize {
    let most = (users * SHARE_PCT / 100).clamp(PILOT, LARGEST);
    changed.clamp(PILOT, most).min(users.saturating_sub(changed))
}

/// The batches of a line's `users` when all goes well, from where `changed` of them have been changed.
pub fn sizes(users: usize, changed: usize) -> impl Iterator<Item = usize> {
    let changed = std::iter::successors(Some(changed), move |changed| Some(changed + next(users, *changed)));
    changed.take_while(move |changed| *changed < users).map(move |changed| next(users, changed))
}

/// Whether a batch of `size` users stops after so many failures.
pub fn stops(failures: usize, size: usize) -> bool {
    failures > FAILURES || failures * 100 > size * FAILURES_PCT
}
