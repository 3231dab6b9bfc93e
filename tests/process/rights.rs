//! `carryover doctor` while rights are missing: it names the right, and the step that needs it.

use crate::harness::{assert_says, items, number, word};
use crate::journey::Journey;
use crate::portfolio::csv;
use serde_json::{Value, json};

/// Rights that are taken together, because any one of them is enough; and what is said then, by the check that says it.
struct Missing {
    take: &'static [&'static str],
    says: &'static [(&'static str, &'static str)],
}

const RESELLER: &str = "5e11e400-0000-4000-8000-000000000001";

const CASES: [Missing; 11] = [
    Missing { take: &["admin_agent"], says: &[("webhook events", "Admin agent")] },
    Missing {
        take: &["admin_agent", "sales_agent"],
        says: &[
            ("relationship link", "Admin agent"),
            ("webhook events", "Admin agent"),
            ("our partner agreement", "Admin agent"),
        ],
    },
    Missing {
        take: &["organization_read"],
        says: &[("tenant's subscriptions", "Organization.Read.All"), ("tenant's licences", "Organization.Read.All")],
    },
    Missing { take: &["user_read"], says: &[("tenant's users", "User.Read.All")] },
    Missing { take: &["group_read"], says: &[("tenant's groups", "GroupMember.Read.All")] },
    Missing { take: &["license_assignment"], says: &[("changing licences", "LicenseAssignment.ReadWrite.All")] },
    Missing {
        take: &["license_administrator"],
        says: &[
            ("roles in the customer's tenant", "License Administrator"),
            ("changing licences", "License Administrator"),
        ],
    },
    Missing {
        take: &["directory_reader", "license_administrator"],
        says: &[
            ("roles in the customer's tenant", "Directory Readers"),
            ("tenant's subscriptions", "Directory Readers"),
            ("tenant's licences", "Directory Readers"),
            ("tenant's users", "Directory Readers"),
            ("tenant's groups", "Directory Readers"),
            ("changing licences", "License Administrator"),
        ],
    },
    Missing {
        take: &["relationship_read", "relationship_write"],
        says: &[
            ("admin relationships", "DelegatedAdminRelationship.Read.All"),
            ("roles in the customer's tenant", "not known"),
            ("roles assigned to our groups", "not known"),
        ],
    },
    Missing {
        take: &["role_assignment"],
        says: &[
            ("roles assigned to our groups", "Directory Readers"),
            ("tenant's subscriptions", "assign the role Directory Readers to a security group"),
            ("tenant's licences", "assign the role Directory Readers to a security group"),
            ("tenant's users", "assign the role Directory Readers to a security group"),
            ("tenant's groups", "assign the role Directory Readers to a security group"),
            ("changing licences", "assign the role License Administrator to a security group"),
        ],
    },
    Missing {
        take: &["tenant_consent"],
        says: &[
            ("sign-in, customer's tenant", "consent to the application in that tenant"),
            ("tenant's subscriptions", "not asked"),
            ("tenant's licences", "not asked"),
            ("tenant's users", "not asked"),
            ("tenant's groups", "not asked"),
            ("changing licences", "not asked"),
        ],
    },
];

/// The same for who sells through resellers.
const PROVIDER: [Missing; 2] = [
    Missing { take: &["admin_agent"], says: &[("webhook events", "Admin agent")] },
    Missing {
        take: &["admin_agent", "sales_agent"],
        says: &[
            ("relationship link", "Admin agent"),
            ("webhook events", "Admin agent"),
            ("our partner agreement", "Admin agent"),
            ("resellers", "Admin agent"),
            ("resellers on purchases", "not asked, because the resellers cannot be read"),
            ("customer's resellers", "Admin agent"),
        ],
    },
];

/// Each of these is enough beside the other one, or nothing that is done needs it.
const SPARE: [&str; 4] = ["sales_agent", "directory_reader", "relationship_read", "relationship_write"];

fn change(journey: &Journey, how: &str, rights: &[&str]) {
    let (status, answer) = journey.emulator.post("/emulator/rights", &json!({ how: rights }));
    assert_eq!(status, 200, "{answer}");
}

