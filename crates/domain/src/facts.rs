//! What reads say about a customer: its standing with us, what its tenant holds, who uses it, what is for sale.

use crate::handover::{Converted, Transfer};
use crate::ids::{LineId, OrderId, PartnerId, ServicePlanId, SkuId, SubscriptionId, TenantId, UserId};
use crate::observed::Observed;
use crate::offer::{Offer, OfferId, Segment};
use crate::product::table::ProductTable;
use crate::time::{Billing, Term};
use crate::value::{Country, Money, Seats};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Whether we may sell to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The reseller relationship (fact sheet 9.1).
    pub relationship: Relationship,
    /// The Microsoft Customer Agreement (fact sheet 11).
    pub agreement: Agreement,
    /// The day on which it was agreed, where a record says so (rule R86).
    pub agreed: Option<Date>,
}

/// Confirmations of an agreement from before this day had to be renewed (rule R86).
pub const AGREEMENT_RENEWED: Date = jiff::civil::date(2023, 4, 1);

impl Standing {
    /// A standing of which nobody knows when the agreement was made.
    pub fn new(relationship: Relationship, agreement: Agreement) -> Self {
        Self { relationship, agreement, agreed: None }
    }
    /// Whether the agreement is from before confirmations had to be renewed.
    pub fn is_outdated(&self) -> bool {
        self.agreed.is_some_and(|agreed| agreed < AGREEMENT_RENEWED)
    }
    /// Whether an order may be placed.
    pub fn may_sell(&self) -> bool {
        let agreed = matches!(self.agreement, Agreement::Accepted | Agreement::SettledOutside);
        self.relationship == Relationship::Reseller && agreed && !self.is_outdated()
    }
}

/// Our relationship with the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relationship {
    /// We may sell.
    Reseller,
    /// None; an invitation must be accepted.
    None,
    /// A word that gives no right to sell, kept for people.
    Other(String),
}

/// The customer's acceptance of the Microsoft Customer Agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// Signed by the customer or confirmed by us.
    Accepted,
    /// Neither.
    Missing,
    /// No call tells of it in this cloud: the partner has said that it is settled there (fact sheet 1, 11).
    SettledOutside,
    /// It cannot be read before there is a relationship.
    Unreadable,
}

/// What Partner Center knows of the customer as an organisation. What is absent was not read, and nothing follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The country of its address, which the market follows (fact sheet 9.4).
    pub country: Option<Country>,
    /// The registration or tax id; an empty one says that there is none (rule R84).
    pub registration_id: Option<String>,
    /// What is missing in the address, in words; empty when it is complete (rule R86).
    pub address_lacks: Vec<String>,
    /// What is missing in the contact, in words; empty when it is complete (rule R86).
    pub contact_lacks: Vec<String>,
    /// The segments that the customer is qualified for; everybody is commercial (rule R83).
    pub segments: BTreeSet<Segment>,
    /// What the tenant is.
    pub kind: TenantKind,
    /// The service's word for why the account may not be sold to now; none while it may (fact sheet 9.8).
    pub on_hold: Option<String>,
}

/// What a tenant is (rule R21).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum TenantKind {
    /// It can buy licences.
    #[default]
    Customer,
    /// It sells through CSP itself.
    CspPartner,
    /// Of another kind, in the service's word.
    Unsupported(String),
}

/// What delegated administration gives us in the tenant (rule R88).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// Roles that the work needs and that we do not have.
    pub lacks: Vec<String>,
    /// When it ends; none when it is open-ended or not known.
    pub ends: Option<Timestamp>,
}

/// How the old licence comes to its users, counted (rules R98, R104).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assignments {
    /// Users who have it through a group, alone or also directly.
    pub by_group: u32,
    /// Users without a usage location.
    pub without_location: u32,
}

/// Everything that the tenant holds, whoever sold it (Graph; fact sheet 21.2, 21.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tenancy {
    /// Subscriptions of every channel.
    pub subscriptions: Vec<HeldSubscription>,
    /// Licence pools, one per SKU (rule R92).
    pub pools: BTreeMap<SkuId, Pool>,
}

/// One subscription in the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSubscription {
    /// The commerce id.
    pub id: SubscriptionId,
    /// The licence it feeds.
    pub sku: SkuId,
    /// Where it is in its life (rule R47).
    pub status: HeldStatus,
    /// Seats.
    pub seats: u32,
    /// When `status` changes unless it is renewed (rule R3).
    pub next_lifecycle: Option<Timestamp>,
    /// The partner tenant that sold it; none for direct and volume licensing (rule R5).
    pub owner: Option<TenantId>,
    /// A user of the tenant bought it (rule R18).
    pub bought_by_user: bool,
    /// Whether it is a trial.
    pub trial: bool,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl HeldSubscription {
    /// The least that a tenant can show of an active subscription.
    pub fn least(id: SubscriptionId, sku: SkuId, seats: u32) -> Self {
        Self {
            id,
            sku,
            status: HeldStatus::Enabled,
            seats,
            next_lifecycle: None,
            owner: None,
            bought_by_user: false,
            trial: false,
            created: None,
        }
    }
}

