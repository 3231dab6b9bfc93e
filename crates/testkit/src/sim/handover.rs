//! The ports for coming over without buying again, and for being told, over the ledger in memory.

use super::service::{Outside, refused, theirs};
use super::wire::{Wire, silence};
use async_trait::async_trait;
use carryover_domain::handover::{
    Conversion, ConversionDay, ConversionStatus, Converted, Eligibility, ScheduledConversion, Transfer,
    TransferRequest, TransferStatus,
};
use carryover_domain::ids::{Mark, OrderId, RequestId, SubscriptionId, TenantId};
use carryover_domain::time::{start_of, utc_day};
use carryover_emulator::{self as ms, MigrationRefusal, MigrationView, MigrationWish, ScheduleView, TransferView};
use carryover_ports::{Conversions, Fault, Outcome, Read, Registration, TestEvent, Transfers, Unavailable, Webhooks};
use std::collections::BTreeSet;
use uuid::Uuid;

#[async_trait]
impl Conversions for Wire {
    async fn eligibility(&self, customer: TenantId, want: &Conversion) -> Read<Eligibility> {
        let want = want.clone();
        self.look(move |outside| {
            let asked = wish(&want, None).ok_or_else(unknown)?;
            let found = outside.ledger.migration_obstacles(theirs(customer), &asked);
            let found = found.map_err(|why| Unavailable::Unreadable(Fault::new(why.to_string())))?;
            let reasons: Vec<_> = found.iter().map(|why| (why.reason().to_string(), why.to_string())).collect();
            Ok(Eligibility { subscription: want.from, eligible: reasons.is_empty(), reasons })
        })
        .await
    }

    async fn convert(&self, _key: RequestId, customer: TenantId, want: &Conversion, mark: &Mark) -> Outcome<Converted> {
        let Some(wish) = wish(want, Some(mark)) else { return Outcome::NotSent(Fault::new("no such subscription")) };
        let act = move |outside: &mut Outside| {
            let tenant = theirs(customer);
            let made = outside.ledger.migrate(tenant, wish);
            settled(made.map(|id| outside.ledger.migration_view(tenant, id).map(converted)))
        };
        self.write(act, silence).await
    }

    async fn conversions(&self, from: &SubscriptionId) -> Read<Vec<Converted>> {
        let source = source(from);
        self.look(move |outside| {
            let found = source.map(|source| outside.ledger.migration_views(source)).unwrap_or_default();
            Ok(found.into_iter().map(converted).collect())
        })
        .await
    }

    async fn conversion(&self, customer: TenantId, id: &str) -> Read<Option<Converted>> {
        let id: Option<Uuid> = id.parse().ok();
        self.look(move |outside| {
            Ok(id.and_then(|id| outside.ledger.migration_view(theirs(customer), id)).map(converted))
        })
        .await
    }

    async fn schedule(
        &self,
        _key: RequestId,
        customer: TenantId,
        want: &Conversion,
        day: ConversionDay,
        mark: &Mark,
    ) -> Outcome<ScheduledConversion> {
        let Some(wish) = wish(want, Some(mark)) else { return Outcome::NotSent(Fault::new("no such subscription")) };
        let when = match day {
            ConversionDay::On(day) => ms::When::At(start_of(day)),
            ConversionDay::AtRenewal => ms::When::Renewal,
        };
        let act = move |outside: &mut Outside| {
            let tenant = theirs(customer);
            let made = outside.ledger.schedule_migration(tenant, wish, when);
            settled(made.map(|id| outside.ledger.schedule_view(tenant, id).map(scheduled)))
        };
        self.write(act, silence).await
    }

    async fn scheduled(&self, from: &SubscriptionId) -> Read<Vec<ScheduledConversion>> {
        let source = source(from);
        self.look(move |outside| {
            let found = source.map(|source| outside.ledger.schedule_views(source)).unwrap_or_default();
            Ok(found.into_iter().map(scheduled).collect())
        })
        .await
    }

