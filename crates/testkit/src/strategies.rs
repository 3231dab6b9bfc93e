//! Strategies of proptest for events and everything inside them.
//!
//! They reach for the edges on purpose: empty and hostile text, the ends of time, amounts with many decimals. What they
//! make is well formed, not plausible: ids inside one event need not fit each other.
//!
//! ```
//! use carryover_domain::migration::state::Cause;
//! use carryover_testkit::strategies;
//! use proptest::prelude::*;
//!
//! proptest!(|(cause in strategies::cause())| {
//!     // What reads alone can settle is never the service's refusal.
//!     prop_assert!(!(cause.watches() && matches!(cause, Cause::Refused(_))));
//! });
//! ```
//!
//! # Verifying a rule of one's own
//!
//! [`situation`] makes whole customers that are plausible, with the policy they are moved by. Say what must hold of every
//! plan, and let it be tried on as many of them as you like. Whoever buys nothing on a Friday, for example:
//!
//! ```
//! use carryover_domain::plan::{Route, Verdict, verdicts};
//! use carryover_testkit::strategies;
//! use jiff::civil::Weekday;
//! use proptest::prelude::*;
//!
//! proptest!(|(mut situation in strategies::situation())| {
//!     // How this partner works, whatever else was generated.
//!     situation.policy.avoid.fridays = true;
//!     situation.policy.price_changes.clear();
//!     for verdict in situation.look(verdicts).values() {
//!         let Verdict::Planned { plan, findings } = verdict else { continue };
//!         // What is late is bought today, whatever day that is; a wave follows its first line.
//!         let late = findings.iter().any(|finding| finding.code() == "LEAD_TOO_SHORT");
//!         if plan.route == Route::BuyAtEnd && !late {
//!             prop_assert_ne!(plan.day.weekday(), Weekday::Friday);
//!         }
//!     }
//! });
//! ```
//!
//! A case that fails is shrunk to the smallest customer that shows it, and its seed is written beside the test, so that it is
//! tried first from then on.

mod finding;
mod plan;
mod portfolio;
mod situation;
mod value;

pub use finding::finding;
pub use plan::{line_plan, plan, purchase, standing};
pub use portfolio::{customer, source_line, target};
pub use situation::{PRODUCTS, Situation, policy, portfolio, situation};
pub use value::{
    billing, cart, country, currency, day, instant, intent, line, migration, money, offer, order, plan_id, program,
    seats, service_plan, sku, subscription, tenant, term, text, user,
};

use carryover_domain::facts::Via;
use carryover_domain::migration::state::{Ending, Former, Second};
use carryover_domain::policy::{Alignment, BufferPct, LeadDays, NewPlans, OverlapDays, OwnPolicy, Sizing};
use carryover_domain::reply::{Refusal, RefusalKind};
use carryover_domain::time::Billing;
use carryover_domain::{Answer, Cause, Event, Exit};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

/// Any event.
pub fn event() -> impl Strategy<Value = Event> {
    prop_oneof![whole_migration().boxed(), purchasing().boxed(), reassigning().boxed(), people().boxed(),]
}

/// Events about the whole migration.
fn whole_migration() -> impl Strategy<Value = Event> {
    prop_oneof![
        (customer(), vec(source_line(), 0..4), option::of(text())).prop_map(|(customer, lines, by)| Event::Imported {
            customer,
            lines,
            by
        }),
        (standing(), btree_map(line(), vec(finding(), 0..4), 0..4), option::of(text()), option::of(instant()))
            .prop_map(|(standing, findings, by, at)| Event::Assessed { standing, findings, by, at }),
        (plan(), option::of(text())).prop_map(|(plan, by)| Event::PlanProposed { plan, by }),
        (plan_id(), text()).prop_map(|(plan, by)| Event::PlanApproved { plan, by }),
        text().prop_map(|link| Event::InvitationReady { link }),
        standing().prop_map(|standing| Event::StandingSeen { standing }),
    ]
}

