//! From a seed to a ledger that stands at its first instant.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::audit::Audit;
use super::budgets::Budgets;
use super::codes::Codes;
use super::customers::Account;
use super::licences::User;
use super::mishaps::Mishap;
use super::orders::{LineExtra, Order, OrderLine, Transaction};
use super::outside::Script;
use super::replay::Replays;
use super::requests::UserRequests;
use super::subscriptions::{Bought, Channel, State, Subscription};
use super::tenant::{Agreement, Standing, Tenant};
use super::webhooks::Webhooks;
use super::{Happening, Ledger, Rules, SeedError, calendar};
use crate::books::HttpTally;
use crate::books::diary::Diary;
use crate::catalogue::Catalogue;
use crate::ids::TenantId;
use crate::prng::Prng;
use crate::regions;
use crate::seed::{Seed, SeedCustomer, SeedPurchase, SeedSubscription};

impl Ledger {
    /// A ledger at the seed's first instant. Terms that ended before it have renewed or decayed by then.
    pub fn new(seed: Seed, rules: Rules) -> Result<Ledger, SeedError> {
        let catalogue = Catalogue::new(&seed);
        let mut tenants: BTreeMap<TenantId, Tenant> = BTreeMap::new();
        for customer in &seed.customers {
            let tenant = tenant(&seed, customer, &catalogue, &rules)?;
            if tenants.insert(tenant.id, tenant).is_some() {
                return Err(SeedError::TenantTwice(customer.tenant_id));
            }
        }
        let steps: Vec<(Timestamp, Happening)> = tenants
            .values()
            .flat_map(|tenant| {
                tenant
                    .subscriptions
                    .values()
                    .filter_map(|held| Some((held.next_step?, Happening::Step(tenant.id, held.id))))
            })
            .collect();
        let start = seed.start;
        let kept = rules.request_ids_kept_hours;
        let rights = seed.partner.programme.rights.clone();
        let mut ledger = Ledger {
            now: Timestamp::MIN,
            seed,
            rules,
            catalogue,
            tenants,
            due: BTreeMap::new(),
            scheduled: 0,
            rights,
            admins: BTreeMap::new(),
            migrations: BTreeMap::new(),
            schedules: BTreeMap::new(),
            transfers: BTreeMap::new(),
            webhooks: Webhooks::default(),
            audit: Audit::default(),
            user_requests: UserRequests::default(),
            budgets: Budgets::default(),
            codes: Codes::default(),
            replays: Replays::new(kept),
            http: HttpTally::default(),
            mishap: Mishap::default(),
            script: Script::default(),
        };
        for (at, step) in steps {
            ledger.schedule(at, step);
        }
        for event in ledger.seed.outside.clone() {
            ledger.act_later(event).map_err(|error| SeedError::Event(error.to_string()))?;
        }
        // Everything here lies between the earliest and the latest instant, so time cannot go backwards.
        let _past = ledger.advance_to(start);
        for tenant in ledger.tenants.values_mut() {
            let enabled = tenant.pools().into_iter().map(|(sku, pool)| (sku, pool.enabled)).collect();
            tenant.diary.open(start, &tenant.users, &enabled);
        }
        Ok(ledger)
    }
}

pub(super) fn tenant(
    seed: &Seed,
    customer: &SeedCustomer,
    catalogue: &Catalogue,
    rules: &Rules,
) -> Result<Tenant, SeedError> {
    let standing = match &customer.relationship {
        Some(_) if customer.account.advisor_only => Standing::Advised,
        Some(known) => Standing::Reseller { accepted_at: known.accepted_at, orderable_at: known.accepted_at },
        None => Standing::Stranger,
    };
    let agreement = customer
        .relationship
        .as_ref()
        .filter(|known| known.agreement_signed)
        .map(|known| Agreement::Signed { at: known.accepted_at });
    let mut tenant = Tenant {
        id: customer.tenant_id,
        domain: customer.domain.clone(),
        name: customer.name.clone(),
        country: customer.country.clone(),
        contact_email: customer.contact_email.clone(),
        people: customer.people.clone(),
        account: Account::new(customer, seed.start, rules.vetting_hours),
        standing,
        delegated_admin: customer.relationship.is_some(),
        agreement,
        confirmations: Vec::new(),
        subscriptions: BTreeMap::new(),
        users: BTreeMap::new(),
        groups: BTreeMap::new(),
        names: BTreeMap::new(),
        carts: BTreeMap::new(),
        orders: BTreeMap::new(),
        transitions: Vec::new(),
        letters: std::collections::BTreeSet::new(),
        prng: Prng::stream(seed.random, customer.tenant_id.0.as_bytes()),
        diary: Diary::new(&customer.subscriptions),
    };
    for user in &customer.users {
        tenant.names.insert(user.upn.to_lowercase(), user.id);
        let held = User::new(user, seed.start);
        tenant.join_groups(&held);
        if tenant.users.insert(user.id, held).is_some() {
            return Err(SeedError::UserTwice(user.id));
        }
    }
    for line in &customer.subscriptions {
        if tenant.subscriptions.insert(line.id, source(line, seed)).is_some() {
            return Err(SeedError::SubscriptionTwice(line.id));
        }
    }
    for purchase in &customer.purchases {
        let (held, order) = bought_before(purchase, customer, seed, catalogue, rules.readings.window_hours)?;
        tenant.orders.insert(order.id.clone(), order);
        if tenant.subscriptions.insert(held.id, held).is_some() {
            return Err(SeedError::SubscriptionTwice(purchase.subscription_id));
        }
    }
    Ok(tenant)
}

