//! The table itself, in the order of the fact sheet's section 6.3; first match wins.
//!
//! A fault with a code that no row knows is not understood, which for a write is doubt. So what is refused stands here by
//! its code, and a test holds the table against the sheet.

use super::Codes::{Absent, Coded, One, Said, Whatever};
use super::Meaning::{
    AlreadyDone, AlreadyOrdered, Done, Garbled, ListEnd, NotFound, NotHeld, NotNow, NotSent, Outdated, Passing,
    Refused, SignInRefused, Silent, StaleItem, Throttled, TokenRejected,
};
use super::When::{self, Client, Is, Server, Success};
use super::{Codes, Meaning, Row};
use crate::operation::Operation::{self, self as Op};
use carryover_domain::reply::RefusalKind as Kind;

/// Reads of the tenant and writes into it.
pub(super) const GRAPH: &[Operation] = &[
    Op::Tenancy,
    Op::TenantSubscriptions,
    Op::LicencePools,
    Op::Users,
    Op::User,
    Op::UserServices,
    Op::GroupErrors,
    Op::Aftermath,
    Op::AssignLicence,
    Op::AssignLicences,
    Op::AdminRelationships,
    Op::AccessAssignments,
];
const CATALOGUE: &[Operation] = &[Op::Products, Op::Skus, Op::Availabilities];
const CART: &[Operation] = &[Op::CreateCart];
const PURCHASE: &[Operation] = &[Op::CreateCart, Op::CheckOut];
/// Where an answer "in progress" may speak of our own earlier request, whose reply was lost (fact sheet 8.2).
const BEGUN: &[Operation] = &[Op::CreateMigration, Op::CreateSchedule, Op::CreateTransfer, Op::ChangeTransfer];
/// Where a tag says which version is meant (fact sheet 8.3).
const TAGGED: &[Operation] = &[Op::ChangeSubscription];
const LICENCES: &[Operation] = &[Op::UpdateLicences];

/// "Later" of the sheet, where it names no time: reads lag by as much (fact sheet 14).
const LATER: Meaning = NotNow { secs: 15 * 60 };
/// Fact sheet 6.3, code 900278.
const IN_A_DAY: Meaning = NotNow { secs: 24 * 60 * 60 };

const fn row(of: &'static [Operation], when: When, codes: Codes, means: Meaning) -> Row {
    Row { of, when, codes, means }
}

