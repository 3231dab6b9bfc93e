//! What was sold, and changing it, over the ledger in memory: read, changed in one thing, sent back whole.

use super::service::{Outside, refused, theirs};
use super::wire::{Wire, silence};
use async_trait::async_trait;
use carryover_domain::ids::{OrderId, RequestId, SubscriptionId, TenantId};
use carryover_domain::sold::{EndOfTerm, NextTerm, Sold, SoldChange, SoldProduct, SoldStatus};
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::Seats;
use carryover_emulator::{self as ms, EndChoice, Patch, SoldView};
use carryover_ports::{Fault, Outcome, Read, Subscriptions};

#[async_trait]
impl Subscriptions for Wire {
    async fn sold(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Sold>> {
        let id = id.clone();
        self.look(move |outside| Ok(shown(outside, customer, &id).map(sold))).await
    }

    async fn change(
        &self,
        _key: RequestId,
        customer: TenantId,
        id: &SubscriptionId,
        change: &SoldChange,
    ) -> Outcome<Sold> {
        let (id, change) = (id.clone(), change.clone());
        let act = move |outside: &mut Outside| {
            let Some(before) = shown(outside, customer, &id) else {
                return Outcome::NotSent(Fault::new("Partner Center does not know it as ours"));
            };
            let sub = before.id;
            if let Err(why) = outside.ledger.patch_subscription(theirs(customer), sub, &patch(before, &change)) {
                return refused(&why);
            }
            match shown(outside, customer, &id).map(sold) {
                Some(after) => Outcome::Done(after),
                None => Outcome::InDoubt(Fault::new("the change was taken and does not show yet")),
            }
        };
        self.write(act, silence).await
    }
}

fn shown(outside: &Outside, customer: TenantId, id: &SubscriptionId) -> Option<SoldView> {
    outside.ledger.sold_view(theirs(customer), id.as_str().parse().ok()?)
}

/// The whole subscription with `change` in it.
fn patch(before: SoldView, change: &SoldChange) -> Patch {
    let mut patch = Patch {
        status: Some(before.status.to_owned()),
        quantity: Some(before.seats),
        auto_renew: Some(before.auto_renew),
        friendly_name: before.friendly_name,
        billing_cycle: Some(before.billing.word().to_owned()),
        next_term: before.next_term,
        end_choice: before.end_choice,
        ..Patch::default()
    };
    match change {
        SoldChange::Seats(seats) => patch.quantity = Some(seats.get()),
        SoldChange::AtEnd(end) => {
            patch.auto_renew = Some(*end == EndOfTerm::Renew);
            patch.end_choice = Some(match end {
                EndOfTerm::Renew => EndChoice::Renew,
                EndOfTerm::Cancel => EndChoice::Cancel,
                EndOfTerm::Extend => EndChoice::Extend,
            });
            patch.next_term = patch.next_term.filter(|_| *end == EndOfTerm::Renew);
        }
        SoldChange::NextTerm(next) => {
            (patch.auto_renew, patch.end_choice) = (Some(true), None);
            patch.next_term = Some(ms::NextTerm {
                product: next.offer.product().to_owned(),
                sku: next.offer.sku().to_owned(),
                availability: None,
                billing: ms::Billing::parse(next.billing.word()).expect("both know every cycle"),
                term: ms::Term::parse(next.term.word()).expect("both know every term"),
                promotion: None,
                quantity: next.seats.get(),
                custom_end: None,
            });
        }
        SoldChange::SameAgain => patch.next_term = None,
        SoldChange::Cancel => patch.status = Some("deleted".to_owned()),
    }
    patch
}

fn sold(view: SoldView) -> Sold {
    let chosen = view.end_choice.map(|choice| match choice {
        EndChoice::Renew => EndOfTerm::Renew,
        EndChoice::Cancel => EndOfTerm::Cancel,
        EndChoice::Extend => EndOfTerm::Extend,
    });
    Sold {
        id: SubscriptionId::try_new(&view.id.to_string()).expect("a GUID is an id"),
        product: match view.item.as_deref().map(str::parse) {
            Some(Ok(offer)) => SoldProduct::NewCommerce(offer),
            _ => SoldProduct::Legacy(view.item.unwrap_or_default()),
        },
        name: view.friendly_name,
        seats: view.seats,
        status: match view.status {
            "active" => SoldStatus::Active,
            "pending" => SoldStatus::Pending,
            "suspended" => SoldStatus::Suspended,
            "expired" => SoldStatus::Expired,
            "disabled" => SoldStatus::Disabled,
            "deleted" => SoldStatus::Deleted,
            other => SoldStatus::Other(other.to_owned()),
        },
        term: Term::of_word(view.term.word()),
        billing: Billing::of_word(view.billing.word()),
        starts: Some(view.starts),
        last_day: Some(view.last_day),
        at_end: chosen.or_else(|| view.auto_renew.then_some(EndOfTerm::Renew)),
        next_term: view.next_term.and_then(|next| {
            Some(NextTerm {
                offer: format!("{}:{}", next.product, next.sku).parse().ok()?,
                term: Term::of_word(next.term.word())?,
                billing: Billing::of_word(next.billing.word())?,
                seats: Seats::try_new(next.quantity).ok()?,
            })
        }),
        cancellable_until: view.cancellable_until,
        removable: view.returnable,
        order: view.order.and_then(|order| OrderId::try_new(&order.to_string()).ok()),
        base: None,
        migrated_from: None,
        trial: false,
    }
}
