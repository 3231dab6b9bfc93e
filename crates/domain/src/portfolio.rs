//! What the partner says about its customers and their old subscriptions, already checked.

use crate::ids::{LineId, SkuId, SubscriptionId, TenantId};
use crate::offer::OfferId;
use crate::product::table::ProductTable;
use crate::product::table::Products;
use crate::program::SourceProgram;
use crate::provenance::{Field, Provenance};
use crate::time::{Billing, End, Term, days_between};
use crate::value::{Country, Money, Seats};
use jiff::civil::Date;
use std::borrow::Cow;
use std::fmt;

/// One customer, as the partner's file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The Entra tenant.
    pub tenant: TenantId,
    /// A domain of the tenant, lower case.
    pub domain: String,
    /// The customer's name; the domain where the file has none.
    pub name: String,
    /// The country of the tenant (rule R28).
    pub country: Country,
}

/// Whether the source renews by itself at its end. Unknown is never read as off (rule R2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Renewal {
    /// It renews.
    On,
    /// It ends.
    Off,
    /// Nobody has said.
    Unknown,
}

/// What happens to a source at the end of its term, where somebody has chosen (rule R42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndOption {
    /// It renews for another term.
    Renew,
    /// It goes on from month to month, paid, as an extended service term.
    ExtendedTerm,
    /// It stops at the end of its term.
    CancelAtEnd,
}

impl EndOption {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Renew, Self::ExtendedTerm, Self::CancelAtEnd];
    /// The word of portfolio files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Renew => "renew",
            Self::ExtendedTerm => "extended_term",
            Self::CancelAtEnd => "cancel_at_end",
        }
    }
    /// The choice of that word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.word().eq_ignore_ascii_case(word.trim()))
    }
}

/// Whether a source stands alone or needs another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It stands alone.
    Base,
    /// It needs a base subscription in the same tenant (rule R26).
    AddOn {
        /// The commerce id of its base, where the file has it.
        base: Option<SubscriptionId>,
    },
}

/// Who says when a source ends, the most trusted first (rule R46).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Witness {
    /// Partner Center's own record of a subscription of ours.
    PartnerCenter,
    /// Microsoft Graph in the customer's tenant.
    Graph,
    /// An export of the admin centre or of a tool.
    Export,
    /// A person's typing.
    Typed,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Witness {
    /// Every witness, the most trusted first.
    pub const ALL: [Self; 4] = [Self::PartnerCenter, Self::Graph, Self::Export, Self::Typed];
    /// The witness as the subject of a sentence.
    pub fn speaks(self) -> &'static str {
        match self {
            Self::PartnerCenter => "Partner Center",
            Self::Graph => "the tenant",
            Self::Export => "the export",
            Self::Typed => "the file",
        }
    }
    /// One word for files.
    pub fn word(self) -> &'static str {
        match self {
            Self::PartnerCenter => "partner_center",
            Self::Graph => "graph",
            Self::Export => "export",
            Self::Typed => "typed",
        }
    }
}

/// When a source ends, by each witness that was heard. Of few words, because a portfolio may have a million of them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Ends([Option<End>; Witness::ALL.len()]);

impl Ends {
    /// What `by` says.
    pub fn get(&self, by: Witness) -> Option<End> {
        self.0[by as usize]
    }
    /// Notes what `by` says, and answers with what it said before.
    pub fn insert(&mut self, by: Witness, end: End) -> Option<End> {
        self.0[by as usize].replace(end)
    }
    /// Whether nobody was heard.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
    /// What was heard, the most trusted witness first.
    pub fn iter(&self) -> impl Iterator<Item = (Witness, End)> + Clone {
        Witness::ALL.into_iter().zip(self.0).filter_map(|(by, end)| Some((by, end?)))
    }
}

