//! What people are asked to do, by whom, and until when.

use crate::fixture::story::Story;
use carryover_domain::Stage;
use expect_test::expect;

const OTHERS_COVER: &str = "tenant holds SPB 25 seats until 2026-12-13
                            tenant holds SPB 25 seats named x-9 until 2027-12-31\nin use SPB 20";

#[test]
fn whoever_is_covered_by_others_is_looked_at_again_two_weeks_before_the_end() {
    let mut story = Story::imported(OTHERS_COVER);
    story.plan(1);
    assert_eq!(story.line(1).stage, Stage::NothingToDo);
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-11-02 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
          by 2026-11-30 00:00: LOOK_AGAIN assess once more whether others still cover the users of SPB; then have its renewal stopped, or plan
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn a_line_with_nothing_to_do_is_planned_once_the_others_go() {
    let mut story = Story::imported(OTHERS_COVER);
    story.plan(1);
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 20");
    story.plan(2);
    assert_eq!(story.line(1).stage, Stage::Ready);
    story.change(OTHERS_COVER);
    story.plan(3);
    assert_eq!(story.line(1).stage, Stage::NothingToDo);
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-11-02 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
        2026-11-02 08:00 assessed
            nothing found
        2026-11-02 08:00 planned
            plan 2 of 1 lines
        2026-11-02 08:00 assessed
            old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-11-02 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
    "#]]);
}

#[test]
fn a_source_that_is_given_back_is_to_be_cancelled_at_once() {
    let mut story = Story::bought(
        "line SPB 25 seats until 2026-12-13 direct_mosa renews P1Y at 300.00 EUR\noffer SPB at 264.00 EUR",
    );
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-11-01 named new-1 ours\nin use SPB 25",
    );
    story.tell_actions();
    story.reads(expect![[r#"
        2026-11-02 08:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by its owner's hand
          by 2026-11-03 00:00: STOP_RENEWAL ask the customer's billing administrator to cancel SPB now, for the refund: the new subscription stands
    "#]]);
}

#[test]
fn only_an_owner_who_can_act_is_asked_to_keep_a_source_alive_that_ends() {
    for (words, asked) in
        [("direct_mosa ends", true), ("direct_mosa renews", false), ("direct_mosa unclear", true), ("open ends", false)]
    {
        let mut story = Story::approved(&format!(
            "relationship none\nagreement unreadable\ntenant unseen\nline SPB 25 seats until 2026-12-13 {words}"
        ));
        story.at("2026-12-13");
        let told = story.actions();
        assert!(told.contains(&"CUSTOMER_LATE"), "{words}: {told:?}");
        assert_eq!(told.contains(&"KEEP_ALIVE"), asked, "{words}: {told:?}");
    }
}

#[test]
fn an_outdated_agreement_asks_for_a_new_one() {
    let ask = |agreement: &str| Story::approved(&format!("agreement {agreement}")).actions();
    assert_eq!(ask("accepted on 2023-03-31"), ["OBTAIN_AGREEMENT"]);
    assert_eq!(ask("accepted on 2023-04-01"), Vec::<&str>::new());
    assert_eq!(ask("missing"), ["OBTAIN_AGREEMENT"]);
}
