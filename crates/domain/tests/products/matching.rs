//! Which offers can take the place of a source: by which rule, in which order, and with what loss.

use crate::sku;
use carryover_domain::facts::{Pool, Tenancy};
use carryover_domain::ids::{LineId, ServicePlanId, SkuId};
use carryover_domain::offer::Offer;
use carryover_domain::portfolio::{SourceLine, Target};
use carryover_domain::product::difference::Severity;
use carryover_domain::product::matching::{Relation, candidates, matches, outcome};
use carryover_domain::product::table::{ProductTable, Products};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use expect_test::{Expect, expect};
use uuid::Uuid;

fn source(name: &str, target: Target) -> SourceLine {
    let seats = Seats::try_new(25).expect("not zero");
    let id = LineId::new(Uuid::from_u128(1));
    SourceLine { target, ..SourceLine::least(id, SourceProgram::DirectMca, sku(name), seats) }
}

fn offer(item: &str, sku: SkuId) -> Offer {
    Offer {
        seats_max: 300,
        terms: [(Term::Year, [Billing::Annual].into())].into(),
        ..Offer::least(item.parse().expect("an item"), sku)
    }
}

fn unsold(item: &str, sku: SkuId) -> Offer {
    Offer { terms: [].into(), ..offer(item, sku) }
}

/// The matches as text, best first.
#[track_caller]
fn check(source: &SourceLine, catalogue: &[Offer], expected: Expect) {
    let found = matches(source, catalogue, &Products::new(None, None));
    let mut text = format!("{:?}\n", outcome(&found));
    for found in &found {
        let relation = match found.relation {
            Relation::Wanted => "wanted".to_owned(),
            Relation::SameSku => "same licence".to_owned(),
            Relation::Equivalent { row } => format!("equivalent, {}", row.note),
        };
        let with: Vec<&str> =
            found.companions.iter().filter_map(|sku| Products::new(None, None).name_of(*sku)).collect();
        let difference = found
            .difference
            .as_ref()
            .map_or("not known".to_owned(), |difference| format!("{} {difference}", difference.severity.word()));
        text += &format!("{} {}: {relation}", found.offer.id, found.rule);
        text += if found.purchasable { "" } else { ", not for sale" };
        text += &if with.is_empty() { String::new() } else { format!(", with {}", with.join(", ")) };
        text += &format!(": {difference}\n");
    }
    expected.assert_eq(&text);
}

