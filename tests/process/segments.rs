//! Who is qualified for a segment buys what is for it; who is not is told so before any cart is made.

use crate::harness::{Emulator, START, Workplace, items, number, word};
use crate::portfolio::{HEADER, PREMIUM, subscription, tenant};
use serde_json::json;

/// A charity, one that has proven nothing and holds a grant, and a shop; each with one old licence.
fn csv() -> String {
    let row = |customer: u32, domain: &str, program: &str, seats: u32| {
        let (tenant, old) = (tenant(customer), subscription(seats));
        format!(
            "{tenant},{domain}.example,{domain},DE,{program},{old},{PREMIUM},Business Premium,{seats},{seats},2026-11-29,no,,,,,,\n"
        )
    };
    [format!("{HEADER}\n"), row(1, "aid", "open", 5), row(2, "grant", "nonprofit_grant", 6), row(3, "shop", "open", 7)]
        .concat()
}

#[test]
fn a_qualified_customer_buys_for_its_segment_and_an_unqualified_grant_buys_nothing() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    let mut seed = {
        let pattern = Emulator::strict(&workplace, &workplace.path("portfolio.csv"), &[]);
        assert_eq!(pattern.get("/emulator/seed")["start"], START);
        pattern.get("/emulator/seed")
    };
    let offer = json!({
        "sku_id": PREMIUM, "sku_part_number": "SPB", "title": "Business Premium (non-profit)", "segment": "nonprofit",
        "price_per_year": "60",
    });
    seed["catalogue"].as_array_mut().expect("a list").push(offer);
    let qualification = json!([{ "qualification": "nonprofit", "status": "approved" }]);
    seed["customers"][0]["account"]["qualifications"] = qualification;
    workplace.write("seed.json", seed.to_string());
    let emulator = Emulator::start(&workplace, &["--seed-file", "seed.json", "--speed", "0", "--auth", "strict"]);
    emulator.configure(&workplace);
    for customer in 1..=3 {
        for kind in ["accepts", "signs"] {
            let (status, answer) =
                emulator.post("/emulator/acts", &json!({ "act": { "kind": kind, "tenant": tenant(customer) } }));
            assert_eq!(status, 200, "{answer}");
        }
    }
    workplace.run(&["import", "portfolio.csv"]).ends(0);

    let made = workplace.json(&["plan"], 3);
    let planned: Vec<String> = items(&made["plans"])
        .iter()
        .map(|plan| {
            let line = &items(&plan["lines"])[0];
            format!("{}: {}", word(&plan["domain"]), word(&line["segment"]))
        })
        .collect();
    assert_eq!(planned, ["aid.example: nonprofit", "shop.example: commercial"], "{made}");
    let status = workplace.run(&["show", "grant.example"]).ends(0).out;
    assert!(status.contains("SEGMENT_NOT_QUALIFIED"), "{status}");

    workplace.json(&["approve", "--all", "--by", "mia"], 0);
    emulator.advance_to("2026-11-27T09:00:00Z");
    workplace.run(&["run", "--until-idle", "--format", "json"]);
    let books = emulator.books();
    let replaced = |seats: u64| {
        let customers = items(&books["customers"]).iter().flat_map(|customer| items(&customer["lines"]));
        let line = customers.into_iter().find(|line| number(&line["seats"]) == seats).expect("a line");
        line["replaced_by"].clone()
    };
    assert_eq!(number(&books["purchases"]), 2, "{books}");
    assert!(replaced(6).is_null(), "{books}");
    assert!(!replaced(5).is_null() && !replaced(7).is_null(), "{books}");
}
