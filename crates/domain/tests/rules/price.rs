//! What a seat costs on a day: announced changes, promotions; and whether an earlier day is cheaper.

use crate::fixture::story::{Story, plan_id};
use crate::fixture::{Scene, instant, item, line_id, read};
use crate::{codes, silent};
use carryover_domain::finding::Finding;
use carryover_domain::plan::plan;
use carryover_domain::plan::price::{Deal, approved_hopes};
use carryover_domain::time::{Billing, Term};
use std::collections::{BTreeMap, BTreeSet};

/// What a year of SPB costs that is bought on `day`, with the promotion that it counts on.
fn year(scene: &str, billing: Billing, seats: u32, day: &str) -> String {
    let scene = Scene::of(scene);
    let offer = scene.facts.offers.value.first().expect("one offer");
    let deal = Deal { offer, term: Term::Year, billing, seats, held: 0, eligible: None, day: read(day) };
    let price = deal.price(&scene.policy).map_or("no price".to_owned(), |price| price.to_string());
    let promotion = deal.promotion(&scene.policy).map_or(String::new(), |promotion| format!(" by {}", promotion.name));
    format!("{price}{promotion}")
}

/// The same at once, where the catalogue has a price.
fn price(scene: &str, seats: u32, day: &str) -> String {
    year(&format!("offer SPB at 264.00 EUR\n{scene}"), Billing::Annual, seats, day)
}

#[test]
fn an_announced_price_needs_none_of_the_catalogue() {
    let scene = "offer SPB\nprice of SPB 280.00 EUR from 2026-12-05";
    assert_eq!(year(scene, Billing::Annual, 25, "2026-12-05"), "280.00 EUR");
    assert_eq!(year(scene, Billing::Annual, 25, "2026-12-04"), "no price");
}

#[test]
fn a_year_billed_by_the_month_costs_five_per_cent_more_whoever_gives_the_price() {
    assert_eq!(year("offer SPB at 264.00 EUR", Billing::Monthly, 25, "2026-12-09"), "277.20 EUR");
    let announced = "offer SPB at 264.00 EUR\nprice of SPB 280.00 EUR from 2026-12-05";
    assert_eq!(year(announced, Billing::Monthly, 25, "2026-12-09"), "294.00 EUR");
    let promotion = "offer SPB at 264.00 EUR\npromotion spring on SPB off 10 until 2026-12-31 billing monthly";
    assert_eq!(year(promotion, Billing::Monthly, 25, "2026-12-09"), "249.48 EUR by spring");
}

#[test]
fn a_promotion_is_told_where_the_price_is_not_known() {
    let scene = "offer SPB\npromotion spring on SPB off 10 until 2026-12-31";
    assert_eq!(year(scene, Billing::Annual, 25, "2026-12-09"), "no price by spring");
}

#[test]
fn without_news_the_price_is_that_of_the_catalogue() {
    assert_eq!(price("", 25, "2026-12-09"), "264.00 EUR");
    assert_eq!(price("price of E3 300.00 EUR from 2026-12-01", 25, "2026-12-09"), "264.00 EUR");
}

#[test]
fn a_change_is_of_one_segment_alone() {
    let change = "price of SPB 280.00 EUR from 2026-12-05";
    let sold = |offer: &str, change: &str| year(&format!("{offer}\n{change}"), Billing::Annual, 25, "2026-12-09");
    let (everybody, schools) = ("offer SPB at 264.00 EUR", "offer SPB at 66.00 EUR for education");
    assert_eq!(sold(everybody, change), "280.00 EUR");
    assert_eq!(sold(schools, change), "66.00 EUR");
    let for_schools = "price of SPB 70.00 EUR from 2026-12-05 for education";
    assert_eq!(sold(everybody, for_schools), "264.00 EUR");
    assert_eq!(sold(schools, for_schools), "70.00 EUR");
}