#[test]
fn the_same_licence_is_the_same_offer_whatever_it_is_called() {
    check(
        &source("O365_BUSINESS_PREMIUM", Target::Same),
        &[offer("CFQ7TTC0LDPB:0001", sku("O365_BUSINESS_PREMIUM")), offer("CFQ7TTC0LCHC:0002", sku("SPB"))],
        expect![[r#"
            Purchasable
            CFQ7TTC0LDPB:0001 R91: same licence: INFO the same capabilities
        "#]],
    );
}

#[test]
fn an_older_edition_has_its_successor() {
    check(
        &source("SMB_BUSINESS_PREMIUM", Target::Same),
        &[offer("CFQ7TTC0LDPB:0001", sku("O365_BUSINESS_PREMIUM"))],
        expect![[r#"
            Purchasable
            CFQ7TTC0LDPB:0001 R140: equivalent, older prepaid edition of Business Standard: INFO has more of YAMMER; gains CDS, CDS_TEAMS, INTUNE, KAIZALA, PROJECT_O365, RMS, STREAM, VIRTUAL_AGENTS, WHITEBOARD
        "#]],
    );
}

#[test]
fn a_suite_that_is_no_longer_sold_with_teams_is_bought_in_two_parts() {
    let teams = offer("CFQ7TTC0TEAM:0001", sku("Microsoft_Teams_Enterprise_New"));
    let catalogue = [
        offer("CFQ7TTC0LF8R:0020", sku("Office_365_E3_(no_Teams)")),
        unsold("CFQ7TTC0LF8R:0001", sku("ENTERPRISEPACK")),
        teams,
    ];
    let line = source("ENTERPRISEPACK", Target::Same);
    check(
        &line,
        &catalogue,
        expect![[r#"
            Purchasable
            CFQ7TTC0LF8R:0001 R91: same licence, not for sale: INFO the same capabilities
            CFQ7TTC0LF8R:0020 R142: equivalent, suite without Teams and Teams beside it, with Microsoft Teams Enterprise: WARN loses DEFENDER_O365
        "#]],
    );
    // The suite alone cannot take its place.
    check(
        &line,
        &catalogue[..2],
        expect![[r#"
            Discontinued
            CFQ7TTC0LF8R:0001 R91: same licence, not for sale: INFO the same capabilities
            CFQ7TTC0LF8R:0020 R142: equivalent, suite without Teams and Teams beside it, not for sale, with Microsoft Teams Enterprise: WARN loses DEFENDER_O365
        "#]],
    );
}

#[test]
fn what_is_wanted_comes_first_even_where_it_takes_something_away() {
    let wanted = sku("STANDARDPACK");
    check(
        &source("ENTERPRISEPACK", Target::Sku(wanted)),
        &[offer("CFQ7TTC0LF8R:0001", sku("ENTERPRISEPACK")), offer("CFQ7TTC0LF8Q:0001", wanted)],
        expect![[r#"
            Purchasable
            CFQ7TTC0LF8Q:0001 R91: wanted: BLOCK loses DEFENDER_O365, INFO_PROTECTION; has less of CDS, CDS_TEAMS, EXCHANGE, FLOW, FORMS, KAIZALA, OFFICE_APPS, POWERAPPS, PROJECT_O365, RMS, SHAREPOINT, STREAM, TODO, VIRTUAL_AGENTS, WHITEBOARD
            CFQ7TTC0LF8R:0001 R91: same licence: INFO the same capabilities
        "#]],
    );
}

#[test]
fn a_wanted_item_is_found_by_its_id() {
    let item = "CFQ7TTC0LDPB:0001".parse().expect("an item");
    let catalogue = [offer("CFQ7TTC0LDPB:0001", sku("SPB")), offer("CFQ7TTC0LCHC:0002", sku("SPB"))];
    let line = source("SPB", Target::Offer(item));
    check(
        &line,
        &catalogue,
        expect![[r#"
            Purchasable
            CFQ7TTC0LDPB:0001 R91: wanted: INFO the same capabilities
            CFQ7TTC0LCHC:0002 R91: same licence: INFO the same capabilities
        "#]],
    );
}

#[test]
fn of_two_items_with_one_licence_the_one_for_sale_and_then_the_surest_comes_first() {
    check(
        &source("SPB", Target::Same),
        &[
            unsold("CFQ7TTC0AAAA:0001", sku("SPB")),
            offer("CFQ7TTC0BBBB:0001", sku("SPB")),
            offer("CFQ7TTC0LCHC:0002", sku("SPB")),
        ],
        expect![[r#"
            Purchasable
            CFQ7TTC0LCHC:0002 R91: same licence: INFO the same capabilities
            CFQ7TTC0BBBB:0001 R91: same licence: INFO the same capabilities
            CFQ7TTC0AAAA:0001 R91: same licence, not for sale: INFO the same capabilities
        "#]],
    );
}

#[test]
fn an_offer_without_terms_is_discontinued_and_no_offer_is_none() {
    let line = source("SPB", Target::Same);
    check(
        &line,
        &[unsold("CFQ7TTC0LCHC:0002", sku("SPB"))],
        expect![[r#"
            Discontinued
            CFQ7TTC0LCHC:0002 R91: same licence, not for sale: INFO the same capabilities
        "#]],
    );
    // Existing subscriptions go on with it, and new ones cannot be bought.
    check(
        &line,
        &[Offer { end_of_sale: true, ..offer("CFQ7TTC0LCHC:0002", sku("SPB")) }],
        expect![[r#"
        Discontinued
        CFQ7TTC0LCHC:0002 R91: same licence, not for sale: INFO the same capabilities
    "#]],
    );
    check(
        &line,
        &[offer("CFQ7TTC0LDPB:0001", sku("O365_BUSINESS_PREMIUM"))],
        expect![[r#"
        None
    "#]],
    );
}

#[test]
fn a_licence_that_a_user_bought_becomes_the_corporate_one() {
    check(
        &source("POWER_BI_PRO_CE", Target::Same),
        &[offer("CFQ7TTC0LHSF:0001", sku("POWER_BI_PRO"))],
        expect![[r#"
            Purchasable
            CFQ7TTC0LHSF:0001 R18: equivalent, bought by a user; the corporate licence is another one: INFO the same capabilities
        "#]],
    );
}

#[test]
fn of_several_equivalents_the_least_loss_comes_first_and_the_unknown_last() {
    let line = source("SPE_E3", Target::Same);
    let eea: SkuId = "c2fe850d-fbbb-4858-b67d-bd0c6e746da3".parse().expect("a GUID");
    let teams_eea: SkuId = "7e74bd05-2c47-404e-829a-ba95c66fe8e5".parse().expect("a GUID");
    let catalogue = [
        offer("CFQ7TTC0AAAA:0001", eea),
        offer("CFQ7TTC0LFLX:0021", sku("Microsoft_365_E3_(no_Teams)")),
        offer("CFQ7TTC0TEAM:0001", sku("Microsoft_Teams_Enterprise_New")),
        offer("CFQ7TTC0TEAM:0002", teams_eea),
    ];
    let found = matches(&line, &catalogue, &Products::new(None, None));
    let items: Vec<String> = found.iter().map(|found| found.offer.id.to_string()).collect();
    assert_eq!(items, ["CFQ7TTC0LFLX:0021", "CFQ7TTC0AAAA:0001"]);
    assert_eq!(found[1].difference, None, "the built-in table does not know the edition of the EEA");
    // A loaded table does, and then the smaller loss decides.
    let mut loaded = ProductTable::new();
    for plan in &ProductTable::common().product(sku("SPE_E3")).expect("it is there").plans {
        loaded.add(eea, "O365_w/o Teams Bundle_M3", "Microsoft 365 E3 EEA (no Teams)", *plan);
        loaded.add(teams_eea, "Microsoft_Teams_EEA_New", "Microsoft Teams EEA", *plan);
    }
    let found = matches(&line, &catalogue, &Products::new(None, Some(&loaded)));
    assert_eq!(found[0].offer.id.to_string(), "CFQ7TTC0AAAA:0001");
}

#[test]
fn what_the_tenant_lists_wins_over_the_table() {
    let line = source("SMB_BUSINESS", Target::Same);
    let catalogue = [offer("CFQ7TTC0LH1G:0001", sku("O365_BUSINESS"))];
    let exchange: ServicePlanId = "9aaf7827-d63c-4b61-89c3-182f06f82e5c".parse().expect("a GUID");
    let mut tenancy = Tenancy::default();
    tenancy.pools.insert(line.sku, Pool { plans: [exchange].into(), ..Pool::default() });
    let found = matches(&line, &catalogue, &Products::new(Some(&tenancy), None));
    let severity = found[0].difference.as_ref().map(|difference| difference.severity);
    assert_eq!(severity, Some(Severity::Block), "the tenant says that there is a mailbox in it");
}

#[test]
fn the_catalogue_is_asked_for_everything_that_could_match() {
    let asked = candidates(&source("ENTERPRISEPACK", Target::Sku(sku("SPE_E3"))));
    for name in ["ENTERPRISEPACK", "SPE_E3", "Office_365_E3_(no_Teams)", "Microsoft_Teams_Enterprise_New"] {
        assert!(asked.contains(&sku(name)), "{name}");
    }
    assert_eq!(candidates(&source("SPB", Target::Same)), [sku("SPB")].into());
}
