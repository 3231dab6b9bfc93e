//! Every operation is called, and has a recorded exchange.

use super::Operation;
use std::path::Path;

/// The call of `operation`, with `*` for any one segment.
fn call(operation: Operation) -> &'static str {
    use Operation as Op;
    match operation {
        Op::SignIn => "POST /login/*/oauth2/token",
        Op::Customer => "GET /pc/v1/customers/*",
        Op::Customers => "GET /pc/v1/customers",
        Op::Invitation => "GET /pc/v1/customers/relationshiprequests",
        Op::Qualifications => "GET /pc/v1/customers/*/qualifications",
        Op::AccountValidation => "GET /pc/v1/customers/*/validationStatus",
        Op::CountryRules => "GET /pc/v1/countryvalidationrules/*",
        Op::SignedAgreement => "GET /pc/v1/customers/*/directSignedMicrosoftCustomerAgreementStatus",
        Op::AgreementTemplates => "GET /pc/v1/agreements",
        Op::Agreements => "GET /pc/v1/customers/*/agreements",
        Op::Products => "GET /pc/v1/products",
        Op::Skus => "GET /pc/v1/products/*/skus",
        Op::Availabilities => "GET /pc/v1/products/*/skus/*/availabilities",
        Op::Promotions => "GET /pc/v1/productpromotions",
        Op::PromotionEligibility => "POST /pc/v1/customers/*/promotionEligibilities",
        Op::CreateCart => "POST /pc/v1/customers/*/carts",
        Op::CheckOut => "POST /pc/v1/customers/*/carts/*/checkout",
        Op::Orders => "GET /pc/v1/customers/*/orders",
        Op::Subscriptions => "GET /pc/v1/customers/*/subscriptions",
        Op::Subscription => "GET /pc/v1/customers/*/subscriptions/*",
        Op::Provisioning => "GET /pc/v1/customers/*/subscriptions/*/provisioningstatus",
        Op::ChangeSubscription => "PATCH /pc/v1/customers/*/subscriptions/*",
        Op::ValidateMigration => "POST /pc/v1/customers/*/migrations/newcommerce/validate",
        Op::CreateMigration => "POST /pc/v1/customers/*/migrations/newcommerce",
        Op::Migration => "GET /pc/v1/customers/*/migrations/newcommerce/*",
        Op::Migrations => "GET /pc/v1/migrations/newcommerce",
        Op::CreateSchedule => "POST /pc/v1/customers/*/migrations/newcommerce/schedules",
        Op::CancelSchedule => "POST /pc/v1/customers/*/migrations/newcommerce/schedules/*/cancel",
        Op::Schedules => "GET /pc/v1/migrations/newcommerce/schedules",
        Op::Schedule => "GET /pc/v1/customers/*/migrations/newcommerce/schedules/*",
        Op::CreateTransfer => "POST /pc/v1/customers/*/transfers",
        Op::ChangeTransfer => "PATCH /pc/v1/customers/*/transfers/*",
        Op::Transfer => "GET /pc/v1/customers/*/transfers/*",
        Op::Transfers => "GET /pc/v1/customers/*/transfers",
        Op::WebhookEvents => "GET /pc/webhooks/v1/registration/events",
        Op::WebhookRegistration => "GET /pc/webhooks/v1/registration",
        Op::RegisterWebhook => "POST /pc/webhooks/v1/registration",
        Op::TestWebhook => "POST /pc/webhooks/v1/registration/validationEvents",
        Op::WebhookTest => "GET /pc/webhooks/v1/registration/validationEvents/*",
        Op::Relationships => "GET /pc/v1/relationships",
        Op::CustomerRelationships => "GET /pc/v1/customers/*/relationships",
        Op::PartnerProfile => "GET /pc/v1/profiles/mpn",
        Op::PartnerAgreement => "GET /pc/v1/compliance/csp/agreementstatus",
        Op::ValidateReseller => "POST /pc/v1/partners/validateresellers",
        Op::Inventory => "POST /pc/v1/extensions/product/checkInventory",
        Op::CustomerSkus => "GET /pc/v1/customers/*/subscribedskus",
        Op::CustomerUsers => "GET /pc/v1/customers/*/users",
        Op::UserLicences => "GET /pc/v1/customers/*/users/*/licenses",
        Op::UpdateLicences => "POST /pc/v1/customers/*/users/*/licenseupdates",
        Op::TenantSubscriptions => "GET /graph/v1.0/directory/subscriptions",
        Op::LicencePools => "GET /graph/v1.0/subscribedSkus",
        Op::Users => "GET /graph/v1.0/users",
        Op::User => "GET /graph/v1.0/users/*",
        Op::UserServices => "GET /graph/v1.0/users",
        Op::GroupErrors => "GET /graph/v1.0/groups",
        Op::Tenancy | Op::Aftermath => "POST /graph/v1.0/$batch",
        Op::AssignLicence => "POST /graph/v1.0/users/*/assignLicense",
        Op::AssignLicences => "POST /graph/v1.0/$batch",
        Op::AdminRelationships => "GET /graph/v1.0/tenantRelationships/delegatedAdminRelationships",
        Op::AccessAssignments => "GET /graph/v1.0/tenantRelationships/delegatedAdminRelationships/*/accessAssignments",
    }
}