pub(super) const TABLE: &[Row] = &[
    // On the way.
    row(&[], When::NotConnected, Whatever, NotSent),
    row(&[], When::Broken, Whatever, Passing),
    row(&[], When::TimedOut, Whatever, Silent),
    row(&[], When::Unreadable, Whatever, Garbled),
    // Sign-in (2.4). `temporarily_unavailable` is the one that passes.
    row(&[Op::SignIn], Is(&[400, 401]), One(&["temporarily_unavailable"]), Passing),
    row(&[Op::SignIn], Is(&[400, 401, 403]), Coded, SignInRefused),
    // Any call (6.2, and "General and access").
    row(&[], Is(&[429]), Whatever, Throttled),
    row(&[], Is(&[408]), Whatever, Silent),
    // A mistake of the caller, whatever it left behind: the same call will not do better (6.2).
    row(&[], Is(&[501]), Whatever, Garbled),
    row(&[], Server, Whatever, Passing),
    row(&[], Is(&[401]), One(&["900420", "900421", "800001"]), SignInRefused),
    row(&[], Is(&[401]), Whatever, TokenRejected),
    row(&[], Client, One(&["90000"]), TokenRejected),
    row(&[], When::Fault, One(&["20002"]), Refused(Kind::NoRelationship)),
    row(
        &[],
        Is(&[400, 403]),
        One(&["2032", "900150", "900308", "900309", "900316", "900329", "400030", "400036"]),
        Refused(Kind::NotPermitted),
    ),
    row(GRAPH, Is(&[403]), Coded, Refused(Kind::NotPermitted)),
    // "Customer, agreement, eligibility".
    row(&[Op::RegisterWebhook], Is(&[409]), Said, AlreadyDone),
    row(&[], When::Fault, One(&["13605"]), Refused(Kind::AgreementMissing)),
    row(
        &[],
        When::Fault,
        One(&[
            "2030", "800022", "800023", "800024", "800025", "800026", "800039", "800062", "800069", "800073", "800074",
            "800075", "900121", "900123", "900124", "900149", "900416",
        ]),
        Refused(Kind::AccountOnHold),
    ),
    // "Catalog, cart, order". After a checkout an order may exist or be under way.
    row(PURCHASE, When::Fault, One(&["800060", "800064"]), Silent),
    row(&[Op::CheckOut], When::Fault, One(&["800065"]), AlreadyOrdered),
    row(&[Op::CheckOut], Is(&[404]), One(&["800008", "1000"]), Refused(Kind::CartGone)),
    row(&[Op::CheckOut], Is(&[400, 404]), One(&["800009"]), Refused(Kind::CartGone)),
    // The item went stale in the cart: that cart will never be an order (12.4).
    row(&[Op::CheckOut], When::Fault, One(&["400013", "400018", "400019"]), Refused(Kind::CartGone)),
    // "Read again, then retry": what this cart was built upon holds no more. Orders are looked at before there is a new one.
    row(&[Op::CheckOut], When::Fault, One(&["4018", "800036"]), Refused(Kind::CartGone)),
    row(CART, When::Fault, One(&["4018", "800036"]), StaleItem),
    // Nothing is left of it at the moment. Inside a success that cart is used up, so that there it is a refusal.
    row(PURCHASE, Client, One(&["800010", "800017"]), LATER),
    // Where nothing was submitted yet, it is read again and the cart built anew.
    row(CART, When::Fault, One(&["10001", "catalogitemidisnotvalid", "400013", "400018", "400019"]), StaleItem),
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
    row(
        PURCHASE,
        When::Fault,
        One(&[
            "2006",
            "2085",
            "2091",
            "2100",
            "400041",
            "400072",
            "800004",
            "800010",
            "800017",
            "800020",
            "800028",
            "800070",
            "800086",
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
    // "Subscription". Quantities are absolute, so sending again is harmless once the subscription was read again.
    row(TAGGED, When::Fault, One(&["2055", "800036"]), Outdated),
    // It may have been bought a moment ago.
    row(&[Op::ChangeSubscription], Is(&[404]), One(&["20003"]), LATER),
    row(TAGGED, Is(&[412]), Said, Outdated),
    row(
        &[Op::ChangeSubscription],
        When::Fault,
        One(&["2002", "800067", "800088", "900275"]),
        Refused(Kind::SeatsNotAllowed),
    ),
    row(&[], When::Fault, One(&["900278"]), IN_A_DAY),
    // "NCE migration", "Transfers": what is in progress may be ours.
    row(BEGUN, When::Fault, One(&["900216", "900101", "900104"]), Silent),
    // Active for a month or less; the month ends with a day.
    row(&[], Is(&[403]), One(&["900226"]), IN_A_DAY),
    row(
        &[],
        When::Fault,
        One(&[
            "2012", "60003", "800014", "800072", "800080", "800082", "800085", "900101", "900104", "900216", "900261",
            "900280",
        ]),
        LATER,
    ),
    // "Licences".
    row(LICENCES, When::Fault, One(&["60000"]), Silent),
    row(LICENCES, When::Fault, One(&["60012"]), Refused(Kind::NoFreeUnits)),
    row(LICENCES, When::Fault, One(&["60002"]), Refused(Kind::LicenceNotAssignable)),
    // Its code is not verified; see `licence_words`.
    row(LICENCES, Is(&[400]), One(&["usage-location"]), Refused(Kind::LicenceNotAssignable)),
    // Graph's, whose codes are read out of its words: see `licence_words`.
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
    row(&[Op::AssignLicence], Is(&[400]), One(&["Request_BadRequest"]), Refused(Kind::Other)),
    // A request of a batch whose predecessor failed was not made (21.7).
    row(&[Op::AssignLicence], Is(&[424]), Said, NotNow { secs: 60 }),
    // Still being changed by someone, in no words that are known: nothing follows from it.
    row(&[], Is(&[409]), One(&["27009"]), Refused(Kind::Other)),
    row(&[], Is(&[409]), Whatever, Silent),
    // Absence is an answer for these, where the service says so by its code; the status alone is anybody's.
    row(
        &[
            Op::Customer,
            Op::SignedAgreement,
            Op::Agreements,
            Op::Subscription,
            Op::Provisioning,
            Op::WebhookRegistration,
            Op::Qualifications,
            Op::CountryRules,
        ],
        Is(&[404]),
        One(&["1000"]),
        NotFound,
    ),
    row(&[Op::Subscription, Op::Provisioning], Is(&[404]), One(&["20003"]), NotFound),
    row(&[Op::Provisioning], Is(&[404]), One(&["800007"]), NotFound),
    row(&[Op::PartnerProfile], Is(&[404]), One(&["1000", "2072", "800015"]), NotFound),
    // The former's 404 is documented without a code (10), the latter's not at all; nothing that costs is decided upon them.
    row(&[Op::PartnerProfile, Op::WebhookRegistration], Is(&[404]), Absent, NotFound),
    // Which of the two an unknown country comes to is not verified (fact sheet 9.9).
    row(&[Op::CountryRules], Is(&[400]), One(&["2000", "3000"]), NotFound),
    row(
        &[Op::AccountValidation, Op::UserLicences, Op::Migration, Op::Transfer, Op::WebhookTest],
        Is(&[400, 404]),
        One(&["1000", "20000", "20003", "60002", "600074", "800008", "900100", "900224"]),
        NotFound,
    ),
    row(&[Op::User], Is(&[404]), One(&["Request_ResourceNotFound"]), NotFound),
    row(CATALOGUE, Is(&[404]), One(&["1000", "400013", "400018", "400019"]), NotFound),
    row(CATALOGUE, Success, One(&["400072"]), NotFound),
    row(&[Op::Customers, Op::CustomerUsers], Is(&[400]), One(&["2000"]), ListEnd),
    // A fault in one line of a cart concerns that line, definitely, whatever its code: a cart buys nothing (6.1, shape E).
    row(CART, When::Line, Coded, Refused(Kind::Other)),
    // A fault in place of a whole success is documented for the catalogue only.
    row(&[], Success, Coded, Garbled),
    row(&[], Success, Absent, Done),
    // Everything else that the sheet knows: definite, nothing was done, and a person reads why.
    row(&[], When::Fault, One(OTHERS), Refused(Kind::Other)),
    // An order group that failed for what is no refusal as a whole answer either, such as 800005, or for what nobody knows:
    // whether it left an order, the orders tell.
    row(&[Op::CheckOut], When::Line, Coded, Silent),
    // What nobody knows, such as a page of a proxy or a new code: not understood.
    row(&[], Client, Whatever, Garbled),
];

#[rustfmt::skip]
const OTHERS: &[&str] = &[
    // General and access.
    "1000", "2000", "3000", "800002", "900126", "900127", "900141", "800042", "900118",
    // Customer, agreement, eligibility.
    "600002", "600049", "600050", "600051", "600061", "600074", "2071", "2072", "2200", "2201", "2203", "2204", "2205", "2206",
    "800015", "800016", "900154", "900247", "800086",
    // Catalogue, cart, order.
    "400013", "400018", "400019", "400041", "2006", "2085", "2091", "2100", "27006", "27007", "800004", "800008", "800009", "800010",
    "800017", "800020", "800028", "4018", "800029", "800065", "800066", "800067", "800088", "800089", "800070", "800071", "800036",
    "900142", "900144", "900169", "900203", "900206", "900242", "900252", "900253", "900254", "900275", "900419", "20000",
    "800018", "900322", "900116", "800019",
    // Subscription.
    "20003", "2001", "2002", "2011", "2054", "6000", "6001", "800027", "800040", "800063", "800077", "800081", "800090",
    "800091", "800092", "800095", "800096", "800097", "800098", "800093", "800107", "800121", "800122", "900117",
    "900213", "900257", "900214", "900244", "900245", "900246", "900263", "900277", "900279", "900311", "900236",
    "900258", "900259", "900260", "900267", "900268", "900269", "900270",
    // Licences.
    "60002",
    // Migrations of legacy subscriptions.
    "900215", "900217", "900218", "900219", "900220", "900221", "900222", "900223", "900224", "900226", "900248",
    "900262", "900291", "900292",
    // Transfers; 900400 also of a reseller that is not active.
    "900100", "900102", "800078", "900131", "900132", "900133", "900134", "900145", "900146", "900136", "900147",
    "900148", "900137", "900138", "900139", "900160", "900400",
];
