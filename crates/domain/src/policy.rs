//! Every knob, with its unit and its reason. No `Default`: the caller knows, the library guesses.

mod own;

pub use own::{BufferPct, LeadDays, NoWish, OutOfRange, OverlapDays, OwnPolicy, Wanted, Within};

use crate::ids::{PartnerId, SkuId, TenantId};
use crate::offer::{Offer, OfferId, Promotion, Segment};
use crate::rules::schedule::Avoid;
use crate::time::{Billing, Term};
use crate::value::{Country, Currency, Money};
use jiff::SignedDuration;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// How a partner wants its customers moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Business days that lie between purchase and end of the source, at least 1 (rule R111).
    pub lead_business_days: u32,
    /// Our own days that are no business days (rule R112).
    pub holidays: BTreeSet<Date>,
    /// The same of the customers' countries (rule R112).
    pub customer_holidays: BTreeMap<Country, BTreeSet<Date>>,
    /// Days that are left out of the count of business days as well (rule R112).
    pub avoid: Avoid,
    /// No destination may become usable later than this long before the end (rule R114).
    pub margin_min: SignedDuration,
    /// Last moment for trusting a change of the source's renewal setting, before its end (rule R116).
    pub renew_cutoff: SignedDuration,
    /// More days of double payment than this want a person's approval (rule section 0).
    pub overlap_days_max: u32,
    /// How many seats are bought where the portfolio does not say (rule R95).
    pub sizing: Sizing,
    /// Extra seats on top of need, in whole per cent; for right-size only, and never above the source's seats (rule R95).
    pub seat_buffer_pct: u32,
    /// How a destination is billed where the portfolio does not say; where the term is not sold so, the most frequent way that
    /// it is sold in (rules R63, R73).
    pub billing: Billing,
    /// Which end the first term of a destination gets (rules R69 to R71, R124).
    pub alignment: Alignment,
    /// The most customers that people can look after in a day; none without a bound (rule R118).
    pub customers_per_day_max: Option<u32>,
    /// Price changes that were announced (rule R119).
    pub price_changes: Vec<PriceChange>,
    /// Promotions that run, beside those of the catalogue (rule R76).
    pub promotions: Vec<Promotion>,
    /// How we sell (rule R90).
    pub sells_as: SellsAs,
    /// The reseller that purchases for a customer name; where none stands here, the only one that is tied to it (rule R90).
    pub resellers: BTreeMap<TenantId, PartnerId>,
    /// How many subscriptions of an offer a customer may have, by the price list: no call tells it. Without a bound for all
    /// others (rule R25).
    pub per_customer_max: BTreeMap<OfferId, u32>,
    /// What our account leaves for purchases; without a bound where nobody says it (rule R89).
    pub credit: Option<Credit>,
    /// Other cover counts only if it lives at least this long after the end (rule R95).
    pub pool_horizon: SignedDuration,
    /// Facts older than this may not be bought upon (rule R127).
    pub facts_age_max: SignedDuration,
    /// How often to look whether the customer has accepted; up to eight times rarer while its day is far.
    pub standing_poll: SignedDuration,
    /// How often to compare a line that waits for its day with what its plan was made upon (rule R127). It is compared as soon
    /// as its tenant can be read, and on its day in any case, which stands for a look in the last quarter of this before it.
    pub recheck: SignedDuration,
    /// How soon to look whether a purchase has arrived (fact sheet 15.8: refreshed about every 15 minutes); rarer the longer
    /// it takes.
    pub delivery_poll: SignedDuration,
    /// How often to look whether an old subscription has ended.
    pub source_poll: SignedDuration,
    /// First look after the end of the source (rule R125).
    pub first_check: SignedDuration,
    /// Second look after the end, when the line is closed already (rule R125).
    pub second_check: SignedDuration,
    /// Third and last look after the end; a source of which nothing was seen until then needs a person (rule R125).
    pub last_check: SignedDuration,
    /// How long order history must stay clean after a cart has died before a new one is made: longer than its lag of
    /// 15 minutes or more (fact sheet 14).
    pub settle: SignedDuration,
    /// Pause after a write whose answer was lost or that could not be sent.
    pub retry_pause: SignedDuration,
    /// Pause after a refusal that passes by itself: a relationship not yet known everywhere (fact sheet 9.5).
    pub not_yet_pause: SignedDuration,
    /// What becomes of plans that only the new licence has (rule R103).
    pub new_plans: NewPlans,
    /// How long services may take to be ready for users whose licence was changed, before a person is asked (rule R109).
    pub services_patience: SignedDuration,
}

/// Whether users whose licence changes get what the old one did not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewPlans {
    /// At once.
    On,
    /// It is switched off until somebody switches it on.
    Off,
}

/// How many seats are bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sizing {
    /// As many as the source has, and more where more are in use.
    LikeForLike,
    /// As many as are in use, with the buffer, and never more than the source has unless they are in use.
    RightSize,
}