/// What tells the call of `operation` from that of another one with the same address: in its query, or in its body.
fn told_by(operation: Operation) -> &'static str {
    use Operation as Op;
    match operation {
        Op::Users => "$select=id,usageLocation",
        Op::UserServices => "$select=id,provisionedPlans",
        Op::Tenancy => r#""url":"/subscribedSkus""#,
        Op::Aftermath => r#""url":"/groups?"#,
        Op::AssignLicences => "/assignLicense",
        _ => "",
    }
}

/// The requests of all recordings: their lines without queries, and all of them as they read without escapes.
fn recorded() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchanges");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let request = |exchange: &str| {
        let asked = exchange.split_once('\n').unwrap_or_default().1.split("\n\n").next().unwrap_or_default();
        let line = asked.lines().next().unwrap_or_default().split('?').next().unwrap_or_default();
        let unescaped = [("%24", "$"), ("%2C", ","), ("%2F", "/")].into_iter();
        (line.to_owned(), unescaped.fold(asked.to_owned(), |asked, (escaped, plain)| asked.replace(escaped, plain)))
    };
    let requests = |text: String| format!("\n{text}").split("\n### ").map(request).collect::<Vec<_>>();
    files.flat_map(requests).collect()
}

fn is(line: &str, call: &str) -> bool {
    let (line, call): (Vec<&str>, Vec<&str>) = (line.split('/').collect(), call.split('/').collect());
    line.len() == call.len() && line.iter().zip(call).all(|(one, other)| other == "*" || *one == other)
}

#[test]
fn no_operation_lacks_a_recorded_exchange() {
    let recorded = recorded();
    let lacking: Vec<_> = Operation::ALL
        .into_iter()
        .map(|operation| (operation, call(operation), told_by(operation)))
        .filter(|(_, call, told)| !recorded.iter().any(|(line, all)| is(line, call) && all.contains(told)))
        .collect();
    assert!(lacking.is_empty(), "without a recording: {lacking:?}");
}

#[test]
fn no_two_operations_share_an_exchange() {
    let mut seen = std::collections::BTreeMap::new();
    for operation in Operation::ALL {
        let other = seen.insert((call(operation), told_by(operation)), operation);
        assert_eq!(other, None, "{operation:?}");
    }
}

#[test]
fn every_operation_is_called() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let text: String = sources.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for operation in Operation::ALL {
        let name = format!("Operation::{operation:?}");
        let is_called = text.split(&name).skip(1).any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
        assert!(is_called, "{name}");
    }
}