/// A customer that has accepted us, and its tenant's id.
fn with_a_customer() -> (Journey, String) {
    accepted(Journey::arrive(&csv(), &[]))
}

/// The same for a provider with one reseller.
fn with_a_resellers_customer() -> (Journey, String) {
    let reseller = json!({ "tenant_id": RESELLER, "name": "North", "mpn_id": "4700001", "location": "DE",
        "active": true, "agreement_signed": true });
    let journey = Journey::in_another_world(&csv(), |seed| {
        let programme = &mut seed["partner"]["programme"];
        programme["model"] = "indirect_provider".into();
        programme["resellers"] = json!([reseller]);
        seed["customers"][0]["account"]["reseller"] = RESELLER.into();
    });
    let settings = journey.workplace.text("carryover.toml");
    journey.workplace.write("carryover.toml", settings + "\n[policy]\nsells_as = \"indirect_provider\"\n");
    accepted(journey)
}

fn accepted(journey: Journey) -> (Journey, String) {
    let seed = journey.emulator.get("/emulator/seed");
    let tenant = word(&items(&seed["customers"])[0]["tenant_id"]).to_owned();
    let (status, answer) =
        journey.emulator.post("/emulator/acts", &json!({ "act": { "kind": "accepts", "tenant": tenant } }));
    assert_eq!(status, 200, "{answer}");
    (journey, tenant)
}

#[test]
fn doctor_names_each_right_that_is_missing_and_the_step_that_needs_it() {
    let (journey, tenant) = with_a_customer();
    let doctor = ["doctor", "--customer", tenant.as_str()];
    let rights = journey.emulator.get("/emulator/rights");
    let tried: Vec<&str> = CASES.iter().flat_map(|case| case.take).chain(&SPARE).copied().collect();
    for right in items(&rights) {
        assert!(tried.contains(&word(right)), "no case takes {right} away");
    }

    let green = journey.workplace.json(&doctor, 0);
    assert_eq!(number(&green["failed"]), 0, "{green}");
    assert_named(&journey, &doctor, &CASES);
    for right in SPARE {
        change(&journey, "take", &[right]);
        journey.workplace.json(&doctor, 0);
        change(&journey, "grant", &[right]);
    }
}

#[test]
fn doctor_names_to_a_provider_what_selling_through_resellers_lacks() {
    let (journey, tenant) = with_a_resellers_customer();
    let doctor = ["doctor", "--customer", tenant.as_str()];
    let green = journey.workplace.json(&doctor, 0);
    let names: Vec<&str> = items(&green["checks"]).iter().map(|check| word(&check["name"])).collect();
    for name in ["resellers", "resellers on purchases", "customer's resellers"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_named(&journey, &doctor, &PROVIDER);
}

/// Takes the rights of each case away, and has `doctor` say what is said then, and nothing else.
fn assert_named(journey: &Journey, doctor: &[&str], cases: &[Missing]) {
    for case in cases {
        change(journey, "take", case.take);
        let checked = journey.workplace.json(doctor, 1);
        let failed: Vec<&Value> = items(&checked["checks"]).iter().filter(|check| check["ok"] == false).collect();
        let names: Vec<&str> = failed.iter().map(|check| word(&check["name"])).collect();
        let expected: Vec<&str> = case.says.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected, "without {:?}", case.take);
        for (check, (_, right)) in failed.iter().zip(case.says) {
            assert_says(word(&check["problem"]), &[right]);
            assert!(!word(&check["needed_for"]).is_empty(), "{check}");
        }
        change(journey, "grant", case.take);
    }
}

#[test]
fn doctor_names_a_customer_that_has_not_let_us_in() {
    let journey = Journey::arrive(&csv(), &[]);
    let seed = journey.emulator.get("/emulator/seed");
    let tenant = word(&items(&seed["customers"])[0]["tenant_id"]).to_owned();
    let text = journey.workplace.run(&["doctor", "--customer", tenant.as_str()]).ends(1).out;
    assert_says(&text, &["FAILED  sign-in, customer's tenant", "approve an admin relationship"]);
}