/// Graph's word for where a subscription is in its life (rule R47).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldStatus {
    /// Paid and serving.
    Enabled,
    /// Ended, in grace. Never counted as service (rule R110).
    Warning,
    /// Disabled: users are blocked.
    Suspended,
    /// Gone.
    Deleted,
    /// Cancelled.
    LockedOut,
    /// A word not known yet, kept for people; counts as neither serving nor ended.
    Other(String),
}

impl fmt::Display for HeldStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enabled => "active",
            Self::Warning => "in grace",
            Self::Suspended => "disabled",
            Self::Deleted => "deleted",
            Self::LockedOut => "cancelled",
            Self::Other(word) => word,
        })
    }
}

/// The licences of one SKU in the tenant, over all channels (rules R92, R93).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pool {
    /// Units of active subscriptions. Only these count as cover.
    pub enabled: u32,
    /// Units in grace.
    pub warning: u32,
    /// Units that are switched off: users of them are without service.
    pub suspended: u32,
    /// Units assigned to users.
    pub consumed: u32,
    /// The service plans inside.
    pub plans: BTreeSet<ServicePlanId>,
    /// It serves the whole tenant and has no assignments, as storage does (rule R97).
    pub company_wide: bool,
}

/// One user who holds a licence of the SKU that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub user: UserId,
    /// How the licence comes to the user.
    pub via: Via,
    /// Plans of it that are switched off for the user.
    pub disabled_plans: BTreeSet<ServicePlanId>,
    /// Whether the user has a usage location (rule R98).
    pub has_usage_location: bool,
    /// The user's other licences, with the plans of each that are switched off (rules R102, R105).
    pub others: BTreeMap<SkuId, BTreeSet<ServicePlanId>>,
}

/// How a licence comes to a user (rule R104).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// Assigned to the user.
    Direct,
    /// Inherited from a group; cannot be changed on the user.
    Group,
    /// Both ways at once.
    Both,
}

/// A cart as the service made it, to be compared with what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// The single-use token.
    pub id: crate::ids::CartId,
    /// What it holds.
    pub offer: OfferId,
    /// How many.
    pub seats: u32,
    /// For how long.
    pub term: Option<Term>,
    /// Invoiced how often.
    pub billing: Option<Billing>,
    /// The last day of the first term, where the service repeats one that was chosen.
    pub term_end: Option<Date>,
    /// When the service forgets it.
    pub expires: Option<Timestamp>,
}

/// What one purchase asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartRequest {
    /// The catalogue item; its perishable availability is read by the adapter right before use.
    pub offer: OfferId,
    /// Whom it is for: what is not for everybody has to be asked for by name.
    pub segment: Segment,
    /// Seats.
    pub seats: Seats,
    /// Committed term.
    pub term: Term,
    /// Billing frequency.
    pub billing: Billing,
    /// The last day of the first term, inclusive; none where it runs as long as the term (fact sheet 13.3).
    pub term_end: Option<Date>,
    /// The reseller that it is sold through; none where we bill the customer ourselves (fact sheet 10).
    pub reseller: Option<PartnerId>,
    /// The subscription of ours that an add-on belongs to; none for what stands alone, and for an add-on whose base was bought elsewhere:
    /// that it is in the tenant suffices (rule R26; fact sheet 13.3).
    pub parent: Option<SubscriptionId>,
    /// Our mark, sent as the line's friendly name.
    pub mark: crate::ids::Mark,
}

/// What a customer wants to buy, as far as a promotion depends on it (rule R76; fact sheet 12.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hope {
    /// The catalogue item.
    pub offer: OfferId,
    /// Whom it is for.
    pub segment: Segment,
    /// Seats, at least 1.
    pub seats: u32,
    /// Committed term.
    pub term: Term,
    /// Billing frequency.
    pub billing: Billing,
}

/// An accepted order line: money has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The order.
    pub order: OrderId,
    /// The new subscription; absent until the service has named it (fact sheet 13.4).
    pub subscription: Option<SubscriptionId>,
    /// What was bought.
    pub offer: OfferId,
    /// How many.
    pub seats: u32,
    /// When the order was accepted.
    pub ordered_at: Timestamp,
    /// What one seat costs for one term, where the order says so.
    pub price_per_seat: Option<Money>,
}