fn source(line: &SeedSubscription, seed: &Seed) -> Subscription {
    let ends = calendar::end_after(line.end_date);
    let term_start = calendar::midnight(
        line.end_date
            .saturating_add(jiff::Span::new().days(1))
            .saturating_sub(jiff::Span::new().months(line.term.months())),
    );
    Subscription {
        id: line.id,
        channel: Channel::Old(line.program),
        sku: line.sku_id,
        part_number: line.sku_part_number.clone(),
        name: line.product_name.clone(),
        friendly_name: None,
        seats: line.seats,
        units: line.seats,
        state: State::Enabled,
        created: term_start.min(seed.start),
        term_start,
        ends,
        next_step: Some(ends),
        auto_renew: line.auto_renew,
        term: line.term,
        billing: line.billing,
        owner: line.owner_tenant,
        version: 1,
        before: None,
    }
}

fn bought_before(
    purchase: &SeedPurchase,
    customer: &SeedCustomer,
    seed: &Seed,
    catalogue: &Catalogue,
    window_hours: u32,
) -> Result<(Subscription, Order), SeedError> {
    let at = purchase.ordered_at;
    let offer = catalogue
        .offer(purchase.sku_id)
        .filter(|offer| offer.terms.contains(&(purchase.term, purchase.billing)))
        .ok_or(SeedError::NotOnSale { subscription: purchase.subscription_id, sku: purchase.sku_id })?;
    let (item, currency) = (offer.item(at), regions::currency(&customer.country));
    let price = offer.price_per_term(purchase.term, purchase.billing);
    let ends = calendar::end_after(calendar::last_day(calendar::day(at), purchase.term));
    if ends == Timestamp::MAX {
        return Err(SeedError::BeyondCalendar(purchase.subscription_id));
    }
    let window = calendar::hours(at, window_hours);
    let held = Subscription {
        id: purchase.subscription_id,
        channel: Channel::Bought(Bought {
            item: item.clone(),
            order: purchase.order_id.clone(),
            price,
            currency,
            named_at: at,
            active_at: at,
            provisioned_at: at,
            cancellable_until: window,
            returnable: vec![(purchase.seats, window)],
            extra: Box::default(),
        }),
        sku: purchase.sku_id,
        part_number: catalogue.part_number(purchase.sku_id).to_owned(),
        name: offer.title.clone(),
        friendly_name: purchase.friendly_name.clone(),
        seats: purchase.seats,
        units: purchase.seats,
        state: State::Enabled,
        created: at,
        term_start: at,
        ends,
        next_step: Some(ends),
        auto_renew: purchase.auto_renew,
        term: purchase.term,
        billing: purchase.billing,
        owner: Some(seed.partner.tenant_id),
        version: 1,
        before: None,
    };
    let order = Order {
        id: purchase.order_id.clone(),
        created: at,
        seen_at: at,
        by_system: false,
        cancelled: false,
        billing: purchase.billing,
        currency,
        lines: vec![OrderLine {
            number: 0,
            item,
            quantity: purchase.seats,
            term: purchase.term,
            subscription: purchase.subscription_id,
            named_at: at,
            transaction: Transaction::New,
            friendly_name: purchase.friendly_name.clone(),
            price,
            custom_term_end: None,
            extra: LineExtra::default(),
        }],
    };
    Ok((held, order))
}
