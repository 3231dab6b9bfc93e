//! A tenancy for the emulator that matches a portfolio: one user per assigned seat, people who act within days.

use carryover_domain::ids;
use carryover_domain::portfolio::{Customer, Renewal, SourceLine, Target};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, Term};
use carryover_emulator::{
    Model, Program, Seed, SeedAccount, SeedCustomer, SeedLicence, SeedPeople, SeedReseller, SeedSubscription, SeedUser,
    SkuId, SubscriptionId, TenantId, UserId, known_sku,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Seats in use where the file does not say: all but one in ten.
fn usual_use(seats: u32) -> u32 {
    seats - seats / 10
}

/// The world in which `portfolio` is true at `start`. The partner sells from the country that most customers are in.
pub(crate) fn of_portfolio(portfolio: &[(Customer, Vec<SourceLine>)], random: u64, start: Timestamp) -> Seed {
    let mut seed = Seed::generate(0, random, start);
    let mut countries: BTreeMap<&str, usize> = BTreeMap::new();
    for (customer, _) in portfolio {
        *countries.entry(customer.country.as_str()).or_default() += 1;
    }
    if let Some((country, _)) = countries.iter().max_by_key(|(country, count)| (**count, std::cmp::Reverse(**country)))
    {
        seed.partner.country = (*country).to_owned();
    }
    seed.customers = portfolio.iter().map(|(customer, lines)| tenant(customer, lines)).collect();
    seed
}

/// The same world for an indirect provider: each customer has one of two resellers, which is known before it accepts. Which one
/// that is, by its partner id.
///
/// # Errors
/// In words, never in practice: the partner ids are made here.
pub(crate) fn through_resellers(seed: &mut Seed) -> Result<BTreeMap<ids::TenantId, ids::PartnerId>, String> {
    let reseller = |nth: u128| SeedReseller {
        tenant_id: TenantId(Uuid::new_v5(&seed.partner.tenant_id.0, &nth.to_be_bytes())),
        name: format!("Reseller {nth}"),
        mpn_id: (4_700_000 + nth).to_string(),
        location: seed.partner.country.clone(),
        active: true,
        agreement_signed: true,
    };
    let resellers = vec![reseller(1), reseller(2)];
    let of = |(customer, reseller): (&SeedCustomer, &SeedReseller)| {
        let id = ids::PartnerId::try_new(&reseller.mpn_id).map_err(|error| error.to_string())?;
        Ok((ids::TenantId::new(customer.tenant_id.0), id))
    };
    let known = seed.customers.iter().zip(resellers.iter().cycle()).map(of).collect();
    seed.partner.programme.model = Model::IndirectProvider;
    seed.partner.programme.resellers = resellers;
    known
}

fn tenant(customer: &Customer, lines: &[SourceLine]) -> SeedCustomer {
    let country = customer.country.as_str().to_owned();
    let contact = lines.iter().find_map(|line| line.contact_email.clone());
    SeedCustomer {
        tenant_id: TenantId(customer.tenant.as_uuid()),
        domain: customer.domain.clone(),
        name: customer.name.clone(),
        contact_email: contact.unwrap_or_else(|| format!("admin@{}", customer.domain)),
        relationship: None,
        users: users(customer, lines, &country),
        subscriptions: lines.iter().map(subscription).collect(),
        purchases: Vec::new(),
        people: SeedPeople {
            accepts_invitation_after_hours: Some(20),
            signs_agreement_after_hours: Some(4),
            stops_renewal_after_hours: Some(10),
        },
        account: SeedAccount::default(),
        country,
    }
}

/// Users are shared between the lines: the first holds the first licence of each.
fn users(customer: &Customer, lines: &[SourceLine], country: &str) -> Vec<SeedUser> {
    let used = |line: &SourceLine| line.assigned_seats.unwrap_or_else(|| usual_use(line.seats.get()));
    let mut in_use: BTreeMap<Uuid, u32> = BTreeMap::new();
    for line in lines {
        *in_use.entry(line.sku.as_uuid()).or_default() += used(line);
    }
    let count = in_use.values().max().copied().unwrap_or(0);
    (0..count)
        .map(|n| SeedUser {
            id: UserId(Uuid::new_v5(&customer.tenant.as_uuid(), format!("user-{n}").as_bytes())),
            upn: format!("user{n}@{}", customer.domain),
            usage_location: Some(country.to_owned()),
            licences: in_use
                .iter()
                .filter(|(_, used)| n < **used)
                .map(|(sku, _)| SeedLicence {
                    sku_id: SkuId(*sku),
                    disabled_plans: Vec::new(),
                    assigned_by_group: None,
                })
                .collect(),
        })
        .collect()
}

fn subscription(line: &SourceLine) -> SeedSubscription {
    let given = line.subscription.as_ref().and_then(|id| Uuid::try_parse(id.as_str()).ok());
    SeedSubscription {
        id: SubscriptionId(given.unwrap_or_else(|| line.id.as_uuid())),
        program: program(line.program),
        sku_id: SkuId(line.sku.as_uuid()),
        sku_part_number: line.sku_part_number.clone().unwrap_or_else(|| line.sku.to_string()),
        product_name: line.title(),
        seats: line.seats.get(),
        end_date: line.last_day().unwrap_or(jiff::civil::Date::MAX),
        auto_renew: line.may_renew(),
        renewal_known: line.auto_renew != Renewal::Unknown,
        term: term(line.term.unwrap_or(Term::Year)),
        billing: billing(line.billing.unwrap_or(Billing::Annual)),
        price_per_seat: line.price_per_seat.map(|price| price.amount),
        currency: line.price_per_seat.map(|price| price.currency.as_str().to_owned()),
        owner_tenant: matches!(line.program, SourceProgram::LegacyCsp | SourceProgram::NceOtherPartner)
            .then(|| TenantId(Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"other-partner.example"))),
        companion_sku: line.companion.map(|sku| SkuId(sku.as_uuid())),
        target_sku: match &line.target {
            Target::Same => None,
            Target::Sku(sku) => Some(SkuId(sku.as_uuid())),
            Target::Offer(item) => known_sku(&item.to_string()),
        },
    }
}

fn program(program: SourceProgram) -> Program {
    match program {
        SourceProgram::DirectMosa => Program::DirectMosa,
        SourceProgram::DirectMca | SourceProgram::NonprofitGrant => Program::DirectMca,
        SourceProgram::Open => Program::Open,
        SourceProgram::Ea => Program::Ea,
        SourceProgram::Mpsa => Program::Mpsa,
        SourceProgram::Advisor => Program::Advisor,
        SourceProgram::LegacyCsp | SourceProgram::LegacyCspOurs => Program::LegacyCsp,
        SourceProgram::NceOtherPartner => Program::NceOtherPartner,
        SourceProgram::SelfService => Program::SelfService,
        SourceProgram::Trial => Program::Trial,
    }
}

fn term(term: Term) -> carryover_emulator::Term {
    match term {
        Term::Month => carryover_emulator::Term::P1M,
        Term::Year => carryover_emulator::Term::P1Y,
        Term::ThreeYears => carryover_emulator::Term::P3Y,
    }
}

fn billing(billing: Billing) -> carryover_emulator::Billing {
    match billing {
        Billing::Monthly => carryover_emulator::Billing::Monthly,
        Billing::Annual => carryover_emulator::Billing::Annual,
        Billing::Triennial => carryover_emulator::Billing::Triennial,
    }
}
