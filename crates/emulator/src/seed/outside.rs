//! What people outside do by themselves, and how lively they are.
//!
//! Plain data, and presets that write it into a seed: what will happen is in the seed before it starts.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Seed, SeedCustomer, SeedPeople, Term};
use crate::ids::{SkuId, SubscriptionId, TenantId};
use crate::prng::Prng;

/// Something that happens at the customers by itself at a known time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedEvent {
    /// When, in virtual time.
    pub at: Timestamp,
    /// What.
    pub act: Act,
}

/// What somebody at a customer, or another partner, does without being asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// An administrator accepts the partner as reseller.
    Accepts {
        /// The customer.
        tenant: TenantId,
    },
    /// An administrator signs the customer agreement.
    Signs {
        /// The customer.
        tenant: TenantId,
    },
    /// An administrator ends the relationship with the partner, and its delegated administration.
    DismissesPartner {
        /// The customer.
        tenant: TenantId,
    },
    /// Somebody switches a renewal off.
    StopsRenewal {
        /// The customer.
        tenant: TenantId,
        /// A subscription that the partner did not sell.
        subscription: SubscriptionId,
    },
    /// Somebody switches a renewal on, so that the subscription renews by itself.
    StartsRenewal {
        /// The customer.
        tenant: TenantId,
        /// A subscription that the partner did not sell.
        subscription: SubscriptionId,
    },
    /// Somebody cancels a subscription before its end; access ends at once.
    EndsSubscription {
        /// The customer.
        tenant: TenantId,
        /// A subscription that the partner did not sell.
        subscription: SubscriptionId,
    },
    /// A new colleague gets an account and licences.
    UserJoins {
        /// The customer.
        tenant: TenantId,
        /// Principal name; must be new.
        upn: String,
        /// Country of work; the customer's where absent.
        #[serde(default)]
        usage_location: Option<String>,
        /// Products assigned directly; each needs a free unit.
        #[serde(default)]
        skus: Vec<SkuId>,
    },
    /// A colleague's account is deleted with its licences.
    UserLeaves {
        /// The customer.
        tenant: TenantId,
        /// Id or principal name.
        user: String,
    },
    /// An administrator gives a user a licence.
    GetsLicence {
        /// The customer.
        tenant: TenantId,
        /// Id or principal name.
        user: String,
        /// The product; needs a free unit.
        sku: SkuId,
    },
    /// An administrator takes a licence from a user, who is not served by it any more on purpose.
    LosesLicence {
        /// The customer.
        tenant: TenantId,
        /// Id or principal name.
        user: String,
        /// The product.
        sku: SkuId,
    },
    /// Another partner sells to the customer; the seats are there at once and renew.
    OtherPartnerSells {
        /// The customer.
        tenant: TenantId,
        /// The product; must be on sale.
        sku: SkuId,
        /// Seats.
        seats: u32,
        /// Length of the term; a year where absent.
        #[serde(default)]
        term: Option<Term>,
    },
    /// From now on its people act that fast. Letters that arrived before are not thought over again.
    ChangesMind {
        /// The customer.
        tenant: TenantId,
        /// How fast.
        people: SeedPeople,
    },
}

impl Act {
    /// The customer it happens at.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        match self {
            Act::Accepts { tenant }
            | Act::Signs { tenant }
            | Act::DismissesPartner { tenant }
            | Act::StopsRenewal { tenant, .. }
            | Act::StartsRenewal { tenant, .. }
            | Act::EndsSubscription { tenant, .. }
            | Act::UserJoins { tenant, .. }
            | Act::UserLeaves { tenant, .. }
            | Act::GetsLicence { tenant, .. }
            | Act::LosesLicence { tenant, .. }
            | Act::OtherPartnerSells { tenant, .. }
            | Act::ChangesMind { tenant, .. } => *tenant,
        }
    }
}

/// How much happens outside, and how well people do what they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// Only what the seed says; people act as it says.
    Still,
    /// People take days; users join and leave, and another partner sells here and there.
    Lively,
    /// Some never accept, sign or stop, some stop too late, some switch a renewal on again.
    Contrary,
}

const DAY: u32 = 24;
/// Days in which a preset lets things happen.
const DAYS: u32 = 60;

impl Seed {
    /// The same world with `outside` written into it. What the seed says about events stays; people who never act
    /// stay so.
    #[must_use]
    pub fn in_world(mut self, outside: Outside) -> Seed {
        let (start, random) = (self.start, self.random);
        for customer in &mut self.customers {
            let prng = Prng::stream(random ^ 0x6f75_7473_6964, customer.tenant_id.0.as_bytes());
            let mut maker = Maker { start, prng, events: Vec::new() };
            match outside {
                Outside::Still => {}
                Outside::Lively => maker.lively(customer),
                Outside::Contrary => maker.contrary(customer),
            }
            self.outside.append(&mut maker.events);
        }
        // One order of events, whoever they happen at.
        self.outside.sort_by_key(|event| event.at);
        self
    }
}

struct Maker {
    start: Timestamp,
    prng: Prng,
    events: Vec<SeedEvent>,
}

impl Maker {
    fn lively(&mut self, customer: &mut SeedCustomer) {
        let people = &mut customer.people;
        self.slow(&mut people.accepts_invitation_after_hours, DAY, 5 * DAY);
        self.slow(&mut people.signs_agreement_after_hours, 0, 2 * DAY);
        self.slow(&mut people.stops_renewal_after_hours, DAY, 4 * DAY);
        self.coming_and_going(customer, 25);
        self.other_partner(customer, 6);
    }

