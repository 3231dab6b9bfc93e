//! Strategies for plans, purchases and standing.

use super::finding::segment;
use super::value::{billing, day, instant, line, money, offer, order, plan_id, seats, sku, subscription, term, text};
use carryover_domain::facts::{Agreement, Purchase, Relationship, Standing};
use carryover_domain::ids::PartnerId;
use carryover_domain::plan::{EndsWith, LinePlan, Plan, Reassign, Route, SourceEnd, TermEnd};
use carryover_domain::route::Course;
use carryover_domain::time::End;
use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;

/// A plan of up to three lines.
pub fn plan() -> impl Strategy<Value = Plan> {
    let lines = btree_map(line(), line_plan(), 0..4);
    (plan_id(), option::of(plan_id()), lines).prop_map(|(id, parent, lines)| Plan { id, parent, lines })
}

/// What will be done for one line.
pub fn line_plan() -> impl Strategy<Value = LinePlan> {
    let route = prop::sample::select(vec![Route::BuyAtEnd, Route::BuyNow]);
    let reassign = prop::sample::select(vec![Reassign::Nothing, Reassign::SwapEachUser]);
    let what = (route, offer(), segment(), sku(), seats(), term(), billing(), option::of(money()));
    let when = (day(), instant(), instant(), reassign, any::<u32>(), option::of(money()));
    let source_ends = vec![SourceEnd::RunsOut, SourceEnd::OwnerStopsRenewal, SourceEnd::OwnerCancels];
    let advice = vec![
        Course::PartnerTransfer,
        Course::NceMigration,
        Course::ChannelTransfer,
        Course::BuyAtEnd,
        Course::BuyNow,
        Course::NothingToDo,
        Course::NewSale,
    ];
    let more = (
        prop::sample::select(source_ends),
        option::of(prop::sample::select(advice)),
        option::of(text()),
        option::of(term_end()),
        option::of(
            prop::sample::select(vec!["11", "4711000"]).prop_filter_map("an id", |id| PartnerId::try_new(id).ok()),
        ),
        option::of(instant()),
    );
    (what, when, more).prop_map(|(what, when, (source_end, advised, promotion, term_end, reseller, made))| {
        let (route, offer, segment, sku, seats, term, billing, price_ceiling) = what;
        let (day, opens, ends, reassign, overlap_days, overlap_cost) = when;
        LinePlan {
            route,
            offer,
            segment,
            sku,
            seats,
            term,
            billing,
            price_ceiling,
            day,
            opens,
            ends: End::at(ends),
            reassign,
            overlap_days,
            overlap_cost,
            source_end,
            advised,
            promotion,
            term_end,
            reseller,
            made,
        }
    })
}

fn term_end() -> impl Strategy<Value = TermEnd> {
    let with = prop_oneof![
        Just(EndsWith::MonthEnd),
        subscription().prop_map(EndsWith::Subscription),
        line().prop_map(EndsWith::Line),
    ];
    (day(), with).prop_map(|(last_day, with)| TermEnd { last_day, with })
}

/// An accepted order line.
pub fn purchase() -> impl Strategy<Value = Purchase> {
    (order(), option::of(subscription()), offer(), any::<u32>(), instant(), option::of(money())).prop_map(
        |(order, subscription, offer, seats, ordered_at, price_per_seat)| Purchase {
            order,
            subscription,
            offer,
            seats,
            ordered_at,
            price_per_seat,
        },
    )
}

/// Whether we may sell to the customer.
pub fn standing() -> impl Strategy<Value = Standing> {
    let relationship =
        prop_oneof![Just(Relationship::Reseller), Just(Relationship::None), text().prop_map(Relationship::Other),];
    let agreement = prop::sample::select(vec![
        Agreement::Accepted,
        Agreement::Missing,
        Agreement::SettledOutside,
        Agreement::Unreadable,
    ]);
    (relationship, agreement, option::of(day())).prop_map(|(relationship, agreement, agreed)| Standing {
        relationship,
        agreement,
        agreed,
    })
}
