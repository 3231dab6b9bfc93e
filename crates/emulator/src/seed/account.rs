//! What a seed says about accounts besides subscriptions: programme, resellers, rights, vetting.
//!
//! Everything here has a usual value, so that a seed names only what is out of the ordinary.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::TenantId;

/// The partner's place in the programme, and what its application and its user may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeedProgramme {
    /// Whether it sells itself or through resellers.
    pub model: Model,
    /// Its own partner id.
    pub mpn_id: String,
    /// Its resellers; only an indirect provider has any.
    pub resellers: Vec<SeedReseller>,
    /// What the application and the signed-in user may do.
    pub rights: BTreeSet<Right>,
    /// Whether the user passed multi-factor authentication when the refresh token was made.
    pub mfa: bool,
}

impl Default for SeedProgramme {
    fn default() -> SeedProgramme {
        SeedProgramme {
            model: Model::Direct,
            mpn_id: "4711000".to_owned(),
            resellers: Vec::new(),
            rights: Right::ALL.into(),
            mfa: true,
        }
    }
}

/// How the partner sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// To customers, itself.
    Direct,
    /// Through resellers, whom it names on every purchase (fact sheet 10).
    IndirectProvider,
}

/// A reseller of an indirect provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedReseller {
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Company name.
    pub name: String,
    /// Its partner id, as named on purchases.
    pub mpn_id: String,
    /// Two-letter country.
    pub location: String,
    /// Whether it is an active indirect reseller.
    pub active: bool,
    /// Whether it accepted the partner agreement.
    pub agreement_signed: bool,
}

/// One thing the application or its signed-in user may do. All are granted unless a seed says less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// The user's role that may do everything in Partner Center.
    AdminAgent,
    /// The user's role that may sell.
    SalesAgent,
    /// Graph: `Organization.Read.All`, for subscriptions and pools.
    OrganizationRead,
    /// Graph: `User.Read.All`.
    UserRead,
    /// Graph: `GroupMember.Read.All`.
    GroupRead,
    /// Graph: `LicenseAssignment.ReadWrite.All`.
    LicenseAssignment,
    /// Graph: `DelegatedAdminRelationship.Read.All`.
    RelationshipRead,
    /// Graph: `DelegatedAdminRelationship.ReadWrite.All`.
    RelationshipWrite,
    /// Directory role in customers' tenants: reads.
    DirectoryReader,
    /// Directory role in customers' tenants: assigns licences.
    LicenseAdministrator,
    /// The roles of admin relationships are assigned to a security group that the user is in.
    RoleAssignment,
    /// The application is consented to in customers' tenants.
    TenantConsent,
}

impl Right {
    /// Every right there is.
    pub const ALL: [Right; 12] = [
        Right::AdminAgent,
        Right::SalesAgent,
        Right::OrganizationRead,
        Right::UserRead,
        Right::GroupRead,
        Right::LicenseAssignment,
        Right::RelationshipRead,
        Right::RelationshipWrite,
        Right::DirectoryReader,
        Right::LicenseAdministrator,
        Right::RoleAssignment,
        Right::TenantConsent,
    ];
}

/// What the service knows about a customer's account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeedAccount {
    /// Whether the account may transact.
    pub validation: Validation,
    /// Segments it qualifies for, or tried to.
    pub qualifications: Vec<SeedQualification>,
    /// Its indirect reseller's tenant.
    pub reseller: Option<TenantId>,
    /// Domains besides the default one.
    pub custom_domains: Vec<String>,
    /// True for a customer that only has us as its advisor: listed, but nothing can be sold to it.
    pub advisor_only: bool,
}

/// Whether an account may transact (fact sheet 9.8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// Yes.
    #[default]
    Allowed,
    /// Not for some days.
    UnderReview,
    /// No.
    NotAllowed,
    /// Not vetted yet.
    NotReady,
    /// Not known; blocked for now.
    Unknown,
    /// No status is stored, which blocks nothing.
    Absent,
}

impl Validation {
    /// The word on the wire; none where no status is stored.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Validation::Allowed => Some("Allowed"),
            Validation::UnderReview => Some("UnderReview"),
            Validation::NotAllowed => Some("NotAllowed"),
            // With a blank (fact sheet 9.8).
            Validation::NotReady => Some("Not Ready"),
            Validation::Unknown => Some("Unknown"),
            Validation::Absent => None,
        }
    }
}

/// A segment with prices of its own, and how far its vetting is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedQualification {
    /// The segment.
    pub qualification: Qualification,
    /// Its vetting.
    pub status: Vetting,
}

/// A segment with prices of its own (fact sheet 9.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Qualification {
    /// Schools.
    Education,
    /// Charities. Set by Microsoft's own programme, never by a partner.
    Nonprofit,
    /// Government in its own cloud.
    GovernmentCommunityCloud,
    /// Companies that a state owns.
    StateOwnedEntity,
}

impl Qualification {
    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Qualification::Education => "Education",
            Qualification::Nonprofit => "Nonprofit",
            Qualification::GovernmentCommunityCloud => "GovernmentCommunityCloud",
            Qualification::StateOwnedEntity => "StateOwnedEntity",
        }
    }

    /// Reads the word, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Qualification> {
        [
            Qualification::Education,
            Qualification::Nonprofit,
            Qualification::GovernmentCommunityCloud,
            Qualification::StateOwnedEntity,
        ]
        .into_iter()
        .find(|known| known.word().eq_ignore_ascii_case(text))
    }
}

/// How far the vetting of a qualification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vetting {
    /// The segment's products may be bought.
    Approved,
    /// Being looked at.
    InReview,
    /// Refused.
    Denied,
}

impl Vetting {
    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Vetting::Approved => "Approved",
            Vetting::InReview => "InReview",
            Vetting::Denied => "Denied",
        }
    }
}

/// The segment an offer is made for (fact sheet 12.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Anybody.
    #[default]
    Commercial,
    /// Customers qualified for education.
    Education,
    /// Customers qualified for the government community cloud.
    Government,
    /// Customers in the nonprofit programme.
    Nonprofit,
}

impl Segment {
    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Segment::Commercial => "commercial",
            Segment::Education => "education",
            Segment::Government => "government",
            Segment::Nonprofit => "nonprofit",
        }
    }

    /// Reads the word, in any case; the older word for nonprofit is known, too.
    #[must_use]
    pub fn parse(text: &str) -> Option<Segment> {
        if text.eq_ignore_ascii_case("charity") {
            return Some(Segment::Nonprofit);
        }
        [Segment::Commercial, Segment::Education, Segment::Government, Segment::Nonprofit]
            .into_iter()
            .find(|known| known.word().eq_ignore_ascii_case(text))
    }

    /// What a customer must be qualified for to buy it.
    #[must_use]
    pub fn needs(self) -> Option<Qualification> {
        match self {
            Segment::Commercial => None,
            Segment::Education => Some(Qualification::Education),
            Segment::Government => Some(Qualification::GovernmentCommunityCloud),
            Segment::Nonprofit => Some(Qualification::Nonprofit),
        }
    }
}
