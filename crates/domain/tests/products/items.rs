//! Catalogue items as people and services write them.

use carryover_domain::offer::OfferId;

fn item(text: &str) -> OfferId {
    text.parse().unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn an_item_is_a_product_and_one_of_its_skus_in_whatever_case() {
    let one = item(" cfq7ttc0ldpb:000x ");
    assert_eq!((one.product(), one.sku()), ("CFQ7TTC0LDPB", "000X"));
    assert_eq!(one.to_string(), "CFQ7TTC0LDPB:000X");
}

#[test]
fn the_availability_behind_an_item_is_dropped() {
    assert_eq!(item("CFQ7TTC0LDPB:0001:CFQ7TTC0K971"), item("CFQ7TTC0LDPB:0001"));
}

#[test]
fn what_lacks_a_part_has_one_too_many_or_another_sign_is_no_item() {
    for text in ["", "CFQ7TTC0LDPB", ":0001", "CFQ7TTC0LDPB:", "CFQ7 TTC0LDPB:0001", "CFQ7TTC0LDPB:00-1", "A:B:C:D"] {
        assert!(text.parse::<OfferId>().is_err(), "{text}");
    }
}
