//! What the catalogue says of an offer beside its terms, read over HTTP, and what the rules make of it.

use crate::line;
use carryover_domain::assess::assess;
use carryover_domain::facts::{Agreement, CartRequest, Facts, Hope, Partner, Relationship, Standing};
use carryover_domain::ids::{IntentId, LineId, Mark, RequestId, SkuId, SubscriptionId, TenantId};
use carryover_domain::migration::decide::import;
use carryover_domain::observed::Observed;
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::program::SourceProgram;
use carryover_domain::replay;
use carryover_domain::value::Seats;
use carryover_emulator::{
    Auth, Billing, Options, Rules, Seed, SeedOffer, SeedPromotion, SeedRelationship, Segment, Term,
};
use carryover_ports::{Catalogue, Commerce, Market, Outcome};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use uuid::Uuid;

const STANDARD: &str = "f245ecc8-75af-4f8e-b61f-27d8114de5f3";
const ENDED: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";
const ADD_ON: &str = "eeeeeeee-0000-4000-8000-0000000000e1";
const SCHOOL: &str = "eeeeeeee-0000-4000-8000-0000000000e2";

fn seed() -> Seed {
    let mut seed = Seed::generate(1, 7, "2026-03-02T08:00:00Z".parse().unwrap());
    let offer = |sku: &str, name: &str| SeedOffer {
        sku_id: sku.parse().unwrap(),
        sku_part_number: name.to_owned(),
        title: name.to_owned(),
        sold: true,
        end_of_sale: false,
        max_seats: None,
        price_per_year: None,
        segment: Segment::Commercial,
        addon_of: Vec::new(),
        stock: None,
        publisher: None,
    };
    seed.catalogue = vec![
        SeedOffer { end_of_sale: true, ..offer(ENDED, "ENTERPRISEPACK") },
        SeedOffer { addon_of: vec![STANDARD.parse().unwrap()], ..offer(ADD_ON, "ADD_ON") },
        SeedOffer { segment: Segment::Education, ..offer(SCHOOL, "SCHOOL") },
    ];
    let accepted_at = "2026-01-02T08:00:00Z".parse().unwrap();
    seed.customers[0].relationship = Some(SeedRelationship { accepted_at, agreement_signed: true });
    seed.customers[0].subscriptions.clear();
    seed.promotions = vec![SeedPromotion {
        id: "39NFJQT1X27P:0001:39NFJQT1Q5KL".to_owned(),
        name: "Spring".to_owned(),
        sku_id: STANDARD.parse().unwrap(),
        term: Term::P1Y,
        billing: Some(Billing::Annual),
        percent_off: 15,
        starts: "2026-01-01T00:00:00Z".parse().unwrap(),
        ends: "2026-07-01T00:00:00Z".parse().unwrap(),
        min_seats: 1,
        max_seats: Some(2_400),
        new_only: false,
        applies_itself: true,
    }];
    seed
}

/// The codes of what stands in the way of a move from `sku` to the same.
fn codes(sku: SkuId, tenant: TenantId, facts: &Facts) -> Vec<&'static str> {
    let now = facts.offers.at;
    let line = SourceLine::least(LineId::of(tenant, "old"), SourceProgram::Open, sku, Seats::at_least_one(5))
        .ending(jiff::civil::date(2026, 4, 30));
    let customer = Customer {
        tenant,
        domain: "birchlane.example".to_owned(),
        name: "Birch Lane".to_owned(),
        country: "DE".parse().unwrap(),
    };
    let migration = replay([&import(None, customer, vec![line.clone()], None).unwrap()]).unwrap();
    assess(&migration, &line, facts, &Policy::rule_book(), now).iter().map(|finding| finding.code()).collect()
}

