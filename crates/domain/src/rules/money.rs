//! What moving costs: days paid twice, extended terms, value lost or given back, price forms, price rises (rules R72 to R74,
//! R119 to R123). Amounts are exact; whoever shows one rounds it once (rule R129).

use super::terms::{days_counting_both, last_day};
use super::{Invalid, product, product_over};
use crate::program::SourceProgram;
use crate::time::{Billing, Term};
use jiff::civil::Date;
use rust_decimal::{Decimal, dec};
use std::cmp::Ordering;

/// A monthly term against a year in monthly parts (rule R72).
const MONTHLY_TERM: Decimal = dec!(1.20);
/// A year that is billed monthly (rule R73).
const BILLED_MONTHLY: Decimal = dec!(1.05);
/// An extended term against the monthly plan (rule R42).
const EXTENDED: Decimal = dec!(1.03);
/// A month of an extended term where there is no monthly plan, against a year: 1.23 / 12 (rule R42).
const EXTENDED_WITHOUT_MONTHLY: Decimal = dec!(0.1025);
const MONTHS: Decimal = dec!(12);

/// What an extended service term costs (rule R42).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendedTerm {
    /// One seat for one month, exact.
    pub rate: Decimal,
    /// The days used, exact.
    pub cost: Decimal,
}

/// The price that an extended term is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtendedBase {
    /// The monthly plan's price.
    Monthly(Decimal),
    /// The annual price, where there is no monthly plan.
    Annual(Decimal),
}

/// An extended term of `days_used` in a month of `month_days`.
///
/// # Errors
/// [`Invalid`] when the month has no days or the amount is too large.
pub fn extended_term(base: ExtendedBase, seats: u32, days_used: u32, month_days: u32) -> Result<ExtendedTerm, Invalid> {
    if month_days == 0 {
        return Err(Invalid::Zero("the number of days of the month"));
    }
    let rate = match base {
        ExtendedBase::Monthly(price) => product(&[price, EXTENDED])?,
        ExtendedBase::Annual(price) => product(&[price, EXTENDED_WITHOUT_MONTHLY])?,
    };
    let cost = product_over(&[rate, seats.into(), days_used.into()], month_days.into())?;
    Ok(ExtendedTerm { rate: rate.normalize(), cost })
}

/// How much of the remaining value comes back when a source of `program` is ended early: 1 or 0 (rule R121). What another
/// partner gives back for a legacy subscription is not counted without its word.
pub fn refundable(program: SourceProgram, in_window: bool) -> bool {
    match program {
        SourceProgram::DirectMosa => true,
        // Which agreement an adviser's customer has is not told: the harder one counts (rules R6, R10).
        SourceProgram::DirectMca
        | SourceProgram::Advisor
        | SourceProgram::NceOtherPartner
        | SourceProgram::SelfService => in_window,
        SourceProgram::Open
        | SourceProgram::Ea
        | SourceProgram::Mpsa
        | SourceProgram::LegacyCsp
        | SourceProgram::LegacyCspOurs
        | SourceProgram::Trial
        | SourceProgram::NonprofitGrant => false,
    }
}

/// What ending a source early comes to (rule R121).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlyEnd {
    /// The value of the days that are left.
    pub remaining: Decimal,
    /// What comes back.
    pub refund: Decimal,
    /// What is lost.
    pub lost: Decimal,
}

/// Ending a source of `program` with `remaining_days` of its term left.
///
/// # Errors
/// [`Invalid`] when the term has no days or the amount is too large.
pub fn early_end(
    program: SourceProgram,
    in_window: bool,
    price_per_term: Decimal,
    seats: u32,
    remaining_days: u32,
    term_days: u32,
) -> Result<EarlyEnd, Invalid> {
    if term_days == 0 {
        return Err(Invalid::Zero("the number of days of the term"));
    }
    let remaining = product_over(&[price_per_term, seats.into(), remaining_days.into()], term_days.into())?;
    let refund = if refundable(program, in_window) { remaining } else { Decimal::ZERO };
    Ok(EarlyEnd { remaining, refund, lost: remaining - refund })
}

/// What a term costs that is billed so, where `at_once` is its price paid at once (rule R73). Only of a year in monthly parts
/// is a surcharge known.
///
/// # Errors
/// [`Invalid::TooLarge`].
pub fn as_billed(at_once: Decimal, term: Term, billing: Billing) -> Result<Decimal, Invalid> {
    match (term, billing) {
        (Term::Year, Billing::Monthly) => product(&[at_once, BILLED_MONTHLY]),
        _ => Ok(at_once),
    }
}

