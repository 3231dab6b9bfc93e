//! What every adapter of the outside world must do. One function per promise of [`Commerce`], [`Catalogue`], [`Directory`],
//! [`Customers`], [`Subscriptions`], [`Conversions`], [`Transfers`], [`Webhooks`], [`Resellers`], [`Licences`] and [`Stock`]; each is
//! handed a fresh adapter and the [`Stage`] behind it.
//!
//! Call [`commerce!`](macro@super::commerce), [`catalogue!`](macro@super::catalogue), [`directory!`](macro@super::directory),
//! [`customers!`](macro@super::customers), [`subscriptions!`](macro@super::subscriptions),
//! [`conversions!`](macro@super::conversions), [`transfers!`](macro@super::transfers), [`webhooks!`](macro@super::webhooks),
//! [`resellers!`](macro@super::resellers), [`licences!`](macro@super::licences) and [`stock!`](macro@super::stock) rather than the
//! functions: then a promise that is added later is tested too.
//! Knows no service: what is behind an adapter is said by whoever calls the suite. For the emulator, [`emulated`] says it.

mod catalogue;
mod commerce;
mod conversions;
mod customers;
mod directory;
pub mod emulated;
mod licences;
mod resellers;
mod stock;
mod subscriptions;
mod transfers;
mod webhooks;

pub use catalogue::*;
pub use commerce::*;
pub use conversions::*;
pub use customers::*;
pub use directory::*;
pub use licences::*;
pub use resellers::*;
pub use stock::*;
pub use subscriptions::*;
pub use transfers::*;
pub use webhooks::*;

use carryover_domain::facts::{Cart, CartRequest, Purchase};
use carryover_domain::ids::{IntentId, Mark, RequestId, SkuId, SubscriptionId, TenantId, UserId};
use carryover_domain::offer::{OfferId, Segment};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::{Country, Seats};
use carryover_ports::{
    Catalogue, Commerce, Conversions, Customers, Directory, Licences, Market, Outcome, Read, Resellers, Stock,
    Subscriptions, TiedPartner, Transfers, Unavailable, Webhooks,
};
use jiff::SignedDuration;
use jiff::civil::Date;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The world behind an adapter, in the hands of a test. Nothing moves in it but by these calls.
pub trait Stage: Send + Sync {
    /// A customer that accepted us, signed the agreement and lets us administer its tenant. We have sold it nothing. Its users
    /// hold [`Self::held`]: at least two directly, one without a usage location, one through a group.
    fn customer(&self) -> TenantId;

    /// A customer that accepted us and has not signed the agreement.
    fn unsigned(&self) -> TenantId;

    /// A tenant that has nothing to do with us.
    fn stranger(&self) -> TenantId;

    /// Another customer that accepted us and signed, and legacy subscriptions that we have sold it, at least four of one licence
    /// that is for sale: older than a month, and more than a month before their end.
    fn legacy(&self) -> (TenantId, Vec<SubscriptionId>);

    /// Another customer that accepted us: qualified for education and for nothing else, whose account may not be sold to.
    fn held_up(&self) -> TenantId;

    /// Where all of them are.
    fn country(&self) -> Country;

    /// What can be bought for [`Self::customer`], for a year and paid by the month. Nobody holds it.
    fn product(&self) -> SkuId;

    /// The same; users can hold it beside [`Self::product`].
    fn second(&self) -> SkuId;

    /// What users of [`Self::customer`] hold, bought elsewhere.
    fn held(&self) -> SkuId;

    /// Users of [`Self::customer`], all of whom hold that.
    fn people(&self) -> People;

    /// A licence that nothing for sale provisions.
    fn unsold(&self) -> SkuId;

    /// What is for sale, and has run out.
    fn sold_out(&self) -> OfferId;

    /// The day that it is, in UTC.
    fn today(&self) -> Date;

    /// Lets time pass.
    fn pass(&self, time: SignedDuration);

    /// Lets `trouble` befall every call of that kind, until [`Self::calm`]: an adapter may repeat what is safe to repeat.
    fn strike(&self, step: Step, trouble: Trouble);

    /// Ends all trouble.
    fn calm(&self);

    /// What was really bought for [`Self::customer`], by the service's own account.
    fn purchases(&self) -> usize;

    /// After so long everything that was done shows everywhere.
    fn settled_after(&self) -> SignedDuration {
        SignedDuration::from_hours(4)
    }

    /// After so long an unused cart is dead.
    fn cart_life(&self) -> SignedDuration {
        SignedDuration::from_hours(8 * 24)
    }
}

/// Users by what can be changed about their licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// Who hold it directly and have a usage location; at least two.
    pub movable: Vec<UserId>,
    /// Somebody without a usage location.
    pub without_location: UserId,
    /// Somebody who holds it through a group.
    pub by_group: UserId,
}

/// A world in which we are an indirect provider: nothing is sold without a reseller. Its resellers have partner ids.
pub trait Provider: Stage {
    /// A reseller that a purchase may name. [`Stage::customer`] belongs to it; [`Stage::unsigned`] belongs to nobody.
    fn reseller(&self) -> TiedPartner;

