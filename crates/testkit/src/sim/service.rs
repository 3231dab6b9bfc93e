//! What the outside world does when a request arrives: the emulator's ledger, and its answers in the words of the ports.
//!
//! Translates and decides nothing. The same meanings of codes as in the fact sheet, section 6.3.

use super::mistake::Mistake;
use super::setting;
use super::witness::Witness;
use carryover_domain::facts::{Cart, CartRequest, Purchase};
use carryover_domain::ids::{CartId, Mark, OrderId, RequestId, ServicePlanId, SkuId, SubscriptionId, UserId};
use carryover_domain::offer::OfferId;
use carryover_domain::reply::{Fault, Outcome, Refusal, RefusalKind};
use carryover_domain::time::{later, start_of};
use carryover_domain::value::Money;
use carryover_emulator::{self as ms, CustomerView, Ledger, LicenceRefusal, Mishap, OrderView};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Reads may show what was true so long ago. With the lag of order history this stays within the policy's settle time.
const READ_LAG: SignedDuration = SignedDuration::from_mins(20);

/// A request that left and has not arrived.
type Request = Box<dyn FnOnce(&mut Outside) + Send>;

/// Everything beyond the ports.
pub(super) struct Outside {
    pub(super) ledger: Ledger,
    pub(super) witness: Witness,
    pub(super) mistake: Option<Mistake>,
    /// What happens inside the service at the next checkout.
    pub(super) mishap: Mishap,
    pub(super) under_way: VecDeque<Request>,
    /// Whether the next lease that is given back is not.
    pub(super) loses_release: bool,
    /// What customers looked like right before they were written to.
    past: BTreeMap<ms::TenantId, VecDeque<(Timestamp, CustomerView)>>,
    /// The cart that a request id made.
    seen: BTreeMap<RequestId, ms::CartId>,
    /// Newest last.
    carts: BTreeMap<ms::TenantId, Vec<ms::CartId>>,
}

impl Outside {
    pub(super) fn new(ledger: Ledger, witness: Witness, mistake: Option<Mistake>) -> Self {
        Self {
            ledger,
            witness,
            mistake,
            mishap: Mishap::default(),
            under_way: VecDeque::new(),
            loses_release: false,
            past: BTreeMap::new(),
            seen: BTreeMap::new(),
            carts: BTreeMap::new(),
        }
    }

    /// Lets the witness look at the ledger.
    pub(super) fn witnessed(&mut self, look: impl FnOnce(&mut Witness, &Ledger)) {
        look(&mut self.witness, &self.ledger);
    }

    /// What a read shows now; or what was true before the latest writes, where it lags.
    pub(super) fn view(&self, tenant: ms::TenantId, lags: bool) -> Option<CustomerView> {
        let since = carryover_domain::time::earlier(self.ledger.now(), READ_LAG);
        let then = self.past.get(&tenant).into_iter().flatten().find(|(at, _)| *at > since);
        match then.filter(|_| lags) {
            Some((_, then)) => Some(then.clone()),
            None => self.ledger.view(tenant),
        }
    }

    pub(super) fn forget_requests(&mut self) {
        self.seen.clear();
    }

    pub(super) fn lose_newest_cart(&mut self, tenant: ms::TenantId) {
        if let Some(cart) = self.carts.get_mut(&tenant).and_then(Vec::pop) {
            self.ledger.lose_cart(tenant, cart);
        }
    }

    /// From now on reads show what is true. What people do is seen at once: only the service's own writes lag.
    pub(super) fn forget_the_past(&mut self) {
        self.past.clear();
    }

    pub(super) fn create_cart(&mut self, key: RequestId, tenant: ms::TenantId, want: &CartRequest) -> Outcome<Cart> {
        self.remember(tenant);
        let id = match self.seen.get(&key).filter(|id| self.ledger.cart_view(tenant, **id).is_ok()) {
            Some(id) => *id,
            None => match self.new_cart(tenant, want) {
                Ok(id) => id,
                Err(refusal) => return refusal,
            },
        };
        self.seen.insert(key, id);
        match self.ledger.cart_view(tenant, id) {
            Err(refusal) => refused(&refusal),
            Ok(cart) => match cart.errors.first() {
                Some((code, text)) => line_refused(*code, text),
                None => Outcome::Done(Cart {
                    id: CartId::try_new(&id.to_string()).expect("a GUID is an id"),
                    offer: want.offer.clone(),
                    seats: want.seats.get(),
                    term: Some(want.term),
                    billing: Some(want.billing),
                    term_end: want.term_end,
                    expires: Some(cart.expires),
                }),
            },
        }
    }

