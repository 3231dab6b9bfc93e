//! Lines of carts: what a buyer asks for, and whether it can be bought.
//!
//! Checks and nothing else; what is wrong with a line is reported inside the cart.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::carts::CartLine;
use super::legacy::offer_id;
use super::promotions::Promoted;
use super::subscriptions::{Channel, State, Subscription};
use super::{AccountRefusal, Ledger, Refusal, calendar};
use crate::ids::{SkuId, SubscriptionId, TenantId};
use crate::regions;
use crate::seed::{Billing, Term};

/// What a correct line stands for.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) sku: SkuId,
    pub(crate) term: Term,
    pub(crate) billing: Billing,
    pub(crate) currency: &'static str,
    /// The chosen last day of the first term.
    pub(crate) last_day: Option<Date>,
    pub(crate) promotion: Option<Promoted>,
}

/// A line as the buyer asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Number of the line inside the cart.
    pub id: u32,
    /// `product:sku:availability`, as just read from the catalogue.
    pub catalog_item: String,
    /// Seats.
    pub quantity: u32,
    /// How often a bill comes.
    pub billing_cycle: String,
    /// Length of the term.
    pub term: String,
    /// Becomes the nickname of the subscription.
    pub friendly_name: Option<String>,
    /// Currency; absent takes the market's.
    pub currency: Option<String>,
    /// Chosen last day of the first term, at any time of that day; absent takes the term's own.
    pub custom_term_end: Option<Timestamp>,
    /// The promotion that is to be applied.
    pub promotion: Option<String>,
    /// Partner id of the reseller on record.
    pub reseller: Option<String>,
    /// Partner ids of further resellers.
    pub more_resellers: Vec<String>,
    /// What an add-on belongs to.
    pub parent: Option<Parent>,
}

/// What an add-on belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// The line of that number in the same cart; both become one order.
    Line(u32),
    /// A subscription that the customer has from us already.
    Subscription(SubscriptionId),
}

/// Why a line cannot be bought (fact sheet 6.3, codes of cart lines).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineError {
    pub(crate) code: u32,
    pub(crate) text: String,
    /// For the seat limit: seats that still fit, and seats held.
    pub(crate) room: Option<(u32, u32)>,
}

impl LineError {
    pub(super) fn new(code: u32, text: &str) -> LineError {
        LineError { code, text: text.to_owned(), room: None }
    }
}

impl Ledger {
    pub(super) fn check_lines(&self, tenant: TenantId, wishes: Vec<Wish>) -> Result<Vec<CartLine>, Refusal> {
        let market = regions::currency(&self.reseller(tenant)?.country);
        let home = regions::currency(&self.seed.partner.country);
        let mut groups: Vec<(Term, Billing, &str)> = Vec::new();
        let mut lines: Vec<CartLine> = Vec::new();
        if self.rules.readings.cart_lines_max.is_some_and(|most| wishes.len() > most as usize) {
            return Err(Refusal::TooManyLines);
        }
        for wish in wishes {
            if lines.iter().any(|line| line.wish.id == wish.id) {
                return Err(Refusal::InvalidArgument("line ids must differ".to_owned()));
            }
            if let Some((offer, _)) = self.catalogue.item(&wish.catalog_item, self.now)
                && !self.reseller(tenant)?.account.qualifies(offer.segment, self.now)
            {
                return Err(AccountRefusal::NotQualified(offer.segment.word()).into());
            }
            self.resold(&wish)?;
            let checked = self.check_line(tenant, &wish, &lines, market, home);
            let base = match wish.parent {
                Some(Parent::Line(line)) => lines.iter().find(|base| base.wish.id == line),
                Some(Parent::Subscription(_)) | None => None,
            };
            let group = match (&checked, base) {
                (Ok(_), Some(base)) => base.group.clone(),
                (Ok(checked), None) => {
                    let key = (checked.term, checked.billing, checked.currency);
                    let at = groups.iter().position(|group| *group == key).unwrap_or_else(|| {
                        groups.push(key);
                        groups.len() - 1
                    });
                    at.to_string()
                }
                (Err(_), _) => String::new(),
            };
            lines.push(CartLine { wish, group, checked });
        }
        Ok(lines)
    }

