//! The pages of all codes and their index, built in as they stand under `docs`. Says nothing of its own.

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

/// What is written about one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) code: &'static str,
    /// Markdown.
    pub(crate) text: &'static str,
}

/// A part of an index: codes that belong together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// Code and sentence, in the order of the index.
    pub(crate) rows: Vec<(&'static str, &'static str)>,
}

macro_rules! pages {
    ($folder:literal: $($code:literal,)*) => {
        &[$(Page { code: $code, text: include_str!(concat!("../../../docs/", $folder, "/", $code, ".md")) }),*]
    };
}

const INDEXES: [&str; 3] = [
    include_str!("../../../docs/findings/README.md"),
    include_str!("../../../docs/errors/README.md"),
    include_str!("../../../docs/actions/README.md"),
];

/// The pages of findings, by code.
pub(crate) const FINDINGS: &[Page] = pages! { "findings":
    "ACCOUNT_UNDER_REVIEW",
    "ADDON_OUTLIVES_BASE",
    "ADDRESS_INVALID",
    "ALREADY_COVERED",
    "BILLING_NOT_OFFERED",
    "CANCEL_AT_END_SET_EARLY",
    "CAPABILITY_LOSS",
    "CHANNEL_TRANSFER_POSSIBLE",
    "CHEAPER_NOW",
    "COMPANION_NEEDED",
    "CONDITIONAL_ACCESS_BLOCK",
    "CONTACT_MISSING",
    "COVER_ENDS_SOON",
    "CREDIT_EXCEEDED",
    "CUSTOMER_IN_OTHER_REGION",
    "DIFFERENT_SKU",
    "DUPLICATE_DESTINATION",
    "EARLIER_IS_CHEAPER",
    "END_DATE_CONFLICT",
    "END_DATE_UNKNOWN",
    "END_NOT_ALIGNED",
    "EST_TRAP",
    "FOREIGN_SOURCE_NO_ACTION",
    "FRAGILE_PRODUCT",
    "FREE_SKU",
    "GAP",
    "GDAP_EXPIRING",
    "GDAP_ROLE_MISSING",
    "GROUP_ASSIGNED",
    "GROUP_LICENCE_ERRORS",
    "INDIRECT_RESELLER",
    "LEAD_TOO_SHORT",
    "LEFTOVER_UNITS",
    "MARGIN_TOO_SMALL",
    "MCA_MISSING",
    "MCA_OUTDATED",
    "MIGRATION_NOT_ELIGIBLE",
    "MIGRATION_POSSIBLE",
    "MPA_MISSING",
    "NONPROFIT_GRANT",
    "NOT_CHECKED",
    "NO_CONSUMPTION_REVIEW",
    "NO_GDAP",
    "NO_GRACE",
    "NO_RELATIONSHIP",
    "OFFER_END_OF_SALE",
    "OFFER_NOT_IN_COUNTRY",
    "ONE_PER_CUSTOMER",
    "OVERASSIGNED_SOURCE",
    "OVERLAP_TOO_LONG",
    "PARTNER_NOT_ONBOARDED",
    "PARTNER_TRANSFER_POSSIBLE",
    "PENDING_OPERATION",
    "PLAN_CONFLICT",
    "PREREQUISITE_MISSING",
    "PRICE_CHANGED",
    "PROGRAM_CONFLICT",
    "PROMO_NOT_ELIGIBLE",
    "REGISTRATION_ID_MISSING",
    "RENEWAL_IMMINENT",
    "RENEWAL_STATE_UNKNOWN",
    "RESELLER_UNKNOWN",
    "RISK_BLOCKED",
    "SEATS_ABOVE_MAX",
    "SEATS_BELOW_CONSUMPTION",
    "SEATS_BELOW_MIN",
    "SEATS_REDUCED",
    "SEAT_CAP_300",
    "SEGMENT_NOT_QUALIFIED",
    "SELF_SERVICE_OWNER",
    "SERVICES_NOT_READY",
    "SKU_UNKNOWN",
    "SOURCE_DELETED",
    "SOURCE_DISABLED",
    "SOURCE_IN_GRACE",
    "SOURCE_IS_OURS",
    "SOURCE_WILL_RENEW",
    "STATE_CHANGED",
    "SUSPENDED_SOURCE",
    "TENANT_IS_CSP_PARTNER",
    "TENANT_SUBSCRIPTION_LIMIT",
    "TENANT_TYPE_UNSUPPORTED",
    "TERM_END_GONE",
    "TERM_NOT_OFFERED",
    "TRANSFER_EXPIRED",
    "TRANSFER_ITEM_LIMIT",
    "TRANSFER_REFUSED",
    "TRIAL_SOURCE",
    "USAGE_LOCATION_MISSING",
    "WINDOW_NOT_COVERING",
};

