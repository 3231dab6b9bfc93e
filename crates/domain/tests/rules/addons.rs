//! Add-ons and their bases: in the file, in the tenant, in the offer.

use crate::fixture::Scene;
use crate::{check, codes, silent};
use carryover_domain::assess::is_blocked;
use expect_test::expect;

const BASE: &str = "line SPB 25 seats until 2026-12-13 open";

#[test]
fn an_add_on_moves_with_its_base() {
    silent(&format!("{BASE}\nline BASIC 5 seats until 2026-12-13 open needs old-1"));
}

/// Its cart names what was bought for its base, and nothing that is not in the tenant yet.
#[test]
fn an_add_on_belongs_to_what_has_come_for_its_base() {
    let parent = |base: &str, add_on: &str| {
        let scene = Scene::of(&format!("{BASE}{base}\nline BASIC 5 seats until 2026-12-13 open {add_on}"));
        let migration = scene.migration();
        let add_on = &migration.lines[&crate::fixture::line_id(2)];
        migration.parent(add_on).map(ToString::to_string)
    };
    assert_eq!(parent(" bought new-1", "needs old-1").as_deref(), Some("new-1"));
    assert_eq!(parent("", "needs old-1"), None);
    assert_eq!(parent(" bought new-1", "needs old-9"), None);
    assert_eq!(parent(" bought new-1", ""), None);
}

#[test]
fn an_add_on_may_stand_on_a_base_that_stays() {
    silent(
        "line BASIC 5 seats until 2026-12-13 open needs base-9
         tenant holds BASIC 5 seats until 2026-12-13\ntenant holds E3 5 seats until 2026-12-13 named base-9\nin use E3 5",
    );
}

#[test]
fn an_add_on_without_its_base_blocks() {
    check(
        "line BASIC 5 seats until 2026-12-13 open needs base-9",
        expect![[r#"
            blocks PREREQUISITE_MISSING: the base base-9 of this add-on neither stays in the tenant nor moves with it
        "#]],
    );
    check(
        &format!("{BASE}\nline BASIC 5 seats until 2026-12-13 open addon"),
        expect![[r#"
            line 1 nothing in the way
            line 2 blocks PREREQUISITE_MISSING: no base of this add-on stays in the tenant or moves with it
        "#]],
    );
}

#[test]
fn a_base_that_is_over_carries_no_add_on() {
    for state in ["grace", "suspended", "deleted"] {
        let found = codes(&format!(
            "line BASIC 5 seats until 2026-12-13 open needs base-9
             tenant holds BASIC 5 seats until 2026-12-13\ntenant holds E3 5 seats named base-9 {state}"
        ));
        assert_eq!(found, ["PREREQUISITE_MISSING"], "{state}");
    }
}

#[test]
fn a_base_that_is_blocked_moves_no_add_on() {
    check(
        &format!("{BASE}\nline BASIC 5 seats until 2026-12-13 open needs old-1\noffer SPB unsold\noffer BASIC"),
        expect![[r#"
            line 1 blocks OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Premium (SPB) is not sold in the customer's country
            line 2 blocks PREREQUISITE_MISSING: the base old-1 of this add-on neither stays in the tenant nor moves with it
        "#]],
    );
    let chain = "line VISIO 5 seats until 2026-12-13 open needs old-3\nline SPB 25 seats until 2026-12-13 open
                 line BASIC 5 seats until 2026-12-13 open needs old-2\noffer BASIC\noffer VISIO";
    let blocked = |offers: &str| {
        let scene = Scene::of(&format!("{chain}\n{offers}"));
        [1, 2, 3].map(|n| is_blocked(&scene.findings(n)))
    };
    assert_eq!(blocked("offer SPB"), [false; 3]);
    assert_eq!(blocked("offer SPB unsold"), [true; 3], "nor what stands on that");
    assert_eq!(
        codes(&format!(
            "{BASE} bought new-1\nline BASIC 5 seats until 2026-12-13 open needs old-1\noffer SPB unsold\noffer BASIC"
        ))
        .len(),
        1
    );
}

#[test]
fn a_base_that_needs_no_move_carries_its_add_on() {
    let scene = Scene::of(&format!(
        "{BASE}\nline BASIC 5 seats until 2026-12-13 open needs old-1
         tenant holds SPB 25 seats until 2026-12-13 ours\ntenant holds BASIC 5 seats until 2026-12-13"
    ));
    assert!(scene.findings(1).iter().any(|one| one.settles()) && scene.findings(2).is_empty());
}

#[test]
fn an_add_on_is_not_its_own_base() {
    assert_eq!(codes("line BASIC 5 seats until 2026-12-13 open needs old-1"), ["PREREQUISITE_MISSING"]);
}

#[test]
fn an_add_on_that_outlives_its_base_is_pointed_out() {
    let add_on = |until: &str| format!("{BASE}\nline BASIC 5 seats until {until} open needs old-1");
    silent(&add_on("2026-12-12"));
    check(
        &add_on("2026-12-14"),
        expect![[r#"
        line 1 nothing in the way
        line 2 warns ADDON_OUTLIVES_BASE: the add-on lasts until 2026-12-14 and its base until 2026-12-13
    "#]],
    );
}

#[test]
fn an_add_on_that_outlives_a_base_that_stays_is_pointed_out() {
    let base = |until: &str| {
        format!(
            "line BASIC 5 seats until 2026-12-13 open needs base-9
             tenant holds BASIC 5 seats until 2026-12-13\ntenant holds E3 5 seats until {until} named base-9\nin use E3 5"
        )
    };
    assert_eq!(codes(&base("2026-12-13")), Vec::<&str>::new());
    assert_eq!(codes(&base("2026-12-12")), ["ADDON_OUTLIVES_BASE"]);
    // The add-on is bought on the 9th.
    assert_eq!(codes(&base("2026-12-09")), ["ADDON_OUTLIVES_BASE"]);
    assert_eq!(codes(&base("2026-12-08")), ["PREREQUISITE_MISSING"]);
}

#[test]
fn an_offer_that_needs_a_base_finds_it_in_the_tenant() {
    let scene = |state: &str| {
        format!(
            "line BASIC 5 seats until 2026-12-13 open\noffer BASIC needs E3
             tenant holds BASIC 5 seats until 2026-12-13\ntenant holds E3 5 seats named base-9 {state}\nin use E3 5"
        )
    };
    assert_eq!(codes(&scene("")), Vec::<&str>::new());
    assert_eq!(codes(&scene("grace")), ["PREREQUISITE_MISSING"]);
    assert_eq!(codes(&scene("until 2026-12-09")), Vec::<&str>::new());
    assert_eq!(codes(&scene("until 2026-12-08")), ["PREREQUISITE_MISSING"], "it is over when the add-on is bought");
}

#[test]
fn an_offer_that_needs_a_base_finds_it_among_what_moves() {
    let scene = |other: &str| {
        format!(
            "line BASIC 5 seats until 2026-12-13 open\nline {other} 5 seats until 2026-12-13 open
             offer BASIC needs E3\noffer E3\noffer SPB\ntenant unseen"
        )
    };
    assert_eq!(codes(&scene("E3")), ["NO_GDAP"]);
    assert_eq!(codes(&scene("SPB")), ["PREREQUISITE_MISSING", "NO_GDAP"]);
    check(
        "line BASIC 5 seats until 2026-12-13 open\noffer BASIC needs E3\ntenant holds BASIC 5 seats until 2026-12-13",
        expect![[r#"
            blocks PREREQUISITE_MISSING: no base of this add-on stays in the tenant or moves with it; one of these is needed: Office 365 E3 (E3)
        "#]],
    );
}