#[test]
fn a_rise_for_others_makes_nobody_buy_early() {
    let day = |segment: &str| {
        let scene = Scene::of(&format!(
            "profile segment education id 12-34\nline SPB 25 seats until 2026-12-13 open annual
             offer SPB at 66.00 EUR for education\nprice of SPB 90.00 EUR from 2026-12-05{segment}"
        ));
        let plan = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
        plan.lines[&line_id(1)].day.to_string()
    };
    assert_eq!(day(""), "2026-12-09");
    assert_eq!(day(" for education"), "2026-12-04");
}

#[test]
fn a_change_counts_from_its_first_day_and_the_latest_one_wins() {
    let changes = "price of SPB 290.00 EUR from 2026-12-09\nprice of SPB 280.00 EUR from 2026-12-05";
    assert_eq!(price(changes, 25, "2026-12-04"), "264.00 EUR");
    assert_eq!(price(changes, 25, "2026-12-05"), "280.00 EUR");
    assert_eq!(price(changes, 25, "2026-12-08"), "280.00 EUR");
    assert_eq!(price(changes, 25, "2026-12-09"), "290.00 EUR");
}

#[test]
fn a_promotion_counts_until_its_last_day() {
    let promotion = "promotion spring on SPB off 10 until 2026-12-09";
    assert_eq!(price(promotion, 25, "2026-12-09"), "237.60 EUR by spring");
    assert_eq!(price(promotion, 25, "2026-12-10"), "264.00 EUR");
}

#[test]
fn a_promotion_counts_up_to_its_seats() {
    let promotion = "promotion small on SPB off 10 until 2026-12-31 most 30";
    assert_eq!(price(promotion, 30, "2026-12-09"), "237.60 EUR by small");
    assert_eq!(price(promotion, 31, "2026-12-09"), "264.00 EUR");
}

#[test]
fn a_promotion_counts_from_its_fewest_seats_on() {
    let promotion = "promotion large on SPB off 10 until 2026-12-31 least 30";
    assert_eq!(price(promotion, 29, "2026-12-09"), "264.00 EUR");
    assert_eq!(price(promotion, 30, "2026-12-09"), "237.60 EUR by large");
}

#[test]
fn a_promotion_of_the_catalogue_counts_like_one_of_the_settings() {
    let mut scene = Scene::of("offer SPB at 264.00 EUR\npromotion spring on SPB off 10 until 2026-12-08");
    let settings: Vec<&str> = scene.findings(1).iter().map(Finding::code).collect();
    assert_eq!(settings, ["EARLIER_IS_CHEAPER"]);
    scene.facts.offers.value[0].promotions = std::mem::take(&mut scene.policy.promotions);
    let catalogue: Vec<&str> = scene.findings(1).iter().map(Finding::code).collect();
    assert_eq!(catalogue, settings);
}

#[test]
fn seats_that_other_lines_buy_by_then_count_towards_the_bound_of_a_promotion() {
    let counts_on = |seats: u32, more: &str| {
        let first = format!("line SPB {seats} seats until 2026-12-13 open annual");
        let scene = format!("{first}\n{more}\noffer SPB\npromotion small on SPB off 10 until 2026-12-31 most 100");
        let scene = Scene::of(&scene);
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
        made.lines[&line_id(1)].promotion.is_some()
    };
    let held = "tenant holds SPB 40 seats until 2026-12-13";
    assert!(counts_on(60, held) && !counts_on(61, held), "what stands in the tenant");
    let beside = |day: &str| format!("line SPB 41 seats until {day} open annual\n{held}");
    assert!(!counts_on(30, &beside("2026-12-13")), "bought in the same wave");
    assert!(counts_on(30, &beside("2027-03-13")), "bought months later");
    let under_way = |product: &str| format!("line {product} 41 seats until 2026-12-13 open underway\n{held}");
    assert!(!counts_on(30, &under_way("SPB")), "bought and not there yet");
    assert!(counts_on(30, &under_way("E3")), "seats of another licence");
}

