//! The forecast as text and as a part of the page: that it fits, that nothing gets in unescaped, that it is whole.

use super::*;
use crate::render::html;
use crate::render::made_up::{at, money};
use crate::summary::Summary;
use carryover_domain::assess::Outlook;
use carryover_domain::facts::{Agreement, Facts, Partner, Relationship, Standing as Sells};
use carryover_domain::forecast::{Prospect, Unread};
use carryover_domain::ids::{LineId, SkuId, TenantId};
use carryover_domain::migration::decide::import;
use carryover_domain::observed::Observed;
use carryover_domain::offer::Offer;
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::{Customer, Renewal, SourceLine};
use carryover_domain::program::SourceProgram;
use carryover_domain::replay;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeSet;

const SKU: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

fn now() -> Timestamp {
    at("2026-11-02T08:00:00Z")
}

fn customer(name: &str) -> Customer {
    let number = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    Customer {
        tenant: format!("{number:08x}-0000-4000-8000-000000000000").parse().unwrap(),
        domain: format!("{}.example", name.to_lowercase()),
        name: name.to_owned(),
        country: "DE".parse().unwrap(),
    }
}

/// A customer whose one line ends on `last_day` and renews, held by `users` where the file says it, for which nobody
/// has been let sell yet.
fn prospect(name: &str, product: &str, last_day: Date, currency: &str, users: Option<u32>) -> Prospect {
    let customer = customer(name);
    let sku: SkuId = SKU.parse().unwrap();
    let line = LineId::of(customer.tenant, "old");
    let line = SourceLine {
        product_name: Some(product.to_owned()),
        price_per_seat: Some(money("264.00", currency)),
        term: Some(Term::Year),
        auto_renew: Renewal::On,
        assigned_seats: users,
        ..SourceLine::least(line, SourceProgram::DirectMca, sku, Seats::try_new(25).unwrap()).ending(last_day)
    };
    let imported = import(None, customer, vec![line], None).unwrap();
    let migration = replay([&imported]).unwrap();
    let mut offer = Offer::least("CFQ7TTC0LCHC:0002".parse().unwrap(), sku);
    offer.terms.insert(Term::Year, BTreeSet::from([Billing::Annual]));
    let partner = Partner {
        tenant: "000000a1-0000-4000-8000-000000000000".parse::<TenantId>().unwrap(),
        country: "DE".parse().unwrap(),
    };
    let standing = Observed { value: Sells::new(Relationship::None, Agreement::Unreadable), at: now() };
    let facts = Facts::least(partner, standing, Observed { value: vec![offer], at: now() });
    Prospect::of(&Outlook::of(&migration, &facts, &Policy::rule_book(), now()))
}

fn of(customers: usize, named: impl Fn(usize) -> String) -> Forecast {
    let first: Date = "2026-11-20".parse().unwrap();
    let prospects = (0..customers).map(|n| {
        let day = first.saturating_add(i64::try_from(n).unwrap().days());
        prospect(&named(n), &format!("={}", named(n)), day, if n % 2 == 0 { "EUR" } else { "JPY" }, None)
    });
    let unread = [Unread::new(&customer(&named(customers)), "the tenant could not be read")];
    Forecast::of(prospects, unread, &Policy::rule_book(), now())
}

fn page(of: &Forecast) -> String {
    html(&[], &Summary::of(&[]), &[], Some(of), now(), "What-if").unwrap()
}

