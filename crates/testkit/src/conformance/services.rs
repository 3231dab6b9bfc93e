//! What every adapter of the outside world must do. One function per promise of [`Commerce`], [`Catalogue`], [`Directory`],
//! [`Subscriptions`], [`Conversions`], [`Transfers`] and [`Webhooks`]; each is handed a fresh adapter and the [`Stage`] behind it.
//!
//! Call [`commerce!`](macro@super::commerce), [`catalogue!`](macro@super::catalogue), [`directory!`](macro@super::directory),
//! [`subscriptions!`](macro@super::subscriptions), [`conversions!`](macro@super::conversions), [`transfers!`](macro@super::transfers)
//! and [`webhooks!`](macro@super::webhooks) rather than the functions: then a promise that is added later is tested too.
//! Knows no service: what is behind an adapter is said by whoever calls the suite. For the emulator, [`emulated`] says it.

mod catalogue;
mod commerce;
mod conversions;
mod directory;
pub mod emulated;
mod subscriptions;
mod transfers;
mod webhooks;

pub use catalogue::*;
pub use commerce::*;
pub use conversions::*;
pub use directory::*;
pub use subscriptions::*;
pub use transfers::*;
pub use webhooks::*;

use carryover_domain::facts::{Cart, CartRequest, Purchase};
use carryover_domain::ids::{IntentId, Mark, RequestId, SkuId, SubscriptionId, TenantId};
use carryover_domain::offer::{OfferId, Segment};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::{Country, Seats};
use carryover_ports::{
    Catalogue, Commerce, Conversions, Directory, Market, Outcome, Subscriptions, Transfers, Webhooks,
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

    /// Where all of them are.
    fn country(&self) -> Country;

    /// What can be bought for [`Self::customer`], for a year and paid by the month. Nobody holds it.
    fn product(&self) -> SkuId;

    /// What users of [`Self::customer`] hold, bought elsewhere.
    fn held(&self) -> SkuId;

    /// A licence that nothing for sale provisions.
    fn unsold(&self) -> SkuId;

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

/// A kind of call, as a service sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading a customer's relationship.
    ReadCustomer,
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

/// The offer that provisions what is bought here.
async fn offer<A: Catalogue>(adapter: &A, stage: &impl Stage) -> OfferId {
    let wanted = BTreeSet::from([stage.product()]);
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
