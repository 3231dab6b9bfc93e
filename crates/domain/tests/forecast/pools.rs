//! Licences held and needed, pool by pool, at the instants that matter.

use crate::fixture::in_words;
use crate::fixture::story::Story;
use crate::told::forecast;
use carryover_domain::assess::Outlook;
use carryover_domain::forecast::{Forecast, PoolAt, PoolForecast, Prospect};
use expect_test::{Expect, expect};

#[track_caller]
fn check(scene: &str, expected: Expect) {
    let pools = forecast(&format!("== Ash\n{scene}")).pools;
    let instant = |now: &PoolAt| {
        let short = if now.short() > 0 { format!(", {} short", now.short()) } else { String::new() };
        format!("  {} held {} needed {}{short}\n", now.at, now.held, now.needed)
    };
    let pool = |pool: &PoolForecast| {
        format!("{} {}\n{}", pool.who.name, pool.sku, pool.instants.iter().map(instant).collect::<String>())
    };
    expected.assert_eq(&in_words(&pools.iter().map(pool).collect::<String>()));
}

#[test]
fn the_same_licence_is_held_twice_and_never_less_than_needed() {
    check(
        "line SPB 25 seats until 2026-12-13 open\nin use SPB 20",
        expect![[r#"
        Ash SPB
          2026-11-02T08:00:00Z held 25 needed 20
          2026-12-09T00:00:00Z held 50 needed 20
          2026-12-13T00:00:00Z held 50 needed 20
          2026-12-14T00:00:00Z held 25 needed 20
          2027-01-13T00:00:00Z held 25 needed 20
    "#]],
    );
}

#[test]
fn users_who_change_licence_are_needed_in_the_other_pool() {
    check(
        "line SMB_BASIC 25 seats until 2026-12-13 open wants BASIC\nin use SMB_BASIC 20",
        expect![[r#"
        Ash BASIC
          2026-11-02T08:00:00Z held 0 needed 0
          2026-12-09T00:00:00Z held 25 needed 20
          2026-12-13T00:00:00Z held 25 needed 20
          2026-12-14T00:00:00Z held 25 needed 20
          2027-01-13T00:00:00Z held 25 needed 20
        Ash SMB_BASIC
          2026-11-02T08:00:00Z held 25 needed 20
          2026-12-09T00:00:00Z held 25 needed 0
          2026-12-13T00:00:00Z held 25 needed 0
          2026-12-14T00:00:00Z held 0 needed 0
          2027-01-13T00:00:00Z held 0 needed 0
    "#]],
    );
}

#[test]
fn what_others_hold_counts_until_its_own_end_and_what_is_blocked_leaves_users_short() {
    check(
        "line SPB 25 seats until 2026-12-13 open
         offer SPB unsold
         tenant holds SPB 25 seats until 2026-12-13
         tenant holds SPB 5 seats named other until 2026-12-31
         in use SPB 28",
        expect![[r#"
            Ash SPB
              2026-11-02T08:00:00Z held 30 needed 28
              2026-12-13T00:00:00Z held 30 needed 28
              2026-12-14T00:00:00Z held 5 needed 28, 23 short
              2027-01-13T00:00:00Z held 0 needed 28, 28 short
        "#]],
    );
}

#[test]
fn while_the_tenant_was_not_read_the_lines_tell() {
    check(
        "line SPB 25 seats until 2026-12-13 open assigned 20\ntenant unseen",
        expect![[r#"
        Ash SPB
          2026-11-02T08:00:00Z held 25 needed 20
          2026-12-09T00:00:00Z held 50 needed 20
          2026-12-13T00:00:00Z held 50 needed 20
          2026-12-14T00:00:00Z held 25 needed 20
          2027-01-13T00:00:00Z held 25 needed 20
    "#]],
    );
}

#[test]
fn who_changes_to_a_suite_needs_the_second_licence_beside_it_too() {
    check(
        "line E3 3 seats until 2026-12-13 ea ends wants E3_ALONE with TEAMS
         tenant holds E3 3 seats until 2026-12-13 named old-1
         tenant holds TEAMS 4 seats until 2027-03-31 named t-1\nin use E3 3\nin use TEAMS 4",
        expect![[r#"
            Ash E3_ALONE
              2026-11-02T08:00:00Z held 0 needed 0
              2026-12-09T00:00:00Z held 3 needed 3
              2026-12-13T00:00:00Z held 3 needed 3
              2026-12-14T00:00:00Z held 3 needed 3
              2027-01-13T00:00:00Z held 3 needed 3
            Ash E3
              2026-11-02T08:00:00Z held 3 needed 3
              2026-12-09T00:00:00Z held 3 needed 0
              2026-12-13T00:00:00Z held 3 needed 0
              2026-12-14T00:00:00Z held 0 needed 0
              2027-01-13T00:00:00Z held 0 needed 0
            Ash TEAMS
              2026-11-02T08:00:00Z held 4 needed 4
              2026-12-09T00:00:00Z held 7 needed 7
              2026-12-13T00:00:00Z held 7 needed 7
              2026-12-14T00:00:00Z held 7 needed 7
              2027-01-13T00:00:00Z held 7 needed 7
        "#]],
    );
}

#[test]
fn what_was_bought_and_has_arrived_is_held_once() {
    let held = |shown: &str| -> Vec<u64> {
        let mut story = Story::bought("line SPB 25 seats until 2026-12-13 open");
        story.change(&format!("tenant holds SPB 25 seats until 2026-12-13 named old-1\n{shown}\nin use SPB 25"));
        let (migration, facts) = (story.migration(), story.known());
        let outlook = Outlook::of(&migration, &facts, &story.scene.policy, story.now);
        let pools = Forecast::of([Prospect::of(&outlook)], [], &story.scene.policy, story.now).pools;
        pools[0].instants.iter().map(|pool| pool.held).collect()
    };
    assert_eq!(held(""), [50, 50, 25, 25], "on its way");
    assert_eq!(held("tenant holds SPB 25 seats until 2027-12-08 named new-1 ours"), [50, 50, 25, 25]);
}
