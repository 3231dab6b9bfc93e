//! The blocker table of the rule book (section F), written out: code, weight and phases of each row.

use carryover_domain::finding::{FindingKind, Phase, Severity};
use std::collections::BTreeSet;

/// As the rule book has them. `B` blocks, `W` wants approval, `I` informs; P plan, E before executing, X around the end. What grows
/// heavier stands with the weight that it begins with.
const SECTION_F: &str = "
    NO_RELATIONSHIP B PE            CUSTOMER_IN_OTHER_REGION B P    PARTNER_NOT_ONBOARDED B E
    TENANT_IS_CSP_PARTNER B P       TENANT_TYPE_UNSUPPORTED B P     MCA_MISSING B PE
    MCA_OUTDATED B PE               MPA_MISSING B E                 REGISTRATION_ID_MISSING B P
    ADDRESS_INVALID B P             CONTACT_MISSING B P             CREDIT_EXCEEDED B PE
    ACCOUNT_UNDER_REVIEW B E        RISK_BLOCKED B E                SEGMENT_NOT_QUALIFIED B P
    OFFER_NOT_IN_COUNTRY B PE       OFFER_END_OF_SALE B P           TERM_NOT_OFFERED B P
    BILLING_NOT_OFFERED B P         SEATS_BELOW_MIN B P             SEATS_ABOVE_MAX B P
    SEAT_CAP_300 B PE               ONE_PER_CUSTOMER B P            TENANT_SUBSCRIPTION_LIMIT B P
    PREREQUISITE_MISSING B PE       ADDON_OUTLIVES_BASE W P         SEATS_BELOW_CONSUMPTION B PEX
    OVERASSIGNED_SOURCE W P         COVER_ENDS_SOON W P             END_DATE_UNKNOWN B P
    END_DATE_CONFLICT W P           RENEWAL_STATE_UNKNOWN W PE      RENEWAL_IMMINENT W PE
    SOURCE_WILL_RENEW B E           EST_TRAP W PE                   NO_GRACE I P
    CANCEL_AT_END_SET_EARLY W PE    MARGIN_TOO_SMALL B P            OVERLAP_TOO_LONG W P
    WINDOW_NOT_COVERING I P         GAP B P                         DIFFERENT_SKU W P
    CAPABILITY_LOSS B P             PLAN_CONFLICT B E               USAGE_LOCATION_MISSING B E
    GROUP_ASSIGNED W P              NO_GDAP B PE                    GDAP_ROLE_MISSING W PE
    GDAP_EXPIRING W PE              CONDITIONAL_ACCESS_BLOCK B E    FOREIGN_SOURCE_NO_ACTION W E
    TRANSFER_REFUSED W E            TRANSFER_EXPIRED W E            TRANSFER_ITEM_LIMIT B P
    MIGRATION_NOT_ELIGIBLE B PE     SELF_SERVICE_OWNER W P          TRIAL_SOURCE I P
    FREE_SKU I P                    NONPROFIT_GRANT W P             ALREADY_COVERED I P
    SOURCE_DISABLED W P             SOURCE_DELETED B P              SUSPENDED_SOURCE W P
    PRICE_CHANGED W E               PROMO_NOT_ELIGIBLE W E          STATE_CHANGED B E
    DUPLICATE_DESTINATION B E       PENDING_OPERATION B E           SKU_UNKNOWN W P
";

/// Where ours differs, and says so on its page.
const OURS: &str = "ACCOUNT_UNDER_REVIEW B PE";

/// Rows that the rule book has no finding for.
const MORE: &str = "
    PARTNER_TRANSFER_POSSIBLE MIGRATION_POSSIBLE CHANNEL_TRANSFER_POSSIBLE SOURCE_IS_OURS SOURCE_IN_GRACE LEAD_TOO_SHORT
    FRAGILE_PRODUCT SEATS_REDUCED NO_CONSUMPTION_REVIEW EARLIER_IS_CHEAPER END_NOT_ALIGNED TERM_END_GONE CHEAPER_NOW LEFTOVER_UNITS
    SERVICES_NOT_READY GROUP_LICENCE_ERRORS NOT_CHECKED COMPANION_NEEDED PROGRAM_CONFLICT
    INDIRECT_RESELLER RESELLER_UNKNOWN
";

fn rows(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.chunks(3).map(|row| row.join(" ")).collect()
}

fn row(kind: FindingKind) -> String {
    let letter = |phase: &Phase| match phase {
        Phase::Plan => 'P',
        Phase::Execute => 'E',
        Phase::End => 'X',
    };
    let phases: String = kind.checked().iter().map(letter).collect();
    format!("{} {} {phases}", kind.code(), kind.severity().letter())
}

#[test]
fn every_row_of_section_f_is_there_with_its_weight_and_its_phases() {
    let more: BTreeSet<&str> = MORE.split_whitespace().collect();
    let known = FindingKind::ALL.iter().filter(|kind| !more.contains(kind.code()));
    let ours: BTreeSet<String> = known.map(|kind| row(*kind)).collect();
    let differing = rows(OURS);
    let is_ours = |row: &String| differing.iter().any(|own| own.split(' ').next() == row.split(' ').next());
    let expected: BTreeSet<String> =
        rows(SECTION_F).into_iter().filter(|row| !is_ours(row)).chain(differing.iter().cloned()).collect();
    let not_there: Vec<_> = expected.difference(&ours).collect();
    let not_told: Vec<_> = ours.difference(&expected).collect();
    assert!(not_there.is_empty() && not_told.is_empty(), "not there: {not_there:?}\nnot in section F: {not_told:?}");
}

#[test]
fn every_row_has_a_remedy_of_its_own() {
    let remedies: BTreeSet<&str> = FindingKind::ALL.iter().map(|kind| kind.remedy()).collect();
    assert_eq!(remedies.len(), FindingKind::ALL.len());
    assert!(FindingKind::ALL.iter().all(|kind| kind.severity() == Severity::Note || kind.remedy().len() > 20));
}
