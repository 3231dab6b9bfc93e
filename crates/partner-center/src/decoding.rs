//! Every way in which an answer is read, with its head, the lists it is a page of and the certificates that came, over any bytes: none may panic, whatever a gateway sends. For `fuzz/` and the
//! tests; nothing of it runs in a call.

use crate::client::Items;
use crate::config::OwnerUser;
use crate::operation::Operation;
use crate::redact::redacted;
use crate::wire::page::{Next, Page};
use crate::wire::{
    admin, agreement, batch, cart, catalogue, customer, fault, graph, handover, lenient, licence, notice, order,
    profile, promotion, read, reseller, sold, subscription, token, webhook,
};
use crate::{notices, route, transport};
use carryover_domain::ids::{IntentId, Mark};
use carryover_domain::sold::{EndOfTerm, SoldChange};
use carryover_domain::value::Seats;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

/// Reads `bytes` as each kind of answer, and everything out of it that the adapter would.
pub fn every_way(bytes: &[u8]) {
    redacted(bytes);
    notice::of(bytes);
    let headers = heads(bytes);
    notices::every_way(bytes, &headers);
    let _ = (transport::retry_after(&headers), transport::continuation(&headers));
    leads(&String::from_utf8_lossy(bytes));
    let Ok(value) = lenient::json(bytes) else { return };
    for operation in Operation::ALL {
        let fault = fault::of(&value).tellable(operation);
        fault.reading(operation);
    }
    fault::inside_success(&value);
    token::TokenReply::read(value.clone());
    batch::answers(&Operation::ALL, &value);
    webhook::names(&value);
    things(&value);
    let page = Page::of_partner_center(value.clone()).map(|Page { items, next }| {
        if let Some(Next::Link { uri, .. }) = next {
            leads(&uri);
        }
        items
    });
    let graph = Page::of_graph(value).map(|(items, next)| {
        next.as_deref().into_iter().for_each(leads);
        items
    });
    for page in page.into_iter().chain(graph) {
        page.iter().for_each(things);
        let mut list = Items::new(2 * bytes.len());
        // Shown twice, and once more than there is room for.
        let fits = [page.clone(), page.clone(), page].map(|page| list.add(page, bytes.len()).is_ok());
        assert_eq!(fits, [true, true, bytes.is_empty()]);
    }
}

/// `bytes` as the value of each header that is read, as far as it can be one.
fn heads(bytes: &[u8]) -> HeaderMap {
    let line: Vec<u8> = bytes.iter().copied().take(512).filter(|byte| !byte.is_ascii_control()).collect();
    let Ok(value) = HeaderValue::from_bytes(&line) else { return HeaderMap::new() };
    let mut headers = HeaderMap::new();
    for name in ["retry-after", "ms-continuationtoken", "x-ms-certificate-url"] {
        headers.insert(name, value.clone());
    }
    headers.insert("x-ms-signature-algorithm", HeaderValue::from_static("rsa-sha256"));
    // Half of what would be a signature, if it were one.
    let signature = if line.len().is_multiple_of(2) { HeaderValue::from_static("Signature AA==") } else { value };
    headers.insert("authorization", signature);
    headers
}

/// Follows `link` as one of either service; none may lead to another host.
fn leads(link: &str) {
    let Ok(home) = Url::parse("https://home.example/pc/") else { return };
    for to in [route::follow(&home, link), route::stay(&home, link)].into_iter().flatten() {
        assert_eq!((to.host_str(), to.scheme()), (Some("home.example"), "https"), "{link}");
    }
}

