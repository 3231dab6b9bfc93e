//! An old subscription that is suspended before its end has not run out: it serves and renews again once it is paid for, and what
//! another partner has suspended is billed on. Somebody has to end it.

use crate::fixture::story::Story;
use carryover_domain::Exit;
use carryover_domain::plan::{Route, SourceEnd};
use expect_test::expect;

const NEW: &str = "tenant holds SPB 25 seats until 2027-11-30 named new-1 ours\nin use SPB 25";

/// Bought on `today`, when `holds` was suspended in the tenant, and delivered: until the old subscription is let go.
fn let_go(today: &str, line: &str, holds: &str) -> Story {
    let mut story = Story::bought(&format!("today {today}\n{line}\n{holds} suspended\nin use SPB 25"));
    story.delivered(1, &format!("{holds} suspended\n{NEW}"));
    story.forget();
    story
}

/// How its plan buys, and how it lets the old one end.
fn planned(story: &Story) -> (Route, SourceEnd) {
    let plan = story.line(1).plan.expect("planned");
    (plan.route, plan.source_end)
}

#[test]
fn the_renewal_of_a_source_that_is_not_paid_is_to_be_stopped_for_it_may_be_paid_and_renew() {
    let line = "line SPB 25 seats until 2027-02-13 direct_mca renews";
    let mut story = let_go("2026-12-01", line, "tenant holds SPB 25 seats until 2027-03-01");
    assert_eq!(planned(&story), (Route::BuyNow, SourceEnd::OwnerStopsRenewal));
    let asked = expect![[
        r#"by 2027-02-13 00:00 STOP_RENEWAL, ask an owner or contributor of the customer's billing account or billing profile to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products"#
    ]];
    asked.assert_eq(&story.asked_of_owners());
    // The customer pays, and it serves again.
    story.at("2026-12-10");
    story.source(1, &format!("tenant holds SPB 25 seats until 2027-02-13\n{NEW}"));
    asked.assert_eq(&story.asked_of_owners());
}

#[test]
fn the_partner_that_has_suspended_a_source_is_asked_to_end_it() {
    let line = |more: &str| format!("line SPB 25 seats until 2027-02-13 nce_other_partner {more}");
    let holds = "tenant holds SPB 25 seats until 2027-02-14 theirs";
    let renews = let_go("2026-12-01", &line("renews"), holds);
    assert_eq!(planned(&renews), (Route::BuyNow, SourceEnd::OwnerStopsRenewal));
    expect![[r#"by 2027-02-13 00:00 STOP_RENEWAL, ask the partner that sold it to stop the renewal of SPB ("cancel at end of term" where that exists), in Partner Center"#]]
        .assert_eq(&renews.asked_of_owners());
    // Suspending turns the renewal off, and a paid extension follows where nothing else is chosen.
    expect![[r#"by 2027-02-13 00:00 STOP_RENEWAL, ask the partner that sold it to choose "cancel at end of term" for SPB, in Partner Center: its renewal is off, and a paid extension would follow"#]]
        .assert_eq(&let_go("2026-12-01", &line("ends"), holds).asked_of_owners());
    // Its end has passed, and it is billed on.
    let passed = let_go("2027-02-20", &line("ends"), holds);
    assert_eq!(planned(&passed), (Route::BuyNow, SourceEnd::OwnerStopsRenewal));
    expect![[r#"by 2027-02-21 00:00 STOP_RENEWAL, the planned last day of SPB has passed: if it goes on all the same, ask the partner that sold it to end it, in Partner Center; what it has paid comes back in part within seven days of a renewal"#]]
        .assert_eq(&passed.asked_of_owners());
    assert_eq!(let_go("2026-12-01", &line("ends option cancel_at_end"), holds).asked_of_owners(), "");
}

#[test]
fn of_a_source_that_is_disabled_after_its_end_nothing_is_left_to_be_stopped() {
    let line = "line SPB 25 seats until 2026-10-31 direct_mca renews";
    let story = let_go("2026-12-01", line, "tenant holds SPB 25 seats until 2027-03-01");
    assert_eq!(planned(&story), (Route::BuyNow, SourceEnd::RunsOut));
    assert_eq!(story.asked_of_owners(), "");
    let released = story.log.iter().find_map(|(_, event)| match event {
        carryover_domain::Event::SourceReleased { exit, .. } => Some(exit.clone()),
        _ => None,
    });
    assert_eq!(released, Some(Exit::LetExpire));
}
