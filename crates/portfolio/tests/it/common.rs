//! Portfolio files for tests: a good row to deviate from, and the import as a partner would read it.

use carryover_portfolio::Import;
use std::fmt::Write;

/// A row without a flaw.
const GOOD: [(&str, &str); 28] = [
    ("tenant_id", "6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11"),
    ("domain", "contoso.com"),
    ("customer_name", "Contoso"),
    ("country", "DE"),
    ("program", "open"),
    ("subscription_id", "sub-1"),
    ("sku_id", "3b555118-da6a-4418-894f-7df1e2096870"),
    ("sku_part_number", "O365_BUSINESS_ESSENTIALS"),
    ("product_name", "Microsoft 365 Business Basic"),
    ("seats", "25"),
    ("assigned_seats", "24"),
    ("end_date", "2026-12-31"),
    ("other_ends", ""),
    ("term_start", ""),
    ("auto_renew", "no"),
    ("end_option", ""),
    ("add_on", ""),
    ("base_subscription_id", ""),
    ("term", "P1Y"),
    ("billing", "annual"),
    ("price_per_seat", "61.20"),
    ("currency", "EUR"),
    ("target_sku", ""),
    ("companion_sku", ""),
    ("target_seats", ""),
    ("target_term", ""),
    ("evidence", ""),
    ("contact_email", "it@contoso.com"),
];

/// A file with one row for each of `rows`: the good row, changed as `column=value; column=value` says.
pub(crate) fn file(rows: &[&str]) -> String {
    let mut text = GOOD.map(|(column, _)| column).join(",") + "\n";
    for row in rows {
        let changes: Vec<(&str, &str)> = row.split("; ").filter_map(|change| change.split_once('=')).collect();
        let value = |(column, good): (&str, &str)| {
            let changed = changes.iter().find(|(name, _)| *name == column).map_or(good, |(_, value)| value);
            format!("\"{}\"", changed.replace('"', "\"\""))
        };
        text += &(GOOD.map(value).join(",") + "\n");
    }
    text
}

/// Reads one file.
pub(crate) fn import(bytes: impl AsRef<[u8]>) -> Import {
    carryover_portfolio::read([("contoso.csv", bytes.as_ref())]).expect("memory can be read")
}

/// The counts and problems of an import, for people.
pub(crate) fn summary(import: &Import) -> String {
    let Import { rows_read, rows_good, rows_rejected, .. } = import;
    let mut text = format!("{rows_read} read, {rows_good} good, {rows_rejected} rejected\n");
    for problem in &import.problems {
        writeln!(text, "{problem}").expect("a string can be written");
    }
    text
}
