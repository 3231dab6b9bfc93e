//! Which end the first term of a new subscription gets, in the plan and on the day of the purchase.

use crate::fixture::story::{Story, cart, names, plan_id, purchase};
use crate::fixture::{Scene, line_id, read, says, subscription};
use carryover_domain::assess::Outlook;
use carryover_domain::audit::audit;
use carryover_domain::facts::{Cart, OwnStatus, OwnSubscription};
use carryover_domain::forecast::{Forecast, Prospect};
use carryover_domain::observed::Observed;
use carryover_domain::plan::{Verdict, needs_own, plan, verdicts};
use carryover_domain::policy::Alignment;
use carryover_domain::reply::Outcome;
use carryover_domain::time::Term;
use expect_test::{Expect, expect};

/// Two lines whose old subscriptions end a month apart.
const TWO: &str = "line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2027-01-13 open";

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
fn without_a_wish_every_term_runs_in_full() {
    check(
        TWO,
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
        P1Y 2027-01-11 to 2028-01-10, its own end
    "#]],
    );
}

#[test]
fn later_destinations_end_with_the_first_one() {
    check(
        &format!("align first\n{TWO}"),
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
        P1Y 2027-01-11 to 2027-12-08, the new subscription of line old-1
    "#]],
    );
}

#[test]
fn what_stands_already_comes_before_what_is_planned() {
    check(
        &format!("align first\nown new-9 P1Y since 2026-03-10 until 2027-03-09\n{TWO}"),
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
            "align first
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
        "align first\nown new-6 P1M since 2026-11-12 until 2026-12-31\nline SPB 25 seats until 2026-12-13 open",
        expect![[r#"
        P1Y 2026-12-09 to 2027-12-08, its own end
          note END_NOT_ALIGNED: the new term cannot end with subscription new-6 (ANNUAL_TO_MONTHLY_TARGET), so it runs in full
    "#]],
    );
}

#[test]
fn no_term_ends_before_the_old_subscription_does() {
    check(
        "align first\nown new-6 P1Y since 2025-12-11 until 2026-12-10\nline SPB 25 seats until 2026-12-13 open",
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
    let scene = Scene::of(&format!("align first\n{TWO}\noffer SPB at 365.00 EUR\noffer E3 at 365.00 EUR"));
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
    let mut story = Story::approved(&format!("align first\n{TWO}"));
    story.at("2026-12-09");
    story.facts(1);
    story.cart(1, "cart-1");
    let bought = purchase("SPB", 25, Some("new-1"), "2026-12-09");
    story.checked_out(1, Outcome::Done(bought));
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
            old-2: to be bought as act 9 until 2027-12-10
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
            old-2: to be bought as act 12 until 2027-12-08
    "#]]);
}

#[test]
fn nothing_waits_for_what_is_not_bought_yet_before_its_own_day() {
    let mut story = Story::approved(&format!("align first\n{TWO}"));
    story.at("2026-12-01");
    story.facts(2);
    story.at("2027-01-11");
    story.facts(2);
    story.reads(expect![[r#"
        2026-12-01 00:00 time passed
        2026-12-01 00:00 facts were read
            old-2: compared with its plan
        2027-01-11 00:00 time passed
            old-1: needs a person, WINDOW_MISSED: the last day of the old subscription passed before anything could be bought
        2027-01-11 00:00 facts were read
            old-2: needs a person, TERM_END_GONE: the new term was to end on 2027-12-08, which cannot be ordered now: the new subscription of line old-1 is not bought yet
    "#]]);
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
            old-2: to be bought as act 9 until 2027-12-08
        2027-01-11 00:00 making a cart: done
            old-2: needs a person, CART_DIFFERS: the cart holds 9 × CFQ7TTC0ZZ05:0001, until 2028-01-10; the plan says 9 × CFQ7TTC0ZZ05:0001, P1Y, monthly, until 2027-12-08
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
    assert!(needs_own(&story.migration(), &story.scene.policy));
    story.facts(2);
    assert_eq!(story.line(2).term_end, Some(read("2027-12-08")));
    let again = plan(&story.migration(), &story.known(), &story.scene.policy, plan_id(9), story.now);
    assert!(again.is_err(), "both are on their way");
}
