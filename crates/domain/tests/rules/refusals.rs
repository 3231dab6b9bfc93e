//! Refusals of the service as rows of the blocker table, and what a finding does to a line.

use crate::fixture::{read, subscription};
use carryover_domain::Cause;
use carryover_domain::finding::{Action, Finding, FindingKind, Severity};
use carryover_domain::program::Owner;
use carryover_domain::reply::{Refusal, RefusalKind};
use carryover_domain::value::Money;
use expect_test::expect;

fn of_code(code: &str) -> Option<FindingKind> {
    FindingKind::of_refusal(&Refusal { kind: RefusalKind::Other, code: code.to_owned(), detail: "no".to_owned() })
}

#[test]
fn each_code_of_the_service_belongs_to_its_row() {
    for (row, codes) in [
        ("PARTNER_NOT_ONBOARDED", &["2030"][..]),
        ("MCA_MISSING", &["13605"]),
        ("MPA_MISSING", &["900123", "900124"]),
        ("REGISTRATION_ID_MISSING", &["600049", "600050"]),
        ("CONTACT_MISSING", &["600051"]),
        ("CREDIT_EXCEEDED", &["800023", "800025", "900121"]),
        ("RISK_BLOCKED", &["800069"]),
        ("ACCOUNT_UNDER_REVIEW", &["800073", "800074", "800075", "900416"]),
        ("OFFER_NOT_IN_COUNTRY", &["800070"]),
        ("SEAT_CAP_300", &["800088"]),
        ("SEATS_ABOVE_MAX", &["800066", "800067", "800089", "27006", "10015"]),
        ("TENANT_SUBSCRIPTION_LIMIT", &["900419"]),
        ("PREREQUISITE_MISSING", &["400041"]),
        ("CONDITIONAL_ACCESS_BLOCK", &["900309", "900316"]),
        ("NO_RELATIONSHIP", &["20002"]),
        ("SEGMENT_NOT_QUALIFIED", &["800086"]),
        ("OFFER_END_OF_SALE", &["2085", "2091", "800028"]),
        ("BILLING_NOT_OFFERED", &["10013"]),
        ("SEATS_BELOW_MIN", &["10018", "10019"]),
        ("PROMO_NOT_ELIGIBLE", &["27007", "10014"]),
        ("MIGRATION_NOT_ELIGIBLE", &["900215", "900217", "900218", "900219", "900220", "900221", "900222", "900223"]),
        ("MIGRATION_NOT_ELIGIBLE", &["900226", "900248", "900262"]),
        (
            "TRANSFER_REFUSED",
            &["900102", "800078", "900131", "900132", "900133", "900134", "900136", "900137", "900138"],
        ),
        ("TRANSFER_REFUSED", &["900139", "900145", "900146", "900147", "900148", "900160"]),
    ] {
        for code in codes {
            assert_eq!(of_code(code).map(FindingKind::code), Some(row), "{code}");
            assert_eq!(of_code(&format!("400/{code}")).map(FindingKind::code), Some(row), "400/{code}");
        }
    }
    for code in ["", "400", "13605/400", "99999"] {
        assert_eq!(of_code(code), None, "{code}");
    }
}

#[test]
fn a_line_that_was_refused_shows_the_row_that_the_refusal_belongs_to() {
    let shown = |kind, code: &str, detail: &str| {
        Cause::Refused(Refusal { kind, code: code.to_owned(), detail: detail.to_owned() }).code()
    };
    let other = |code: &str| shown(RefusalKind::Other, code, "no");
    assert_eq!(other("400/2030"), "PARTNER_NOT_ONBOARDED");
    assert_eq!(other("400/900123"), "MPA_MISSING");
    assert_eq!(other("400/800069"), "RISK_BLOCKED");
    assert_eq!(other("403/900309"), "CONDITIONAL_ACCESS_BLOCK");
    assert_eq!(shown(RefusalKind::LicenceNotAssignable, "400", "Mutually exclusive plans"), "PLAN_CONFLICT");
    assert_eq!(other("400/99999"), "REFUSED");
}

#[test]
fn a_refusal_says_what_can_be_done_by_its_row_else_by_its_code_else_by_its_kind() {
    let remedy = |kind, code: &str| Refusal { kind, code: code.to_owned(), detail: "no".to_owned() }.remedy();
    assert_eq!(remedy(RefusalKind::Other, "403/13605"), FindingKind::AgreementMissing.remedy());
    assert_eq!(remedy(RefusalKind::AgreementMissing, "403"), FindingKind::AgreementMissing.remedy());
    assert_eq!(remedy(RefusalKind::NoRelationship, "403"), FindingKind::NoRelationship.remedy());
    for (codes, said) in [
        (&["900252", "900253", "900254"][..], "documents"),
        (&["900203", "900206", "10012"], "attestation"),
        (&["10004"], "reseller out"),
        (&["2071", "2072", "800015", "800016", "900154", "900247", "900400"], "indirect reseller"),
        (&["2200", "2201", "2203", "2204", "2205", "2206"], "Partner Agreement"),
        (&["900242", "10016", "10017", "900244", "900245", "900246", "900291", "900292"], "calendar month"),
        (&["900117", "900213", "900257", "900214", "800090"], "end of its term"),
        (&["2001", "800081", "800091", "27009"], "Activate"),
        (&["2011", "900277", "900279", "20003"], "no longer be changed"),
        (&["900311"], "support request"),
        (&["800018", "900116", "800019", "10009"], "sandbox"),
        (&["600002"], "registration number"),
    ] {
        for code in codes {
            assert!(remedy(RefusalKind::Other, &format!("400/{code}")).contains(said), "{code}");
        }
    }
    for (kind, said) in [
        (RefusalKind::CartGone, "a new cart"),
        (RefusalKind::OfferUnavailable, "an offer"),
        (RefusalKind::SeatsNotAllowed, "number of seats"),
        (RefusalKind::AccountOnHold, "credit"),
        (RefusalKind::LicenceNotAssignable, "user"),
        (RefusalKind::NoFreeUnits, "Free a licence"),
        (RefusalKind::NotPermitted, "`carryover doctor`"),
        (RefusalKind::Other, "the words of the service"),
    ] {
        assert!(remedy(kind, "400/1").contains(said), "{kind:?}");
    }
}

