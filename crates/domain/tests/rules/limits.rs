//! What may exist once only, what is not sold any more, and how users come to what they lose.

use crate::{check, codes, silent};
use expect_test::expect;

#[test]
fn an_offer_that_may_exist_once_is_full_while_the_source_lives() {
    silent("offer SPB limit 2");
    check(
        "offer SPB limit 1",
        expect![[r#"
        blocks ONE_PER_CUSTOMER: a customer may have 1 of this offer, and old-1 exists
    "#]],
    );
    assert_eq!(codes("offer SPB limit 1\ntenant unseen"), ["NO_GDAP"]);
}

#[test]
fn whatever_is_not_deleted_fills_the_limit_of_its_licence() {
    let beside = |other: &str| format!("offer SPB limit 2\ntenant holds SPB 25 seats until 2026-12-13\n{other}");
    assert_eq!(codes(&beside("tenant holds E3 1 seats named x-9")), Vec::<&str>::new());
    assert_eq!(codes(&beside("tenant holds SPB 1 seats named x-9 deleted")), Vec::<&str>::new());
    for state in ["", "grace", "suspended", "locked"] {
        assert_eq!(codes(&beside(&format!("tenant holds SPB 1 seats named x-9 {state}"))), ["ONE_PER_CUSTOMER"]);
    }
}

#[test]
fn purchases_of_other_lines_fill_the_limit_as_well() {
    let lines = "line SMB_BASIC 25 seats until 2026-12-13 open wants BASIC\nline SMB_BASIC 9 seats until 2026-12-13 open wants BASIC";
    let limit = |n: u32| format!("{lines}\noffer BASIC limit {n}");
    assert!(!codes(&limit(2)).contains(&"ONE_PER_CUSTOMER"));
    check(
        &limit(1),
        expect![[r#"
            line 1 blocks ONE_PER_CUSTOMER: a customer may have 1 of this offer, and other lines are to buy it as well
            line 1 warns DIFFERENT_SKU: Microsoft 365 Business Basic (SMB_BASIC) is replaced by Microsoft 365 Business Basic (BASIC)
            line 2 blocks ONE_PER_CUSTOMER: a customer may have 1 of this offer, and other lines are to buy it as well
            line 2 warns DIFFERENT_SKU: Microsoft 365 Business Basic (SMB_BASIC) is replaced by Microsoft 365 Business Basic (BASIC)
        "#]],
    );
    let free = format!("{lines} called FLOW_FREE\noffer BASIC limit 1");
    assert!(!codes(&free).contains(&"ONE_PER_CUSTOMER"), "it buys nothing");
}

#[test]
fn another_licence_than_that_of_the_source_names_what_fills_its_limit() {
    check(
        "line SMB_BASIC 25 seats until 2026-12-13 open wants BASIC\noffer BASIC limit 1
         tenant holds SMB_BASIC 25 seats until 2026-12-13\ntenant holds BASIC 1 seats named x-9",
        expect![[r#"
            blocks ONE_PER_CUSTOMER: a customer may have 1 of this offer, and x-9 exists
            warns DIFFERENT_SKU: Microsoft 365 Business Basic (SMB_BASIC) is replaced by Microsoft 365 Business Basic (BASIC)
        "#]],
    );
}

#[test]
fn a_licence_that_is_not_sold_any_more_blocks() {
    check(
        "offer SPB ended",
        expect![[r#"
        blocks OFFER_END_OF_SALE: Microsoft 365 Business Premium (SPB) is not sold any more; in its place there is nothing
    "#]],
    );
}

#[test]
fn an_item_that_is_still_sold_is_chosen_before_one_that_is_not() {
    silent("offer SPB item AAA:0001 ended\noffer SPB item ZZZ:0001");
}

#[test]
fn a_volume_agreement_with_a_product_that_is_not_sold_any_more_can_be_renewed_to_csp() {
    for program in ["ea", "mpsa"] {
        let scene = format!("line SPB 25 seats until 2026-12-13 {program} ends\noffer SPB");
        silent(&scene);
        assert_eq!(codes(&format!("{scene} ended")), ["OFFER_END_OF_SALE", "CHANNEL_TRANSFER_POSSIBLE"], "{program}");
    }
    assert_eq!(codes("line SPB 25 seats until 2026-12-13 open ends\noffer SPB ended"), ["OFFER_END_OF_SALE"]);
}

#[test]
fn users_by_group_and_without_a_location_matter_where_the_licence_changes() {
    let change = "line SMB_BASIC 25 seats until 2026-12-13 open wants BASIC";
    check(
        &format!("{change}\nusers of SMB_BASIC by_group 3\nusers of SMB_BASIC without_location 2"),
        expect![[r#"
        no swap USAGE_LOCATION_MISSING: 2 users have no usage location
        warns DIFFERENT_SKU: Microsoft 365 Business Basic (SMB_BASIC) is replaced by Microsoft 365 Business Basic (BASIC)
        warns GROUP_ASSIGNED: 3 users have the old licence through a group
    "#]],
    );
    assert_eq!(codes(&format!("{change}\nusers of SMB_BASIC by_group 0")), ["DIFFERENT_SKU"]);
    assert_eq!(codes(&format!("{change}\nusers of SMB_BASIC by_group 1")), ["DIFFERENT_SKU", "GROUP_ASSIGNED"]);
    assert_eq!(
        codes(&format!("{change}\nusers of SMB_BASIC without_location 1")),
        ["USAGE_LOCATION_MISSING", "DIFFERENT_SKU"]
    );
    silent("line SMB_BASIC 25 seats until 2026-12-13 open\nusers of SMB_BASIC by_group 3");
}

#[test]
fn a_transfer_between_partners_takes_25_subscriptions_and_not_one_more() {
    let lines = |n: usize| vec!["line VISIO 1 seats until 2026-12-13 nce_other_partner renews unnamed"; n].join("\n");
    let has = |n: usize| codes(&lines(n)).contains(&"TRANSFER_ITEM_LIMIT");
    assert!(!has(25));
    assert!(has(26));
}
