//! The columns that a portfolio file may have. Their names are what partners type: renaming one breaks their files.

/// A column that is understood. All others are kept as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    TenantId,
    Domain,
    CustomerName,
    Country,
    Program,
    SubscriptionId,
    SkuId,
    SkuPartNumber,
    ProductName,
    Seats,
    AssignedSeats,
    EndDate,
    OtherEnds,
    TermStart,
    AutoRenew,
    EndOption,
    AddOn,
    BaseSubscriptionId,
    Term,
    Billing,
    PricePerSeat,
    Currency,
    TargetSku,
    CompanionSku,
    TargetSeats,
    TargetTerm,
    Evidence,
    ContactEmail,
}

impl Column {
    /// Every column, in the order in which [`write_csv`](crate::write_csv) writes them.
    pub(crate) const ALL: [Self; 28] = [
        Self::TenantId,
        Self::Domain,
        Self::CustomerName,
        Self::Country,
        Self::Program,
        Self::SubscriptionId,
        Self::SkuId,
        Self::SkuPartNumber,
        Self::ProductName,
        Self::Seats,
        Self::AssignedSeats,
        Self::EndDate,
        Self::OtherEnds,
        Self::TermStart,
        Self::AutoRenew,
        Self::EndOption,
        Self::AddOn,
        Self::BaseSubscriptionId,
        Self::Term,
        Self::Billing,
        Self::PricePerSeat,
        Self::Currency,
        Self::TargetSku,
        Self::CompanionSku,
        Self::TargetSeats,
        Self::TargetTerm,
        Self::Evidence,
        Self::ContactEmail,
    ];

    /// The name in the header.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TenantId => "tenant_id",
            Self::Domain => "domain",
            Self::CustomerName => "customer_name",
            Self::Country => "country",
            Self::Program => "program",
            Self::SubscriptionId => "subscription_id",
            Self::SkuId => "sku_id",
            Self::SkuPartNumber => "sku_part_number",
            Self::ProductName => "product_name",
            Self::Seats => "seats",
            Self::AssignedSeats => "assigned_seats",
            Self::EndDate => "end_date",
            Self::OtherEnds => "other_ends",
            Self::TermStart => "term_start",
            Self::AutoRenew => "auto_renew",
            Self::EndOption => "end_option",
            Self::AddOn => "add_on",
            Self::BaseSubscriptionId => "base_subscription_id",
            Self::Term => "term",
            Self::Billing => "billing",
            Self::PricePerSeat => "price_per_seat",
            Self::Currency => "currency",
            Self::TargetSku => "target_sku",
            Self::CompanionSku => "companion_sku",
            Self::TargetSeats => "target_seats",
            Self::TargetTerm => "target_term",
            Self::Evidence => "evidence",
            Self::ContactEmail => "contact_email",
        }
    }

    /// Whether a file without it cannot be read.
    pub(crate) const fn is_required(self) -> bool {
        matches!(
            self,
            Self::TenantId | Self::Domain | Self::Country | Self::Program | Self::SkuId | Self::Seats | Self::EndDate
        )
    }

    /// The column of exactly that name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(name.trim()))
    }

    /// The column whose name has the same letters and digits, such as `Tenant ID` for `tenant_id`.
    pub(crate) fn spelled_like(name: &str) -> Option<Self> {
        let letters = letters(name);
        Self::ALL.into_iter().find(|column| self::letters(column.name()) == letters)
    }

    /// The first of `names` that may have been meant for this column: a slip, or a part of the name.
    pub(crate) fn near<'a>(self, names: &[&'a str]) -> Option<&'a str> {
        let wanted = letters(self.name());
        let alike = |name: &&&str| {
            let name = letters(name);
            let part = name.len() >= 3 && (wanted.contains(&name) || name.contains(&wanted));
            name == wanted || part || (name.len() >= 4 && edits(&wanted, &name) <= 2)
        };
        names.iter().filter(|name| Self::named(name).is_none()).find(alike).copied()
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many characters must be added, dropped or changed to make `b` of `a`.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut above[0], row + 1);
        for (column, right) in b.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = above[column + 1];
            above[column + 1] = changed.min(above[column] + 1).min(diagonal + 1);
        }
    }
    above[b.len()]
}
