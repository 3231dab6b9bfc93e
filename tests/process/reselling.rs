//! An indirect provider's portfolio: each purchase names the reseller that its customer belongs to, and where that one is refused, or is
//! another than was approved, nothing is bought.

use crate::harness::{assert_says, instant, items, number, word};
use crate::journey::Journey;
use crate::portfolio::{self, PREMIUM, Row, tenant};
use serde_json::{Value, json};

const NORTH: (&str, &str) = ("4700001", "5e11e400-0000-4000-8000-000000000001");
const SOUTH: (&str, &str) = ("4700002", "5e11e400-0000-4000-8000-000000000002");
/// Has not accepted the partner agreement.
const WEST: (&str, &str) = ("4700003", "5e11e400-0000-4000-8000-000000000003");

/// Four customers with one old subscription each.
fn csv() -> String {
    let row = |customer, name, seats| Row {
        customer,
        name,
        country: "DE",
        program: "open",
        sku: PREMIUM,
        product: "Business Premium",
        seats,
        used: seats,
        end: "2026-11-29",
        renews: "no",
        target: "",
    };
    portfolio::csv_of(&[row(1, "Ash", 5), row(2, "Beech", 6), row(3, "Cedar", 7), row(4, "Dogwood", 8)])
}

/// Ash and Dogwood belong to North, Beech to West; whom Cedar belongs to, only our settings say: to South.
fn begin() -> Journey {
    let journey = Journey::in_another_world(&csv(), |seed| {
        let reseller = |(id, tenant): (&str, &str), name: &str| {
            let agreed = id != WEST.0;
            json!({ "tenant_id": tenant, "name": name, "mpn_id": id, "location": "DE", "active": true, "agreement_signed": agreed })
        };
        let programme = &mut seed["partner"]["programme"];
        programme["model"] = "indirect_provider".into();
        programme["resellers"] = json!([reseller(NORTH, "North"), reseller(SOUTH, "South"), reseller(WEST, "West")]);
        for (customer, (_, reseller)) in [(0, NORTH), (1, WEST), (3, NORTH)] {
            seed["customers"][customer]["account"]["reseller"] = reseller.into();
        }
    });
    let settings = journey.workplace.text("carryover.toml");
    let policy = format!(
        "\n[policy]\nsells_as = \"indirect_provider\"\nresellers = {{ \"{}\" = \"{}\" }}\n",
        tenant(3),
        SOUTH.0
    );
    journey.workplace.write("carryover.toml", settings + &policy);
    for customer in 1..=4 {
        for kind in ["accepts", "signs"] {
            let act = json!({ "act": { "kind": kind, "tenant": tenant(customer) } });
            let (status, answer) = journey.emulator.post("/emulator/acts", &act);
            assert_eq!(status, 200, "{answer}");
        }
    }
    journey
}

/// Customers with the reseller that each of their planned lines names.
fn named(planned: &Value) -> Vec<(String, String)> {
    let of = |plan: &Value| (word(&plan["domain"]).to_owned(), word(&items(&plan["lines"])[0]["reseller"]).to_owned());
    items(&planned["plans"]).iter().map(of).collect()
}

/// The resellers on all order lines of a customer, by Partner Center's own account.
fn on_orders(journey: &Journey, token: &str, customer: u32) -> Vec<Value> {
    let path = format!("/v1/customers/{}/orders", tenant(customer));
    let (status, body) = journey.emulator.fetch(&path, Some(token));
    assert_eq!(status, 200, "{body}");
    let orders: Value = serde_json::from_str(body.trim_start_matches('\u{feff}')).expect("an object");
    let lines = items(&orders["items"]).iter().flat_map(|order| items(&order["lineItems"]));
    lines.map(|line| line["partnerIdOnRecord"].clone()).collect()
}

#[test]
fn each_purchase_names_its_customers_reseller_once_and_a_refused_one_buys_nothing() {
    let mut journey = begin();
    let planned = journey.workplace.json(&["plan"], 3);
    let north_and_south = [("ash.example", NORTH.0), ("cedar.example", SOUTH.0), ("dogwood.example", NORTH.0)]
        .map(|(domain, id)| (domain.to_owned(), id.to_owned()));
    assert_eq!(named(&planned), north_and_south, "{planned}");
    let beech = journey.workplace.run(&["show", "beech.example"]).ends(0).out;
    assert_says(&beech, &["RESELLER_UNKNOWN", "900414"]);
    journey.workplace.json(&["approve", "--all", "--by", "mia"], 0);

    // Dogwood accepts South's link between approval and purchase.
    let partner = word(&journey.emulator.get("/emulator/seed")["partner"]["tenant_id"]).to_owned();
    let link = format!("https://admin.example/?partnerId={partner}&msppId=0&indirectResellerId={}", SOUTH.1);
    let letter = json!({ "kind": "invitation", "tenant": tenant(4), "link": link });
    assert_eq!(journey.emulator.post("/emulator/letters", &letter).0, 202);

    let day = word(&items(&items(&planned["plans"])[0]["lines"])[0]["day"]).to_owned();
    journey.emulator.advance_to(&format!("{day}T12:00:00Z"));
    journey.work();
    assert_eq!(number(&journey.emulator.books()["purchases"]), 2, "{}", journey.emulator.books());
    let dogwood = journey.workplace.run(&["show", "dogwood.example"]).ends(0).out;
    assert_says(&dogwood, &["STATE_CHANGED", SOUTH.0]);
    let status = journey.workplace.status();
    let customers = items(&status["customers"]);
    let of_dogwood = customers.iter().find(|known| known["domain"] == "dogwood.example").expect("imported");
    let line = word(&items(&of_dogwood["lines"])[0]["line"]);
    journey.workplace.json(&["resolve", line, "plan-again", "--by", "mia"], 0);
    let again = journey.workplace.json(&["plan", "dogwood.example"], 3);
    assert_eq!(named(&again), [("dogwood.example".to_owned(), SOUTH.0.to_owned())], "{again}");
    journey.workplace.json(&["approve", "dogwood.example", "--by", "mia"], 0);
    journey.finish(Journey::work);

    let token = journey.emulator.sign_in(&journey.workplace);
    for (customer, reseller) in [(1, NORTH.0), (3, SOUTH.0), (4, SOUTH.0)] {
        assert_eq!(on_orders(&journey, &token, customer), [reseller], "{customer}");
    }
    assert_eq!(on_orders(&journey, &token, 2), Vec::<Value>::new());
    let books = journey.emulator.books();
    assert_eq!((number(&books["purchases"]), number(&books["duplicate_purchases"])), (3, 0), "{books}");
    assert_eq!(number(&books["asked_to_end_before_cover"]), 0, "{books}");
    for line in items(&books["customers"]).iter().flat_map(|customer| items(&customer["lines"])) {
        let replaced = &line["replaced_by"];
        if line["seats"] == 6 {
            assert!(replaced.is_null(), "{line}");
            continue;
        }
        assert_eq!((&line["seats"], number(&line["gap_seat_hours"])), (&replaced["seats"], 0), "{line}");
        assert!(instant(&replaced["arrived_at"]) < instant(&line["ended_at"]), "{line}");
    }
    let summary = &journey.workplace.status()["summary"];
    assert_eq!((number(&summary["closed"]), number(&summary["blocked"])), (3, 1), "{summary}");
}
