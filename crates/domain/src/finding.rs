//! Findings: what stands in the way of a move, with the values that made it and what a person can do.
//!
//! Codes and remedies follow the blocker table of the rule book (section F). A finding is an answer, never an error.

use crate::ids::SkuId;
use crate::portfolio::{Target, Witness};
use crate::time::{Billing, Term};
use crate::value::Country;
use jiff::civil::Date;
use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Shown in the plan.
    Note,
    /// Needs a person's approval; approving the plan gives it.
    Warns,
    /// The plan may be made and approved, but nothing is bought before it is gone.
    Waits,
    /// Nothing is planned for this line before a person has acted.
    Blocks,
}

/// What was found, with the values that made it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// No reseller relationship (rule R87).
    NoRelationship,
    /// No Microsoft Customer Agreement (rule R86).
    AgreementMissing,
    /// We may sell, but not look into the tenant: delegated administration is missing (rule R88).
    NoDelegatedAdmin,
    /// The tenant's country lies in another CSP region than ours (rules R28, R84).
    CustomerInOtherRegion {
        /// Our country.
        partner: Country,
        /// The tenant's country.
        customer: Country,
    },
    /// The wanted licence is not in the catalogue of the customer's market (rule R140).
    OfferNotInCountry {
        /// What was wanted.
        target: Target,
        /// The licence to be replaced.
        source: SkuId,
    },
    /// The term is not on sale (rule R63).
    TermNotOffered {
        /// What was wanted.
        term: Term,
        /// What there is.
        offered: Vec<Term>,
    },
    /// The billing frequency is not on sale for the term (rule R63).
    BillingNotOffered {
        /// What was wanted.
        billing: Billing,
        /// For this term.
        term: Term,
    },
    /// Fewer seats than one subscription must have (rule R79).
    SeatsBelowMin {
        /// What was wanted.
        seats: u32,
        /// The least.
        min: u32,
    },
    /// More seats than one subscription may have (rule R79).
    SeatsAboveMax {
        /// What was wanted.
        seats: u32,
        /// The most.
        max: u32,
    },
    /// Old and new seats of a capped product exceed the cap while they overlap (rules R77, R78).
    SeatCap {
        /// Seats of the licence in the tenant, all channels.
        existing: u32,
        /// Seats to be bought.
        seats: u32,
        /// The cap.
        cap: u32,
    },
    /// Users would lose their licence (rules R95, R96).
    SeatsBelowConsumption {
        /// Licences in use.
        consumed: u32,
        /// Licences that would be left.
        pool_after: u32,
    },
    /// More users are assigned than paid for (section F).
    OverassignedSource {
        /// Licences in use.
        consumed: u32,
        /// Licences paid.
        enabled: u32,
    },
    /// Records disagree about the end by more than a day (rule R46).
    EndDateConflict {
        /// Whose date is used: the earlier one.
        by: Witness,
        /// The last whole day by that witness.
        told: Date,
        /// Who says otherwise.
        other: Witness,
        /// The last whole day by the other.
        seen: Date,
    },
    /// Nobody has said when the source ends (rule R46).
    EndDateUnknown,
    /// Nobody has said whether the source renews (rule R2).
    RenewalStateUnknown,
    /// The licence changes, so each user's licence is swapped (rule R91).
    DifferentSku {
        /// The old licence.
        from: SkuId,
        /// The new one.
        to: SkuId,
    },
    /// The customer pays twice for longer than the policy wants (section F).
    OverlapTooLong {
        /// Days paid twice.
        days: u32,
        /// What the policy allows.
        max: u32,
    },
    /// The lead that the policy asks for has passed already (rule R111).
    LeadTooShort {
        /// The last whole day of the source.
        last_day: Date,
    },
    /// The source has ended already; grace is not counted (rules R110, R128).
    SourceInGrace,
    /// The source is disabled: users are without service now (rule R17).
    SourceDisabled,
    /// The source is deleted: nothing is left to carry over (rule R17).
    SourceDeleted,
    /// A trial: buy before it ends (rule R48).
    TrialSource,
    /// A user bought it: an administrator must take over, or the user stop it (section F).
    SelfServiceOwner,
    /// Sold by another partner: a transfer between partners would cost no overlap (rules R12, R17).
    OtherPartnerSource,
    /// Both generations together exceed what a tenant may hold (rule R27).
    TenantSubscriptionLimit {
        /// Subscriptions in the tenant now.
        existing: u32,
        /// The most.
        limit: u32,
    },
    /// We already hold an active subscription of this very licence that no order of this migration explains (section F).
    DuplicateDestination {
        /// Its commerce id.
        subscription: crate::ids::SubscriptionId,
        /// Its seats.
        seats: u32,
    },
    /// The offer costs more than was approved (rule R127).
    PriceChanged {
        /// The price now, per seat and term.
        now: crate::value::Money,
        /// The price that was approved.
        approved: crate::value::Money,
    },
    /// The tenant differs from what the plan was made upon (rule R127).
    StateChanged {
        /// What differs, for people.
        what: String,
    },
}