#[test]
fn a_promotion_that_the_service_does_not_give_this_customer_is_not_counted_on() {
    let mut scene = Scene::of("offer SPB at 264.00 EUR\npromotion spring on SPB off 10 until 2026-12-31");
    let mut spring = scene.policy.promotions.remove(0);
    spring.id = Some("SPRING:0001".to_owned());
    scene.facts.offers.value[0].promotions.push(spring);
    let counts_on = |scene: &Scene| {
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
        made.lines[&line_id(1)].promotion.clone()
    };
    assert_eq!(counts_on(&scene).as_deref(), Some("spring"), "nobody has asked");
    scene.facts.eligible = BTreeMap::from([(line_id(1), BTreeSet::from(["SPRING:0001".to_owned()]))]);
    assert_eq!(counts_on(&scene).as_deref(), Some("spring"));
    scene.facts.eligible = BTreeMap::from([(line_id(1), BTreeSet::from(["AUTUMN:0001".to_owned()]))]);
    assert_eq!(counts_on(&scene), None);
}

/// What is asked about promotions of the catalogue for an approved line of 25 seats of SPB, once `change` has happened: the offer, the
/// seats, the term and the billing of each question.
fn asked_for(change: impl Fn(&mut Story)) -> Vec<(String, u32, Term, Billing)> {
    let mut story =
        Story::approved("offer SPB at 264.00 EUR\noffer E3\npromotion spring on SPB off 10 until 2026-12-31");
    let mut spring = story.scene.policy.promotions.remove(0);
    spring.id = Some("SPRING:0001".to_owned());
    story.scene.facts.offers.value[0].promotions.push(spring);
    change(&mut story);
    let hopes = approved_hopes(&story.migration(), &story.known(), story.now);
    hopes.into_values().map(|hope| (hope.offer.to_string(), hope.seats, hope.term, hope.billing)).collect()
}

#[test]
fn promotions_are_asked_for_by_what_was_approved_until_it_is_bought() {
    let question = vec![(item("SPB"), 25, Term::Year, Billing::Annual)];
    assert_eq!(asked_for(|_| ()), question);
    // Whatever would be planned by now.
    assert_eq!(asked_for(|story| story.scene.policy.billing = Billing::Monthly), question);
    assert_eq!(asked_for(Story::buy), [], "it is bought");
    let over = |story: &mut Story| story.now = instant("2027-01-01");
    assert_eq!(asked_for(over), [], "it ran until the day before");
}

#[test]
fn what_is_not_told_apart_by_an_id_or_is_of_another_offer_is_not_asked_for() {
    let promotions = |story: &mut Story| std::mem::take(&mut story.scene.facts.offers.value[0].promotions);
    let nameless = |story: &mut Story| {
        let mut spring = promotions(story);
        spring.iter_mut().for_each(|promotion| promotion.id = None);
        story.scene.facts.offers.value[0].promotions = spring;
    };
    assert_eq!(asked_for(nameless), []);
    let of_another = |story: &mut Story| {
        let mut spring = promotions(story);
        spring.iter_mut().for_each(|promotion| promotion.offer = read(&item("E3")));
        story.scene.facts.offers.value[1].promotions = spring;
    };
    assert_eq!(asked_for(of_another), []);
}

#[test]
fn a_promotion_is_for_its_offer_term_and_billing_alone() {
    for other in [
        "on E3 off 10 until 2026-12-31",
        "on SPB off 10 until 2026-12-31 term P1M",
        "on SPB off 10 until 2026-12-31 billing monthly",
    ] {
        assert_eq!(price(&format!("promotion other {other}"), 25, "2026-12-09"), "264.00 EUR", "{other}");
    }
}

