//! Promises of [`Resellers`]: who resells for an indirect provider, and whom a purchase may name.

use super::{
    Catalogue, Commerce, Outcome, Provider, Resellers, Step, Trouble, UNANSWERED, done, is_no_answer, key, mark, want,
};
use carryover_domain::facts::CartRequest;
use carryover_domain::ids::PartnerId;
use carryover_domain::value::Seats;
use carryover_ports::{Refusal, Tie, TiedPartner, Unavailable};
use std::collections::BTreeSet;

/// Makes one test of every promise of `Resellers`. Takes a function like that of `commerce!`, whose stage is a
/// [`Provider`](crate::conformance::services::Provider); the adapter implements `Commerce` and `Catalogue` as well.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_resellers {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            a_provider_is_told_all_its_resellers_and_has_no_provider
            a_customer_is_told_with_the_reseller_that_it_belongs_to
            whom_a_stranger_belongs_to_is_closed_to_us
            a_partner_has_a_name_and_nobody_has_none
            a_partner_has_agreed_or_not_and_who_is_none_is_no_answer
            whom_a_purchase_may_name_is_told_one_by_one
            nobody_is_asked_about_nobody
            a_purchase_names_a_reseller_that_it_may_name
            a_purchase_that_names_another_or_nobody_is_refused
            whoever_a_refused_purchase_names_is_asked_after_again
            ties_that_cannot_be_read_are_no_answer
            names_that_cannot_be_read_are_no_answer
            agreements_of_partners_that_cannot_be_read_are_no_answer
            a_verdict_that_cannot_be_read_is_no_answer
        }
    };
}

/// In force or not, each with its name and its partner id.
pub async fn a_provider_is_told_all_its_resellers_and_has_no_provider<A: Resellers>(
    adapter: &A,
    stage: &impl Provider,
) {
    let mut told = adapter.tied(Tie::Resellers).await.expect("readable").value;
    let mut all = vec![stage.reseller(), stage.dormant(), stage.unagreed()];
    for list in [&mut told, &mut all] {
        list.sort_by_key(|partner| partner.tenant);
    }
    assert_eq!(told, all);
    assert_eq!(adapter.tied(Tie::Providers).await.expect("an answer").value, []);
}

/// A customer of ours alone has none.
pub async fn a_customer_is_told_with_the_reseller_that_it_belongs_to<A: Resellers>(adapter: &A, stage: &impl Provider) {
    assert_eq!(adapter.resellers_of(stage.customer()).await.expect("readable").value, [stage.reseller()]);
    assert_eq!(adapter.resellers_of(stage.unsigned()).await.expect("an answer").value, []);
}

/// Forbidden, which is no passing fault.
pub async fn whom_a_stranger_belongs_to_is_closed_to_us<A: Resellers>(adapter: &A, stage: &impl Provider) {
    let read = adapter.resellers_of(stage.stranger()).await;
    assert!(matches!(read, Err(Unavailable::Forbidden(_))), "{read:?}");
}

/// Ours where no id is given.
pub async fn a_partner_has_a_name_and_nobody_has_none<A: Resellers>(adapter: &A, stage: &impl Provider) {
    let reseller = stage.reseller();
    let name = async |id: Option<&str>| adapter.partner_name(id).await.expect("an answer").value;
    assert_eq!(name(reseller.partner_id.as_deref()).await, Some(reseller.name));
    assert!(name(None).await.is_some_and(|ours| !ours.is_empty()));
    assert_eq!(name(Some(NOBODY)).await, None);
}

/// A tenant that is no partner is neither.
pub async fn a_partner_has_agreed_or_not_and_who_is_none_is_no_answer<A: Resellers>(
    adapter: &A,
    stage: &impl Provider,
) {
    assert!(adapter.has_agreed(stage.reseller().tenant).await.expect("readable").value);
    assert!(!adapter.has_agreed(stage.unagreed().tenant).await.expect("readable").value);
    let customer = adapter.has_agreed(stage.customer()).await;
    assert!(matches!(customer, Err(Unavailable::Unreadable(_))), "{customer:?}");
}

/// Each that may not has a code and words for people.
pub async fn whom_a_purchase_may_name_is_told_one_by_one<A: Resellers>(adapter: &A, stage: &impl Provider) {
    let [may, dormant, unagreed] = [stage.reseller(), stage.dormant(), stage.unagreed()].map(|it| id(&it));
    let asked = BTreeSet::from([may.clone(), dormant.clone(), unagreed.clone(), NOBODY.to_owned()]);
    let mut told = adapter.on_record(&asked).await.expect("readable").value;
    assert_eq!(told.remove(&may), Some(None));
    for not in [dormant, unagreed] {
        let why = told.remove(&not).flatten();
        assert!(
            why.as_ref().is_some_and(|Refusal { code, detail, .. }| !code.is_empty() && !detail.is_empty()),
            "{why:?}"
        );
    }
    // One that is not known is left out, or is refused.
    assert!(!told.values().any(Option::is_none), "{told:?}");
}