    fn new_cart(&mut self, tenant: ms::TenantId, want: &CartRequest) -> Result<ms::CartId, Outcome<Cart>> {
        self.attested(want.reseller.is_some()).map_err(|refusal| refused(&refusal))?;
        let item = sku_of(&want.offer).and_then(|sku| self.ledger.catalog_item(sku));
        let wish = ms::Wish {
            catalog_item: item.ok_or_else(|| line_refused(400_018, "not in the catalogue"))?,
            quantity: want.seats.get(),
            billing_cycle: want.billing.word().to_owned(),
            term: want.term.word().to_owned(),
            friendly_name: Some(want.mark.as_str().to_owned()),
            custom_term_end: want.term_end.map(start_of),
            reseller: want.reseller.as_ref().map(ToString::to_string),
            parent: want.parent.as_ref().and_then(|id| id.as_str().parse().ok()).map(ms::Parent::Subscription),
            ..ms::Wish::default()
        };
        let made = self.ledger.create_cart(tenant, vec![wish]).map_err(|refusal| refused(&refusal))?;
        self.carts.entry(tenant).or_default().push(made);
        Ok(made)
    }

    pub(super) fn check_out(&mut self, tenant: ms::TenantId, cart: &CartId, mark: &Mark) -> Outcome<Purchase> {
        let Ok(id) = cart.as_str().parse() else { return gone() };
        self.remember(tenant);
        let mishap = std::mem::take(&mut self.mishap);
        match self.ledger.during(mishap, |ledger| ledger.check_out(tenant, id)) {
            Ok(checkout) => match (checkout.orders.first(), checkout.errors.first()) {
                (Some(order), _) => self.placed(tenant, order, mark),
                (None, Some(error)) if error.code == 400_019 => gone(),
                (None, Some(error)) => line_refused(error.code, &error.description),
                (None, None) => Outcome::InDoubt(Fault::new("a checkout without an order")),
            },
            // Submitted before: its order tells, once it shows.
            Err(ms::Refusal::CartSubmitted(_)) => {
                let shown = self.ledger.view(tenant).map(|view| view.orders).unwrap_or_default();
                match marked(&shown, mark).next() {
                    Some(order) => Outcome::Done(purchase(order)),
                    None => Outcome::InDoubt(Fault::new("800065, and no order shows yet")),
                }
            }
            Err(refusal) => refused(&refusal),
        }
    }

    fn placed(&self, tenant: ms::TenantId, order: &ms::OrderId, mark: &Mark) -> Outcome<Purchase> {
        let lines = self.ledger.ordered(tenant, order).unwrap_or_default();
        let purchase = marked(&lines, mark).next().map(purchase);
        purchase.map_or_else(|| Outcome::InDoubt(Fault::new("an order without our mark")), Outcome::Done)
    }

    /// As [`Self::create_cart`] and [`Self::check_out`] in one, with a cart of its own: what an adapter does that tries again.
    pub(super) fn buy_anew(&mut self, tenant: ms::TenantId, cart: &CartId, mark: &Mark) -> Outcome<Purchase> {
        let wanted = self.witness.plan_of_cart(cart);
        let Some(want) = wanted.map(|plan| CartRequest {
            offer: plan.offer.clone(),
            segment: plan.segment,
            seats: plan.seats,
            term: plan.term,
            billing: plan.billing,
            term_end: None,
            reseller: plan.reseller.clone(),
            parent: None,
            mark: mark.clone(),
        }) else {
            return gone();
        };
        match self.new_cart(tenant, &want) {
            Ok(other) => {
                let other = CartId::try_new(&other.to_string()).expect("a GUID is an id");
                self.check_out(tenant, &other, mark)
            }
            Err(_) => gone(),
        }
    }

    pub(super) fn swap(
        &mut self,
        tenant: ms::TenantId,
        user: UserId,
        add: &BTreeMap<SkuId, BTreeSet<ServicePlanId>>,
        remove: SkuId,
    ) -> Outcome<()> {
        self.remember(tenant);
        let grant = |(sku, disabled): (&SkuId, &BTreeSet<ServicePlanId>)| ms::Grant {
            sku: ms::SkuId(sku.as_uuid()),
            disabled: disabled.iter().map(|plan| ms::PlanId(plan.as_uuid())).collect(),
        };
        let grants: Vec<ms::Grant> = add.iter().map(grant).collect();
        let remove = ms::SkuId(remove.as_uuid());
        match self.ledger.assign_licences(tenant, &user.to_string(), &grants, &[remove]) {
            Ok(_) => Outcome::Done(()),
            Err(refusal) => {
                let holds_it = refusal == LicenceRefusal::NotAssigned(remove)
                    && add.keys().all(|sku| self.holds(tenant, user, *sku));
                if holds_it { Outcome::Done(()) } else { licence_refused(&refusal) }
            }
        }
    }