fn things(value: &Value) {
    let operation = Operation::SignIn;
    if let Ok(customer) = read::<customer::Customer>(operation, value.clone()) {
        customer.relationship();
    }
    let _ = read::<customer::Invitation>(operation, value.clone());
    beside_the_purchase(value);
    let _ = read::<agreement::DirectAcceptance>(operation, value.clone());
    let template = read::<agreement::Template>(operation, value.clone());
    if let (Ok(template), Ok(confirmation)) = (template, read::<agreement::Confirmation>(operation, value.clone())) {
        agreement::confirmed(&[template], &[confirmation]);
    }
    if let Ok(product) = read::<catalogue::Product>(operation, value.clone()) {
        product.is_licence_based();
    }
    if let Ok(sku) = read::<catalogue::Sku>(operation, value.clone()) {
        let _ = (sku.is_trial(), sku.item("CFQ7TTC0ZZ01"), sku.provisions(), sku.prerequisites());
    }
    if let Ok(availability) = read::<catalogue::Availability>(operation, value.clone()) {
        let _ = (
            availability.segment(),
            availability.is_renewable(),
            availability.on_sale().count(),
            availability.strange().count(),
        );
    }
    if let Ok(cart) = read::<cart::Cart>(operation, value.clone()) {
        for line in &cart.line_items {
            let _ = (line.terms(), line.term_end(), line.error.as_ref().map(cart::LineError::code));
        }
    }
    if let Ok(checkout) = read::<cart::Checkout>(operation, value.clone()) {
        checkout.orders.iter().for_each(purchases);
        checkout.order_errors.iter().for_each(|error| drop(error.code()));
    }
    if let Ok(order) = read::<order::Order>(operation, value.clone()) {
        purchases(&order);
    }
    if let Ok(subscription) = read::<subscription::Subscription>(operation, value.clone()) {
        let _ = (subscription.is_active(), subscription.last_day(), subscription.own());
    }
    if let Ok(status) = read::<subscription::Provisioning>(operation, value.clone()) {
        status.has_succeeded();
    }
    if let Ok(held) = read::<graph::CompanySubscription>(operation, value.clone()) {
        let _ = held.held(OwnerUser::SelfService);
    }
    if let Ok(pool) = read::<graph::SubscribedSku>(operation, value.clone()) {
        let _ = pool.pool();
    }
    if let Ok(user) = read::<graph::User>(operation, value.clone()) {
        let sku = carryover_domain::ids::SkuId::new(uuid::Uuid::nil());
        let _ = (user.id(), user.holds(sku), user.holder(sku));
    }
    each::<graph::UserServices>(value, |services| drop(services.of_user()));
}

/// What is read of the customer, of what was sold, and of what comes over without buying.
fn beside_the_purchase(value: &Value) {
    each::<admin::AdminRelationship>(value, |held| drop((held.tenant(), admin::access(&[&held]))));
    each::<handover::Validation>(value, |it| drop(it.eligibility()));
    each::<handover::NewCommerceMigration>(value, |it| drop(it.converted()));
    each::<handover::MigrationSchedule>(value, |it| drop(it.scheduled()));
    each::<handover::TransferEntity>(value, |it| drop(it.transfer()));
    each::<licence::CustomerSku>(value, |it| drop(it.pool()));
    each::<licence::Named>(value, |it| drop(it.user()));
    each::<licence::UserLicence>(value, |it| drop(it.sku()));
    each::<profile::Profiled>(value, |it| {
        let rules = read(Operation::CountryRules, value.clone()).unwrap_or_default();
        drop((it.registration_id(), it.country(), it.address_lacks(&rules), it.contact_lacks()));
    });
    each::<profile::Qualification>(value, |it| drop(profile::segments(&[it])));
    each::<profile::AccountStatus>(value, |it| drop(it.hold()));
    each::<promotion::ProductPromotion>(value, |it| drop(it.promotions()));
    each::<promotion::Answer>(value, |it| drop(it.given()));
    each::<reseller::PartnerRelationship>(value, |it| drop(it.tied()));
    each::<reseller::PartnerProfile>(value, drop);
    each::<reseller::PartnerAgreement>(value, drop);
    each::<reseller::OnRecord>(value, |it| {
        it.validation_results.into_iter().for_each(|one| drop(one.verdict()));
    });
    each::<catalogue::Stocked>(value, |it| drop(it.restrictions()));
    each::<webhook::Registered>(value, |it| drop(it.registration()));
    each::<webhook::Sent>(value, drop);
    each::<webhook::Validation>(value, |it| drop(it.test_event()));
    each::<sold::SoldSubscription>(value, |it| {
        let Ok(held) = it.sold() else { return };
        sold::tag(value);
        sold::appointments(value);
        let seats = SoldChange::Seats(Seats::at_least_one(5));
        let ends = [EndOfTerm::Renew, EndOfTerm::Cancel, EndOfTerm::Extend].map(SoldChange::AtEnd);
        for change in ends.into_iter().chain([seats, SoldChange::SameAgain, SoldChange::Cancel]) {
            sold::shows(&held, &change);
            sold::changed(value.clone(), &held, &change, None);
        }
    });
}

