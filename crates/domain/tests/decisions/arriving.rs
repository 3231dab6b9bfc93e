//! A purchase has arrived when the tenant shows it under its own id: what is alike may be another's.

use crate::fixture::story::Story;
use carryover_domain::Stage;

/// Two lines of the same licence, both bought on 2026-12-09 as `new-1` and `new-2`. Whether the first has
/// arrived once the tenant shows `new` beside the old ones.
fn arrives(new: &str) -> bool {
    let old = "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 40 seats until 2026-12-13";
    let mut story = Story::bought(
        "line SPB 25 seats until 2026-12-13 direct_mca ends\nline SPB 40 seats until 2026-12-13 direct_mca ends\noffer SPB",
    );
    story.at("2026-12-09T01:00:00Z");
    story.delivered(1, &format!("{old}\n{new}\nin use SPB 65"));
    !matches!(story.line(1).stage.underlying(), Stage::Provisioning { .. })
}

#[test]
fn a_purchase_under_its_own_id_has_arrived() {
    assert!(arrives("tenant holds SPB 25 seats until 2027-12-08 named new-1 ours"));
}

#[test]
fn what_could_be_another_is_not_taken_for_the_purchase() {
    let others = [
        // Of another day, or of none that is told.
        "tenant holds SPB 25 seats until 2027-12-08 named other ours made 2026-11-09",
        "tenant holds SPB 25 seats until 2027-12-08 named other ours",
        // Of other seats, of another licence, sold by nobody.
        "tenant holds SPB 26 seats until 2027-12-08 named other ours made 2026-12-09",
        "tenant holds VISIO 25 seats until 2027-12-08 named other ours made 2026-12-09",
        "tenant holds SPB 25 seats until 2027-12-08 named other made 2026-12-09",
        // What the other line has bought.
        "tenant holds SPB 25 seats until 2027-12-08 named new-2 ours made 2026-12-09",
        // As like as can be, and nobody says that it is not another's.
        "tenant holds SPB 25 seats until 2027-12-08 named other ours made 2026-12-09",
        // One of two.
        "tenant holds SPB 25 seats until 2027-12-08 named other ours made 2026-12-09\ntenant holds SPB 25 seats until 2027-12-08 named another ours made 2026-12-09",
    ];
    for other in others {
        assert!(!arrives(other), "{other}");
    }
}