/// Which end the first term of a destination gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alignment {
    /// Its own: each runs a whole term.
    None,
    /// That of the first destination of the move, where the rules of alignment allow it (rule R124).
    First,
    /// That of the oldest subscription that we have sold the customer, and that of the first destination where there is none.
    Oldest,
    /// The last month end inside the term (rule R71).
    MonthEnd,
}

/// A price that holds from a known day on. It goes before that of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// The licence.
    pub sku: SkuId,
    /// Whose price it is: offers for others keep theirs (rules R75, R83).
    pub segment: Segment,
    /// The term.
    pub term: Term,
    /// The first day of the new price.
    pub from: Date,
    /// The new price of one seat for one term that is paid at once.
    pub price: Money,
}

/// How a partner sells, by what Microsoft has authorised it for (rule R90).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SellsAs {
    /// To customers, whom it bills itself. It names nobody on a purchase.
    DirectBill,
    /// Through resellers, one of whom each purchase names.
    IndirectProvider,
    /// Through a provider, who orders for it: it cannot order itself, nor confirm agreements.
    IndirectReseller,
}

/// What our account with the service leaves for purchases: the limit less what is unpaid and unbilled, over all customers
/// (rule R89). No call tells it, so that a person has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The amounts. In other currencies there is no bound.
    pub available: BTreeMap<Currency, Decimal>,
    /// The day on which a person looked. What was bought on it or later counts against them.
    pub seen: Date,
    /// So many days after a purchase its first invoice is paid and counts no more; where nobody says, it counts for good.
    pub paid_after_days: Option<u32>,
}

impl NewPlans {
    /// The words of [`Self::word`], as a choice.
    pub const WORDS: &'static str = "on or off";
    const ALL: [Self; 2] = [Self::On, Self::Off];
    /// In the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
    /// That of which `word` is the word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plans| plans.word() == word)
    }
}

impl Sizing {
    /// The words of [`Self::word`], as a choice.
    pub const WORDS: &'static str = "like_for_like or right_size";
    const ALL: [Self; 2] = [Self::LikeForLike, Self::RightSize];
    /// In the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::LikeForLike => "like_for_like",
            Self::RightSize => "right_size",
        }
    }
    /// That of which `word` is the word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sizing| sizing.word() == word)
    }
}

impl Alignment {
    /// The words of [`Self::word`], as a choice.
    pub const WORDS: &'static str = "none, first, oldest or month_end";
    const ALL: [Self; 4] = [Self::None, Self::First, Self::Oldest, Self::MonthEnd];
    /// In the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::First => "first",
            Self::Oldest => "oldest",
            Self::MonthEnd => "month_end",
        }
    }
    /// That of which `word` is the word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alignment| alignment.word() == word)
    }
}

impl PriceChange {
    /// Whether it is about `offer`, bought for `term`.
    pub fn is_of(&self, offer: &Offer, term: Term) -> bool {
        self.sku == offer.sku && self.segment == offer.segment && self.term == term
    }
}

impl Policy {
    /// The days that are no business days for a customer of `country`: both calendars.
    pub fn holidays_with(&self, country: Country) -> Cow<'_, BTreeSet<Date>> {
        match self.customer_holidays.get(&country) {
            None => Cow::Borrowed(&self.holidays),
            Some(theirs) => Cow::Owned(self.holidays.union(theirs).copied().collect()),
        }
    }
    /// The defaults of the rule book, for callers who have no wish of their own.
    pub fn rule_book() -> Self {
        Self {
            lead_business_days: 3,
            holidays: BTreeSet::new(),
            customer_holidays: BTreeMap::new(),
            avoid: Avoid::default(),
            margin_min: SignedDuration::from_hours(24),
            renew_cutoff: SignedDuration::from_hours(24),
            overlap_days_max: 14,
            sizing: Sizing::LikeForLike,
            seat_buffer_pct: 0,
            // By the month a year costs five per cent more (rule R73).
            billing: Billing::Annual,
            alignment: Alignment::First,
            customers_per_day_max: None,
            price_changes: Vec::new(),
            promotions: Vec::new(),
            sells_as: SellsAs::DirectBill,
            resellers: BTreeMap::new(),
            per_customer_max: BTreeMap::new(),
            credit: None,
            pool_horizon: SignedDuration::from_hours(30 * 24),
            facts_age_max: SignedDuration::from_mins(15),
            standing_poll: SignedDuration::from_hours(12),
            recheck: SignedDuration::from_hours(30 * 24),
            delivery_poll: SignedDuration::from_mins(15),
            source_poll: SignedDuration::from_hours(24),
            first_check: SignedDuration::from_hours(1),
            second_check: SignedDuration::from_hours(24),
            last_check: SignedDuration::from_hours(72),
            settle: SignedDuration::from_mins(60),
            retry_pause: SignedDuration::from_secs(60),
            not_yet_pause: SignedDuration::from_mins(15),
            new_plans: NewPlans::On,
            services_patience: SignedDuration::from_hours(4),
        }
    }
}