fn each<T: DeserializeOwned>(value: &Value, then: impl FnOnce(T)) {
    if let Ok(thing) = read::<T>(Operation::SignIn, value.clone()) {
        then(thing);
    }
}

fn purchases(order: &order::Order) {
    order.is_by_system();
    let mark = Mark::of(IntentId::new(uuid::Uuid::nil()));
    for line in &order.line_items {
        let _ = (order.purchase(line), line.is_marked(&mark), line.is_follow_up());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    /// Bytes that JSON, dates, numbers and gateways like to break on.
    const ODD: &[&[u8]] = &[
        b"\xEF\xBB\xBF",
        b"null",
        b"\"\"",
        b"{}",
        b"[]",
        b"-1",
        b"1e999",
        b"9223372036854775808",
        b"0001-01-01",
        b"\\u0000",
        b"\xFF",
        b"\"2026-02-30T25:61:00\"",
        b"9999-12-31T23:59:59.9999999",
        b"<html>",
        b"[[[[[[[[[[",
        b"0.1",
        b"true",
        b"\xF0\x9F",
    ];

    /// Heads, links, and certificates as a file of one and as a file of several.
    fn besides() -> Vec<Vec<u8>> {
        let root = include_bytes!("../../emulator/data/root.der");
        let leaf = include_bytes!("../../emulator/data/notifications.der");
        let pem =
            |der: &[u8]| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
        let lines = [
            "5,5",
            "1.75",
            "Signature c2lnbmVk",
            "https://home.example/pc/v1/customers?size=40&seekOperation=Next",
            "/customers?size=40",
            "https://elsewhere.example/x",
            "http://127.0.0.1:80/certificates/notifications.cer",
        ];
        let mut seeds: Vec<Vec<u8>> = lines.map(|line| line.as_bytes().to_vec()).into();
        seeds.extend([root.to_vec(), leaf.to_vec(), (pem(leaf) + &pem(root)).into_bytes()]);
        seeds
    }

    fn corpus() -> Vec<Vec<u8>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exchanges");
        let files =
            std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let bodies = |text: String| -> Vec<Vec<u8>> {
            text.split("\n\n")
                .filter(|part| part.starts_with(['{', '[']))
                .map(|part| part.as_bytes().to_vec())
                .collect()
        };
        files.flat_map(bodies).chain(besides()).collect()
    }

    /// Its own fields in their order would be read out of an array, and nothing can be changed in one.
    #[test]
    fn a_subscription_that_comes_as_an_array_is_not_one() {
        let array = br#"["a","CFQ7TTC0ZZ01:0001",null,5,"active"]"#;
        every_way(array);
        let found = read::<sold::SoldSubscription>(Operation::Subscription, lenient::json(array).unwrap());
        assert!(found.is_err(), "{found:?}");
    }

    /// Recorded answers, cut, swapped and spliced: the first of a fuzzer's seeds, in an order that is always the same.
    #[test]
    fn no_answer_however_broken_breaks_what_reads_it() {
        let corpus = corpus();
        assert!(corpus.len() > 50, "only {} answers", corpus.len());
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % 1_000_003).unwrap() % below.max(1)
        };
        for body in &corpus {
            every_way(body);
            for _ in 0..60 {
                let mut broken = body.clone();
                for _ in 0..=random(3) {
                    let (from, to) = (random(broken.len()), random(broken.len()));
                    let other = &corpus[random(corpus.len())];
                    match random(6) {
                        0 => broken.truncate(from),
                        1 if !broken.is_empty() => broken[from] = u8::try_from(random(256)).unwrap(),
                        2 => drop(broken.splice(from.min(to)..from.max(to), ODD[random(ODD.len())].iter().copied())),
                        3 => drop(broken.splice(from..from, ODD[random(ODD.len())].iter().copied())),
                        4 => drop(
                            broken.splice(from.min(to)..from.max(to), other[random(other.len())..].iter().copied()),
                        ),
                        _ => drop(broken.drain(from.min(to)..from.max(to))),
                    }
                }
                every_way(&broken);
            }
        }
    }
}
