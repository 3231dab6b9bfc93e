//! Delegated administration: relationships that a partner asks for and a customer's administrator approves (fact sheet 21.6).
//!
//! A customer that lets us in without having been asked this way is shown as one relationship with all roles that the
//! partner's user holds, assigned to one group. A role opens nothing before it is assigned.

use jiff::{Span, Timestamp};
use thiserror::Error;
use uuid::Uuid;

use super::tenant::{Standing, Tenant};
use super::webhooks::AdminEvent;
use super::{Happening, Ledger};
use crate::ids::TenantId;
use crate::seed::Right;

/// Entra's ids of the directory roles that rights stand for.
const ROLES: [(Right, &str); 2] = [
    (Right::DirectoryReader, "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"),
    (Right::LicenseAdministrator, "4d6ac14f-3453-41d0-bef9-a3e0c569773a"),
];
/// The role that may do everything.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// The security group that has the roles nobody asked for.
const USUAL_GROUP: Uuid = Uuid::from_u128(0x0000_6409_0000_4000_8000_0000_0000_0001);
/// How long a relationship lasts that nobody asked for, and by how much it extends itself.
const USUAL: (&str, &str) = ("P730D", "P180D");

/// A relationship of delegated administration.
#[derive(Debug, Clone)]
pub(crate) struct AdminRelationship {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) duration: String,
    pub(crate) extends_by: String,
    /// The customer; one that was asked for without a customer gets it with the approval.
    pub(crate) customer: Option<TenantId>,
    /// Ids of directory roles.
    pub(crate) roles: Vec<String>,
    pub(crate) status: AdminStatus,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) activated: Option<Timestamp>,
    pub(crate) ends: Option<Timestamp>,
    pub(crate) version: u32,
    /// Security groups of the partner, each with the roles it got.
    pub(crate) assignments: Vec<(Uuid, String, Vec<String>)>,
}

/// How far a relationship is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdminStatus {
    Created,
    ApprovalPending,
    Active,
    Expired,
    Terminated,
}

impl AdminStatus {
    pub(crate) fn word(self) -> &'static str {
        match self {
            AdminStatus::Created => "created",
            AdminStatus::ApprovalPending => "approvalPending",
            AdminStatus::Active => "active",
            AdminStatus::Expired => "expired",
            AdminStatus::Terminated => "terminated",
        }
    }
}

/// What a partner asks for.
#[derive(Debug, Clone)]
pub(crate) struct AdminWish {
    pub(crate) name: String,
    pub(crate) duration: String,
    pub(crate) extends_by: String,
    pub(crate) customer: Option<TenantId>,
    pub(crate) roles: Vec<String>,
}

