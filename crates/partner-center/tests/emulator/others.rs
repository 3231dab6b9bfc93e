//! Selling with others, licences by way of Partner Center and stock, against the emulator under strict sign-in.

use crate::line;
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::{IntentId, Mark, PartnerId, RequestId, SkuId, TenantId, UserId};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{Auth, Model, Options, Rules, Seed, SeedOffer, SeedRelationship, SeedReseller, Segment};
use carryover_ports::{Catalogue, Commerce, Unavailable};
use carryover_ports::{LicenceChange, Licences, Market, Outcome, Resellers, Stock, Tie};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[tokio::test]
async fn a_provider_knows_its_resellers_and_whom_a_purchase_may_name() {
    let mut seed = carryover_testkit::conformance::services::emulated::seed("2026-03-02T08:00:00Z".parse().unwrap());
    let reseller = |n: u128, active| SeedReseller {
        tenant_id: carryover_emulator::TenantId(Uuid::from_u128(n)),
        name: format!("Reseller {n}"),
        mpn_id: format!("{n}"),
        location: "DE".to_owned(),
        active,
        agreement_signed: n == 11,
    };
    seed.partner.programme.model = Model::IndirectProvider;
    seed.partner.programme.resellers = vec![reseller(11, true), reseller(12, false)];
    let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
    let (adapter, _running) = line::connect(&seed, options).await;

    let tied = adapter.tied(Tie::Resellers).await.unwrap().value;
    let told: Vec<_> = tied.iter().map(|it| (it.name.as_str(), it.partner_id.as_deref(), it.active)).collect();
    assert_eq!(told, [("Reseller 11", Some("11"), true), ("Reseller 12", Some("12"), false)]);
    assert_eq!(adapter.tied(Tie::Providers).await.unwrap().value, []);
    let customer = TenantId::new(seed.customers[0].tenant_id.0);
    assert_eq!(adapter.resellers_of(customer).await.unwrap().value, []);
    assert_eq!(adapter.partner_name(Some("11")).await.unwrap().value.as_deref(), Some("Reseller 11"));
    assert_eq!(adapter.partner_name(Some("999")).await.unwrap().value, None);
    assert!(adapter.has_agreed(tied[0].tenant).await.unwrap().value);
    assert!(!adapter.has_agreed(tied[1].tenant).await.unwrap().value);
    assert!(matches!(adapter.has_agreed(customer).await, Err(Unavailable::Unreadable(_))));
    let ids = ["11", "12"].map(str::to_owned).into();
    let on_record = adapter.on_record(&ids).await.unwrap().value;
    assert_eq!((on_record["11"].is_none(), on_record["12"].is_none()), (true, false));
}

#[tokio::test]
async fn a_provider_buys_in_the_name_of_an_active_reseller_and_nobody_elses() {
    let mut seed = carryover_testkit::conformance::services::emulated::seed("2026-03-02T08:00:00Z".parse().unwrap());
    let start = seed.start;
    seed.partner.programme.model = Model::IndirectProvider;
    seed.partner.programme.resellers = vec![SeedReseller {
        tenant_id: carryover_emulator::TenantId(Uuid::from_u128(11)),
        name: "Reseller 11".to_owned(),
        mpn_id: "11".to_owned(),
        location: "DE".to_owned(),
        active: true,
        agreement_signed: true,
    }];
    seed.customers[0].relationship = Some(SeedRelationship { accepted_at: start, agreement_signed: true });
    let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
    let (adapter, _running) = line::connect(&seed, options).await;
    let customer = TenantId::new(seed.customers[0].tenant_id.0);
    let mark = Mark::of(IntentId::new(Uuid::from_u128(7)));
    let want = |reseller: Option<&str>| CartRequest {
        offer: "CFQ7TTC0LCHC:0002".parse().unwrap(),
        segment: carryover_domain::offer::Segment::Commercial,
        seats: Seats::try_new(3).unwrap(),
        term: Term::Year,
        billing: Billing::Annual,
        term_end: None,
        reseller: reseller.map(|id| PartnerId::try_new(id).unwrap()),
        mark: mark.clone(),
    };
    let key = |n: u128| RequestId::new(Uuid::from_u128(n));
    let nobody = adapter.create_cart(key(1), customer, &want(None)).await;
    assert!(matches!(&nobody, Outcome::Refused(refusal) if refusal.code.contains("900206")), "{nobody:?}");
    let unknown = adapter.create_cart(key(2), customer, &want(Some("999"))).await;
    assert!(matches!(unknown, Outcome::Refused(_)), "{unknown:?}");
    let Outcome::Done(cart) = adapter.create_cart(key(3), customer, &want(Some("11"))).await else { panic!("no cart") };
    let bought = adapter.check_out(key(4), customer, &cart.id, &mark).await;
    assert!(matches!(bought, Outcome::Done(_)), "{bought:?}");
}

