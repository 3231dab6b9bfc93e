//! Trouble, decided by the seed or by a schedule: the n-th request of a kind always fares the same.
//!
//! Chance never counts on the order in which different requests arrive, so that parallel callers change
//! nothing; only `skip` and `times` of a rule count arrivals.

mod kinds;
mod rule;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use self::kinds::{Fault, UnknownFault};
use self::kinds::{KINDS, NOTICE, Reach};
use self::rule::befalls;
pub use self::rule::{FaultError, FaultRule};
use crate::prng::Prng;

/// How bad everything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Faults {
    /// Everything arrives.
    None,
    /// About one request in thirty meets trouble on the line.
    Mild,
    /// About one request in seven does, and reads lag as long as they may.
    Rough,
    /// About one request in three meets any fault there is, save those of sign-in and long silence.
    Cruel,
}

/// What befalls one request: at most one fault on its way, and one inside the service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) line: Option<Strike>,
    pub(super) service: Option<Strike>,
}

/// A fault that strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strike {
    pub(super) fault: Fault,
    /// Seconds, minutes or hours, as the fault counts them.
    pub(super) amount: u32,
}

/// Draws the trouble of each request.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    faults: Faults,
    rules: BTreeMap<u64, Standing>,
    added: u64,
    /// How often each method and path was asked so far.
    asked: BTreeMap<String, u64>,
    now: Timestamp,
}

/// A rule in force.
#[derive(Debug)]
struct Standing {
    rule: FaultRule,
    /// Requests it was about.
    met: u64,
    /// Requests it struck.
    struck: u64,
}

/// Minutes by which reads lag under [`Faults::Cruel`].
const LAG: u32 = 15;
/// Hours by which provisioning is late under [`Faults::Cruel`].
const STUCK: u32 = 6;

/// What befalls the webhook under any of them, by weight: nothing there is certain, and nobody may count on it.
const NOTICES: [Fault; 5] =
    [Fault::WebhookLost, Fault::WebhookLost, Fault::WebhookTwice, Fault::WebhookOutOfOrder, Fault::WebhookLate];

/// The faults of mild and rough lines, by weight.
const USUAL: [Fault; 6] = [
    Fault::Unavailable,
    Fault::LostBefore,
    Fault::GatewayTimeout,
    Fault::LostAfter,
    Fault::Throttled,
    Fault::Throttled,
];

impl Faults {
    /// One request in so many; and every so many requests of a kind, one gets through for certain: a real line
    /// recovers, and a run must end.
    fn odds(self) -> Option<(u32, u64)> {
        match self {
            Faults::None => None,
            Faults::Mild => Some((30, 4)),
            Faults::Rough => Some((7, 4)),
            Faults::Cruel => Some((3, 5)),
        }
    }

    /// A fault of this line, or none where the drawn one cannot befall such a request.
    fn draw(self, prng: &mut Prng, method: &str, path: &str) -> Option<Strike> {
        let fault = match self {
            Faults::None => return None,
            _ if method == NOTICE => *prng.pick(&NOTICES),
            Faults::Mild | Faults::Rough => *prng.pick(&USUAL),
            // The last of the table befall webhooks alone.
            Faults::Cruel => prng.pick(&KINDS[..Fault::WebhookLost as usize]).fault,
        };
        let amount = match fault {
            Fault::Throttled => prng.between(1, 5),
            Fault::ReadsLag => LAG,
            Fault::ProvisioningStuck | Fault::ProvisioningFailed => STUCK,
            Fault::WebhookOutOfOrder | Fault::WebhookLate => fault.kind().amount.map_or(0, |(_, usual)| usual),
            // Silence that lasts is asked for by name: it costs the time of whoever watches.
            Fault::Delayed => return None,
            _ => 0,
        };
        befalls(fault, method, path).then_some(Strike { fault, amount })
    }
}

impl Dice {
    pub(super) fn new(seed: u64, faults: Faults) -> Dice {
        let (rules, asked) = (BTreeMap::new(), BTreeMap::new());
        Dice { seed, faults, rules, added: 0, asked, now: Timestamp::MIN }
    }

    /// The trouble of a request that arrives at `now`. `preset` says whether the general badness counts for it.
    pub(super) fn roll(&mut self, method: &str, path: &str, now: Timestamp, preset: bool) -> Trouble {
        self.now = now;
        let nth = self.count(method, path);
        let mut trouble = self.by_rules(method, path, nth);
        if preset
            && trouble == Trouble::default()
            && let Some(strike) = self.by_chance(method, path, nth)
        {
            trouble.set(strike);
        }
        trouble
    }

