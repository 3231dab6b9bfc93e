//! What whoever keeps budgets must do. One function per promise of [`Budgets`]; each is handed budgets that nothing was taken
//! from yet. They run by the system's clock, and nobody sleeps: what is said of a wait is what is looked at.
//!
//! Call [`budgets!`](macro@super::budgets) rather than the functions: then a promise that is added later is tested too.

use carryover_domain::ids::TenantId;
use carryover_ports::{Admission, BudgetKey, Budgets, Draw};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Makes one test of every promise that budgets must keep. Takes what [`store!`](macro@super::store) takes, with budgets in
/// place of the store.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_budgets {
    ($fresh:expr) => {
        $crate::__conformance_budgets! { $fresh =>
            who_comes_first_goes_at_once
            no_span_sees_more_than_is_allowed_and_nearly_all_of_it_is_used
            what_costs_more_takes_more
            of_many_at_once_no_more_go_than_is_allowed
            what_would_wait_too_long_takes_nothing
            a_call_takes_from_all_its_budgets_or_from_none
            customers_have_budgets_of_their_own
            partners_have_budgets_of_their_own
            a_refusal_closes_the_customers_budget_and_not_the_others
            a_second_customers_refusal_closes_the_budget_of_all
            what_is_about_no_customer_closes_what_it_drew_on
            a_place_that_was_given_away_before_a_refusal_is_gone
            after_a_refusal_the_pace_is_lower
        }
    };
    ($fresh:expr => $($case:ident)*) => { $(
        #[test]
        fn $case() {
            $crate::conformance::run(async {
                let fresh = $crate::conformance::store::Fresh::fresh(($fresh)());
                let Some((budgets, _guard)) = fresh else { return };
                $crate::conformance::budgets::$case(::std::sync::Arc::new(budgets)).await;
            });
        }
    )* };
}

/// Longer than any wait here.
const EVER: SignedDuration = SignedDuration::from_hours(1_000);

fn tenant(number: u128) -> TenantId {
    TenantId::new(Uuid::from_u128(number))
}

/// A draw of 1 upon what allows 120 a minute.
fn draw(name: &'static str, customer: Option<u128>) -> Draw {
    let key = BudgetKey { name, partner: tenant(1), customer: customer.map(tenant) };
    Draw { key, allowed: 120, per: SignedDuration::from_mins(1), cost: 1 }
}

/// What a call about `customer` draws upon: one budget of all and one of its own.
fn both(customer: u128) -> [Draw; 2] {
    [draw("all", None), draw("own", Some(customer))]
}

async fn go<B: Budgets>(budgets: &B, draws: &[Draw]) -> (SignedDuration, u64) {
    match budgets.take(draws, EVER).await {
        Admission::Go { after, place, .. } => (after, place),
        later @ Admission::Later { .. } => panic!("there is all the time in the world: {later:?}"),
    }
}

/// How long a call would wait, which takes nothing.
async fn wait<B: Budgets>(budgets: &B, draws: &[Draw]) -> SignedDuration {
    match budgets.take(draws, SignedDuration::from_secs(-1)).await {
        Admission::Later { after } => after,
        gone @ Admission::Go { .. } => panic!("it must not go: {gone:?}"),
    }
}

/// When each of `count` calls leaves, in milliseconds from now on.
async fn leaving<B: Budgets>(budgets: &B, draws: &[Draw], count: usize) -> Vec<u128> {
    let start = Instant::now();
    let mut leaving = Vec::new();
    for _ in 0..count {
        let asked = start.elapsed();
        let (after, _) = go(budgets, draws).await;
        leaving.push((asked + after.unsigned_abs()).as_millis());
    }
    leaving
}

/// The most that leave within a minute. The clocks of who asks and who answers are some milliseconds apart.
fn most_within_a_minute(mut leaving: Vec<u128>) -> usize {
    leaving.sort_unstable();
    let within = |from: usize| leaving[from..].iter().take_while(|at| **at < leaving[from] + 59_000).count();
    (0..leaving.len()).map(within).max().unwrap_or_default()
}

/// Nobody waits for nothing.
pub async fn who_comes_first_goes_at_once<B: Budgets>(budgets: Arc<B>) {
    let admission = budgets.take(&both(7), SignedDuration::ZERO).await;
    let Admission::Go { after, left, place } = admission else { panic!("{admission:?}") };
    assert!(after.is_zero() && left > 100 && left <= 120, "{admission:?}");
    assert!(budgets.holds(&both(7), place).await);
}

/// Whatever minute one looks at.
pub async fn no_span_sees_more_than_is_allowed_and_nearly_all_of_it_is_used<B: Budgets>(budgets: Arc<B>) {
    let leaving = leaving(&*budgets, &[draw("all", None)], 400).await;
    let most = most_within_a_minute(leaving);
    assert!((108..=120).contains(&most), "{most} left within a minute");
}

/// A call that costs four is four calls.
pub async fn what_costs_more_takes_more<B: Budgets>(budgets: Arc<B>) {
    let costly = [Draw { cost: 4, ..draw("all", None) }];
    let most = most_within_a_minute(leaving(&*budgets, &costly, 100).await);
    assert!((26..=30).contains(&most), "{most} left within a minute");
}