impl Finding {
    /// The code of the blocker table, and the name of its page under `docs/errors`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRelationship => "NO_RELATIONSHIP",
            Self::AgreementMissing => "MCA_MISSING",
            Self::NoDelegatedAdmin => "NO_GDAP",
            Self::CustomerInOtherRegion { .. } => "CUSTOMER_IN_OTHER_REGION",
            Self::OfferNotInCountry { .. } => "OFFER_NOT_IN_COUNTRY",
            Self::TermNotOffered { .. } => "TERM_NOT_OFFERED",
            Self::BillingNotOffered { .. } => "BILLING_NOT_OFFERED",
            Self::SeatsBelowMin { .. } => "SEATS_BELOW_MIN",
            Self::SeatsAboveMax { .. } => "SEATS_ABOVE_MAX",
            Self::SeatCap { .. } => "SEAT_CAP_300",
            Self::SeatsBelowConsumption { .. } => "SEATS_BELOW_CONSUMPTION",
            Self::OverassignedSource { .. } => "OVERASSIGNED_SOURCE",
            Self::EndDateConflict { .. } => "END_DATE_CONFLICT",
            Self::EndDateUnknown => "END_DATE_UNKNOWN",
            Self::RenewalStateUnknown => "RENEWAL_STATE_UNKNOWN",
            Self::DifferentSku { .. } => "DIFFERENT_SKU",
            Self::OverlapTooLong { .. } => "OVERLAP_TOO_LONG",
            Self::LeadTooShort { .. } => "MARGIN_TOO_SMALL",
            Self::SourceInGrace => "NO_GRACE",
            Self::SourceDisabled => "SOURCE_DISABLED",
            Self::SourceDeleted => "SOURCE_DELETED",
            Self::TrialSource => "TRIAL_SOURCE",
            Self::SelfServiceOwner => "SELF_SERVICE_OWNER",
            Self::OtherPartnerSource => "PARTNER_TRANSFER_POSSIBLE",
            Self::TenantSubscriptionLimit { .. } => "TENANT_SUBSCRIPTION_LIMIT",
            Self::DuplicateDestination { .. } => "DUPLICATE_DESTINATION",
            Self::PriceChanged { .. } => "PRICE_CHANGED",
            Self::StateChanged { .. } => "STATE_CHANGED",
        }
    }

    /// How much it weighs (section F of the rule book).
    pub fn severity(&self) -> Severity {
        match self {
            Self::NoRelationship | Self::AgreementMissing | Self::NoDelegatedAdmin => Severity::Waits,
            Self::CustomerInOtherRegion { .. }
            | Self::OfferNotInCountry { .. }
            | Self::TermNotOffered { .. }
            | Self::BillingNotOffered { .. }
            | Self::SeatsBelowMin { .. }
            | Self::SeatsAboveMax { .. }
            | Self::SeatCap { .. }
            | Self::SeatsBelowConsumption { .. }
            | Self::SourceDeleted
            | Self::EndDateUnknown
            | Self::TenantSubscriptionLimit { .. }
            | Self::StateChanged { .. } => Severity::Blocks,
            Self::OverassignedSource { .. }
            | Self::EndDateConflict { .. }
            | Self::RenewalStateUnknown
            | Self::DifferentSku { .. }
            | Self::OverlapTooLong { .. }
            | Self::DuplicateDestination { .. }
            | Self::PriceChanged { .. }
            | Self::LeadTooShort { .. }
            | Self::SourceDisabled
            | Self::SelfServiceOwner => Severity::Warns,
            Self::SourceInGrace | Self::TrialSource | Self::OtherPartnerSource => Severity::Note,
        }
    }

    /// Whether a person may let it pass, by approving a plan that shows it or with [`crate::Answer::GoOn`]. What would cost
    /// users their licence may not pass.
    pub fn can_be_waived(&self) -> bool {
        matches!(self, Self::DuplicateDestination { .. } | Self::PriceChanged { .. } | Self::EndDateConflict { .. })
    }

    /// Whether nothing is bought while it stands, unless a person has let it pass.
    pub fn stops_purchase(&self) -> bool {
        self.severity() == Severity::Blocks || self.can_be_waived()
    }

    /// What a person can do about it, in a sentence or two.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoRelationship => {
                "Send the invitation link to a global or billing administrator of the customer; work goes on by itself after acceptance."
            }
            Self::AgreementMissing => {
                "Have the customer accept the Microsoft Customer Agreement in its admin centre; work goes on by itself after that."
            }
            Self::NoDelegatedAdmin => {
                "Ask the customer to approve delegated administration with a licence role; work goes on by itself after that."
            }
            Self::CustomerInOtherRegion { .. } => "Move this customer with a partner account of its own CSP region.",
            Self::OfferNotInCountry { .. } => {
                "Choose a product that is sold there: put its SKU into the column target_sku and import the file again."
            }
            Self::TermNotOffered { .. } => "Put a term that is offered into the column term and import the file again.",
            Self::BillingNotOffered { .. } => {
                "Put a billing frequency that is offered into the column billing and import the file again."
            }
            Self::SeatsBelowMin { .. } | Self::SeatsAboveMax { .. } => {
                "Adjust the number of seats to the product's limits, or choose another product in target_sku."
            }
            Self::SeatCap { .. } => {
                "Old and new seats may not stand side by side: ask for a transfer between partners, buy only the missing cover, or move part of the users to an Enterprise product."
            }
            Self::SeatsBelowConsumption { .. } => {
                "Raise the number of seats to at least the number in use, or take licences from users first."
            }
            Self::OverassignedSource { .. } => "Decide whether to buy for all users or to take licences from some.",
            Self::EndDateConflict { .. } => {
                "Compare with the admin centre. The earlier date is used; approving the plan accepts that."
            }
            Self::EndDateUnknown => {
                "Ask the customer for an export of \"Your products\" with the renewal date, put the last day into the column end_date and import again."
            }
            Self::RenewalStateUnknown => {
                "Ask the owner whether recurring billing is on; until then it is taken to be on."
            }
            Self::DifferentSku { .. } => {
                "Check that the new product has what the users need; each user's licence will be swapped."
            }
            Self::OverlapTooLong { .. } => "Approve the double payment, or move this line later.",
            Self::LeadTooShort { .. } => "Approve quickly: the purchase happens as soon as the customer lets us sell.",
            Self::SourceInGrace => "Buy now: grace may end or be refused at any time.",
            Self::SourceDisabled => "Service is down already: tell the users, buy now.",
            Self::SourceDeleted => "Nothing can be carried over; treat it as a new sale.",
            Self::TrialSource => "Buy before the trial ends and switch its billing off.",
            Self::SelfServiceOwner => "Have an administrator take the subscription over, or the user stop it.",
            Self::OtherPartnerSource => {
                "Consider asking the other partner for a transfer: it costs no overlap. This plan buys again at the end."
            }
            Self::TenantSubscriptionLimit { .. } => "Merge subscriptions of the same product, or move in waves.",
            Self::DuplicateDestination { .. } => {
                "It looks like an order already made: check in Partner Center before ordering again, then resolve this line."
            }
            Self::PriceChanged { .. } => {
                "Approve the new price with `carryover resolve LINE go-on`, or plan again: `carryover resolve LINE plan-again`."
            }
            Self::StateChanged { .. } => {
                "Correct the portfolio file where it is wrong, then `carryover resolve LINE plan-again`, plan and approve."
            }
        }
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRelationship => write!(f, "the customer has not accepted a reseller relationship with us"),
            Self::AgreementMissing => write!(f, "the customer has not accepted the Microsoft Customer Agreement"),
            Self::NoDelegatedAdmin => write!(f, "we may sell to the customer but not look into its tenant"),
            Self::CustomerInOtherRegion { partner, customer } => {
                write!(f, "we sell from {partner}, the tenant is in {customer}, which is another CSP region")
            }
            Self::OfferNotInCountry { target: Target::Same, source } => {
                write!(f, "licence {source} is not sold in the customer's country")
            }
            Self::OfferNotInCountry { target: Target::Sku(sku), .. } => {
                write!(f, "the wanted licence {sku} is not sold in the customer's country")
            }
            Self::OfferNotInCountry { target: Target::Offer(offer), .. } => {
                write!(f, "the wanted item {offer} is not sold in the customer's country")
            }
            Self::TermNotOffered { term, offered } => {
                write!(f, "the term {term} is not offered; there is {}", list(offered))
            }
            Self::BillingNotOffered { billing, term } => {
                write!(f, "{billing} billing is not offered for {term}")
            }
            Self::SeatsBelowMin { seats, min } => {
                write!(f, "{seats} seats are fewer than the product's minimum of {min}")
            }
            Self::SeatsAboveMax { seats, max } => {
                write!(f, "{seats} seats are more than the product's maximum of {max}")
            }
            Self::SeatCap { existing, seats, cap } => {
                write!(f, "{existing} seats of this licence exist and {seats} more would exceed the cap of {cap}")
            }
            Self::SeatsBelowConsumption { consumed, pool_after } => {
                write!(
                    f,
                    "{consumed} licences are in use and only {pool_after} would be left after the old subscription ends"
                )
            }
            Self::OverassignedSource { consumed, enabled } => {
                write!(f, "{consumed} licences are in use and only {enabled} are paid")
            }
            Self::EndDateConflict { by, told, other, seen } => {
                write!(f, "{} says that the last day is {told}, {} says {seen}", by.speaks(), other.speaks())
            }
            Self::EndDateUnknown => write!(f, "nobody has said when the old subscription ends"),
            Self::RenewalStateUnknown => {
                write!(f, "nobody has said whether the old subscription renews")
            }
            Self::DifferentSku { from, to } => write!(f, "licence {from} is replaced by {to}"),
            Self::OverlapTooLong { days, max } => {
                write!(f, "{days} days would be paid twice, more than {max}")
            }
            Self::LeadTooShort { last_day } => {
                write!(f, "the last day is {last_day}: less than the usual lead is left")
            }
            Self::SourceInGrace => write!(f, "the old subscription has ended and is in grace"),
            Self::SourceDisabled => write!(f, "the old subscription is disabled; users are without service"),
            Self::SourceDeleted => write!(f, "the old subscription is deleted"),
            Self::TrialSource => write!(f, "the old subscription is a trial"),
            Self::SelfServiceOwner => write!(f, "a user bought the old subscription"),
            Self::OtherPartnerSource => write!(f, "another partner sold the old subscription"),
            Self::TenantSubscriptionLimit { existing, limit } => {
                write!(f, "the tenant holds {existing} subscriptions; with the new ones it would exceed {limit}")
            }
            Self::DuplicateDestination { subscription, seats } => {
                write!(f, "subscription {subscription} with {seats} seats of this licence is ours and active already")
            }
            Self::PriceChanged { now, approved } => {
                write!(f, "one seat costs {now} a term; {approved} was approved")
            }
            Self::StateChanged { what } => write!(f, "{what}"),
        }
    }
}