#[test]
fn of_two_promotions_the_better_one_counts_on_the_price_of_the_day() {
    let two = "promotion small on SPB off 5 until 2026-12-31\npromotion large on SPB off 20 until 2026-12-31
               price of SPB 300.00 EUR from 2026-12-01";
    assert_eq!(price(two, 25, "2026-12-09"), "240.00 EUR by large");
}

#[test]
fn a_rise_before_the_day_of_the_purchase_makes_the_day_before_it_cheaper() {
    // The lead asks for the 9th. From the 5th on a seat costs a tenth more.
    let scene = |change: &str| codes(&format!("offer SPB at 264.00 EUR\n{change}"));
    assert_eq!(scene("price of SPB 290.40 EUR from 2026-12-05"), ["WINDOW_NOT_COVERING", "EARLIER_IS_CHEAPER"]);
    // One euro more does not pay for five more days of paying twice.
    assert_eq!(scene("price of SPB 265.00 EUR from 2026-12-05"), Vec::<&str>::new());
    // On the day itself, or later, there is nothing to flee from.
    assert_eq!(scene("price of SPB 290.40 EUR from 2026-12-10"), Vec::<&str>::new());
    assert_eq!(scene("price of E3 290.40 EUR from 2026-12-05"), Vec::<&str>::new());
}

#[test]
fn a_rise_on_the_day_of_the_purchase_moves_it_a_day_earlier() {
    assert_eq!(codes("offer SPB at 264.00 EUR\nprice of SPB 290.40 EUR from 2026-12-09"), ["EARLIER_IS_CHEAPER"]);
}

#[test]
fn a_promotion_that_ends_before_the_day_of_the_purchase_makes_its_last_day_cheaper() {
    let scene = |promotion: &str| codes(&format!("offer SPB at 264.00 EUR\npromotion spring on {promotion}"));
    assert_eq!(scene("SPB off 10 until 2026-12-08"), ["EARLIER_IS_CHEAPER"]);
    assert_eq!(scene("SPB off 10 until 2026-12-09"), Vec::<&str>::new());
    assert_eq!(scene("E3 off 10 until 2026-12-08"), Vec::<&str>::new());
}

#[test]
fn a_rise_that_was_yesterday_cannot_be_fled_any_more() {
    silent("offer SPB at 264.00 EUR\nprice of SPB 290.40 EUR from 2026-11-02");
    assert_eq!(
        codes("overlap 60\noffer SPB at 264.00 EUR\nprice of SPB 400.00 EUR from 2026-11-03"),
        ["WINDOW_NOT_COVERING", "EARLIER_IS_CHEAPER"]
    );
}

#[test]
fn a_refunded_subscription_that_costs_more_by_the_day_is_replaced_at_once() {
    let line = |words: &str| {
        codes(&format!("line SPB 25 seats until 2026-12-13 {words} ends P1Y\noffer SPB at 264.00 EUR"))
            .contains(&"CHEAPER_NOW")
    };
    assert!(line("direct_mosa at 264.01 EUR"));
    assert!(!line("advisor at 264.01 EUR"), "its agreement is not told");
    assert!(line("advisor at 264.01 EUR since 2026-10-28"));
    assert!(!line("direct_mosa at 264.00 EUR"));
    assert!(!line("direct_mosa at 300.00 USD"));
    assert!(!line("direct_mosa"));
    assert!(!line("open at 300.00 EUR"));
}

#[test]
fn under_the_customer_agreement_only_the_first_seven_days_are_refunded() {
    let since = |day: &str| {
        let line = format!("line SPB 25 seats until 2027-11-01 direct_mca ends P1Y at 300.00 EUR since {day}");
        codes(&format!("{line}\noffer SPB at 264.00 EUR")).contains(&"CHEAPER_NOW")
    };
    assert!(since("2026-11-02"));
    assert!(since("2026-10-28"));
    assert!(!since("2026-10-27"), "nobody could cancel it in time once its replacement stands");
    assert!(!since("2026-11-03"));
}