    fn check_line(
        &self,
        tenant: TenantId,
        wish: &Wish,
        before: &[CartLine],
        market: &'static str,
        home: &'static str,
    ) -> Result<Checked, LineError> {
        let fault = LineError::new;
        if !self.is_provider() && (wish.reseller.is_some() || !wish.more_resellers.is_empty()) {
            return Err(fault(10004, "A direct partner names no participants."));
        }
        let Some((offer, true)) = self.catalogue.item(&wish.catalog_item, self.now) else {
            if self.catalogue.named().any(|(sku, ..)| offer_id(sku).eq_ignore_ascii_case(&wish.catalog_item)) {
                return Err(fault(500_600, "Offers of the old generation are not sold any more."));
            }
            return Err(fault(10001, "The catalog item id is not valid."));
        };
        let currency = match wish.currency.as_deref() {
            None => market,
            Some(code) => [market, home]
                .into_iter()
                .find(|known| known.eq_ignore_ascii_case(code))
                .ok_or_else(|| fault(10000, "The currency is not supported."))?,
        };
        let plan = Term::parse(&wish.term).zip(Billing::parse(&wish.billing_cycle));
        let Some((term, billing)) = plan.filter(|plan| offer.terms.contains(plan) && !offer.end_of_sale) else {
            return Err(fault(10013, "The billing plan is not supported."));
        };
        if wish.quantity == 0 || wish.quantity > offer.max_seats {
            return Err(fault(10010, "The quantity is outside the range of the product."));
        }
        if !self.sandbox_sells(tenant, wish.quantity, before.len()) {
            return Err(fault(10009, "The limit of the integration sandbox is exceeded."));
        }
        let same: u32 = before
            .iter()
            .filter(|line| line.checked.as_ref().is_ok_and(|other| other.sku == offer.entra))
            .map(|line| line.wish.quantity)
            .sum();
        if let Err(Refusal::SeatCap { remaining, .. }) =
            self.room(tenant, offer.entra, same.saturating_add(wish.quantity))
        {
            let held = self.tenants.get(&tenant).map_or(0, |held| held.seats_of(offer.entra));
            return Err(LineError {
                room: Some((remaining.saturating_sub(same), held)),
                ..fault(10015, "The maximum number of seats is exceeded.")
            });
        }
        if offer.stock.is_some_and(|left| wish.quantity > left) {
            return Err(fault(10003, "The inventory is not available."));
        }
        self.check_parent(tenant, wish, before, &offer.addon_of)?;
        let last_day = wish.custom_term_end.map(calendar::day);
        if last_day.is_some_and(|chosen| !self.may_end_on(tenant, term, chosen)) {
            return Err(fault(10017, "The custom term end date is not valid."));
        }
        let promotion = self.promoted(tenant, wish, offer.entra, (term, billing))?;
        Ok(Checked { sku: offer.entra, term, billing, currency, last_day, promotion })
    }

    /// Whether what an add-on belongs to is there, and is one of its bases (fact sheet 12.3, 13.3).
    fn check_parent(
        &self,
        tenant: TenantId,
        wish: &Wish,
        before: &[CartLine],
        bases: &[SkuId],
    ) -> Result<(), LineError> {
        let held = self.tenants.get(&tenant).into_iter().flat_map(|customer| customer.subscriptions.values());
        let mut serving = held.filter(|held| held.state == State::Enabled && bases.contains(&held.sku));
        match wish.parent {
            Some(Parent::Line(line)) => {
                let base = before.iter().find(|base| base.wish.id == line);
                let base = base.and_then(|base| base.checked.as_ref().ok());
                let fits = base.is_some_and(|base| bases.contains(&base.sku));
                fits.then_some(()).ok_or_else(|| LineError::new(10006, "The add-on does not belong to this line."))
            }
            Some(Parent::Subscription(id)) => serving
                .any(|held| held.id == id && matches!(held.channel, Channel::Bought(_)))
                .then_some(())
                .ok_or_else(|| LineError::new(10007, "The parent subscription is not valid.")),
            None if bases.is_empty() || serving.next().is_some() => Ok(()),
            None => Err(LineError::new(10006, "The customer holds none of the products that the add-on needs.")),
        }
    }

    /// Whether a first term that starts now may end on `chosen` (fact sheet 13.3, rules R69 to R71): inside the term, on a
    /// month end or with an active subscription of ours, and a year or more not with a monthly one.
    fn may_end_on(&self, tenant: TenantId, term: Term, chosen: Date) -> bool {
        let today = calendar::day(self.now);
        if chosen < today || chosen > calendar::last_day(today, term) {
            return false;
        }
        if chosen == chosen.last_of_month() {
            return true;
        }
        if term == Term::P1M && chosen.day() >= 28 {
            return false;
        }
        let ours = |held: &Subscription| matches!(held.channel, Channel::Bought(_)) && held.state == State::Enabled;
        let ends = |held: &Subscription| {
            let longer = term == Term::P1M || held.term != Term::P1M;
            // A yearly one goes on ending on the same day of later years.
            let anniversary = held.term == Term::P1Y
                && (0..3).any(|years| held.last_day().saturating_add(Span::new().years(years)) == chosen);
            longer && (held.last_day() == chosen || anniversary)
        };
        let held = self.tenants.get(&tenant).into_iter().flat_map(|customer| customer.subscriptions.values());
        held.filter(|held| ours(held)).any(ends)
    }
}
