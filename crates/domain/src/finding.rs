//! Findings: what stands in the way of a move, with the values that made it and what a person can do.
//!
//! [`FindingKind`] is the blocker table of the rule book (section F), row by row, and a few rows of our own; [`Finding`] is
//! a row with its values. A finding is an answer, never an error, and nobody has to reproduce the case to understand it.

mod refusal;
mod says;
mod table;

pub(crate) use says::{count, in_use, named, seats};
pub use table::{Finding, FindingKind, Successor};

use crate::program::Owner;
use crate::route::Course;

/// How much a finding weighs: the letters of the blocker table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// `I`: shown in the plan.
    Note,
    /// `W`: needs a named person's approval; approving the plan gives it.
    Warns,
    /// `B`: the action may not happen before it is gone.
    Blocks(Action),
}

/// What a finding blocks, the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// One user's change of licence.
    Swap,
    /// A transfer between partners or a migration of a legacy subscription; buying again stays possible.
    Transfer,
    /// Closing the line: the new subscription stands, the old one is not over.
    Close,
    /// Buying. A plan may be made and approved, but nothing is bought before the finding is gone.
    Buy,
    /// Planning: nothing is planned for this line before a person has acted.
    Plan,
}

/// When a check has to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// `P`: when the plan is made.
    Plan,
    /// `E`: before something is carried out.
    Execute,
    /// `X`: around the end of the source.
    End,
}

impl Severity {
    /// The letter of the blocker table.
    pub fn letter(self) -> char {
        match self {
            Self::Note => 'I',
            Self::Warns => 'W',
            Self::Blocks(_) => 'B',
        }
    }
    /// One word for people: what it does to the line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warns => "warns",
            Self::Blocks(Action::Plan) => "blocks",
            Self::Blocks(Action::Buy) => "waits",
            Self::Blocks(Action::Close) => "stays open",
            Self::Blocks(Action::Transfer) => "no transfer",
            Self::Blocks(Action::Swap) => "no swap",
        }
    }
}

impl Phase {
    /// One word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Execute => "execute",
            Self::End => "end",
        }
    }
}

impl Finding {
    /// The code of the blocker table, and the name of its page.
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// How much it weighs now. A few begin as a warning: they block once the cutoff has passed, or where users change licence.
    pub fn severity(&self) -> Severity {
        match self {
            Self::RenewalStateUnknown { past_cutoff: true } | Self::ForeignSourceNoAction { past_cutoff: true, .. } => {
                Severity::Blocks(Action::Close)
            }
            Self::GdapRoleMissing { swaps: true, .. } | Self::GdapExpiring { swaps: true, .. } => {
                Severity::Blocks(Action::Buy)
            }
            _ => self.kind().severity(),
        }
    }

    /// Whether a person may let it pass, by approving a plan that shows it or with [`crate::Answer::GoOn`]. What would cost
    /// users their licence may not pass.
    pub fn can_be_waived(&self) -> bool {
        matches!(
            self,
            Self::DuplicateDestination { .. }
                | Self::PriceChanged { .. }
                | Self::PromoNotEligible { .. }
                | Self::EndDateConflict { .. }
                | Self::ProgramConflict { .. }
                | Self::CapabilityLoss { .. }
                | Self::AlreadyCovered { .. }
        )
    }

    /// Whether a person who let this pass has let `later` pass as well: the same, or cover by others whose numbers have moved.
    pub fn lets_pass(&self, later: &Self) -> bool {
        self == later || matches!((self, later), (Self::AlreadyCovered { .. }, Self::AlreadyCovered { .. }))
    }

    /// Whether nothing that was approved is bought while it stands, unless a person has let it pass. What only the time
    /// has made is judged when the plan is approved: after that, late is better than never.
    pub fn stops_purchase(&self) -> bool {
        let made_by_time = matches!(self, Self::MarginTooSmall { .. } | Self::Gap { .. });
        (self.severity() >= Severity::Blocks(Action::Buy) || self.can_be_waived()) && !made_by_time
    }

    /// Whether approving a plan that shows it lets it pass: it may be waived, or it warns and stops no purchase after that.
    pub fn passes_with_approval(&self) -> bool {
        self.can_be_waived() || (self.severity() >= Severity::Warns && !self.stops_purchase())
    }

    /// Whether it comes, or has other values, by the passing of time alone while nothing else changes.
    pub(crate) fn is_made_by_time(&self) -> bool {
        matches!(
            self,
            Self::MarginTooSmall { .. } | Self::Gap { .. } | Self::LeadTooShort { .. } | Self::RenewalImminent { .. }
        )
    }

    /// Whether there is nothing to move: the line needs no plan.
    pub fn settles(&self) -> bool {
        matches!(self, Self::FreeSku | Self::AlreadyCovered { .. } | Self::SourceIsOurs { .. })
    }

    /// The better way than buying again that it tells of (rule R17).
    pub fn advises(&self) -> Option<Course> {
        match self {
            Self::OtherPartnerSource | Self::MigrationPossible { by: Owner::OtherPartner } => {
                Some(Course::PartnerTransfer)
            }
            Self::MigrationPossible { .. } => Some(Course::NceMigration),
            Self::ChannelTransferPossible => Some(Course::ChannelTransfer),
            _ => None,
        }
    }

    /// Whether only the customer's profile can show that it is gone.
    pub fn is_of_profile(&self) -> bool {
        matches!(
            self,
            Self::CustomerInOtherRegion { .. }
                | Self::TenantIsCspPartner
                | Self::TenantTypeUnsupported { .. }
                | Self::RegistrationIdMissing { .. }
                | Self::AddressInvalid { .. }
                | Self::ContactMissing { .. }
                | Self::AccountUnderReview { .. }
                | Self::SegmentNotQualified { .. }
        )
    }

    /// Whether only our admin relationships with the customer can show that it is gone.
    pub fn is_of_access(&self) -> bool {
        matches!(self, Self::GdapRoleMissing { .. } | Self::GdapExpiring { .. })
    }

    /// What a person can do about it, in a sentence or two.
    pub fn remedy(&self) -> String {
        match self {
            Self::SeatsBelowConsumption { consumed, .. } => format!(
                "Raise target_seats so that at least {} there, or take licences from users first.",
                count(consumed, "licence is", "licences are")
            ),
            Self::SeatCap { existing, cap, .. } => {
                format!("{} At most {} can be bought now.", self.kind().remedy(), cap.saturating_sub(*existing))
            }
            _ => self.kind().remedy().to_owned(),
        }
    }
}
