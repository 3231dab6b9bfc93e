//! The partner's webhook: its registration, and the notifications that are owed to it (fact sheet 20).
//!
//! Says what is to be sent and when, and what became of it; sends nothing itself.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use uuid::Uuid;

use super::{Ledger, Refusal, calendar};
use crate::ids::{SubscriptionId, TenantId};
use crate::prng::Prng;

/// Events that can be registered for (fact sheet 20.4). Nothing here causes those of the old delegated administration, of fraud,
/// usage and invoices.
pub const EVENTS: [&str; 17] = [
    TEST,
    SUBSCRIPTION_UPDATED,
    RELATIONSHIP_ACCEPTED,
    AdminEvent::Approved.name(),
    AdminEvent::Activated.name(),
    AdminEvent::Terminated.name(),
    AdminEvent::Expired.name(),
    AdminEvent::AssignmentCreated.name(),
    AdminEvent::AssignmentActivated.name(),
    AdminEvent::AssignmentUpdated.name(),
    "granular-admin-access-assignment-deleted",
    "dap-admin-relationship-approved",
    "dap-admin-relationship-terminated",
    "dap-admin-relationship-terminated-by-microsoft",
    "azure-fraud-event-detected",
    "usagerecords-thresholdExceeded",
    "invoice-ready",
];
/// How the names of further events begin, which are not told one by one.
const MORE_EVENTS: [&str; 2] = ["referral-", "related-referral-"];
const TEST: &str = "test-created";
const SUBSCRIPTION_UPDATED: &str = "subscription-updated";
const RELATIONSHIP_ACCEPTED: &str = "reseller-relationship-accepted-by-customer";

/// What happens to delegated administration, as far as it can happen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AdminEvent {
    Approved,
    Activated,
    Terminated,
    Expired,
    AssignmentCreated,
    AssignmentActivated,
    AssignmentUpdated,
}

impl AdminEvent {
    const fn name(self) -> &'static str {
        match self {
            AdminEvent::Approved => "granular-admin-relationship-approved",
            AdminEvent::Activated => "granular-admin-relationship-activated",
            AdminEvent::Terminated => "granular-admin-relationship-terminated",
            AdminEvent::Expired => "granular-admin-relationship-expired",
            AdminEvent::AssignmentCreated => "granular-admin-access-assignment-created",
            AdminEvent::AssignmentActivated => "granular-admin-access-assignment-activated",
            AdminEvent::AssignmentUpdated => "granular-admin-access-assignment-updated",
        }
    }
}

/// Attempts until a notification is given up.
const ATTEMPTS: u32 = 10;
/// Validation events in a minute.
const VALIDATIONS_PER_MINUTE: usize = 2;

/// What becomes of a notification on its way: there is no order, and nothing is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is sent when it is due.
    Sent,
    /// It never comes.
    Lost,
    /// It comes twice.
    Twice,
    /// It comes so many minutes later.
    Later(u32),
}

/// Everything about webhooks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Webhooks {
    pub(crate) registration: Option<Registration>,
    owed: BTreeMap<u64, Notification>,
    made: u64,
    validations: BTreeMap<Uuid, Validation>,
}

/// Where the partner wants to be told what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    /// Whether the signature goes into `x-ms-signature` instead of `Authorization`.
    pub(crate) own_header: bool,
    pub(crate) modified: Timestamp,
}

/// A notification that is owed.
#[derive(Debug, Clone)]
pub(crate) struct Notification {
    pub(crate) number: u64,
    pub(crate) event: &'static str,
    pub(crate) resource: &'static str,
    /// Path of the resource below the service's base.
    pub(crate) path: String,
    pub(crate) changed: Timestamp,
    due: Timestamp,
    attempts: u32,
    validation: Option<Uuid>,
    /// Whether it is settled what becomes of it on its way.
    fated: bool,
}

/// A test of the partner's endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Validation {
    pub(crate) asked: Timestamp,
    pub(crate) done: bool,
    pub(crate) url: String,
    pub(crate) results: Vec<Attempt>,
}

/// One attempt to deliver.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The status that came back; `None` where nothing did.
    pub(crate) status: Option<u16>,
    pub(crate) at: Timestamp,
}

