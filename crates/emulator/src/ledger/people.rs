//! The people at the customers: they get letters, and act when they get round to it.
//!
//! A second letter of the same kind about the same thing is read and put aside.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::tenant::{Agreement, Standing};
use super::webhooks::AdminEvent;
use super::{Happening, InvitationForm, Ledger, calendar};
use crate::ids::{SubscriptionId, TenantId};

/// What an operator would send to a customer by e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// Please accept us as your reseller.
    Invitation {
        /// The customer.
        tenant: TenantId,
        /// The link from the relationship request; it must name the partner of the seed.
        link: String,
    },
    /// Please sign the customer agreement.
    Agreement {
        /// The customer.
        tenant: TenantId,
    },
    /// Please approve that we administer your tenant.
    Administration {
        /// The customer.
        tenant: TenantId,
        /// The link to the relationship that was locked for approval; it ends with its id.
        link: String,
    },
    /// Please have this subscription end with its term.
    StopRenewal {
        /// The customer.
        tenant: TenantId,
        /// Commerce id of the subscription.
        subscription: SubscriptionId,
    },
}

impl Letter {
    /// The customer it goes to.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        match self {
            Letter::Invitation { tenant, .. }
            | Letter::Agreement { tenant }
            | Letter::Administration { tenant, .. }
            | Letter::StopRenewal { tenant, .. } => *tenant,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LetterKind {
    Invitation,
    Agreement,
    StopRenewal,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Received. Somebody may act on it later.
    Received,
    /// One like it came before; this one changes nothing.
    Repeated,
}

/// A letter that cannot be delivered. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LetterError {
    /// Nobody lives there.
    #[error("there is no customer {0}")]
    UnknownTenant(TenantId),
    /// The link invites to another partner.
    #[error("the invitation does not name partner {expected}")]
    WrongPartner {
        /// The partner it should name.
        expected: TenantId,
    },
    /// The link leads to nothing that waits for this customer's approval.
    #[error("no relationship that {0} could approve is behind this link")]
    NothingToApprove(TenantId),
    /// The customer holds no such subscription in an old program.
    #[error("{tenant} has no subscription {subscription} whose renewal its people could stop")]
    UnknownSubscription {
        /// The customer.
        tenant: TenantId,
        /// The subscription asked about.
        subscription: SubscriptionId,
    },
}

impl Ledger {
    /// The link with which a customer accepts the partner (fact sheet 9.5). The same for every customer.
    #[must_use]
    pub fn invitation_link(&self) -> String {
        let end = match self.rules.readings.invitation_form {
            InvitationForm::Invitation => "#/partners/invitation",
            InvitationForm::BillingAccounts => "#/BillingAccounts/partner-invitation",
            InvitationForm::WithDap => "&DAP=true#/BillingAccounts/partner-invitation",
            InvitationForm::WithoutDap => "&DAP=false#/BillingAccounts/partner-invitation",
        };
        format!(
            "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId={}&msppId=0{end}",
            self.seed.partner.tenant_id
        )
    }

