//! Places in budgets, and what the log tells of each call.

use crate::support::{
    K1, Noon, Scene, U1, U2, U3, cart, change, config, customer, key, log, mark, recorded, sku, told, user, why,
};
use async_trait::async_trait;
use carryover_partner_center::{Config, MemoryBudgets, PartnerCenter, SetupError, Unpaced};
use carryover_ports::{Admission, Budgets, Commerce, Directory, Draw, Outcome};
use jiff::SignedDuration;
use std::sync::{Arc, Mutex};

/// Budgets that answer as told and remember what they were asked.
struct Told {
    answer: Admission,
    asked: Mutex<Vec<String>>,
    /// What reads of a tenant were said to be allowed.
    reads: Mutex<Vec<u32>>,
}

impl Told {
    fn new(answer: Admission) -> Arc<Self> {
        Arc::new(Self { answer, asked: Mutex::default(), reads: Mutex::default() })
    }

    fn note(&self, what: &str, draws: &[Draw]) {
        let names: Vec<&str> = draws.iter().map(|draw| draw.key.name).collect();
        let whose = draws.iter().find_map(|draw| draw.key.customer);
        assert!(whose.is_none_or(|whose| whose == customer()));
        let reads = draws.iter().filter(|draw| draw.key.name == "graph_reads").map(|draw| draw.allowed);
        self.reads.lock().unwrap().extend(reads);
        self.asked.lock().unwrap().push(format!("{what} {}", names.join(" ")));
    }
}

#[async_trait]
impl Budgets for Told {
    async fn take(&self, draws: &[Draw], _: SignedDuration) -> Admission {
        self.note("take", draws);
        self.answer
    }

    async fn holds(&self, _: &[Draw], _: u64) -> bool {
        true
    }

    async fn refused(&self, draws: &[Draw], retry_after: SignedDuration) {
        self.note(&format!("refused {retry_after:?}"), draws);
    }
}

const AT_ONCE: Admission = Admission::Go { after: SignedDuration::ZERO, place: 0, left: 17 };

const THROTTLED: &str = "\
### the service has enough
POST /pc/v1/customers/{C1}/carts/{CART}/checkout

HTTP/1.1 429 Too Many Requests
Retry-After: 7.5

