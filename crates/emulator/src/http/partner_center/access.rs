//! Which calls need a signed-in user, and which role that user needs (fact sheet 0.3, 2.1, 16).

use crate::ledger::BudgetOf;
use crate::ledger::budgets::Budget;
use crate::seed::Right;

/// Either of the two roles that sell.
const SELLS: &[Right] = &[Right::AdminAgent, Right::SalesAgent];
const ADMINISTERS: &[Right] = &[Right::AdminAgent];
const READS_DIRECTORY: &[Right] = &[Right::DirectoryReader, Right::LicenseAdministrator];
const ASSIGNS: &[Right] = &[Right::LicenseAdministrator];

/// Calls that an application alone may not make.
pub(super) fn needs_user(method: &str, route: &[&str]) -> bool {
    match route {
        ["customers", "relationshiprequests"]
        | ["relationships"]
        | ["profiles", "mpn"]
        | ["compliance", ..]
        | ["auditrecords", ..]
        | ["partnerrequests" | "applicationmfaadoptionstatus"] => true,
        ["customers", _, "qualifications"] => method != "GET",
        ["customers", _, rest, ..] => matches!(
            *rest,
            "agreements"
                | "applicationconsents"
                | "directsignedmicrosoftcustomeragreementstatus"
                | "relationships"
                | "subscribedskus"
                | "users"
        ),
        _ => false,
    }
}

/// What a user needs for a call: one right out of each set.
pub(super) fn rights(method: &str, route: &[&str]) -> Vec<&'static [Right]> {
    let reads = method == "GET";
    match route {
        ["customers", _, "subscribedskus" | "customdomains", ..] => vec![ADMINISTERS, READS_DIRECTORY],
        ["customers", _, "users", ..] if reads => vec![ADMINISTERS, READS_DIRECTORY],
        ["customers", _, "users", ..] => vec![ADMINISTERS, ASSIGNS],
        ["customers", _, "transfers" | "applicationconsents", ..]
        | ["partners", "validateresellers"]
        | ["auditrecords", ..]
        | ["registration", ..] => vec![ADMINISTERS],
        ["customers", _, "agreements" | "qualifications"] if !reads => vec![ADMINISTERS],
        ["customers", _] if !reads => vec![ADMINISTERS],
        _ => vec![SELLS],
    }
}

/// The budget of a call and what shares it; `None` where no number is published (fact sheet 7).
pub(super) fn budget(method: &str, route: &[&str], of: BudgetOf) -> Option<(String, Budget)> {
    let shared = |kind: &str, customer: &str| match of {
        BudgetOf::Partner => kind.to_owned(),
        BudgetOf::Customer => format!("{kind} {customer}"),
    };
    match (method, route) {
        ("POST", ["customers", _, "migrations", "newcommerce"]) => {
            Some(("migrations".to_owned(), Budget { units: 100, seconds: 300 }))
        }
        ("POST", ["customers", customer, "migrations", "newcommerce", "validate"]) => {
            Some((format!("validate {customer}"), Budget { units: 450, seconds: 300 }))
        }
        (_, ["customers", customer]) if *customer != "relationshiprequests" => {
            Some((shared("customers", customer), Budget { units: 500, seconds: 60 }))
        }
        (_, ["customers", customer, kind @ ("subscriptions" | "orders"), ..]) => {
            Some((shared(kind, customer), Budget { units: 500, seconds: 60 }))
        }
        _ => None,
    }
}
