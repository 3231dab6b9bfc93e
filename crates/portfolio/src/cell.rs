//! A cell's text to a value. A cell is taken only when it can mean one thing.
//!
//! Each function gets trimmed text and answers what would have been right, and what to do.

use carryover_domain::ids::{SkuId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{EndOption, Ends, Renewal, Target, Witness};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Billing, End, Term};
use carryover_domain::value::{Country, Currency, Seats};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::borrow::Cow;

/// What was expected and what to do.
pub(crate) type Expected = Cow<'static, str>;

/// More seats than any tenant has: above it, digits of two numbers have run together.
const SEATS_MAX: u32 = 1_000_000;

/// No seat costs as much: above it, a separator was lost.
const PRICE_MAX: u32 = 1_000_000_000;

/// The years of subscriptions. Exports write "no date" as the year 1 or 1900, and typing slips give years such as 2206.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

/// The longest domain name (RFC 1035).
const DOMAIN_MAX: usize = 253;

pub(crate) fn tenant(text: &str) -> Result<TenantId, Expected> {
    let expected = "the customer's tenant id is expected, a GUID such as 6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11";
    text.parse().ok().filter(|tenant: &TenantId| !tenant.as_uuid().is_nil()).ok_or(expected.into())
}

pub(crate) fn sku(text: &str) -> Result<SkuId, Expected> {
    let expected = "an Entra skuId is expected, a GUID such as 3b555118-da6a-4418-894f-7df1e2096870";
    text.parse().ok().filter(|sku: &SkuId| !sku.as_uuid().is_nil()).ok_or(expected.into())
}

pub(crate) fn target(text: &str) -> Result<Target, Expected> {
    if text.is_empty() {
        return Ok(Target::Same);
    }
    sku(text).map(Target::Sku).or_else(|_| text.parse().map(Target::Offer)).map_err(|_| {
        "an Entra skuId or a catalogue item such as CFQ7TTC0LDPB:0001 is expected; leave it empty for the same offer".into()
    })
}

pub(crate) fn domain(text: &str) -> Result<String, Expected> {
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let fine = text.len() <= DOMAIN_MAX && text.contains('.') && text.split('.').all(label);
    let expected = "a domain of the tenant is expected, without address or path, such as contoso.com";
    fine.then(|| text.to_lowercase()).ok_or(expected.into())
}

pub(crate) fn country(text: &str) -> Result<Country, Expected> {
    text.parse().map_err(|_| "a country code of two letters is expected, such as DE".into())
}

pub(crate) fn currency(text: &str) -> Result<Currency, Expected> {
    text.parse().map_err(|_| "a currency code of three letters is expected, such as EUR".into())
}

pub(crate) fn program(text: &str) -> Result<SourceProgram, Expected> {
    SourceProgram::of_word(text).ok_or_else(|| one_of(SourceProgram::ALL.map(SourceProgram::word)))
}

pub(crate) fn term(text: &str) -> Result<Term, Expected> {
    Term::of_word(text).ok_or_else(|| one_of(Term::ALL.map(Term::word)))
}

pub(crate) fn billing(text: &str) -> Result<Billing, Expected> {
    Billing::of_word(text).ok_or_else(|| one_of(Billing::ALL.map(Billing::word)))
}

/// The words of [`Renewal`], also for writing.
pub(crate) const RENEWALS: [(Renewal, &str); 3] =
    [(Renewal::On, "yes"), (Renewal::Off, "no"), (Renewal::Unknown, "unknown")];

pub(crate) fn renewal(text: &str) -> Result<Renewal, Expected> {
    RENEWALS
        .into_iter()
        .find(|(_, word)| word.eq_ignore_ascii_case(text))
        .map(|(renewal, _)| renewal)
        .ok_or_else(|| one_of(RENEWALS.map(|(_, word)| word)))
}

pub(crate) fn subscription(text: &str) -> Result<SubscriptionId, Expected> {
    let expected = "a subscription id without spaces is expected, such as 5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e";
    SubscriptionId::written(text).ok().filter(|_| !text.contains(char::is_whitespace)).ok_or(expected.into())
}

pub(crate) fn email(text: &str) -> Result<String, Expected> {
    let fine = text.split_once('@').is_some_and(|(name, at)| {
        !name.is_empty() && !at.contains('@') && at.contains('.') && !text.contains(char::is_whitespace)
    });
    fine.then(|| text.to_owned()).ok_or("one e-mail address is expected, such as it@contoso.com".into())
}

pub(crate) fn seats(text: &str) -> Result<Seats, Expected> {
    let expected = "a whole number from 1 to 1000000 in plain digits is expected, such as 25";
    count(text).and_then(|count| Seats::try_new(count).ok()).ok_or(expected.into())
}

