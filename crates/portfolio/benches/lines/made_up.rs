//! A made-up partner: its portfolio file, and what the services say of its customers. The same at every run.

use carryover_domain::Migration;
use carryover_domain::facts::{
    Agreement, Facts, HeldStatus, HeldSubscription, Partner, Pool, Relationship, Standing, Tenancy,
};
use carryover_domain::ids::{SkuId, SubscriptionId, TenantId};
use carryover_domain::observed::Observed;
use carryover_domain::offer::{Offer, OfferId};
use carryover_domain::product::known;
use carryover_domain::product::table::ProductTable;
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::{Country, Money};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{self, Write};

/// How many customers there are, and how many old subscriptions each of them has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) customers: u64,
    pub(crate) lines_each: u64,
}

impl Size {
    pub(crate) fn lines(self) -> u64 {
        self.customers * self.lines_each
    }
}

/// The day on which the plans are made.
const TODAY: Date = date(2026, 11, 2);

/// The countries of the customers, all in the partner's region.
const COUNTRIES: [&str; 4] = ["DE", "FR", "NL", "AT"];

/// Products that are moved: short name, name, Entra licence, and the price of a seat and year.
const PRODUCTS: [(&str, &str, &str, &str); 12] = [
    ("O365_BUSINESS_ESSENTIALS", "Microsoft 365 Business Basic", "3b555118-da6a-4418-894f-7df1e2096870", "67.20"),
    ("O365_BUSINESS_PREMIUM", "Microsoft 365 Business Standard", "f245ecc8-75af-4f8e-b61f-27d8114de5f3", "140.40"),
    ("SPB", "Microsoft 365 Business Premium", "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "247.20"),
    ("O365_BUSINESS", "Microsoft 365 Apps for Business", "cdd28e44-67e3-425e-be4c-737fab2899d3", "116.40"),
    ("ENTERPRISEPACK", "Office 365 E3", "6fd2c87f-b296-42f0-b197-1e91e994b900", "272.40"),
    ("SPE_E3", "Microsoft 365 E3", "05e9a617-0261-4cee-bb44-138d3ef5d965", "429.60"),
    ("SPE_E5", "Microsoft 365 E5", "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "661.20"),
    ("EXCHANGESTANDARD", "Exchange Online (Plan 1)", "4b9405b0-7788-4568-add1-99614e613b69", "48.00"),
    ("EXCHANGEENTERPRISE", "Exchange Online (Plan 2)", "19ec0d23-8335-4cbd-94ac-6050e30712fa", "96.00"),
    ("AAD_PREMIUM", "Microsoft Entra ID P1", "078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "72.00"),
    ("POWER_BI_PRO", "Power BI Pro", "f8a1db68-be16-40ed-86d5-cb42ce701560", "120.00"),
    ("STANDARDPACK", "Office 365 E1", "18181a46-0d4e-45cd-891e-60aabd171b4e", "120.00"),
];

/// What is bought most comes more than once.
const PROGRAMS: [SourceProgram; 10] = [
    SourceProgram::DirectMosa,
    SourceProgram::Open,
    SourceProgram::DirectMca,
    SourceProgram::Ea,
    SourceProgram::DirectMosa,
    SourceProgram::NceOtherPartner,
    SourceProgram::Advisor,
    SourceProgram::LegacyCsp,
    SourceProgram::DirectMca,
    SourceProgram::Trial,
];

/// A number that looks like chance and is none (the finaliser of SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number below `bound`.
fn below(bound: u64, number: u64) -> usize {
    usize::try_from(mixed(number) % bound).unwrap_or_default()
}

/// A GUID in its usual form.
fn guid(number: u64) -> String {
    let (high, low) = (mixed(number), mixed(number ^ u64::MAX));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// Writes the portfolio file of `size`.
pub(crate) fn write(size: Size, to: &mut impl Write) -> io::Result<()> {
    writeln!(
        to,
        "tenant_id,domain,customer_name,country,program,subscription_id,sku_id,sku_part_number,product_name,seats,\
         assigned_seats,end_date,term_start,auto_renew,term,billing,price_per_seat,currency,target_sku,contact_email"
    )?;
    for customer in 0..size.customers {
        let tenant = guid(customer);
        let country = COUNTRIES[below(4, customer ^ 0x10)];
        for line in 0..size.lines_each {
            let n = (customer << 16) | (line << 1) | 1;
            let (part_number, product, sku, price) = PRODUCTS[below(12, n ^ 0x20)];
            let program = PROGRAMS[below(10, n ^ 0x30)];
            let (subscription, seats) = (guid(n), 1 + below(250, n ^ 0x40));
            let assigned = seats - below(seats as u64, n ^ 0x50) / 3;
            let end = TODAY.saturating_add(i64::try_from(20 + below(380, n ^ 0x60)).unwrap_or_default().days());
            let start = end.saturating_sub(1.year()).saturating_add(1.day());
            let renews = ["yes", "no", "yes", "unknown"][below(4, n ^ 0x70)];
            let billing = ["monthly", "annual"][below(2, n ^ 0x80)];
            // One in sixteen changes to another product.
            let target = if below(16, n ^ 0x90) == 0 { PRODUCTS[below(12, n ^ 0xA0)].2 } else { "" };
            writeln!(
                to,
                "{tenant},customer-{customer}.example,\"Customer {customer}, Ltd\",{country},{program},{subscription},\
                 {sku},{part_number},{product},{seats},{assigned},{end},{start},{renews},P1Y,{billing},{price},EUR,\
                 {target},it@customer-{customer}.example"
            )?;
        }
    }
    Ok(())
}

/// The services as the partner finds them.
pub(crate) struct Services {
    pub(crate) now: Timestamp,
    /// What holds for every customer of a country; the tenancy of the customer is put in.
    by_country: BTreeMap<Country, Facts>,
    /// A pool of each licence without units: what is in it.
    plans: BTreeMap<SkuId, Pool>,
}

impl Services {
    pub(crate) fn open() -> Result<Self, Box<dyn Error>> {
        let now: Timestamp = "2026-11-02T08:00:00Z".parse()?;
        let partner = Partner { tenant: guid(u64::MAX).parse()?, country: "DE".parse()? };
        let offers = offers()?;
        let facts = || {
            let standing = Standing::new(Relationship::Reseller, Agreement::Accepted);
            Facts::least(partner, Observed { value: standing, at: now }, Observed { value: offers.clone(), at: now })
        };
        let by_country =
            COUNTRIES.iter().map(|code| Ok((code.parse()?, facts()))).collect::<Result<_, Box<dyn Error>>>()?;
        let pool = |plans: &BTreeSet<_>| Pool { plans: plans.clone(), ..Pool::default() };
        let plans = ProductTable::common().products().map(|(sku, product)| (sku, pool(&product.plans))).collect();
        Ok(Self { now, by_country, plans })
    }

    /// What is known of the customer of `migration` when its lines are planned; none for a country without offers.
    pub(crate) fn facts(&mut self, migration: &Migration) -> Option<&Facts> {
        let tenancy = self.tenancy(migration);
        let facts = self.by_country.get_mut(&migration.customer.country)?;
        facts.tenancy = Some(Observed { value: tenancy, at: self.now });
        Some(facts)
    }

    /// The subscriptions of the file, two that stay, and the pools that they all feed.
    fn tenancy(&self, migration: &Migration) -> Tenancy {
        let mut tenancy = Tenancy::default();
        let mut consumed: BTreeMap<SkuId, u32> = BTreeMap::new();
        for source in migration.lines.values().map(|line| &line.source) {
            let Some(id) = source.subscription.clone() else { continue };
            tenancy.subscriptions.push(HeldSubscription {
                next_lifecycle: source.end().map(|end| end.instant()),
                owner: (source.program == SourceProgram::NceOtherPartner).then(other_partner),
                trial: source.program == SourceProgram::Trial,
                created: Some(self.now),
                ..HeldSubscription::least(id, source.sku, source.seats.get())
            });
            *consumed.entry(source.sku).or_default() += source.assigned_seats.unwrap_or(0);
        }
        let staying = tenancy.subscriptions.iter().step_by(5).take(2).map(|held| HeldSubscription {
            next_lifecycle: None,
            ..HeldSubscription::least(stays(&held.id), held.sku, 5)
        });
        let staying: Vec<HeldSubscription> = staying.collect();
        tenancy.subscriptions.extend(staying);
        for held in tenancy.subscriptions.iter().filter(|held| held.status == HeldStatus::Enabled) {
            let pool = tenancy.pools.entry(held.sku).or_insert_with(|| {
                let pool = self.plans.get(&held.sku).cloned().unwrap_or_default();
                Pool { consumed: consumed.get(&held.sku).copied().unwrap_or(0), ..pool }
            });
            pool.enabled += held.seats;
        }
        tenancy
    }
}

/// The partner who sold what another partner sold.
fn other_partner() -> TenantId {
    TenantId::new(ProductTable::common().products().next().map(|(sku, _)| sku.as_uuid()).unwrap_or_default())
}

/// The id of a subscription that stays, beside one that moves.
fn stays(beside: &SubscriptionId) -> SubscriptionId {
    SubscriptionId::try_new(&format!("{beside}-stays")).unwrap_or_else(|_| beside.clone())
}

/// What is sold in a country: the products of the file, and others that nobody asks for.
fn offers() -> Result<Vec<Offer>, Box<dyn Error>> {
    let mut offers = Vec::new();
    for (number, (_, name, sku, price)) in PRODUCTS.into_iter().enumerate() {
        offers.push(offer(&format!("CFQ7TTC0LH{number:02}:0001"), name, sku.parse()?, price.parse()?)?);
    }
    let asked: BTreeSet<SkuId> = offers.iter().map(|offer| offer.sku).collect();
    for known in known::offers().iter().filter(|known| !asked.contains(&known.sku)) {
        offers.push(offer(&known.offer.to_string(), known.title, known.sku, Decimal::from(100))?);
    }
    Ok(offers)
}

fn offer(id: &str, title: &str, sku: SkuId, price: Decimal) -> Result<Offer, Box<dyn Error>> {
    let id: OfferId = id.parse()?;
    let currency = "EUR".parse()?;
    let yearly = BTreeSet::from([Billing::Monthly, Billing::Annual]);
    Ok(Offer {
        title: title.to_owned(),
        terms: BTreeMap::from([(Term::Month, BTreeSet::from([Billing::Monthly])), (Term::Year, yearly)]),
        prices: BTreeMap::from([(Term::Year, Money { amount: price, currency })]),
        ..Offer::least(id, sku)
    })
}
