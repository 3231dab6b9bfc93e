//! What the partner says about its customers and their old subscriptions, already checked.

use crate::ids::{LineId, SkuId, SubscriptionId, TenantId};
use crate::offer::OfferId;
use crate::program::SourceProgram;
use crate::time::{Billing, End, Term};
use crate::value::{Country, Money, Seats};
use jiff::civil::Date;

/// One customer, as the partner's file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The Entra tenant.
    pub tenant: TenantId,
    /// A domain of the tenant, lower case.
    pub domain: String,
    /// The customer's name; the domain where the file has none.
    pub name: String,
    /// The country of the tenant (rule R28).
    pub country: Country,
}

/// Whether the source renews by itself at its end. Unknown is never read as off (rule R2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Renewal {
    /// It renews.
    On,
    /// It ends.
    Off,
    /// Nobody has said.
    Unknown,
}

/// What the partner wants in place of the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The very same offer.
    Same,
    /// Another licence, by its Entra SKU.
    Sku(SkuId),
    /// Another licence, by its catalogue item.
    Offer(OfferId),
}

/// One old subscription of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// Told apart from the tenant's other lines.
    pub id: LineId,
    /// Where it was bought.
    pub program: SourceProgram,
    /// The commerce id, where the file has one.
    pub subscription: Option<SubscriptionId>,
    /// The Entra SKU that its users hold.
    pub sku: SkuId,
    /// The SKU's short name, such as `O365_BUSINESS_PREMIUM`; for people.
    pub sku_part_number: Option<String>,
    /// The product's name; for people.
    pub product_name: Option<String>,
    /// Seats paid for.
    pub seats: Seats,
    /// Seats assigned to users, as the file says.
    pub assigned_seats: Option<u32>,
    /// The last day of service, inclusive, as typed or exported.
    pub end_date: Date,
    /// Whether it renews by itself.
    pub auto_renew: Renewal,
    /// The committed term.
    pub term: Option<Term>,
    /// The billing frequency.
    pub billing: Option<Billing>,
    /// What one seat costs for one term.
    pub price_per_seat: Option<Money>,
    /// What is wanted in its place.
    pub target: Target,
    /// Whom to write to. Personal data: shown in action items only.
    pub contact_email: Option<String>,
}

impl SourceLine {
    /// The end that the file gives.
    pub fn end(&self) -> End {
        End::after_day(self.end_date)
    }
    /// Whether `other` asks for the same plan: names, addresses and the like may differ.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let Self {
            id,
            program,
            subscription,
            sku,
            sku_part_number: _,
            product_name: _,
            seats,
            assigned_seats,
            end_date,
            auto_renew,
            term,
            billing,
            price_per_seat: _,
            target,
            contact_email: _,
        } = self;
        let used = |assigned: Option<u32>| assigned.unwrap_or(0).max(seats.get());
        *id == other.id
            && *program == other.program
            && *subscription == other.subscription
            && *sku == other.sku
            && *seats == other.seats
            && used(*assigned_seats) == used(other.assigned_seats)
            && *end_date == other.end_date
            && *auto_renew == other.auto_renew
            && *term == other.term
            && *billing == other.billing
            && *target == other.target
    }
    /// A name for people: product, short name or SKU, the first that is known.
    pub fn title(&self) -> String {
        self.product_name.clone().or_else(|| self.sku_part_number.clone()).unwrap_or_else(|| self.sku.to_string())
    }
    /// Whether the source may renew at its end: the program can, and nobody has said that it will not.
    pub fn may_renew(&self) -> bool {
        self.program.can_renew() && self.auto_renew != Renewal::Off
    }
}
