//! The `[policy]` part of the settings: what a partner wants otherwise than the rule book. Words and days to a checked policy.

use crate::failure::Failure;
use carryover_domain::ids::{PartnerId, SkuId, TenantId};
use carryover_domain::offer::{OfferId, Promotion, Segment};
use carryover_domain::policy::{Alignment, Credit, NewPlans, Policy, PriceChange, SellsAs, Sizing};
use carryover_domain::rules::schedule::Avoid;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::{Country, Currency, Money};
use jiff::SignedDuration;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

/// What a tenant holds is remembered for a minute, so nothing is fresher for sure.
const FACTS_AGE_MINUTES_MIN: u32 = 2;

/// As it stands in the file. What is absent is as in the rule book.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicySettings {
    lead_business_days: Option<u32>,
    holidays: Option<Vec<String>>,
    #[serde(default)]
    customer_holidays: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    avoid_month_end: bool,
    #[serde(default)]
    avoid_day_before_holiday: bool,
    #[serde(default)]
    avoid_fridays: bool,
    margin_hours_min: Option<u32>,
    renew_cutoff_hours: Option<u32>,
    overlap_days_max: Option<u32>,
    pool_horizon_days: Option<u32>,
    standing_poll_minutes: Option<u32>,
    recheck_hours: Option<u32>,
    facts_age_minutes: Option<u32>,
    sizing: Option<String>,
    seat_buffer_pct: Option<u32>,
    billing: Option<String>,
    align: Option<String>,
    new_plans: Option<String>,
    post_check_hours: Option<[u32; 3]>,
    customers_per_day_max: Option<u32>,
    sells_as: Option<String>,
    #[serde(default)]
    resellers: BTreeMap<String, String>,
    #[serde(default)]
    per_customer_max: BTreeMap<String, u32>,
    credit: Option<CreditSettings>,
    #[serde(default)]
    price_changes: Vec<PriceChangeSettings>,
    #[serde(default)]
    promotions: Vec<PromotionSettings>,
}

/// The `[policy.credit]`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CreditSettings {
    available: BTreeMap<String, String>,
    seen: String,
    paid_after_days: Option<u32>,
}

/// A `[[policy.price_changes]]`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PriceChangeSettings {
    sku_id: String,
    segment: Option<String>,
    term: String,
    from: String,
    price: String,
    currency: String,
}

/// A `[[policy.promotions]]`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PromotionSettings {
    name: String,
    offer: String,
    term: String,
    billing: String,
    until: String,
    off_pct: String,
    seats_min: Option<u32>,
    seats_max: Option<u32>,
}

