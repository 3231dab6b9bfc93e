//! What waits for people, what they may answer, and what happens when they are late.

use crate::fixture::line_id;
use crate::fixture::story::{Story, plan_id, purchase, refused};
use carryover_domain::facts::{Agreement, Relationship};
use carryover_domain::ids::IntentId;
use carryover_domain::migration::action::action_items;
use carryover_domain::reply::{Outcome, RefusalKind};
use carryover_domain::{Answer, Command, Input, Moment, Observation, decide, wake};
use expect_test::expect;

const NOT_YET: &str = "relationship none\nagreement unreadable\ntenant unseen";

#[test]
fn a_customer_that_has_to_accept_is_invited_and_asked_after() {
    let mut story = Story::approved(NOT_YET);
    story.tell_owed();
    let link = "https://admin.example/invite".to_owned();
    story.step("the link was read", Input::Observation(Observation::Invitation { link: link.clone() }));
    story.step("the link was read", Input::Observation(Observation::Invitation { link }));
    story.tell_actions();
    story.tell_owed();
    story.standing(Relationship::Reseller, Agreement::Missing);
    story.tell_actions();
    story.tell_owed();
    story.standing(Relationship::Reseller, Agreement::Missing);
    story.standing(Relationship::Reseller, Agreement::Accepted);
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
          owed: read the invitation
          owed: read our standing
          next look: 2026-11-03 00:00
        2026-11-02 08:00 the link was read
            invitation https://admin.example/invite
        2026-11-02 08:00 the link was read
          by 2026-12-09 00:00: SEND_INVITATION send the customer the invitation: https://admin.example/invite
          owed: read our standing
          next look: 2026-11-03 00:00
        2026-11-02 08:00 our standing was read
            we are a reseller; agreement missing
          by 2026-12-09 00:00: OBTAIN_AGREEMENT have the customer accept the Microsoft Customer Agreement
          owed: read our standing
          next look: 2026-11-03 00:00
        2026-11-02 08:00 our standing was read
        2026-11-02 08:00 our standing was read
            we are a reseller; agreement accepted
          nobody has to act
          owed: old-1: read the facts
          next look: 2026-11-02 08:15
    "#]]);
}

#[test]
fn customers_who_have_to_accept_are_asked_after_at_instants_that_they_share_the_oftener_the_nearer_their_day() {
    let looks = |begins: &str| {
        let mut story = Story::approved(NOT_YET);
        story.now = begins.parse().expect("an instant");
        let mut looks = std::collections::BTreeSet::new();
        while story.now < "2026-12-09T00:00:00Z".parse().expect("an instant") {
            story.now = wake(&story.migration(), &story.scene.policy, story.now).expect("it waits");
            looks.insert(story.now);
        }
        looks
    };
    let one = looks("2026-11-03T08:00:00Z");
    assert!(looks("2026-11-05T17:11:12Z").is_subset(&one));
    let told: Vec<String> = one.iter().map(|look| look.strftime("%d %H").to_string()).collect();
    expect!["07 00, 11 00, 15 00, 19 00, 23 00, 27 00, 29 00, 01 00, 03 00, 04 00, 05 00, 06 00, 06 12, 07 00, 07 12, 08 00, 08 12, 09 00"].assert_eq(&told.join(", "));
}

#[test]
fn a_customer_that_is_late_is_called_and_still_served_before_the_end() {
    let mut story = Story::approved(&format!("{NOT_YET}\nline SPB 25 seats until 2026-12-13 direct_mca ends"));
    story.at("2026-12-12T23:59:59Z");
    story.at("2026-12-13");
    story.tell_actions();
    story.tell_owed();
    story.at("2026-12-13T01:00:00Z");
    story.standing(Relationship::Reseller, Agreement::Accepted);
    story.tell_owed();
    story.facts(1);
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 25");
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-12 23:59 time passed
        2026-12-13 00:00 time passed
            old-1: needs a person, CUSTOMER_LATE: the customer has not let us sell in time
          by 2026-12-13 00:00: KEEP_ALIVE ask an owner or contributor of the customer's billing account or billing profile to turn the renewal on, or renew, for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
          by 2026-12-14 00:00: CUSTOMER_LATE the customer has not let us sell in time. Call the customer: it must accept the invitation and the agreement before the old subscription ends.
          owed: read the invitation
          owed: read our standing
          next look: 2026-12-13 12:00
        2026-12-13 01:00 time passed
        2026-12-13 01:00 our standing was read
            we are a reseller; agreement accepted
          owed: old-1: read the facts
          next look: 2026-12-13 01:15
        2026-12-13 01:00 facts were read
            old-1: needs a person, NO_GDAP: we may sell to the customer but not look into its tenant
        2026-12-13 01:00 facts were read
            old-1: goes on
            old-1: to be bought as act 9
          owed: old-1: make a cart (act 9, try 0)
          next look: 2026-12-13 01:01
    "#]]);
}

