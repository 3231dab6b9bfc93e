//! The table against the fact sheet: every code of its section 6.3, under the statuses and for the calls it names.

use super::tests::check;
use super::*;
use crate::classify::table::{GRAPH, TABLE};
use std::collections::BTreeSet;

#[test]
fn general_and_access() {
    check(
        "
        read customer 501/0 = Garbled
        list customers 401/400 = TokenRejected
        list orders 404/1000 = Refused(Other)
        create cart 400/2000 = Refused(Other)
        change subscription 400/3000 = Refused(Other)
        check out 403/2030 = Refused(AccountOnHold)
        check out 403/2032 = Refused(NotPermitted)
        check out 403/20002 = Refused(NoRelationship)
        check out 401/800001 = SignInRefused
        check out 400/800002 = Refused(Other)
        check out 500/800003 = Passing
        check out 403/800039 = Refused(AccountOnHold)
        change subscription 403/900149 = Refused(AccountOnHold)
        check out 403/900150 = Refused(NotPermitted)
        check out 403/900308 = Refused(NotPermitted)
        check out 403/900309 = Refused(NotPermitted)
        update licences 400/900316 = Refused(NotPermitted)
        read agreements 403/900329 = Refused(NotPermitted)
        check out 403/900124 = Refused(AccountOnHold)
        check out 403/900123 = Refused(AccountOnHold)
        check out 403/900416 = Refused(AccountOnHold)
        check out 401/900420 = SignInRefused
        read agreements 401/900421 = SignInRefused
        check out 400/90000 = TokenRejected
        change subscription 400/900126 = Refused(Other)
        change subscription 400/900127 = Refused(Other)
        change subscription 400/900141 = Refused(Other)
        change subscription 400/800042 = Refused(Other)
        check out 500/900192 = Passing
        check out 400/900118 = Refused(Other)
        ",
    );
}

#[test]
fn customer_agreement_and_eligibility() {
    check(
        "
        check out 403/13605 = Refused(AgreementMissing)
        read agreements 400/600061 = Refused(Other)
        register webhook 409 = AlreadyDone
        read agreements 400/600002 = Refused(Other)
        read agreements 400/600049 = Refused(Other)
        read agreements 400/600050 = Refused(Other)
        read agreements 400/600051 = Refused(Other)
        read account validation 404/600074 = NotFound
        check out 403/800073 = Refused(AccountOnHold)
        check out 403/800074 = Refused(AccountOnHold)
        check out 403/800075 = Refused(AccountOnHold)
        create cart 400/2071 = Refused(Other)
        create cart 404/2072 = Refused(Other)
        read partner profile 404/2072 = NotFound
        read partner profile 404/800015 = NotFound
        read partner agreement 400/2200 = Refused(Other)
        read partner agreement 400/2201 = Refused(Other)
        read partner agreement 400/2203 = Refused(Other)
        read partner agreement 400/2204 = Refused(Other)
        read partner agreement 400/2205 = Refused(Other)
        read partner agreement 400/2206 = Refused(Other)
        create cart 404/800015 = Refused(Other)
        create cart 400/800016 = Refused(Other)
        change subscription 400/900154 = Refused(Other)
        change subscription 400/900247 = Refused(Other)
        check out 400/800086 = Refused(OfferUnavailable)
        list products 403/400030 = Refused(NotPermitted)
        list products 403/400036 = Refused(NotPermitted)
        check out 403/800023 = Refused(AccountOnHold)
        check out 403/800025 = Refused(AccountOnHold)
        check out 403/900121 = Refused(AccountOnHold)
        check out 400/800022 = Refused(AccountOnHold)
        check out 400/800024 = Refused(AccountOnHold)
        check out 400/800026 = Refused(AccountOnHold)
        check out 400/800062 = Refused(AccountOnHold)
        check out 403/800069 = Refused(AccountOnHold)
        ",
    );
}

