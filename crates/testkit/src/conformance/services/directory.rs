//! Promises of [`Directory`]: pools, holders, and one licence for another in one call.

use super::{
    Catalogue, Commerce, Directory, OPEN, Outcome, RETRY_AFTER, SEATS, Stage, Step, Trouble, bought, mark, none,
};
use carryover_domain::aftermath::{Provisioning, Service};
use carryover_domain::facts::{Holder, Via};
use carryover_domain::ids::{RequestId, SkuId, UserId};
use carryover_ports::{LicenceChange, RefusalKind, Unavailable};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Makes one test of every promise of `Directory`. Takes what `commerce!` takes; the adapter implements all three ports.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_directory {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            a_tenancy_shows_what_others_sold
            a_tenancy_shows_what_we_sold_once_the_seats_are_there
            the_tenancy_of_a_stranger_is_closed_to_us
            a_tenancy_that_cannot_be_read_is_no_answer
            holders_are_told_with_how_they_hold_it
            services_are_told_of_a_few_who_hold_it_and_the_errors_of_groups
            services_of_users_are_told_by_user
            a_swap_leaves_the_user_with_the_new_licence_alone_and_can_be_repeated
            users_who_are_swapped_together_have_a_fate_each
            a_swap_without_an_answer_is_in_doubt_and_its_repeat_is_done
            a_swap_that_is_throttled_changed_nothing
            a_swap_without_a_free_unit_is_refused_and_takes_nothing
            a_swap_of_somebody_without_a_location_is_refused
            a_licence_from_a_group_cannot_be_swapped
        }
    };
}

/// Subscriptions of every channel, and units in use.
pub async fn a_tenancy_shows_what_others_sold<A: Directory>(adapter: &A, stage: &impl Stage) {
    let tenancy = adapter.tenancy(stage.customer()).await.expect("readable").value;
    assert!(tenancy.subscriptions.iter().any(|held| held.sku == stage.held()), "{tenancy:?}");
    let pool = tenancy.pool(stage.held());
    assert!(pool.enabled > 0 && pool.consumed > 0 && !pool.plans.is_empty(), "{pool:?}");
}

/// Under the id that the order named, and in the pool.
pub async fn a_tenancy_shows_what_we_sold_once_the_seats_are_there<A: Catalogue + Commerce + Directory>(
    adapter: &A,
    stage: &impl Stage,
) {
    let bought = bought(adapter, stage, 10).await;
    stage.pass(stage.settled_after());
    let orders = adapter.orders_marked(stage.customer(), &mark(10), bought.ordered_at).await.expect("readable").value;
    let id = orders.first().and_then(|order| order.subscription.clone()).expect("named by now");
    let tenancy = adapter.tenancy(stage.customer()).await.expect("readable").value;
    assert_eq!(tenancy.subscription(&id).expect("shown by now").seats, SEATS);
    assert_eq!(tenancy.pool(stage.product()).enabled, SEATS);
}

/// Forbidden, which is no passing fault.
pub async fn the_tenancy_of_a_stranger_is_closed_to_us<A: Directory>(adapter: &A, stage: &impl Stage) {
    let read = adapter.tenancy(stage.stranger()).await;
    assert!(matches!(read, Err(Unavailable::Forbidden(_))), "{read:?}");
}

/// No answer is never taken for an empty tenant.
pub async fn a_tenancy_that_cannot_be_read_is_no_answer<A: Directory>(adapter: &A, stage: &impl Stage) {
    for trouble in [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::Throttled] {
        stage.strike(Step::ReadTenancy, trouble);
        let read = adapter.tenancy(stage.customer()).await;
        stage.calm();
        assert!(
            matches!(read, Err(Unavailable::Unreachable(_) | Unavailable::Throttled { .. })),
            "{trouble:?}: {read:?}"
        );
    }
}

/// Directly or through a group, with a location or without.
pub async fn holders_are_told_with_how_they_hold_it<A: Directory>(adapter: &A, stage: &impl Stage) {
    let holders = holders(adapter, stage, stage.held()).await;
    assert!(holders.iter().filter(|it| it.via == Via::Direct && it.has_usage_location).count() >= 2, "{holders:?}");
    assert!(holders.iter().any(|it| it.via == Via::Group), "{holders:?}");
    assert!(holders.iter().any(|it| !it.has_usage_location), "{holders:?}");
    assert_eq!(self::holders(adapter, stage, stage.product()).await, []);
}

/// Of some holders, each with what the service says of it; who holds nothing has none.
pub async fn services_are_told_of_a_few_who_hold_it_and_the_errors_of_groups<A: Directory>(
    adapter: &A,
    stage: &impl Stage,
) {
    let seen = adapter.services(stage.customer(), stage.held()).await.expect("readable").value;
    let sample = seen.sample.expect("we may look");
    let works = |service: &Service| service.provisioning == Provisioning::Success && !service.name.is_empty();
    assert!(!sample.is_empty() && sample.iter().flatten().any(works), "{sample:?}");
    assert_eq!(seen.groups_with_errors, Some(0));
    let nobody = adapter.services(stage.customer(), stage.product()).await.expect("readable").value;
    assert_eq!(nobody.sample, Some(Vec::new()));
}

/// Of those who were asked for alone, also where one does not exist.
pub async fn services_of_users_are_told_by_user<A: Directory>(adapter: &A, stage: &impl Stage) {
    let asked: BTreeSet<UserId> = direct(adapter, stage).await.iter().map(|it| it.user).take(2).collect();
    let with_nobody = asked.iter().copied().chain([UserId::new(Uuid::nil())]).collect();
    let seen = adapter.services_of(stage.customer(), &with_nobody).await.expect("readable").value.expect("we may look");
    assert!(seen.keys().eq(&asked), "{seen:?}");
    assert!(seen.values().all(|services| !services.is_empty()), "{seen:?}");
}

