//! Every kind of call, in one table: its name for people, whether it writes, and which budget of the service it draws on.

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a recording that cannot be read fails the test")]
mod recorded;

/// Whose patience a call uses. What shares a documented number shares a resource (fact sheet 7, 21.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Resource {
    /// Sign-in at the authority.
    SignIn,
    /// Customer, subscription and order resources.
    Accounts,
    /// Carts and their checkout.
    Carts,
    /// Products, SKUs, availabilities, promotions.
    Catalogue,
    /// Checks whether a legacy subscription can be migrated.
    MigrationChecks,
    /// Migrations of legacy subscriptions, as they are ordered.
    MigrationOrders,
    /// Validation events of webhooks.
    WebhookTests,
    /// Everything else of Partner Center.
    Others,
    /// Reads of Graph in a customer's tenant; so many units each.
    GraphReads(u32),
    /// Writes of Graph in a customer's tenant; one unit and one write each.
    GraphWrites,
    /// Reads of Graph in the partner's own tenant.
    GraphOwn,
}

/// Whether repeating a call could do something twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Writes,
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $words:literal, $effect:ident, $resource:expr;)+) => {
        /// One kind of call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Operation {
            $($(#[$doc])* $name,)+
        }

        impl Operation {
            /// Every operation, in the order of declaration: the meter indexes by it.
            pub(crate) const ALL: [Self; [$($words),+].len()] = [$(Self::$name),+];

            /// Its name for people, logs and the meter.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $words,)+ }
            }

            /// Whether repeating it could do something twice.
            pub(crate) fn is_write(self) -> bool {
                let effect = match self { $(Self::$name => Effect::$effect,)+ };
                effect == Effect::Writes
            }

            /// Whose patience it uses.
            pub(crate) fn resource(self) -> Resource {
                use Resource::{
                    Accounts, Carts, Catalogue, GraphOwn, GraphReads, GraphWrites, MigrationChecks, MigrationOrders,
                    Others, SignIn, WebhookTests,
                };
                match self { $(Self::$name => $resource,)+ }
            }
        }
    };
}

operations! {
    // Fact sheet 2.
    SignIn = "sign in", Reads, SignIn;
    // 9: customers.
    Customer = "read customer", Reads, Accounts;
    Customers = "list customers", Reads, Accounts;
    Invitation = "read invitation link", Reads, Others;
    Qualifications = "read qualifications", Reads, Accounts;
    AccountValidation = "read account validation", Reads, Accounts;
    CountryRules = "read country rules", Reads, Others;
    // 10: the indirect model.
    Relationships = "list relationships", Reads, Others;
    CustomerRelationships = "list customer's relationships", Reads, Accounts;
    PartnerProfile = "read partner profile", Reads, Others;
    PartnerAgreement = "read partner agreement", Reads, Others;
    ValidateReseller = "validate reseller", Reads, Others;
    // 11: the Microsoft Customer Agreement.
    SignedAgreement = "read direct acceptance", Reads, Others;
    AgreementTemplates = "read agreement templates", Reads, Others;
    Agreements = "read agreements", Reads, Others;
    // 12: the catalogue.
    Products = "list products", Reads, Catalogue;
    Skus = "list SKUs", Reads, Catalogue;
    Availabilities = "list availabilities", Reads, Catalogue;
    Inventory = "check inventory", Reads, Catalogue;
    Promotions = "list promotions", Reads, Catalogue;
    PromotionEligibility = "check promotion", Reads, Catalogue;
    // 13: carts.
    CreateCart = "create cart", Writes, Carts;
    CheckOut = "check out", Writes, Carts;
    // 14: orders.
    Orders = "list orders", Reads, Accounts;
    // 15: subscriptions.
    Subscriptions = "list subscriptions", Reads, Accounts;
    Subscription = "read subscription", Reads, Accounts;
    Provisioning = "read provisioning", Reads, Accounts;
    ChangeSubscription = "change subscription", Writes, Accounts;
    // 16: licences by way of Partner Center.
    CustomerSkus = "list customer's SKUs", Reads, Others;
    CustomerUsers = "list customer's users", Reads, Others;
    UserLicences = "read user's licences", Reads, Others;
    UpdateLicences = "update licences", Writes, Others;
    // 17: migrations of legacy subscriptions.
    ValidateMigration = "validate migration", Reads, MigrationChecks;
    CreateMigration = "create migration", Writes, MigrationOrders;
    Migration = "read migration", Reads, Others;
    Migrations = "list migrations", Reads, Others;
    CreateSchedule = "create schedule", Writes, MigrationOrders;
    CancelSchedule = "cancel schedule", Writes, MigrationOrders;
    Schedules = "list schedules", Reads, Others;
    Schedule = "read schedule", Reads, Others;
    // 18: transfers.
    CreateTransfer = "create transfer", Writes, Others;
    ChangeTransfer = "change transfer", Writes, Others;
    Transfer = "read transfer", Reads, Others;
    Transfers = "list transfers", Reads, Others;
    // 20: webhooks and audit.
    WebhookEvents = "list webhook events", Reads, Others;
    WebhookRegistration = "read webhook registration", Reads, Others;
    RegisterWebhook = "register webhook", Writes, Others;
    TestWebhook = "test webhook", Writes, WebhookTests;
    WebhookTest = "read webhook test", Reads, Others;
    // 21: Graph. A look at a tenant is its subscriptions, one unit, and its pools, three.
    Tenancy = "read tenant", Reads, GraphReads(2);
    TenantSubscriptions = "list tenant subscriptions", Reads, GraphReads(1);
    LicencePools = "list licence pools", Reads, GraphReads(3);
    Users = "list users", Reads, GraphReads(1);
    User = "read user", Reads, GraphReads(1);
    UserServices = "list users' services", Reads, GraphReads(1);
    GroupErrors = "list groups with licence errors", Reads, GraphReads(1);
    Aftermath = "read services and groups' errors", Reads, GraphReads(1);
    AssignLicence = "assign licence", Writes, GraphWrites;
    AssignLicences = "assign licences of a batch", Writes, GraphWrites;
    AdminRelationships = "list admin relationships", Reads, GraphOwn;
    AccessAssignments = "list access assignments", Reads, GraphOwn;
}
