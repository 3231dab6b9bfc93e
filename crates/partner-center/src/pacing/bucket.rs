//! One budget over time: a place for each call, one after the other (the generic cell rate algorithm), closed while the
//! service says so, and a pace that falls at each refusal and grows back with care. Pure: told what time it is.

use carryover_domain::time::{earlier, later};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How much of a documented number is used. The rest is for calls that the network brings closer together than they left.
const SHARE: f64 = 0.98;
/// Calls that may leave at once, of those that a span allows.
const BURST: f64 = 0.004;
/// What is kept of the pace that a refusal has shown to be too fast: the calls that had left within the span.
const STAY: f64 = 0.96;
/// The least that one refusal leaves of the pace, for what was seen may be much less than what is allowed.
const CUT: f64 = 0.7;
/// How much longer than asked for it stays closed, of a span: refused calls count too, so a window that is just full
/// would be full again at once.
const DRAIN: f64 = 1.0 / 30.0;
/// Refusals so soon after a cut are of calls that had left before it.
const ONE_CUT: SignedDuration = SignedDuration::from_secs(5);
/// How near the pace comes back to what was seen, and in how many seconds.
const BACK_TO: f64 = 0.97;
const BACK_SECS: f64 = 60.0;
/// How long it then stays there before it tries for more.
const CALM: SignedDuration = SignedDuration::from_mins(15);
/// How fast it tries for more: by so much a minute.
const PROBE: f64 = 0.05;
/// Slots that a span is counted in.
const SLOTS: i64 = 64;
/// The pace never falls below this part of what is allowed: the floor that makes sure that work goes on.
const FLOOR: f64 = 0.02;

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// Calls a second at most, and at least.
    ceiling: f64,
    floor: f64,
    /// Calls a second now.
    pace: f64,
    /// The pace that a refusal last showed to be all there is; the ceiling where there was none.
    seen: f64,
    cut: Option<Timestamp>,
    grown: Timestamp,
    /// Calls that may leave at once.
    burst: f64,
    per: f64,
    /// When all places that were given away will have been used.
    taken_until: Timestamp,
    closed_until: Timestamp,
    /// How often it was closed.
    closed: u64,
    /// What leaves or left, by slot; older than a span is let go.
    leaving: BTreeMap<i64, u32>,
}

impl Bucket {
    pub(super) fn new(allowed: u32, per: SignedDuration, now: Timestamp) -> Self {
        let (allowed, per) = (f64::from(allowed.max(1)), per.as_secs_f64().max(0.001));
        let burst = (allowed * BURST).floor().max(1.0);
        // No span of that length sees more than a burst and what the pace lets through.
        let ceiling = (allowed * SHARE - burst).max(allowed / 2.0) / per;
        Self {
            ceiling,
            floor: ceiling * FLOOR,
            pace: ceiling,
            seen: ceiling,
            cut: None,
            grown: now,
            burst,
            per,
            taken_until: now,
            closed_until: now,
            closed: 0,
            leaving: BTreeMap::new(),
        }
    }

    /// How long a call has to wait.
    pub(super) fn wait(&self, now: Timestamp) -> SignedDuration {
        let place = earlier(self.taken_until, self.span(self.burst - 1.0));
        place.max(self.closed_until).duration_since(now).max(SignedDuration::ZERO)
    }

    /// Gives places away for what costs `cost` and leaves after `wait`.
    pub(super) fn take(&mut self, now: Timestamp, wait: SignedDuration, cost: u32) {
        self.grow(now);
        self.taken_until = later(self.taken_until.max(now), self.span(f64::from(cost)));
        let oldest = self.slot(now) - SLOTS;
        self.leaving = self.leaving.split_off(&oldest);
        *self.leaving.entry(self.slot(later(now, wait))).or_default() += cost;
    }

    /// What is left for the span that begins now.
    pub(super) fn left(&self, now: Timestamp) -> u32 {
        let taken = self.taken_until.duration_since(now).as_secs_f64().max(0.0);
        // Whole and within range: a span never allows more than 32 bits say.
        ((self.per - taken).max(0.0) * self.pace) as u32
    }

    /// How often it was closed: a place that was taken under another number is gone.
    pub(super) fn closed(&self) -> u64 {
        self.closed
    }

