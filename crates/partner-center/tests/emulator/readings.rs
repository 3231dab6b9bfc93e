//! The adapter under every reading of what documents leave open: each value of each switch of the emulator, with promises that it
//! concerns.
//!
//! A switch without a row here fails: whoever offers a reading says what of the adapter meets it.

use crate::conformance::{START, Served, under};
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::{IntentId, Mark, RequestId, SubscriptionId};
use carryover_domain::offer::Segment;
use carryover_domain::sold::{EndOfTerm, SoldChange};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{Rules, SWITCHES, Seed, Switch};
use carryover_partner_center::PartnerCenter;
use carryover_ports::{Catalogue, Commerce, Market, Outcome, Subscriptions};
use carryover_testkit::conformance::services::emulated::{Emulated, provider_seed, seed};
use carryover_testkit::conformance::services::{self, Stage};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::pin::Pin;
use uuid::Uuid;

type Fresh = (PartnerCenter, Emulated<Served>);
type Case = (&'static str, fn(Fresh) -> Pin<Box<dyn Future<Output = ()>>>);

/// Promises of the suites, by name.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        &[$((stringify!($case), |(adapter, stage)| Box::pin(async move { services::$case(&adapter, &stage).await }))),+]
    };
}

/// What of the adapter meets a switch.
struct Row {
    switch: &'static str,
    /// What has to be set as well for it to be met.
    beside: &'static [(&'static str, &'static str)],
    world: fn(jiff::Timestamp) -> Seed,
    cases: &'static [Case],
}

const fn row(switch: &'static str, cases: &'static [Case]) -> Row {
    Row { switch, beside: &[], world: seed, cases }
}

const fn beside(switch: &'static str, beside: &'static [(&'static str, &'static str)], cases: &'static [Case]) -> Row {
    Row { switch, beside, world: seed, cases }
}

const PURCHASE: &[Case] = cases![
    a_checkout_buys_what_is_in_the_cart,
    a_second_checkout_never_buys_again,
    orders_are_found_by_their_mark_and_by_no_other,
    a_delivery_is_told_once_it_is_there,
];
const REFUSED_PURCHASE: &[Case] = cases![
    no_cart_is_made_for_a_stranger,
    no_cart_is_made_without_an_agreement,
    no_cart_is_made_of_what_is_not_for_sale,
    a_cart_that_never_was_is_gone,
];
const CATALOGUE: &[Case] =
    cases![an_offer_is_found_by_the_licence_that_it_provisions, a_country_and_a_customer_in_it_see_the_same_offer];
const SOLD: &[Case] = cases![
    what_was_sold_is_read_whole,
    seats_are_added_by_an_absolute_number,
    a_renewal_is_stopped_and_started_again,
    what_is_cancelled_in_its_window_is_gone,
    a_change_without_an_answer_is_settled_by_its_repeat,
];
const STANDING: &[Case] = cases![
    standing_tells_a_customer_from_a_stranger,
    an_agreement_that_is_not_signed_is_missing,
    the_profile_of_a_stranger_is_closed_to_us,
];
const TENANCY: &[Case] = cases![
    a_tenancy_shows_what_others_sold,
    a_tenancy_shows_what_we_sold_once_the_seats_are_there,
    services_of_users_are_told_by_user,
];
const SWAP: &[Case] = cases![
    a_swap_leaves_the_user_with_the_new_licence_alone_and_can_be_repeated,
    users_who_are_swapped_together_have_a_fate_each,
    a_swap_that_is_throttled_changed_nothing,
];
const USERS: &[Case] = cases![
    pools_count_what_users_hold,
    a_change_gives_the_new_licence_and_takes_the_old_one,
    a_change_of_somebody_without_a_location_is_refused,
];
const CONVERSION: &[Case] = cases![
    a_conversion_is_begun_under_our_mark_and_completes,
    what_is_converted_cannot_be_converted_again,
    a_conversion_that_nobody_knows_is_none,
];
const SCHEDULE: &[Case] = cases![
    a_conversion_is_put_off_under_our_mark_and_begins_on_its_day,
    what_is_called_off_never_begins_and_is_called_off_once_more_without_harm,
];
const TRANSFER: &[Case] = cases![
    a_transfer_is_asked_for_and_waits_for_the_other_partner,
    a_transfer_that_nobody_knows_is_none,
    what_is_withdrawn_is_cancelled_and_withdrawn_once_more_without_harm,
];

