//! Every row of the table, and what it must come to.

use super::Meaning::{Garbled, Passing, Silent};
use super::*;
use Operation as Op;

/// `check out 409/800060`, `check out 502`, `create cart timed out` …
pub(super) fn parse(text: &str) -> (Operation, String) {
    let operation = Operation::ALL
        .into_iter()
        .filter(|operation| text.starts_with(operation.name()))
        .max_by_key(|operation| operation.name().len())
        .unwrap_or_else(|| panic!("no operation in `{text}`"));
    (operation, text[operation.name().len()..].trim().to_owned())
}

pub(super) fn signal(text: &str) -> Signal<'_> {
    match text {
        "not connected" => Signal::NotConnected,
        "broken" => Signal::Broken,
        "timed out" => Signal::TimedOut,
        "unreadable" => Signal::Unreadable,
        line if line.starts_with("line ") => Signal::Line { code: &line[5..] },
        answer => {
            let (status, code) = match answer.split_once('/') {
                Some((status, code)) => (status, Some(code)),
                None => (answer, None),
            };
            match status.strip_prefix("page ") {
                Some(status) => Signal::Page { status: status.parse().unwrap() },
                None => Signal::Answer { status: status.parse().unwrap(), code },
            }
        }
    }
}

/// One line per case: the signal, then what it means.
#[track_caller]
pub(super) fn check(table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (case, expected) = line.split_once(" = ").unwrap();
        let (operation, rest) = parse(case.trim());
        let meaning = classify(operation, signal(&rest));
        assert_eq!(format!("{meaning:?}"), expected.trim(), "{case}");
    }
}

#[test]
fn what_never_left_is_not_sent() {
    check(
        "
        check out not connected = NotSent
        create cart not connected = NotSent
        assign licence not connected = NotSent
        list orders not connected = NotSent
        ",
    );
}

#[test]
fn what_left_without_a_settling_answer_is_in_doubt() {
    check(
        "
        check out broken = Passing
        check out timed out = Silent
        check out unreadable = Garbled
        check out 408 = Silent
        check out 500 = Passing
        check out 500/800005 = Passing
        check out 501/0 = Garbled
        check out 502 = Passing
        check out 503 = Passing
        check out 504 = Passing
        check out 409 = Silent
        check out 409/800060 = Silent
        check out 409/800064 = Silent
        check out 409/999999 = Silent
        check out line 800060 = Silent
        check out line 800003 = Silent
        check out line 800005 = Silent
        check out line 800083 = Silent
        check out line 900192 = Silent
        check out line 123456 = Silent
        check out line 0 = Silent
        check out 201/800003 = Garbled
        create cart 201/10001 = Garbled
        check out 400 = Garbled
        check out 404 = Garbled
        check out 403 = Garbled
        check out 302 = Garbled
        check out 410/1 = Garbled
        check out 422/1 = Garbled
        check out 400/123456 = Garbled
        change subscription 403/123456 = Garbled
        create cart line 800064 = Silent
        assign licence 400/concurrency = Silent
        assign licence 409 = Silent
        ",
    );
    for meaning in [Passing, Silent, Garbled] {
        let failure = crate::failure::Failure::new(Op::CheckOut, meaning, "");
        let outcome = failure.outcome::<()>();
        assert!(matches!(outcome, carryover_ports::Outcome::InDoubt(_)));
    }
}

#[test]
fn what_was_refused_says_why() {
    check(
        "
        check out 403/20002 = Refused(NoRelationship)
        create cart 403/20002 = Refused(NoRelationship)
        check out 403/13605 = Refused(AgreementMissing)
        check out 404/800008 = Refused(CartGone)
        check out 404/1000 = Refused(CartGone)
        check out 400/800009 = Refused(CartGone)
        create cart 400/800009 = Refused(Other)
        check out 403/800088 = Refused(SeatsNotAllowed)
        check out 403/800067 = Refused(SeatsNotAllowed)
        check out line 800088 = Refused(SeatsNotAllowed)
        create cart line 10015 = Refused(SeatsNotAllowed)
        create cart 400/900275 = Refused(SeatsNotAllowed)
        check out 403/800023 = Refused(AccountOnHold)
        check out 403/800073 = Refused(AccountOnHold)
        check out 403/900416 = Refused(AccountOnHold)
        check out 404/400019 = Refused(CartGone)
        check out line 400019 = Refused(CartGone)
        create cart line 500600 = Refused(OfferUnavailable)
        create cart line 10003 = Refused(OfferUnavailable)
        create cart line 10012 = Refused(Other)
        check out 403/900329 = Refused(NotPermitted)
        check out 403/2032 = Refused(NotPermitted)
        check out 403/800089 = Refused(Other)
        create cart line 123456 = Refused(Other)
        check out line 900142 = Refused(Other)
        check out line 800010 = Refused(OfferUnavailable)
        assign licence 400/usage-location = Refused(LicenceNotAssignable)
        assign licence 400/plan-conflict = Refused(LicenceNotAssignable)
        assign licence 400/no-units = Refused(NoFreeUnits)
        assign licence 403/Authorization_RequestDenied = Refused(NotPermitted)
        assign licence 404/Request_ResourceNotFound = Refused(LicenceNotAssignable)
        assign licence 400/Request_BadRequest = Refused(Other)
        ",
    );
}