/// What an add-on's cart names as its base has to be a subscription of ours that serves.
#[tokio::test]
async fn an_add_on_is_bought_upon_its_base() {
    let seed = seed();
    let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
    let (adapter, running) = line::connect(&seed, options).await;
    let customer: TenantId = seed.customers[0].tenant_id.to_string().parse().unwrap();
    let skus: BTreeSet<SkuId> = [STANDARD, ADD_ON].map(|sku| sku.parse().unwrap()).into();
    let offers = adapter.offers(Market::Customer(customer), &skus, &BTreeSet::new()).await.unwrap().value;
    let cart = async |number: u128, sku: &str, parent: Option<SubscriptionId>| {
        let want = CartRequest {
            offer: offers.iter().find(|offer| offer.sku == sku.parse().unwrap()).unwrap().id.clone(),
            segment: carryover_domain::offer::Segment::Commercial,
            seats: Seats::at_least_one(3),
            term: carryover_domain::time::Term::Year,
            billing: carryover_domain::time::Billing::Annual,
            term_end: None,
            reseller: None,
            parent,
            mark: Mark::of(IntentId::new(Uuid::from_u128(number))),
        };
        (adapter.create_cart(RequestId::new(Uuid::from_u128(number)), customer, &want).await, want.mark)
    };
    let stranger = SubscriptionId::try_new("55555555-0000-4000-8000-000000000999").unwrap();
    let (refused, _) = cart(1, ADD_ON, Some(stranger)).await;
    assert!(matches!(&refused, Outcome::Refused(refusal) if refusal.code.contains("10007")), "{refused:?}");

    let (Outcome::Done(base), mark) = cart(2, STANDARD, None).await else { panic!("no cart") };
    adapter.check_out(RequestId::new(Uuid::from_u128(3)), customer, &base.id, &mark).await;
    running.with_ledger(|ledger| ledger.advance_to(ledger.now() + SignedDuration::from_hours(24)).unwrap());
    let [base] = adapter.own_subscriptions(customer).await.unwrap().value.try_into().unwrap();
    let (made, _) = cart(4, ADD_ON, Some(base.id)).await;
    assert!(matches!(made, Outcome::Done(_)), "{made:?}");
}

#[tokio::test]
async fn findings_about_an_offer_come_from_what_the_service_answers() {
    let seed = seed();
    let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
    let (adapter, _running) = line::connect(&seed, options).await;
    let skus: BTreeSet<SkuId> = [STANDARD, ENDED, ADD_ON, SCHOOL].map(|sku| sku.parse().unwrap()).into();
    let market = Market::Country("DE".parse().unwrap());
    let offers = adapter.offers(market, &skus, &BTreeSet::new()).await.unwrap();
    let tenant: TenantId = seed.customers[0].tenant_id.to_string().parse().unwrap();
    let hope = |seats: u32| Hope {
        offer: offers.value.iter().find(|offer| offer.sku == STANDARD.parse().unwrap()).unwrap().id.clone(),
        segment: carryover_domain::offer::Segment::Commercial,
        seats,
        term: carryover_domain::time::Term::Year,
        billing: carryover_domain::time::Billing::Annual,
    };
    let given = adapter.promotions_for(tenant, &[hope(2_400), hope(2_401)]).await.unwrap().value;
    assert_eq!(given, [BTreeSet::from(["39NFJQT1X27P:0001:39NFJQT1Q5KL".to_owned()]), BTreeSet::new()]);
    let spring = offers.value.iter().flat_map(|offer| &offer.promotions).map(|held| (&*held.name, &held.offer));
    let standard = offers.value.iter().find(|offer| offer.sku == STANDARD.parse().unwrap()).unwrap();
    assert_eq!(spring.collect::<Vec<_>>(), [("Spring", &standard.id)]);

    let partner =
        Partner { tenant: seed.partner.tenant_id.to_string().parse().unwrap(), country: "DE".parse().unwrap() };
    let standing = Standing::new(Relationship::Reseller, Agreement::Accepted);
    let mut facts = Facts::least(partner, Observed { value: standing, at: offers.at }, offers);
    let of = |sku: &str, facts: &Facts, code| codes(sku.parse().unwrap(), tenant, facts).contains(&code);
    assert!(of(ENDED, &facts, "OFFER_END_OF_SALE"));
    assert!(of(ADD_ON, &facts, "PREREQUISITE_MISSING"));
    for code in ["OFFER_END_OF_SALE", "OFFER_NOT_IN_COUNTRY", "PREREQUISITE_MISSING", "SEGMENT_NOT_QUALIFIED"] {
        assert!(!of(STANDARD, &facts, code), "{code}");
    }
    // A segment counts against a customer whose qualifications were read.
    assert!(!of(SCHOOL, &facts, "SEGMENT_NOT_QUALIFIED"));
    facts.profile = Some(Observed { value: Default::default(), at: facts.offers.at });
    assert!(of(SCHOOL, &facts, "SEGMENT_NOT_QUALIFIED"));
}