/// One annual price in every form of billing (rules R72 to R74).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceForms {
    /// A year, paid at once.
    pub annual_upfront_year: Decimal,
    /// The same, by the month.
    pub annual_upfront_month: Decimal,
    /// A year billed monthly, by the month.
    pub annual_billed_monthly_month: Decimal,
    /// A year billed monthly, in all.
    pub annual_billed_monthly_year: Decimal,
    /// A monthly term.
    pub monthly_term_month: Decimal,
    /// An extended term where there is a monthly plan.
    pub extended_with_monthly_plan_month: Decimal,
    /// An extended term where there is none.
    pub extended_without_monthly_plan_month: Decimal,
}

/// Every form of `annual`, each exact by itself.
///
/// # Errors
/// [`Invalid::TooLarge`].
pub fn price_forms(annual: Decimal) -> Result<PriceForms, Invalid> {
    let monthly = |factors: &[Decimal]| {
        let all: Vec<Decimal> = [annual].iter().chain(factors).copied().collect();
        product_over(&all, MONTHS)
    };
    Ok(PriceForms {
        annual_upfront_year: annual,
        annual_upfront_month: monthly(&[])?,
        annual_billed_monthly_month: monthly(&[BILLED_MONTHLY])?,
        annual_billed_monthly_year: as_billed(annual, Term::Year, Billing::Monthly)?,
        monthly_term_month: monthly(&[MONTHLY_TERM])?,
        extended_with_monthly_plan_month: monthly(&[MONTHLY_TERM, EXTENDED])?,
        extended_without_monthly_plan_month: product(&[annual, EXTENDED_WITHOUT_MONTHLY])?,
    })
}

/// What `days` of double payment cost: price × seats × days / days of the destination's term (rule R120).
///
/// # Errors
/// [`Invalid`] when the term has no days or the amount is too large.
pub fn overlap_cost(price_per_term: Decimal, seats: u32, days: u32, term_days: u32) -> Result<Decimal, Invalid> {
    if term_days == 0 {
        return Err(Invalid::Zero("the number of days of the term"));
    }
    product_over(&[price_per_term, seats.into(), days.into()], term_days.into())
}

/// An amount for a number of days, compared exactly by the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily {
    amount: Decimal,
    days: i64,
}

impl Daily {
    /// `price` for each of `seats` over `days`; none where there are no days or the amount is too large.
    pub fn of(price: Decimal, seats: u32, days: i64) -> Option<Self> {
        let amount = product(&[price, seats.into()]).ok()?;
        (days > 0).then_some(Self { amount, days })
    }
    /// Whether one day of this costs more than one day of `other`.
    pub fn is_dearer_than(&self, other: &Self) -> bool {
        *self > *other
    }
    /// One day, as close as an amount can be written.
    pub fn per_day(&self) -> Decimal {
        self.amount / Decimal::from(self.days)
    }
}

impl Ord for Daily {
    /// By the day: a/m against b/n as a·n against b·m.
    fn cmp(&self, other: &Self) -> Ordering {
        let crossed = |one: &Self, other: &Self| product(&[one.amount, other.days.into()]);
        match (crossed(self, other), crossed(other, self)) {
            (Ok(mine), Ok(theirs)) => mine.cmp(&theirs),
            _ => self.per_day().cmp(&other.per_day()),
        }
    }
}

impl PartialOrd for Daily {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What a day costs that is not paid twice, of a term that starts on `day` and overlaps the source by `overlap` days
/// (rule R119); none where no such day is left.
pub fn useful_day_cost(price_per_term: Decimal, term: Term, day: Date, overlap: u32) -> Option<Daily> {
    Daily::of(price_per_term, 1, term.days(day) - i64::from(overlap))
}

/// One of the days on which a destination of a year could be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RisingPrice {
    /// Days paid twice.
    pub overlap_days: i64,
    /// What they cost, exact.
    pub overlap_cost: Decimal,
    /// What a day costs that is not paid twice.
    pub per_useful_day: Daily,
}

