//! Seats, money, countries: values that cannot be wrong once they exist.

use rust_decimal::{Decimal, RoundingStrategy};
use std::fmt;
use std::num::NonZeroU32;

/// Number of licences. Never zero: a line without seats is not a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seats(NonZeroU32);

/// Zero was given where a number of licences is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number of seats must be at least 1")]
pub struct ZeroSeats;

impl Seats {
    /// # Errors
    /// [`ZeroSeats`] when `count` is zero.
    pub fn try_new(count: u32) -> Result<Self, ZeroSeats> {
        NonZeroU32::new(count).map(Self).ok_or(ZeroSeats)
    }
    /// `count`, and 1 where that is zero: an order of no seats does not exist (rule R95).
    pub fn at_least_one(count: u32) -> Self {
        Self(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))
    }
    /// The count, at least 1.
    pub fn get(self) -> u32 {
        self.0.get()
    }
    /// The larger of these seats and `count`.
    pub fn at_least(self, count: u32) -> Self {
        NonZeroU32::new(count).map_or(self, |count| Self(self.0.max(count)))
    }
}

impl fmt::Display for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Two upper-case letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// Three upper-case letters of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Text that was meant to be a country or currency code and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidCode {
    /// What was given.
    pub text: String,
    /// What would have been right.
    pub expected: &'static str,
}

fn letters<const N: usize>(text: &str, expected: &'static str) -> Result<[u8; N], InvalidCode> {
    let upper = text.trim().to_ascii_uppercase();
    <[u8; N]>::try_from(upper.as_bytes())
        .ok()
        .filter(|code| code.iter().all(u8::is_ascii_uppercase))
        .ok_or_else(|| InvalidCode { text: text.to_owned(), expected })
}

macro_rules! code {
    ($name:ident, $expected:literal) => {
        impl std::str::FromStr for $name {
            type Err = InvalidCode;
            fn from_str(text: &str) -> Result<Self, InvalidCode> {
                letters(text, $expected).map(Self)
            }
        }
        impl $name {
            /// The code as text, upper case.
            pub fn as_str(&self) -> &str {
                // The constructor admits ASCII letters only, so the fallback is never taken.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
code!(Country, "a country code of two letters such as DE");
code!(Currency, "a currency code of three letters such as EUR");

impl Currency {
    /// How many decimals an amount in this currency has (rule L.2, after ISO 4217 list one of 2026-01-01).
    pub fn minor_units(&self) -> u32 {
        match self.as_str() {
            "JPY" | "KRW" | "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "KMF" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        }
    }
}

/// An exact amount in one currency. Rounded once, at the end, by [`Money::rounded`] (rule R129).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money {
    /// The exact amount, never negative.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// Half up, to the currency's minor units.
    #[must_use]
    pub fn rounded(self) -> Self {
        let places = self.currency.minor_units();
        let mut amount = self.amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        amount.rescale(places);
        Self { amount, ..self }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { amount, currency } = self.rounded();
        write!(f, "{amount} {currency}")
    }
}
