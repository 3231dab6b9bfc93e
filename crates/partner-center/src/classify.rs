//! What an answer, or the lack of one, means: one table, first match wins.
//!
//! Codes are reused over services, so rows are scoped by operation (fact sheet 6.1). Words are never looked at, save
//! Graph's, which has no codes for what is wrong with a licence (fact sheet 21.5). What no row knows is not understood,
//! which for a write is doubt.

use Codes::{Absent, Coded, One, Whatever};
use Meaning::{
    AlreadyOrdered, Done, Garbled, ListEnd, NotFound, NotHeld, NotSent, Passing, Refused, SignInRefused, Silent,
    StaleItem, Throttled, TokenRejected,
};
use Operation as Op;
use When::{Client, Is, Server, Success};
use carryover_domain::reply::RefusalKind as Kind;

/// One kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operation {
    SignIn,
    Customer,
    Customers,
    Invitation,
    SignedAgreement,
    AgreementTemplates,
    Agreements,
    Products,
    Skus,
    Availabilities,
    CreateCart,
    CheckOut,
    Orders,
    Subscription,
    Provisioning,
    TenantSubscriptions,
    LicencePools,
    Users,
    User,
    AssignLicence,
}

impl Operation {
    /// Every operation, in the order of declaration: the meter indexes by it.
    pub(crate) const ALL: [Self; 20] = [
        Op::SignIn,
        Op::Customer,
        Op::Customers,
        Op::Invitation,
        Op::SignedAgreement,
        Op::AgreementTemplates,
        Op::Agreements,
        Op::Products,
        Op::Skus,
        Op::Availabilities,
        Op::CreateCart,
        Op::CheckOut,
        Op::Orders,
        Op::Subscription,
        Op::Provisioning,
        Op::TenantSubscriptions,
        Op::LicencePools,
        Op::Users,
        Op::User,
        Op::AssignLicence,
    ];

    /// Its name for people, logs and the meter.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Op::SignIn => "sign in",
            Op::Customer => "read customer",
            Op::Customers => "list customers",
            Op::Invitation => "read invitation link",
            Op::SignedAgreement => "read direct acceptance",
            Op::AgreementTemplates => "read agreement templates",
            Op::Agreements => "read agreements",
            Op::Products => "list products",
            Op::Skus => "list SKUs",
            Op::Availabilities => "list availabilities",
            Op::CreateCart => "create cart",
            Op::CheckOut => "check out",
            Op::Orders => "list orders",
            Op::Subscription => "read subscription",
            Op::Provisioning => "read provisioning",
            Op::TenantSubscriptions => "list tenant subscriptions",
            Op::LicencePools => "list licence pools",
            Op::Users => "list users",
            Op::User => "read user",
            Op::AssignLicence => "assign licence",
        }
    }

    /// Whether repeating it could do something twice.
    pub(crate) fn is_write(self) -> bool {
        matches!(self, Op::CreateCart | Op::CheckOut | Op::AssignLicence)
    }
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal<'a> {
    /// No connection came about: name, TCP or TLS. Nothing was sent.
    NotConnected,
    /// The connection broke after it was there.
    Broken,
    /// Connected, and no answer in time.
    TimedOut,
    /// A success whose body is too large or cannot be read.
    Unreadable,
    /// A fault of one line inside a success; the whole body was understood.
    Line { code: &'a str },
    /// An answer as a whole; with the code of a fault, where one could be read.
    Answer { status: u16, code: Option<&'a str> },
}

/// What a signal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Answered, and done.
    Done,
    /// Answered: no, and why.
    Refused(Kind),
    /// Answered: slow down.
    Throttled,
    /// Never left.
    NotSent,
    /// No answer that settles it; a read may be repeated at once.
    Passing,
    /// No answer that settles it; look later.
    Silent,
    /// An answer that cannot be understood.
    Garbled,
    /// The token is not good any more; once more with a fresh one.
    TokenRejected,
    /// No token will do until a person acts.
    SignInRefused,
    /// The thing that was asked for is not there.
    NotFound,
    /// The list is over, in the words of a service that has no better ones.
    ListEnd,
    /// The availability has changed since it was read.
    StaleItem,
    /// This cart was checked out before; its order exists or will.
    AlreadyOrdered,
    /// The licence to remove is not held by the user.
    NotHeld,
}

/// The meaning of `signal` as the answer to `operation`.
pub(crate) fn classify(operation: Operation, signal: Signal<'_>) -> Meaning {
    TABLE.iter().find(|row| row.fits(operation, signal)).map_or(Garbled, |row| row.means)
}

struct Row {
    /// Which operations; empty for all.
    of: &'static [Operation],
    when: When,
    codes: Codes,
    means: Meaning,
}

