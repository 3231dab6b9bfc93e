//! How single values are stored, and the macro that maps a whole type. Knows no particular event.

use carryover_domain::ids::{
    CartId, IntentId, LineId, OrderId, PartnerId, PlanId, ServicePlanId, SkuId, SubscriptionId, TenantId, UserId,
};
use carryover_domain::offer::OfferId;
use carryover_domain::portfolio::Witness;
use carryover_domain::provenance::Field;
use carryover_domain::time::End;
use carryover_domain::value::{Country, Currency, Seats};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

/// The stored form of the domain value `D`.
///
/// Reading checks while it parses, so that what was read is a domain value without another look.
pub(super) trait Stored<D>: Sized {
    fn store(value: &D) -> Self;
    fn restore(self) -> D;
}

macro_rules! as_it_is {
    ($($kind:ty),*) => { $(
        impl Stored<$kind> for $kind {
            fn store(value: &$kind) -> Self {
                value.clone()
            }
            fn restore(self) -> $kind {
                self
            }
        }
    )* };
}
as_it_is!(bool, u32, u64, String);

impl<D, S: Stored<D>> Stored<Option<D>> for Option<S> {
    fn store(value: &Option<D>) -> Self {
        value.as_ref().map(S::store)
    }
    fn restore(self) -> Option<D> {
        self.map(S::restore)
    }
}

impl<D, S: Stored<D>> Stored<Vec<D>> for Vec<S> {
    fn store(value: &Vec<D>) -> Self {
        value.iter().map(S::store).collect()
    }
    fn restore(self) -> Vec<D> {
        self.into_iter().map(S::restore).collect()
    }
}

impl<D: Ord, S: Stored<D> + Ord> Stored<BTreeSet<D>> for BTreeSet<S> {
    fn store(value: &BTreeSet<D>) -> Self {
        value.iter().map(S::store).collect()
    }
    fn restore(self) -> BTreeSet<D> {
        self.into_iter().map(S::restore).collect()
    }
}

impl<K: Ord, V, KS: Stored<K> + Ord, VS: Stored<V>> Stored<BTreeMap<K, V>> for BTreeMap<KS, VS> {
    fn store(value: &BTreeMap<K, V>) -> Self {
        value.iter().map(|(key, value)| (KS::store(key), VS::store(value))).collect()
    }
    fn restore(self) -> BTreeMap<K, V> {
        self.into_iter().map(|(key, value)| (key.restore(), value.restore())).collect()
    }
}

/// A value that is stored as text: ids, codes, decimals, instants in RFC 3339, days in ISO 8601.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<T>(T);

/// A type with one spelling, which [`Textual::parse`] takes back.
pub(super) trait Textual: Clone + fmt::Display {
    fn parse(text: &str) -> Result<Self, String>;
}

macro_rules! textual {
    ($($kind:ty = $parse:path),* $(,)?) => { $(
        impl Textual for $kind {
            fn parse(text: &str) -> Result<Self, String> {
                $parse(text).map_err(|error| error.to_string())
            }
        }
    )* };
}
textual! {
    TenantId = TenantId::from_str,
    LineId = LineId::from_str,
    PlanId = PlanId::from_str,
    IntentId = IntentId::from_str,
    UserId = UserId::from_str,
    SkuId = SkuId::from_str,
    ServicePlanId = ServicePlanId::from_str,
    SubscriptionId = SubscriptionId::try_new,
    CartId = CartId::try_new,
    OrderId = OrderId::try_new,
    PartnerId = PartnerId::try_new,
    OfferId = OfferId::from_str,
    Country = Country::from_str,
    Currency = Currency::from_str,
    Decimal = Decimal::from_str_exact,
    Timestamp = Timestamp::from_str,
    Date = Date::from_str,
    Witness = witness,
    Field = field,
    Arc<str> = record,
}

fn witness(word: &str) -> Result<Witness, String> {
    let known = Witness::ALL.into_iter().find(|witness| witness.word() == word);
    known.ok_or_else(|| format!("`{word}` is no witness of an end"))
}