#[tokio::test]
async fn pools_count_what_users_hold_and_nobody_is_given_what_the_tenant_does_not_hold() {
    let mut seed = Seed::generate(3, 7, "2026-03-02T08:00:00Z".parse().unwrap());
    let start = seed.start;
    seed.customers[0].relationship =
        Some(carryover_emulator::SeedRelationship { accepted_at: start, agreement_signed: true });
    let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
    let (adapter, _running) = line::connect(&seed, options).await;
    let customer = TenantId::new(seed.customers[0].tenant_id.0);
    let pools = adapter.pools(customer).await.unwrap().value;
    let users = adapter.users(customer).await.unwrap().value;
    assert_eq!(users.len(), seed.customers[0].users.len());

    let mut holders: BTreeMap<UserId, BTreeSet<SkuId>> = BTreeMap::new();
    for user in users {
        holders.insert(user, adapter.licences_of(customer, user).await.unwrap().value.unwrap());
    }
    let consumed: u32 = pools.values().map(|pool| pool.consumed).sum();
    assert_eq!(usize::try_from(consumed).unwrap(), holders.values().map(BTreeSet::len).sum::<usize>());
    assert_eq!(adapter.licences_of(customer, UserId::new(Uuid::nil())).await.unwrap().value, None);

    // The tenant holds nothing of it.
    let (user, held) = holders.iter().find(|(_, held)| !held.is_empty()).unwrap();
    let want = LicenceChange {
        user: *user,
        add: BTreeMap::from([(SkuId::new(Uuid::from_u128(1)), BTreeSet::new())]),
        remove: *held.first().unwrap(),
    };
    let refused = adapter.change_licences(RequestId::new(Uuid::from_u128(2)), customer, &want).await;
    assert!(matches!(refused, Outcome::Refused(_)), "{refused:?}");
}

#[tokio::test]
async fn an_item_that_has_run_out_says_so() {
    let mut seed = Seed::generate(3, 7, "2026-03-02T08:00:00Z".parse().unwrap());
    let gone = "eeeeeeee-0000-4000-8000-0000000000e1";
    seed.catalogue = vec![SeedOffer {
        sku_id: gone.parse().unwrap(),
        sku_part_number: "GONE".to_owned(),
        title: "Gone".to_owned(),
        sold: true,
        end_of_sale: false,
        max_seats: None,
        price_per_year: None,
        segment: Segment::Commercial,
        addon_of: Vec::new(),
        stock: Some(0),
    }];
    let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
    let (adapter, _running) = line::connect(&seed, options).await;
    let country = seed.partner.country.parse().unwrap();
    let wanted = ["cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", gone].map(|sku| sku.parse::<SkuId>().unwrap());
    let offers = adapter.offers(Market::Country(country), &wanted.into(), &BTreeSet::new()).await.unwrap().value;
    let items = offers.iter().map(|offer| offer.id.clone()).collect();
    let customer = TenantId::new(seed.customers[0].tenant_id.0);
    let stock = adapter.stock(country, customer, &items).await.unwrap().value;
    let runs_out = |offer: &&carryover_domain::offer::Offer| !stock[&offer.id].is_empty();
    let out: Vec<_> = offers.iter().filter(runs_out).map(|offer| offer.sku).collect();
    assert_eq!((stock.len() > 1, out), (true, vec![wanted[1]]));
}