/// Events from the decision to buy until the purchase is seen.
fn purchasing() -> impl Strategy<Value = Event> {
    prop_oneof![
        (line(), instant()).prop_map(|(line, at)| Event::Compared { line, at }),
        (line(), intent(), subscription(), option::of(day()), option::of(instant())).prop_map(
            |(line, intent, source, term_end, looked)| Event::WindowOpened { line, intent, source, term_end, looked }
        ),
        (line(), intent(), cart()).prop_map(|(line, intent, cart)| Event::CartRecorded { line, intent, cart }),
        (line(), cart(), instant()).prop_map(|(line, cart, at)| Event::CartGone { line, cart, at }),
        (line(), intent()).prop_map(|(line, intent)| Event::CartWrittenOff { line, intent }),
        (line(), instant(), any::<bool>()).prop_map(|(line, until, answered)| Event::PutOff { line, until, answered }),
        (line(), purchase()).prop_map(|(line, purchase)| Event::PurchaseConfirmed { line, purchase }),
        (line(), subscription()).prop_map(|(line, subscription)| Event::SubscriptionNamed { line, subscription }),
        (line(), subscription(), option::of(day())).prop_map(|(line, bought, lasts_until)| Event::CoverConfirmed {
            line,
            bought,
            lasts_until
        }),
    ]
}

/// Events from the first user's change until the source is over.
fn reassigning() -> impl Strategy<Value = Event> {
    let users = btree_map(user(), btree_set(service_plan(), 0..3), 0..4);
    let failed = btree_map(user(), text(), 0..3);
    let off = btree_map(user(), btree_set(service_plan(), 1..3), 0..3);
    let beside = option::of((sku(), off).prop_map(|(sku, disabled)| Second { sku, disabled }));
    let held = btree_map(user(), former(), 0..3);
    prop_oneof![
        (line(), sku(), sku(), users, failed, held, beside, option::of(0_u32..6)).prop_map(
            |(line, add, remove, users, failed, held, beside, batch)| Event::SwapPlanned {
                line,
                add,
                remove,
                users,
                failed,
                held,
                beside,
                batch
            }
        ),
        (line(), user(), option::of(instant())).prop_map(|(line, user, at)| Event::UserSwapped { line, user, at }),
        (line(), user(), text()).prop_map(|(line, user, reason)| Event::UserNotSwapped { line, user, reason }),
        (line(), 0_u32..6).prop_map(|(line, next)| Event::BatchVerified { line, next }),
        line().prop_map(|line| Event::ReassignmentConfirmed { line }),
        (line(), exit()).prop_map(|(line, exit)| Event::SourceReleased { line, exit }),
        line().prop_map(|line| Event::SourceEnded { line }),
        (line(), ending()).prop_map(|(line, how)| Event::Settled { line, how }),
        (line(), instant(), prop::collection::vec(finding(), 0..3)).prop_map(|(line, at, found)| Event::EndChecked {
            line,
            at,
            found
        }),
    ]
}

fn former() -> impl Strategy<Value = Former> {
    let via = prop::sample::select(vec![Via::Direct, Via::Group, Via::Both]);
    (via, btree_set(service_plan(), 0..3)).prop_map(|(via, disabled)| Former { via, disabled })
}

/// Events about what people are asked and what they do.
fn people() -> impl Strategy<Value = Event> {
    prop_oneof![
        (line(), cause()).prop_map(|(line, cause)| Event::AttentionNeeded { line, cause }),
        line().prop_map(|line| Event::AttentionCleared { line }),
        (line(), answer(), text()).prop_map(|(line, answer, by)| Event::Resolved { line, answer, by }),
        text().prop_map(|by| Event::Paused { by }),
        text().prop_map(|by| Event::Resumed { by }),
        text().prop_map(|by| Event::Cancelled { by }),
        (btree_map(text(), text(), 0..3), text()).prop_map(|(labels, by)| Event::Labelled { labels, by }),
        (own_policy(), text()).prop_map(|(own, by)| Event::PolicySet { own, by }),
    ]
}

