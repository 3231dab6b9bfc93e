//! Buying: make a cart upon a fresh availability, check it out once (fact sheet 13).
//!
//! Never repeats a checkout. A success is searched for refusals inside, and a refusal for signs of an earlier success.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation, Signal, classify};
use crate::client::Call;
use crate::failure::{Failure, words};
use crate::identity::Pass;
use crate::wire::cart::{self, Checkout};
use crate::wire::catalogue::Availability;
use crate::wire::order::{Line, Order};
use crate::wire::{lenient, read};
use carryover_domain::facts::{Cart, CartRequest, Purchase};
use carryover_domain::ids::{CartId, Mark, RequestId, TenantId};
use carryover_domain::offer::{OfferId, Segment};
use carryover_domain::reply::{Refusal, RefusalKind};
use carryover_domain::time::{Billing, Term};
use carryover_ports::{Fault, Outcome};
use uuid::Uuid;

impl PartnerCenter {
    pub(crate) async fn make_cart(&self, key: RequestId, customer: TenantId, want: &CartRequest) -> Outcome<Cart> {
        let made = self.rebuilt_once(key, customer, want).await;
        self.heed(customer, &made);
        if let (Outcome::Refused(_), Some(reseller)) = (&made, &want.reseller) {
            self.vouched.forget(&reseller.as_str().to_owned());
            self.resold.forget(&customer);
        }
        made
    }

    /// What a refusal says against what is remembered.
    fn heed<T>(&self, customer: TenantId, outcome: &Outcome<T>) {
        if matches!(outcome, Outcome::Refused(refusal) if refusal.kind == RefusalKind::AgreementMissing) {
            self.roster.forget_agreement(customer);
            self.standings.forget(&customer);
        }
    }

    async fn rebuilt_once(&self, key: RequestId, customer: TenantId, want: &CartRequest) -> Outcome<Cart> {
        match self.try_cart(key.as_uuid(), customer, want).await {
            Err(CartFailure::Failed(failure)) if failure.meaning == Meaning::StaleItem => {
                // The catalogue changed between the read and the cart. The first try was answered, so the second one
                // goes under an id of its own, the same whenever this call is repeated.
                let again = Uuid::new_v5(&key.as_uuid(), b"rebuilt");
                settled(self.try_cart(again, customer, want).await)
            }
            result => settled(result),
        }
    }

    async fn try_cart(&self, request_id: Uuid, customer: TenantId, want: &CartRequest) -> Result<Cart, CartFailure> {
        let terms = (want.term, want.billing);
        let item = self.fresh_item(customer, &want.offer, want.segment, terms).await?;
        let item = item.map_err(|instead| CartFailure::NotOnSale(not_on_sale(want, &instead)))?;
        let call = Call::write(
            Operation::CreateCart,
            Pass::Application,
            self.client.of_customer(customer, &["carts"]),
            request_id,
            Some(cart::request(want, &item)),
        );
        let made: cart::Cart = read(Operation::CreateCart, self.client.send(&call).await?)?;
        Ok(one_line(made)?)
    }

    /// The catalogue item under which `offer` is on sale to the customer on such terms at this moment; where there is none, the
    /// terms on sale that are not known here, in the service's words.
    pub(crate) async fn fresh_item(
        &self,
        customer: TenantId,
        offer: &OfferId,
        segment: Segment,
        terms: (Term, Billing),
    ) -> Result<Result<String, Vec<String>>, Failure> {
        let availabilities = self.read_availabilities(customer, offer, Some(segment)).await?;
        let strange = availabilities.iter().flat_map(Availability::strange).collect();
        Ok(availabilities
            .into_iter()
            .filter(|availability| availability.on_sale().any(|on_sale| on_sale == terms))
            .find_map(|availability| availability.catalog_item_id)
            .ok_or(strange))
    }

    pub(crate) async fn submit_cart(
        &self,
        key: RequestId,
        customer: TenantId,
        cart: &CartId,
        mark: &Mark,
    ) -> Outcome<Purchase> {
        let segments = ["carts", cart.as_str(), "checkout"];
        let call = Call::write(
            Operation::CheckOut,
            Pass::Application,
            self.client.of_customer(customer, &segments),
            key.as_uuid(),
            None,
        );
        let sent = self.client.send(&call).await;
        self.tenancies.forget(&customer);
        self.owned.forget(&customer);
        let result = match sent {
            Ok(body) => read(Operation::CheckOut, body).and_then(|result| one_order(result, mark)),
            Err(failure) => Err(failure),
        };
        let bought = match result {
            Ok(purchase) => Outcome::Done(purchase),
            Err(failure) if failure.meaning == Meaning::AlreadyOrdered => self.earlier_purchase(customer, mark).await,
            Err(failure) => failure.outcome(),
        };
        self.heed(customer, &bought);
        bought
    }