impl PolicySettings {
    /// The policy of the rule book with what is set here.
    pub(super) fn over_the_rule_book(&self) -> Result<Policy, Failure> {
        let usual = Policy::rule_book();
        let hours = |wish: Option<u32>, usual| wish.map_or(usual, |hours| SignedDuration::from_hours(hours.into()));
        let lead_business_days = self.lead_business_days.unwrap_or(usual.lead_business_days);
        if lead_business_days == 0 {
            return Err(Failure::input("policy.lead_business_days is 0; it must be at least 1"));
        }
        if self.recheck_hours == Some(0) {
            return Err(Failure::input("policy.recheck_hours is 0; it must be at least 1"));
        }
        if let Some(minutes) = self.facts_age_minutes.filter(|minutes| *minutes < FACTS_AGE_MINUTES_MIN) {
            return Err(wrong("policy.facts_age_minutes", &minutes.to_string(), "at least 2 minutes"));
        }
        if self.customers_per_day_max == Some(0) {
            return Err(Failure::input("policy.customers_per_day_max is 0; it must be at least 1"));
        }
        let checks = self.post_check_hours.map(|hours| hours.map(|hours| SignedDuration::from_hours(hours.into())));
        let [first_check, second_check, last_check] =
            checks.unwrap_or([usual.first_check, usual.second_check, usual.last_check]);
        if !(first_check < second_check && second_check < last_check) {
            let hours = self.post_check_hours.unwrap_or_default();
            return Err(wrong("policy.post_check_hours", &format!("{hours:?}"), "three numbers of hours, each later"));
        }
        let own = self.holidays.as_ref().map(|holidays| days("policy.holidays", holidays)).transpose()?;
        let customer_holidays = self.customer_holidays.iter().map(|(country, holidays)| {
            let place = format!("policy.customer_holidays.{country}");
            let country = parsed::<Country>(&place, country, "a country code of two letters such as FR")?;
            Ok((country, days(&place, holidays)?))
        });
        Ok(Policy {
            lead_business_days,
            holidays: own.unwrap_or(usual.holidays),
            customer_holidays: customer_holidays.collect::<Result<_, Failure>>()?,
            avoid: Avoid {
                month_end: self.avoid_month_end,
                day_before_holiday: self.avoid_day_before_holiday,
                fridays: self.avoid_fridays,
            },
            margin_min: hours(self.margin_hours_min, usual.margin_min),
            renew_cutoff: hours(self.renew_cutoff_hours, usual.renew_cutoff),
            overlap_days_max: self.overlap_days_max.unwrap_or(usual.overlap_days_max),
            pool_horizon: hours(self.pool_horizon_days.map(|days| days.saturating_mul(24)), usual.pool_horizon),
            standing_poll: self
                .standing_poll_minutes
                .map_or(usual.standing_poll, |minutes| SignedDuration::from_mins(minutes.max(1).into())),
            recheck: hours(self.recheck_hours, usual.recheck),
            facts_age_max: self
                .facts_age_minutes
                .map_or(usual.facts_age_max, |minutes| SignedDuration::from_mins(minutes.into())),
            sizing: chosen("policy.sizing", self.sizing.as_deref(), usual.sizing, Sizing::of_word, Sizing::WORDS)?,
            seat_buffer_pct: self.seat_buffer_pct.unwrap_or(usual.seat_buffer_pct),
            billing: self.billing.as_deref().map_or(Ok(usual.billing), |word| billing("policy.billing", word))?,
            alignment: chosen(
                "policy.align",
                self.align.as_deref(),
                usual.alignment,
                Alignment::of_word,
                Alignment::WORDS,
            )?,
            new_plans: chosen(
                "policy.new_plans",
                self.new_plans.as_deref(),
                usual.new_plans,
                NewPlans::of_word,
                NewPlans::WORDS,
            )?,
            first_check,
            second_check,
            last_check,
            customers_per_day_max: self.customers_per_day_max,
            sells_as: match self.sells_as.as_deref() {
                None => usual.sells_as,
                Some("direct_bill") => SellsAs::DirectBill,
                Some("indirect_provider") => SellsAs::IndirectProvider,
                Some("indirect_reseller") => SellsAs::IndirectReseller,
                Some(other) => {
                    let expected = "direct_bill, indirect_provider or indirect_reseller";
                    return Err(wrong("policy.sells_as", other, expected));
                }
            },
            resellers: self
                .resellers
                .iter()
                .map(|(tenant, id)| reseller(tenant, id))
                .collect::<Result<_, Failure>>()?,
            per_customer_max: self
                .per_customer_max
                .iter()
                .map(|(offer, most)| Ok((item("policy.per_customer_max", offer)?, *most)))
                .collect::<Result<_, Failure>>()?,
            credit: self.credit.as_ref().map(CreditSettings::checked).transpose()?,
            price_changes: self.price_changes.iter().map(PriceChangeSettings::checked).collect::<Result<_, _>>()?,
            promotions: self.promotions.iter().map(PromotionSettings::checked).collect::<Result<_, _>>()?,
            ..usual
        })
    }
}

impl CreditSettings {
    fn checked(&self) -> Result<Credit, Failure> {
        let available = self.available.iter().map(|(code, left)| {
            let place = format!("policy.credit.available.{code}");
            Ok((currency(&place, code)?, amount(&place, left)?))
        });
        Ok(Credit {
            available: available.collect::<Result<_, Failure>>()?,
            seen: day("policy.credit.seen", &self.seen)?,
            paid_after_days: self.paid_after_days,
        })
    }
}

impl PriceChangeSettings {
    fn checked(&self) -> Result<PriceChange, Failure> {
        let at = |key: &str| format!("policy.price_changes.{key}");
        Ok(PriceChange {
            sku: parsed::<SkuId>(&at("sku_id"), &self.sku_id, "an Entra skuId, a GUID")?,
            segment: self.segment.as_deref().map_or(Ok(Segment::Commercial), |word| segment(&at("segment"), word))?,
            term: term(&at("term"), &self.term)?,
            from: day(&at("from"), &self.from)?,
            price: Money {
                amount: amount(&at("price"), &self.price)?,
                currency: currency(&at("currency"), &self.currency)?,
            },
        })
    }
}

impl PromotionSettings {
    fn checked(&self) -> Result<Promotion, Failure> {
        let at = |key: &str| format!("policy.promotions.{key}");
        let off_pct = amount(&at("off_pct"), &self.off_pct)?;
        if off_pct > Decimal::ONE_HUNDRED {
            return Err(wrong(&at("off_pct"), &self.off_pct, "per cent from 0 to 100"));
        }
        Ok(Promotion {
            id: None,
            name: self.name.clone(),
            offer: item(&at("offer"), &self.offer)?,
            term: term(&at("term"), &self.term)?,
            billing: billing(&at("billing"), &self.billing)?,
            until: day(&at("until"), &self.until)?,
            off_pct,
            seats_min: self.seats_min.unwrap_or(1),
            seats_max: self.seats_max,
        })
    }
}