/// What a customer is planned by otherwise than the policy says.
pub fn own_policy() -> impl Strategy<Value = OwnPolicy> {
    let sizing = prop::sample::select(vec![Sizing::LikeForLike, Sizing::RightSize]);
    let billing = prop::sample::select(vec![Billing::Monthly, Billing::Annual, Billing::Triennial]);
    let alignment =
        prop::sample::select(vec![Alignment::None, Alignment::First, Alignment::Oldest, Alignment::MonthEnd]);
    let new_plans = prop::sample::select(vec![NewPlans::On, NewPlans::Off]);
    let (lead, overlap, buffer) = (option::of(1_u32..=250), option::of(0_u32..=366), option::of(0_u32..=100));
    (lead, overlap, option::of(sizing), buffer, option::of(billing), option::of(alignment), option::of(new_plans))
        .prop_map(|(lead, overlap, sizing, buffer, billing, alignment, new_plans)| OwnPolicy {
            lead_business_days: lead.and_then(|days| LeadDays::try_new(days).ok()),
            overlap_days_max: overlap.and_then(|days| OverlapDays::try_new(days).ok()),
            sizing,
            seat_buffer_pct: buffer.and_then(|pct| BufferPct::try_new(pct).ok()),
            billing,
            alignment,
            new_plans,
        })
}

/// Why a person is needed.
pub fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        vec(finding(), 0..4).prop_map(Cause::Found),
        Just(Cause::CustomerLate),
        Just(Cause::WindowMissed),
        refusal().prop_map(Cause::Refused),
        text().prop_map(|what| Cause::CartDiffers { what }),
        text().prop_map(|what| Cause::PurchaseDiffers { what }),
        vec(text(), 0..3).prop_map(|orders| Cause::OrderedTwice { orders }),
        Just(Cause::DeliveryLate),
        Just(Cause::SwapLate),
        line().prop_map(|base| Cause::BaseStopped { base }),
        any::<u32>().prop_map(|users| Cause::NoFreeUnits { users }),
        subscription().prop_map(|subscription| Cause::PurchaseCancelled { subscription }),
        btree_map(user(), text(), 0..3).prop_map(|failed| Cause::SwapStopped { failed }),
        any::<(u32, u32)>().prop_map(|(consumed, pool_after)| Cause::Shortfall { consumed, pool_after }),
        (instant(), option::of(day()), option::of(day())).prop_map(|(until, old_by, new_by)| Cause::SourceRenewed {
            until,
            old_by,
            new_by
        }),
        Just(Cause::SourceUnclear),
    ]
}

/// Why the service will not do it.
pub fn refusal() -> impl Strategy<Value = Refusal> {
    let kind = prop::sample::select(vec![
        RefusalKind::CartGone,
        RefusalKind::NoRelationship,
        RefusalKind::AgreementMissing,
        RefusalKind::OfferUnavailable,
        RefusalKind::SeatsNotAllowed,
        RefusalKind::AccountOnHold,
        RefusalKind::LicenceNotAssignable,
        RefusalKind::NoFreeUnits,
        RefusalKind::NotPermitted,
        RefusalKind::Other,
    ]);
    (kind, text(), text()).prop_map(|(kind, code, detail)| Refusal { kind, code, detail })
}

/// How a line ends without a purchase that stands.
pub fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        subscription().prop_map(|subscription| Ending::CameOver { subscription }),
        option::of(text()).prop_map(|by| Ending::OldKept { by }),
    ]
}

/// How the old subscription ends.
pub fn exit() -> impl Strategy<Value = Exit> {
    prop_oneof![Just(Exit::LetExpire), Just(Exit::OwnerActs), text().prop_map(|by| Exit::OwnerConfirmed { by }),]
}

/// What a person can answer.
pub fn answer() -> impl Strategy<Value = Answer> {
    prop::sample::select(vec![Answer::GoOn, Answer::PlanAgain, Answer::RenewalStopped, Answer::OldKept])
}
