//! The port [`Commerce`]: invitation, deliveries; standing, carts and orders are in their own modules.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::customer::Invitation;
use crate::wire::subscription::{Provisioning, Subscription};
use crate::wire::{read, read_all};
use async_trait::async_trait;
use carryover_domain::facts::{Cart, CartRequest, Delivery, OwnSubscription, Purchase, Standing};
use carryover_domain::ids::{CartId, Mark, PartnerId, RequestId, SubscriptionId, TenantId};
use carryover_ports::{Commerce, Observed, Outcome, Read, Tie};
use jiff::Timestamp;
use std::sync::Arc;
use url::Url;

#[async_trait]
impl Commerce for PartnerCenter {
    async fn standing(&self, customer: TenantId) -> Read<Standing> {
        let read = self.read_standing(customer);
        self.standings.get_seen(customer, || self.client.now(), read).await.map_err(Failure::unavailable)
    }

    async fn standing_of_invited(&self, customer: TenantId) -> Read<Standing> {
        let seen = self.read_invited(customer).await.map_err(Failure::unavailable)?;
        if seen.value.may_sell() {
            // Whoever may be sold to is compared with its plan at once.
            self.standings.put(customer, seen.clone());
        }
        Ok(seen)
    }

    async fn invitation_link<'a>(&self, reseller: Option<&'a PartnerId>) -> Read<String> {
        let now = || self.client.now();
        let read = async {
            let reseller = match reseller {
                Some(id) => Some(self.tenant_of(id).await?),
                None => None,
            };
            // Many customers may have the same reseller.
            self.invitations.get(reseller, now, self.read_invitation_link(reseller)).await
        };
        read.await.map_err(Failure::unavailable)
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
        let read = self.read_own(customer);
        self.owned.get(customer, || self.client.now(), read).await.map_err(Failure::unavailable)
    }

    async fn delivery(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Delivery>> {
        let at = self.client.now();
        let key = (customer, id.clone());
        // Partner Center knows of it long before the tenant does, which is looked at again and again.
        if let Some(known) = self.delivered.get(&key, at) {
            return Ok(Observed { value: Some(known.value), at: known.at });
        }
        let found = self.read_delivery(customer, id).await.map_err(Failure::unavailable)?;
        if let Some(delivery) = found.as_ref().filter(|delivery| delivery.active) {
            self.delivered.put(key, delivery.clone(), at);
        }
        Ok(Observed { value: found, at })
    }
}

impl PartnerCenter {
    /// The link, and with `reseller` one that ties whoever accepts it to that reseller, too.
    pub(crate) async fn read_invitation_link(&self, reseller: Option<TenantId>) -> Result<String, Failure> {
        let operation = Operation::Invitation;
        let url = self.client.at(&["customers", "relationshiprequests"]);
        let url = match reseller {
            Some(tenant) => route::with(url, &[("indirectResellerId", &tenant.to_string())]),
            None => url,
        };
        let body = self.client.get(operation, Pass::User, url).await?;
        let link = read::<Invitation>(operation, body)?.url;
        let link = link.ok_or_else(|| Failure::garbled(operation, "there is no link in it"))?;
        // It goes to customers in our name.
        match Url::parse(&link) {
            Ok(url) if url.scheme() == "https" && self.is_admin_portal(url.host_str()) => Ok(link),
            _ => Err(Failure::garbled(operation, "its link does not lead to the admin portal")),
        }
    }

    /// Whether `host` is where customers of this cloud accept invitations; any is, where no document names it.
    fn is_admin_portal(&self, host: Option<&str>) -> bool {
        self.admin_portals.is_empty() || host.is_some_and(|host| self.admin_portals.contains(&host))
    }

    /// The tenant of the reseller whose partner id purchases name.
    async fn tenant_of(&self, reseller: &PartnerId) -> Result<TenantId, Failure> {
        let read = self.read_all_tied(Tie::Resellers);
        let tied = self.tied.get((), || self.client.now(), async { read.await.map(Arc::new) }).await?.value;
        let named = tied.iter().find(|partner| partner.partner_id.as_deref() == Some(reseller.as_str()));
        named.map(|partner| partner.tenant).ok_or_else(|| {
            let why = format!("no reseller with the partner id {reseller} is tied to us");
            Failure::new(Operation::Relationships, Meaning::NotFound, why)
        })
    }

    async fn read_own(&self, customer: TenantId) -> Result<Vec<OwnSubscription>, Failure> {
        let operation = Operation::Subscriptions;
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
