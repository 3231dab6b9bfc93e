//! One budget over time: a place for each call, one after the other (the generic cell rate algorithm), closed while the
//! service says so, and a pace that falls at each refusal and grows back with care. Pure: told what time it is.

use carryover_domain::ids::TenantId;
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

/// A budget, at some level.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Calls a second at most, and at least.
    ceiling: f64,
    floor: f64,
    /// Calls that may leave at once.
    burst: f64,
    /// The span that is counted over, in seconds.
    per: f64,
    level: Level,
}

/// What changes of a budget, as it is kept. Whoever keeps it neither reads nor changes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Calls a second now.
    pub pace: f64,
    /// The pace that a refusal last showed to be all there is; the ceiling where there was none.
    pub seen: f64,
    /// When that was.
    pub cut: Option<Timestamp>,
    /// Until when the pace has grown.
    pub grown: Timestamp,
    /// When all places that were given away will have been used.
    pub taken_until: Timestamp,
    /// Until when nobody may call.
    pub closed_until: Timestamp,
    /// How often it was closed.
    pub closed: u64,
    /// What leaves or left, by slot; older than a span is let go.
    pub leaving: BTreeMap<i64, u32>,
    /// Of a budget that customers share: whose call was refused last, and when.
    pub refused: Option<(TenantId, Timestamp)>,
}

impl Bucket {
    /// A budget of `allowed` calls within `per` that nothing was taken from yet.
    pub fn new(allowed: u32, per: SignedDuration, now: Timestamp) -> Self {
        let level = Level {
            pace: f64::INFINITY,
            seen: f64::INFINITY,
            cut: None,
            grown: now,
            taken_until: now,
            closed_until: now,
            closed: 0,
            leaving: BTreeMap::new(),
            refused: None,
        };
        Self::at(allowed, per, level)
    }

    /// A budget of `allowed` calls within `per` at `level`, which may be of a time when more was allowed, or less.
    pub fn at(allowed: u32, per: SignedDuration, level: Level) -> Self {
        let (allowed, per) = (f64::from(allowed.max(1)), per.as_secs_f64().max(0.001));
        let burst = (allowed * BURST).floor().max(1.0);
        // No span of that length sees more than a burst and what the pace lets through.
        let ceiling = (allowed * SHARE - burst).max(allowed / 2.0) / per;
        let floor = ceiling * FLOOR;
        // Where the service never cut it, a lower pace is that of a time when less was wanted.
        let of = |pace: f64| if level.cut.is_some() { pace.clamp(floor, ceiling) } else { ceiling };
        let (pace, seen) = (of(level.pace), of(level.seen));
        Self { ceiling, floor, burst, per, level: Level { pace, seen, ..level } }
    }

    /// What is to be kept of it.
    pub fn level(&self) -> Level {
        self.level.clone()
    }

    /// How long a call has to wait.
    pub fn wait(&self, now: Timestamp) -> SignedDuration {
        let place = earlier(self.level.taken_until, self.span(self.burst - 1.0));
        place.max(self.level.closed_until).duration_since(now).max(SignedDuration::ZERO)
    }

    /// Gives places away for what costs `cost` and leaves after `wait`.
    pub fn take(&mut self, now: Timestamp, wait: SignedDuration, cost: u32) {
        self.grow(now);
        self.level.taken_until = later(self.level.taken_until.max(now), self.span(f64::from(cost)));
        let oldest = self.slot(now) - SLOTS;
        self.level.leaving = self.level.leaving.split_off(&oldest);
        *self.level.leaving.entry(self.slot(later(now, wait))).or_default() += cost;
    }

    /// What is left for the span that begins now.
    pub fn left(&self, now: Timestamp) -> u32 {
        let taken = self.level.taken_until.duration_since(now).as_secs_f64().max(0.0);
        // Whole and within range: a span never allows more than 32 bits say.
        ((self.per - taken).max(0.0) * self.level.pace) as u32
    }

    /// How often it was closed: a place that was taken under another number is gone.
    pub fn closed(&self) -> u64 {
        self.level.closed
    }

    /// The service has refused a call that this paid for and that is about `customer`: closed, where this budget is meant.
    /// `own` says whether it is one customer's.
    pub fn refused(&mut self, now: Timestamp, pause: SignedDuration, own: bool, customer: Option<TenantId>) {
        if own || customer.is_none_or(|customer| self.is_meant(now, customer)) {
            self.refuse(now, pause);
        }
    }

