//! What is for sale, read once in a while.

use crate::support::*;
use carryover_domain::facts::Hope;
use carryover_domain::ids::SkuId;
use carryover_domain::offer::{Offer, OfferId, Segment};
use carryover_domain::time::{Billing, Term};
use carryover_ports::{Catalogue, Market};
use expect_test::expect;
use jiff::SignedDuration;
use std::collections::BTreeSet;

fn germany() -> Market {
    Market::Country("DE".parse().unwrap())
}

fn shown(offers: &[Offer]) -> String {
    let lines: Vec<String> = offers
        .iter()
        .map(|it| {
            let terms: Vec<String> = it
                .terms
                .iter()
                .flat_map(|(term, billings)| billings.iter().map(move |it| format!("{term}/{it}")))
                .collect();
            format!("{} {} {}..{} {}", it.id, it.title, it.seats_min, it.seats_max, terms.join(" "))
        })
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_licence_is_found_by_its_id_without_trials_and_other_segments() {
    let scene = Scene::of("catalogue.http");
    let skus = BTreeSet::from([sku(K1)]);
    let none = BTreeSet::new();
    let offers = scene.adapter.offers(germany(), &skus, &none).await.unwrap();
    expect!["CFQ7TTC0ZZ01:0001 Sample Suite Business 1..300 P1M/monthly P1Y/monthly P1Y/annual"]
        .assert_eq(&shown(&offers.value));

    // Eleven hours later nothing is read again, and the answer says how old it is.
    scene.clock.advance(SignedDuration::from_hours(11));
    let again = scene.adapter.offers(germany(), &skus, &none).await.unwrap();
    assert_eq!(again, offers);
    assert_eq!(again.at, noon());
    scene.finish();
}

#[tokio::test]
async fn whom_an_offer_is_for_what_it_needs_whether_it_has_ended_and_its_promotions_are_told() {
    let scene = Scene::of("catalogue_facts.http");
    let skus = BTreeSet::from([sku(K1), sku(K2), sku("bbbbbbbb-0000-4000-8000-0000000000b3")]);
    let offers = scene.adapter.offers(germany(), &skus, &BTreeSet::new()).await.unwrap().value;
    let told = offers.iter().map(|it| {
        let needs: Vec<String> = it.needs.iter().map(|sku| format!(" needs {sku}")).collect();
        let promotions = it.promotions.iter().map(|held| {
            let (name, off, until) = (&held.name, held.off_pct, held.until);
            format!(" {name} {off} % until {until} {}..{:?}", held.seats_min, held.seats_max)
        });
        let ended = if it.end_of_sale { " ended" } else { "" };
        format!("{} for {}{ended}{}{}\n", it.id, it.segment, needs.concat(), promotions.collect::<String>())
    });
    expect![[r#"
        CFQ7TTC0ZZ01:0001 for commercial ended
        CFQ7TTC0ZZ04:0001 for commercial needs bbbbbbbb-0000-4000-8000-0000000000b1 needs bbbbbbbb-0000-4000-8000-0000000000b9 Spring 15 % until 2026-06-30 5..Some(2400) Newcomers 60 % until 2026-06-30 1..None
        CFQ7TTC0ZZ05:0001 for education
    "#]].assert_eq(&told.collect::<String>());
    scene.finish();
}

#[tokio::test]
async fn what_is_for_nonprofit_organisations_is_asked_for_by_name_and_known_apart_from_the_rest() {
    let scene = Scene::of("catalogue_nonprofit.http");
    let (skus, none) = (BTreeSet::from([sku(K1)]), BTreeSet::new());
    let nonprofit = Market::Nonprofit("DE".parse().unwrap());
    let offers = scene.adapter.offers(nonprofit, &skus, &none).await.unwrap().value;
    let told: Vec<String> = offers.iter().map(|offer| format!("{} for {}", offer.id, offer.segment)).collect();
    assert_eq!(told, ["CFQ7TTC0ZZ01:0009 for nonprofit"]);
    // The country's own view has other SKUs of the same product.
    let (none, items) = (BTreeSet::new(), BTreeSet::from([ITEM.parse().unwrap()]));
    let offers = scene.adapter.offers(germany(), &none, &items).await.unwrap().value;
    assert_eq!(offers.iter().map(|offer| offer.id.to_string()).collect::<Vec<_>>(), [ITEM]);
    scene.finish();
}

#[tokio::test]
async fn which_promotions_a_customer_gets_is_asked_once_for_all_that_it_buys_together() {
    let scene = Scene::of("promotions_given.http");
    let hope = |product: &str| Hope {
        offer: format!("{product}:0001").parse().unwrap(),
        segment: Segment::Commercial,
        seats: 25,
        term: Term::Year,
        billing: Billing::Monthly,
    };
    let hopes = ["CFQ7TTC0ZZ01", "CFQ7TTC0ZZ02", "CFQ7TTC0ZZ03"].map(hope);
    let given = scene.adapter.promotions_for(customer(), &hopes).await.unwrap();
    let told: Vec<String> =
        given.value.iter().map(|ids| ids.iter().map(String::as_str).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(told, ["39NFJQT1X27P:0001:39NFJQT1Q5KL", "", "39NFJQT1X27P:0004:39NFJQT1Q5KL"]);
    // Another line of the same day asks the same a moment later.
    assert_eq!(scene.adapter.promotions_for(customer(), &hopes).await.unwrap(), given);
    assert_eq!(scene.count("/promotionEligibilities"), 1);
    // Something else is another question, which the script does not answer.
    assert!(scene.adapter.promotions_for(customer(), &hopes[..1]).await.is_err());
}

#[tokio::test]
async fn what_was_remembered_for_too_long_is_read_again() {
    let scene = Scene::of("catalogue.http");
    let skus = BTreeSet::from([sku(K1)]);
    let none = BTreeSet::new();
    scene.adapter.offers(germany(), &skus, &none).await.unwrap();
    let calls = scene.requests().len();
    scene.clock.advance(SignedDuration::from_hours(13));
    // The script has nothing more to say, which shows that it was asked.
    let _ = scene.adapter.offers(germany(), &skus, &none).await;
    assert!(scene.requests().len() > calls);
}

#[tokio::test]
async fn an_item_that_is_wanted_by_name_costs_no_walk_through_the_catalogue() {
    let scene = Scene::of("catalogue_item.http");
    let items = BTreeSet::from([ITEM.parse().unwrap()]);
    let market = Market::Customer(customer());
    let offers = scene.adapter.offers(market, &BTreeSet::new(), &items).await;
    expect!["CFQ7TTC0ZZ01:0001 Sample Suite Business 1..4294967295 "].assert_eq(&shown(&offers.unwrap().value));
    scene.finish();
}

#[tokio::test]
async fn what_an_item_provisions_is_remembered_while_what_it_is_sold_for_is_read_again() {
    let text = recorded("catalogue_item.http");
    let scene = Scene::with(&text, Scene::vault(), |config| config.terms_age_max = SignedDuration::from_hours(12));
    let items = BTreeSet::from([ITEM.parse().unwrap()]);
    let market = Market::Customer(customer());
    scene.adapter.offers(market, &BTreeSet::new(), &items).await.unwrap();
    let (skus, availabilities) = (scene.count("/skus?"), scene.count("/availabilities?"));
    scene.clock.advance(SignedDuration::from_hours(13));
    // The script has nothing more to say, which shows what was asked.
    let _ = scene.adapter.offers(market, &BTreeSet::new(), &items).await;
    assert_eq!((scene.count("/skus?"), scene.count("/availabilities?")), (skus, availabilities + 1));
}

/// A scene in which only what SKUs provision grows too old, and how often SKUs are read `days` after `first` when `then` is asked.
async fn skus_read_after(days: i64, first: &Asked, then: &Asked) -> usize {
    let ever = SignedDuration::from_hours(200 * 24);
    let scene = Scene::with(&recorded("catalogue.http"), Scene::vault(), |config| {
        (config.catalogue_age_max, config.terms_age_max) = (ever, ever);
    });
    let (skus, items) = first;
    scene.adapter.offers(germany(), skus, items).await.unwrap();
    let before = scene.count("/skus?");
    scene.clock.advance(SignedDuration::from_hours(days * 24));
    let (skus, items) = then;
    // The script has nothing more to say, which shows what was asked.
    let _ = scene.adapter.offers(germany(), skus, items).await;
    scene.count("/skus?") - before
}

/// Licences and items by name.
type Asked = (BTreeSet<SkuId>, BTreeSet<OfferId>);

#[tokio::test]
async fn skus_that_are_known_and_named_are_not_read_again_for_what_is_new_beside_them() {
    let searched = (BTreeSet::from([sku(K1)]), BTreeSet::new());
    let named = |item: &str| (BTreeSet::new(), BTreeSet::from([item.parse().unwrap()]));
    // On the day of a purchase only what was approved is asked for.
    assert_eq!(skus_read_after(31, &searched, &named(ITEM)).await, 0);
    assert_eq!(skus_read_after(91, &searched, &named(ITEM)).await, 1);
    // Whoever searches, or names what was not there, wants what is new, too.
    assert!(skus_read_after(31, &searched, &searched).await > 0);
    assert_eq!(skus_read_after(31, &searched, &named("CFQ7TTC0ZZ01:0077")).await, 1);
    assert_eq!(skus_read_after(29, &searched, &named("CFQ7TTC0ZZ01:0077")).await, 0);
}

#[tokio::test]
async fn what_an_item_provisions_is_the_same_in_the_next_country_and_whether_it_is_sold_there_is_asked() {
    let scene = Scene::of("catalogue_item_abroad.http");
    let items = BTreeSet::from([ITEM.parse().unwrap()]);
    let (mut found, none) = (Vec::new(), BTreeSet::new());
    for country in ["DE", "AT", "CH"] {
        let market = Market::Country(country.parse().unwrap());
        let offers = scene.adapter.offers(market, &none, &items).await.unwrap().value;
        found.push(format!("{country}: {}", offers.len()));
    }
    assert_eq!(found.join(", "), "DE: 1, AT: 1, CH: 0");
    assert_eq!(scene.count("/skus?"), 1);
    scene.finish();
}

#[tokio::test]
async fn a_catalogue_that_throttles_half_way_is_read_on_from_there() {
    let scene = Scene::of("catalogue_throttled.http");
    let skus = BTreeSet::from([sku(K1)]);
    let none = BTreeSet::new();
    let throttled = scene.adapter.offers(germany(), &skus, &none).await;
    expect!["throttled: the service asks to wait for 2 s"].assert_eq(&why(&throttled.unwrap_err()));
    let offers = scene.adapter.offers(germany(), &skus, &none).await.unwrap();
    assert_eq!(offers.value.len(), 1);
    assert_eq!(scene.count("products?"), 1);
    let meter = scene.adapter.meter();
    assert_eq!(meter.throttled(), 1);
    let names: Vec<_> = meter.counts().iter().map(|it| (it.operation, it.calls)).collect();
    let expected = [("sign in", 1), ("list products", 1), ("list SKUs", 1), ("list availabilities", 2)];
    assert_eq!(names, expected);
    scene.finish();
}
