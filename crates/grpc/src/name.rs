//! Resource names: made, and taken apart. Knows which are well formed, not which exist.

use crate::fault::Fault;
use carryover_domain::ids::{LineId, MigrationId, PlanId, TenantId};
use std::fmt::Display;
use std::str::FromStr;

/// Any one, in a place where that may be said.
const ANY: &str = "-";

/// The names under one partner.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    partner: String,
}

/// Whose migrations are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of the partner's.
    All,
    /// One customer's.
    One(MigrationId),
}

impl Names {
    /// Names under the partner tenant `partner`; under `local` where none is known.
    pub(crate) fn new(partner: Option<TenantId>) -> Self {
        Self { partner: partner.map_or_else(|| "local".to_owned(), |tenant| tenant.to_string()) }
    }

    pub(crate) fn partner(&self) -> String {
        format!("partners/{}", self.partner)
    }

    pub(crate) fn portfolio(&self) -> String {
        format!("partners/{}/portfolio", self.partner)
    }

    pub(crate) fn customer(&self, tenant: TenantId) -> String {
        format!("partners/{}/customers/{tenant}", self.partner)
    }

    pub(crate) fn migration(&self, tenant: TenantId) -> String {
        format!("{}/migrations/{}", self.customer(tenant), MigrationId::of(tenant))
    }

    pub(crate) fn line(&self, tenant: TenantId, line: LineId) -> String {
        format!("{}/lines/{line}", self.migration(tenant))
    }

    pub(crate) fn plan(&self, tenant: TenantId, plan: PlanId) -> String {
        format!("{}/plans/{plan}", self.migration(tenant))
    }

    pub(crate) fn event(&self, tenant: TenantId, number: u64) -> String {
        format!("{}/events/{number}", self.migration(tenant))
    }

    pub(crate) fn report(&self, tenant: TenantId) -> String {
        format!("{}/report", self.migration(tenant))
    }

    /// `partners/{partner}`.
    pub(crate) fn read_partner(&self, field: &str, text: &str) -> Result<(), Fault> {
        self.parts(field, text, "partners/{partner}").map(|_| ())
    }

    pub(crate) fn read_portfolio(&self, field: &str, text: &str) -> Result<(), Fault> {
        self.parts(field, text, "partners/{partner}/portfolio").map(|_| ())
    }

    pub(crate) fn read_customer(&self, field: &str, text: &str) -> Result<MigrationId, Fault> {
        let parts = self.parts(field, text, "partners/{partner}/customers/{customer}")?;
        Ok(MigrationId::of(id(field, text, parts[1])?))
    }

    /// A customer, or all with `-`.
    pub(crate) fn read_scope(&self, field: &str, text: &str) -> Result<Scope, Fault> {
        let parts = self.parts(field, text, "partners/{partner}/customers/{customer}")?;
        if parts[1] == ANY {
            return Ok(Scope::All);
        }
        Ok(Scope::One(MigrationId::of(id(field, text, parts[1])?)))
    }

    /// A migration, whose customer may be `-`, or all with `customers/-/migrations/-`.
    pub(crate) fn read_migrations(&self, field: &str, text: &str) -> Result<Scope, Fault> {
        let parts = self.parts(field, text, "partners/{partner}/customers/{customer}/migrations/{migration}")?;
        match (parts[1], parts[2]) {
            (ANY, ANY) => Ok(Scope::All),
            (ANY, migration) => id(field, text, migration).map(Scope::One),
            _ => owned(field, text, &parts).map(Scope::One),
        }
    }

    pub(crate) fn read_migration(&self, field: &str, text: &str) -> Result<MigrationId, Fault> {
        owned(field, text, &self.parts(field, text, "partners/{partner}/customers/{customer}/migrations/{migration}")?)
    }

    pub(crate) fn read_report(&self, field: &str, text: &str) -> Result<MigrationId, Fault> {
        let pattern = "partners/{partner}/customers/{customer}/migrations/{migration}/report";
        owned(field, text, &self.parts(field, text, pattern)?)
    }