impl FromIterator<(Witness, End)> for Ends {
    fn from_iter<T: IntoIterator<Item = (Witness, End)>>(told: T) -> Self {
        let mut ends = Self::default();
        for (by, end) in told {
            ends.insert(by, end);
        }
        ends
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// What the partner wants in place of the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The very same offer.
    Same,
    /// Another licence, by its Entra SKU.
    Sku(SkuId),
    /// Another licence, by its catalogue item.
    Offer(OfferId),
}

/// One old subscription of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// Told apart from the tenant's other lines.
    pub id: LineId,
    /// Where it was bought.
    pub program: SourceProgram,
    /// The commerce id, where the file has one.
    pub subscription: Option<SubscriptionId>,
    /// The Entra SKU that its users hold.
    pub sku: SkuId,
    /// The SKU's short name, such as `O365_BUSINESS_PREMIUM`; for people.
    pub sku_part_number: Option<String>,
    /// The product's name; for people.
    pub product_name: Option<String>,
    /// Seats paid for.
    pub seats: Seats,
    /// Seats assigned to users, as the file says.
    pub assigned_seats: Option<u32>,
    /// When it ends, by each witness that was heard; empty when nobody has said. What the tenant shows comes on top.
    pub ends: Ends,
    /// The first day of its current term: its purchase or last renewal (rules R43, R64).
    pub term_start: Option<Date>,
    /// Whether it renews by itself.
    pub auto_renew: Renewal,
    /// What was chosen for the end of its term, where that is known (rule R42).
    pub end_option: Option<EndOption>,
    /// Whether it needs a base.
    pub kind: Kind,
    /// The committed term.
    pub term: Option<Term>,
    /// The billing frequency.
    pub billing: Option<Billing>,
    /// What one seat costs for one term.
    pub price_per_seat: Option<Money>,
    /// What is wanted in its place.
    pub target: Target,
    /// A second licence that each user gets beside that, bought with it: Teams beside a suite without it (rules R141, R142).
    pub companion: Option<SkuId>,
    /// How many seats are wanted in its place; as many as needed where nothing is said (rule R95).
    pub target_seats: Option<Seats>,
    /// The committed term that is wanted in its place; that of the source, or a year, where nothing is said.
    pub target_term: Option<Term>,
    /// What people rest it upon that they say of it, in their words, such as an export or a letter of its owner; for people (rule R30).
    pub evidence: Option<String>,
    /// Whom to write to. Personal data: shown in action items only.
    pub contact_email: Option<String>,
    /// Which record said what.
    pub provenance: Provenance,
}

/// The end to go by, out of what several witnesses say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The end.
    pub end: End,
    /// Who said it.
    pub by: Witness,
    /// The witness that says something else, by more than a day.
    pub against: Option<(Witness, End)>,
}

/// Rule R46: the most trusted witness counts; where any two are more than a day apart, the earliest end does.
pub fn trusted_end(ends: &Ends) -> Option<Told> {
    trusted(ends.iter())
}

/// As [`trusted_end`], of witnesses in any order, each of them once.
pub(crate) fn trusted(ends: impl Iterator<Item = (Witness, End)> + Clone) -> Option<Told> {
    let (by, end) = ends.clone().min_by_key(|(by, _)| *by)?;
    let (first, earliest) = ends.clone().min_by_key(|(by, end)| (*end, *by))?;
    let (last, latest) = ends.max_by_key(|(by, end)| (*end, *by))?;
    if days_between(earliest.last_whole_day(), latest.last_whole_day()) > 1 {
        return Some(Told { end: earliest, by: first, against: Some((last, latest)) });
    }
    Some(Told { end, by, against: None })
}

