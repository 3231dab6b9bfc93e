//! A believable portfolio of any size, the same for the same arguments.
//!
//! Never makes a line that could not move without a person's decision, except for the two customers
//! that are meant to fail: one never answers, one lives in another CSP region.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    Billing, Program, Seed, SeedAccount, SeedCustomer, SeedLicence, SeedPartner, SeedPeople, SeedProgramme,
    SeedSubscription, SeedUser, Term, names,
};
use crate::ids::{GroupId, SkuId, SubscriptionId, TenantId, UserId};
use crate::prng::Prng;
use crate::{plans, regions};

impl Seed {
    /// A mixed portfolio of `customers` customers.
    ///
    /// From twelve customers on every program occurs. From three on, the last customer is in another
    /// CSP region than the partner, and the last but one never accepts an invitation. End dates lie 6 to
    /// 60 days after `start`; about one line in five changes its product.
    #[must_use]
    pub fn generate(customers: usize, seed: u64, start: Timestamp) -> Seed {
        let partner = partner(seed);
        let offset = usize::try_from(seed % 720).unwrap_or(0);
        let customers = (0..customers)
            .map(|index| {
                let role = match customers - index {
                    1 if customers >= 3 => Role::OtherRegion,
                    2 if customers >= 3 => Role::NeverAccepts,
                    _ => Role::Moves,
                };
                let name = names::company(index, offset);
                let prng = Prng::stream(seed, name.as_bytes());
                Maker { index, role, name, start, prng }.customer()
            })
            .collect();
        Seed {
            start,
            random: seed,
            partner,
            catalogue: Vec::new(),
            promotions: Vec::new(),
            customers,
            outside: Vec::new(),
        }
    }
}