/// An empty answer, not a failure.
pub async fn nobody_is_asked_about_nobody<A: Resellers>(adapter: &A, _stage: &impl Provider) {
    assert!(adapter.on_record(&BTreeSet::new()).await.expect("an answer").value.is_empty());
}

/// And is bought once.
pub async fn a_purchase_names_a_reseller_that_it_may_name<A>(adapter: &A, stage: &impl Provider)
where
    A: Resellers + Catalogue + Commerce,
{
    let named = through(adapter, stage, Some(&id(&stage.reseller()))).await;
    let cart = done(adapter.create_cart(key(1), stage.customer(), &named).await);
    done(adapter.check_out(key(2), stage.customer(), &cart.id, &mark(1)).await);
    assert_eq!(stage.purchases(), 1);
}

/// Nothing is bought.
pub async fn a_purchase_that_names_another_or_nobody_is_refused<A>(adapter: &A, stage: &impl Provider)
where
    A: Resellers + Catalogue + Commerce,
{
    let [dormant, unagreed] = [stage.dormant(), stage.unagreed()].map(|it| id(&it));
    for (number, who) in (1..).zip([Some(dormant.as_str()), Some(unagreed.as_str()), Some(NOBODY), None]) {
        let wrong = through(adapter, stage, who).await;
        let outcome = adapter.create_cart(key(number), stage.customer(), &wrong).await;
        assert!(matches!(outcome, Outcome::Refused(_)), "{who:?}: {outcome:?}");
    }
    assert_eq!(stage.purchases(), 0);
}

/// Whatever was remembered of it: it may be why.
pub async fn whoever_a_refused_purchase_names_is_asked_after_again<A>(adapter: &A, stage: &impl Provider)
where
    A: Resellers + Catalogue + Commerce,
{
    let reseller = id(&stage.reseller());
    let ids = BTreeSet::from([reseller.clone()]);
    assert!(adapter.on_record(&ids).await.is_ok());
    let seats = Seats::try_new(1_000_000).expect("some");
    let many = CartRequest { seats, ..through(adapter, stage, Some(&reseller)).await };
    let outcome = adapter.create_cart(key(1), stage.customer(), &many).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    stage.strike(Step::ReadPartners, Trouble::RequestLost);
    let read = adapter.on_record(&ids).await;
    stage.calm();
    assert!(is_no_answer(&read), "{read:?}");
}

/// No answer is never taken for "nobody".
pub async fn ties_that_cannot_be_read_are_no_answer<A: Resellers>(adapter: &A, stage: &impl Provider) {
    for trouble in UNANSWERED {
        stage.strike(Step::ReadPartners, trouble);
        let (ours, theirs) = (adapter.tied(Tie::Resellers).await, adapter.resellers_of(stage.customer()).await);
        stage.calm();
        assert!(is_no_answer(&ours) && is_no_answer(&theirs), "{trouble:?}: {ours:?} {theirs:?}");
    }
}

/// No answer is never taken for "nobody has it".
pub async fn names_that_cannot_be_read_are_no_answer<A: Resellers>(adapter: &A, stage: &impl Provider) {
    for trouble in UNANSWERED {
        stage.strike(Step::ReadPartners, trouble);
        let read = adapter.partner_name(stage.reseller().partner_id.as_deref()).await;
        stage.calm();
        assert!(is_no_answer(&read), "{trouble:?}: {read:?}");
    }
}

/// No answer is never taken for "no".
pub async fn agreements_of_partners_that_cannot_be_read_are_no_answer<A: Resellers>(
    adapter: &A,
    stage: &impl Provider,
) {
    for trouble in UNANSWERED {
        stage.strike(Step::ReadPartners, trouble);
        let read = adapter.has_agreed(stage.reseller().tenant).await;
        stage.calm();
        assert!(is_no_answer(&read), "{trouble:?}: {read:?}");
    }
}

/// No answer is never taken for "it may be named", nor for "it is not known".
pub async fn a_verdict_that_cannot_be_read_is_no_answer<A: Resellers>(adapter: &A, stage: &impl Provider) {
    for trouble in UNANSWERED {
        stage.strike(Step::ReadPartners, trouble);
        let read = adapter.on_record(&BTreeSet::from([id(&stage.reseller())])).await;
        stage.calm();
        assert!(is_no_answer(&read), "{trouble:?}: {read:?}");
    }
}

/// A partner id that nobody has.
const NOBODY: &str = "999999999";

fn id(partner: &TiedPartner) -> String {
    partner.partner_id.clone().expect("a stage names partners with their ids")
}

async fn through<A: Catalogue>(adapter: &A, stage: &impl Provider, who: Option<&str>) -> CartRequest {
    let reseller = who.map(|id| PartnerId::try_new(id).expect("an id"));
    CartRequest { reseller, ..want(adapter, stage, &mark(1)).await }
}
