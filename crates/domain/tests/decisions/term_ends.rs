//! Which end the first term of a new subscription gets, in the plan and on the day of the purchase.

use crate::fixture::story::{Story, cart, names, plan_id, purchase};
use crate::fixture::{Scene, line_id, read, says, subscription, us};
use carryover_domain::assess::Outlook;
use carryover_domain::audit::audit;
use carryover_domain::facts::{Cart, OwnStatus, OwnSubscription};
use carryover_domain::forecast::{Forecast, Prospect};
use carryover_domain::migration::decide::import;
use carryover_domain::observed::Observed;
use carryover_domain::plan::{Verdict, needs_own, plan, verdicts};
use carryover_domain::policy::Alignment;
use carryover_domain::reply::Outcome;
use carryover_domain::time::Term;
use expect_test::{Expect, expect};

/// Two lines whose old subscriptions end a month apart.
const TWO: &str = "line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2027-01-13 open";

/// What the tenant holds of them.
const HELD: &str = "tenant holds SPB 25 seats until 2026-12-13 named old-1\n\
                    tenant holds E3 9 seats until 2027-01-13 named old-2";

/// Until when each planned line of the scene runs, and with what; and what is said of those that run their own term.
fn check(scene: &str, expected: Expect) {
    let scene = Scene::of(scene);
    let migration = scene.migration();
    let outlook = Outlook::of(&migration, &scene.facts, &scene.policy, scene.now);
    let verdicts = verdicts(&outlook);
    let mut text = String::new();
    for n in 1..=scene.lines.len() {
        let Some(Verdict::Planned { plan, findings }) = verdicts.get(&line_id(n)) else { panic!("line {n}") };
        let with = plan.term_end.as_ref().map_or("its own end".to_owned(), |end| end.with.to_string());
        text += &format!("{} {} to {}, {}\n", plan.term, plan.day, plan.last_day(), names(&with));
        let about = findings.iter().filter(|finding| finding.code() == "END_NOT_ALIGNED");
        text.extend(about.map(|finding| format!("  {}\n", names(&says(finding)))));
    }
    expected.assert_eq(&text);
}

#[test]
fn every_term_runs_in_full_where_that_is_wanted() {
    check(
        &format!("align none\n{TWO}"),
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
        P1Y 2027-01-11 to 2028-01-10, its own end
    "#]],
    );
}

#[test]
fn without_a_wish_later_destinations_end_with_the_first_one() {
    check(
        TWO,
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
        P1Y 2027-01-11 to 2027-12-08, the new subscription of line old-1
    "#]],
    );
}