/// The invented partner; its ids follow from the seed.
pub(super) fn partner(seed: u64) -> SeedPartner {
    let mut prng = Prng::stream(seed, b"partner");
    SeedPartner {
        tenant_id: TenantId(prng.guid()),
        name: "Fernhill Cloud Services".to_owned(),
        country: "DE".to_owned(),
        client_id: prng.guid().to_string(),
        client_secret: format!("emulator-secret-{:016x}", prng.next()),
        certificate: None,
        refresh_token: format!("emulator-refresh-{:016x}", prng.next()),
        programme: SeedProgramme::default(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Moves,
    NeverAccepts,
    OtherRegion,
}

struct Maker {
    index: usize,
    role: Role,
    name: String,
    start: Timestamp,
    prng: Prng,
}

impl Maker {
    fn customer(mut self) -> SeedCustomer {
        let label = names::label(&self.name);
        let domain = format!("{label}.onmicrosoft.com");
        let country = match self.role {
            Role::OtherRegion => "US",
            _ => self.prng.pick(&["DE", "DE", "DE", "DE", "AT", "AT", "NL", "FR", "CH"]),
        }
        .to_owned();
        let subscriptions = self.subscriptions(&country);
        let users = self.users(&subscriptions, &domain, &country);
        SeedCustomer {
            tenant_id: TenantId(self.prng.guid()),
            contact_email: format!("office@{label}.example"),
            name: self.name.clone(),
            domain,
            country,
            relationship: None,
            users,
            subscriptions,
            purchases: Vec::new(),
            people: self.people(),
            account: SeedAccount::default(),
        }
    }

    fn people(&mut self) -> SeedPeople {
        let accepts = self.prng.between(1, 36);
        SeedPeople {
            accepts_invitation_after_hours: (self.role != Role::NeverAccepts).then_some(accepts),
            signs_agreement_after_hours: Some(self.prng.between(0, 12)),
            stops_renewal_after_hours: Some(self.prng.between(1, 24)),
        }
    }

    fn subscriptions(&mut self, country: &str) -> Vec<SeedSubscription> {
        let program = match self.role {
            Role::Moves => Program::ALL[self.index % Program::ALL.len()],
            Role::NeverAccepts | Role::OtherRegion => Program::DirectMca,
        };
        let product = self.product(program);
        let seats = self.size(program, product);
        let mut lines = vec![self.line(program, product, seats, country)];
        let company_buys = !matches!(program, Program::SelfService | Program::Trial);
        if company_buys && self.prng.one_in(4) {
            // A second subscription: the same product bought later, or a smaller one beside it.
            if self.prng.one_in(3) && product.target.is_none() && seats <= 100 {
                let more = self.prng.between(1, (seats / 2).max(1));
                lines.push(self.line(program, product, more, country));
            } else {
                let beside = *self.prng.pick(&BESIDE);
                let some = self.prng.between(1, (seats / 3).max(1));
                lines.push(self.line(program, beside, some, country));
                if self.prng.one_in(3) {
                    let third = BESIDE[(self.index + 1) % BESIDE.len()];
                    if third.sku != beside.sku {
                        let few = self.prng.between(1, (seats / 4).max(1));
                        lines.push(self.line(program, third, few, country));
                    }
                }
            }
        }
        lines
    }

    fn product(&mut self, program: Program) -> Product {
        match program {
            Program::DirectMosa | Program::DirectMca | Program::Open | Program::Advisor
                if self.role == Role::Moves && self.prng.one_in(4) =>
            {
                *self.prng.pick(&[STANDARD_OLD, STANDARD_OLD, APPS_OLD, BASIC_OLD])
            }
            Program::DirectMosa | Program::DirectMca | Program::Open | Program::Advisor => {
                *self.prng.pick(&[STANDARD, STANDARD, BASIC, PREMIUM, APPS])
            }
            Program::Ea => *self.prng.pick(&[OFFICE_E3, M365_E3]),
            // A new purchase is one without Teams, and Teams beside it (rule R142).
            Program::Mpsa => *self.prng.pick(&[OFFICE_E3_APART, M365_E3_APART]),
            Program::LegacyCsp => *self.prng.pick(&[STANDARD, OFFICE_E3]),
            Program::NceOtherPartner => *self.prng.pick(&[STANDARD, PREMIUM, BASIC]),
            Program::SelfService => POWER_BI_USER,
            Program::Trial => PREMIUM,
        }
    }

    fn size(&mut self, program: Program, product: Product) -> u32 {
        let seats = match program {
            Program::Ea | Program::Mpsa => match self.prng.between(0, 2) {
                0 => self.prng.between(150, 250),
                _ => self.prng.between(25, 90),
            },
            Program::SelfService => self.prng.between(1, 6),
            Program::Trial => self.prng.between(3, 25),
            _ => match self.prng.between(0, 9) {
                0 => self.prng.between(1, 4),
                1 => self.prng.between(41, 95),
                _ => self.prng.between(5, 40),
            },
        };
        // Both subscriptions count while they overlap: half of a Business product's 300 (rule R78).
        if product.business { seats.min(95) } else { seats }
    }

    fn line(&mut self, program: Program, product: Product, seats: u32, country: &str) -> SeedSubscription {
        let monthly = program == Program::DirectMosa && self.prng.one_in(5);
        let (term, billing) = match program {
            Program::Trial => (Term::P1M, Billing::Monthly),
            _ if monthly => (Term::P1M, Billing::Monthly),
            // A term of three years takes at least 100 seats (rule R63).
            Program::Ea if seats >= 100 => (Term::P3Y, Billing::Annual),
            Program::DirectMca | Program::NceOtherPartner | Program::LegacyCsp => (Term::P1Y, Billing::Monthly),
            _ => (Term::P1Y, Billing::Annual),
        };
        let prepaid = matches!(program, Program::Open | Program::Ea | Program::Mpsa);
        let auto_renew = !prepaid && !self.prng.one_in(4);
        let year = Decimal::new(product.cents_per_year, 2);
        let price = match (program, term) {
            (Program::Trial, _) => Decimal::ZERO,
            (_, Term::P1M) => (year / Decimal::from(10)).round_dp(2),
            (_, Term::P1Y) => year,
            (_, Term::P3Y) => year * Decimal::from(3),
        };
        let sold_by_partner = matches!(program, Program::NceOtherPartner | Program::LegacyCsp);
        SeedSubscription {
            id: SubscriptionId(self.prng.guid()),
            program,
            sku_id: product.sku(),
            sku_part_number: product.part_number.to_owned(),
            product_name: product.name.to_owned(),
            seats,
            end_date: self.end_date(),
            auto_renew,
            renewal_known: prepaid || !self.prng.one_in(5),
            term,
            billing,
            price_per_seat: Some(price),
            currency: Some(regions::currency(country).to_owned()),
            owner_tenant: sold_by_partner.then(|| TenantId(self.prng.guid())),
            target_sku: product.target.map(|sku| SkuId(Uuid::from_u128(sku))),
            companion_sku: product.companion.map(|sku| SkuId(Uuid::from_u128(sku))),
        }
    }

    fn end_date(&mut self) -> Date {
        let today = self.start.to_zoned(TimeZone::UTC).date();
        today.saturating_add(Span::new().days(self.prng.between(6, 60)))
    }

    fn users(&mut self, lines: &[SeedSubscription], domain: &str, country: &str) -> Vec<SeedUser> {
        let mut users: Vec<SeedUser> = Vec::new();
        for line in lines {
            let free = self.prng.between(0, 30) * line.seats / 100;
            // A group's licences cannot be changed per user, so only lines that keep their product have any.
            let group = (line.target_sku.is_none() && self.prng.one_in(5)).then(|| GroupId(self.prng.guid()));
            let off = plans::of(line.sku_id, &line.sku_part_number);
            let holders = line.seats - free;
            let mut given = 0;
            let mut at = 0;
            while given < holders {
                if at == users.len() {
                    users.push(SeedUser {
                        id: UserId(self.prng.guid()),
                        upn: format!("{}@{domain}", names::account(at, &mut self.prng)),
                        usage_location: Some(country.to_owned()),
                        licences: Vec::new(),
                    });
                }
                let licences = &mut users[at].licences;
                at += 1;
                if licences.iter().any(|held| held.sku_id == line.sku_id) {
                    continue;
                }
                let disabled_plans = match self.prng.one_in(6) {
                    true => vec![self.prng.pick(&off).id],
                    false => Vec::new(),
                };
                let by_group = group.filter(|_| given % 2 == 1);
                licences.push(SeedLicence { sku_id: line.sku_id, disabled_plans, assigned_by_group: by_group });
                given += 1;
            }
        }
        users
    }
}

#[derive(Debug, Clone, Copy)]
struct Product {
    part_number: &'static str,
    name: &'static str,
    sku: u128,
    /// Where the product is not sold any more, its successor (rule R140).
    target: Option<u128>,
    /// What has to stand beside the successor (rule R142).
    companion: Option<u128>,
    cents_per_year: i64,
    business: bool,
}

impl Product {
    fn sku(self) -> SkuId {
        SkuId(Uuid::from_u128(self.sku))
    }
}

const BASIC: Product = Product {
    part_number: "O365_BUSINESS_ESSENTIALS",
    name: "Microsoft 365 Business Basic",
    sku: 0x3b555118_da6a_4418_894f_7df1e2096870,
    target: None,
    companion: None,
    cents_per_year: 7200,
    business: true,
};
const STANDARD: Product = Product {
    part_number: "O365_BUSINESS_PREMIUM",
    name: "Microsoft 365 Business Standard",
    sku: 0xf245ecc8_75af_4f8e_b61f_27d8114de5f3,
    target: None,
    companion: None,
    cents_per_year: 15000,
    business: true,
};
const PREMIUM: Product = Product {
    part_number: "SPB",
    name: "Microsoft 365 Business Premium",
    sku: 0xcbdc14ab_d96c_4c30_b9f4_6ada7cdc1d46,
    target: None,
    companion: None,
    cents_per_year: 26400,
    business: true,
};
const APPS: Product = Product {
    part_number: "O365_BUSINESS",
    name: "Microsoft 365 Apps for business",
    sku: 0xcdd28e44_67e3_425e_be4c_737fab2899d3,
    target: None,
    companion: None,
    cents_per_year: 9960,
    business: true,
};
const BASIC_OLD: Product = Product {
    part_number: "SMB_BUSINESS_ESSENTIALS",
    sku: 0xdab7782a_93b1_4074_8bb1_0e61318bea0b,
    target: Some(BASIC.sku),
    ..BASIC
};
const STANDARD_OLD: Product = Product {
    part_number: "SMB_BUSINESS_PREMIUM",
    sku: 0xac5cef5d_921b_4f97_9ef3_c99076e5470f,
    target: Some(STANDARD.sku),
    ..STANDARD
};
const APPS_OLD: Product = Product {
    part_number: "SMB_BUSINESS",
    sku: 0xb214fe43_f5a3_4703_beeb_fa97188220fc,
    target: Some(APPS.sku),
    ..APPS
};
const OFFICE_E3: Product = Product {
    part_number: "ENTERPRISEPACK",
    name: "Office 365 E3",
    sku: 0x6fd2c87f_b296_42f0_b197_1e91e994b900,
    target: None,
    companion: None,
    cents_per_year: 27600,
    business: false,
};
const M365_E3: Product = Product {
    part_number: "SPE_E3",
    name: "Microsoft 365 E3",
    sku: 0x05e9a617_0261_4cee_bb44_138d3ef5d965,
    target: None,
    companion: None,
    cents_per_year: 43200,
    business: false,
};
const OFFICE_E3_APART: Product =
    Product { target: Some(0x46c3a859_c90d_40b3_9551_6178a48d5c18), companion: Some(TEAMS_ENTERPRISE), ..OFFICE_E3 };
const M365_E3_APART: Product =
    Product { target: Some(0xdcf0408c_aaec_446c_afd4_43e3683943ea), companion: Some(TEAMS_ENTERPRISE), ..M365_E3 };
const TEAMS_ENTERPRISE: u128 = 0x7e31c0d9_9551_471d_836f_32ee72be4a01;
const POWER_BI: Product = Product {
    part_number: "POWER_BI_PRO",
    name: "Power BI Pro",
    sku: 0xf8a1db68_be16_40ed_86d5_cb42ce701560,
    target: None,
    companion: None,
    cents_per_year: 16800,
    business: false,
};
const POWER_BI_USER: Product = Product {
    part_number: "POWER_BI_PRO_CE",
    name: "Power BI Pro CE",
    sku: 0x420af87e_8177_4146_a780_3786adaffbca,
    target: Some(POWER_BI.sku),
    ..POWER_BI
};
const VISIO: Product = Product {
    part_number: "VISIOCLIENT",
    name: "Visio Plan 2",
    sku: 0xc5928f49_12ba_48f7_ada3_0d743a3601d5,
    target: None,
    companion: None,
    cents_per_year: 18000,
    business: false,
};
const PROJECT: Product = Product {
    part_number: "PROJECTPROFESSIONAL",
    name: "Planner and Project Plan 3",
    sku: 0x53818b1b_4a27_454b_8896_0dba576410e6,
    target: None,
    companion: None,
    cents_per_year: 36000,
    business: false,
};
const EXCHANGE: Product = Product {
    part_number: "EXCHANGESTANDARD",
    name: "Exchange Online (Plan 1)",
    sku: 0x4b9405b0_7788_4568_add1_99614e613b69,
    target: None,
    companion: None,
    cents_per_year: 4800,
    business: false,
};

/// What companies hold beside their main product.
const BESIDE: [Product; 4] = [EXCHANGE, POWER_BI, VISIO, PROJECT];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn seed(customers: usize) -> Seed {
        Seed::generate(customers, 42, "2026-03-02T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn twelve_customers_show_every_program() {
        let seed = seed(12);
        let programs: BTreeSet<Program> =
            seed.customers.iter().flat_map(|customer| customer.subscriptions.iter().map(|line| line.program)).collect();
        assert_eq!(programs, BTreeSet::from(Program::ALL));
    }

    #[test]
    fn one_customer_never_accepts_and_one_is_in_another_region() {
        for customers in [3, 12, 40] {
            let seed = seed(customers);
            let never = |customer: &&SeedCustomer| customer.people.accepts_invitation_after_hours.is_none();
            let abroad = |customer: &&SeedCustomer| !regions::may_sell(&seed.partner.country, &customer.country);
            assert_eq!(seed.customers.iter().filter(never).count(), 1);
            assert_eq!(seed.customers.iter().filter(abroad).count(), 1);
        }
        assert!(seed(2).customers.iter().all(|c| c.country != "US"));
    }

    #[test]
    fn about_one_line_in_five_changes_its_product() {
        let seed = seed(200);
        let lines: Vec<_> = seed.customers.iter().flat_map(|c| &c.subscriptions).collect();
        let swaps = lines.iter().filter(|line| line.target_sku.is_some()).count();
        assert!((12..=28).contains(&(swaps * 100 / lines.len())), "{swaps} of {}", lines.len());
    }

    #[test]
    fn nobody_holds_more_than_was_paid_for() {
        for customer in seed(100).customers {
            for line in &customer.subscriptions {
                let paid: u32 = customer
                    .subscriptions
                    .iter()
                    .filter(|other| other.sku_id == line.sku_id)
                    .map(|other| other.seats)
                    .sum();
                let held =
                    customer.users.iter().filter(|user| user.licences.iter().any(|l| l.sku_id == line.sku_id)).count();
                assert!(held <= paid as usize, "{} holds {held} of {paid}", customer.name);
            }
        }
    }

    #[test]
    fn the_same_arguments_give_the_same_portfolio() {
        assert_eq!(seed(25), seed(25));
        let read: Seed = serde_json::from_str(&serde_json::to_string(&seed(25)).unwrap()).unwrap();
        assert_eq!(read, seed(25));
    }
}