#[test]
fn days_are_rows_and_many_days_are_weeks() {
    let few = forecast(&of(2, |n| format!("Customer {n}")));
    assert!(few.contains("\nDay ") && few.contains("\n2026-11-18 "), "{few}");
    let many = forecast(&of(40, |n| format!("Customer {n}")));
    assert!(many.contains("\nWeek of ") && many.contains("\n2026-11-16 "), "{many}");
    for text in [few, many] {
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}

#[test]
fn weeks_that_are_alike_are_one_row() {
    let first: Date = "2027-01-04".parse().unwrap();
    let prospects = (0..84).map(|n| prospect("A", "=A", first.saturating_add(n.days()), "EUR", None));
    let text = forecast(&Forecast::of(prospects, [], &Policy::rule_book(), now()));
    assert!(text.contains("\n           and 7 weeks like it\n2027-03-01 "), "{text}");
}

#[test]
fn the_text_says_money_people_misses_and_what_is_left_out() {
    let text = forecast(&of(30, |n| format!("Customer {n}")));
    for part in [
        "30 lines of 30 customers: 30 planned.",
        "EUR: first terms 99000.00, paid twice",
        "30 lines are reckoned by the price of the old subscription",
        "stop the renewal of =Customer",
        "and 70 more: --format json has all of them",
        "Earliest finish 2026-12-20 01:00 UTC",
        "Not in the forecast",
        "the tenant could not be read",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn what_should_have_been_done_is_marked_and_keeps_its_date() {
    let late = |day: &str| {
        let one = prospect("A", "=A", "2026-11-20".parse().unwrap(), "EUR", None);
        let of_then = Forecast::of([one], [], &Policy::rule_book(), at(day));
        (forecast(&of_then), page(&of_then))
    };
    let (text, page) = late("2026-11-17T23:59:59Z");
    assert!(text.contains("\n2026-11-17  A: our own people") && !page.contains("overdue since"), "{text}");
    let (text, page) = late("2026-11-18T00:00:00Z");
    assert!(text.contains("\n2026-11-17  overdue: A: our own people"), "{text}");
    assert!(page.contains("overdue since 2026-11-17"), "{page}");
}

#[test]
fn nothing_steers_the_terminal_or_gets_into_the_page() {
    let attack = |n: usize| format!("=1+1<script>alert({n})</script>\u{1b}[31m\"'&");
    let forecast_of_them = of(3, attack);
    let text = forecast(&forecast_of_them);
    assert!(text.lines().all(|line| !line.contains(char::is_control)), "{text}");
    let page = page(&forecast_of_them);
    assert!(!page.contains("<script") && !page.contains("</script"), "{page}");
    assert!(page.contains("=1+1&#60;script&#62;alert(0)&#60;/script&#62;"), "{page}");
}

#[test]
fn the_chart_has_its_areas_a_text_and_a_table() {
    let page = page(&of(3, |n| format!("Customer {n}")));
    for part in [
        "id=\"ft\">Seats over time</title>",
        "75 seats are bought on 2026-11-18; old subscriptions end between 2026-11-20 and 2026-11-22; 300 seat-days",
        "<rect class=\"fo\"",
        "<rect class=\"fx\"",
        "<rect class=\"fn\"",
        "The same as a table",
        "<td class=\"num\">3 / 75</td>",
        "people of 1 customer must have acted",
        "Customer 3",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf%"), "{page}");
    assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
}

#[test]
fn what_could_be_saved_is_left_out_where_nobody_looked_at_the_users() {
    let customers = prospect("A", "=A", "2026-11-20".parse().unwrap(), "EUR", None);
    let unknown = page(&Forecast::of([customers], [], &Policy::rule_book(), now()));
    assert!(unknown.contains("first terms") && !unknown.contains("<th scope=\"row\">could be saved"), "{unknown}");
    assert!(
        unknown.contains("What could be saved is not known: that takes a look at the licences in use"),
        "{unknown}"
    );
    let customers = prospect("A", "=A", "2026-11-20".parse().unwrap(), "EUR", Some(20));
    let known = page(&Forecast::of([customers], [], &Policy::rule_book(), now()));
    assert!(known.contains("<th scope=\"row\">could be saved"), "{known}");
    assert!(!known.contains("What could be saved is not known"), "{known}");
}

#[test]
fn nothing_is_left_only_where_no_line_waits() {
    let customer = customer("A");
    let sku: SkuId = SKU.parse().unwrap();
    let line = SourceLine::least(
        LineId::of(customer.tenant, "old"),
        SourceProgram::DirectMca,
        sku,
        Seats::try_new(25).unwrap(),
    );
    let migration = replay([&import(None, customer, vec![line], None).unwrap()]).unwrap();
    let partner = Partner {
        tenant: "000000a1-0000-4000-8000-000000000000".parse::<TenantId>().unwrap(),
        country: "DE".parse().unwrap(),
    };
    let standing = Observed { value: Sells::new(Relationship::None, Agreement::Unreadable), at: now() };
    let facts = Facts::least(partner, standing, Observed { value: Vec::new(), at: now() });
    let blocked = Prospect::of(&Outlook::of(&migration, &facts, &Policy::rule_book(), now()));
    let text = forecast(&Forecast::of([blocked], [], &Policy::rule_book(), now()));
    assert!(text.contains("1 blocked") && !text.contains("Nothing is left"), "{text}");
    assert!(text.contains("When all can be over cannot be told: 1 line is not closed"), "{text}");
}

#[test]
fn nothing_to_forecast_is_a_sentence_too() {
    let nothing = Forecast::of([], [], &Policy::rule_book(), now());
    let text = forecast(&nothing);
    for part in ["There is nothing to forecast.", "Nobody has to act.", "Nothing is left to be closed."] {
        assert!(text.contains(part), "{text}");
    }
    let page = page(&nothing);
    assert!(page.contains("There is nothing to forecast.") && !page.contains("class=\"ahead\""), "{page}");
}