    pub(crate) fn read_line(&self, field: &str, text: &str) -> Result<(MigrationId, LineId), Fault> {
        let pattern = "partners/{partner}/customers/{customer}/migrations/{migration}/lines/{line}";
        let parts = self.parts(field, text, pattern)?;
        Ok((owned(field, text, &parts)?, id(field, text, parts[3])?))
    }

    pub(crate) fn read_plan(&self, field: &str, text: &str) -> Result<(MigrationId, PlanId), Fault> {
        let pattern = "partners/{partner}/customers/{customer}/migrations/{migration}/plans/{plan}";
        let parts = self.parts(field, text, pattern)?;
        Ok((owned(field, text, &parts)?, id(field, text, parts[3])?))
    }

    /// The variable segments of `text`, which has to fit `pattern`; the first is our partner.
    fn parts<'a>(&self, field: &str, text: &'a str, pattern: &str) -> Result<Vec<&'a str>, Fault> {
        let mut segments = text.split('/');
        let mut parts = Vec::new();
        for expected in pattern.split('/') {
            let found = segments.next().filter(|found| !found.is_empty());
            match (found, expected.starts_with('{')) {
                (Some(found), true) => parts.push(found),
                (Some(found), false) if found == expected => {}
                _ => return Err(Fault::name(field, text, pattern)),
            }
        }
        if segments.next().is_some() {
            return Err(Fault::name(field, text, pattern));
        }
        if parts[0] != self.partner && parts[0] != ANY {
            return Err(Fault::not_found(text));
        }
        Ok(parts)
    }
}

/// The migration of the customer in the second segment, which the third has to name.
fn owned(field: &str, text: &str, parts: &[&str]) -> Result<MigrationId, Fault> {
    let tenant: TenantId = id(field, text, parts[1])?;
    // A customer has one migration; `report` names have no segment beyond it.
    let migration: MigrationId = id(field, text, parts[2])?;
    if migration != MigrationId::of(tenant) {
        return Err(Fault::not_found(text));
    }
    Ok(migration)
}

/// An id as we write it.
fn id<T: FromStr + Display>(field: &str, text: &str, segment: &str) -> Result<T, Fault> {
    let expected = "each id in it a GUID in lower case";
    segment.parse::<T>().ok().filter(|id| id.to_string() == segment).ok_or_else(|| Fault::name(field, text, expected))
}

#[cfg(test)]
mod tests {
    use super::{Names, Scope};
    use carryover_domain::ids::{LineId, MigrationId, TenantId};

    fn tenant() -> TenantId {
        "8f0d9b52-6b0a-4b5e-9e57-1d8f5a3c0001".parse().expect("a GUID")
    }

    #[test]
    fn every_name_that_is_made_is_read_back() {
        let names = Names::new(Some(tenant()));
        let migration = MigrationId::of(tenant());
        let line = LineId::of(tenant(), "one");
        assert_eq!(names.read_migration("name", &names.migration(tenant())).ok(), Some(migration));
        assert_eq!(names.read_line("name", &names.line(tenant(), line)).ok(), Some((migration, line)));
        assert_eq!(names.read_customer("name", &names.customer(tenant())).ok(), Some(migration));
        assert_eq!(names.read_report("name", &names.report(tenant())).ok(), Some(migration));
        assert_eq!(names.read_scope("parent", "partners/-/customers/-").ok(), Some(Scope::All));
        assert!(names.read_portfolio("name", &names.portfolio()).is_ok());
    }

    #[test]
    fn a_name_of_another_shape_is_refused() {
        let names = Names::new(None);
        let good = names.migration(tenant());
        for bad in [
            "",
            "/",
            "partners/local",
            &format!("/{good}"),
            &format!("{good}/"),
            &good.to_uppercase(),
            &good.replace("local", "other"),
            &good.replace("migrations", "lines"),
            &good.replace("8f0d9b52", "8f0d9b53"),
            "partners/local/customers/-/migrations/-",
        ] {
            assert!(names.read_migration("name", bad).is_err(), "{bad}");
        }
    }
}
