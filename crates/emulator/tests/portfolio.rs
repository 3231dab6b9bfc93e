//! A generated portfolio can be moved by a partner who does everything right, and only then.

use std::collections::BTreeSet;

use carryover_emulator::{Books, Grant, Ledger, Letter, Rules, Seed, SeedCustomer, SeedSubscription, SkuId, Wish};
use jiff::{SignedDuration, Timestamp};

fn start() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().expect("an instant")
}

/// Invites everybody, buys like for like, exchanges licences where the product changes, asks to stop.
fn move_everybody(customers: usize, careless: bool) -> Books {
    let seed = Seed::generate(customers, 77, start());
    let mut ledger = Ledger::new(seed.clone(), Rules::usual().slowest()).expect("a world");
    let link = ledger.invitation_link();
    for customer in &seed.customers {
        let tenant = customer.tenant_id;
        ledger.post_letter(&Letter::Invitation { tenant, link: link.clone() }).expect("a letter box");
    }
    wait(&mut ledger, 72);
    let ready: Vec<&SeedCustomer> = seed
        .customers
        .iter()
        .filter(|customer| customer.country != "US")
        .filter(|customer| customer.people.accepts_invitation_after_hours.is_some())
        .collect();
    for customer in &ready {
        for line in &customer.subscriptions {
            buy(&mut ledger, customer, line);
        }
    }
    if careless {
        ask(&mut ledger, &ready);
    }
    wait(&mut ledger, 3);
    for customer in &ready {
        exchange(&mut ledger, customer);
    }
    if !careless {
        ask(&mut ledger, &ready);
    }
    wait(&mut ledger, 90 * 24);
    ledger.books()
}

fn wait(ledger: &mut Ledger, hours: i64) {
    let then = ledger.now() + SignedDuration::from_hours(hours);
    ledger.advance_to(then).expect("a later time");
}

fn buy(ledger: &mut Ledger, customer: &SeedCustomer, line: &SeedSubscription) {
    let wish = |sku: SkuId| Wish {
        catalog_item: ledger.catalog_item(sku).expect("on sale"),
        quantity: line.seats,
        billing_cycle: "annual".to_owned(),
        term: "P1Y".to_owned(),
        friendly_name: Some(format!("CO-{}-{sku}", line.id)),
        ..Wish::default()
    };
    let second = line.companion_sku.map(|sku| Wish { id: 1, ..wish(sku) });
    let wishes = std::iter::once(wish(line.leads_to())).chain(second).collect();
    let cart = ledger.create_cart(customer.tenant_id, wishes).expect("a cart");
    let bought = ledger.check_out(customer.tenant_id, cart).expect("an order");
    assert!(bought.errors.is_empty());
}

fn exchange(ledger: &mut Ledger, customer: &SeedCustomer) {
    for line in customer.subscriptions.iter().filter(|line| line.target_sku.is_some()) {
        for user in &customer.users {
            if user.licences.iter().any(|held| held.sku_id == line.sku_id) {
                let grant = |sku| Grant { sku, disabled: BTreeSet::new() };
                let add: Vec<Grant> = std::iter::once(line.leads_to()).chain(line.companion_sku).map(grant).collect();
                ledger.assign_licences(customer.tenant_id, &user.upn, &add, &[line.sku_id]).expect("an exchange");
            }
        }
    }
}

fn ask(ledger: &mut Ledger, customers: &[&SeedCustomer]) {
    for customer in customers {
        for line in &customer.subscriptions {
            let letter = Letter::StopRenewal { tenant: customer.tenant_id, subscription: line.id };
            ledger.post_letter(&letter).expect("a letter box");
        }
    }
}

#[test]
fn a_careful_partner_moves_two_hundred_customers_without_a_gap() {
    let books = move_everybody(200, false);
    let (moved, left): (Vec<_>, Vec<_>) =
        books.customers.iter().partition(|customer| customer.lines.iter().any(|line| line.replaced_by.is_some()));
    assert_eq!((moved.len(), left.len()), (198, 2));
    assert_eq!(moved.iter().map(|customer| customer.gap_seat_hours).sum::<u64>(), 0);
    assert_eq!((books.duplicate_purchases, books.asked_to_end_before_cover), (0, 0));
    for line in moved.iter().flat_map(|customer| &customer.lines) {
        assert!(line.replaced_by.is_some() && line.ended_at.is_some() && !line.renewed);
        assert_eq!(line.accompanied_by.is_some(), line.companion_sku.is_some());
    }
    assert!(books.licences_swapped > 0 && books.overlap_seat_days > 0);
}

#[test]
fn a_partner_who_asks_too_early_is_found_out_on_every_line() {
    let books = move_everybody(12, true);
    let asked = books
        .customers
        .iter()
        .flat_map(|customer| &customer.lines)
        .filter(|line| line.asked_to_end_at.is_some())
        .count();
    assert_eq!(books.asked_to_end_before_cover, asked as u64);
}