    /// Whether it is as it was when nobody had called yet.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        let Level { cut, taken_until, closed_until, refused, .. } = &self.level;
        let forgotten = refused.is_none_or(|(_, at)| !self.is_recent(at, now));
        cut.is_none() && *taken_until <= now && *closed_until <= now && forgotten
    }

    /// Whether a refusal of a call about `customer` speaks of this budget, which all customers share. Some limits of the service
    /// are one customer's and some the partner's (fact sheet 7), and the answer does not say which. So the customer's is taken
    /// to be meant, until a second customer is refused within the same span.
    fn is_meant(&mut self, now: Timestamp, customer: TenantId) -> bool {
        let last = self.level.refused.replace((customer, now));
        last.is_some_and(|(other, at)| other != customer && self.is_recent(at, now))
    }

    fn is_recent(&self, at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(at).as_secs_f64() <= self.per
    }

    /// The service has refused a call: closed for `pause` and a little more, and slower after that.
    fn refuse(&mut self, now: Timestamp, pause: SignedDuration) {
        self.grow(now);
        let slot = self.slot(now);
        // Who waits takes another place, so that all of them do not leave together when it opens.
        self.level.leaving.split_off(&(slot + 1));
        let left: u32 = self.level.leaving.range(slot - SLOTS + 1..).map(|(_, cost)| cost).sum();
        let since = self.level.cut.map(|cut| now.duration_since(cut));
        if since.is_none_or(|since| since > ONE_CUT) {
            let is_new = since.is_none_or(|since| since.as_secs_f64() > self.per);
            let before = if is_new { self.level.pace } else { self.level.seen };
            self.level.seen = (f64::from(left) / self.per).min(before).max(before * CUT);
            self.level.pace = self.level.pace.min(self.level.seen * STAY).max(self.floor);
            self.level.cut = Some(now);
        }
        let drain = SignedDuration::try_from_secs_f64(self.per * DRAIN).unwrap_or_default();
        self.level.closed_until = self.level.closed_until.max(later(now, pause.saturating_add(drain)));
        self.level.taken_until = later(self.level.closed_until, self.span(self.burst - 1.0));
        self.level.closed += 1;
        self.level.grown = self.level.closed_until;
    }

    fn grow(&mut self, now: Timestamp) {
        let Some(cut) = self.level.cut else { return };
        let secs = now.duration_since(self.level.grown).as_secs_f64();
        if secs <= 0.0 {
            return;
        }
        self.level.grown = now;
        let near = self.level.seen * BACK_TO;
        if self.level.pace < near {
            self.level.pace = (self.level.pace + self.level.seen * (BACK_TO - STAY) * secs / BACK_SECS).min(near);
        } else if now.duration_since(cut) > CALM {
            self.level.pace = (self.level.pace * (1.0 + PROBE * secs / 60.0)).min(self.ceiling);
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
        SignedDuration::try_from_secs_f64(count / self.level.pace).unwrap_or(SignedDuration::MAX)
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
    fn a_budget_that_was_lowered_by_a_setting_has_all_of_it_again_when_the_setting_is_gone() {
        let minute = SignedDuration::from_mins(1);
        let lowered = Bucket::at(50, minute, bucket().level());
        let again = Bucket::at(500, minute, lowered.level());
        assert_eq!(again.level(), bucket().level());
        // What the service has cut grows back by itself, and not because somebody changes a setting.
        let mut cut = bucket();
        cut.refuse(at(0), SignedDuration::ZERO);
        let again = Bucket::at(500, minute, Bucket::at(500, minute, cut.level()).level());
        assert_eq!(again.level(), cut.level());
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
        let before = bucket.level.pace;
        bucket.refuse(at(90_000), SignedDuration::from_millis(200));
        assert!((0.93..0.97).contains(&(bucket.level.pace / before)), "{}", bucket.level.pace / before);
    }

    #[test]
    fn refusals_at_one_time_are_one_cut_and_the_pace_never_falls_to_nothing() {
        let mut bucket = bucket();
        let before = bucket.level.pace;
        for _ in 0..10 {
            bucket.refuse(at(0), SignedDuration::from_secs(1));
        }
        assert!(
            bucket.level.pace / before > 0.67 && bucket.level.pace / before < 0.7,
            "{}",
            bucket.level.pace / before
        );
        for minute in 1..1_000 {
            bucket.refuse(at(minute * 70_000), SignedDuration::ZERO);
        }
        assert!(bucket.level.pace >= before * 0.02 && bucket.level.pace < before * 0.1, "{}", bucket.level.pace);
    }

    #[test]
    fn after_a_calm_time_it_tries_for_more_up_to_what_is_allowed() {
        let mut bucket = bucket();
        leaving(&mut bucket, 0, 90_000);
        let before = bucket.level.pace;
        bucket.refuse(at(90_000), SignedDuration::from_secs(1));
        leaving(&mut bucket, 91_000, 900_000);
        assert!(bucket.level.pace < before * 0.98, "{}", bucket.level.pace / before);
        leaving(&mut bucket, 900_000, 1_800_000);
        assert!((bucket.level.pace / before - 1.0).abs() < 0.001, "{}", bucket.level.pace / before);
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