#[test]
fn a_missed_end_stops_the_line_until_it_is_planned_again() {
    let mut story = Story::approved(NOT_YET);
    story.at("2026-12-14");
    story.tell_actions();
    story.tell_owed();
    story.standing(Relationship::Reseller, Agreement::Accepted);
    story.tell_owed();
    story.resolve(1, Answer::PlanAgain);
    story.change("tenant holds SPB 25 seats until 2027-01-13 grace\nin use SPB 25");
    story.plan(2);
    story.approve(2);
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-14 00:00 time passed
            old-1: needs a person, WINDOW_MISSED: the planned last day of the old subscription passed before anything could be bought
          by 2026-12-14 00:00: WINDOW_MISSED the planned last day of the old subscription passed before anything could be bought. Ask its owner whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve. We may not look ourselves before the customer's administrator lets us into the tenant.
          owed: nothing; next look: never
        2026-12-14 00:00 our standing was read
            we are a reseller; agreement accepted
          owed: nothing; next look: never
        2026-12-14 00:00 answered PlanAgain
            old-1: ana says PlanAgain
        2026-12-14 00:00 assessed
            old-1: warns OVERASSIGNED_SOURCE: 25 licences are in use and only 0 are paid; old-1: note SOURCE_IN_GRACE: the old subscription has ended and is in grace until 2027-01-13
        2026-12-14 00:00 planned
            plan 2 of 1 lines
        2026-12-14 00:00 approved
            ana approved plan 2
        2026-12-14 00:00 facts were read
            old-1: to be bought as act 10
          owed: old-1: make a cart (act 10, try 0)
          next look: 2026-12-14 00:01
    "#]]);
}