    /// What befalls a notice that the webhook is to get about what is found under `path` and changed at `changed`.
    pub(super) fn notice(&mut self, path: &str, changed: Timestamp) -> Option<Strike> {
        self.roll(NOTICE, path, changed, true).line
    }

    /// Whether a request inside a batch is turned away, and for how many seconds: nothing else befalls those alone.
    pub(super) fn throttles(&mut self, method: &str, path: &str) -> Option<u32> {
        let nth = self.count(method, path);
        let by_rule = self.by_rules(method, path, nth).line;
        let strike = by_rule.or_else(|| self.by_chance(method, path, nth))?;
        (strike.fault == Fault::Throttled).then_some(strike.amount)
    }

    /// How many virtual minutes reads may lag, if they may at all.
    pub(super) fn longest_lag(&self) -> Option<u32> {
        let rules = self.rules.values().filter(|it| it.rule.fault == Fault::ReadsLag).map(|it| it.rule.amount());
        rules.chain((self.faults == Faults::Cruel).then_some(LAG)).max()
    }

    /// Changes how bad everything is.
    pub(super) fn set(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Puts a rule in force; its number takes it out again.
    pub(super) fn add(&mut self, rule: FaultRule) -> Result<u64, FaultError> {
        rule.check()?;
        self.added += 1;
        self.rules.insert(self.added, Standing { rule, met: 0, struck: 0 });
        Ok(self.added)
    }

    /// Takes one rule out. False where there is none of that number.
    pub(super) fn remove(&mut self, number: u64) -> bool {
        self.rules.remove(&number).is_some()
    }

    /// Takes all rules out.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// What is in force, and what there is.
    pub(super) fn shown(&self) -> Value {
        let rules = self.rules.iter().map(|(number, standing)| {
            json!({ "id": number, "rule": standing.rule, "met": standing.met, "struck": standing.struck })
        });
        let known = KINDS.iter().map(|kind| {
            let amount = kind.amount.map(|(unit, usual)| json!({ "unit": unit.word(), "usual": usual }));
            json!({ "name": kind.name, "what": kind.what, "amount": amount })
        });
        json!({
            "preset": self.faults,
            "rules": rules.collect::<Vec<_>>(),
            "known": known.collect::<Vec<_>>(),
        })
    }

    /// The faults of rules in force, and how often each struck.
    pub(super) fn in_force(&self) -> impl Iterator<Item = (Fault, u64)> {
        self.rules.values().map(|standing| (standing.rule.fault, standing.struck))
    }

    /// The general badness.
    pub(super) fn preset(&self) -> Faults {
        self.faults
    }

    /// How often that method and path was asked so far.
    pub(super) fn asked(&self, method: &str, path: &str) -> u64 {
        self.asked.get(&format!("{method} {path}")).copied().unwrap_or_default()
    }

    fn count(&mut self, method: &str, path: &str) -> u64 {
        let nth = self.asked.entry(format!("{method} {path}")).or_default();
        *nth += 1;
        *nth
    }

    fn by_rules(&mut self, method: &str, path: &str, nth: u64) -> Trouble {
        let (now, seed) = (self.now, self.seed);
        let mut trouble = Trouble::default();
        for (number, standing) in &mut self.rules {
            let rule = &standing.rule;
            let taken = if is_inside(rule.fault) { trouble.service } else { trouble.line };
            if taken.is_some() || !rule.is_about(method, path, now) {
                continue;
            }
            standing.met += 1;
            let passed = standing.met <= u64::from(rule.skip);
            let over = rule.times.is_some_and(|times| standing.struck >= u64::from(times));
            let name = format!("{number} {method} {path}");
            if passed || over || !Prng::stream(seed ^ nth.rotate_left(32), name.as_bytes()).one_in(rule.one_in) {
                continue;
            }
            standing.struck += 1;
            trouble.set(Strike { fault: rule.fault, amount: rule.amount() });
        }
        trouble
    }

    fn by_chance(&self, method: &str, path: &str, nth: u64) -> Option<Strike> {
        let (one_in, calm) = self.faults.odds()?;
        if nth.is_multiple_of(calm) {
            return None;
        }
        let name = format!("{method} {path}");
        let mut prng = Prng::stream(self.seed ^ nth.rotate_left(32), name.as_bytes());
        if !prng.one_in(one_in) {
            return None;
        }
        self.faults.draw(&mut prng, method, path)
    }
}

impl Trouble {
    fn set(&mut self, strike: Strike) {
        *(if is_inside(strike.fault) { &mut self.service } else { &mut self.line }) = Some(strike);
    }

