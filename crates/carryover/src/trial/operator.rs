//! The person trying: passes on what the tool asks people for, as letters to the emulated customers. Decides nothing.

use carryover_domain::migration::action::{Action, ActionItem};
use carryover_domain::report::Report;
use carryover_emulator::{Letter, Running, SubscriptionId, TenantId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Remembers which letters went out.
#[derive(Debug, Default)]
pub(crate) struct Operator {
    sent: BTreeSet<String>,
}

impl Operator {
    /// Sends a letter for everything that is asked of the customer and was not sent before.
    pub(crate) fn pass_on(&mut self, report: &Report, world: &Running) -> Result<(), String> {
        for item in &report.actions {
            let Some(letter) = letter(report, item) else { continue };
            if self.sent.insert(format!("{letter:?}")) {
                world
                    .with_ledger(|ledger| ledger.post_letter(&letter))
                    .map_err(|error| format!("a letter to {} came back: {error}", report.customer.domain))?;
            }
        }
        Ok(())
    }
}

/// What is asked of the customer's people. What is asked of us is left to us.
fn letter(report: &Report, item: &ActionItem) -> Option<Letter> {
    let tenant = TenantId(report.customer.tenant.as_uuid());
    match &item.action {
        Action::SendInvitation { link } => Some(Letter::Invitation { tenant, link: link.clone() }),
        Action::ObtainAgreement => Some(Letter::Agreement { tenant }),
        Action::StopRenewal { ask, .. } => {
            let given = ask.subscription.as_ref().and_then(|id| Uuid::try_parse(id.as_str()).ok());
            // A line without an id of its own stands under the line's id in the emulated tenancy.
            let id = given.or(item.line.map(|line| line.as_uuid()))?;
            Some(Letter::StopRenewal { tenant, subscription: SubscriptionId(id) })
        }
        Action::Resume
        | Action::MakePlan { .. }
        | Action::ApprovePlan { .. }
        | Action::Unblock { .. }
        | Action::KeepAlive { .. }
        | Action::LookAgain { .. }
        | Action::CheckAfterEnd { .. }
        | Action::TakeCourse { .. }
        | Action::Attend { .. } => None,
    }
}