    /// Puts a letter into a customer's letter box.
    pub fn post_letter(&mut self, letter: &Letter) -> Result<Delivery, LetterError> {
        let tenant = letter.tenant();
        let partner = self.seed.partner.tenant_id;
        let now = self.now;
        let customer = self.tenants.get_mut(&tenant).ok_or(LetterError::UnknownTenant(tenant))?;
        let (kind, about) = match letter {
            Letter::Invitation { link, .. } => {
                if named(link, "partnerId") != Some(partner) {
                    return Err(LetterError::WrongPartner { expected: partner });
                }
                if let Some(reseller) = named(link, "indirectResellerId") {
                    customer.account.reseller = Some(reseller);
                }
                (LetterKind::Invitation, None)
            }
            Letter::Agreement { .. } => (LetterKind::Agreement, None),
            Letter::Administration { link, .. } => return self.post_administration(tenant, link),
            Letter::StopRenewal { subscription, .. } => {
                if !customer.diary.is_source(*subscription) {
                    let subscription = *subscription;
                    return Err(LetterError::UnknownSubscription { tenant, subscription });
                }
                (LetterKind::StopRenewal, Some(*subscription))
            }
        };
        if !customer.letters.insert((kind, about)) {
            return Ok(Delivery::Repeated);
        }
        match (kind, about) {
            (LetterKind::Invitation, _) => {
                if let Some(wait) = customer.people.accepts_invitation_after_hours
                    && !customer.is_reseller()
                {
                    self.schedule(calendar::hours(now, wait), Happening::Accepts(tenant));
                }
            }
            // Whoever accepts signs soon after, asked or not; the letter moves those who accepted long ago.
            (LetterKind::Agreement, _) => {
                if let Some(wait) = customer.people.signs_agreement_after_hours
                    && customer.is_reseller()
                {
                    self.schedule(calendar::hours(now, wait), Happening::Signs(tenant));
                }
            }
            (LetterKind::StopRenewal, None) => {}
            (LetterKind::StopRenewal, Some(subscription)) => {
                let wait = customer.people.stops_renewal_after_hours;
                self.note_asked(tenant, subscription);
                if let Some(wait) = wait {
                    let at = calendar::hours(now, wait);
                    self.schedule(at, Happening::StopsRenewal(tenant, subscription));
                }
            }
        }
        Ok(Delivery::Received)
    }

    /// The administrator approves at the pace at which invitations are accepted.
    fn post_administration(&mut self, tenant: TenantId, link: &str) -> Result<Delivery, LetterError> {
        let customer = self.tenants.get(&tenant).ok_or(LetterError::UnknownTenant(tenant))?;
        let wait = customer.people.accepts_invitation_after_hours;
        let id = link.rsplit('/').next().and_then(|id| id.parse().ok());
        let id = id.filter(|id| self.may_approve(tenant, *id)).ok_or(LetterError::NothingToApprove(tenant))?;
        if let Some(wait) = wait {
            self.schedule(calendar::hours(self.now, wait), Happening::ApprovesAdmin(tenant, id));
        }
        Ok(Delivery::Received)
    }

    /// Grants delegated administration, where acceptance alone does not.
    pub fn grant_delegated_admin(&mut self, tenant: TenantId) -> Result<(), LetterError> {
        let customer = self.tenants.get_mut(&tenant).ok_or(LetterError::UnknownTenant(tenant))?;
        customer.delegated_admin = true;
        self.tell_admin(AdminEvent::Activated, tenant);
        Ok(())
    }

    pub(super) fn accepts(&mut self, tenant: TenantId, at: Timestamp) {
        let orderable_at = calendar::minutes(at, self.rules.orderable_after_minutes);
        let admin = self.rules.gdap_with_acceptance;
        let Some(customer) = self.tenants.get_mut(&tenant) else { return };
        if customer.is_reseller() {
            return;
        }
        customer.standing = Standing::Reseller { accepted_at: at, orderable_at };
        customer.delegated_admin |= admin;
        if let Some(wait) = customer.people.signs_agreement_after_hours {
            self.schedule(calendar::hours(at, wait), Happening::Signs(tenant));
        }
        self.tell_accepted(tenant);
    }

    pub(super) fn signs(&mut self, tenant: TenantId, at: Timestamp) {
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.agreement.get_or_insert(Agreement::Signed { at });
        }
    }

    pub(super) fn stops_renewal(&mut self, tenant: TenantId, id: SubscriptionId) {
        if let Some(customer) = self.tenants.get_mut(&tenant)
            && let Some(held) = customer.subscriptions.get_mut(&id)
        {
            held.auto_renew = false;
            held.version += 1;
        }
    }

    /// Writes down that a source was asked to end, and whether its replacement had arrived.
    pub(super) fn note_asked(&mut self, tenant: TenantId, id: SubscriptionId) {
        let now = self.now;
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            let spared = customer.spares(id);
            customer.diary.asked_to_end(id, spared, now);
        }
    }
}

/// The tenant that an invitation link names under `key`.
fn named(link: &str, key: &str) -> Option<TenantId> {
    let query = link.split_once('?')?.1;
    let query = query.split('#').next()?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .and_then(|(_, value)| value.parse().ok())
}