fn reseller(tenant: &str, id: &str) -> Result<(TenantId, PartnerId), Failure> {
    let place = format!("policy.resellers.{tenant}");
    let customer = parsed(&place, tenant, "the id of a customer's tenant, a GUID");
    let digits = !id.is_empty() && id.chars().all(|digit| digit.is_ascii_digit());
    let partner = PartnerId::try_new(id).ok().filter(|_| digits);
    Ok((customer?, partner.ok_or_else(|| wrong(&place, id, "a partner id such as 4711000"))?))
}

fn days(place: &str, texts: &[String]) -> Result<BTreeSet<Date>, Failure> {
    texts.iter().map(|text| day(place, text)).collect()
}

fn day(place: &str, text: &str) -> Result<Date, Failure> {
    parsed(place, text, "a day such as 2026-12-25")
}

fn term(place: &str, text: &str) -> Result<Term, Failure> {
    Term::of_word(text).ok_or_else(|| wrong(place, text, "P1M, P1Y or P3Y"))
}

fn segment(place: &str, text: &str) -> Result<Segment, Failure> {
    Segment::of_word(text).ok_or_else(|| wrong(place, text, "commercial, education, government or nonprofit"))
}

fn item(place: &str, text: &str) -> Result<OfferId, Failure> {
    parsed(place, text, "a catalogue item such as CFQ7TTC0LDPB:0001")
}

fn currency(place: &str, text: &str) -> Result<Currency, Failure> {
    parsed(place, text, "a currency code such as EUR")
}

fn billing(place: &str, text: &str) -> Result<Billing, Failure> {
    Billing::of_word(text).ok_or_else(|| wrong(place, text, "monthly, annual or triennial"))
}

fn chosen<T>(
    place: &str,
    wish: Option<&str>,
    usual: T,
    of: impl Fn(&str) -> Option<T>,
    words: &str,
) -> Result<T, Failure> {
    wish.map_or(Ok(usual), |word| of(word).ok_or_else(|| wrong(place, word, words)))
}

fn amount(place: &str, text: &str) -> Result<Decimal, Failure> {
    let expected = "an amount with a decimal point such as \"150.00\"";
    let amount: Decimal = parsed(place, text, expected)?;
    if amount.is_sign_negative() { Err(wrong(place, text, expected)) } else { Ok(amount) }
}

fn parsed<T: FromStr>(place: &str, text: &str, expected: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| wrong(place, text, expected))
}