    async fn call_off(&self, _key: RequestId, customer: TenantId, id: &str) -> Outcome<ScheduledConversion> {
        let Ok(id) = id.parse::<Uuid>() else { return Outcome::NotSent(Fault::new("no such schedule")) };
        let act = move |outside: &mut Outside| {
            let tenant = theirs(customer);
            let called_off = outside.ledger.cancel_schedule(tenant, id);
            let shown = outside.ledger.schedule_view(tenant, id).map(scheduled);
            match shown {
                // So already, by an earlier request.
                Some(shown) if called_off.is_err() && shown.status == "Cancelled" => Outcome::Done(shown),
                shown => settled(called_off.map(|()| shown)),
            }
        };
        self.write(act, silence).await
    }
}

#[async_trait]
impl Transfers for Wire {
    async fn ask_for_transfer(&self, _key: RequestId, customer: TenantId, want: &TransferRequest) -> Outcome<Transfer> {
        let wish = ms::TransferWish {
            source_partner: theirs(want.from),
            source_name: want.from_name.clone(),
            customer_email: want.customer_email.clone(),
            customer_name: Some(want.customer_name.clone()),
            target_email: None,
            product_types: vec!["OnlineServicesNCE".to_owned()],
            partner_on_record: None,
        };
        let act = move |outside: &mut Outside| {
            let tenant = theirs(customer);
            let made = outside.ledger.ask_transfer(tenant, wish);
            settled(made.map(|id| outside.ledger.transfer_view(tenant, id).map(transfer)))
        };
        self.write(act, silence).await
    }

    async fn transfers(&self, customer: TenantId) -> Read<Vec<Transfer>> {
        self.look(move |outside| {
            Ok(outside.ledger.transfer_views(theirs(customer)).into_iter().map(transfer).collect())
        })
        .await
    }

    async fn transfer(&self, customer: TenantId, id: &str) -> Read<Option<Transfer>> {
        let id: Option<Uuid> = id.parse().ok();
        self.look(move |outside| Ok(id.and_then(|id| outside.ledger.transfer_view(theirs(customer), id)).map(transfer)))
            .await
    }

    async fn withdraw_transfer(&self, _key: RequestId, customer: TenantId, id: &str) -> Outcome<Transfer> {
        let Ok(id) = id.parse::<Uuid>() else { return Outcome::NotSent(Fault::new("no such transfer")) };
        let act = move |outside: &mut Outside| {
            let tenant = theirs(customer);
            let withdrawn = outside.ledger.cancel_transfer(tenant, id);
            let shown = outside.ledger.transfer_view(tenant, id).map(transfer);
            match shown {
                // So already, by an earlier request.
                Some(shown) if withdrawn.is_err() && shown.status == TransferStatus::Cancelled => Outcome::Done(shown),
                shown => settled(withdrawn.map(|()| shown)),
            }
        };
        self.write(act, silence).await
    }
}

#[async_trait]
impl Webhooks for Wire {
    async fn registration(&self) -> Read<Option<Registration>> {
        self.look(|outside| Ok(registered(outside))).await
    }

    async fn event_names(&self) -> Read<BTreeSet<String>> {
        self.look(|_| Ok(ms::EVENTS.map(str::to_owned).into())).await
    }

    async fn register(&self, _key: RequestId, want: &Registration) -> Outcome<()> {
        let want = want.clone();
        let act = move |outside: &mut Outside| {
            let there = registered(outside);
            if there.as_ref() == Some(&want) {
                return Outcome::Done(());
            }
            let events = want.events.iter().cloned().collect();
            settled(outside.ledger.register(want.url.to_string(), events, false, there.is_some()).map(Some))
        };
        self.write(act, silence).await
    }

    async fn send_test_event(&self, _key: RequestId) -> Outcome<String> {
        self.write(|outside| settled(outside.ledger.validate_webhook().map(|id| Some(id.to_string()))), silence).await
    }

    async fn test_event(&self, correlation: &str) -> Read<Option<TestEvent>> {
        let id: Option<Uuid> = correlation.parse().ok();
        self.look(move |outside| {
            let found = id.and_then(|id| outside.ledger.webhook_test(id));
            let answer = |status: Option<u16>| status.map_or_else(|| "no answer".to_owned(), |it| it.to_string());
            Ok(found.map(|(done, answers)| TestEvent {
                status: if done { "completed" } else { "pending" }.to_owned(),
                answers: answers.into_iter().map(answer).collect(),
            }))
        })
        .await
    }
}

