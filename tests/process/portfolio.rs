//! A portfolio of eight customers that covers the ways a line can go. Every line has a number of seats of its own, so
//! that a purchase which should not exist shows as a number that cannot otherwise occur.

use std::fmt::Write;

pub(crate) const BASIC: &str = "3b555118-da6a-4418-894f-7df1e2096870";
pub(crate) const STANDARD: &str = "f245ecc8-75af-4f8e-b61f-27d8114de5f3";
pub(crate) const PREMIUM: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
pub(crate) const APPS: &str = "cdd28e44-67e3-425e-be4c-737fab2899d3";
pub(crate) const E3: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";
pub(crate) const VISIO: &str = "c5928f49-12ba-48f7-ada3-0d743a3601d5";
pub(crate) const POWER_BI: &str = "f8a1db68-be16-40ed-86d5-cb42ce701560";

pub(crate) const HEADER: &str = "tenant_id,domain,customer_name,country,program,subscription_id,sku_id,product_name,\
    seats,assigned_seats,end_date,auto_renew,term,billing,price_per_seat,currency,target_sku,contact_email";

/// Lines of [`csv`] that can be bought, and those that cannot.
pub(crate) const BOUGHT: u64 = 12;
pub(crate) const BLOCKED: u64 = 1;
/// Users of the one line that becomes another product.
pub(crate) const SWAPPED: u64 = 15;

/// One line of a portfolio.
pub(crate) struct Row {
    pub(crate) customer: u32,
    pub(crate) name: &'static str,
    pub(crate) country: &'static str,
    pub(crate) program: &'static str,
    pub(crate) sku: &'static str,
    pub(crate) product: &'static str,
    pub(crate) seats: u32,
    pub(crate) used: u32,
    pub(crate) end: &'static str,
    pub(crate) renews: &'static str,
    pub(crate) target: &'static str,
}

impl Row {
    /// A row without a wish for another product.
    #[expect(clippy::too_many_arguments, reason = "a table reads best as a table")]
    const fn new(
        customer: u32,
        name: &'static str,
        country: &'static str,
        program: &'static str,
        (sku, product): (&'static str, &'static str),
        (seats, used): (u32, u32),
        end: &'static str,
        renews: &'static str,
    ) -> Self {
        Self { customer, name, country, program, sku, product, seats, used, end, renews, target: "" }
    }
}

pub(crate) fn tenant(customer: u32) -> String {
    format!("8f0d9b52-6b0a-4b5e-9e57-{customer:012}")
}

/// The commerce id of the line with that number of seats.
pub(crate) fn subscription(seats: u32) -> String {
    format!("5ab5c41b-0000-4000-8000-{seats:012}")
}

pub(crate) fn rows() -> Vec<Row> {
    const MID: &str = "2026-11-22";
    const END: &str = "2026-11-29";
    let swapped = Row::new(2, "Beech", "DE", "advisor", (BASIC, "Business Basic"), (16, 15), MID, "yes");
    vec![
        Row::new(1, "Ash", "DE", "direct_mosa", (BASIC, "Business Basic"), (5, 5), MID, "yes"),
        Row::new(1, "Ash", "DE", "direct_mosa", (VISIO, "Visio Plan 2"), (2, 1), MID, "yes"),
        Row { target: STANDARD, ..swapped },
        Row::new(3, "Cedar", "AT", "open", (BASIC, "Business Basic"), (7, 7), END, "no"),
        Row::new(3, "Cedar", "AT", "open", (POWER_BI, "Power BI Pro"), (3, 3), END, "no"),
        Row::new(4, "Dogwood", "CH", "ea", (E3, "Office 365 E3"), (41, 38), MID, "unknown"),
        Row::new(5, "Elm", "DE", "mpsa", (E3, "Office 365 E3"), (23, 20), END, "no"),
        Row::new(5, "Elm", "DE", "trial", (PREMIUM, "Business Premium"), (8, 8), MID, "no"),
        Row::new(6, "Fir", "FR", "legacy_csp", (STANDARD, "Business Standard"), (11, 11), MID, "yes"),
        Row::new(6, "Fir", "FR", "legacy_csp", (APPS, "Apps for business"), (4, 4), MID, "yes"),
        Row::new(7, "Ginkgo", "DE", "nce_other_partner", (PREMIUM, "Business Premium"), (9, 9), END, "yes"),
        Row::new(7, "Ginkgo", "DE", "direct_mca", (VISIO, "Visio Plan 2"), (6, 6), END, "yes"),
        Row::new(8, "Hazel", "US", "open", (BASIC, "Business Basic"), (13, 12), END, "no"),
    ]
}

/// `rows` as a file.
pub(crate) fn csv_of(rows: &[Row]) -> String {
    let mut csv = format!("{HEADER}\n");
    for row in rows {
        let Row { customer, name, country, program, sku, product, seats, used, end, renews, target } = row;
        let (tenant, subscription, domain) = (tenant(*customer), subscription(*seats), domain(name));
        writeln!(
            csv,
            "{tenant},{domain},{name},{country},{program},{subscription},{sku},{product},{seats},{used},{end},{renews},\
             P1Y,annual,120.00,EUR,{target},it@{domain}"
        )
        .expect("a string takes all");
    }
    csv
}

pub(crate) fn domain(name: &str) -> String {
    format!("{}.example", name.to_lowercase())
}

/// The whole portfolio as a file.
pub(crate) fn csv() -> String {
    csv_of(&rows())
}
