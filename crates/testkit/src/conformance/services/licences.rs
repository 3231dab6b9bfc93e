//! Promises of [`Licences`]: users and pools as Partner Center shows them, and one licence for others in one step.

use super::{
    Catalogue, Commerce, Licences, OPEN, Outcome, RETRY_AFTER, SEATS, Stage, Step, Trouble, UNANSWERED, done,
    is_no_answer, key, mark, none, offer_of, want,
};
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::{SkuId, UserId};
use carryover_domain::value::Seats;
use carryover_ports::{LicenceChange, RefusalKind, Unavailable};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Makes one test of every promise of `Licences`. Takes what `commerce!` takes; the adapter implements `Commerce` and `Catalogue`
/// as well.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_licences {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            pools_count_what_users_hold
            pools_show_what_we_sold_once_the_seats_are_there
            the_licences_of_a_strangers_users_are_closed_to_us
            somebody_who_is_not_there_has_no_licences
            users_and_pools_that_cannot_be_read_are_no_answer
            a_change_gives_the_new_licence_and_takes_the_old_one
            a_change_to_two_licences_is_one_step
            a_change_to_two_licences_of_which_one_has_no_unit_changes_nothing
            a_change_of_licences_without_an_answer_is_settled_by_a_look
            a_change_of_licences_that_is_throttled_changed_nothing
            a_change_of_somebody_without_a_location_is_refused
            a_licence_from_a_group_cannot_be_changed
        }
    };
}

/// Directly or through a group.
pub async fn pools_count_what_users_hold<A: Licences>(adapter: &A, stage: &impl Stage) {
    let pools = adapter.pools(stage.customer()).await.expect("readable").value;
    let held = pools.get(&stage.held()).expect("users hold it");
    assert!(held.enabled > 0 && !held.plans.is_empty(), "{held:?}");
    assert_eq!(usize::try_from(held.consumed), Ok(holders(adapter, stage, stage.held()).await.len()));
    assert_eq!(holders(adapter, stage, stage.product()).await, none());
}

/// As many as were bought, and nobody has one.
pub async fn pools_show_what_we_sold_once_the_seats_are_there<A: Catalogue + Commerce + Licences>(
    adapter: &A,
    stage: &impl Stage,
) {
    with_seats(adapter, stage, [(stage.product(), SEATS), (stage.second(), 1)]).await;
    let pools = adapter.pools(stage.customer()).await.expect("readable").value;
    let count = |sku: SkuId| pools.get(&sku).map(|pool| (pool.enabled, pool.consumed));
    assert_eq!((count(stage.product()), count(stage.second())), (Some((SEATS, 0)), Some((1, 0))));
}

/// Forbidden, which is no passing fault.
pub async fn the_licences_of_a_strangers_users_are_closed_to_us<A: Licences>(adapter: &A, stage: &impl Stage) {
    let (pools, users) = (adapter.pools(stage.stranger()).await, adapter.users(stage.stranger()).await);
    assert!(matches!(pools, Err(Unavailable::Forbidden(_))), "{pools:?}");
    assert!(matches!(users, Err(Unavailable::Forbidden(_))), "{users:?}");
}

/// None, which is not the same as holding nothing.
pub async fn somebody_who_is_not_there_has_no_licences<A: Licences>(adapter: &A, stage: &impl Stage) {
    let nobody = UserId::new(Uuid::from_u128(0xDEAD));
    assert_eq!(adapter.licences_of(stage.customer(), nobody).await.expect("an answer").value, None);
}

/// No answer is never taken for "nobody", nor for "nothing".
pub async fn users_and_pools_that_cannot_be_read_are_no_answer<A: Licences>(adapter: &A, stage: &impl Stage) {
    let who = stage.people().movable[0];
    for trouble in UNANSWERED {
        stage.strike(Step::ReadLicences, trouble);
        let pools = adapter.pools(stage.customer()).await;
        let users = adapter.users(stage.customer()).await;
        let held = adapter.licences_of(stage.customer(), who).await;
        stage.calm();
        assert!(is_no_answer(&pools) && is_no_answer(&users) && is_no_answer(&held), "{trouble:?}: {held:?}");
    }
}

/// Never both, never neither; and the new one is used once.
pub async fn a_change_gives_the_new_licence_and_takes_the_old_one<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Licences,
{
    with_seats(adapter, stage, [(stage.product(), SEATS)]).await;
    let who = stage.people().movable[0];
    assert_eq!(change(adapter, stage, 1, who, &[stage.product()]).await, Outcome::Done(()));
    assert_eq!(held(adapter, stage, who).await, BTreeSet::from([stage.product()]));
    assert_eq!(holders(adapter, stage, stage.product()).await, BTreeSet::from([who]));
}

/// Whoever holds both of the new ones does not hold the old one any more.
pub async fn a_change_to_two_licences_is_one_step<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Licences,
{
    let both = with_both(adapter, stage).await;
    let who = stage.people().movable[0];
    assert_eq!(change(adapter, stage, 1, who, &both).await, Outcome::Done(()));
    assert_eq!(held(adapter, stage, who).await, BTreeSet::from(both));
}

