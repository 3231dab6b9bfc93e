//! What is true before the first request: the partner, the catalogue's exceptions, and every customer
//! with its users, its subscriptions in old programs, and the temper of its people.
//!
//! Plain data, read from and written to JSON. Nothing here changes during a run.

mod account;
mod generate;
mod names;
mod outside;
mod portfolio;
mod promotion;
mod small;

pub use self::account::{
    Model, Qualification, Right, SeedAccount, SeedProgramme, SeedQualification, SeedReseller, Segment, Validation,
    Vetting,
};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::outside::{Act, Outside, SeedEvent};
pub use self::promotion::SeedPromotion;
use crate::ids::{GroupId, OrderId, PlanId, SkuId, SubscriptionId, TenantId, UserId};

/// The world at the start of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seed {
    /// First instant of virtual time.
    pub start: Timestamp,
    /// Decides every delay and every new id. The same number gives the same run.
    pub random: u64,
    /// The partner whose customers move: us.
    pub partner: SeedPartner,
    /// Exceptions to the built-in table of common offers.
    #[serde(default)]
    pub catalogue: Vec<SeedOffer>,
    /// Promotions, running or not.
    #[serde(default)]
    pub promotions: Vec<SeedPromotion>,
    /// The customers, in the order of the portfolio.
    pub customers: Vec<SeedCustomer>,
    /// What happens at them by itself, whatever the partner does.
    #[serde(default)]
    pub outside: Vec<SeedEvent>,
}

/// The partner and what its application signs in with. Everything here is invented.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedPartner {
    /// The partner's own tenant.
    pub tenant_id: TenantId,
    /// Company name.
    pub name: String,
    /// Two-letter country; decides the CSP region.
    pub country: String,
    /// Application id accepted under strict authentication.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// A certificate that the application may prove itself by instead, in DER and base 64.
    #[serde(default)]
    pub certificate: Option<String>,
    /// The first refresh token. Later ones are handed out on use; this one stays valid.
    pub refresh_token: String,
    /// Its place in the programme, and its rights.
    #[serde(default)]
    pub programme: SeedProgramme,
}

/// One product that differs from the built-in table: another price, another limit, or not sold at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedOffer {
    /// Entra's id of the product.
    pub sku_id: SkuId,
    /// Entra's name of the product.
    pub sku_part_number: String,
    /// Display name.
    pub title: String,
    /// False takes the product out of the catalogue.
    #[serde(default = "yes")]
    pub sold: bool,
    /// Existing subscriptions renew, and nobody can buy a new one.
    #[serde(default)]
    pub end_of_sale: bool,
    /// Most seats a tenant may hold over all channels; absent means no limit.
    #[serde(default)]
    pub max_seats: Option<u32>,
    /// List price of a seat for a year; absent keeps the table's, or takes an invented one.
    #[serde(default)]
    pub price_per_year: Option<Decimal>,
    /// The segment it is made for.
    #[serde(default)]
    pub segment: Segment,
    /// Products of which a customer must hold one to buy this one: it is an add-on if there are any.
    #[serde(default)]
    pub addon_of: Vec<SkuId>,
    /// Seats that the service has left to sell; absent means any number, and that nobody need ask.
    #[serde(default)]
    pub stock: Option<u32>,
    /// Whose product it is, where that is not Microsoft: the customer activates it at that publisher.
    #[serde(default)]
    pub publisher: Option<String>,
}

/// One customer's tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedCustomer {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its default domain.
    pub domain: String,
    /// Company name.
    pub name: String,
    /// Two-letter country.
    pub country: String,
    /// Where the person in charge reads mail.
    pub contact_email: String,
    /// Present where the customer is ours already.
    #[serde(default)]
    pub relationship: Option<SeedRelationship>,
    /// Accounts, with the licences they hold at the start.
    #[serde(default)]
    pub users: Vec<SeedUser>,
    /// Subscriptions that are to move.
    #[serde(default)]
    pub subscriptions: Vec<SeedSubscription>,
    /// New-commerce subscriptions bought from us before the run.
    #[serde(default)]
    pub purchases: Vec<SeedPurchase>,
    /// How fast its people act.
    pub people: SeedPeople,
    /// Vetting, qualifications, reseller: usual unless given.
    #[serde(default)]
    pub account: SeedAccount,
}

/// A reseller relationship that exists at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedRelationship {
    /// When the customer accepted.
    pub accepted_at: Timestamp,
    /// Whether the customer agreement is signed, too.
    pub agreement_signed: bool,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedUser {
    /// Entra's id of the user.
    pub id: UserId,
    /// User principal name.
    pub upn: String,
    /// Two-letter country in which the user works; nobody without one can be given a licence.
    #[serde(default)]
    pub usage_location: Option<String>,
    /// What the user holds. One product may come directly and through a group at once.
    #[serde(default)]
    pub licences: Vec<SeedLicence>,
}

/// One assignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedLicence {
    /// The product.
    pub sku_id: SkuId,
    /// Plans that are switched off for this user.
    #[serde(default)]
    pub disabled_plans: Vec<PlanId>,
    /// The group it comes from; absent for a direct assignment.
    #[serde(default)]
    pub assigned_by_group: Option<GroupId>,
}