#[test]
fn nothing_is_bought_after_the_end_although_no_worker_looked_at_the_clock() {
    let mut story = Story::approved("");
    story.now = "2026-12-14T00:00:00Z".parse().expect("an instant");
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-14 00:00 facts were read
            old-1: needs a person, WINDOW_MISSED: the planned last day of the old subscription passed before anything could be bought
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn a_purchase_that_is_not_usable_in_time_is_shown_and_goes_on_by_itself() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca ends");
    story.at("2026-12-12T23:59:59Z");
    story.at("2026-12-13");
    story.at("2026-12-13T00:15:00Z");
    story.tell_actions();
    story.tell_owed();
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13
         tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25",
    );
    story.reads(expect![[r#"
        2026-12-12 23:59 time passed
        2026-12-13 00:00 time passed
            old-1: needs a person, DELIVERY_LATE: the purchase is not usable in time
        2026-12-13 00:15 time passed
          by 2026-12-13 00:00: KEEP_ALIVE ask an owner or contributor of the customer's billing account or billing profile to turn the renewal on, or renew, for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
          by 2026-12-14 00:00: DELIVERY_LATE the purchase is not usable in time. Look in Partner Center whether there is an order, and open a support request where there is; leave the old subscription's renewal on. Work goes on by itself.
          owed: old-1: read the delivery of new-1
          next look: 2026-12-13 03:13
        2026-12-13 00:15 the delivery was read
            old-1: goes on
            old-1: covered by new-1
            old-1: may go, by itself
    "#]]);
}

#[test]
fn a_purchase_that_could_begin_only_late_is_called_late_when_the_gap_begins() {
    let mut story = Story::buying("today 2026-12-13T12:00:00Z");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-13")));
    story.at("2026-12-13T23:59:59Z");
    story.at("2026-12-14");
    story.reads(expect![[r#"
        2026-12-13 12:00 checking out: done
            old-1: bought 25 seats
        2026-12-13 23:59 time passed
        2026-12-14 00:00 time passed
            old-1: needs a person, DELIVERY_LATE: the purchase is not usable in time
    "#]]);
}

#[test]
fn a_purchase_in_place_of_an_ended_source_has_a_day_before_it_is_called_late() {
    let scene = "today 2026-12-20\ntenant holds SPB 25 seats until 2027-01-13 grace\nin use SPB 25";
    let mut story = Story::bought(scene);
    story.at("2026-12-20T23:59:59Z");
    story.at("2026-12-21");
    story.reads(expect![[r#"
        2026-12-20 23:59 time passed
        2026-12-21 00:00 time passed
            old-1: needs a person, DELIVERY_LATE: the purchase is not usable in time
    "#]]);
}

#[test]
fn a_tenant_that_we_may_not_look_into_stops_nothing_for_good() {
    let mut story = Story::approved("tenant unseen");
    story.at("2026-12-09");
    story.facts(1);
    story.tell_actions();
    story.tell_owed();
    story.facts(1);
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 25");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, NO_GDAP: we may sell to the customer but not look into its tenant
          by 2026-12-14 00:00: NO_GDAP we may sell to the customer but not look into its tenant. Ask the customer to approve delegated administration with a licence role; work goes on by itself after that. Without it, move the customer by hand.
          owed: old-1: read the facts
          next look: 2026-12-09 00:15
        2026-12-09 00:00 facts were read
        2026-12-09 00:00 facts were read
            old-1: goes on
            old-1: to be bought as act 7
    "#]]);
}

#[test]
fn a_paused_migration_owes_nothing_and_misses_no_deadline_until_it_is_resumed() {
    let mut story = Story::buying("");
    story.command("pause", Command::Pause { by: "ana".to_owned() });
    story.command("pause", Command::Pause { by: "ben".to_owned() });
    story.tell_owed();
    story.at("2026-12-20");
    story.tell_owed();
    story.command("resume", Command::Resume { by: "ana".to_owned() });
    story.command("resume", Command::Resume { by: "ben".to_owned() });
    story.tell_owed();
    story.at("2026-12-20");
    story.reads(expect![[r#"
        2026-12-09 00:00 pause
            ana paused it
        2026-12-09 00:00 pause
          owed: nothing; next look: never
        2026-12-20 00:00 time passed
          owed: nothing; next look: never
        2026-12-20 00:00 resume
            ana resumed it
        2026-12-20 00:00 resume
          owed: old-1: find orders of act 4 since 2026-12-08 00:00
          owed: old-1: read the facts
          next look: 2026-12-20 00:15
        2026-12-20 00:00 time passed
            old-1: needs a person, DELIVERY_LATE: the purchase is not usable in time
    "#]]);
}

#[test]
fn a_reply_that_comes_while_paused_is_still_recorded() {
    let mut story = Story::buying("");
    let to = story.owed().remove(0);
    story.command("pause", Command::Pause { by: "ana".to_owned() });
    let reply = carryover_domain::Reply::CheckOut(Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    story.step("the order was accepted", Input::Reply { to, reply });
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 pause
            ana paused it
        2026-12-09 00:00 the order was accepted
            old-1: bought 25 seats
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn answers_that_do_not_fit_are_refused_with_what_would() {
    let mut story = Story::approved("");
    story.resolve(1, Answer::GoOn);
    story.resolve(1, Answer::PlanAgain);
    story.resolve(1, Answer::RenewalStopped);
    story.resolve(9, Answer::GoOn);
    story.reads(expect![[r#"
        2026-11-02 08:00 answered GoOn
            rejected: line old-1 cannot be answered with go-on now: it is planned for 2026-12-09; no answer is needed: `carryover status` shows what waits for a person
        2026-11-02 08:00 answered PlanAgain
            rejected: line old-1 cannot be answered with plan-again now: it is planned for 2026-12-09; nothing has to be taken back: `carryover plan` makes a new plan of it, which then has to be approved
        2026-11-02 08:00 answered RenewalStopped
            rejected: line old-1 cannot be answered with renewal-stopped now: it is planned for 2026-12-09; nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
        2026-11-02 08:00 answered GoOn
            rejected: there is no line old-9 in this migration; `carryover show` lists its lines
    "#]]);
    let mut story = Story::buying("");
    story.checked_out(1, refused(RefusalKind::Other));
    story.resolve(1, Answer::PlanAgain);
    story.resolve(1, Answer::RenewalStopped);
    story.resolve(1, Answer::GoOn);
    story.resolve(1, Answer::GoOn);
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: refused, Other
            old-1: needs a person, REFUSED: the service refused: Other (code 4xx)
        2026-12-09 00:00 answered PlanAgain
            rejected: line old-1 cannot be answered with plan-again now: it has stopped (REFUSED); it may be ordered already, and a new plan could buy it twice: settle what stopped it, then answer go-on
        2026-12-09 00:00 answered RenewalStopped
            rejected: line old-1 cannot be answered with renewal-stopped now: it has stopped (REFUSED); nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 answered GoOn
            rejected: line old-1 cannot be answered with go-on now: it is being bought at this time; no answer is needed: `carryover status` shows what waits for a person
    "#]]);
}

#[test]
fn only_a_renewal_that_was_asked_about_can_be_confirmed_and_only_once() {
    let beside = "tenant holds SPB 25 seats until 2026-12-13
                  tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    for (words, fits) in [("open", false), ("direct_mca ends", false), ("direct_mca renews", true)] {
        let mut story = Story::bought(&format!("line SPB 25 seats until 2026-12-13 {words}"));
        story.delivered(1, beside);
        let asked = action_items(&story.migration(), &story.scene.policy, story.now).len();
        assert_eq!(asked, usize::from(fits), "{words}");
        let events = story.log.len();
        story.resolve(1, Answer::RenewalStopped);
        story.resolve(1, Answer::RenewalStopped);
        assert_eq!(story.log.len() - events, usize::from(fits), "{words}");
    }
}

#[test]
fn only_the_newest_plan_can_be_approved() {
    let mut story = Story::planned("");
    story.scene.policy.lead_business_days = 5;
    story.plan(2);
    story.approve(1);
    story.approve(2);
    story.approve(2);
    story.approve(3);
    assert_eq!(story.migration().approved, Some(plan_id(2)));
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-1: note WINDOW_NOT_COVERING: the new subscription can be cancelled until the day before 2026-12-14, the old one lasts until 2026-12-13
        2026-11-02 08:00 planned
            plan 2 of 1 lines
        2026-11-02 08:00 approved
            rejected: plan 1 is not the newest plan of this customer; look at it again and approve the newest one
        2026-11-02 08:00 approved
            ana approved plan 2
        2026-11-02 08:00 approved
        2026-11-02 08:00 approved
            rejected: plan 3 is not the newest plan of this customer; look at it again and approve the newest one
    "#]]);
}

#[test]
fn a_plan_waits_for_approval_until_its_first_purchase_and_a_blocked_line_until_its_end() {
    let mut story =
        Story::imported("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-20 open\noffer SPB");
    story.plan(1);
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-2: blocks OFFER_NOT_IN_COUNTRY: Office 365 E3 (E3) is not sold in the customer's country
        2026-11-02 08:00 planned
            plan 1 of 1 lines
          by 2026-12-09 00:00: APPROVE_PLAN approve plan 1
          by 2026-12-21 00:00: OFFER_NOT_IN_COUNTRY Office 365 E3 (E3) is not sold in the customer's country. Choose a product that is sold there: put its SKU into the column target_sku and import the file again.
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn the_most_urgent_comes_first_and_the_contact_is_named() {
    let mut story = Story::imported(
        "line SPB 25 seats until 2026-12-20 open\nline E3 9 seats until 2026-12-13 open contact it@birchlane.example\noffer BASIC",
    );
    story.plan(1);
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    let dues: Vec<_> = items.iter().map(|item| item.due).collect();
    assert!(dues.is_sorted() && dues.len() == 2, "{dues:?}");
    story.tell_actions();
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-1: blocks OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Premium (SPB) is not sold in the customer's country; old-2: blocks OFFER_NOT_IN_COUNTRY: Office 365 E3 (E3) is not sold in the customer's country
        2026-11-02 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
          by 2026-12-14 00:00: OFFER_NOT_IN_COUNTRY Office 365 E3 (E3) is not sold in the customer's country. Choose a product that is sold there: put its SKU into the column target_sku and import the file again. (it@birchlane.example)
          by 2026-12-21 00:00: OFFER_NOT_IN_COUNTRY Microsoft 365 Business Premium (SPB) is not sold in the customer's country. Choose a product that is sold there: put its SKU into the column target_sku and import the file again.
    "#]]);
}

#[test]
fn a_line_whose_cart_was_refused_can_be_planned_again_because_nothing_was_checked_out() {
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.facts(1);
    story.cart_reply(1, refused(RefusalKind::OfferUnavailable));
    story.resolve(1, Answer::PlanAgain);
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
        2026-12-09 00:00 making a cart: refused, OfferUnavailable
            old-1: needs a person, REFUSED: the service refused: OfferUnavailable (code 4xx)
        2026-12-09 00:00 answered PlanAgain
            old-1: ana says PlanAgain
          by 2026-12-10 00:00: MAKE_PLAN assess and plan 1 line, then approve its plan
    "#]]);
}

#[test]
fn a_line_without_a_plan_waits_for_somebody_to_make_one() {
    let mut story = Story::imported("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-20 open");
    story.tell_actions();
    story.plan(1);
    story.tell_actions();
    story.approve(1);
    story.tell_actions();
    story.reads(expect![[r#"
          by 2026-11-30 00:00: MAKE_PLAN assess and plan 2 lines, then approve their plan
        2026-11-02 08:00 assessed
            nothing found
        2026-11-02 08:00 planned
            plan 1 of 2 lines
          by 2026-12-09 00:00: APPROVE_PLAN approve plan 1
        2026-11-02 08:00 approved
            ana approved plan 1
          nobody has to act
    "#]]);
}

/// The refusal of `answer` by the first line of `story`; none where it fits.
fn refusal(story: &Story, answer: Answer) -> Option<String> {
    let at = Moment { now: story.now, fresh: IntentId::new(uuid::Uuid::from_u128(7)) };
    let wish = Command::Resolve { line: line_id(1), answer, by: "ana".to_owned() };
    let refused = decide(&story.migration(), Input::Command(wish), at, &story.scene.policy).err()?;
    Some(refused.to_string().replace(&line_id(1).to_string(), "L"))
}

#[test]
fn a_refused_answer_says_where_the_line_stands_and_what_to_do_instead() {
    let beside = "tenant holds SPB 25 seats until 2026-12-13
                  tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    let bought = || {
        let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
        story.delivered(1, beside);
        story
    };
    let stopped = || {
        let mut story = Story::buying("");
        story.checked_out(1, refused(RefusalKind::Other));
        story
    };
    let missed = || {
        let mut story = Story::approved("");
        story.at("2026-12-14");
        story
    };
    let confirmed = || {
        let mut story = bought();
        story.resolve(1, Answer::RenewalStopped);
        story
    };
    let stories: [(&str, Story); 8] = [
        ("to plan", Story::imported("")),
        ("to approve", Story::planned("")),
        ("planned", Story::approved("")),
        ("stopped", stopped()),
        ("missed", missed()),
        ("on its way", Story::bought("")),
        ("to stop", bought()),
        ("confirmed", confirmed()),
    ];
    let answers = [Answer::GoOn, Answer::PlanAgain, Answer::RenewalStopped, Answer::OldKept];
    let mut told = String::new();
    for (name, story) in &stories {
        told += &format!("{name}\n");
        for text in answers.iter().filter_map(|answer| refusal(story, *answer)) {
            for ours in ["needs_attention", "winding", "carting", "checked out", "can be confirmed", "stage"] {
                assert!(!text.contains(ours), "{ours}: {text}");
            }
            told += &format!("  {text}\n");
        }
    }
    expect![[r#"
        to plan
          line L cannot be answered with go-on now: it has no plan yet; `carryover status` shows what is to be done; then `carryover plan`
          line L cannot be answered with plan-again now: it has no plan yet; nothing has to be taken back: `carryover plan` makes a new plan of it, which then has to be approved
          line L cannot be answered with renewal-stopped now: it has no plan yet; nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
          line L cannot be answered with old-kept now: it has no plan yet; nothing is bought for it that could be cancelled, so the old subscription stays as it is
        to approve
          line L cannot be answered with go-on now: it has a plan that nobody has approved yet; approve it with `carryover approve`
          line L cannot be answered with plan-again now: it has a plan that nobody has approved yet; nothing has to be taken back: `carryover plan` makes a new plan of it, which then has to be approved
          line L cannot be answered with renewal-stopped now: it has a plan that nobody has approved yet; nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
          line L cannot be answered with old-kept now: it has a plan that nobody has approved yet; nothing is bought for it that could be cancelled, so the old subscription stays as it is
        planned
          line L cannot be answered with go-on now: it is planned for 2026-12-09; no answer is needed: `carryover status` shows what waits for a person
          line L cannot be answered with plan-again now: it is planned for 2026-12-09; nothing has to be taken back: `carryover plan` makes a new plan of it, which then has to be approved
          line L cannot be answered with renewal-stopped now: it is planned for 2026-12-09; nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
          line L cannot be answered with old-kept now: it is planned for 2026-12-09; nothing is bought for it that could be cancelled, so the old subscription stays as it is
        stopped
          line L cannot be answered with plan-again now: it has stopped (REFUSED); it may be ordered already, and a new plan could buy it twice: settle what stopped it, then answer go-on
          line L cannot be answered with renewal-stopped now: it has stopped (REFUSED); nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
          line L cannot be answered with old-kept now: it has stopped (REFUSED); whether it is ordered has to be known first: wait for that, then cancel the new subscription in Partner Center
        missed
          line L cannot be answered with go-on now: it has stopped (WINDOW_MISSED); nothing is bought after the end without a new plan: answer plan-again, then plan and approve
          line L cannot be answered with renewal-stopped now: it has stopped (WINDOW_MISSED); nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
          line L cannot be answered with old-kept now: it has stopped (WINDOW_MISSED); nothing is bought for it that could be cancelled, so the old subscription stays as it is
        on its way
          line L cannot be answered with go-on now: it is bought, and its licences have not arrived yet; no answer is needed: `carryover status` shows what waits for a person
          line L cannot be answered with plan-again now: it is bought, and its licences have not arrived yet; no answer is needed: `carryover status` shows what waits for a person
          line L cannot be answered with renewal-stopped now: it is bought, and its licences have not arrived yet; nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped
          line L cannot be answered with old-kept now: it is bought, and its licences have not arrived yet; its new subscription was not seen to be cancelled: cancel it in Partner Center, then `carryover assess`, which looks at once
        to stop
          line L cannot be answered with go-on now: it is bought, and its owner is asked to end the old subscription; no answer is needed: `carryover status` shows what waits for a person
          line L cannot be answered with plan-again now: it is bought, and its owner is asked to end the old subscription; no answer is needed: `carryover status` shows what waits for a person
          line L cannot be answered with old-kept now: it is bought, and its owner is asked to end the old subscription; its new subscription was not seen to be cancelled: cancel it in Partner Center, then `carryover assess`, which looks at once
        confirmed
          line L cannot be answered with go-on now: it is bought, and ana has answered already that the old renewal is stopped; no answer is needed: `carryover status` shows what waits for a person
          line L cannot be answered with plan-again now: it is bought, and ana has answered already that the old renewal is stopped; no answer is needed: `carryover status` shows what waits for a person
          line L cannot be answered with renewal-stopped now: it is bought, and ana has answered already that the old renewal is stopped; nobody has to stop anything; its end is looked at by itself
          line L cannot be answered with old-kept now: it is bought, and ana has answered already that the old renewal is stopped; its new subscription was not seen to be cancelled: cancel it in Partner Center, then `carryover assess`, which looks at once
    "#]].assert_eq(&told);
}