/// The pages of what else stops a line and of what the API answers otherwise, by code.
pub(crate) const CAUSES: &[Page] = pages! { "errors":
    "ANSWER_DOES_NOT_FIT",
    "CART_DIFFERS",
    "CUSTOMER_LATE",
    "CUSTOMER_NOT_READABLE",
    "DATABASE_BUSY",
    "DATABASE_UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "DELIVERY_LATE",
    "ENCODING_UNKNOWN",
    "ETAG_STALE",
    "FIELD_INVALID",
    "FILE_UNREADABLE",
    "FILTER_INVALID",
    "FOUR_EYES_WANTED",
    "IMPORT_TOO_LARGE",
    "MESSAGE_TOO_LARGE",
    "MESSAGE_UNREADABLE",
    "METHOD_UNKNOWN",
    "NAME_INVALID",
    "NOTHING_APPROVED",
    "NOTHING_TO_PLAN",
    "NO_FREE_UNITS",
    "ORDERED_TWICE",
    "PAGE_TOKEN_INVALID",
    "PARTNER_NOT_CONFIGURED",
    "PLAN_NOT_NEWEST",
    "PURCHASE_CANCELLED",
    "PURCHASE_DIFFERS",
    "READER_TOO_SLOW",
    "RECORD_DAMAGED",
    "REFUSED",
    "REQUEST_ID_REUSED",
    "RESOURCE_NOT_FOUND",
    "RESUME_TOKEN_INVALID",
    "ROLE_MISSING",
    "SERVER_STOPPING",
    "SERVICE_THROTTLES",
    "SERVICE_UNREACHABLE",
    "SERVICE_UNREADABLE",
    "SIGN_IN_REFUSED",
    "SOURCE_RENEWED",
    "SOURCE_UNCLEAR",
    "SPENDING_LIMIT_EXCEEDED",
    "SWAP_LATE",
    "SWAP_STOPPED",
    "TOKEN_EXPIRED",
    "TOKEN_INVALID",
    "TOKEN_MISSING",
    "TOO_MANY_CALLS",
    "TOO_MANY_STREAMS",
    "WINDOW_MISSED",
};

/// The pages of what people are asked to do, by code.
pub(crate) const ACTIONS: &[Page] = pages! { "actions":
    "APPROVE_PLAN",
    "CHANNEL_TRANSFER",
    "CHECK_AFTER_END",
    "KEEP_ALIVE",
    "LOOK_AGAIN",
    "MAKE_PLAN",
    "NCE_MIGRATION",
    "OBTAIN_AGREEMENT",
    "PARTNER_TRANSFER",
    "RESUME",
    "SEND_INVITATION",
    "STOP_RENEWAL",
};

/// Every page.
pub(crate) fn all() -> impl Iterator<Item = &'static Page> {
    FINDINGS.iter().chain(CAUSES).chain(ACTIONS)
}

/// The page of a code as people write it: in any case, with `-` or blanks in place of `_`.
pub(crate) fn find(wanted: &str) -> Option<&'static Page> {
    let wanted = as_code(wanted);
    all().find(|page| page.code == wanted)
}

/// At most three codes that may be meant by `wanted`, the likeliest first.
pub(crate) fn close_to(wanted: &str) -> Vec<&'static str> {
    let wanted = as_code(wanted);
    let far = wanted.len() / 3 + 1;
    let mut close: Vec<(bool, usize, &str)> = all()
        .map(|page| (page.code.contains(&wanted), distance(&wanted, page.code), page.code))
        .filter(|(within, distance, _)| *distance <= far || *within && wanted.len() > 2)
        .collect();
    close.sort_by_key(|(within, distance, code)| (Reverse(*within), *distance, *code));
    close.into_iter().map(|(_, _, code)| code).take(3).collect()
}

/// The indexes of all folders.
pub(crate) fn index() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in INDEXES.into_iter().flat_map(str::lines) {
        if let Some(title) = line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")) {
            sections.push(Section { title, rows: Vec::new() });
        }
        if let (Some(row), Some(section)) = (row(line), sections.last_mut()) {
            section.rows.push(row);
        }
    }
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// Code and sentence of `| [CODE](CODE.md) | Sentence. |`.
fn row(line: &str) -> Option<(&str, &str)> {
    let (code, rest) = line.strip_prefix("| [")?.split_once("](")?;
    let (_link, sentence) = rest.split_once(") | ")?;
    Some((code, sentence.strip_suffix(" |")?))
}

fn as_code(wanted: &str) -> String {
    wanted.trim().to_ascii_uppercase().replace(['-', ' '], "_")
}

/// How many letters have to be put in, taken out or changed to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut costs: Vec<usize> = (0..=b.len()).collect();
    for (row, left) in a.chars().enumerate() {
        let mut diagonal = row;
        let mut before = row + 1;
        for (cost, right) in costs.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(left != *right);
            diagonal = *cost;
            before = changed.min(before + 1).min(*cost + 1);
            *cost = before;
        }
        if let Some(first) = costs.first_mut() {
            *first = row + 1;
        }
    }
    costs.last().copied().unwrap_or(0)
}