enum When {
    NotConnected,
    Broken,
    TimedOut,
    Unreadable,
    /// 2xx.
    Success,
    /// 4xx.
    Client,
    /// 5xx.
    Server,
    /// One of these.
    Is(&'static [u16]),
    /// One line of a success: of a cart, or of a checkout.
    Line,
    /// One line of a success, or 4xx: the code decides.
    Fault,
}

enum Codes {
    /// With a code or without.
    Whatever,
    /// Without a readable fault.
    Absent,
    /// With one, whatever it is.
    Coded,
    /// With one of these.
    One(&'static [&'static str]),
}

const fn row(of: &'static [Operation], when: When, codes: Codes, means: Meaning) -> Row {
    Row { of, when, codes, means }
}

/// Reads of the tenant and writes into it.
const GRAPH: &[Operation] = &[Op::TenantSubscriptions, Op::LicencePools, Op::Users, Op::User, Op::AssignLicence];
const CATALOGUE: &[Operation] = &[Op::Products, Op::Skus, Op::Availabilities];
const PURCHASE: &[Operation] = &[Op::CreateCart, Op::CheckOut];

/// Fact sheet 2.4, 6.2, 6.3, 13.1, 13.4, 21.5 and 21.7.
const TABLE: &[Row] = &[
    // On the way.
    row(&[], When::NotConnected, Whatever, NotSent),
    row(&[], When::Broken, Whatever, Passing),
    row(&[], When::TimedOut, Whatever, Silent),
    row(&[], When::Unreadable, Whatever, Garbled),
    // Sign-in. `temporarily_unavailable` is the one that passes.
    row(&[Op::SignIn], Is(&[400, 401]), One(&["temporarily_unavailable"]), Passing),
    row(&[Op::SignIn], Is(&[400, 401, 403]), Coded, SignInRefused),
    // Any call.
    row(&[], Is(&[429]), Whatever, Throttled),
    row(&[], Is(&[408]), Whatever, Silent),
    row(&[], Server, Whatever, Passing),
    row(&[], Is(&[401]), One(&["900420", "900421", "800001"]), SignInRefused),
    row(&[], Is(&[401]), Whatever, TokenRejected),
    row(&[], Client, One(&["90000"]), TokenRejected),
    // Checkout: an order may exist or be under way.
    row(PURCHASE, When::Fault, One(&["800060", "800064"]), Silent),
    row(&[Op::CheckOut], When::Fault, One(&["800065"]), AlreadyOrdered),
    row(&[Op::CheckOut], Is(&[404]), One(&["800008", "1000"]), Refused(Kind::CartGone)),
    row(&[Op::CheckOut], Is(&[400, 404]), One(&["800009"]), Refused(Kind::CartGone)),
    // The item went stale in the cart: that cart will never be an order (fact sheet 6.3, 12.4).
    row(&[Op::CheckOut], When::Fault, One(&["400013", "400018", "400019"]), Refused(Kind::CartGone)),
    // Still being changed by someone: nothing follows from it.
    row(&[], Is(&[409]), Whatever, Silent),
    // Rights.
    row(&[], When::Fault, One(&["20002"]), Refused(Kind::NoRelationship)),
    row(&[], When::Fault, One(&["13605"]), Refused(Kind::AgreementMissing)),
    row(
        &[],
        Is(&[400, 403]),
        One(&["2032", "900150", "900308", "900309", "900316", "900329"]),
        Refused(Kind::NotPermitted),
    ),
    row(GRAPH, Is(&[403]), Coded, Refused(Kind::NotPermitted)),
    // Money and account.
    row(
        PURCHASE,
        When::Fault,
        One(&[
            "800022", "800023", "800024", "800025", "800026", "800039", "800062", "800069", "800073", "800074",
            "800075", "900121", "900123", "900124", "900149", "900416",
        ]),
        Refused(Kind::AccountOnHold),
    ),
    // Seats.
    row(
        PURCHASE,
        When::Fault,
        One(&[
            "800067",
            "800088",
            "900275",
            "10015",
            "maxallowedseatspersubscriptionexceeded",
            "10018",
            "baseofferseatquantitynotmet",
            "10019",
            "minimumaddonseatsnotmet",
        ]),
        Refused(Kind::SeatsNotAllowed),
    ),
    // The item: read again and build anew, where nothing was submitted yet.
    row(
        &[Op::CreateCart],
        When::Fault,
        One(&["10001", "catalogitemidisnotvalid", "400013", "400018", "400019"]),
        StaleItem,
    ),
    row(
        PURCHASE,
        When::Fault,
        One(&[
            "2006",
            "2085",
            "2091",
            "2100",
            "400072",
            "800004",
            "800010",
            "800017",
            "800020",
            "800028",
            "800070",
            "900322",
            "10002",
            "quotanotavailable",
            "10003",
            "inventorynotavailable",
            "10013",
            "billingplannotsupported",
            "500600",
            "legacyoffernoteligibleforpurchase",
        ]),
        Refused(Kind::OfferUnavailable),
    ),
    // Licences: codes are read out of Graph's words, see `licence_words`.
    row(&[Op::AssignLicence], Is(&[400]), One(&["concurrency"]), Silent),
    row(&[Op::AssignLicence], Is(&[400]), One(&["not-held"]), NotHeld),
    row(&[Op::AssignLicence], Is(&[400]), One(&["no-units"]), Refused(Kind::NoFreeUnits)),
    row(
        &[Op::AssignLicence],
        Is(&[400]),
        One(&["usage-location", "plan-conflict", "group-licence"]),
        Refused(Kind::LicenceNotAssignable),
    ),
    row(&[Op::AssignLicence], Is(&[404]), One(&["Request_ResourceNotFound"]), Refused(Kind::LicenceNotAssignable)),
    // Absence is an answer for these.
    row(
        &[Op::Customer, Op::SignedAgreement, Op::Agreements, Op::Subscription, Op::Provisioning],
        Is(&[404]),
        Whatever,
        NotFound,
    ),
    row(&[Op::User], Is(&[404]), Coded, NotFound),
    row(CATALOGUE, Is(&[404]), One(&["1000", "400013", "400018", "400019"]), NotFound),
    row(CATALOGUE, Success, One(&["400072"]), NotFound),
    row(&[Op::Customers], Is(&[400]), One(&["2000"]), ListEnd),
    // A fault in one line of a success concerns that line, definitely.
    row(PURCHASE, When::Line, Coded, Refused(Kind::Other)),
    // A fault in place of a whole success is documented for the catalogue only.
    row(&[], Success, Coded, Garbled),
    row(&[], Success, Absent, Done),
    // Whole-call faults that are documented as definite: nothing was done (fact sheet 6.2, 13.4).
    row(&[], Is(&[400, 403, 404, 405, 406, 412, 417]), Coded, Refused(Kind::Other)),
    // Everything else, such as a page of a proxy: not understood.
    row(&[], Client, Whatever, Garbled),
];

