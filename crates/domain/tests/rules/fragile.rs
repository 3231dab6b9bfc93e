//! What is taken away soon after a licence is gone (rule R108).

use crate::fixture::{Scene, says, sku};

const CLOUD_PC: &str = "3efff3fe-528a-4fc5-b1ba-845802cc764f";

/// What is said about fragile products of the first line, which is of Cloud PCs.
fn said(scene: &str) -> Vec<String> {
    let mut scene = Scene::of(scene);
    let tenancy = scene.facts.tenancy.as_mut().expect("a tenant that is read");
    tenancy.value.pools.entry(sku("VISIO")).or_default().plans.insert(CLOUD_PC.parse().expect("a plan"));
    scene.findings(1).iter().filter(|found| found.code() == "FRAGILE_PRODUCT").map(says).collect()
}

#[test]
fn cloud_pcs_move_within_their_own_licence_beside_no_change_and_with_three_days_to_spare() {
    let line = "line VISIO 5 seats until 2026-12-13 open\nin use VISIO 5";
    assert_eq!(said(line), [""; 0]);
    let other =
        |until: &str| format!("{line}\nline SMB_BASIC 9 seats until {until} open wants BASIC\nin use SMB_BASIC 9");
    assert_eq!(said(&other("2026-12-16")), [""; 0]);
    assert_eq!(
        said(&other("2026-12-15")),
        [
            "warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and users of another line change licence at the same time"
        ]
    );
    assert_eq!(
        said(&line.replace("open", "open wants E3")),
        [
            "warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and another licence takes its place"
        ]
    );
    assert_eq!(
        said(&format!("{line}\ntoday 2026-12-12")),
        [
            "warns FRAGILE_PRODUCT: Cloud PCs go soon after the old licence has gone, and old and new stand beside each other for 2 days only"
        ]
    );
}

#[test]
fn every_row_of_the_list_is_read() {
    let list = include_str!("../../data/fragile-plans.csv");
    for row in list.lines().skip(1) {
        let [plan, _name, what] = row.split(',').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let plans = [plan.parse().expect("a plan")].into();
        assert_eq!(carryover_domain::product::fragile::fragile(&plans), Some(what), "{row}");
    }
}