#[test]
fn catalogue_cart_and_order() {
    check(
        "
        list availabilities 200/400072 = NotFound
        create cart 404/400013 = StaleItem
        create cart 404/400018 = StaleItem
        create cart 404/400019 = StaleItem
        check out 404/400019 = Refused(CartGone)
        create cart 400/2100 = Refused(OfferUnavailable)
        create cart 403/2006 = Refused(OfferUnavailable)
        create cart 403/2085 = Refused(OfferUnavailable)
        create cart 403/2091 = Refused(OfferUnavailable)
        create cart 403/800020 = Refused(OfferUnavailable)
        check out 400/27006 = Refused(Other)
        check out 400/27007 = Refused(Other)
        create cart 400/800004 = Refused(OfferUnavailable)
        check out 500/800005 = Passing
        check out 404/800008 = Refused(CartGone)
        check out 400/800009 = Refused(CartGone)
        create cart 400/800009 = Refused(Other)
        check out 400/800010 = NotNow { secs: 900 }
        check out 400/800017 = NotNow { secs: 900 }
        check out 400/4018 = Refused(CartGone)
        check out 403/800028 = Refused(OfferUnavailable)
        create cart 400/800029 = Refused(Other)
        check out 409/800060 = Silent
        check out 409/800064 = Silent
        check out 400/800065 = AlreadyOrdered
        check out 403/800066 = Refused(Other)
        check out 403/800089 = Refused(Other)
        check out 403/800067 = Refused(SeatsNotAllowed)
        check out 403/800088 = Refused(SeatsNotAllowed)
        check out 400/800070 = Refused(OfferUnavailable)
        create cart 400/800071 = Refused(Other)
        check out 500/800083 = Passing
        check out 500/800084 = Passing
        check out 500/800087 = Passing
        check out 500/800031 = Passing
        check out 417/800036 = Refused(CartGone)
        change subscription 417/800036 = Outdated
        create cart 400/900142 = Refused(Other)
        create cart 400/900144 = Refused(Other)
        create cart 400/900169 = Refused(Other)
        create cart 400/900203 = Refused(Other)
        create cart 400/900206 = Refused(Other)
        create cart 400/900242 = Refused(Other)
        check out 400/900252 = Refused(Other)
        check out 400/900253 = Refused(Other)
        check out 400/900254 = Refused(Other)
        create cart 400/900275 = Refused(SeatsNotAllowed)
        check out 400/900419 = Refused(Other)
        list orders 404/20000 = Refused(Other)
        check out 400/800018 = Refused(Other)
        check out 403/900322 = Refused(OfferUnavailable)
        check out 403/900116 = Refused(Other)
        check out 403/800019 = Refused(Other)
        ",
    );
}

#[test]
fn subscription() {
    check(
        "
        read subscription 404/20003 = NotFound
        change subscription 404/20003 = NotNow { secs: 900 }
        change subscription 400/2001 = Refused(Other)
        change subscription 400/2002 = Refused(SeatsNotAllowed)
        change subscription 400/2006 = Refused(Other)
        change subscription 400/2011 = Refused(Other)
        change subscription 400/2012 = NotNow { secs: 900 }
        change subscription 400/2054 = Refused(Other)
        change subscription 400/2055 = Outdated
        change subscription 412 = Outdated
        change subscription 400/6000 = Refused(Other)
        change subscription 400/6001 = Refused(Other)
        change subscription 409/27009 = Refused(Other)
        change subscription 409/800014 = NotNow { secs: 900 }
        change subscription 403/800027 = Refused(Other)
        change subscription 400/800040 = Refused(Other)
        change subscription 400/800063 = Refused(Other)
        change subscription 403/800077 = Refused(Other)
        change subscription 400/800072 = NotNow { secs: 900 }
        change subscription 400/800085 = NotNow { secs: 900 }
        change subscription 400/800080 = NotNow { secs: 900 }
        change subscription 400/800081 = Refused(Other)
        change subscription 400/800082 = NotNow { secs: 900 }
        change subscription 409/800082 = NotNow { secs: 900 }
        change subscription 400/800090 = Refused(Other)
        change subscription 400/800091 = Refused(Other)
        change subscription 400/800092 = Refused(Other)
        change subscription 400/800095 = Refused(Other)
        change subscription 400/800096 = Refused(Other)
        change subscription 400/800097 = Refused(Other)
        change subscription 400/800098 = Refused(Other)
        change subscription 400/800093 = Refused(Other)
        change subscription 500/800094 = Passing
        change subscription 400/800107 = Refused(Other)
        change subscription 400/800121 = Refused(Other)
        change subscription 400/800122 = Refused(Other)
        change subscription 400/900117 = Refused(Other)
        change subscription 400/900213 = Refused(Other)
        change subscription 400/900257 = Refused(Other)
        change subscription 400/900214 = Refused(Other)
        change subscription 400/900244 = Refused(Other)
        change subscription 400/900245 = Refused(Other)
        change subscription 400/900246 = Refused(Other)
        change subscription 403/900263 = Refused(Other)
        change subscription 400/900277 = Refused(Other)
        change subscription 409/900278 = NotNow { secs: 86400 }
        change subscription 400/900279 = Refused(Other)
        change subscription 400/900280 = NotNow { secs: 900 }
        change subscription 400/900311 = Refused(Other)
        change subscription 409 = Silent
        change subscription 400/900236 = Refused(Other)
        change subscription 400/900258 = Refused(Other)
        change subscription 400/900259 = Refused(Other)
        change subscription 400/900260 = Refused(Other)
        change subscription 400/900261 = NotNow { secs: 900 }
        change subscription 400/900267 = Refused(Other)
        change subscription 400/900268 = Refused(Other)
        change subscription 400/900269 = Refused(Other)
        change subscription 400/900270 = Refused(Other)
        ",
    );
}

#[test]
fn licences() {
    check(
        "
        read user's licences 404/60002 = NotFound
        update licences 404/60002 = Refused(LicenceNotAssignable)
        update licences 404/60003 = NotNow { secs: 900 }
        update licences 400/60000 = Silent
        update licences 400/60012 = Refused(NoFreeUnits)
        update licences 400/usage-location = Refused(LicenceNotAssignable)
        assign licence 424 = NotNow { secs: 60 }
        ",
    );
}

