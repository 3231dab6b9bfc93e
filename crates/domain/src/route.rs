//! Which ways into CSP a source has, by where it was bought and how it stands (rule R17). Looks at one source alone;
//! whether the way is open today is for the findings to say.

use crate::facts::HeldStatus;
use crate::portfolio::SourceLine;
use crate::program::SourceProgram;

/// A way from a source to its place in CSP: the outcome words of the rule book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Course {
    /// The other partner hands its new-commerce subscription over (rules R12, R13). A person asks for it.
    PartnerTransfer,
    /// A legacy subscription of ours is migrated to new commerce by the service (rules R14, R15).
    NceMigration,
    /// A volume agreement is renewed to CSP in the partner portal (rule R16). A person does it there.
    ChannelTransfer,
    /// It is bought again, as late as is safe before its end.
    BuyAtEnd,
    /// It is bought again at once.
    BuyNow,
    /// There is nothing to move.
    NothingToDo,
    /// It is a new sale: nothing is left to carry over.
    NewSale,
}

impl Course {
    /// Every way.
    pub const ALL: [Self; 7] = [
        Self::PartnerTransfer,
        Self::NceMigration,
        Self::ChannelTransfer,
        Self::BuyAtEnd,
        Self::BuyNow,
        Self::NothingToDo,
        Self::NewSale,
    ];
    /// The way of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|course| course.word() == word)
    }
    /// The word of the rule book.
    pub fn word(self) -> &'static str {
        match self {
            Self::PartnerTransfer => "PARTNER_TRANSFER",
            Self::NceMigration => "NCE_MIGRATION",
            Self::ChannelTransfer => "CHANNEL_TRANSFER",
            Self::BuyAtEnd => "BUY_AT_END",
            Self::BuyNow => "BUY_NOW",
            Self::NothingToDo => "NOTHING_TO_DO",
            Self::NewSale => "NEW_SALE",
        }
    }

    /// Whether only a person can take it.
    pub fn is_asked(self) -> bool {
        matches!(self, Self::PartnerTransfer | Self::NceMigration | Self::ChannelTransfer)
    }

    /// What a person does to take it for `product`, which was bought as `program`; none for a course that is taken by itself.
    pub fn asks(self, product: &str, program: SourceProgram) -> Option<String> {
        match self {
            Self::PartnerTransfer if program == SourceProgram::LegacyCsp => Some(format!(
                "ask the other partner to migrate {product} to new commerce and then to hand it over, which pays nothing twice"
            )),
            Self::PartnerTransfer => {
                Some(format!("ask the other partner to hand {product} over, which pays nothing twice"))
            }
            Self::NceMigration => {
                Some(format!("start the migration of {product} to new commerce, which pays nothing twice"))
            }
            Self::ChannelTransfer => Some(format!("schedule \"renew to CSP\" for {product} in the partner portal")),
            Self::BuyAtEnd | Self::BuyNow | Self::NothingToDo | Self::NewSale => None,
        }
    }
}

/// A row of the route table: the first choice, what else, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Courses {
    /// What costs least and risks least.
    pub first: Course,
    /// What is done when the first choice is not open, or not taken.
    pub otherwise: Option<Course>,
    /// The reason, in a sentence.
    pub because: &'static str,
}

/// What the route table needs to know beyond the source itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Circumstances<'a> {
    /// Where it stands in the tenant; none where it cannot be seen.
    pub status: Option<&'a HeldStatus>,
    /// The product has no price (rule R17).
    pub free: bool,
    /// It is ours in new commerce already (rule R4).
    pub ours: bool,
    /// A product of the same agreement is not sold in CSP any more (rules R16, R82).
    pub end_of_sale: bool,
    /// What the first choice would be is not open: the other partner has refused, or the service does not migrate it now
    /// (rules R13, R14, R123).
    pub refused: bool,
    /// The source can be given back for money and costs more by the day than what replaces it (rule R122).
    pub cheaper_now: bool,
}

/// The row of the route table for `source`.
pub fn courses(source: &SourceLine, seen: Circumstances<'_>) -> Courses {
    let row = |first, otherwise, because| Courses { first, otherwise, because };
    if seen.ours {
        return row(Course::NothingToDo, None, "it is in CSP with us already");
    }
    if seen.free {
        return row(Course::NothingToDo, None, "a product without a price needs no move");
    }
    match seen.status {
        Some(HeldStatus::Deleted) => {
            return row(Course::NewSale, None, "it is gone: a new sale promises no continuity");
        }
        Some(HeldStatus::Suspended | HeldStatus::LockedOut) => {
            return row(Course::BuyNow, None, "service is down already; the same licence brings it back");
        }
        Some(HeldStatus::Warning) => return row(Course::BuyNow, None, "it has ended and lives on grace"),
        Some(HeldStatus::Enabled | HeldStatus::Other(_)) | None => {}
    }
    let (end, now) = (Course::BuyAtEnd, Course::BuyNow);
    match source.program {
        SourceProgram::NceOtherPartner | SourceProgram::LegacyCsp if seen.refused => {
            row(end, None, "the other partner does not hand it over")
        }
        SourceProgram::LegacyCspOurs if seen.refused => row(end, None, "the service does not migrate it now"),
        SourceProgram::NceOtherPartner => row(
            Course::PartnerTransfer,
            Some(end),
            "a transfer between partners costs no overlap and touches no licence, if the other partner agrees",
        ),
        SourceProgram::LegacyCspOurs => row(
            Course::NceMigration,
            Some(end),
            "the service migrates it itself: no overlap, and no licence is touched",
        ),
        SourceProgram::LegacyCsp => row(
            Course::PartnerTransfer,
            Some(end),
            "the other partner can migrate it to new commerce and then transfer it",
        ),
        SourceProgram::Ea | SourceProgram::Mpsa if seen.end_of_sale => row(
            Course::ChannelTransfer,
            Some(end),
            "renewing to CSP in the partner portal keeps products that are not sold any more",
        ),
        SourceProgram::Ea | SourceProgram::Mpsa => {
            row(end, None, "it cannot be reduced before its end, and it just ends")
        }
        SourceProgram::DirectMosa | SourceProgram::Advisor if seen.cheaper_now => {
            row(now, Some(end), "it is refunded by the day and costs more by the day than what replaces it")
        }
        SourceProgram::DirectMca if seen.cheaper_now => {
            row(now, Some(end), "it is refunded for seven days and costs more by the day than what replaces it")
        }
        SourceProgram::DirectMosa | SourceProgram::Advisor => {
            row(end, None, "later is cheaper: what is paid twice is paid for fewer days")
        }
        SourceProgram::DirectMca => row(end, None, "nothing is refunded after seven days, so later is cheaper"),
        SourceProgram::Open => row(end, None, "it is prepaid: it has a fixed end, does not renew and is not refunded"),
        SourceProgram::Trial => row(now, None, "a trial costs nothing and cannot be converted"),
        SourceProgram::SelfService => {
            row(end, Some(Course::NothingToDo), "it goes on until an administrator takes it over or the user stops it")
        }
        SourceProgram::NonprofitGrant => {
            row(end, Some(Course::NothingToDo), "a grant never transfers: keep it, or buy with the qualification")
        }
    }
}