/// A refusal that is about webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WebhookRefusal {
    /// One exists; change it instead.
    #[error("a registration exists already")]
    Exists,
    /// None exists.
    #[error("there is no registration")]
    None,
    /// No validation event has that id.
    #[error("the validation event was not found")]
    UnknownValidation,
    /// Two a minute are allowed.
    #[error("too many validation events; the next one may come in {0} seconds")]
    TooMany(u32),
}

impl WebhookRefusal {
    pub(super) fn status_and_code(self) -> (u16, u32) {
        match self {
            WebhookRefusal::Exists => (409, 3000),
            WebhookRefusal::None | WebhookRefusal::UnknownValidation => (404, 1000),
            WebhookRefusal::TooMany(_) => (429, 2000),
        }
    }
}

impl Ledger {
    /// The registration, if there is one.
    pub(crate) fn registration(&self) -> Result<&Registration, Refusal> {
        self.webhooks.registration.as_ref().ok_or_else(|| WebhookRefusal::None.into())
    }

    /// Registers an endpoint, or replaces the one there is.
    pub fn register(
        &mut self,
        url: String,
        events: Vec<String>,
        own_header: bool,
        replace: bool,
    ) -> Result<(), Refusal> {
        match (&self.webhooks.registration, replace) {
            (Some(_), false) => return Err(WebhookRefusal::Exists.into()),
            (None, true) => return Err(WebhookRefusal::None.into()),
            _ => {}
        }
        let known = |event: &str| EVENTS.contains(&event) || MORE_EVENTS.iter().any(|more| event.starts_with(more));
        if let Some(unknown) = events.iter().find(|event| !known(event)) {
            return Err(Refusal::InvalidArgument(format!("{unknown} is not an event")));
        }
        self.webhooks.registration = Some(Registration { url, events, own_header, modified: self.now });
        Ok(())
    }

    /// Sends a test to the endpoint.
    pub fn validate_webhook(&mut self) -> Result<Uuid, Refusal> {
        let url = self.registration()?.url.clone();
        let now = self.now;
        let minute = SignedDuration::from_mins(1);
        let mut recent: Vec<Timestamp> =
            self.webhooks.validations.values().map(|validation| validation.asked).collect();
        recent.retain(|asked| now.duration_since(*asked) < minute);
        recent.sort_unstable();
        if recent.len() >= VALIDATIONS_PER_MINUTE {
            let free = recent[recent.len() - VALIDATIONS_PER_MINUTE] + minute;
            return Err(WebhookRefusal::TooMany(calendar::wait(now, free)).into());
        }
        let id = Uuid::new_v5(&self.seed.partner.tenant_id.0, format!("validation {}", self.webhooks.made).as_bytes());
        self.webhooks.validations.insert(id, Validation { asked: now, done: false, url, results: Vec::new() });
        let path = format!("/webhooks/v1/registration/validationEvents/{id}");
        self.owe(TEST, "test", path, now, Some(id));
        Ok(id)
    }

    /// A test and its results.
    pub(crate) fn webhook_validation(&self, id: Uuid) -> Result<&Validation, Refusal> {
        self.webhooks.validations.get(&id).ok_or_else(|| WebhookRefusal::UnknownValidation.into())
    }

    /// A customer accepted us.
    pub(super) fn tell_accepted(&mut self, tenant: TenantId) {
        self.tell(RELATIONSHIP_ACCEPTED, "Customer", format!("/v1/customers/{tenant}"));
    }

    /// Something happened to the administration of a customer's tenant.
    pub(super) fn tell_admin(&mut self, event: AdminEvent, tenant: TenantId) {
        self.tell(event.name(), "GranularAdminRelationship", format!("/v1/customers/{tenant}"));
    }

    /// A subscription of ours changed.
    pub(super) fn tell_subscription(&mut self, tenant: TenantId, id: SubscriptionId) {
        // Samples show this path, which is not the one to read from (fact sheet 20.4).
        self.tell(SUBSCRIPTION_UPDATED, "Subscription", format!("/webhooks/v1/customers/{tenant}/subscriptions/{id}"));
    }