    fn holds(&self, tenant: ms::TenantId, user: UserId, sku: SkuId) -> bool {
        let users = self.ledger.view(tenant).and_then(|view| view.tenant).map(|tenant| tenant.users);
        let mut users = users.into_iter().flatten().filter(|one| one.id.0 == user.as_uuid());
        users.any(|user| user.licences.contains_key(&ms::SkuId(sku.as_uuid())))
    }

    /// Keeps what the customer looks like for reads that lag.
    fn remember(&mut self, tenant: ms::TenantId) {
        let now = self.ledger.now();
        if let Some(view) = self.ledger.view(tenant) {
            let past = self.past.entry(tenant).or_default();
            past.retain(|(at, _)| later(*at, READ_LAG) > now);
            past.push_back((now, view));
        }
    }
}

/// The licence that a catalogue item provisions.
pub(super) fn sku_of(offer: &OfferId) -> Option<ms::SkuId> {
    ms::known_sku(&offer.to_string())
}

/// Those of `orders` that carry `mark`.
pub(super) fn marked<'a>(orders: &'a [OrderView], mark: &'a Mark) -> impl Iterator<Item = &'a OrderView> {
    orders.iter().filter(|order| order.friendly_name.as_deref().is_some_and(|name| mark.is(name)))
}

pub(super) fn purchase(order: &OrderView) -> Purchase {
    Purchase {
        order: OrderId::try_new(&order.order.to_string()).expect("orders have ids"),
        subscription: order.subscription.map(|id| SubscriptionId::try_new(&id.to_string()).expect("a GUID is an id")),
        offer: order.item.parse().expect("the ledger writes what it sells"),
        seats: order.quantity,
        ordered_at: order.at,
        price_per_seat: order.currency.parse().ok().map(|currency| Money { amount: order.price, currency }),
    }
}

/// The tenant as the ledger names it.
pub(super) fn theirs(tenant: carryover_domain::ids::TenantId) -> ms::TenantId {
    ms::TenantId(tenant.as_uuid())
}

pub(super) fn products() -> impl Iterator<Item = ms::SkuId> {
    let second = ms::SkuId(uuid::Uuid::from_u128(setting::SECOND.1));
    (0..setting::PRODUCTS.len()).map(|nth| ms::SkuId(setting::product(nth))).chain([second])
}

fn refusal<T>(kind: RefusalKind, status: u16, code: u32, detail: String) -> Outcome<T> {
    Outcome::Refused(Refusal { kind, code: format!("{status}/{code}"), detail })
}

fn gone<T>() -> Outcome<T> {
    refusal(RefusalKind::CartGone, 404, 800_008, "cart not found".to_owned())
}

pub(super) fn refused<T>(why: &ms::Refusal) -> Outcome<T> {
    let (status, code) = why.status_and_code();
    let kind = match code {
        20002 => RefusalKind::NoRelationship,
        13605 => RefusalKind::AgreementMissing,
        800_008 | 800_009 => RefusalKind::CartGone,
        800_088 => RefusalKind::SeatsNotAllowed,
        2030 | 800_073 | 800_075 => RefusalKind::AccountOnHold,
        _ => RefusalKind::Other,
    };
    refusal(kind, status, code, why.to_string())
}

fn line_refused<T>(code: u32, text: &str) -> Outcome<T> {
    let kind = match code {
        800_010 | 400_018 => RefusalKind::OfferUnavailable,
        10015 => RefusalKind::SeatsNotAllowed,
        _ => RefusalKind::Other,
    };
    refusal(kind, 200, code, text.to_owned())
}

fn licence_refused(why: &LicenceRefusal) -> Outcome<()> {
    let kind = match why {
        LicenceRefusal::NoFreeUnits { .. } | LicenceRefusal::UnknownSku(_) => RefusalKind::NoFreeUnits,
        LicenceRefusal::NoDelegatedAdmin(_) => RefusalKind::NotPermitted,
        _ => RefusalKind::LicenceNotAssignable,
    };
    refusal(kind, 400, 0, why.to_string())
}