    /// One whose tie with us is not in force.
    fn dormant(&self) -> TiedPartner;

    /// One that has not accepted the partner agreement.
    fn unagreed(&self) -> TiedPartner;
}

/// A kind of call, as a service sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading a customer's relationship.
    ReadCustomer,
    /// Reading what it is qualified for.
    ReadQualifications,
    /// Reading whether its account may be sold to.
    ReadHold,
    /// Reading our admin relationships.
    ReadAccess,
    /// Reading partners: who is tied to whom, their names, what they agreed to, and whom a purchase may name.
    ReadPartners,
    /// Reading what is left of what is for sale.
    ReadStock,
    /// Reading users, and licences by way of Partner Center.
    ReadLicences,
    /// Changing a user's licences by way of Partner Center.
    ChangeLicences,
    /// Reading what is for sale.
    ReadCatalogue,
    /// Making a cart.
    CreateCart,
    /// Checking one out.
    CheckOut,
    /// Reading orders.
    ReadOrders,
    /// Changing a subscription.
    ChangeSubscription,
    /// Reading a tenant's licence pools.
    ReadTenancy,
    /// Changing a user's licences.
    Swap,
    /// Beginning to convert a legacy subscription.
    Convert,
    /// Putting that off until later.
    ScheduleConversion,
    /// Calling off what was put off.
    CallOff,
    /// Reading what is converted.
    ReadConversions,
    /// Asking another partner to hand over.
    AskTransfer,
    /// Withdrawing that.
    WithdrawTransfer,
    /// Reading what another partner was asked for.
    ReadTransfers,
    /// Registering for events, in place of what was registered or not.
    Register,
    /// Reading what is registered.
    ReadRegistration,
}

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is lost before the service does anything, and nothing answers.
    RequestLost,
    /// It is done, and nothing answers.
    AnswerLost,
    /// It is not done: come back after [`RETRY_AFTER`].
    Throttled,
    /// It is not done, and the answer is that the service failed.
    Failed,
    /// It is done, and the answer is that the service failed.
    FailedAfter,
}

/// How long a throttled caller is asked to stay away.
pub const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(7);

/// Troubles that leave it open whether a write was done.
const OPEN: [Trouble; 4] = [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::FailedAfter];

/// Troubles that leave a read without an answer.
const UNANSWERED: [Trouble; 4] = [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::Throttled];

/// An id that nothing has.
const NOBODYS: &str = "00000000-0000-4000-8000-00000000dead";

/// Seats of every purchase.
const SEATS: u32 = 3;

/// Makes tests of promises; for the macros of each port.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_services {
    ($fresh:expr => $($case:ident)*) => { $(
        #[test]
        fn $case() {
            $crate::conformance::run(async {
                let (adapter, stage) = ($fresh)().await;
                $crate::conformance::services::$case(&adapter, &stage).await;
            });
        }
    )* };
}

fn key(number: u128) -> RequestId {
    RequestId::new(Uuid::from_u128(number))
}

fn mark(number: u128) -> Mark {
    Mark::of(IntentId::new(Uuid::from_u128(number)))
}

fn none<T: Ord>() -> BTreeSet<T> {
    BTreeSet::new()
}

/// Whether a read says that it brought nothing, and that it may later.
fn is_no_answer<T>(read: &Read<T>) -> bool {
    matches!(read, Err(Unavailable::Unreachable(_) | Unavailable::Throttled { .. }))
}

/// The offer that provisions what is bought here.
async fn offer<A: Catalogue>(adapter: &A, stage: &impl Stage) -> OfferId {
    offer_of(adapter, stage, stage.product()).await
}

/// The offer that provisions `sku`.
async fn offer_of<A: Catalogue>(adapter: &A, stage: &impl Stage, sku: SkuId) -> OfferId {
    let wanted = BTreeSet::from([sku]);
    let offers = adapter.offers(Market::Customer(stage.customer()), &wanted, &none()).await;
    let offers = offers.expect("the catalogue is readable").value;
    offers.first().expect("the product is for sale").id.clone()
}

async fn want<A: Catalogue>(adapter: &A, stage: &impl Stage, mark: &Mark) -> CartRequest {
    CartRequest {
        offer: offer(adapter, stage).await,
        segment: Segment::Commercial,
        seats: Seats::try_new(SEATS).expect("seats"),
        term: Term::Year,
        billing: Billing::Monthly,
        term_end: None,
        reseller: None,
        parent: None,
        mark: mark.clone(),
    }
}

fn done<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Done(value) => value,
        other => panic!("not done: {other:?}"),
    }
}

/// A cart for the mark of that number.
async fn cart<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage, number: u128) -> Cart {
    let want = want(adapter, stage, &mark(number)).await;
    done(adapter.create_cart(key(number), stage.customer(), &want).await)
}

/// Three seats, bought under the mark of that number.
async fn bought<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage, number: u128) -> Purchase {
    let cart = cart(adapter, stage, number).await;
    done(adapter.check_out(key(number + 1), stage.customer(), &cart.id, &mark(number)).await)
}