    /// The names of what struck.
    pub(super) fn names(self) -> Vec<&'static str> {
        [self.service, self.line].into_iter().flatten().map(|strike| strike.fault.name()).collect()
    }
}

/// Whether a fault lies in the service, not on the way to it.
fn is_inside(fault: Fault) -> bool {
    !matches!(fault.kind().reach, Reach::Any | Reach::SignIn | Reach::Notices)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn ask(dice: &mut Dice, path: &str) -> Trouble {
        dice.roll("POST", path, NOW, true)
    }

    #[test]
    fn the_same_request_meets_the_same_trouble_whatever_comes_between() {
        let (mut calm, mut busy) = (Dice::new(3, Faults::Rough), Dice::new(3, Faults::Rough));
        for nth in 0..50 {
            ask(&mut busy, &format!("/other/{nth}"));
            assert_eq!(ask(&mut calm, "/v1/x"), ask(&mut busy, "/v1/x"));
        }
    }

    #[test]
    fn a_rough_line_shows_all_its_faults_a_cruel_one_nearly_every_fault_and_a_calm_one_none() {
        let met = |faults| {
            let mut dice = Dice::new(3, faults);
            let mut met: Vec<Fault> = Vec::new();
            for nth in 0..4000 {
                for (method, path) in [
                    ("POST", format!("/v1/customers/{nth}/carts/7/checkout")),
                    ("PATCH", format!("/v1/customers/{nth}/subscriptions/7")),
                    ("GET", format!("/v1/customers/{nth}")),
                ] {
                    let trouble = dice.roll(method, &path, NOW, true);
                    met.extend([trouble.line, trouble.service].into_iter().flatten().map(|strike| strike.fault));
                }
                met.extend(dice.notice(&format!("/v1/customers/{nth}"), NOW).map(|strike| strike.fault));
            }
            met.sort();
            met.dedup();
            met
        };
        let mut usual = [&USUAL[..], &NOTICES].concat();
        usual.sort();
        usual.dedup();
        assert_eq!(met(Faults::Rough), usual);
        let all = Fault::all().filter(|fault| !matches!(fault, Fault::Delayed | Fault::SignInRefused));
        assert_eq!(met(Faults::Cruel), all.collect::<Vec<_>>());
        assert_eq!(met(Faults::None), []);
    }

    #[test]
    fn a_rule_passes_some_strikes_so_often_and_is_gone_when_taken_out() {
        let mut dice = Dice::new(3, Faults::None);
        let rule = FaultRule { skip: 1, times: Some(2), ..FaultRule::new(Fault::LostAfter) };
        let number = dice.add(rule.clone()).unwrap();
        let struck: Vec<bool> = (0..5).map(|_| ask(&mut dice, "/v1/x").line.is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert!(dice.remove(number) && !dice.remove(number));
        dice.add(FaultRule { skip: 0, ..rule }).unwrap();
        dice.clear();
        assert_eq!(ask(&mut dice, "/v1/x"), Trouble::default());
    }

    #[test]
    fn a_rule_is_in_force_between_its_two_instants() {
        let mut dice = Dice::new(3, Faults::None);
        let at = |second| Timestamp::from_second(second).unwrap();
        let rule = FaultRule { from: Some(at(10)), until: Some(at(20)), ..FaultRule::new(Fault::Unavailable) };
        dice.add(rule).unwrap();
        let struck: Vec<bool> =
            [9, 10, 19, 20].into_iter().map(|now| dice.roll("GET", "/v1/x", at(now), true).line.is_some()).collect();
        assert_eq!(struck, [false, true, true, false]);
    }

    #[test]
    fn one_fault_on_the_way_and_one_inside_may_strike_together() {
        let mut dice = Dice::new(3, Faults::None);
        for fault in [Fault::LostAfter, Fault::Unavailable, Fault::PartialCheckout] {
            dice.add(FaultRule::new(fault)).unwrap();
        }
        let trouble = ask(&mut dice, "/v1/customers/7/carts/8/checkout");
        assert_eq!(trouble.names(), ["partial_checkout", "lost_after"]);
    }
}