#[test]
fn what_stands_already_comes_before_what_is_planned() {
    check(
        &format!("align oldest\nown new-9 P1Y since 2026-03-10 until 2027-03-09\n{TWO}"),
        expect![[r#"
        P1Y 2026-12-09 to 2027-03-09, subscription new-9
        P1Y 2027-01-11 to 2027-03-09, subscription new-9
    "#]],
    );
}

#[test]
fn the_oldest_that_may_be_shared_is_taken() {
    check(
        &format!(
            "align oldest
             own new-7 P1Y since 2026-01-10 until 2027-01-09 trial
             own new-8 P1Y since 2026-01-11 until 2027-01-10 suspended
             own new-6 P1M since 2026-01-12 until 2026-12-31
             own new-9 P1Y since 2026-05-10 until 2027-05-09
             own new-4 P1Y since 2026-01-10 until 2027-01-09 legacy
             own new-5 P1Y since 2026-04-10 until 2027-04-09\n{TWO}"
        ),
        expect![[r#"
        P1Y 2026-12-09 to 2027-04-09, subscription new-5
        P1Y 2027-01-11 to 2027-04-09, subscription new-5
    "#]],
    );
}

#[test]
fn a_term_that_may_not_be_shared_runs_in_full_and_says_why() {
    check(
        "align oldest\nown new-6 P1M since 2026-11-12 until 2026-12-31\nline SPB 25 seats until 2026-12-13 open",
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
          note END_NOT_ALIGNED: the new term cannot end with subscription new-6 (ANNUAL_TO_MONTHLY_TARGET), so it runs in full
    "#]],
    );
}

#[test]
fn no_term_ends_before_the_old_subscription_does() {
    check(
        "align oldest\nown new-6 P1Y since 2025-12-11 until 2026-12-10\nline SPB 25 seats until 2026-12-13 open",
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
          note END_NOT_ALIGNED: the new term cannot end with subscription new-6 (NO_MATCHING_END_DATE), so it runs in full
    "#]],
    );
    check(
        "align month_end\nline SPB 25 seats until 2026-12-02 open P1M\noffer SPB term P1M/monthly",
        expect![[r#"
            P1M 2026-11-30 to 2026-12-29, its own end
        "#]],
    );
}

#[test]
fn terms_end_with_the_calendar_month_where_that_is_wanted() {
    check(
        &format!("align month_end\n{TWO}"),
        expect![[r#"
        P1Y 2026-12-09 to 2027-11-30, the calendar month
        P1Y 2027-01-11 to 2027-12-31, the calendar month
    "#]],
    );
    check(
        "align month_end\nlead 1\nline SPB 25 seats until 2026-12-01 open",
        expect![[r#"
        P1Y 2026-12-01 to 2027-11-30, its own end
    "#]],
    );
}

#[test]
fn a_shorter_term_costs_its_days() {
    let scene = Scene::of(&format!("{TWO}\noffer SPB at 365.00 EUR\noffer E3 at 365.00 EUR"));
    let migration = scene.migration();
    let outlook = Outlook::of(&migration, &scene.facts, &scene.policy, scene.now);
    let forecast = Forecast::of(vec![Prospect::of(&outlook)], vec![], &scene.policy, scene.now);
    let told: Vec<String> = forecast
        .lines
        .iter()
        .map(|line| format!("{} {}", line.new_end.expect("planned"), line.first_term.expect("priced")))
        .collect();
    // 9 seats for 332 of 365 days.
    assert_eq!(told, ["2027-12-08 9125.00 EUR", "2027-12-08 2988.00 EUR"]);
}

/// `TWO`, the first line bought as `new-1` on its day and known to Partner Center until `until`.
fn first_bought(until: &str) -> Story {
    let mut story = Story::approved(TWO);
    story.at("2026-12-09");
    story.facts(1);
    story.cart(1, "cart-1");
    let bought = purchase("SPB", 25, Some("new-1"), "2026-12-09");
    story.checked_out(1, Outcome::Done(bought));
    story.delivered(1, &format!("{HELD}\ntenant holds SPB 25 seats named new-1 ours"));
    knows(&mut story, OwnStatus::Active, until);
    story.at("2027-01-11");
    story.forget();
    story
}

fn knows(story: &mut Story, status: OwnStatus, until: &str) {
    let own = OwnSubscription {
        id: subscription("new-1"),
        legacy: false,
        status,
        trial: false,
        term: Some(Term::Year),
        starts: None,
        last_day: Some(read(until)),
    };
    story.scene.facts.own = Some(Observed { value: vec![own], at: story.now });
}

#[test]
fn the_end_is_ordered_that_the_first_one_really_has() {
    let mut story = first_bought("2027-12-10");
    story.facts(2);
    assert_eq!(story.line(2).term_end, Some(read("2027-12-10")));
    story.cart(2, "cart-2");
    story.reads(expect![[r#"
        2027-01-11 00:00 facts were read
            old-2: to be bought as act 10 until 2027-12-10
        2027-01-11 00:00 making a cart: done
            old-2: cart-2 recorded
    "#]]);
}

#[test]
fn an_end_that_cannot_be_shared_any_more_waits_and_goes_on_by_itself() {
    let mut story = first_bought("2027-12-08");
    story.scene.facts.own = Some(Observed { value: Vec::new(), at: story.now });
    story.facts(2);
    knows(&mut story, OwnStatus::Other, "2027-12-08");
    story.facts(2);
    knows(&mut story, OwnStatus::Active, "2027-10-08");
    story.facts(2);
    knows(&mut story, OwnStatus::Active, "2027-12-08");
    story.facts(2);
    story.reads(expect![[r#"
        2027-01-11 00:00 facts were read
            old-2: needs a person, TERM_END_GONE: the new term was to end on 2027-12-08, which cannot be ordered now: Partner Center shows no end of the new subscription of line old-1
        2027-01-11 00:00 facts were read
            old-2: needs a person, TERM_END_GONE: the new term was to end on 2027-12-08, which cannot be ordered now: it may not end with the new subscription of line old-1: TARGET_NOT_ACTIVE
        2027-01-11 00:00 facts were read
            old-2: needs a person, TERM_END_GONE: the new term was to end on 2027-12-08, which cannot be ordered now: with the new subscription of line old-1 it would end on 2027-10-08
        2027-01-11 00:00 facts were read
            old-2: goes on
            old-2: to be bought as act 13 until 2027-12-08
    "#]]);
}

#[test]
fn nothing_waits_for_what_is_not_bought_yet_before_its_own_day() {
    let mut story = Story::approved(TWO);
    story.at("2026-12-01");
    story.facts(2);
    story.at("2027-01-11");
    story.facts(2);
    story.reads(expect![[r#"
        2026-12-01 00:00 time passed
        2026-12-01 00:00 facts were read
            old-2: compared with its plan
        2027-01-11 00:00 time passed
            old-1: needs a person, WINDOW_MISSED: the planned last day of the old subscription passed before anything could be bought
        2027-01-11 00:00 facts were read
            old-2: needs a person, TERM_END_GONE: the new term was to end on 2027-12-08, which cannot be ordered now: the new subscription of line old-1 is not bought yet
    "#]]);
}

/// Two lines whose old subscriptions end a week apart; the day of the second has come, and what the first bought has not arrived.
fn first_on_its_way() -> Story {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-20 open");
    story.at("2026-12-09");
    story.facts(1);
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    story.at("2026-12-16");
    story.forget();
    story
}

#[test]
fn a_purchase_waits_quietly_for_the_one_it_is_to_end_with() {
    let mut story = first_on_its_way();
    story.tell_owed();
    story.facts(2);
    story.delivered(1, &format!("{HELD}\ntenant holds SPB 25 seats named new-1 ours"));
    knows(&mut story, OwnStatus::Active, "2027-12-08");
    story.tell_owed();
    story.facts(2);
    story.reads(expect![[r#"
          owed: old-1: read the delivery of new-1
          owed: old-2: read the facts
          next look: 2026-12-16 00:15
        2026-12-16 00:00 facts were read
            old-2: compared with its plan
        2026-12-16 00:00 the delivery was read
            old-1: goes on
            old-1: covered by new-1
            old-1: may go, by itself
          owed: old-1: read the old subscription and the users of SPB
          owed: old-2: read the facts
          next look: 2026-12-16 00:15
        2026-12-16 00:00 facts were read
            old-2: to be bought as act 11 until 2027-12-08
    "#]]);
}

#[test]
fn once_a_line_would_be_late_it_is_bought_for_a_whole_term() {
    let mut story = first_on_its_way();
    story.at("2026-12-19T23:59:00Z");
    story.facts(2);
    story.at("2026-12-20");
    story.tell_owed();
    story.facts(2);
    story.reads(expect![[r#"
        2026-12-19 23:59 time passed
        2026-12-19 23:59 facts were read
            old-2: compared with its plan
        2026-12-20 00:00 time passed
            old-2: needs a person, DELIVERY_LATE: the purchase is not usable in time
          owed: old-1: read the delivery of new-1
          owed: old-2: read the facts
          next look: 2026-12-20 00:15
        2026-12-20 00:00 facts were read
            old-2: goes on
            old-2: to be bought as act 12
    "#]]);
}

#[test]
fn what_was_bought_before_is_what_later_plans_end_with() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open");
    story.at("2026-12-09");
    story.facts(1);
    assert!(!needs_own(&story.migration(), &story.scene.policy, us(), None), "one line shares with nobody");
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    story.lasting(1, read("2027-12-08"), &format!("{HELD}\ntenant holds SPB 25 seats named new-1 ours"));
    assert!(needs_own(&story.migration(), &story.scene.policy, us(), None), "a later line may share with it");
    let more = Scene::of(TWO);
    let told = import(Some(&story.migration()), more.customer.clone(), more.lines.clone(), None).expect("a new line");
    story.log.push((story.now, told));
    story.scene.facts.tenancy = more.facts.tenancy;
    story.scene.facts.offers = more.facts.offers;
    let planned = |story: &Story| {
        let plan =
            plan(&story.migration(), &story.known(), &story.scene.policy, plan_id(2), story.now).expect("a plan");
        plan.lines[&line_id(2)].last_day()
    };
    assert_eq!(planned(&story), read("2027-12-08"));
    knows(&mut story, OwnStatus::Other, "2027-12-08");
    assert_eq!(planned(&story), read("2028-01-10"), "cancelled since: nothing ends with it");
}

#[test]
fn an_end_is_read_once_there_is_one_to_be_seen() {
    let needs = |story: &Story| needs_own(&story.migration(), &story.scene.policy, us(), None);
    assert_eq!([needs(&Story::approved(TWO)), needs(&first_bought("2027-12-08"))], [false, true]);
}

#[test]
fn a_cart_with_another_end_is_never_checked_out() {
    let mut story = first_bought("2027-12-08");
    story.facts(2);
    let plan = story.line(2).plan.expect("a plan");
    let other = Cart {
        id: cart("cart-2"),
        offer: plan.offer,
        seats: 9,
        term: None,
        billing: None,
        term_end: Some(read("2028-01-10")),
        expires: None,
    };
    story.cart_reply(2, Outcome::Done(other));
    story.reads(expect![[r#"
        2027-01-11 00:00 facts were read
            old-2: to be bought as act 10 until 2027-12-08
        2027-01-11 00:00 making a cart: done
            old-2: needs a person, CART_DIFFERS: the cart holds 9 × CFQ7TTC0ZZ05:0001, until 2028-01-10; the plan says 9 × CFQ7TTC0ZZ05:0001, P1Y, annual, until 2027-12-08
    "#]]);
}

#[test]
fn an_end_that_came_out_otherwise_is_worth_a_look() {
    let mut story = first_bought("2027-12-08");
    story.facts(2);
    story.cart(2, "cart-2");
    let bought = purchase("E3", 9, Some("new-2"), "2027-01-11");
    story.checked_out(2, Outcome::Done(bought));
    let holds = "tenant holds E3 9 seats until 2027-01-13 named old-2\ntenant holds E3 9 seats named new-2 ours";
    let lasts = |story: &mut Story, until: &str| {
        story.lasting(2, read(until), holds);
        let notes: Vec<String> = audit(&story.migration()).iter().map(ToString::to_string).collect();
        names(&notes.join("; "))
    };
    assert_eq!(
        lasts(&mut story, "2028-01-10"),
        "the new term of line old-2 ends on 2028-01-10; 2027-12-08 was ordered"
    );
    assert_eq!(story.line(2).term_last_day(), Some(read("2028-01-10")));
}

#[test]
fn a_plan_that_was_made_with_another_wish_is_still_carried_out() {
    let mut story = first_bought("2027-12-08");
    story.scene.policy.alignment = Alignment::None;
    assert!(needs_own(&story.migration(), &story.scene.policy, us(), None));
    story.facts(2);
    assert_eq!(story.line(2).term_end, Some(read("2027-12-08")));
    let again = plan(&story.migration(), &story.known(), &story.scene.policy, plan_id(9), story.now);
    assert!(again.is_err(), "both are on their way");
}

#[test]
fn what_is_ours_by_the_tenant_and_was_told_as_bought_elsewhere_has_its_record_read() {
    let reads = |owner: &str| {
        let scene =
            Scene::of(&format!("line SPB 25 seats until 2026-12-13 open unnamed\ntenant holds SPB 25 seats {owner}"));
        let tenancy = scene.facts.tenancy.as_ref().map(|seen| &seen.value);
        needs_own(&scene.migration(), &scene.policy, us(), tenancy)
    };
    assert!(reads("ours"));
    assert!(!reads("theirs") && !reads(""));
}

#[test]
fn a_subscription_whose_end_nobody_tells_stands_and_is_nothing_to_end_with() {
    check(
        "align oldest\nown new-5 P1Y since 2026-04-10\nown new-9 P1Y since 2026-05-10 until 2027-05-09
         line SPB 25 seats until 2026-12-13 open",
        expect![[r#"
        P1Y 2026-12-09 to 2027-05-09, subscription new-9
    "#]],
    );
    check(
        "align oldest\nown new-5 P1Y since 2026-04-10\nline SPB 25 seats until 2026-12-13 open",
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
    "#]],
    );
}