/// Buying a year for all `seats` on `day`, when the source lasts through `source_last_day` (rule R119).
///
/// # Errors
/// [`Invalid`] when the day comes after the end, the overlap is as long as the term, or the amount is too large.
pub fn bought_on(day: Date, price: Decimal, seats: u32, source_last_day: Date) -> Result<RisingPrice, Invalid> {
    let term_days = days_counting_both(day, last_day(day, 12)?);
    let overlap_days = days_counting_both(day, source_last_day);
    if overlap_days < 1 {
        return Err(Invalid::Contradiction("the day comes after the end of the source"));
    }
    let per_useful_day = Daily::of(price, seats, term_days - overlap_days)
        .ok_or(Invalid::Contradiction("the overlap is as long as the term"))?;
    let overlap_cost = product_over(&[price, seats.into(), overlap_days.into()], term_days.into())?;
    Ok(RisingPrice { overlap_days, overlap_cost, per_useful_day })
}

/// Which of two days to buy on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuyingDay {
    /// The earlier one, at the old price.
    Early,
    /// The later one, at the new price.
    Late,
}

impl BuyingDay {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Early => "EARLY",
            Self::Late => "LATE",
        }
    }
    /// The cheaper one by the useful day, compared exactly; the later one where they cost the same.
    pub fn cheaper(early: &RisingPrice, late: &RisingPrice) -> Self {
        if early.per_useful_day < late.per_useful_day { Self::Early } else { Self::Late }
    }
}

/// A subscription of another partner: having it transferred against buying it again (rules R12, R123).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutesCompared {
    /// Nothing is paid twice in a transfer.
    pub transfer_overlap_cost: Decimal,
    /// What is paid twice when it is bought again.
    pub repurchase_overlap_cost: Decimal,
}

impl RoutesCompared {
    /// The rule book's word for what to choose: always the transfer. What speaks against it, such as a refusal or
    /// another term, is no matter of cost.
    pub fn choice(&self) -> &'static str {
        "PARTNER_TRANSFER"
    }
}

/// A transfer against buying again with `overlap_days` paid twice.
///
/// # Errors
/// As [`overlap_cost`].
pub fn compare_routes(
    price_per_term: Decimal,
    seats: u32,
    overlap_days: u32,
    term_days: u32,
) -> Result<RoutesCompared, Invalid> {
    let repurchase_overlap_cost = overlap_cost(price_per_term, seats, overlap_days, term_days)?;
    Ok(RoutesCompared { transfer_overlap_cost: Decimal::ZERO, repurchase_overlap_cost })
}

/// What it costs when the destination is late by some days (rule R116).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateCost {
    /// The source renews and is cancelled inside its window; after the seventh day the whole term is lost.
    pub renew_then_cancel: Decimal,
    /// The source goes on as an extended term.
    pub extended: Decimal,
    /// The window has passed.
    pub cliff: bool,
    /// The cheaper of the two, compared exactly; where they cost the same the extended term, for it has no cliff.
    pub cheaper: SecondNet,
}

/// What keeps users served when the destination is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecondNet {
    /// The source renews and is cancelled.
    RenewThenCancel,
    /// The source goes on as an extended term.
    Est,
}

impl SecondNet {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::RenewThenCancel => "RENEW_THEN_CANCEL",
            Self::Est => "EST",
        }
    }
}

/// A destination that is `days_needed` late.
///
/// # Errors
/// [`Invalid`] when the days are none or more than the term, a month or term has no days, or the amount is too large.
pub fn late_cost(
    price_per_term: Decimal,
    monthly_plan_price: Decimal,
    seats: u32,
    days_needed: u32,
    month_days: u32,
    term_days: u32,
) -> Result<LateCost, Invalid> {
    if days_needed == 0 {
        return Err(Invalid::Zero("the number of days"));
    }
    if days_needed > term_days {
        return Err(Invalid::Contradiction("more days are needed than the term has"));
    }
    let cliff = i64::from(days_needed) > super::window::DAYS;
    let days = if cliff { term_days } else { days_needed };
    let extended = extended_term(ExtendedBase::Monthly(monthly_plan_price), seats, days_needed, month_days)?;
    // Parts of a term against parts of a month: compared before either is divided.
    let renewing = Daily { amount: product(&[price_per_term, seats.into(), days.into()])?, days: term_days.into() };
    let extending =
        Daily { amount: product(&[extended.rate, seats.into(), days_needed.into()])?, days: month_days.into() };
    Ok(LateCost {
        renew_then_cancel: product_over(&[renewing.amount], term_days.into())?,
        extended: extended.cost,
        cliff,
        cheaper: if renewing < extending { SecondNet::RenewThenCancel } else { SecondNet::Est },
    })
}