/// Never both, never neither; and once more changes nothing.
pub async fn a_swap_leaves_the_user_with_the_new_licence_alone_and_can_be_repeated<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Directory,
{
    let who = with_seats(adapter, stage).await;
    for _ in 0..2 {
        assert_eq!(swap(adapter, stage, &who).await, Outcome::Done(()));
    }
    assert!(moved(adapter, stage, &who).await);
}

/// What is wrong with one keeps nobody else from changing.
pub async fn users_who_are_swapped_together_have_a_fate_each<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Directory,
{
    with_seats(adapter, stage).await;
    let all = holders(adapter, stage, stage.held()).await;
    let changes: Vec<LicenceChange> = all.iter().map(|who| change(stage, who)).collect();
    let fates = adapter.swap(stage.customer(), &changes).await;
    assert_eq!(fates.len(), all.len());
    for who in &all {
        let can_be = who.via == Via::Direct && who.has_usage_location;
        assert_eq!(matches!(fates[&who.user], Outcome::Done(())), can_be, "{who:?}: {fates:?}");
        assert_eq!(moved(adapter, stage, who).await, can_be, "{who:?}");
    }
}

/// Whether it was done or not, the repeat ends with the new licence alone.
pub async fn a_swap_without_an_answer_is_in_doubt_and_its_repeat_is_done<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Directory,
{
    with_seats(adapter, stage).await;
    let direct = direct(adapter, stage).await;
    for (trouble, who) in OPEN.into_iter().zip(direct.iter().cycle()) {
        stage.strike(Step::Swap, trouble);
        let outcome = swap(adapter, stage, who).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        assert_eq!(swap(adapter, stage, who).await, Outcome::Done(()), "{trouble:?}");
        assert!(moved(adapter, stage, who).await, "{trouble:?}");
    }
}

/// The time is handed on, and the user keeps the old licence.
pub async fn a_swap_that_is_throttled_changed_nothing<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Directory,
{
    let who = with_seats(adapter, stage).await;
    stage.strike(Step::Swap, Trouble::Throttled);
    let outcome = swap(adapter, stage, &who).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { retry_after } if retry_after >= RETRY_AFTER), "{outcome:?}");
    assert!(!moved(adapter, stage, &who).await);
}

/// Refused by its kind, and the user keeps the old licence.
pub async fn a_swap_without_a_free_unit_is_refused_and_takes_nothing<A: Directory>(adapter: &A, stage: &impl Stage) {
    let who = direct(adapter, stage).await.swap_remove(0);
    let outcome = swap(adapter, stage, &who).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::NoFreeUnits), "{outcome:?}");
    assert!(holders(adapter, stage, stage.held()).await.iter().any(|it| it.user == who.user));
}

/// Refused by its kind, and the user keeps the old licence.
pub async fn a_swap_of_somebody_without_a_location_is_refused<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Directory,
{
    with_seats(adapter, stage).await;
    refused(adapter, stage, |it| it.via == Via::Direct && !it.has_usage_location).await;
}

/// Refused by its kind: only the group can give it up.
pub async fn a_licence_from_a_group_cannot_be_swapped<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Directory,
{
    with_seats(adapter, stage).await;
    refused(adapter, stage, |it| it.via == Via::Group).await;
}

async fn refused<A: Directory>(adapter: &A, stage: &impl Stage, who: impl Fn(&Holder) -> bool) {
    let before = holders(adapter, stage, stage.held()).await;
    let who = before.iter().find(|it| who(it)).expect("somebody like that");
    let outcome = swap(adapter, stage, who).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::LicenceNotAssignable), "{outcome:?}");
    assert_eq!(holders(adapter, stage, stage.held()).await, before);
}

async fn holders<A: Directory>(adapter: &A, stage: &impl Stage, sku: SkuId) -> Vec<Holder> {
    adapter.holders(stage.customer(), sku).await.expect("readable").value
}

/// Those who hold the old licence directly and can be given another.
async fn direct<A: Directory>(adapter: &A, stage: &impl Stage) -> Vec<Holder> {
    let mut holders = holders(adapter, stage, stage.held()).await;
    holders.retain(|it| it.via == Via::Direct && it.has_usage_location);
    assert!(holders.len() >= 2, "{holders:?}");
    holders
}

/// Seats of the new licence are there. Answers with somebody who could have one.
async fn with_seats<A: Catalogue + Commerce + Directory>(adapter: &A, stage: &impl Stage) -> Holder {
    bought(adapter, stage, 10).await;
    stage.pass(stage.settled_after());
    direct(adapter, stage).await.swap_remove(0)
}

fn change(stage: &impl Stage, who: &Holder) -> LicenceChange {
    LicenceChange {
        request: RequestId::new(who.user.as_uuid()),
        user: who.user,
        add: BTreeMap::from([(stage.product(), none())]),
        remove: stage.held(),
    }
}

async fn swap<A: Directory>(adapter: &A, stage: &impl Stage, who: &Holder) -> Outcome<()> {
    let fates = adapter.swap(stage.customer(), &[change(stage, who)]).await;
    assert_eq!(fates.keys().collect::<Vec<_>>(), [&who.user]);
    fates.into_values().next().expect("a fate")
}

/// Whether somebody holds the new licence and not the old one.
async fn moved<A: Directory>(adapter: &A, stage: &impl Stage, who: &Holder) -> bool {
    let holds = async |sku| holders(adapter, stage, sku).await.iter().any(|it| it.user == who.user);
    let (old, new) = (holds(stage.held()).await, holds(stage.product()).await);
    assert!(old || new, "somebody is without a licence");
    new && !old
}
