//! The licensing programs that customers come from, and what each means for the end of a source.

use std::fmt;

/// Where a source subscription was bought (rule R17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceProgram {
    /// Web direct under the old online subscription agreement.
    DirectMosa,
    /// Web direct under the Microsoft Customer Agreement.
    DirectMca,
    /// Open License, Open Value and product keys: prepaid.
    Open,
    /// Enterprise Agreement.
    Ea,
    /// Microsoft Products and Services Agreement.
    Mpsa,
    /// A direct subscription with an adviser on record (rule R10).
    Advisor,
    /// CSP before new commerce, sold by another partner.
    LegacyCsp,
    /// CSP before new commerce, sold by ourselves.
    LegacyCspOurs,
    /// CSP new commerce, sold by another partner.
    NceOtherPartner,
    /// Bought by a user on their own account (rule R18).
    SelfService,
    /// A trial.
    Trial,
    /// Seats that were granted to a non-profit organisation: free of charge (rule R53).
    NonprofitGrant,
}

/// Who alone can end a source or stop its renewal (rule R7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The customer's billing administrator.
    Customer,
    /// The partner that sold it.
    OtherPartner,
    /// Ourselves, in Partner Center.
    Ourselves,
    /// The user who bought it, or an administrator who takes it over.
    BuyingUser,
    /// Nobody: it just ends.
    Nobody,
}

impl SourceProgram {
    /// Every program, in the order of the README's table.
    pub const ALL: [Self; 12] = [
        Self::DirectMosa,
        Self::DirectMca,
        Self::Open,
        Self::Ea,
        Self::Mpsa,
        Self::Advisor,
        Self::LegacyCsp,
        Self::LegacyCspOurs,
        Self::NceOtherPartner,
        Self::SelfService,
        Self::Trial,
        Self::NonprofitGrant,
    ];

    /// The word of portfolio files.
    pub fn word(self) -> &'static str {
        match self {
            Self::DirectMosa => "direct_mosa",
            Self::DirectMca => "direct_mca",
            Self::Open => "open",
            Self::Ea => "ea",
            Self::Mpsa => "mpsa",
            Self::Advisor => "advisor",
            Self::LegacyCsp => "legacy_csp",
            Self::LegacyCspOurs => "legacy_csp_ours",
            Self::NceOtherPartner => "nce_other_partner",
            Self::SelfService => "self_service",
            Self::Trial => "trial",
            Self::NonprofitGrant => "nonprofit_grant",
        }
    }

    /// The program of that word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|program| program.word().eq_ignore_ascii_case(word.trim()))
    }

    /// Who can stop the renewal (rule R7).
    pub fn owner(self) -> Owner {
        match self {
            Self::DirectMosa | Self::DirectMca | Self::Advisor | Self::Trial | Self::NonprofitGrant => Owner::Customer,
            Self::LegacyCspOurs => Owner::Ourselves,
            Self::LegacyCsp | Self::NceOtherPartner => Owner::OtherPartner,
            Self::SelfService => Owner::BuyingUser,
            Self::Open | Self::Ea | Self::Mpsa => Owner::Nobody,
        }
    }

    /// Whether a source of this program can renew by itself. Prepaid and volume agreements just end (rules R8, R116).
    pub fn can_renew(self) -> bool {
        self.owner() != Owner::Nobody
    }

    /// Whether its customer can pay for it again once it has run out, until it is deleted: only what was bought direct (rule R54).
    pub fn can_be_reactivated(self) -> bool {
        matches!(self, Self::DirectMosa | Self::DirectMca | Self::Advisor)
    }
}

impl fmt::Display for SourceProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Customer => "the customer's billing administrator",
            Self::OtherPartner => "the partner that sold it",
            Self::Ourselves => "our own team in Partner Center",
            Self::BuyingUser => "the user who bought it, or an administrator who takes it over",
            Self::Nobody => "nobody",
        })
    }
}