    fn contrary(&mut self, customer: &mut SeedCustomer) {
        let people = &mut customer.people;
        self.slow(&mut people.accepts_invitation_after_hours, DAY, 10 * DAY);
        self.slow(&mut people.signs_agreement_after_hours, 0, 5 * DAY);
        self.slow(&mut people.stops_renewal_after_hours, DAY, 10 * DAY);
        self.never(&mut people.accepts_invitation_after_hours, 8);
        self.never(&mut people.signs_agreement_after_hours, 8);
        self.never(&mut people.stops_renewal_after_hours, 4);
        if people.stops_renewal_after_hours.is_some() && self.prng.one_in(4) {
            // Most terms are over by then.
            people.stops_renewal_after_hours = Some(40 * DAY);
        }
        self.coming_and_going(customer, 12);
        self.other_partner(customer, 3);
        for line in &customer.subscriptions {
            if self.prng.one_in(4) {
                let before = SignedDuration::from_hours(i64::from(self.prng.between(6, 10 * DAY)));
                let end = crate::ledger::calendar::end_after(line.end_date);
                let at = end.checked_sub(before).unwrap_or(self.start).max(self.start);
                let act = Act::StartsRenewal { tenant: customer.tenant_id, subscription: line.id };
                self.events.push(SeedEvent { at, act });
            }
        }
    }

    fn slow(&mut self, hours: &mut Option<u32>, least: u32, most: u32) {
        let drawn = self.prng.between(least, most);
        *hours = hours.map(|_| drawn);
    }

    fn never(&mut self, hours: &mut Option<u32>, one_in: u32) {
        if self.prng.one_in(one_in) {
            *hours = None;
        }
    }

    /// One joins and one leaves for every `each` users, the first of each for the rest.
    fn coming_and_going(&mut self, customer: &SeedCustomer, each: usize) {
        let tenant = customer.tenant_id;
        if customer.users.is_empty() {
            return;
        }
        let count = customer.users.len().div_ceil(each);
        for nth in 0..count {
            let skus = customer.subscriptions.first().map(|line| vec![line.sku_id]).unwrap_or_default();
            let upn = format!("new{nth}@{}", customer.domain);
            self.some_day(Act::UserJoins { tenant, upn, usage_location: None, skus });
            // One of every stretch of users, so that nobody leaves twice.
            let stretch = customer.users.len() / count;
            let last = u32::try_from(stretch.saturating_sub(1)).unwrap_or(0);
            let user = &customer.users[nth * stretch + self.prng.between(0, last) as usize];
            self.some_day(Act::UserLeaves { tenant, user: user.id.to_string() });
        }
    }

    fn other_partner(&mut self, customer: &SeedCustomer, one_in: u32) {
        if let Some(line) = customer.subscriptions.first()
            && self.prng.one_in(one_in)
        {
            let seats = self.prng.between(1, 10);
            let (tenant, sku) = (customer.tenant_id, line.leads_to());
            self.some_day(Act::OtherPartnerSells { tenant, sku, seats, term: None });
        }
    }

    fn some_day(&mut self, act: Act) {
        let hours = self.prng.between(DAY, DAYS * DAY);
        let at = crate::ledger::calendar::hours(self.start, hours);
        self.events.push(SeedEvent { at, act });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed::generate(40, 5, "2026-03-02T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_still_world_is_the_seed_itself_and_every_preset_is_the_same_each_time() {
        assert_eq!(seed().in_world(Outside::Still), seed());
        for outside in [Outside::Lively, Outside::Contrary] {
            assert_eq!(seed().in_world(outside), seed().in_world(outside));
            assert_ne!(seed().in_world(outside), seed());
        }
    }

    #[test]
    fn a_contrary_world_has_people_who_never_act_and_people_who_act_too_late() {
        let people: Vec<SeedPeople> =
            seed().in_world(Outside::Contrary).customers.into_iter().map(|customer| customer.people).collect();
        assert!(people.iter().filter(|people| people.accepts_invitation_after_hours.is_none()).count() > 1);
        assert!(people.iter().any(|people| people.signs_agreement_after_hours.is_none()));
        assert!(people.iter().any(|people| people.stops_renewal_after_hours.is_none()));
        assert!(people.iter().any(|people| people.stops_renewal_after_hours == Some(40 * DAY)));
    }

    #[test]
    fn a_lively_world_has_comings_goings_and_another_partner() {
        let events = seed().in_world(Outside::Lively).outside;
        let count = |is: fn(&Act) -> bool| events.iter().filter(|event| is(&event.act)).count();
        let joins = count(|act| matches!(act, Act::UserJoins { .. }));
        assert!(joins >= 40 && joins == count(|act| matches!(act, Act::UserLeaves { .. })));
        assert!(count(|act| matches!(act, Act::OtherPartnerSells { .. })) > 1);
        assert!(events.is_sorted_by_key(|event| event.at));
    }

    #[test]
    fn an_event_reads_as_it_is_written_and_a_misspelt_one_is_refused() {
        let event = &seed().in_world(Outside::Lively).outside[0];
        let text = serde_json::to_string(event).unwrap();
        assert_eq!(serde_json::from_str::<SeedEvent>(&text).unwrap(), *event);
        let misspelt = text.replace("\"tenant\"", "\"tennant\"");
        serde_json::from_str::<SeedEvent>(&misspelt).unwrap_err();
    }
}
