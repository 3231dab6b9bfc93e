//! What reads show of a tenant's users after an old subscription has ended, and what is to be told of it (rule R125). Reopens
//! nothing: who is short of a licence is found from the pools, in `decide`.

use crate::assess::may_be_extended;
use crate::facts::{HeldStatus, Pool, Tenancy};
use crate::finding::Finding;
use crate::migration::state::Line;
use jiff::SignedDuration;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Names of the mailbox, of Teams and what it stands on, and of OneDrive and SharePoint ("assignedPlan resource type" and answers
/// to "Get a user", Microsoft Graph v1.0).
const ESSENTIAL: [&str; 4] = ["exchange", "TeamspaceAPI", "MicrosoftCommunicationsOnline", "SharePoint"];

/// An extended term is billed by the month (rule R42).
const INVOICED_WITHIN: SignedDuration = SignedDuration::from_hours(31 * 24);

/// How services work for users, as far as we may look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    /// Some users of the licence, each with what Graph says of the services that are provisioned for it; none where we may not
    /// look.
    pub sample: Option<Vec<Vec<Service>>>,
    /// Groups with members who did not get a licence of their group; none where we may not look (rule R104).
    pub groups_with_errors: Option<u32>,
}

/// One service of one user ("provisionedPlan resource type", Microsoft Graph v1.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name, such as `exchange`.
    pub name: String,
    /// Whether the user is entitled to it now.
    pub capability: HeldStatus,
    /// How far it is.
    pub provisioning: Provisioning,
}

/// How far a service is for a user ("provisionedPlan resource type", Microsoft Graph v1.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provisioning {
    /// It works.
    Success,
    /// It is switched off.
    Disabled,
    /// It works once an administrator has activated it, which is no matter of licences.
    PendingActivation,
    /// It is being made ready: `PendingInput` or `PendingProvisioning`.
    Pending,
    /// It failed.
    Error,
    /// A word not known yet, kept for people.
    Other(String),
}

impl Service {
    /// Whether it is the mailbox, Teams or OneDrive: what has to work before others change (rule R109).
    pub(crate) fn is_essential(&self) -> bool {
        ESSENTIAL.iter().any(|name| name.eq_ignore_ascii_case(&self.name))
    }

    /// Whether it is still being made ready.
    pub(crate) fn is_pending(&self) -> bool {
        self.provisioning == Provisioning::Pending
    }

    /// Whether the user goes without it. What is being made ready is given time until the `last` check.
    pub(crate) fn fails(&self, last: bool) -> bool {
        let wanted = matches!(self.capability, HeldStatus::Enabled | HeldStatus::Warning);
        wanted
            && match self.provisioning {
                Provisioning::Success | Provisioning::Disabled | Provisioning::PendingActivation => false,
                Provisioning::Pending => last,
                Provisioning::Error | Provisioning::Other(_) => true,
            }
    }
}

/// What a check after the end tells, beside whether anybody is short. Nothing is said of `services` that were not asked for; what may
/// not be read, and invoices, which no call shows, are left to a person.
pub(crate) fn told(line: &Line, tenancy: &Tenancy, services: Option<&Services>, last: bool) -> Vec<Finding> {
    // Of a second licence the line beside which it stands tells.
    if line.beside.is_some() {
        return Vec::new();
    }
    let pool = tenancy.pool(line.source.sku);
    let Pool { warning, suspended, .. } = *pool;
    let left = Finding::LeftoverUnits { sku: line.source.sku, warning, suspended };
    let left_over = Some(left).filter(|_| warning > 0 || suspended > 0);
    let unread = |what: &str| Finding::NotChecked { what: what.to_owned(), by: None };
    let of_users = services.map(|services| match &services.sample {
        None => Some(unread("whether services work for users")),
        Some(sample) => failing(sample, last),
    });
    let of_groups = services.map(|services| match services.groups_with_errors {
        None => Some(unread("whether groups could give their members licences")),
        Some(0) => None,
        Some(groups) => Some(Finding::GroupLicenceErrors { groups }),
    });
    let ended = line.plan.as_ref().map(|plan| plan.ends.last_whole_day());
    let billed_on = ended.filter(|last_day| last && may_be_extended(&line.judged(), *last_day));
    let invoices = billed_on.map(invoice);
    [left_over, of_users.flatten(), of_groups.flatten(), invoices].into_iter().flatten().collect()
}

/// What to look for on the invoice after `last_day`, and when it is there.
fn invoice(last_day: Date) -> Finding {
    let by = last_day.saturating_add(INVOICED_WITHIN);
    let what = format!(
        "the next invoice of the old subscription, which comes by {by}: it must have no line of an extended term for days after {last_day}"
    );
    Finding::NotChecked { what, by: Some(by) }
}

/// By when what `finding` asks to look at is there; none where it is now.
pub(crate) fn comes_by(finding: &Finding) -> Option<Date> {
    match finding {
        Finding::NotChecked { by, .. } => *by,
        _ => None,
    }
}

fn failing(sample: &[Vec<Service>], last: bool) -> Option<Finding> {
    let count = |users: usize| u32::try_from(users).unwrap_or(u32::MAX);
    let fail = |user: &&Vec<Service>| user.iter().any(|service| service.fails(last));
    let users = count(sample.iter().filter(fail).count());
    let services: BTreeSet<String> =
        sample.iter().flatten().filter(|service| service.fails(last)).map(|service| service.name.clone()).collect();
    (users > 0).then(|| Finding::ServicesNotReady {
        users,
        sampled: count(sample.len()),
        services: services.into_iter().collect(),
    })
}