/// Buying, and what is on sale.
const SHOP: &[Row] = &[
    row("second_checkout", PURCHASE),
    row("cart_life_minutes", cases![a_checkout_buys_what_is_in_the_cart, a_cart_past_its_time_is_gone]),
    row("order_seen", PURCHASE),
    row("active", PURCHASE),
    row("request_ids_kept_hours", cases![a_checkout_without_an_answer_is_in_doubt_and_its_repeat_buys_once]),
    row("codes_as_text", REFUSED_PURCHASE),
    row("line_codes", REFUSED_PURCHASE),
    row("cart_put_status", cases![a_cart_is_what_was_asked_for]),
    row("request_ids", PURCHASE),
    row("request_id_reuse", cases![a_checkout_without_an_answer_is_in_doubt_and_its_repeat_buys_once]),
    row("cart_lines_max", cases![a_cart_is_what_was_asked_for, a_checkout_buys_what_is_in_the_cart]),
    Row {
        world: provider_seed,
        ..row("provider_without_reseller", cases![a_purchase_names_a_reseller_that_it_may_name])
    },
    row("sandbox", PURCHASE),
    row("budgets", PURCHASE),
    beside("budget_of", &[("budgets", "true")], PURCHASE),
    row("bom_share", PURCHASE),
    row("attributes_as_text", CATALOGUE),
    row("unknown_country_status", CATALOGUE),
    row("cancelled_line", cases![a_delivery_is_told_once_it_is_there]),
    row("orderable_after_minutes", cases![a_checkout_buys_what_is_in_the_cart, no_cart_is_made_for_a_stranger]),
];

/// What we have sold, and changes of it.
const CHANGES: &[Row] = &[
    row("changes_accepted_later", SOLD),
    beside("not_ready_status", &[("changes_accepted_later", "true")], SOLD),
    row("action_words", cases![a_renewal_is_stopped_and_started_again]),
    row("extended_service", cases![a_renewal_is_stopped_and_started_again]),
    row("window_hours", cases![what_is_cancelled_in_its_window_is_gone]),
    row("seats_down_code", SOLD),
    row("renewal_hours", SOLD),
    beside("pending_code", &[("changes_accepted_later", "true")], SOLD),
    row("if_match_wanted", SOLD),
    row("upper_case_ids", SOLD),
    row("contract_type", cases![what_was_sold_is_read_whole]),
    row("suspended_end", cases![what_was_sold_is_read_whole, what_is_cancelled_in_its_window_is_gone]),
];

/// Customers, whoever they are to us.
const ACCOUNTS: &[Row] = &[
    row("gdap_with_acceptance", STANDING),
    row("vetting_hours", cases![a_profile_tells_the_country_and_what_a_customer_is_qualified_for]),
    row("vetting_date", cases![a_profile_tells_the_country_and_what_a_customer_is_qualified_for]),
    row("qualifications_together", cases![a_profile_tells_the_country_and_what_a_customer_is_qualified_for]),
    row("relationship_in_use", STANDING),
    row("request_address", STANDING),
    row("mfa_enforced_from", STANDING),
    row("sign_in", STANDING),
    row("wrong_token_kind", STANDING),
    row("consent_conflict", STANDING),
    row("stranger", STANDING),
    row("invitation_form", cases![the_invitation_link_is_the_same_for_everybody]),
    row("notified", cases![what_is_registered_is_read_and_what_is_registered_later_takes_its_place]),
];

/// Users and their licences.
const TENANTS: &[Row] = &[
    row(
        "seats_seen",
        cases![a_tenancy_shows_what_we_sold_once_the_seats_are_there, a_delivery_is_told_once_it_is_there],
    ),
    row("owner_types", TENANCY),
    row("direct_owner", TENANCY),
    row("early_end", TENANCY),
    row("shortfall", TENANCY),
    // What we sold is then told by nothing but its licence, seats and dates (fact sheet 15.2).
    row(
        "graph_commerce_id",
        cases![
            a_tenancy_shows_what_others_sold,
            services_of_users_are_told_by_user,
            a_delivery_is_told_once_it_is_there
        ],
    ),
    row("not_assigned_text", SWAP),
    row("no_licence_error", USERS),
    row("graph_throttle", SWAP),
    beside("graph_limit", &[("budgets", "true")], SWAP),
    row("seek_end", USERS),
    row("usage_location_code", USERS),
    row("total_count", USERS),
    row("links_with_version", USERS),
];

/// What comes over from the old generation, or from another partner.
const HANDOVERS: &[Row] = &[
    row("migration", CONVERSION),
    row("migration_term", CONVERSION),
    row("failed_event", CONVERSION),
    row("legacy_upgrades", CONVERSION),
    row("newer_faults", CONVERSION),
    row("schedules_in_sandbox", CONVERSION),
    row("short_addon_schedules", SCHEDULE),
    row("schedule_words", SCHEDULE),
    row("transfer_accept_word", TRANSFER),
    row("failed_transfer", TRANSFER),
    row("transfer_window_restarts", TRANSFER),
    row("offer_words", TRANSFER),
];