fn field(name: &str) -> Result<Field, String> {
    Field::named(name).ok_or_else(|| format!("`{name}` is no field of a line"))
}

fn record(name: &str) -> Result<Arc<str>, std::convert::Infallible> {
    Ok(name.into())
}

impl<T: Textual> Stored<T> for Text<T> {
    fn store(value: &T) -> Self {
        Self(value.clone())
    }
    fn restore(self) -> T {
        self.0
    }
}

impl<T: Textual> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de, T: Textual> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Reading(PhantomData))
    }
}

/// Parses text where it stands, without a copy of it.
struct Reading<T>(PhantomData<T>);

impl<T: Textual> Visitor<'_> for Reading<T> {
    type Value = Text<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::parse(text).map(Text).map_err(E::custom)
    }
}

/// The end of a source is stored as its instant.
impl Stored<End> for Text<Timestamp> {
    fn store(value: &End) -> Self {
        Self(value.instant())
    }
    fn restore(self) -> End {
        End::at(self.0)
    }
}

/// A number of seats that is never zero, stored as a number.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub(super) struct SeatCount(Seats);

impl From<SeatCount> for u32 {
    fn from(SeatCount(seats): SeatCount) -> Self {
        seats.get()
    }
}

impl TryFrom<u32> for SeatCount {
    type Error = carryover_domain::value::ZeroSeats;
    fn try_from(count: u32) -> Result<Self, Self::Error> {
        Seats::try_new(count).map(Self)
    }
}

impl Stored<Seats> for SeatCount {
    fn store(value: &Seats) -> Self {
        Self(*value)
    }
    fn restore(self) -> Seats {
        self.0
    }
}

/// Makes the stored form of one domain type and both conversions, from a table of its fields or variants.
///
/// Patterns name every field and every variant: what is added to the domain does not compile before it stands here.
macro_rules! mirror {
    ($(#[$meta:meta])* struct $form:ident = $domain:ty {
        $($(#[$field_meta:meta])* $field:ident: $field_form:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $form { $($(#[$field_meta])* $field: $field_form),* }

        impl $crate::v1::form::Stored<$domain> for $form {
            fn store(value: &$domain) -> Self {
                type Domain = $domain;
                let Domain { $($field),* } = value;
                Self { $($field: $crate::v1::form::Stored::store($field)),* }
            }
            fn restore(self) -> $domain {
                type Domain = $domain;
                let Self { $($field),* } = self;
                Domain { $($field: $crate::v1::form::Stored::restore($field)),* }
            }
        }
    };
    (enum $form:ident = $domain:ty { $(
        $variant:ident
            $(($inner:ident: $inner_form:ty))?
            $({ $($(#[$field_meta:meta])* $field:ident: $field_form:ty),* $(,)? })?
            = $name:literal
    ),* $(,)? }) => {
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) enum $form { $(
            #[serde(rename = $name)]
            $variant $(($inner_form))? $({ $($(#[$field_meta])* $field: $field_form),* })?
        ),* }

        #[cfg(test)]
        impl $form {
            pub(super) const WORDS: &[&str] = &[$($name),*];
        }

        impl $crate::v1::form::Stored<$domain> for $form {
            fn store(value: &$domain) -> Self {
                type Domain = $domain;
                match value { $(
                    Domain::$variant $(($inner))? $({ $($field),* })? => Self::$variant
                        $(($crate::v1::form::Stored::store($inner)))?
                        $({ $($field: $crate::v1::form::Stored::store($field)),* })?
                ),* }
            }
            fn restore(self) -> $domain {
                type Domain = $domain;
                match self { $(
                    Self::$variant $(($inner))? $({ $($field),* })? => Domain::$variant
                        $(($crate::v1::form::Stored::restore($inner)))?
                        $({ $($field: $crate::v1::form::Stored::restore($field)),* })?
                ),* }
            }
        }
    };
}
pub(super) use mirror;