fn wrong(place: &str, text: &str, expected: impl Display) -> Failure {
    Failure::input(format!("{place} holds `{text}`, which is not {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Result<Policy, String> {
        let file = config::File::from_str(text, config::FileFormat::Toml);
        let settings = config::Config::builder().add_source(file).build().expect("TOML");
        let settings: PolicySettings = settings.try_deserialize().expect("settings");
        settings.over_the_rule_book().map_err(|failure| failure.to_string())
    }

    #[test]
    fn without_a_wish_the_rule_book_holds() {
        assert_eq!(policy("").expect("a policy"), Policy::rule_book());
    }

    #[test]
    fn every_wish_is_heard() {
        let heard = policy(
            r#"
            lead_business_days = 5
            holidays = ["2026-12-25"]
            customer_holidays = { FR = ["2026-07-14"] }
            avoid_month_end = true
            avoid_fridays = true
            sizing = "right_size"
            seat_buffer_pct = 5
            billing = "monthly"
            recheck_hours = 48
            facts_age_minutes = 5
            align = "month_end"
            new_plans = "off"
            post_check_hours = [2, 30, 80]
            customers_per_day_max = 20
            sells_as = "indirect_provider"
            resellers = { "8f0d9b52-6b0a-4b5e-9e57-000000000001" = "4711000" }
            per_customer_max = { "CFQ7TTC0LCHC:0002" = 1 }
            [credit]
            available = { EUR = "50000", USD = "1200.50" }
            seen = "2026-11-02"
            paid_after_days = 45
            [[price_changes]]
            sku_id = "CBDC14AB-D96C-4C30-B9F4-6ADA7CDC1D46"
            term = "P1Y"
            from = "2026-07-01"
            price = "312.00"
            currency = "EUR"
            [[price_changes]]
            sku_id = "CBDC14AB-D96C-4C30-B9F4-6ADA7CDC1D46"
            segment = "Education"
            term = "P1Y"
            from = "2026-07-01"
            price = "66.00"
            currency = "EUR"
            [[promotions]]
            name = "Spring"
            offer = "CFQ7TTC0LCHC:0002"
            term = "P1Y"
            billing = "annual"
            until = "2026-06-30"
            off_pct = "15"
            "#,
        )
        .expect("a policy");
        assert_eq!((heard.lead_business_days, heard.seat_buffer_pct, heard.sizing), (5, 5, Sizing::RightSize));
        let checks = [heard.first_check, heard.second_check, heard.last_check];
        assert_eq!(checks.map(|check| check.as_hours()), [2, 30, 80]);
        assert_eq!((heard.billing, heard.alignment), (Billing::Monthly, Alignment::MonthEnd));
        assert_eq!(heard.new_plans, NewPlans::Off);
        assert_eq!((heard.recheck.as_hours(), heard.facts_age_max.as_mins()), (48, 5));
        assert!(heard.avoid.month_end && heard.avoid.fridays && !heard.avoid.day_before_holiday);
        let france: Country = "FR".parse().expect("a country");
        assert_eq!(heard.holidays_with(france).len(), 2);
        assert_eq!(heard.per_customer_max, BTreeMap::from([("CFQ7TTC0LCHC:0002".parse().expect("an item"), 1)]));
        assert_eq!(heard.sells_as, SellsAs::IndirectProvider);
        let named: Vec<String> = heard.resellers.iter().map(|(tenant, id)| format!("{id} for {tenant}")).collect();
        assert_eq!(named, ["4711000 for 8f0d9b52-6b0a-4b5e-9e57-000000000001"]);
        let credit = heard.credit.expect("a bound");
        let left: Vec<String> = credit.available.iter().map(|(currency, left)| format!("{left} {currency}")).collect();
        assert_eq!(left, ["50000 EUR", "1200.50 USD"]);
        assert_eq!((credit.seen, credit.paid_after_days), (jiff::civil::date(2026, 11, 2), Some(45)));
        assert_eq!(heard.price_changes[0].price.to_string(), "312.00 EUR");
        let segments: Vec<Segment> = heard.price_changes.iter().map(|change| change.segment).collect();
        assert_eq!(segments, [Segment::Commercial, Segment::Education]);
        assert_eq!((heard.promotions[0].name.as_str(), heard.promotions[0].seats_max), ("Spring", None));
    }

    #[test]
    fn a_wish_that_means_nothing_is_named_with_its_place() {
        let said = |text| policy(text).expect_err("wrong");
        assert_eq!(said("sizing = \"tight\""), "policy.sizing holds `tight`, which is not like_for_like or right_size");
        assert_eq!(
            said("post_check_hours = [1, 72, 24]"),
            "policy.post_check_hours holds `[1, 72, 24]`, which is not three numbers of hours, each later"
        );
        assert_eq!(
            said("billing = \"daily\""),
            "policy.billing holds `daily`, which is not monthly, annual or triennial"
        );
        assert_eq!(
            said("align = \"year\""),
            "policy.align holds `year`, which is not none, first, oldest or month_end"
        );
        assert_eq!(
            said("customer_holidays = { FR = [\"14.07.2026\"] }"),
            "policy.customer_holidays.FR holds `14.07.2026`, which is not a day such as 2026-12-25"
        );
        assert_eq!(
            said("[credit]\navailable = { EUR = \"-1\" }\nseen = \"2026-11-02\""),
            "policy.credit.available.EUR holds `-1`, which is not an amount with a decimal point such as \"150.00\""
        );
        assert_eq!(
            said("[credit]\navailable = { EUR = \"1\" }\nseen = \"today\""),
            "policy.credit.seen holds `today`, which is not a day such as 2026-12-25"
        );
        assert_eq!(
            said("sells_as = \"reseller\""),
            "policy.sells_as holds `reseller`, which is not direct_bill, indirect_provider or indirect_reseller"
        );
        assert_eq!(
            said("resellers = { contoso = \"4711000\" }"),
            "policy.resellers.contoso holds `contoso`, which is not the id of a customer's tenant, a GUID"
        );
        assert_eq!(
            said("resellers = { 8f0d9b52-6b0a-4b5e-9e57-000000000001 = \"Fabrikam\" }"),
            "policy.resellers.8f0d9b52-6b0a-4b5e-9e57-000000000001 holds `Fabrikam`, which is not a partner id such as 4711000"
        );
        let change = "[[price_changes]]\nsku_id = \"cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46\"\nsegment = \"schools\"\nterm = \"P1Y\"
            from = \"2026-07-01\"\nprice = \"66.00\"\ncurrency = \"EUR\"";
        assert_eq!(
            said(change),
            "policy.price_changes.segment holds `schools`, which is not commercial, education, government or nonprofit"
        );
        assert_eq!(said("lead_business_days = 0"), "policy.lead_business_days is 0; it must be at least 1");
        assert_eq!(said("recheck_hours = 0"), "policy.recheck_hours is 0; it must be at least 1");
        assert_eq!(
            said("facts_age_minutes = 1"),
            "policy.facts_age_minutes holds `1`, which is not at least 2 minutes"
        );
        assert_eq!(said("customers_per_day_max = 0"), "policy.customers_per_day_max is 0; it must be at least 1");
    }
}
