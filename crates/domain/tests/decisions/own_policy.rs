//! A customer is planned by wishes of its own where it has any. What was approved stands, whatever it wishes later.

use super::swapping::{ARRIVED, EXCHANGE_STANDARD, TEAMS};
use crate::fixture::story::{Story, holder, plan_id, service_plan, user};
use crate::fixture::{read, sku, tenancy};
use carryover_domain::policy::OwnPolicy;
use carryover_domain::{Command, Stage};
use jiff::civil::Date;

/// A licence in use by 12 of its 25 seats.
const HALF_USED: &str = "line SPB 25 seats until 2026-12-13 open\n\
                         tenant holds SPB 25 seats until 2026-12-13\nin use SPB 12";

fn own(wishes: &[(&str, &str)]) -> OwnPolicy {
    wishes.iter().try_fold(OwnPolicy::default(), |own, (key, value)| own.with(key, Some(value))).expect("wishes")
}

impl Story {
    /// From now on the customer is planned by `own`.
    fn wish(&mut self, own: OwnPolicy) {
        let command = Command::Update { labels: None, own: Some(own), by: "olga".to_owned() };
        self.command("planned by its own policy", command);
    }

    /// The seats and the day of the newest plan's first line.
    fn planned_so(&self) -> (u32, Date) {
        let plan = self.migration().plan.expect("a plan");
        let line = plan.lines.values().next().expect("a line");
        (line.seats.get(), line.day)
    }
}

#[test]
fn a_plan_is_made_by_the_customers_own_wishes_and_by_the_policy_otherwise() {
    let mut story = Story::imported(HALF_USED);
    story.plan(1);
    assert_eq!(story.planned_so(), (25, read("2026-12-09")));
    story.wish(own(&[("sizing", "right_size"), ("seat_buffer_pct", "25"), ("lead_business_days", "5")]));
    // What was planned stands until it is planned anew.
    assert_eq!(story.planned_so(), (25, read("2026-12-09")));
    story.plan(2);
    assert_eq!(story.planned_so(), (15, read("2026-12-07")));
    story.wish(own(&[("sizing", "right_size")]));
    story.plan(3);
    assert_eq!(story.planned_so(), (12, read("2026-12-09")));
    story.wish(OwnPolicy::default());
    story.plan(4);
    assert_eq!(story.planned_so(), (25, read("2026-12-09")));
}

#[test]
fn what_was_approved_is_bought_as_it_was_approved_whatever_is_wished_since() {
    let mut story = Story::imported(HALF_USED);
    story.wish(own(&[("sizing", "right_size")]));
    story.plan(1);
    // Wished otherwise between plan and approval, and again after it.
    story.wish(own(&[("seat_buffer_pct", "100"), ("sizing", "right_size")]));
    story.approve(1);
    story.wish(OwnPolicy::default());
    assert_eq!(story.migration().approved, Some(plan_id(1)));
    story.at("2026-12-09T00:00:00Z");
    story.facts(1);
    assert!(matches!(story.line(1).stage, Stage::Carting { .. }), "{:?}", story.line(1).stage);
    assert_eq!(story.line(1).plan.expect("a plan").seats.get(), 12);
}

/// Whether all services that are new to them stay off for the users of a line that changes licence, once `steps` were taken.
fn off_for_everybody(steps: impl Fn(&mut Story)) -> bool {
    let mut story = Story::imported("line SPB 3 seats until 2026-12-13 direct_mca renews wants E3");
    steps(&mut story);
    story.buy();
    story.delivered(1, ARRIVED);
    let mut tenancy = tenancy(ARRIVED);
    tenancy.pools.entry(sku("SPB")).or_default().plans = [read(EXCHANGE_STANDARD)].into();
    let new = [read(TEAMS), service_plan(1)];
    tenancy.pools.entry(sku("E3")).or_default().plans = new.into();
    story.holders_among(1, vec![holder(1)], tenancy);
    let change = story.line(1).change_of(user(1)).expect("user 1 waits for a change");
    change.add[&sku("E3")] == new.into()
}

#[test]
fn users_keep_off_what_was_to_be_off_when_their_change_was_approved() {
    assert!(off_for_everybody(|story| {
        story.wish(own(&[("new_plans", "off")]));
        story.plan(1);
        story.approve(1);
        story.wish(OwnPolicy::default());
    }));
}

#[test]
fn a_wish_for_new_services_to_be_off_makes_a_new_plan_that_heeds_it() {
    for approved in [false, true] {
        let heeded = off_for_everybody(|story| {
            story.plan(1);
            if approved {
                story.approve(1);
            }
            story.wish(own(&[("new_plans", "off")]));
            story.plan(2);
            assert_eq!(story.migration().plan.map(|plan| plan.id), Some(plan_id(2)), "approved before: {approved}");
            story.approve(2);
        });
        assert!(heeded, "approved before: {approved}");
    }
}

#[test]
fn a_wish_for_new_services_makes_no_new_plan_where_nobody_changes_licence() {
    let mut story = Story::approved(HALF_USED);
    story.wish(own(&[("new_plans", "off")]));
    story.plan(2);
    assert_eq!(
        (story.migration().plan.map(|plan| plan.id), story.migration().approved),
        (Some(plan_id(1)), Some(plan_id(1)))
    );
}

#[test]
fn whoever_wishes_what_is_wished_already_changes_nothing() {
    let mut story = Story::imported(HALF_USED);
    let wishes = own(&[("sizing", "right_size"), ("align", "none")]);
    story.wish(wishes);
    let events = story.log.len();
    story.wish(wishes);
    assert_eq!((story.log.len(), story.migration().own), (events, wishes));
    let both = Command::Update {
        labels: Some([("team".to_owned(), "north".to_owned())].into()),
        own: None,
        by: String::new(),
    };
    story.command("labelled", both);
    assert_eq!((story.log.len(), story.migration().own), (events + 1, wishes), "labels leave wishes alone");
}