    /// Whether it is as it was when nobody had called yet.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        self.cut.is_none() && self.taken_until <= now && self.closed_until <= now
    }

    /// The service has refused a call: closed for `pause` and a little more, and slower after that.
    pub(super) fn refuse(&mut self, now: Timestamp, pause: SignedDuration) {
        self.grow(now);
        let slot = self.slot(now);
        // Who waits takes another place, so that all of them do not leave together when it opens.
        self.leaving.split_off(&(slot + 1));
        let left: u32 = self.leaving.range(slot - SLOTS + 1..).map(|(_, cost)| cost).sum();
        let since = self.cut.map(|cut| now.duration_since(cut));
        if since.is_none_or(|since| since > ONE_CUT) {
            let is_new = since.is_none_or(|since| since.as_secs_f64() > self.per);
            let before = if is_new { self.pace } else { self.seen };
            self.seen = (f64::from(left) / self.per).min(before).max(before * CUT);
            self.pace = self.pace.min(self.seen * STAY).max(self.floor);
            self.cut = Some(now);
        }
        let drain = SignedDuration::try_from_secs_f64(self.per * DRAIN).unwrap_or_default();
        self.closed_until = self.closed_until.max(later(now, pause.saturating_add(drain)));
        self.taken_until = later(self.closed_until, self.span(self.burst - 1.0));
        self.closed += 1;
        self.grown = self.closed_until;
    }

    fn grow(&mut self, now: Timestamp) {
        let Some(cut) = self.cut else { return };
        let secs = now.duration_since(self.grown).as_secs_f64();
        if secs <= 0.0 {
            return;
        }
        self.grown = now;
        let near = self.seen * BACK_TO;
        if self.pace < near {
            self.pace = (self.pace + self.seen * (BACK_TO - STAY) * secs / BACK_SECS).min(near);
        } else if now.duration_since(cut) > CALM {
            self.pace = (self.pace * (1.0 + PROBE * secs / 60.0)).min(self.ceiling);
        }
    }

    /// The number of the slot that `at` lies in.
    fn slot(&self, at: Timestamp) -> i64 {
        // In milliseconds: far below 64 bits.
        let slot_millis = ((self.per * 1_000.0) as i64 / SLOTS).max(1);
        at.as_millisecond().div_euclid(slot_millis)
    }

    /// How long `count` calls take at the present pace.
    fn span(&self, count: f64) -> SignedDuration {
        SignedDuration::try_from_secs_f64(count / self.pace).unwrap_or(SignedDuration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_780_000_000_000 + millis).unwrap()
    }

    fn bucket() -> Bucket {
        Bucket::new(500, SignedDuration::from_mins(1), at(0))
    }

    /// Takes as many places as there are until `end`; when each leaves, in milliseconds.
    fn leaving(bucket: &mut Bucket, start: i64, end: i64) -> Vec<i64> {
        let mut left = Vec::new();
        let mut now = start;
        loop {
            now += i64::try_from((bucket.wait(at(now)).as_micros() + 999) / 1000).unwrap();
            if now >= end {
                return left;
            }
            bucket.take(at(now), SignedDuration::ZERO, 1);
            left.push(now);
        }
    }

    #[test]
    fn no_minute_sees_more_than_is_allowed_and_nearly_all_of_it_is_used() {
        let left = leaving(&mut bucket(), 0, 600_000);
        for (index, start) in left.iter().enumerate() {
            let within = left[index..].iter().take_while(|time| **time < start + 60_000).count();
            assert!(within <= 490, "{within} within a minute");
        }
        assert!(left.len() > 4_750, "{} in ten minutes", left.len());
    }

    #[test]
    fn what_was_asked_for_is_waited_and_a_thirtieth_of_the_span_more() {
        let mut bucket = bucket();
        bucket.refuse(at(0), SignedDuration::from_millis(1_500));
        assert_eq!(bucket.wait(at(0)), SignedDuration::from_millis(3_500));
        assert_eq!(bucket.wait(at(3_499)), SignedDuration::from_millis(1));
        assert_eq!(bucket.wait(at(3_500)), SignedDuration::ZERO);
        let left = leaving(&mut bucket, 3_500, 4_000);
        assert!(left.len() < 6, "{left:?}: no rush when it opens");
    }

    #[test]
    fn after_a_refusal_the_pace_is_a_little_below_what_had_left_within_the_span() {
        let mut bucket = bucket();
        leaving(&mut bucket, 0, 90_000);
        let before = bucket.pace;
        bucket.refuse(at(90_000), SignedDuration::from_millis(200));
        assert!((0.93..0.97).contains(&(bucket.pace / before)), "{}", bucket.pace / before);
    }

    #[test]
    fn refusals_at_one_time_are_one_cut_and_the_pace_never_falls_to_nothing() {
        let mut bucket = bucket();
        let before = bucket.pace;
        for _ in 0..10 {
            bucket.refuse(at(0), SignedDuration::from_secs(1));
        }
        assert!(bucket.pace / before > 0.67 && bucket.pace / before < 0.7, "{}", bucket.pace / before);
        for minute in 1..1_000 {
            bucket.refuse(at(minute * 70_000), SignedDuration::ZERO);
        }
        assert!(bucket.pace >= before * 0.02 && bucket.pace < before * 0.1, "{}", bucket.pace);
    }

    #[test]
    fn after_a_calm_time_it_tries_for_more_up_to_what_is_allowed() {
        let mut bucket = bucket();
        leaving(&mut bucket, 0, 90_000);
        let before = bucket.pace;
        bucket.refuse(at(90_000), SignedDuration::from_secs(1));
        leaving(&mut bucket, 91_000, 900_000);
        assert!(bucket.pace < before * 0.98, "{}", bucket.pace / before);
        leaving(&mut bucket, 900_000, 1_800_000);
        assert!((bucket.pace / before - 1.0).abs() < 0.001, "{}", bucket.pace / before);
    }

    #[test]
    fn a_span_of_few_calls_still_lets_one_through() {
        let mut two = Bucket::new(2, SignedDuration::from_mins(1), at(0));
        assert_eq!(two.wait(at(0)), SignedDuration::ZERO);
        two.take(at(0), SignedDuration::ZERO, 1);
        assert_eq!(two.wait(at(0)), SignedDuration::from_mins(1));
        assert_eq!(two.left(at(0)), 0);
        assert!(!two.is_idle(at(59_000)) && two.is_idle(at(60_000)));
    }
}
