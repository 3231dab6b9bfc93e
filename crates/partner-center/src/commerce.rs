//! The port [`Commerce`]: standing, invitation, deliveries; carts and orders are in their own modules.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::agreement::{self, Confirmation, Confirmed, DirectAcceptance, Template};
use crate::wire::customer::{Customer, Invitation};
use crate::wire::subscription::{Provisioning, Subscription};
use crate::wire::{read, read_all};
use async_trait::async_trait;
use carryover_domain::facts::{
    Agreement, Cart, CartRequest, Delivery, OwnSubscription, Purchase, Relationship, Standing,
};
use carryover_domain::ids::{CartId, Mark, RequestId, SubscriptionId, TenantId};
use carryover_domain::reply::RefusalKind;
use carryover_ports::{Commerce, Observed, Outcome, Read};
use jiff::Timestamp;
use std::sync::Arc;

#[async_trait]
impl Commerce for PartnerCenter {
    async fn standing(&self, customer: TenantId) -> Read<Standing> {
        let at = self.client.now();
        self.read_standing(customer).await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn invitation_link(&self) -> Read<String> {
        let at = self.client.now();
        self.read_invitation_link().await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn create_cart(&self, key: RequestId, customer: TenantId, want: &CartRequest) -> Outcome<Cart> {
        self.make_cart(key, customer, want).await
    }

    async fn check_out(&self, key: RequestId, customer: TenantId, cart: &CartId, mark: &Mark) -> Outcome<Purchase> {
        self.submit_cart(key, customer, cart, mark).await
    }

    async fn orders_marked(&self, customer: TenantId, mark: &Mark, since: Timestamp) -> Read<Vec<Purchase>> {
        let at = self.client.now();
        self.read_orders(customer, mark, Some(since))
            .await
            .map(|value| Observed { value, at })
            .map_err(Failure::unavailable)
    }

    async fn own_subscriptions(&self, customer: TenantId) -> Read<Vec<OwnSubscription>> {
        let at = self.client.now();
        self.read_own(customer).await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn delivery(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Delivery>> {
        let at = self.client.now();
        self.read_delivery(customer, id).await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }
}

impl PartnerCenter {
    async fn read_standing(&self, customer: TenantId) -> Result<Standing, Failure> {
        let url = self.client.of_customer(customer, &[]);
        let found = self.client.get(Operation::Customer, Pass::Application, url).await;
        let relationship = match found {
            Ok(body) => read::<Customer>(Operation::Customer, body)?.relationship(),
            Err(failure) if is_stranger(&failure) => Relationship::None,
            Err(failure) => return Err(failure),
        };
        let (agreement, agreed) = match relationship {
            Relationship::Reseller => match self.acceptance(customer).await {
                Ok(Some(Confirmed { agreed })) => (Agreement::Accepted, agreed),
                Ok(None) => (Agreement::Missing, None),
                // The relationship is not known everywhere yet (fact sheet 9.5).
                Err(failure) if is_stranger(&failure) => (Agreement::Unreadable, None),
                Err(failure) => return Err(failure),
            },
            Relationship::None | Relationship::Other(_) => (Agreement::Unreadable, None),
        };
        Ok(Standing { relationship, agreement, agreed })
    }

    /// Signed by the customer, or the current agreement confirmed by us (fact sheet 11). What the customer has signed itself
    /// has no day that could be outdated.
    async fn acceptance(&self, customer: TenantId) -> Result<Option<Confirmed>, Failure> {
        let direct = Operation::SignedAgreement;
        let segments = ["directSignedMicrosoftCustomerAgreementStatus"];
        let url = self.client.of_customer(customer, &segments);
        let signed = match self.client.get(direct, Pass::User, url).await {
            Ok(body) => read::<DirectAcceptance>(direct, body)?.is_signed,
            Err(failure) if failure.meaning == Meaning::NotFound => None,
            Err(failure) => return Err(failure),
        };
        if signed == Some(true) {
            return Ok(Some(Confirmed { agreed: None }));
        }
        let confirmations = self.confirmations(customer).await?;
        if confirmations.is_empty() {
            return Ok(None);
        }
        let templates =
            self.templates.get((), || self.client.now(), async { self.agreement_templates().await.map(Arc::new) });
        Ok(agreement::confirmed(&templates.await?.value, &confirmations))
    }

    async fn confirmations(&self, customer: TenantId) -> Result<Vec<Confirmation>, Failure> {
        let url = self.client.of_customer(customer, &["agreements"]);
        let url = route::with(url, &[("agreementType", agreement::TYPE)]);
        match self.client.list(Operation::Agreements, Pass::User, url).await {
            Ok(items) => read_all(Operation::Agreements, items),
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    pub(crate) async fn agreement_templates(&self) -> Result<Vec<Template>, Failure> {
        let operation = Operation::AgreementTemplates;
        let url = route::with(self.client.at(&["agreements"]), &[("agreementType", agreement::TYPE)]);
        let items = self.client.list(operation, Pass::User, url).await?;
        read_all(operation, items)
    }

    pub(crate) async fn read_invitation_link(&self) -> Result<String, Failure> {
        let operation = Operation::Invitation;
        let url = self.client.at(&["customers", "relationshiprequests"]);
        let body = self.client.get(operation, Pass::User, url).await?;
        read::<Invitation>(operation, body)?.url.ok_or_else(|| Failure::garbled(operation, "there is no link in it"))
    }

    async fn read_own(&self, customer: TenantId) -> Result<Vec<OwnSubscription>, Failure> {
        let operation = Operation::Subscription;
        let url = self.client.of_customer(customer, &["subscriptions"]);
        let items = self.client.list(operation, Pass::Application, url).await?;
        Ok(read_all::<Subscription>(operation, items)?.iter().filter_map(Subscription::own).collect())
    }

    async fn read_delivery(&self, customer: TenantId, id: &SubscriptionId) -> Result<Option<Delivery>, Failure> {
        // Asked first, and alone while it is not so: that is looked for again and again.
        if !self.is_provisioned(customer, id).await? {
            return Ok(None);
        }
        let operation = Operation::Subscription;
        let segments = ["subscriptions", id.as_str()];
        let url = self.client.of_customer(customer, &segments);
        let subscription: Subscription = match self.client.get(operation, Pass::Application, url).await {
            Ok(body) => read(operation, body)?,
            Err(failure) if failure.meaning == Meaning::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let seats = subscription.quantity;
        Ok(Some(Delivery {
            subscription: id.clone(),
            active: subscription.is_active(),
            provisioned: true,
            seats: seats.ok_or_else(|| Failure::garbled(operation, "there is no quantity"))?,
            starts: subscription.effective_start_date,
            last_day: subscription.last_day(),
        }))
    }

    async fn is_provisioned(&self, customer: TenantId, id: &SubscriptionId) -> Result<bool, Failure> {
        let operation = Operation::Provisioning;
        let segments = ["subscriptions", id.as_str(), "provisioningstatus"];
        let url = self.client.of_customer(customer, &segments);
        match self.client.get(operation, Pass::Application, url).await {
            Ok(body) => read(operation, body).map(|status: Provisioning| status.has_succeeded()),
            // Not known yet (fact sheet 15.8).
            Err(failure) if failure.meaning == Meaning::NotFound => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether the service does not know the customer as ours (fact sheet 9.2).
fn is_stranger(failure: &Failure) -> bool {
    matches!(failure.meaning, Meaning::NotFound | Meaning::Refused(RefusalKind::NoRelationship))
}