/// The sum counts, whoever asks.
pub async fn of_many_at_once_no_more_go_than_is_allowed<B: Budgets + 'static>(budgets: Arc<B>) {
    let start = Instant::now();
    let tasks: Vec<_> = (0..20_u128)
        .map(|number| {
            let budgets = Arc::clone(&budgets);
            tokio::spawn(async move {
                let mut leaving = Vec::new();
                for _ in 0..15 {
                    let asked = start.elapsed();
                    let (after, _) = go(&*budgets, &both(number)).await;
                    leaving.push((asked + after.unsigned_abs()).as_millis());
                }
                leaving
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("it ends"));
    }
    let most = most_within_a_minute(all);
    assert!((108..=125).contains(&most), "{most} left within a minute");
}

/// Whoever is sent away has cost nobody a place.
pub async fn what_would_wait_too_long_takes_nothing<B: Budgets>(budgets: Arc<B>) {
    let draws = [draw("all", None)];
    leaving(&*budgets, &draws, 60).await;
    let before = wait(&*budgets, &draws).await;
    for _ in 0..20 {
        assert!(matches!(budgets.take(&draws, SignedDuration::from_secs(5)).await, Admission::Later { .. }));
    }
    let after = wait(&*budgets, &draws).await;
    assert!(after <= before, "{after:?} and not {before:?}");
}

/// The scarcest decides, and where it says no the others keep what they have.
pub async fn a_call_takes_from_all_its_budgets_or_from_none<B: Budgets>(budgets: Arc<B>) {
    leaving(&*budgets, &[draw("own", Some(7))], 60).await;
    let scarce = wait(&*budgets, &[draw("own", Some(7))]).await;
    assert!(wait(&*budgets, &both(7)).await >= scarce - SignedDuration::from_secs(5));
    for _ in 0..20 {
        let _later = budgets.take(&both(7), SignedDuration::from_secs(1)).await;
    }
    assert!(wait(&*budgets, &[draw("all", None)]).await.is_zero());
    go(&*budgets, &both(7)).await;
    let all = wait(&*budgets, &[draw("all", None)]).await;
    assert!(all > SignedDuration::ZERO, "it was taken from both");
}

/// One customer's calls leave the others theirs.
pub async fn customers_have_budgets_of_their_own<B: Budgets>(budgets: Arc<B>) {
    leaving(&*budgets, &[draw("own", Some(7))], 60).await;
    assert!(wait(&*budgets, &[draw("own", Some(7))]).await > SignedDuration::from_secs(20));
    assert!(wait(&*budgets, &[draw("own", Some(8))]).await.is_zero());
}

/// So do one partner's.
pub async fn partners_have_budgets_of_their_own<B: Budgets>(budgets: Arc<B>) {
    leaving(&*budgets, &[draw("all", None)], 60).await;
    let mut other = draw("all", None);
    other.key.partner = tenant(2);
    assert!(wait(&*budgets, &[other]).await.is_zero());
}

/// Which limit was meant nobody says; so the customer's is.
pub async fn a_refusal_closes_the_customers_budget_and_not_the_others<B: Budgets>(budgets: Arc<B>) {
    budgets.refused(&both(7), SignedDuration::from_mins(3)).await;
    let closed = wait(&*budgets, &both(7)).await;
    assert!(closed > SignedDuration::from_secs(175), "{closed:?}");
    assert!(wait(&*budgets, &both(8)).await.is_zero());
    budgets.refused(&both(7), SignedDuration::from_mins(3)).await;
    assert!(wait(&*budgets, &both(8)).await.is_zero(), "the same customer again says nothing of the others");
}

/// Two customers refused within a span: then it is the partner's.
pub async fn a_second_customers_refusal_closes_the_budget_of_all<B: Budgets>(budgets: Arc<B>) {
    budgets.refused(&both(7), SignedDuration::from_mins(3)).await;
    budgets.refused(&both(8), SignedDuration::from_mins(4)).await;
    let closed = wait(&*budgets, &both(9)).await;
    assert!(closed > SignedDuration::from_secs(235), "{closed:?}");
}

/// Where no customer is in question, what was drawn on is meant.
pub async fn what_is_about_no_customer_closes_what_it_drew_on<B: Budgets>(budgets: Arc<B>) {
    budgets.refused(&[draw("all", None)], SignedDuration::from_mins(3)).await;
    assert!(wait(&*budgets, &both(7)).await > SignedDuration::from_secs(175));
}

/// Whoever waits takes another place, so that not all leave together when it opens.
pub async fn a_place_that_was_given_away_before_a_refusal_is_gone<B: Budgets>(budgets: Arc<B>) {
    leaving(&*budgets, &both(7), 10).await;
    let (after, place) = go(&*budgets, &both(7)).await;
    assert!(after > SignedDuration::ZERO);
    assert!(budgets.holds(&both(7), place).await);
    budgets.refused(&both(7), SignedDuration::from_secs(1)).await;
    assert!(!budgets.holds(&both(7), place).await);
    let (_, place) = go(&*budgets, &both(7)).await;
    assert!(budgets.holds(&both(7), place).await);
}

/// A refusal shows that the pace was too high.
pub async fn after_a_refusal_the_pace_is_lower<B: Budgets>(budgets: Arc<B>) {
    let draws = [draw("own", Some(7))];
    budgets.refused(&draws, SignedDuration::from_secs(1)).await;
    let most = most_within_a_minute(leaving(&*budgets, &draws, 300).await);
    assert!((20..=100).contains(&most), "{most} left within a minute");
}