    /// The purchase that an earlier checkout of the same cart made.
    async fn earlier_purchase(&self, customer: TenantId, mark: &Mark) -> Outcome<Purchase> {
        let in_doubt = |why: &str| Outcome::InDoubt(Fault::new(format!("the cart was checked out before, and {why}")));
        match self.read_orders(customer, mark, None).await {
            Ok(purchases) => match purchases.into_iter().next() {
                Some(purchase) => Outcome::Done(purchase),
                None => in_doubt("its order does not show yet"),
            },
            Err(failure) => in_doubt(&format!("its order cannot be read: {}", failure.sentence())),
        }
    }
}

/// Why there is no cart.
enum CartFailure {
    /// The catalogue answered that this is not for sale on these terms.
    NotOnSale(Refusal),
    Failed(Failure),
}

impl From<Failure> for CartFailure {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn settled(result: Result<Cart, CartFailure>) -> Outcome<Cart> {
    match result {
        Ok(cart) => Outcome::Done(cart),
        Err(CartFailure::NotOnSale(refusal)) => Outcome::Refused(refusal),
        Err(CartFailure::Failed(failure)) => failure.outcome(),
    }
}

fn not_on_sale(want: &CartRequest, instead: &[String]) -> Refusal {
    let CartRequest { offer, term, billing, .. } = want;
    let detail = format!("{offer} is not on sale to this customer for {term} with {billing} billing");
    Refusal {
        kind: RefusalKind::OfferUnavailable,
        code: "none".to_owned(),
        detail: match instead {
            [] => detail,
            instead => format!("{detail}; it is for {}, which is not known here", instead.join(" and ")),
        },
    }
}

/// The cart as the service made it. It must hold the one line that was asked for, without an error.
fn one_line(made: cart::Cart) -> Result<Cart, Failure> {
    let operation = Operation::CreateCart;
    let garbled = |what: &str| Failure::garbled(operation, what);
    let [line] = made.line_items.as_slice() else {
        return Err(garbled("the cart does not hold exactly one line"));
    };
    if let Some(error) = &line.error {
        let description = error.error_description.as_deref();
        return Err(inner_fault(operation, error.code(), description));
    }
    // A cart buys nothing, so that one which is for something else is settled: a person reads for what.
    let (term, billing) = line.terms().map_err(|words| Failure {
        status: Some(201),
        ..Failure::new(operation, Meaning::Refused(RefusalKind::Other), format!("the cart is for {words}"))
    })?;
    let item = line.catalog_item_id.as_deref().unwrap_or_default();
    Ok(Cart {
        id: CartId::try_new(made.id.as_deref().unwrap_or_default()).map_err(|_| garbled("a cart without an id"))?,
        offer: item.parse().map_err(|_| garbled("a cart line without a readable catalogItemId"))?,
        seats: line.quantity.ok_or_else(|| garbled("a cart line without a quantity"))?,
        term,
        billing,
        term_end: line.term_end(),
        expires: made.expiration_timestamp,
    })
}

/// The purchase in the result of a checkout of one line.
fn one_order(result: Checkout, mark: &Mark) -> Result<Purchase, Failure> {
    let operation = Operation::CheckOut;
    let lines = || result.orders.iter().flat_map(|order| order.line_items.iter().map(move |line| (order, line)));
    let marked = lines().find(|(_, line)| line.is_marked(mark));
    // The cart held one line; where its name was left out, a lone line is still that line. One of another name is somebody else's.
    let found: Option<(&Order, &Line)> = marked.or_else(|| {
        let mut all = lines();
        all.next().filter(|(_, line)| line.is_unnamed() && all.next().is_none())
    });
    match (found, result.order_errors.first()) {
        (Some((order, line)), _) => order.purchase(line).map_err(|what| Failure::garbled(operation, what)),
        (None, Some(error)) if result.orders.is_empty() => {
            let description = error.description.as_deref();
            Err(inner_fault(operation, error.code(), description))
        }
        _ => Err(Failure::garbled(operation, "it shows neither our order nor why there is none")),
    }
}

/// A business failure inside 201 (fact sheet 6.1, shape E).
fn inner_fault(operation: Operation, code: String, description: Option<&str>) -> Failure {
    let spelled = lenient::plain(&code);
    let signal = Signal::Line { code: &spelled };
    Failure {
        operation,
        meaning: classify(operation, signal),
        status: Some(201),
        detail: words(description.unwrap_or_default()),
        code: Some(code),
        retry_after: None,
    }
}