/// Our own new subscription, as Partner Center and the tenant show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Partner Center says active.
    pub active: bool,
    /// Partner Center says that provisioning succeeded (fact sheet 15.8).
    pub provisioned: bool,
    /// Seats.
    pub seats: u32,
    /// The first day of its term.
    pub starts: Option<Timestamp>,
    /// The last day of its term, inclusive (rule R61).
    pub last_day: Option<Date>,
}

/// One licence-based subscription that we sold the customer, as Partner Center has it (fact sheet 15.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSubscription {
    /// Its commerce id.
    pub id: SubscriptionId,
    /// Whether it is from before new commerce.
    pub legacy: bool,
    /// Where it is in its life.
    pub status: OwnStatus,
    /// Whether it is a trial.
    pub trial: bool,
    /// Its committed term.
    pub term: Option<Term>,
    /// The first day of its current term.
    pub starts: Option<Date>,
    /// The last whole day of its current term (rule R61).
    pub last_day: Option<Date>,
}

/// Partner Center's word for where a subscription is in its life, as far as rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnStatus {
    /// Active.
    Active,
    /// An operation on it is under way (rule R51).
    Pending,
    /// Suspended, expired, deleted, or a word that is not known.
    Other,
}

/// Whom a purchase of an indirect provider may name (rule R90; fact sheet 10).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resellers {
    /// Those that are tied to the customer, by their ids, with their names; only ties that are in force.
    pub tied: BTreeMap<PartnerId, String>,
    /// Why the service lets a purchase not name one of them, or the one that the settings name: its code and words.
    pub refused: BTreeMap<PartnerId, String>,
}

/// Who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partner {
    /// Our own Entra tenant.
    pub tenant: TenantId,
    /// The country that we sell from.
    pub country: Country,
}

/// What is known when a customer is assessed or planned for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The partner's own tenant and country.
    pub partner: Partner,
    /// Our standing with the customer.
    pub standing: Observed<Standing>,
    /// Offers in the customer's market that the lines ask for.
    pub offers: Observed<Vec<Offer>>,
    /// What the tenant holds; absent while we may not read it.
    pub tenancy: Option<Observed<Tenancy>>,
    /// The customer as an organisation; absent while nobody has read it.
    pub profile: Option<Observed<Profile>>,
    /// What delegated administration gives us; absent while nobody has read it.
    pub access: Option<Observed<Access>>,
    /// What we have sold the customer; absent while nobody has read it.
    pub own: Option<Observed<Vec<OwnSubscription>>>,
    /// Requests for transfers between partners, to us and from us; empty while nobody has read them.
    pub transfers: Vec<Transfer>,
    /// Migrations of our legacy subscriptions to new commerce, whoever started them; empty while nobody has read them (rule R15).
    pub conversions: Vec<Converted>,
    /// Whom a purchase may name; absent while nobody has read it, and where we are no indirect provider (rule R90).
    pub resellers: Option<Observed<Resellers>>,
    /// Promotions that the service gives the customer for what a line is to buy, by their ids; absent for lines of which nobody has
    /// asked (rule R76).
    pub eligible: BTreeMap<LineId, BTreeSet<String>>,
    /// Holders of each old licence, counted; absent for licences that nobody has read.
    pub assignments: BTreeMap<SkuId, Assignments>,
    /// Microsoft's table of products, where the user has loaded one.
    pub products: Option<Arc<ProductTable>>,
}

impl Facts {
    /// What is always read; all else is unknown.
    pub fn least(partner: Partner, standing: Observed<Standing>, offers: Observed<Vec<Offer>>) -> Self {
        Self {
            partner,
            standing,
            offers,
            tenancy: None,
            profile: None,
            access: None,
            own: None,
            transfers: Vec::new(),
            conversions: Vec::new(),
            resellers: None,
            eligible: BTreeMap::new(),
            assignments: BTreeMap::new(),
            products: None,
        }
    }
}

impl Tenancy {
    /// The pool of `sku`; an empty one when the tenant has none.
    pub fn pool(&self, sku: SkuId) -> &Pool {
        static NONE: Pool =
            Pool { enabled: 0, warning: 0, suspended: 0, consumed: 0, plans: BTreeSet::new(), company_wide: false };
        self.pools.get(&sku).unwrap_or(&NONE)
    }
    /// The subscription with that commerce id.
    pub fn subscription(&self, id: &SubscriptionId) -> Option<&HeldSubscription> {
        self.subscriptions.iter().find(|held| held.id == *id)
    }
}