#[test]
fn migrations_and_transfers() {
    check(
        "
        create migration 400/900215 = Refused(Other)
        create migration 400/900216 = Silent
        validate migration 400/900216 = NotNow { secs: 900 }
        create migration 400/900217 = Refused(Other)
        create migration 400/900218 = Refused(Other)
        create migration 400/900219 = Refused(Other)
        create migration 400/900220 = Refused(Other)
        create migration 400/900221 = Refused(Other)
        create migration 400/900222 = Refused(Other)
        create migration 403/900223 = Refused(Other)
        read migration 400/900224 = NotFound
        create migration 408/900225 = Silent
        create migration 403/900226 = NotNow { secs: 86400 }
        create migration 400/900248 = Refused(Other)
        create migration 400/900262 = Refused(Other)
        create migration 400/900291 = Refused(Other)
        create migration 400/900292 = Refused(Other)
        read transfer 404/900100 = NotFound
        change transfer 404/900100 = Refused(Other)
        create transfer 409/900101 = Silent
        list transfers 409/900101 = NotNow { secs: 900 }
        change transfer 400/900102 = Refused(Other)
        create transfer 500/900103 = Passing
        create transfer 500/900135 = Passing
        change transfer 409/900104 = Silent
        list transfers 409/900104 = NotNow { secs: 900 }
        create transfer 400/800078 = Refused(Other)
        create transfer 400/900131 = Refused(Other)
        create transfer 400/900132 = Refused(Other)
        create transfer 400/900133 = Refused(Other)
        create transfer 400/900134 = Refused(Other)
        create transfer 400/900145 = Refused(Other)
        create transfer 400/900146 = Refused(Other)
        create transfer 400/900136 = Refused(Other)
        create transfer 400/900147 = Refused(Other)
        create transfer 400/900148 = Refused(Other)
        create transfer 403/900137 = Refused(Other)
        create transfer 403/900138 = Refused(Other)
        create transfer 403/900139 = Refused(Other)
        create transfer 400/900160 = Refused(Other)
        create transfer 400/900400 = Refused(Other)
        ",
    );
}

#[test]
fn lines_of_carts() {
    check(
        "
        create cart line 0 = Refused(Other)
        create cart line 10000 = Refused(Other)
        create cart line 10001 = StaleItem
        create cart line 10002 = Refused(OfferUnavailable)
        create cart line 10003 = Refused(OfferUnavailable)
        create cart line 10004 = Refused(Other)
        create cart line 10006 = Refused(Other)
        create cart line 10007 = Refused(Other)
        create cart line 10008 = Refused(Other)
        create cart line 10009 = Refused(Other)
        create cart line 10010 = Refused(Other)
        create cart line 10011 = Refused(Other)
        create cart line 10012 = Refused(Other)
        create cart line 10013 = Refused(OfferUnavailable)
        create cart line 10014 = Refused(Other)
        create cart line 10015 = Refused(SeatsNotAllowed)
        create cart line 10016 = Refused(Other)
        create cart line 10017 = Refused(Other)
        create cart line 10018 = Refused(SeatsNotAllowed)
        create cart line 10019 = Refused(SeatsNotAllowed)
        create cart line 500600 = Refused(OfferUnavailable)
        ",
    );
}

/// What is nobody's code is doubt for each write, and for each read something that cannot be understood.
#[test]
fn a_code_that_the_sheet_does_not_have_settles_nothing() {
    for operation in Operation::ALL.into_iter().filter(|operation| *operation != Operation::SignIn) {
        for status in [400, 402, 403, 404, 405, 406, 412, 417, 422] {
            let meaning = classify(operation, Signal::Answer { status, code: Some("987654") });
            let settles_nothing = match meaning {
                Meaning::Garbled => true,
                // Rights at Graph, whose words for them are not listed, and tags, which the status alone says.
                Meaning::Refused(RefusalKind::NotPermitted) => status == 403 && GRAPH.contains(&operation),
                Meaning::Outdated => status == 412,
                _ => false,
            };
            assert!(settles_nothing, "{} {status}: {meaning:?}", operation.name());
        }
    }
}

/// Whatever is refused, is told with a way on.
#[test]
fn every_refusal_says_what_can_be_done() {
    let numbers = TABLE.iter().filter_map(|row| match (&row.codes, row.means) {
        (One(codes), Meaning::Refused(kind)) => Some(codes.iter().map(move |code| (kind, *code))),
        _ => None,
    });
    let mut remedies = BTreeSet::new();
    for (kind, code) in numbers.flatten() {
        let refusal = carryover_ports::Refusal { kind, code: format!("400/{code}"), detail: String::new() };
        remedies.insert(refusal.remedy());
    }
    assert!(remedies.len() > 30, "only {} remedies", remedies.len());
    assert!(remedies.iter().all(|remedy| remedy.ends_with('.')), "{remedies:?}");
}