fn euros(amount: &str) -> Money {
    Money { amount: read(amount), currency: read("EUR") }
}

#[test]
fn what_begins_as_a_warning_grows_heavier() {
    let role = |swaps| Finding::GdapRoleMissing { role: "role".to_owned(), swaps }.severity();
    let access = |swaps| Finding::GdapExpiring { last_day: read("2026-12-13"), swaps }.severity();
    let renewal = |past_cutoff| Finding::RenewalStateUnknown { past_cutoff }.severity();
    let owner = |past_cutoff| {
        let due = read("2026-12-13");
        Finding::ForeignSourceNoAction { owner: Owner::Customer, due, past_cutoff }.severity()
    };
    for of in [role, access] {
        assert_eq!((of(false), of(true)), (Severity::Warns, Severity::Blocks(Action::Buy)));
    }
    assert_eq!((renewal(false), renewal(true)), (Severity::Warns, Severity::Blocks(Action::Close)));
    assert_eq!((owner(false), owner(true)), (Severity::Warns, Severity::Blocks(Action::Close)));
}

#[test]
fn a_person_may_let_pass_what_costs_nobody_a_licence() {
    let duplicate = Finding::DuplicateDestination { subscription: subscription("new-9"), seats: 25 };
    let price = Finding::PriceChanged { now: euros("280"), approved: euros("264") };
    let promotion = Finding::PromoNotEligible { promotion: "spring".to_owned() };
    let loss = Finding::CapabilityLoss { lost: vec!["TEAMS".to_owned()], downgraded: Vec::new() };
    for one in [duplicate, price, promotion, loss] {
        assert!(one.can_be_waived() && one.stops_purchase(), "{one}");
    }
    let short = Finding::SeatsBelowConsumption { consumed: 26, pool_after: 25 };
    for one in [short, Finding::NoRelationship, Finding::EndDateUnknown] {
        assert!(!one.can_be_waived() && one.stops_purchase(), "{one}");
    }
}

#[test]
fn what_time_alone_has_made_stops_nothing_that_was_approved() {
    for one in [Finding::MarginTooSmall { hours_left: 3, hours_min: 24 }, Finding::Gap { days: 1 }] {
        assert_eq!(one.severity(), Severity::Blocks(Action::Buy));
        assert!(!one.stops_purchase(), "{one}");
    }
    for one in [Finding::TrialSource, Finding::SelfServiceOwner, Finding::NoConsumptionReview] {
        assert!(!one.stops_purchase() && !one.can_be_waived() && !one.settles(), "{one}");
    }
}

#[test]
fn three_findings_say_that_there_is_nothing_to_move() {
    assert!(Finding::FreeSku.settles());
    assert!(Finding::AlreadyCovered { consumed: 20, cover: 20 }.settles());
    assert!(Finding::SourceIsOurs { subscription: subscription("old-1") }.settles());
    assert!(!Finding::SourceInGrace { until: None }.settles());
}

#[test]
fn a_remedy_names_the_number_that_helps() {
    let short = Finding::SeatsBelowConsumption { consumed: 26, pool_after: 25 };
    expect!["Raise target_seats so that at least 26 licences are there, or take licences from users first."]
        .assert_eq(&short.remedy());
    expect!["In this order: ask for a transfer between partners; buy only the missing cover, by target_seats; reduce the old subscription once the first part is bought; move part of the users to an Enterprise product; ask Microsoft support for a temporary exception; split at the end, with a short over-assignment that a person has approved. At most 99 can be bought now."].assert_eq(&Finding::SeatCap { existing: 201, seats: 100, cap: 300 }.remedy());
    assert!(
        Finding::SeatCap { existing: 400, seats: 100, cap: 300 }.remedy().ends_with("At most 0 can be bought now.")
    );
    assert_eq!(Finding::TrialSource.remedy(), FindingKind::TrialSource.remedy());
}

#[test]
fn every_row_is_found_by_its_code_and_has_a_letter() {
    for kind in FindingKind::ALL {
        assert_eq!(FindingKind::of_code(kind.code()), Some(*kind));
        assert!(!kind.checked().is_empty(), "{}", kind.code());
    }
    let letters = [Severity::Note, Severity::Warns, Severity::Blocks(Action::Plan)].map(Severity::letter);
    assert_eq!(letters, ['I', 'W', 'B']);
}