/// One subscription in an old program: a line of the portfolio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedSubscription {
    /// Commerce id.
    pub id: SubscriptionId,
    /// How it was bought.
    pub program: Program,
    /// The product.
    pub sku_id: SkuId,
    /// Entra's name of the product.
    pub sku_part_number: String,
    /// Name on the invoice.
    pub product_name: String,
    /// Seats paid for.
    pub seats: u32,
    /// Last day of service, included.
    pub end_date: Date,
    /// Whether it renews at its end. This is the truth, known to the partner or not.
    pub auto_renew: bool,
    /// False where the partner cannot tell; its portfolio then says `unknown` (rule R2).
    #[serde(default = "yes")]
    pub renewal_known: bool,
    /// Length of a term.
    pub term: Term,
    /// How often a bill comes.
    pub billing: Billing,
    /// Price of a seat for a term.
    #[serde(default)]
    pub price_per_seat: Option<Decimal>,
    /// Currency of that price.
    #[serde(default)]
    pub currency: Option<String>,
    /// The partner that sold it, where one did.
    #[serde(default)]
    pub owner_tenant: Option<TenantId>,
    /// The product it is to become, where that is another one.
    #[serde(default)]
    pub target_sku: Option<SkuId>,
    /// A second product that its users are to hold beside that one (rule R142).
    #[serde(default)]
    pub companion_sku: Option<SkuId>,
}

impl SeedSubscription {
    /// The product that replaces this subscription: the wanted one, else the same.
    #[must_use]
    pub fn leads_to(&self) -> SkuId {
        self.target_sku.unwrap_or(self.sku_id)
    }
}

/// A new-commerce subscription bought from us before the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedPurchase {
    /// Its order.
    pub order_id: OrderId,
    /// Its subscription.
    pub subscription_id: SubscriptionId,
    /// The product; must be on sale.
    pub sku_id: SkuId,
    /// Seats.
    pub seats: u32,
    /// Length of a term.
    pub term: Term,
    /// How often a bill comes.
    pub billing: Billing,
    /// When it was ordered. The first term starts that day.
    pub ordered_at: Timestamp,
    /// Whether it renews.
    pub auto_renew: bool,
    /// The nickname given when it was bought.
    #[serde(default)]
    pub friendly_name: Option<String>,
}

/// How long the customer's people take, in whole hours of virtual time. Absent means never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedPeople {
    /// From receipt of the invitation to its acceptance.
    pub accepts_invitation_after_hours: Option<u32>,
    /// From acceptance to the signature under the customer agreement.
    pub signs_agreement_after_hours: Option<u32>,
    /// From being asked to stop a renewal to doing it.
    pub stops_renewal_after_hours: Option<u32>,
}

/// The program a subscription was bought under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// Web direct under the old online subscription agreement.
    DirectMosa,
    /// Web direct under the customer agreement.
    DirectMca,
    /// Open: prepaid by key, ends by itself.
    Open,
    /// Enterprise agreement.
    Ea,
    /// Products and services agreement.
    Mpsa,
    /// Direct, with an advisor on record.
    Advisor,
    /// Cloud solution provider before new commerce.
    LegacyCsp,
    /// New commerce, sold by another partner.
    NceOtherPartner,
    /// Bought by a user, not by the company.
    SelfService,
    /// Not paid for.
    Trial,
}

impl Program {
    /// Every program, in the order the generator goes through them.
    pub const ALL: [Program; 10] = [
        Program::DirectMosa,
        Program::DirectMca,
        Program::Open,
        Program::Ea,
        Program::Mpsa,
        Program::Advisor,
        Program::LegacyCsp,
        Program::NceOtherPartner,
        Program::SelfService,
        Program::Trial,
    ];

    /// The word used in portfolio files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Program::DirectMosa => "direct_mosa",
            Program::DirectMca => "direct_mca",
            Program::Open => "open",
            Program::Ea => "ea",
            Program::Mpsa => "mpsa",
            Program::Advisor => "advisor",
            Program::LegacyCsp => "legacy_csp",
            Program::NceOtherPartner => "nce_other_partner",
            Program::SelfService => "self_service",
            Program::Trial => "trial",
        }
    }
}

/// Length of a term, written as an ISO 8601 duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Term {
    /// One month.
    P1M,
    /// One year.
    P1Y,
    /// Three years.
    P3Y,
}

impl Term {
    /// The duration as text.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Term::P1M => "P1M",
            Term::P1Y => "P1Y",
            Term::P3Y => "P3Y",
        }
    }

    /// Reads the text of a duration, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Term> {
        [Term::P1M, Term::P1Y, Term::P3Y].into_iter().find(|term| term.word().eq_ignore_ascii_case(text))
    }

    /// Calendar months in a term.
    pub(crate) fn months(self) -> i32 {
        match self {
            Term::P1M => 1,
            Term::P1Y => 12,
            Term::P3Y => 36,
        }
    }
}

/// How often a bill comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Billing {
    /// Every month.
    Monthly,
    /// Every year.
    Annual,
    /// Once in three years.
    Triennial,
}

impl Billing {
    /// The word used on the wire and in portfolio files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Billing::Monthly => "monthly",
            Billing::Annual => "annual",
            Billing::Triennial => "triennial",
        }
    }

    /// Months between two bills.
    pub(crate) fn months(self) -> i32 {
        match self {
            Billing::Monthly => 1,
            Billing::Annual => 12,
            Billing::Triennial => 36,
        }
    }

    /// Reads the word, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Billing> {
        [Billing::Monthly, Billing::Annual, Billing::Triennial]
            .into_iter()
            .find(|billing| billing.word().eq_ignore_ascii_case(text))
    }
}

fn yes() -> bool {
    true
}
