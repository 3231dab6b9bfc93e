//! The port [`Licences`]: users and licences by way of Partner Center (fact sheet 16). Reads ids, never names.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
use crate::client::Call;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::licence::{self, CustomerSku, Named, UserLicence};
use crate::wire::read_all;
use async_trait::async_trait;
use carryover_domain::facts::Pool;
use carryover_domain::ids::{SkuId, TenantId, UserId};
use carryover_ports::{LicenceChange, Licences, Outcome, Read};
use std::collections::{BTreeMap, BTreeSet};

/// Users on a page: the most that is documented for lists of this kind (fact sheet 5.1).
const PAGE: &str = "500";

#[async_trait]
impl Licences for PartnerCenter {
    async fn pools(&self, customer: TenantId) -> Read<BTreeMap<SkuId, Pool>> {
        let url = self.client.of_customer(customer, &["subscribedskus"]);
        self.observed(async {
            let operation = Operation::CustomerSkus;
            let found: Vec<CustomerSku> = read_all(operation, self.client.list(operation, Pass::User, url).await?)?;
            of_all(operation, found.into_iter().map(CustomerSku::pool))
        })
        .await
    }

    async fn users(&self, customer: TenantId) -> Read<BTreeSet<UserId>> {
        let url = route::with(self.client.of_customer(customer, &["users"]), &[("size", PAGE)]);
        self.observed(async {
            let operation = Operation::CustomerUsers;
            let found: Vec<Named> = read_all(operation, self.client.list(operation, Pass::User, url).await?)?;
            of_all(operation, found.into_iter().map(Named::user))
        })
        .await
    }

    async fn licences_of(&self, customer: TenantId, user: UserId) -> Read<Option<BTreeSet<SkuId>>> {
        let url = self.client.of_customer(customer, &["users", &user.to_string(), "licenses"]);
        self.observed(async {
            let operation = Operation::UserLicences;
            match self.client.list(operation, Pass::User, url).await {
                Ok(items) => {
                    let found: Vec<UserLicence> = read_all(operation, items)?;
                    of_all(operation, found.into_iter().map(UserLicence::sku)).map(Some)
                }
                Err(failure) if failure.meaning == Meaning::NotFound => Ok(None),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn change_licences(&self, customer: TenantId, change: &LicenceChange) -> Outcome<()> {
        let url = self.client.of_customer(customer, &["users", &change.user.to_string(), "licenseupdates"]);
        let body = Some(licence::update(change));
        let call = Call::write(Operation::UpdateLicences, Pass::User, url, change.request.as_uuid(), body);
        let sent = self.client.send(&call).await;
        self.tenancies.forget(&customer);
        sent.map_or_else(Failure::outcome, |_| Outcome::Done(()))
    }
}

/// All of `read`, or that one of it cannot be understood.
fn of_all<T, C: FromIterator<T>>(
    operation: Operation,
    read: impl Iterator<Item = Result<T, String>>,
) -> Result<C, Failure> {
    read.collect::<Result<C, String>>().map_err(|what| Failure::garbled(operation, what))
}