/// What a switch can be. Words are told by the switch itself; what is counted has its ends here.
fn values(switch: &Switch) -> Vec<&'static str> {
    match switch.name {
        // A service that takes a cart twice is wrong on purpose, to see that the books notice.
        "second_checkout" => vec!["refuse", "replay"],
        // Nothing can be asked of whoever is not signed in; that it is told as one instruction has tests of its own.
        "sign_in" => vec!["open"],
        "cart_life_minutes" => vec!["15", "10080"],
        "orderable_after_minutes" => vec!["0", "60"],
        "vetting_hours" => vec!["0", "240"],
        "renewal_hours" => vec!["0", "24"],
        "request_ids_kept_hours" => vec!["0", "24"],
        "usage_location_code" => vec!["2000", "60013"],
        "relationship_in_use" => vec!["[400, 2000]", "[409, 800062]"],
        "window_hours" => vec!["72", "168"],
        "cart_lines_max" => vec!["null", "1"],
        "extended_service" => {
            vec!["null", r#"{"bought_from": "2025-04-01T00:00:00Z", "ends_from": "2026-05-04T00:00:00Z"}"#]
        }
        "mfa_enforced_from" => vec!["null", "2026-01-01T00:00:00Z"],
        "bom_share" => vec!["0", "1"],
        _ if switch.values.starts_with('{') => vec![r#"{"min": 0, "max": 0}"#, r#"{"min": 60, "max": 60}"#],
        _ => switch.values.split(", ").collect(),
    }
}

#[allow(clippy::print_stdout, reason = "shown of a test that fails: the reading that it failed under")]
fn every_reading_of(rows: &[Row]) {
    for Row { switch, beside, world, cases } in rows {
        let known = SWITCHES.iter().find(|known| known.name == *switch).expect("a switch of the emulator");
        for value in values(known) {
            let slow =
                beside.iter().fold(Rules::usual().slowest(), |rules, (name, value)| rules.with(name, value).unwrap());
            let rules = slow.with(switch, value).unwrap();
            for (name, case) in *cases {
                println!("{switch}={value}: {name}");
                carryover_testkit::conformance::run(async {
                    case(under(rules.clone(), world(START)).await).await;
                });
            }
        }
    }
}

#[test]
fn every_switch_has_a_row_and_only_one() {
    let rows = [SHOP, CHANGES, ACCOUNTS, TENANTS, HANDOVERS].into_iter().flatten();
    let mut met: Vec<&str> = rows.map(|row| row.switch).collect();
    let mut known: Vec<&str> = SWITCHES.iter().map(|switch| switch.name).collect();
    met.sort_unstable();
    known.sort_unstable();
    assert_eq!(met, known);
}

#[test]
fn what_is_bought_is_bought_under_every_reading() {
    every_reading_of(SHOP);
}

#[test]
fn what_we_sold_is_read_and_changed_under_every_reading() {
    every_reading_of(CHANGES);
}

#[test]
fn customers_are_known_under_every_reading() {
    every_reading_of(ACCOUNTS);
}

#[test]
fn users_keep_their_licences_under_every_reading() {
    every_reading_of(TENANTS);
}

#[test]
fn what_comes_over_comes_over_under_every_reading() {
    every_reading_of(HANDOVERS);
}

/// A change that was taken is in doubt until it shows, and until then the next one has to wait: it is not refused.
#[test]
fn a_change_is_told_to_wait_while_the_one_before_it_does_not_show() {
    for status in ["400", "409"] {
        carryover_testkit::conformance::run(async {
            let rules = Rules::usual().slowest().with("changes_accepted_later", "true").unwrap();
            let (adapter, stage) = under(rules.with("not_ready_status", status).unwrap(), seed(START)).await;
            let id = bought(&adapter, &stage).await;
            let change = async |number: u128, change: SoldChange| {
                adapter.change(RequestId::new(Uuid::from_u128(number)), stage.customer(), &id, &change).await
            };
            let more = change(50, SoldChange::Seats(Seats::try_new(5).unwrap())).await;
            assert!(matches!(more, Outcome::InDoubt(_)), "{status}: {more:?}");
            let next = change(51, SoldChange::AtEnd(EndOfTerm::Cancel)).await;
            assert!(matches!(next, Outcome::Throttled { .. }), "{status}: {next:?}");
            stage.pass(jiff::SignedDuration::from_mins(5));
            let next = change(52, SoldChange::AtEnd(EndOfTerm::Cancel)).await;
            assert!(matches!(next, Outcome::InDoubt(_)), "{status}: {next:?}");
            stage.pass(jiff::SignedDuration::from_mins(5));
            let sold = adapter.sold(stage.customer(), &id).await.unwrap().value.unwrap();
            assert_eq!((sold.seats, sold.at_end), (5, Some(EndOfTerm::Cancel)), "both are there, and neither twice");
        });
    }
}

/// A renewal takes its hours: until it is done a change waits, and where the end was chosen it comes too late (fact sheet 15.5).
#[test]
fn a_change_right_after_a_term_waits_for_the_renewal_and_is_refused_where_there_is_none() {
    for end in [EndOfTerm::Renew, EndOfTerm::Cancel] {
        carryover_testkit::conformance::run(async {
            let rules = Rules::usual().slowest().with("renewal_hours", "24").unwrap();
            let (adapter, stage) = under(rules, seed(START)).await;
            let id = bought(&adapter, &stage).await;
            let change = async |number: u128, change: SoldChange| {
                adapter.change(RequestId::new(Uuid::from_u128(number)), stage.customer(), &id, &change).await
            };
            let chosen = change(50, SoldChange::AtEnd(end)).await;
            assert!(matches!(chosen, Outcome::Done(_)), "{end:?}: {chosen:?}");
            let sold = adapter.sold(stage.customer(), &id).await.unwrap().value.unwrap();
            let over = sold.last_day.unwrap().tomorrow().unwrap().at(1, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
            stage.pass(over.timestamp().duration_since(START + stage.settled_after()));
            let more = change(51, SoldChange::Seats(Seats::try_new(5).unwrap())).await;
            match end {
                EndOfTerm::Renew => assert!(matches!(more, Outcome::Throttled { .. }), "{more:?}"),
                _ => assert!(matches!(&more, Outcome::Refused(why) if why.code.contains("900277")), "{more:?}"),
            }
        });
    }
}

/// An operation that is pending is over by and by, whichever of its codes tells it (fact sheet 6.3, 15.3).
#[test]
fn a_change_waits_for_the_one_before_under_any_code_of_that() {
    for (code, hours) in [("800082", 1), ("800014", 1), ("900278", 24)] {
        carryover_testkit::conformance::run(async {
            let rules = Rules::usual().slowest().with("changes_accepted_later", "true").unwrap();
            let (adapter, stage) = under(rules.with("pending_code", code).unwrap(), seed(START)).await;
            let id = bought(&adapter, &stage).await;
            let change = async |number: u128, seats| {
                let change = SoldChange::Seats(Seats::try_new(seats).unwrap());
                adapter.change(RequestId::new(Uuid::from_u128(number)), stage.customer(), &id, &change).await
            };
            assert!(matches!(change(50, 5).await, Outcome::InDoubt(_)), "{code}");
            let Outcome::Throttled { retry_after } = change(51, 6).await else { panic!("{code}: it waits") };
            assert!(retry_after <= jiff::SignedDuration::from_hours(hours), "{code}: {retry_after}");
            stage.pass(retry_after);
            assert!(matches!(change(52, 6).await, Outcome::InDoubt(_)), "{code}");
            stage.pass(stage.settled_after());
            assert_eq!(adapter.sold(stage.customer(), &id).await.unwrap().value.unwrap().seats, 6, "{code}");
        });
    }
}

/// Three seats of the stage's product, active by now.
async fn bought(adapter: &PartnerCenter, stage: &Emulated<Served>) -> SubscriptionId {
    let (customer, mark) = (stage.customer(), Mark::of(IntentId::new(Uuid::from_u128(7))));
    let skus = BTreeSet::from([stage.product()]);
    let offers = adapter.offers(Market::Customer(customer), &skus, &BTreeSet::new()).await.unwrap().value;
    let want = CartRequest {
        offer: offers[0].id.clone(),
        segment: Segment::Commercial,
        seats: Seats::try_new(3).unwrap(),
        term: Term::Year,
        billing: Billing::Monthly,
        term_end: None,
        reseller: None,
        parent: None,
        mark: mark.clone(),
    };
    let key = |number| RequestId::new(Uuid::from_u128(number));
    let Outcome::Done(cart) = adapter.create_cart(key(1), customer, &want).await else { panic!("no cart") };
    let Outcome::Done(order) = adapter.check_out(key(2), customer, &cart.id, &mark).await else { panic!("no order") };
    stage.pass(stage.settled_after());
    let orders = adapter.orders_marked(customer, &mark, order.ordered_at).await.unwrap().value;
    orders[0].subscription.clone().unwrap()
}
