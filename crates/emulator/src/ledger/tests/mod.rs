//! One customer, five seats, three users: what the service does with them.

mod books;
mod commerce;
mod licences;
mod outside;
mod statement;
mod terms;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::ids::UserId;
use crate::seed::{
    Billing, Program, SeedAccount, SeedCustomer, SeedLicence, SeedPeople, SeedSubscription, SeedUser, Term,
};

/// Business Standard, sold by new commerce.
const STANDARD: &str = "f245ecc8-75af-4f8e-b61f-27d8114de5f3";
/// Its namesake from prepaid times, not sold any more.
const STANDARD_OLD: &str = "ac5cef5d-921b-4f97-9ef3-c99076e5470f";
/// Business Premium.
const PREMIUM: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn sku(text: &str) -> SkuId {
    text.parse().unwrap()
}

fn nth<T: std::str::FromStr>(kind: u8, nth: usize) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("{kind:08x}-0000-4000-8000-{nth:012x}").parse().unwrap()
}

struct World {
    ledger: Ledger,
    tenant: TenantId,
    source: SubscriptionId,
}

impl World {
    /// A direct customer with five seats until 20 March, three of them used.
    fn new(rules: Rules) -> World {
        World::with(rules, |_| {})
    }

    fn with(rules: Rules, change: impl FnOnce(&mut SeedCustomer)) -> World {
        let mut seed = Seed::generate(0, 9, at("2026-03-02T08:00:00Z"));
        let mut customer = SeedCustomer {
            tenant_id: nth(1, 1),
            domain: "moorgarten.onmicrosoft.com".to_owned(),
            name: "Moorgarten Optics".to_owned(),
            country: "DE".to_owned(),
            contact_email: "office@moorgarten.example".to_owned(),
            relationship: None,
            users: (0..3).map(|n| user(n, STANDARD)).collect(),
            subscriptions: vec![line(0, STANDARD, 5)],
            purchases: Vec::new(),
            people: SeedPeople {
                accepts_invitation_after_hours: Some(2),
                signs_agreement_after_hours: Some(1),
                stops_renewal_after_hours: Some(3),
            },
            account: SeedAccount::default(),
        };
        change(&mut customer);
        let (tenant, source) = (customer.tenant_id, customer.subscriptions[0].id);
        seed.customers.push(customer);
        World { ledger: Ledger::new(seed, rules).unwrap(), tenant, source }
    }

    /// The customer has accepted and signed, and the acceptance has spread.
    fn accepted(mut self) -> World {
        self.invite();
        self.wait_hours(4);
        self
    }

    fn invite(&mut self) {
        let letter = Letter::Invitation { tenant: self.tenant, link: self.ledger.invitation_link() };
        self.ledger.post_letter(&letter).unwrap();
    }

    fn ask_to_stop(&mut self) {
        let letter = Letter::StopRenewal { tenant: self.tenant, subscription: self.source };
        self.ledger.post_letter(&letter).unwrap();
    }

    fn wait_hours(&mut self, hours: i64) {
        self.until(self.ledger.now() + SignedDuration::from_hours(hours));
    }

    fn wait_minutes(&mut self, minutes: i64) {
        self.until(self.ledger.now() + SignedDuration::from_mins(minutes));
    }

    fn until(&mut self, wanted: Timestamp) {
        self.ledger.advance_to(wanted).unwrap();
    }

    fn wish(&self, seats: u32) -> Wish {
        Wish {
            id: 0,
            catalog_item: self.ledger.catalog_item(sku(STANDARD)).unwrap(),
            quantity: seats,
            billing_cycle: "annual".to_owned(),
            term: "P1Y".to_owned(),
            friendly_name: None,
            currency: None,
            ..Wish::default()
        }
    }

    fn cart(&mut self, seats: u32) -> Result<crate::ids::CartId, Refusal> {
        let wishes = vec![self.wish(seats)];
        self.ledger.create_cart(self.tenant, wishes)
    }

    /// Buys, and hands back the new subscription.
    fn buy(&mut self, seats: u32) -> SubscriptionId {
        let cart = self.cart(seats).unwrap();
        let bought = self.ledger.check_out(self.tenant, cart).unwrap();
        let orders = &self.ledger.reseller(self.tenant).unwrap().orders;
        orders[&bought.orders[0]].lines[0].subscription
    }

    fn enabled(&self, of: &str) -> u32 {
        let pools = self.ledger.tenants[&self.tenant].pools();
        pools.get(&sku(of)).map_or(0, |pool| pool.enabled)
    }

    fn state(&self, id: SubscriptionId) -> subscriptions::State {
        self.ledger.tenants[&self.tenant].subscriptions[&id].state
    }

    fn swap(&mut self, n: usize, add: &[&str], remove: &[&str]) -> Result<UserId, LicenceRefusal> {
        let user: UserId = nth(2, n);
        let add: Vec<Grant> = add.iter().map(|of| Grant { sku: sku(of), disabled: [].into() }).collect();
        let remove: Vec<SkuId> = remove.iter().map(|of| sku(of)).collect();
        self.ledger.assign_licences(self.tenant, &user.to_string(), &add, &remove)
    }
}

fn user(n: usize, holds: &str) -> SeedUser {
    SeedUser {
        id: nth(2, n),
        upn: format!("user{n}@moorgarten.onmicrosoft.com"),
        usage_location: Some("DE".to_owned()),
        licences: vec![SeedLicence { sku_id: sku(holds), disabled_plans: Vec::new(), assigned_by_group: None }],
    }
}

fn line(n: usize, of: &str, seats: u32) -> SeedSubscription {
    let old = of == STANDARD_OLD;
    SeedSubscription {
        id: nth(3, n),
        program: Program::DirectMosa,
        sku_id: sku(of),
        sku_part_number: if old { "SMB_BUSINESS_PREMIUM" } else { "O365_BUSINESS_PREMIUM" }.to_owned(),
        product_name: "Microsoft 365 Business Standard".to_owned(),
        seats,
        end_date: "2026-03-20".parse().unwrap(),
        auto_renew: true,
        renewal_known: true,
        term: Term::P1Y,
        billing: Billing::Annual,
        price_per_seat: None,
        currency: None,
        owner_tenant: None,
        target_sku: old.then(|| sku(STANDARD)),
        companion_sku: None,
    }
}