{\"statusCode\":429,\"message\":\"Rate limit is exceeded. Try again in 7 seconds.\"}
";

#[tokio::test]
async fn a_refusal_reaches_the_budgets_that_paid_for_the_call() {
    let budgets = Told::new(AT_ONCE);
    let scene = Scene::paced(THROTTLED, budgets.clone());
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    assert_eq!(told(&outcome), "throttled for 7s 500ms");
    assert_eq!(*budgets.asked.lock().unwrap(), ["take carts customer", "refused 7s 500ms carts customer"]);
    scene.finish();
}

/// The units in use say how many users there are at least.
#[tokio::test]
async fn a_tenant_that_was_read_is_paced_by_its_size_from_then_on() {
    for (used, expected) in [("20", [3_500, 3_500]), ("600", [3_500, 8_000])] {
        let budgets = Told::new(AT_ONCE);
        let text = recorded("tenancy.http").replace("\"consumedUnits\":20", &format!("\"consumedUnits\":{used}"));
        let scene = Scene::paced(&(text + "\n" + &recorded("holders.http")), budgets.clone());
        scene.adapter.tenancy(customer()).await.unwrap();
        scene.adapter.holders(customer(), sku(K1)).await.unwrap();
        let allowed = budgets.reads.lock().unwrap().clone();
        assert_eq!([allowed[0], *allowed.last().unwrap()], expected, "{used} units");
    }
}

const DOWN: &str = "\
### down, and it says for how long
GET /pc/v1/customers/{C1}

HTTP/1.1 503 Service Unavailable
Retry-After: 4
";

#[tokio::test]
async fn a_service_that_is_down_for_a_while_is_left_alone_by_everybody() {
    let budgets = Told::new(AT_ONCE);
    let scene = Scene::paced(DOWN, budgets.clone());
    let read = why(&scene.adapter.standing(customer()).await.unwrap_err());
    assert_eq!(read, "throttled: the service asks to wait for 4 s");
    assert_eq!(*budgets.asked.lock().unwrap(), ["take accounts customer", "refused 4s accounts customer"]);
    scene.finish();
}

/// Three users change together, of whom the last is refused for a second and a half.
#[tokio::test]
async fn a_user_refused_inside_a_batch_keeps_other_workers_out_of_that_tenant_and_is_counted() {
    let budgets = Arc::new(MemoryBudgets::new(Arc::new(Noon)));
    let at_once = |config: &mut Config| config.budget_wait_max = SignedDuration::ZERO;
    let scene = Scene::set(&recorded("swaps.http"), Scene::vault(), at_once, budgets);
    let changes = [change(U1, &[]), change(U2, &[]), change(U3, &[])];
    scene.adapter.swap(customer(), &changes).await;
    let other = scene.adapter.swap(customer(), &[change(U1, &[])]).await;
    let Outcome::Throttled { retry_after } = &other[&user()] else { panic!("{other:?}") };
    assert!(*retry_after >= SignedDuration::from_millis(1_500), "{retry_after}");
    assert_eq!(scene.count("assignLicense"), 0, "it was sent all the same");
    let counts = scene.adapter.meter().counts();
    let throttled = counts.iter().map(|count| (count.operation, count.throttled)).filter(|(_, many)| *many > 0);
    assert_eq!(throttled.collect::<Vec<_>>(), [("assign licences of a batch", 1)]);
}

#[tokio::test]
async fn what_has_no_place_is_not_sent() {
    let budgets = Told::new(Admission::Later { after: SignedDuration::from_secs(100) });
    let scene = Scene::paced("", budgets.clone());
    let outcome = scene.adapter.check_out(key(), customer(), &cart(), &mark()).await;
    let Outcome::Throttled { retry_after } = outcome else { panic!("{outcome:?}") };
    assert!((100..=110).contains(&retry_after.as_secs()), "{retry_after}: that long, and not all at once");
    let read = why(&scene.adapter.standing(customer()).await.unwrap_err());
    assert!(read.starts_with("throttled: the service asks to wait for 10"), "{read}");
    assert_eq!(scene.count("customers"), 0);
    scene.finish();
}

#[tokio::test]
async fn the_log_tells_each_call_with_its_ids_its_outcome_and_what_is_left() {
    let scene = Scene::paced(THROTTLED, Told::new(AT_ONCE));
    // The log is that of all tests, and what is traced by follows from the key.
    let key = "99999999-0000-4000-8000-0000000000a1".parse().unwrap();
    scene.adapter.check_out(key, customer(), &cart(), &mark()).await;
    let correlation = scene.requests().iter().find_map(|request| {
        let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with("ms-correlationid: "));
        line.map(|line| line[18..].trim().to_owned())
    });
    let correlation = correlation.expect("a correlation id");
    let log = log();
    let line = log
        .lines()
        .find(|line| line.contains(&correlation) && line.contains("not answered as hoped"))
        .expect("a line of that call");
    for part in [
        "operation=\"check out\"",
        &format!("request={key}"),
        "attempt=1",
        "budget_left=17",
        "status=429",
        "outcome=Throttled",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    assert!(!log.contains("Try again in 7 seconds"), "a body was logged unasked");
    scene.finish();
}

#[tokio::test]
async fn bodies_are_logged_when_asked_for_without_what_names_a_person() {
    let text = "\
### a customer
GET /pc/v1/customers/{C1}

HTTP/1.1 200 OK

{\"id\":\"{C1}\",\"companyProfile\":{\"companyName\":\"Someone Nobody Logs\"},\"relationshipToPartner\":\"advisor\"}
";
    let scene = Scene::with(text, Scene::vault(), |config| config.log_bodies = true);
    scene.adapter.standing(customer()).await.unwrap();
    let log = log();
    assert!(log.contains(r#"advisor"#), "no body");
    assert!(!log.contains("Someone Nobody Logs"));
    scene.finish();
}

#[test]
fn a_budget_that_cannot_be_kept_is_named_with_those_that_can() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = config(([127, 0, 0, 1], 9).into());
    config.budgets_lowered.insert("accounts".to_owned(), 900);
    let refused = PartnerCenter::try_new(config, Scene::vault(), Arc::new(Noon), Arc::new(Unpaced)).unwrap_err();
    assert!(matches!(&refused, SetupError::Budget { wish: 900, .. }));
    assert!(refused.to_string().starts_with(
        "a budget `accounts` of 900 cannot be kept: the budgets are accounts (1 to 500 in 60 s), carts (1 to 500 in 60 s)"
    ));
}