impl SourceLine {
    /// The least that can be said of an old subscription; all else is unknown.
    pub fn least(id: LineId, program: SourceProgram, sku: SkuId, seats: Seats) -> Self {
        Self {
            id,
            program,
            subscription: None,
            sku,
            sku_part_number: None,
            product_name: None,
            seats,
            assigned_seats: None,
            ends: Ends::default(),
            term_start: None,
            auto_renew: Renewal::Unknown,
            end_option: None,
            kind: Kind::Base,
            term: None,
            billing: None,
            price_per_seat: None,
            target: Target::Same,
            companion: None,
            target_seats: None,
            target_term: None,
            evidence: None,
            contact_email: None,
            provenance: Provenance::default(),
        }
    }
    /// The same line, ending after `last_day`, as a person has typed it.
    #[must_use]
    pub fn ending(mut self, last_day: Date) -> Self {
        self.ends.insert(Witness::Typed, End::after_day(last_day));
        self
    }
    /// The end by all that was told; none when nobody has said.
    pub fn end(&self) -> Option<End> {
        trusted_end(&self.ends).map(|told| told.end)
    }
    /// The last whole day by all that was told.
    pub fn last_day(&self) -> Option<Date> {
        self.end().map(End::last_whole_day)
    }
    /// Whether `other` says the same; where it was read does not matter.
    pub fn says_the_same(&self, other: &Self) -> bool {
        *self == Self { provenance: self.provenance.clone(), ..other.clone() }
    }
    /// Whether `other` asks for the same plan: names, addresses and the like may differ.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let Self {
            id,
            program,
            subscription,
            sku,
            sku_part_number: _,
            product_name: _,
            seats,
            assigned_seats,
            ends,
            term_start,
            auto_renew,
            end_option,
            kind,
            term,
            billing,
            price_per_seat: _,
            target,
            companion,
            target_seats,
            target_term,
            evidence: _,
            contact_email: _,
            provenance: _,
        } = self;
        let used = |assigned: Option<u32>| assigned.unwrap_or(0).max(seats.get());
        *id == other.id
            && *program == other.program
            && *subscription == other.subscription
            && *sku == other.sku
            && *seats == other.seats
            && used(*assigned_seats) == used(other.assigned_seats)
            && *ends == other.ends
            && *term_start == other.term_start
            && *auto_renew == other.auto_renew
            && *end_option == other.end_option
            && *kind == other.kind
            && *term == other.term
            && *billing == other.billing
            && *target == other.target
            && *companion == other.companion
            && *target_seats == other.target_seats
            && *target_term == other.target_term
    }
    /// Whether anybody has said `field` of it.
    pub fn says(&self, field: Field) -> bool {
        match field.name() {
            "subscription_id" => self.subscription.is_some(),
            "sku_part_number" => self.sku_part_number.is_some(),
            "product_name" => self.product_name.is_some(),
            "assigned_seats" => self.assigned_seats.is_some(),
            "end_date" => !self.ends.is_empty(),
            "term_start" => self.term_start.is_some(),
            "auto_renew" => self.auto_renew != Renewal::Unknown,
            "end_option" => self.end_option.is_some(),
            "add_on" => self.kind != Kind::Base,
            "base_subscription_id" => matches!(self.kind, Kind::AddOn { base: Some(_) }),
            "term" => self.term.is_some(),
            "billing" => self.billing.is_some(),
            "price_per_seat" | "currency" => self.price_per_seat.is_some(),
            "target_sku" => self.target != Target::Same,
            "companion_sku" => self.companion.is_some(),
            "target_seats" => self.target_seats.is_some(),
            "target_term" => self.target_term.is_some(),
            "evidence" => self.evidence.is_some(),
            "contact_email" => self.contact_email.is_some(),
            // No line is without program, licence and seats.
            _ => true,
        }
    }
    /// The second licence beside what takes the place of this one, as a line of its own to be bought: it leaves nothing, and
    /// follows this one in seats, terms and end. None where none is wanted.
    pub(crate) fn second(&self) -> Option<Self> {
        let sku = self.companion?;
        let id = LineId::beside(self.id);
        Some(Self {
            subscription: None,
            sku_part_number: None,
            product_name: Products::new(None, None).name_of(sku).map(str::to_owned),
            assigned_seats: None,
            auto_renew: Renewal::Off,
            end_option: None,
            kind: Kind::Base,
            price_per_seat: None,
            target: Target::Same,
            companion: None,
            evidence: None,
            ..Self { id, sku, ..self.clone() }
        })
    }
    /// A name for people: product or short name as told, the name that shops give it, or the SKU, the first that is known.
    pub fn title(&self) -> String {
        let told = self.product_name.clone().or_else(|| self.sku_part_number.clone());
        let known = || ProductTable::common().product(self.sku).map(|product| product.name.clone());
        told.or_else(known).unwrap_or_else(|| self.sku.to_string())
    }
    /// The same, bought as `shown` where somebody shows that.
    pub fn bought_as(&self, shown: Option<SourceProgram>) -> Cow<'_, Self> {
        shown.map_or(Cow::Borrowed(self), |program| Cow::Owned(Self { program, ..self.clone() }))
    }
    /// Whether the source may renew at its end: the program can, and nobody has said that it will not.
    pub fn may_renew(&self) -> bool {
        self.program.can_renew() && self.auto_renew != Renewal::Off
    }
}