pub(crate) fn assigned(text: &str) -> Result<u32, Expected> {
    count(text).ok_or("a whole number from 0 to 1000000 in plain digits is expected, such as 24".into())
}

fn count(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|count| digits && *count <= SEATS_MAX)
}

pub(crate) fn price(text: &str) -> Result<Decimal, Expected> {
    if text.contains(',') {
        return Err(
            "a comma may stand for decimals or for thousands; write a decimal point only, such as 1234.50".into()
        );
    }
    if text.starts_with('-') {
        return Err("a price is never negative; write what one seat costs for one term".into());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let amount = Decimal::from_str_exact(text).ok().filter(|_| digits(whole) && digits(fraction));
    amount.filter(|amount| *amount <= Decimal::from(PRICE_MAX)).ok_or_else(|| {
        "an amount in plain digits with a decimal point is expected, such as 20.60; the currency has its own column"
            .into()
    })
}

/// The last day of service, inclusive.
pub(crate) fn date(text: &str) -> Result<Date, Expected> {
    day(text, "the last day of service")
}

/// The first day of the current term.
pub(crate) fn start(text: &str) -> Result<Date, Expected> {
    day(text, "the first day of the term")
}

/// One day, which is `what` for people.
fn day(text: &str, what: &'static str) -> Result<Date, Expected> {
    if let Some(day) = iso(text) {
        return day
            .filter(|day| YEARS.contains(&day.year()))
            .ok_or_else(|| format!("there is no such day from 2000 to 2099; write {what} as year-month-day").into());
    }
    if let Some(refusal) = locale(text) {
        return Err(refusal);
    }
    if text.len() == 5 && count(text).is_some() {
        return Err("this looks like a spreadsheet's day number; format the column as text and write 2026-12-31".into());
    }
    if text.get(..10).is_some_and(|day| iso(day).is_some()) {
        return Err(format!("a day without a time is expected; write {what}, such as 2026-12-31").into());
    }
    Err(format!("{what} is expected as year-month-day, such as 2026-12-31").into())
}

/// Why a date in a locale's notation is not taken; none where `text` is no such date.
pub(crate) fn locale(text: &str) -> Option<Expected> {
    Some(match &local(text)?[..] {
        [] => "this is a locale date; write year-month-day, such as 2026-12-31".into(),
        [day] => format!("this is a locale date; write {day}").into(),
        [one, other, ..] => {
            format!("this is a locale date, which can be read in two ways; write {one} or {other}").into()
        }
    })
}

/// The ends that others than the writer of the file have told, as `graph=2026-12-31T00:00:00Z`, parted by spaces.
pub(crate) fn other_ends(text: &str) -> Result<Ends, Expected> {
    let one = |told: &str| {
        let (witness, instant) = told.split_once('=')?;
        let by = Witness::ALL.into_iter().find(|by| by.word() == witness && *by != Witness::Typed)?;
        Some((by, End::at(instant.parse::<Timestamp>().ok()?)))
    };
    text.split_ascii_whitespace().map(one).collect::<Option<_>>().ok_or_else(|| {
        "the ends that others have told are expected as `export` has written them, such as \
         graph=2027-01-01T00:00:00Z; type an end into end_date"
            .into()
    })
}

pub(crate) fn end_option(text: &str) -> Result<EndOption, Expected> {
    EndOption::of_word(text).ok_or_else(|| one_of(EndOption::ALL.map(EndOption::word)))
}

pub(crate) fn yes(text: &str) -> Result<bool, Expected> {
    match text.to_ascii_lowercase().as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(one_of(["yes", "no"])),
    }
}

/// `YYYY-MM-DD`, and the day that it means where there is one.
fn iso(text: &str) -> Option<Option<Date>> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    let shape = [(year, 4), (month, 2), (day, 2)];
    shape
        .iter()
        .all(|(part, length)| part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| day_of(year, month, day))
}

/// Three numbers with points, slashes or hyphens between, and the days that they may mean.
fn local(text: &str) -> Option<Vec<Date>> {
    let parts: Vec<&str> = text.split(['.', '/', '-']).map(str::trim).collect();
    let [first, second, third] = parts[..] else { return None };
    let number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !parts.iter().all(number) {
        return None;
    }
    let mut days: Vec<Date> = if first.len() == 4 {
        day_of(first, second, third).into_iter().collect()
    } else if third.len() == 4 {
        [day_of(third, second, first), day_of(third, first, second)].into_iter().flatten().collect()
    } else {
        Vec::new()
    };
    days.dedup();
    // With points the day comes first wherever points are used.
    if text.contains('.') {
        days.truncate(1);
    }
    Some(days)
}

fn day_of(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn one_of<const N: usize>(words: [&str; N]) -> Expected {
    format!("one of these words is expected: {}", words.join(", ")).into()
}