/// Refused by its kind. Nobody is left with one of the two, or with none.
pub async fn a_change_to_two_licences_of_which_one_has_no_unit_changes_nothing<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Licences,
{
    with_seats(adapter, stage, [(stage.product(), SEATS), (stage.second(), 1)]).await;
    let both = [stage.product(), stage.second()];
    let people = stage.people().movable;
    assert_eq!(change(adapter, stage, 1, people[0], &both).await, Outcome::Done(()));
    let outcome = change(adapter, stage, 2, people[1], &both).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::NoFreeUnits), "{outcome:?}");
    assert_eq!(held(adapter, stage, people[1]).await, BTreeSet::from([stage.held()]));
}

/// Whether it was done or not: whoever finds the old licence held asks anew, and then it is done.
pub async fn a_change_of_licences_without_an_answer_is_settled_by_a_look<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Licences,
{
    let both = with_both(adapter, stage).await;
    let who = stage.people().movable[0];
    for (nth, trouble) in (1..).zip(OPEN) {
        stage.strike(Step::ChangeLicences, trouble);
        let outcome = change(adapter, stage, 10 * nth, who, &both).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        let happened = matches!(trouble, Trouble::AnswerLost | Trouble::FailedAfter);
        let now = held(adapter, stage, who).await;
        assert_eq!(now, if happened { BTreeSet::from(both) } else { BTreeSet::from([stage.held()]) }, "{trouble:?}");
        if !happened {
            // With the key of the one that was not answered.
            assert_eq!(change(adapter, stage, 10 * nth, who, &both).await, Outcome::Done(()), "{trouble:?}");
        }
        assert_eq!(held(adapter, stage, who).await, BTreeSet::from(both), "{trouble:?}");
        give_back(adapter, stage, 10 * nth + 1, who).await;
    }
}

/// The time is handed on, and the user keeps the old licence.
pub async fn a_change_of_licences_that_is_throttled_changed_nothing<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Licences,
{
    let both = with_both(adapter, stage).await;
    let who = stage.people().movable[0];
    stage.strike(Step::ChangeLicences, Trouble::Throttled);
    let outcome = change(adapter, stage, 1, who, &both).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { retry_after } if retry_after >= RETRY_AFTER), "{outcome:?}");
    assert_eq!(held(adapter, stage, who).await, BTreeSet::from([stage.held()]));
}

/// And the user keeps the old licence.
pub async fn a_change_of_somebody_without_a_location_is_refused<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Licences,
{
    is_refused(adapter, stage, stage.people().without_location).await;
}

/// Only the group can give it up.
pub async fn a_licence_from_a_group_cannot_be_changed<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Licences,
{
    is_refused(adapter, stage, stage.people().by_group).await;
}

async fn is_refused<A: Catalogue + Commerce + Licences>(adapter: &A, stage: &impl Stage, who: UserId) {
    let both = with_both(adapter, stage).await;
    let outcome = change(adapter, stage, 1, who, &both).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    assert_eq!(held(adapter, stage, who).await, BTreeSet::from([stage.held()]));
}

/// So many seats of each licence are there.
async fn with_seats<A: Catalogue + Commerce, const N: usize>(
    adapter: &A,
    stage: &impl Stage,
    wanted: [(SkuId, u32); N],
) {
    for (number, (sku, seats)) in (1_000..).step_by(10).zip(wanted) {
        let offer = offer_of(adapter, stage, sku).await;
        let seats = Seats::try_new(seats).expect("seats");
        let want = CartRequest { offer, seats, ..want(adapter, stage, &mark(number)).await };
        let cart = done(adapter.create_cart(key(number), stage.customer(), &want).await);
        done(adapter.check_out(key(number + 1), stage.customer(), &cart.id, &mark(number)).await);
    }
    stage.pass(stage.settled_after());
}

/// Seats for everybody of the two licences that can be held together.
async fn with_both<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) -> [SkuId; 2] {
    let both = [stage.product(), stage.second()];
    with_seats(adapter, stage, both.map(|sku| (sku, SEATS))).await;
    both
}

async fn change<A: Licences>(adapter: &A, stage: &impl Stage, number: u128, who: UserId, to: &[SkuId]) -> Outcome<()> {
    let add = to.iter().map(|sku| (*sku, none())).collect();
    let change = LicenceChange { request: key(number), user: who, add, remove: stage.held() };
    adapter.change_licences(stage.customer(), &change).await
}

/// The old licence alone again.
async fn give_back<A: Licences>(adapter: &A, stage: &impl Stage, number: u128, who: UserId) {
    let old = BTreeMap::from([(stage.held(), none())]);
    for (nth, add, remove) in [(0, old, stage.product()), (1, BTreeMap::new(), stage.second())] {
        let back = LicenceChange { request: key(number + nth), user: who, add, remove };
        done(adapter.change_licences(stage.customer(), &back).await);
    }
}

async fn held<A: Licences>(adapter: &A, stage: &impl Stage, who: UserId) -> BTreeSet<SkuId> {
    adapter.licences_of(stage.customer(), who).await.expect("readable").value.expect("somebody")
}

async fn holders<A: Licences>(adapter: &A, stage: &impl Stage, sku: SkuId) -> BTreeSet<UserId> {
    let mut holders = BTreeSet::new();
    for who in adapter.users(stage.customer()).await.expect("readable").value {
        if held(adapter, stage, who).await.contains(&sku) {
            holders.insert(who);
        }
    }
    holders
}
