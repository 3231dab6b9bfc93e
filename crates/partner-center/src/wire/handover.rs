//! Migrations of legacy subscriptions, their schedules, and transfers between partners (fact sheet 17, 18).

use super::{fault, lenient};
use carryover_domain::handover::{
    Conversion, ConversionDay, ConversionStatus, Converted, Eligibility, ScheduledConversion, Transfer,
    TransferRequest, TransferStatus,
};
use carryover_domain::ids::{Mark, OrderId, SubscriptionId, TenantId};
use carryover_domain::time::{start_of, utc_day};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a migration asks for, and each of its add-ons.
pub(crate) fn conversion(want: &Conversion, addons: &str, mark: Option<&Mark>) -> Value {
    let mut body = json!({
        "currentSubscriptionId": want.from.as_str(),
        "termDuration": want.term.word(),
        "billingCycle": want.billing.word(),
        "purchaseFullTerm": want.full_term,
    });
    if let Some(seats) = want.seats {
        body["quantity"] = seats.get().into();
    }
    if !want.addons.is_empty() {
        body[addons] = want.addons.iter().map(|addon| conversion(addon, addons, None)).collect();
    }
    if let Some(mark) = mark {
        body["externalReferenceId"] = mark.as_str().into();
    }
    body
}

/// What a migration that is to happen later asks for.
pub(crate) fn schedule(want: &Conversion, day: ConversionDay, mark: &Mark) -> Value {
    // Two names are documented, of which this one is to be written (fact sheet 25). What is read back needs neither.
    let mut body = conversion(want, "addOnMigrationSchedules", Some(mark));
    match day {
        ConversionDay::On(day) => body["targetDate"] = start_of(day).to_string().into(),
        ConversionDay::AtRenewal => body["migrateOnRenewal"] = true.into(),
    }
    body
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Validation {
    #[serde(default, deserialize_with = "lenient::text")]
    current_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_eligible: Option<bool>,
    #[serde(default, deserialize_with = "lenient::list")]
    errors: Vec<Reason>,
    #[serde(default, deserialize_with = "lenient::list")]
    add_on_migrations: Vec<Validation>,
}

#[derive(Debug, Clone, Deserialize)]
struct Reason {
    #[serde(default)]
    code: Value,
    #[serde(default, deserialize_with = "lenient::text")]
    description: Option<String>,
}

impl Validation {
    /// The answer for the whole bundle.
    ///
    /// # Errors
    /// In words, what is missing.
    pub(crate) fn eligibility(self) -> Result<Eligibility, String> {
        let of_addons = self.add_on_migrations.into_iter().map(Self::eligibility);
        let of_addons = of_addons.collect::<Result<Vec<_>, _>>()?;
        let own = self.errors.into_iter().map(|reason| {
            let code = fault::code_of(Some(&reason.code)).unwrap_or_else(|| "none".to_owned());
            (code, reason.description.unwrap_or_default())
        });
        let said = self.is_eligible.ok_or("an eligibility without isEligible")?;
        Ok(Eligibility {
            subscription: subscription(self.current_subscription_id)?,
            eligible: said && of_addons.iter().all(|addon| addon.eligible),
            reasons: own.chain(of_addons.iter().flat_map(|addon| addon.reasons.clone())).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewCommerceMigration {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    current_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    new_commerce_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    new_commerce_order_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    catalog_item_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    external_reference_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    started_time: Option<Timestamp>,
}

impl NewCommerceMigration {
    /// The migration in our words.
    ///
    /// # Errors
    /// In words, what is missing.
    pub(crate) fn converted(self) -> Result<Converted, String> {
        let word = self.status.ok_or("a migration without a status")?;
        Ok(Converted {
            id: self.id.ok_or("a migration without an id")?,
            from: subscription(self.current_subscription_id)?,
            status: match lenient::plain(&word).as_str() {
                "processing" => ConversionStatus::Processing,
                "completed" => ConversionStatus::Completed,
                "failed" => ConversionStatus::Failed,
                _ => ConversionStatus::Other(word),
            },
            to: self.new_commerce_subscription_id.and_then(|id| SubscriptionId::try_new(&id).ok()),
            order: self.new_commerce_order_id.and_then(|id| OrderId::try_new(&id).ok()),
            offer: self.catalog_item_id.and_then(|id| id.parse().ok()),
            mark: self.external_reference_id,
            started: self.started_time,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MigrationSchedule {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    current_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    target_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::flag")]
    migrate_on_renewal: Option<bool>,
    #[serde(default, deserialize_with = "lenient::text")]
    new_commerce_migration_id: Option<String>,
    #[serde(default)]
    error_code: Value,
    #[serde(default, deserialize_with = "lenient::text")]
    error_description: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    external_reference_id: Option<String>,
}

impl MigrationSchedule {
    /// The schedule in our words.
    ///
    /// # Errors
    /// In words, what is missing.
    pub(crate) fn scheduled(self) -> Result<ScheduledConversion, String> {
        let day = match (self.migrate_on_renewal, self.target_date) {
            (Some(true), _) => Some(ConversionDay::AtRenewal),
            (_, date) => date.map(utc_day).map(ConversionDay::On),
        };
        let code = fault::code_of(Some(&self.error_code)).filter(|code| code != "0");
        Ok(ScheduledConversion {
            id: self.id.ok_or("a schedule without an id")?,
            from: subscription(self.current_subscription_id)?,
            status: self.status.ok_or("a schedule without a status")?,
            day,
            conversion: self.new_commerce_migration_id,
            error: code.map(|code| (code, self.error_description.unwrap_or_default())),
            mark: self.external_reference_id,
        })
    }
}

fn subscription(id: Option<String>) -> Result<SubscriptionId, String> {
    id.and_then(|id| SubscriptionId::try_new(&id).ok())
        .ok_or_else(|| "no readable currentSubscriptionId in it".to_owned())
}

/// What asks another partner for a transfer. Licences only; what else it sold stays with it.
pub(crate) fn transfer(want: &TransferRequest) -> Value {
    json!({
        "sourcePartnerTenantId": want.from.to_string(),
        "sourcePartnerName": want.from_name,
        "customerEmailId": want.customer_email,
        "customerName": want.customer_name,
        "targetProductTypes": ["OnlineServicesNCE"],
        "transferType": 3,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransferEntity {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    source_partner_tenant_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    target_partner_tenant_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    created_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::instant")]
    expiration_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::list")]
    line_items: Vec<TransferLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TransferLine {
    #[serde(default, deserialize_with = "lenient::text")]
    subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
}

impl TransferLine {
    /// Whether it is known not to have come over with the others (fact sheet 18.2).
    fn has_failed(&self) -> bool {
        lenient::is_word(self.status.as_deref(), "failed")
    }
}

impl TransferEntity {
    /// The transfer in our words.
    ///
    /// # Errors
    /// In words, what is missing.
    pub(crate) fn transfer(self) -> Result<Transfer, String> {
        let tenant = |id: Option<String>| id.and_then(|id| id.parse::<TenantId>().ok());
        let lines =
            self.line_items.into_iter().filter(|line| !line.has_failed()).filter_map(|line| line.subscription_id);
        let word = self.status.ok_or("a transfer without a status")?;
        Ok(Transfer {
            id: self.id.ok_or("a transfer without an id")?,
            status: match lenient::plain(&word).as_str() {
                "pending" | "active" => TransferStatus::Pending,
                "inprogress" => TransferStatus::InProgress,
                "complete" | "completed" => TransferStatus::Complete,
                "partiallycomplete" => TransferStatus::PartlyComplete,
                "failed" => TransferStatus::Failed,
                "cancel" | "cancelled" | "canceled" => TransferStatus::Cancelled,
                "reject" | "rejected" => TransferStatus::Rejected,
                "expired" => TransferStatus::Expired,
                _ => TransferStatus::Other(word),
            },
            from: tenant(self.source_partner_tenant_id),
            to: tenant(self.target_partner_tenant_id),
            created: self.created_time,
            expires: self.expiration_time,
            subscriptions: lines.filter_map(|id| SubscriptionId::try_new(&id).ok()).collect(),
        })
    }
}