impl Row {
    fn fits(&self, operation: Operation, signal: Signal<'_>) -> bool {
        (self.of.is_empty() || self.of.contains(&operation)) && self.when.fits(signal) && {
            let code = match signal {
                Signal::Answer { code, .. } => code,
                Signal::Line { code } => Some(code),
                _ => None,
            };
            match (&self.codes, code) {
                (Whatever, _) | (Absent, None) | (Coded, Some(_)) => true,
                (One(codes), Some(code)) => codes.contains(&code),
                (Absent, Some(_)) | (Coded | One(_), None) => false,
            }
        }
    }
}

impl When {
    fn fits(&self, signal: Signal<'_>) -> bool {
        let status = match signal {
            Signal::NotConnected => return matches!(self, When::NotConnected),
            Signal::Broken => return matches!(self, When::Broken),
            Signal::TimedOut => return matches!(self, When::TimedOut),
            Signal::Unreadable => return matches!(self, When::Unreadable),
            Signal::Line { .. } => return matches!(self, When::Line | When::Fault),
            Signal::Answer { status, .. } => status,
        };
        match self {
            When::NotConnected | When::Broken | When::TimedOut | When::Unreadable | When::Line => false,
            Success => (200..300).contains(&status),
            Client | When::Fault => (400..500).contains(&status),
            Server => (500..600).contains(&status),
            Is(statuses) => statuses.contains(&status),
        }
    }
}

/// What Graph's words about a licence come to, in fragments that its documentation shows (fact sheet 21.5, 8.2).
///
/// The refusal still carries Graph's own code and words.
pub(crate) fn licence_words(words: &str) -> Option<&'static str> {
    const FRAGMENTS: &[(&str, &str)] = &[
        ("concurren", "concurrency"),
        ("usage location", "usage-location"),
        ("available license", "no-units"),
        // The tenant has no pool of it yet.
        ("valid company license", "no-units"),
        ("corresponding license", "not-held"),
        ("group membership", "group-licence"),
        ("mutually exclusive", "plan-conflict"),
        ("conflict", "plan-conflict"),
        ("depend", "plan-conflict"),
    ];
    let words = words.to_ascii_lowercase();
    FRAGMENTS.iter().find(|(fragment, _)| words.contains(fragment)).map(|(_, code)| *code)
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
