//! What has to be read of the world before a line can be judged, and what need not be asked: each question costs requests.

use crate::fixture::{Scene, instant, item, line_id, read, subscription};
use carryover_domain::Migration;
use carryover_domain::Stage;
use carryover_domain::assess::{Outlook, looks_at_nonprofit, needs_transfers, to_migrate};
use carryover_domain::facts::Hope;
use carryover_domain::finding::Finding;
use carryover_domain::migration::state::Ending;
use carryover_domain::observed::Observed;
use carryover_domain::offer::Segment;
use carryover_domain::time::{Billing, Term};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

fn migration(scene: &str) -> Migration {
    Scene::of(scene).migration()
}

#[test]
fn what_was_read_counts_until_it_is_as_old_as_it_may_be() {
    let seen = Observed { value: (), at: instant("2026-12-09T08:00:00Z") };
    let fresh = |now: &str| seen.is_fresh(instant(now), SignedDuration::from_mins(15));
    assert!(fresh("2026-12-09T08:00:00Z") && fresh("2026-12-09T08:15:00Z"));
    assert!(!fresh("2026-12-09T08:15:01Z"));
}

#[test]
fn requests_for_transfers_are_read_while_a_line_of_another_partner_is_still_to_be_bought() {
    assert!(needs_transfers(&migration("line SPB 25 seats until 2026-12-13 nce_other_partner ends")));
    assert!(!needs_transfers(&migration("line SPB 25 seats until 2026-12-13 open")));
    assert!(!needs_transfers(&migration("line SPB 25 seats until 2026-12-13 legacy_csp_ours ends")));
    assert!(!needs_transfers(&migration("line SPB 25 seats until 2026-12-13 nce_other_partner ends bought new-1")));
    let mut done = migration("line SPB 25 seats until 2026-12-13 nce_other_partner ends");
    let how = Ending::CameOver { subscription: subscription("new-1") };
    done.lines.get_mut(&line_id(1)).expect("a line").stage = Stage::Settled { how };
    assert!(!needs_transfers(&done), "it came over already");
}

#[test]
fn of_our_legacy_subscriptions_that_are_still_to_be_bought_it_is_read_whether_they_are_migrated() {
    let asked = |scene: &str| {
        let scene = Scene::of(scene);
        let tenancy = scene.facts.tenancy.as_ref().map(|seen| &seen.value);
        to_migrate(&scene.migration(), tenancy).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let ours = "line SPB 25 seats until 2026-12-13 legacy_csp_ours ends";
    assert_eq!(asked(ours), ["old-1"]);
    assert_eq!(asked(&format!("{ours} bought new-1")), Vec::<String>::new());
    assert_eq!(asked("line SPB 25 seats until 2026-12-13 legacy_csp ends"), Vec::<String>::new());
    assert_eq!(
        asked(&format!("{ours} unnamed\ntenant holds SPB 25 seats until 2026-12-13 named theirs-9")),
        ["theirs-9"],
        "the tenant shows which one it is"
    );
    assert_eq!(asked(&format!("{ours} unnamed\ntenant unseen")), Vec::<String>::new());
}

#[test]
fn offers_for_non_profit_organisations_are_read_for_whoever_is_qualified_and_for_grants() {
    let commercial = migration("line SPB 25 seats until 2026-12-13 open");
    let granted =
        migration("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-13 nonprofit_grant");
    assert!(!looks_at_nonprofit(&commercial, &BTreeSet::from([Segment::Education])));
    assert!(looks_at_nonprofit(&commercial, &BTreeSet::from([Segment::Nonprofit])));
    assert!(looks_at_nonprofit(&granted, &BTreeSet::new()));
}

#[test]
fn the_service_is_asked_for_the_promotions_of_the_catalogue_that_lines_count_on() {
    let mut scene = Scene::of(
        "line SPB 25 seats until 2026-12-13 open annual\nline E3 9 seats until 2026-12-13 open annual\noffer SPB\noffer E3
         promotion spring on SPB off 10 until 2026-12-31\npromotion ours on E3 off 10 until 2026-12-31",
    );
    let hopes = |scene: &Scene| Outlook::of(&scene.migration(), &scene.facts, &scene.policy, scene.now).hopes();
    assert_eq!(hopes(&scene), BTreeMap::new(), "what the settings promise nobody is asked about");
    let mut spring = scene.policy.promotions.remove(0);
    spring.id = Some("SPRING:0001".to_owned());
    scene.facts.offers.value[0].promotions.push(spring);
    let offer = read(&item("SPB"));
    let (segment, term, billing) = (Segment::Commercial, Term::Year, Billing::Annual);
    assert_eq!(hopes(&scene), BTreeMap::from([(line_id(1), Hope { offer, segment, seats: 25, term, billing })]));
}

#[test]
fn a_finding_is_looked_at_again_where_only_the_profile_or_only_our_access_can_show_that_it_is_gone() {
    let of = |scene: &str| {
        let found = Scene::of(scene).findings(1);
        let told = |finding: &Finding| (finding.code(), finding.is_of_profile(), finding.is_of_access());
        found.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(of("we sell from PL\ncustomer PL\nprofile"), [("REGISTRATION_ID_MISSING", true, false)]);
    let access = of("line SPB 25 seats until 2026-12-13 open wants E3\naccess ends 2026-11-20");
    assert!(access.contains(&("GDAP_EXPIRING", false, true)), "{access:?}");
    assert_eq!(of("agreement accepted on 2022-05-01"), [("MCA_OUTDATED", false, false)]);
}

#[test]
fn approval_lets_pass_what_warns_and_what_a_person_may_waive_and_nothing_that_stops_the_purchase() {
    let passes = |scene: &str, code: &str| {
        let found = Scene::of(scene).findings(1);
        let finding = found.into_iter().find(|finding| finding.code() == code);
        finding.unwrap_or_else(|| panic!("{code} is not found in {scene}")).passes_with_approval()
    };
    assert!(passes("overlap 4", "OVERLAP_TOO_LONG"), "it warns");
    assert!(!passes("line SPB 25 seats until 2026-12-13 trial ends", "TRIAL_SOURCE"), "it is a note");
    assert!(!passes("agreement accepted on 2022-05-01", "MCA_OUTDATED"), "nobody can let it pass");
    let covered = "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-11-30 named x-9\nin use SPB 25";
    assert!(passes(covered, "ALREADY_COVERED"), "a person may waive it");
}