    fn tell(&mut self, event: &'static str, resource: &'static str, path: String) {
        let wanted = |registration: &Registration| registration.events.iter().any(|known| known == event);
        if !self.webhooks.registration.as_ref().is_some_and(wanted) {
            return;
        }
        let delay = self.rules.notified;
        let mut prng = Prng::stream(self.seed.random ^ self.webhooks.made, path.as_bytes());
        let due = calendar::minutes(self.now, prng.between(delay.min, delay.max.max(delay.min)));
        self.owe(event, resource, path, due, None);
    }

    fn owe(
        &mut self,
        event: &'static str,
        resource: &'static str,
        path: String,
        due: Timestamp,
        validation: Option<Uuid>,
    ) {
        self.webhooks.made += 1;
        let number = self.webhooks.made;
        let changed = self.now;
        // Tests of the endpoint are the partner's own: nothing befalls them.
        let fated = validation.is_some();
        let owed = Notification { number, event, resource, path, changed, due, attempts: 0, validation, fated };
        self.webhooks.owed.insert(number, owed);
    }

    /// What is owed and has met no fate yet: by number, with the path of what changed and when it did.
    pub(crate) fn notifications_made(&self) -> Vec<(u64, String, Timestamp)> {
        let fresh = self.webhooks.owed.values().filter(|owed| !owed.fated);
        fresh.map(|owed| (owed.number, owed.path.clone(), owed.changed)).collect()
    }

    /// Lets a notification meet its fate.
    pub(crate) fn befalls_notification(&mut self, number: u64, fate: Fate) {
        let Some(owed) = self.webhooks.owed.get_mut(&number) else { return };
        owed.fated = true;
        match fate {
            Fate::Sent => {}
            Fate::Lost => {
                self.webhooks.owed.remove(&number);
            }
            Fate::Later(minutes) => owed.due = calendar::minutes(owed.due, minutes),
            Fate::Twice => {
                self.webhooks.made += 1;
                let again = Notification { number: self.webhooks.made, ..owed.clone() };
                self.webhooks.owed.insert(again.number, again);
            }
        }
    }

    /// What is to be sent now, each with the registration to send it by; the longest due first.
    pub(crate) fn notifications_due(&self) -> Vec<(Notification, Registration)> {
        let Some(registration) = &self.webhooks.registration else { return Vec::new() };
        let mut due: Vec<&Notification> = self.webhooks.owed.values().filter(|owed| owed.due <= self.now).collect();
        due.sort_by_key(|owed| (owed.due, owed.number));
        due.into_iter().map(|owed| (owed.clone(), registration.clone())).collect()
    }

    /// What became of an attempt. One that failed is made again later, ten times in all.
    pub(crate) fn notified(&mut self, number: u64, status: Option<u16>) {
        let now = self.now;
        let Some(owed) = self.webhooks.owed.get_mut(&number) else { return };
        owed.attempts += 1;
        let success = status.is_some_and(|status| (200..300).contains(&status));
        let over = success || owed.attempts >= ATTEMPTS;
        owed.due = calendar::minutes(now, 1 << owed.attempts.min(10));
        if let Some(validation) = owed.validation.and_then(|id| self.webhooks.validations.get_mut(&id)) {
            validation.results.push(Attempt { status, at: now });
            validation.done = over;
        }
        if over {
            self.webhooks.owed.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Rules;
    use crate::seed::Seed;

    #[test]
    fn a_third_test_in_a_minute_may_come_after_exactly_as_long_as_was_told() {
        let start = "2026-03-02T08:00:00.5Z".parse().unwrap();
        let mut ledger = Ledger::new(Seed::generate(0, 9, start), Rules::usual()).unwrap();
        ledger.register("https://hooks.example".to_owned(), vec![TEST.to_owned()], false, false).unwrap();
        ledger.validate_webhook().unwrap();
        ledger.validate_webhook().unwrap();
        ledger.advance_to(start + SignedDuration::from_millis(100)).unwrap();
        let Err(Refusal::Webhook(WebhookRefusal::TooMany(told))) = ledger.validate_webhook() else {
            panic!("too many")
        };
        ledger.advance_to(ledger.now() + SignedDuration::from_secs(told.into())).unwrap();
        ledger.validate_webhook().unwrap();
    }
}