/// A refusal about delegated administration. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AdminRefusal {
    /// None of that id.
    #[error("Resource '{0}' does not exist.")]
    Unknown(String),
    /// A value that cannot be.
    #[error("Invalid value for {0}.")]
    Invalid(&'static str),
    /// Another one has the name.
    #[error("A relationship with this display name exists already.")]
    NameTaken,
    /// It is not in the right state for this.
    #[error("The relationship is {0}, which does not allow this.")]
    State(&'static str),
    /// It changed since it was read.
    #[error("The etag is not the current one.")]
    Stale,
}

impl Ledger {
    /// Every relationship there is, by id.
    pub(crate) fn admin_relationships(&self) -> Vec<AdminRelationship> {
        let mut all: Vec<AdminRelationship> = self.admins.values().cloned().collect();
        all.extend(self.tenants.values().filter(|customer| customer.delegated_admin).filter_map(|customer| {
            let asked =
                self.admins.values().any(|it| it.customer == Some(customer.id) && it.status == AdminStatus::Active);
            (!asked).then(|| self.unasked(customer))
        }));
        all.sort_by_key(|it| it.id);
        all
    }

    /// One of them.
    pub(crate) fn admin_relationship(&self, id: &str) -> Result<AdminRelationship, AdminRefusal> {
        let known = id.parse().ok().and_then(|id: Uuid| self.admin_relationships().into_iter().find(|it| it.id == id));
        known.ok_or_else(|| AdminRefusal::Unknown(id.to_owned()))
    }

    fn unasked(&self, customer: &Tenant) -> AdminRelationship {
        let since = match customer.standing {
            Standing::Reseller { accepted_at, .. } => accepted_at,
            Standing::Stranger | Standing::Advised => self.seed.start,
        };
        let held = ROLES.iter().filter(|(right, _)| self.may(&[*right]));
        let roles: Vec<String> = held.map(|(_, role)| (*role).to_owned()).collect();
        let id = Uuid::new_v5(&self.seed.partner.tenant_id.0, customer.id.0.as_bytes());
        let assigned = || (Uuid::new_v5(&id, USUAL_GROUP.as_bytes()), USUAL_GROUP.to_string(), roles.clone());
        AdminRelationship {
            id,
            name: format!("Administration of {}", customer.domain),
            duration: USUAL.0.to_owned(),
            extends_by: USUAL.1.to_owned(),
            customer: Some(customer.id),
            assignments: self.may(&[Right::RoleAssignment]).then(assigned).into_iter().collect(),
            roles,
            status: AdminStatus::Active,
            created: since,
            modified: since,
            activated: Some(since),
            ends: after(since, USUAL.0),
            version: 1,
        }
    }

    /// Asks for one. It does nothing until it is locked for approval and approved.
    pub(crate) fn ask_for_admin(&mut self, wish: AdminWish) -> Result<Uuid, AdminRefusal> {
        if wish.name.is_empty() || wish.name.chars().count() > 50 {
            return Err(AdminRefusal::Invalid("displayName"));
        }
        if self.admin_relationships().iter().any(|it| it.name == wish.name) {
            return Err(AdminRefusal::NameTaken);
        }
        let now = self.now;
        let longest = after(now, "P2Y");
        if after(now, &wish.duration).is_none_or(|end| end <= now || Some(end) > longest) {
            return Err(AdminRefusal::Invalid("duration"));
        }
        if !matches!(wish.extends_by.as_str(), "P0D" | "PT0S" | "P180D") {
            return Err(AdminRefusal::Invalid("autoExtendDuration"));
        }
        if wish.roles.is_empty() || wish.roles.iter().any(|role| role.parse::<Uuid>().is_err()) {
            return Err(AdminRefusal::Invalid("accessDetails"));
        }
        if wish.customer.is_some_and(|customer| !self.tenants.contains_key(&customer)) {
            return Err(AdminRefusal::Invalid("customer"));
        }
        let id = Uuid::new_v5(&self.seed.partner.tenant_id.0, format!("{} {now}", wish.name).as_bytes());
        let asked = AdminRelationship {
            id,
            name: wish.name,
            duration: wish.duration,
            extends_by: wish.extends_by,
            customer: wish.customer,
            roles: wish.roles,
            status: AdminStatus::Created,
            created: now,
            modified: now,
            activated: None,
            ends: None,
            version: 1,
            assignments: Vec::new(),
        };
        self.admins.insert(id, asked);
        Ok(id)
    }

    /// Hands one to the customer for approval.
    pub(crate) fn lock_admin(&mut self, id: &str) -> Result<(), AdminRefusal> {
        let now = self.now;
        let held = self.asked(id)?;
        if held.status != AdminStatus::Created {
            return Err(AdminRefusal::State(held.status.word()));
        }
        held.change(AdminStatus::ApprovalPending, now);
        Ok(())
    }

    /// Ends one that is active. What it gave is gone unless another one gives it.
    pub(crate) fn terminate_admin(&mut self, id: &str) -> Result<(), AdminRefusal> {
        let known = self.admin_relationship(id)?;
        if known.status != AdminStatus::Active {
            return Err(AdminRefusal::State(known.status.word()));
        }
        let now = self.now;
        self.admins.entry(known.id).or_insert(known.clone()).change(AdminStatus::Terminated, now);
        self.withdraw(known.customer);
        self.tell_of(AdminEvent::Terminated, known.customer);
        Ok(())
    }

    /// Gives roles of an active one to a security group of the partner.
    pub(crate) fn assign_admin(&mut self, id: &str, group: String, roles: Vec<String>) -> Result<Uuid, AdminRefusal> {
        let known = self.admin_relationship(id)?;
        if known.status != AdminStatus::Active {
            return Err(AdminRefusal::State(known.status.word()));
        }
        if group.is_empty() || roles.iter().any(|role| !known.roles.contains(role)) {
            return Err(AdminRefusal::Invalid("accessDetails"));
        }
        let (now, key) = (self.now, known.id);
        let customer = known.customer;
        let held = self.admins.entry(key).or_insert(known);
        let assignment = Uuid::new_v5(&key, group.as_bytes());
        let again = held.assignments.iter().any(|(known, ..)| *known == assignment);
        held.assignments.retain(|(known, ..)| *known != assignment);
        held.assignments.push((assignment, group, roles));
        held.change(AdminStatus::Active, now);
        if again {
            self.tell_of(AdminEvent::AssignmentUpdated, customer);
        } else {
            self.tell_of(AdminEvent::AssignmentCreated, customer);
            self.tell_of(AdminEvent::AssignmentActivated, customer);
        }
        Ok(assignment)
    }

    /// Removes one that was never handed over.
    pub(crate) fn forget_admin(&mut self, id: &str, etag: Option<&str>) -> Result<(), AdminRefusal> {
        let held = self.asked(id)?;
        if etag.is_some_and(|etag| etag != held.etag()) {
            return Err(AdminRefusal::Stale);
        }
        if held.status != AdminStatus::Created {
            return Err(AdminRefusal::State(held.status.word()));
        }
        let key = held.id;
        self.admins.remove(&key);
        Ok(())
    }

    /// Whether `tenant` could approve the one that a link names.
    pub(super) fn may_approve(&self, tenant: TenantId, id: Uuid) -> bool {
        let pending = self.admins.get(&id).filter(|it| it.status == AdminStatus::ApprovalPending);
        pending.is_some_and(|it| it.customer.is_none_or(|customer| customer == tenant))
    }

    /// The customer's administrator approves.
    pub(super) fn approves_admin(&mut self, tenant: TenantId, id: Uuid) {
        if !self.may_approve(tenant, id) {
            return;
        }
        let now = self.now;
        let Some(held) = self.admins.get_mut(&id) else { return };
        held.customer = Some(tenant);
        held.change(AdminStatus::Active, now);
        held.activated = Some(now);
        held.ends = after(now, &held.duration);
        let ends = held.ends;
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.delegated_admin = true;
        }
        if let Some(ends) = ends {
            self.schedule(ends, Happening::AdminEnds(id));
        }
        self.tell_admin(AdminEvent::Approved, tenant);
        self.tell_admin(AdminEvent::Activated, tenant);
    }

    /// The time of one is over, unless it extends itself.
    pub(super) fn admin_ends(&mut self, id: Uuid, at: Timestamp) {
        let Some(held) = self.admins.get_mut(&id).filter(|it| it.status == AdminStatus::Active) else { return };
        match after(at, &held.extends_by).filter(|next| *next > at) {
            Some(next) => {
                held.ends = Some(next);
                held.change(AdminStatus::Active, at);
                self.schedule(next, Happening::AdminEnds(id));
            }
            None => {
                held.change(AdminStatus::Expired, at);
                let customer = held.customer;
                self.withdraw(customer);
                self.tell_of(AdminEvent::Expired, customer);
            }
        }
    }

    /// Whether one of `any` is a role that some relationship with `tenant` gives, and that a group of the partner has.
    pub(crate) fn admin_gives(&self, tenant: TenantId, any: &[Right]) -> bool {
        let mut asked = self
            .admins
            .values()
            .filter(|it| it.customer == Some(tenant) && it.status == AdminStatus::Active)
            .peekable();
        // Nobody asked: then the roles are those of the partner's user, which are looked at anyway.
        let unasked = asked.peek().is_none();
        let given = |(.., roles): &(Uuid, String, Vec<String>)| {
            let named = |role: &str| roles.iter().any(|held| held.eq_ignore_ascii_case(role));
            named(GLOBAL_ADMINISTRATOR) || ROLES.iter().any(|(right, role)| any.contains(right) && named(role))
        };
        self.may(&[Right::RoleAssignment]) && (unasked || asked.flat_map(|it| &it.assignments).any(given))
    }

    fn asked(&mut self, id: &str) -> Result<&mut AdminRelationship, AdminRefusal> {
        let known = id.parse().ok().and_then(|id: Uuid| self.admins.get_mut(&id));
        known.ok_or_else(|| AdminRefusal::Unknown(id.to_owned()))
    }

    fn withdraw(&mut self, customer: Option<TenantId>) {
        let left = |it: &AdminRelationship| it.customer == customer && it.status == AdminStatus::Active;
        if let Some(tenant) = customer
            && !self.admins.values().any(left)
            && let Some(customer) = self.tenants.get_mut(&tenant)
        {
            customer.delegated_admin = false;
        }
    }

    /// All of a customer end, because it dismissed the partner.
    pub(super) fn dismiss_admins(&mut self, tenant: TenantId) {
        let now = self.now;
        let of = |it: &&mut AdminRelationship| it.customer == Some(tenant) && it.status == AdminStatus::Active;
        let ended = self.admins.values_mut().filter(of).map(|it| it.change(AdminStatus::Terminated, now)).count();
        (0..ended).for_each(|_| self.tell_admin(AdminEvent::Terminated, tenant));
    }

    fn tell_of(&mut self, event: AdminEvent, customer: Option<TenantId>) {
        if let Some(tenant) = customer {
            self.tell_admin(event, tenant);
        }
    }
}

impl AdminRelationship {
    /// Opaque, and different after every change.
    pub(crate) fn etag(&self) -> String {
        format!("W/\"{:016x}\"", crate::prng::hash(u64::from(self.version), self.id.as_bytes()))
    }

    fn change(&mut self, status: AdminStatus, now: Timestamp) {
        self.status = status;
        self.modified = now;
        self.version += 1;
    }
}

/// The instant after a span such as `P730D`; `None` where it is none.
fn after(at: Timestamp, duration: &str) -> Option<Timestamp> {
    let span: Span = duration.parse().ok()?;
    at.to_zoned(jiff::tz::TimeZone::UTC).checked_add(span).ok().map(|at| at.timestamp())
}