fn registered(outside: &Outside) -> Option<Registration> {
    let (url, events) = outside.ledger.webhook()?;
    Some(Registration { url: url.parse().ok()?, events: events.into_iter().collect() })
}

/// What the ledger said, in our words. What is under way already may be an earlier request of ours, whose answer was lost.
fn settled<T>(said: Result<Option<T>, ms::Refusal>) -> Outcome<T> {
    match said {
        Ok(Some(value)) => Outcome::Done(value),
        Ok(None) => Outcome::InDoubt(Fault::new("it was taken and does not show")),
        Err(ms::Refusal::Migration(MigrationRefusal::Processing))
        | Err(ms::Refusal::Transfer(ms::TransferRefusal::InProgress)) => {
            Outcome::InDoubt(Fault::new("one like it is under way"))
        }
        Err(ms::Refusal::Webhook(ms::WebhookRefusal::TooMany(seconds))) => {
            Outcome::Throttled { retry_after: jiff::SignedDuration::from_secs(seconds.into()) }
        }
        Err(why) => refused(&why),
    }
}

fn source(id: &SubscriptionId) -> Option<ms::SubscriptionId> {
    id.as_str().parse().ok()
}

/// None where it is no subscription that this world could have.
fn wish(want: &Conversion, mark: Option<&Mark>) -> Option<MigrationWish> {
    Some(MigrationWish {
        source: source(&want.from)?,
        term: ms::Term::parse(want.term.word())?,
        billing: ms::Billing::parse(want.billing.word()),
        full_term: want.full_term,
        quantity: want.seats.map(|seats| seats.get()),
        custom_end: None,
        reference: mark.map(|mark| mark.as_str().to_owned()),
        addons: want.addons.iter().map(|addon| wish(addon, None)).collect::<Option<_>>()?,
    })
}

fn unknown() -> Unavailable {
    Unavailable::Unreadable(Fault::new("no such subscription"))
}

fn subscription(id: ms::SubscriptionId) -> SubscriptionId {
    SubscriptionId::try_new(&id.to_string()).expect("a GUID is an id")
}

fn converted(view: MigrationView) -> Converted {
    Converted {
        id: view.id.to_string(),
        from: subscription(view.source),
        status: match view.status {
            "Processing" => ConversionStatus::Processing,
            "Completed" => ConversionStatus::Completed,
            "Failed" => ConversionStatus::Failed,
            other => ConversionStatus::Other(other.to_owned()),
        },
        to: view.bought.as_ref().map(|(_, bought)| subscription(*bought)),
        order: view.bought.map(|(order, _)| OrderId::try_new(&order.to_string()).expect("orders have ids")),
        offer: view.item.parse().ok(),
        mark: view.reference,
        started: Some(view.started),
    }
}

fn scheduled(view: ScheduleView) -> ScheduledConversion {
    ScheduledConversion {
        id: view.id.to_string(),
        from: subscription(view.source),
        status: view.status.to_owned(),
        day: Some(match view.when {
            ms::When::At(at) => ConversionDay::On(utc_day(at)),
            ms::When::Renewal => ConversionDay::AtRenewal,
        }),
        conversion: view.migration.map(|id| id.to_string()),
        error: None,
        mark: view.reference,
    }
}

fn transfer(view: TransferView) -> Transfer {
    Transfer {
        id: view.id.to_string(),
        status: match view.status {
            "Pending" => TransferStatus::Pending,
            "Complete" => TransferStatus::Complete,
            "PartiallyComplete" => TransferStatus::PartlyComplete,
            "Failed" => TransferStatus::Failed,
            "Cancelled" => TransferStatus::Cancelled,
            other => TransferStatus::Other(other.to_owned()),
        },
        from: Some(TenantId::new(view.source_partner.0)),
        to: None,
        created: Some(view.created),
        expires: Some(view.expires),
        subscriptions: view.moved.into_iter().map(subscription).collect(),
    }
}