#[test]
fn what_has_a_way_on_says_which() {
    check(
        "
        check out 400/800065 = AlreadyOrdered
        check out 417/800036 = Refused(CartGone)
        create cart 417/800036 = StaleItem
        check out 400/800017 = NotNow { secs: 900 }
        create cart line 10001 = StaleItem
        create cart line catalogitemidisnotvalid = StaleItem
        create cart 404/400019 = StaleItem
        assign licence 400/not-held = NotHeld
        check out 429 = Throttled
        list users 429/TooManyRequests = Throttled
        check out 401 = TokenRejected
        check out 401/400 = TokenRejected
        check out 400/90000 = TokenRejected
        check out 401/900420 = SignInRefused
        read agreements 401/900421 = SignInRefused
        list orders 401/800001 = SignInRefused
        sign in 400/invalid_grant = SignInRefused
        sign in 401/invalid_client = SignInRefused
        sign in 400/interaction_required = SignInRefused
        sign in 400/temporarily_unavailable = Passing
        sign in 503 = Passing
        ",
    );
}

#[test]
fn absence_is_an_answer_to_a_read() {
    check(
        "
        read customer 404/1000 = NotFound
        read customer 403/20002 = Refused(NoRelationship)
        read subscription 404/20003 = NotFound
        read provisioning 404/800007 = NotFound
        read agreements 404/1000 = NotFound
        read partner profile 404 = NotFound
        read user 404/Request_ResourceNotFound = NotFound
        list availabilities 404/400019 = NotFound
        list availabilities 200/400072 = NotFound
        list orders 404/1000 = Refused(Other)
        list customers 400/2000 = ListEnd
        list customer's users 400/2000 = ListEnd
        list orders 400/2000 = Refused(Other)
        list orders 200/1 = Garbled
        list users 403/Authorization_RequestDenied = Refused(NotPermitted)
        ",
    );
}

/// A status alone, or a page of a proxy, is nobody's word: neither that something is absent, nor that we may not look.
#[test]
fn what_the_service_did_not_write_is_no_fact() {
    check(
        "
        read customer 404 = Garbled
        read customer 404/987654 = Garbled
        read customer page 404 = Garbled
        read agreements page 404 = Garbled
        read subscription page 404 = Garbled
        read provisioning page 404 = Garbled
        read qualifications page 404 = Garbled
        read partner profile page 404 = Garbled
        read user page 404 = Garbled
        list orders page 403 = Garbled
        list licence pools page 403 = Garbled
        check out page 403 = Garbled
        check out page 404 = Garbled
        change subscription page 412 = Garbled
        assign licence page 424 = Garbled
        register webhook page 409 = Silent
        list orders page 502 = Passing
        list orders page 429 = Throttled
        ",
    );
    for operation in Operation::ALL.into_iter().filter(|operation| operation.is_write()) {
        let meaning = classify(operation, Signal::Page { status: 404 });
        assert_eq!(meaning, Garbled, "{}", operation.name());
    }
}

/// A row, or a code in it, that an earlier row takes away would be a rule that is written and not kept.
#[test]
fn no_row_and_no_code_is_out_of_reach() {
    let statuses = [200, 201, 400, 401, 403, 404, 405, 408, 409, 410, 412, 417, 424, 429, 500, 501, 503];
    let first = |operation, signal| TABLE.iter().position(|row| row.fits(operation, signal));
    for (index, row) in TABLE.iter().enumerate() {
        let operations = if row.of.is_empty() { &Operation::ALL } else { row.of };
        let codes: Vec<Option<&str>> = match &row.codes {
            Whatever | Said | Coded => vec![Some("unknown")],
            Absent => vec![None],
            One(codes) => codes.iter().copied().map(Some).collect(),
        };
        for code in codes {
            let answers = statuses.map(|status| Signal::Answer { status, code });
            let line = Signal::Line { code: code.unwrap_or_default() };
            let others = [Signal::NotConnected, Signal::Broken, Signal::TimedOut, Signal::Unreadable, line];
            let reached = operations.iter().any(|operation| {
                let mut signals = answers.iter().chain(&others);
                signals.any(|signal| first(*operation, *signal) == Some(index))
            });
            assert!(reached, "row {index}, code {code:?}");
        }
    }
}

#[test]
fn graphs_words_are_read_loosely() {
    let cases = [
        ("License assignment cannot be done for user with invalid usage location.", Some("usage-location")),
        ("Subscription with SKU bbbbbbbb does not have any available licenses.", Some("no-units")),
        ("License bbbbbbbb does not correspond to a valid company License.", Some("no-units")),
        ("User does not have a corresponding license.", Some("not-held")),
        ("License 1 is not assigned to the user.", Some("not-held")),
        ("Service plans x and y are mutually exclusive.", Some("plan-conflict")),
        ("License assignment failed because service plan x depends on y.", Some("plan-conflict")),
        ("Another object was changed concurrently.", Some("concurrency")),
        ("Something else.", None),
    ];
    for (words, code) in cases {
        assert_eq!(licence_words(words), code, "{words}");
    }
}

#[test]
fn the_meter_has_a_place_for_every_operation() {
    for (index, operation) in Operation::ALL.into_iter().enumerate() {
        assert_eq!(operation as usize, index);
    }
}
