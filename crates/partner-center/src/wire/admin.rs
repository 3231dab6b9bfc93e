//! Admin relationships of the partner with its customers (fact sheet 21.6), what their roles allow, and which of these roles a
//! security group of the partner has.

use super::lenient;
use carryover_domain::facts::Access;
use carryover_domain::ids::TenantId;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdminRelationship {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) id: Option<String>,
    #[serde(default)]
    customer: Option<Party>,
    #[serde(default)]
    access_details: Option<AccessDetails>,
    #[serde(default, deserialize_with = "lenient::text")]
    auto_extend_duration: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    end_date_time: Option<Timestamp>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Party {
    #[serde(default, deserialize_with = "lenient::text")]
    tenant_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessDetails {
    #[serde(default, deserialize_with = "lenient::list")]
    unified_roles: Vec<Role>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    #[serde(default, deserialize_with = "lenient::text")]
    role_definition_id: Option<String>,
}

/// Roles of a relationship, given to a security group of the partner.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessAssignment {
    #[serde(default)]
    access_details: Option<AccessDetails>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
}

/// Entra's own ids of the roles that serve a need; any one of them does (rule R88). The first is the one to ask for.
struct Need {
    name: &'static str,
    roles: &'static [&'static str],
}

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const LICENSE_ADMINISTRATOR: &str = "4d6ac14f-3453-41d0-bef9-a3e0c569773a";
const USER_ADMINISTRATOR: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
const DIRECTORY_WRITERS: &str = "9360feb5-f418-4baa-8175-e2a00bac4301";
const DIRECTORY_READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

const NEEDS: [Need; 2] = [
    Need {
        name: "License Administrator",
        roles: &[LICENSE_ADMINISTRATOR, USER_ADMINISTRATOR, DIRECTORY_WRITERS, GLOBAL_ADMINISTRATOR],
    },
    Need {
        name: "Directory Readers",
        roles: &[
            DIRECTORY_READERS,
            GLOBAL_READER,
            DIRECTORY_WRITERS,
            LICENSE_ADMINISTRATOR,
            USER_ADMINISTRATOR,
            GLOBAL_ADMINISTRATOR,
        ],
    },
];

impl AccessDetails {
    fn serve(&self, need: &Need) -> bool {
        let mut ids = self.unified_roles.iter().filter_map(|role| role.role_definition_id.as_deref());
        ids.any(|id| need.roles.iter().any(|wanted| wanted.eq_ignore_ascii_case(id.trim())))
    }
}

impl AccessAssignment {
    /// Whether it counts now.
    fn is_active(&self) -> bool {
        self.status.as_deref().is_none_or(|word| word.eq_ignore_ascii_case("active"))
    }
}

impl AdminRelationship {
    /// The customer's tenant; none where it cannot be read.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.customer.as_ref()?.tenant_id.as_deref()?.parse().ok()
    }

    fn gives(&self, need: &Need) -> bool {
        self.access_details.as_ref().is_some_and(|details| details.serve(need))
    }

    /// When it ends; none where it extends itself or does not say.
    fn ends(&self) -> Option<Timestamp> {
        let extends = self.auto_extend_duration.as_deref().is_some_and(|word| !matches!(word, "P0D" | "PT0S"));
        self.end_date_time.filter(|_| !extends)
    }
}

/// What `held`, all active relationships with one customer, come to: each need lasts as long as the relationship that gives it
/// longest, and access as a whole as long as the first need that ends.
pub(crate) fn access(held: &[&AdminRelationship]) -> Access {
    let mut access = Access::default();
    for need in &NEEDS {
        // None, an open end, counts as the latest.
        let ends = held.iter().filter(|it| it.gives(need)).map(|it| it.ends().unwrap_or(Timestamp::MAX)).max();
        match ends {
            None => access.lacks.push(need.name.to_owned()),
            Some(end) if end == Timestamp::MAX => {}
            Some(end) => access.ends = Some(access.ends.map_or(end, |first| first.min(end))),
        }
    }
    access
}

/// Roles that the work needs and that none of `assignments` gives to a group.
pub(crate) fn unassigned(assignments: &[AccessAssignment]) -> Vec<&'static str> {
    let serves = |need: &Need| {
        let mut active = assignments.iter().filter(|it| it.is_active()).filter_map(|it| it.access_details.as_ref());
        active.any(|details| details.serve(need))
    };
    NEEDS.iter().filter(|need| !serves(need)).map(|need| need.name).collect()
}
