//! Every kind of call, in one table: its name for people, and whether it writes.

/// Whether repeating a call could do something twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Writes,
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $words:literal, $effect:ident;)+) => {
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
        }
    };
}

operations! {
    // Fact sheet 2.
    SignIn = "sign in", Reads;
    GrantConsent = "grant consent", Writes;
    // 9: customers.
    Customer = "read customer", Reads;
    Customers = "list customers", Reads;
    Invitation = "read invitation link", Reads;
    CompanyProfile = "read company profile", Reads;
    BillingProfile = "read billing profile", Reads;
    ReplaceBillingProfile = "replace billing profile", Writes;
    Qualifications = "read qualifications", Reads;
    SetQualification = "set qualification", Writes;
    AccountValidation = "read account validation", Reads;
    AddressValidation = "validate address", Reads;
    EndRelationship = "end relationship", Writes;
    // 10: the indirect model.
    Relationships = "list relationships", Reads;
    CustomerRelationships = "list customer's relationships", Reads;
    PartnerProfile = "read partner profile", Reads;
    PartnerAgreement = "read partner agreement", Reads;
    ValidateReseller = "validate reseller", Reads;
    // 11: the Microsoft Customer Agreement.
    SignedAgreement = "read direct acceptance", Reads;
    AgreementTemplates = "read agreement templates", Reads;
    AgreementDocument = "read agreement document", Reads;
    Agreements = "read agreements", Reads;
    ConfirmAgreement = "confirm agreement", Writes;
    // 12: the catalogue.
    Products = "list products", Reads;
    Product = "read product", Reads;
    Skus = "list SKUs", Reads;
    Availabilities = "list availabilities", Reads;
    Inventory = "check inventory", Reads;
    Promotions = "list promotions", Reads;
    PromotionEligibility = "check promotion", Reads;
    // 13: carts.
    CreateCart = "create cart", Writes;
    Cart = "read cart", Reads;
    ReplaceCart = "replace cart", Writes;
    CheckOut = "check out", Writes;
    // 14: orders.
    Orders = "list orders", Reads;
    Order = "read order", Reads;
    OrderProvisioning = "read order provisioning", Reads;
    ChangeOrder = "change order", Writes;
    // 15: subscriptions.
    Subscriptions = "list subscriptions", Reads;
    Subscription = "read subscription", Reads;
    Provisioning = "read provisioning", Reads;
    AddOns = "list add-ons", Reads;
    ChangeSubscription = "change subscription", Writes;
    TransitionEligibility = "read transition eligibility", Reads;
    Transitions = "list transitions", Reads;
    CreateTransition = "create transition", Writes;
    // 16: licences by way of Partner Center.
    CustomerSkus = "list customer's SKUs", Reads;
    CustomerUsers = "list customer's users", Reads;
    UserLicences = "read user's licences", Reads;
    UpdateLicences = "update licences", Writes;
    // 17: migrations of legacy subscriptions.
    ValidateMigration = "validate migration", Reads;
    CreateMigration = "create migration", Writes;
    Migration = "read migration", Reads;
    Migrations = "list migrations", Reads;
    MigrationEvents = "list migration events", Reads;
    CreateSchedule = "create schedule", Writes;
    ChangeSchedule = "change schedule", Writes;
    CancelSchedule = "cancel schedule", Writes;
    Schedules = "list schedules", Reads;
    // 18: transfers.
    TransferEligibility = "read transfer eligibility", Reads;
    CreateTransfer = "create transfer", Writes;
    ChangeTransfer = "change transfer", Writes;
    AcceptTransfer = "accept transfer", Writes;
    Transfer = "read transfer", Reads;
    Transfers = "list transfers", Reads;
    // 20: webhooks and audit.
    WebhookEvents = "list webhook events", Reads;
    WebhookRegistration = "read webhook registration", Reads;
    RegisterWebhook = "register webhook", Writes;
    TestWebhook = "test webhook", Writes;
    WebhookTest = "read webhook test", Reads;
    AuditRecords = "list audit records", Reads;
    // 21: Graph.
    TenantSubscriptions = "list tenant subscriptions", Reads;
    LicencePools = "list licence pools", Reads;
    Organization = "read organisation", Reads;
    Users = "list users", Reads;
    User = "read user", Reads;
    AssignLicence = "assign licence", Writes;
    AdminRelationships = "list admin relationships", Reads;
    AdminAssignments = "list admin assignments", Reads;
}
