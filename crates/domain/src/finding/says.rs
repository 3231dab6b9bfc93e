//! Findings as sentences, with the values that made them.

use super::{Finding, Successor};
use crate::ids::SkuId;
use crate::portfolio::{Renewal, Target};
use crate::product::table::ProductTable;
use jiff::civil::Date;
use std::fmt;

fn list<T: fmt::Display>(items: &[T]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A licence with the name that shops give it, where the built-in table has one.
pub(crate) fn named(sku: &SkuId) -> String {
    let known = ProductTable::common().product(*sku);
    known.map_or_else(|| format!("licence {sku}"), |product| format!("{} ({sku})", product.name))
}

impl fmt::Display for Successor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sku, with } = self;
        let with: String = with.iter().map(|sku| format!(" with {}", named(sku))).collect();
        write!(f, "{}{with}", named(sku))
    }
}

/// `1 user has`, `2 users have`.
pub(crate) fn count(number: impl fmt::Display, one: &str, many: &str) -> String {
    let number = number.to_string();
    format!("{number} {}", if number == "1" { one } else { many })
}

/// `1 licence is in use`, `2 licences are in use`.
pub(crate) fn in_use(licences: u32) -> String {
    count(licences, "licence is in use", "licences are in use")
}

pub(crate) fn seats(number: u32) -> String {
    count(number, "seat", "seats")
}

fn days(number: u32) -> String {
    count(number, "day", "days")
}

fn subscriptions(number: impl fmt::Display) -> String {
    count(number, "subscription", "subscriptions")
}

/// `words` and the day, where it is known.
fn when(words: &str, day: Option<Date>) -> String {
    day.map_or(String::new(), |day| format!("{words} {day}"))
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRelationship => write!(f, "the customer has not accepted a reseller relationship with us"),
            Self::CustomerInOtherRegion { partner, customer } => {
                write!(f, "we sell from {partner}, the tenant is in {customer}, which is another CSP region")
            }
            Self::PartnerNotOnboarded { country } => write!(f, "we are not onboarded to sell in {country}"),
            Self::TenantIsCspPartner => write!(f, "the tenant itself sells through CSP"),
            Self::TenantTypeUnsupported { kind } => write!(f, "a tenant of the kind {kind} cannot buy licences"),
            Self::AgreementMissing => write!(f, "the customer has not accepted the Microsoft Customer Agreement"),
            Self::AgreementOutdated { agreed } => {
                write!(
                    f,
                    "the Microsoft Customer Agreement was confirmed on {agreed}, before confirmations were renewed"
                )
            }
            Self::PartnerAgreementMissing => write!(f, "our own Microsoft Partner Agreement is not signed"),
            Self::IndirectReseller => write!(f, "we are an indirect reseller, which cannot order itself"),
            Self::ResellerUnknown { what } => write!(f, "no reseller can be named on the purchase: {what}"),
            Self::RegistrationIdMissing { country } => {
                write!(f, "the profile has no registration id, which {country} asks for")
            }
            Self::AddressInvalid { what } => write!(f, "the customer's address is not in order: {what}"),
            Self::ContactMissing { what } => write!(f, "the customer's contact is not complete: {what}"),
            Self::CreditExceeded { needed, available } => {
                write!(f, "our account would owe {needed} with it; our credit leaves {available}")
            }
            Self::AccountUnderReview { code } => write!(f, "Microsoft has put the account on hold ({code})"),
            Self::RiskBlocked { code } => write!(f, "Microsoft has stopped purchases for risk ({code})"),
            Self::SegmentNotQualified { segment } => {
                write!(f, "the offer is for {segment} customers, and this one is not qualified as such")
            }
            Self::OfferNotInCountry { target, source, equivalents } => {
                match target {
                    Target::Same => write!(f, "{}", named(source)),
                    Target::Sku(sku) => write!(f, "the wanted {}", named(sku)),
                    Target::Offer(offer) => write!(f, "the wanted item {offer}"),
                }?;
                write!(f, " is not sold in the customer's country")?;
                if equivalents.is_empty() { Ok(()) } else { write!(f, "; in its place there is {}", list(equivalents)) }
            }
            Self::OfferEndOfSale { sku, successors } => {
                write!(f, "{} is not sold any more; in its place there is {}", named(sku), list(successors))
            }
            Self::TermNotOffered { term, offered } => {
                write!(f, "the term {term} is not offered; there is {}", list(offered))
            }
            Self::BillingNotOffered { billing, term } => write!(f, "{billing} billing is not offered for {term}"),
            Self::SeatsBelowMin { seats: wanted, min } => {
                write!(f, "{} would be bought, fewer than the product's minimum of {min}", seats(*wanted))
            }
            Self::SeatsAboveMax { seats: wanted, max } => {
                write!(f, "{} would be bought, more than the product's maximum of {max}", seats(*wanted))
            }
            Self::SeatCap { existing, seats: wanted, cap } => {
                let existing = seats(*existing);
                write!(f, "the tenant has {existing} of this licence, and {wanted} more would exceed the cap of {cap}")
            }
            Self::OnePerCustomer { subscription, limit } => {
                write!(f, "a customer may have {limit} of this offer, and ")?;
                match subscription {
                    Some(existing) => write!(f, "{existing} exists"),
                    None => write!(f, "other lines are to buy it as well"),
                }
            }
            Self::TenantSubscriptionLimit { existing, adds: Some(adds), limit } => {
                write!(
                    f,
                    "the tenant holds {}, to which {adds} would be added; it may hold {limit}",
                    subscriptions(existing)
                )
            }
            Self::TenantSubscriptionLimit { existing, adds: None, limit } => {
                let existing = subscriptions(existing);
                write!(f, "the tenant holds {existing}; with the new ones it would exceed {limit}")
            }
            Self::PrerequisiteMissing { base: None, needs } => {
                write!(f, "no base of this add-on stays in the tenant or moves with it")?;
                let needs: Vec<String> = needs.iter().map(named).collect();
                if needs.is_empty() { Ok(()) } else { write!(f, "; one of these is needed: {}", list(&needs)) }
            }
            Self::PrerequisiteMissing { base: Some(base), .. } => {
                write!(f, "the base {base} of this add-on neither stays in the tenant nor moves with it")
            }
            Self::AddOnOutlivesBase { add_on, base } => {
                write!(f, "the add-on lasts until {add_on} and its base until {base}")
            }
            Self::SeatsBelowConsumption { consumed, pool_after } => {
                write!(f, "{} and only {pool_after} would be left after the old subscription ends", in_use(*consumed))
            }
            Self::OverassignedSource { consumed, enabled } => {
                write!(f, "{} and only {} paid", in_use(*consumed), count(enabled, "is", "are"))
            }
            Self::CoverEndsSoon { subscription, last_day } => {
                write!(f, "subscription {subscription} covers these users as well and ends on {last_day}")
            }
            Self::EndDateUnknown => write!(f, "nobody has said when the old subscription ends"),
            Self::EndDateConflict { by, told, other, seen } if by == other => {
                write!(f, "{} says that the last day is {told}, and said {seen} before", by.speaks())
            }
            Self::EndDateConflict { by, told, other, seen } => {
                write!(f, "{} says that the last day is {told}, {} says {seen}", by.speaks(), other.speaks())
            }
            Self::ProgramConflict { told, by, seen } => {
                write!(f, "{} shows a subscription of the program {seen}, the file says {told}", by.speaks())
            }
            Self::RenewalStateUnknown { past_cutoff: false } => {
                write!(f, "nobody has said whether the old subscription renews")
            }
            Self::RenewalStateUnknown { past_cutoff: true } => {
                write!(f, "nobody has said whether the old subscription renews, and it is too late to change it safely")
            }
            Self::RenewalImminent { hours_left } => {
                let left = count(hours_left, "hour is left", "hours are left");
                write!(f, "{left}: too late to trust a change of the renewal")
            }
            Self::SourceWillRenew { last_day, renewal } => {
                let renews = if *renewal == Some(Renewal::Unknown) { "may renew" } else { "still renews" };
                write!(f, "the replacement stands and the old subscription {renews}{}", when(" after", *last_day))
            }
            Self::EstTrap { last_day } => write!(
                f,
                "renewal is off and nothing else was chosen: after {last_day} the old subscription goes on as a paid monthly extension"
            ),
            Self::NoGrace { last_day, program } => {
                let program = program.map_or(String::new(), |program| format!(" ({program})"));
                write!(f, "no free grace follows the end of the old subscription{}{program}", when(" on", *last_day))
            }
            Self::CancelAtEndSetEarly => {
                write!(f, "the old subscription is set to stop at its end, and its replacement does not stand yet")
            }
            Self::MarginTooSmall { hours_left, hours_min } => {
                let left = count(hours_left, "hour is left", "hours are left");
                write!(f, "{left} before the end, fewer than {hours_min}")
            }
            Self::FragileProduct { what, overlap_days, swaps, beside_swaps } => {
                let risk = match (swaps, beside_swaps) {
                    (true, _) => "and another licence takes its place".to_owned(),
                    (false, true) => "and users of another line change licence at the same time".to_owned(),
                    (false, false) => {
                        format!("and old and new stand beside each other for {} only", days(*overlap_days))
                    }
                };
                write!(f, "{what} go soon after the old licence has gone, {risk}")
            }
            Self::OverlapTooLong { days: twice, max, cost } => {
                let cost = cost.map_or(String::new(), |cost| format!(" ({cost})"));
                write!(f, "{} would be paid twice{cost}, more than {max}", days(*twice))
            }
            Self::WindowNotCovering { window_ends, last_day } => write!(
                f,
                "the new subscription can be cancelled until the day before {window_ends}, the old one lasts until {last_day}"
            ),
            Self::Gap { days: count } => write!(f, "users are without service for {}", days(*count)),
            Self::DifferentSku { from, to, less } if less.is_empty() => {
                write!(f, "{} is replaced by {}", named(from), named(to))
            }
            Self::DifferentSku { from, to, less } => {
                write!(f, "{} is replaced by {}, which has less of {}", named(from), named(to), list(less))
            }
            Self::CapabilityLoss { lost, downgraded } => match (&lost[..], &downgraded[..]) {
                (lost, []) => write!(f, "users would lose {}", list(lost)),
                ([], lower) => write!(f, "users would get a lower tier of {}", list(lower)),
                (lost, lower) => write!(f, "users would lose {} and get a lower tier of {}", list(lost), list(lower)),
            },
            Self::CompanionNeeded { beside, with, seats: count } => {
                let with: Vec<String> = with.iter().map(named).collect();
                write!(
                    f,
                    "{} of {} must stand beside {}, and no line buys them",
                    seats(*count),
                    list(&with),
                    named(beside)
                )
            }
            Self::PlanConflict { what } => write!(f, "two services exclude each other: {what}"),
            Self::UsageLocationMissing { users } => {
                write!(f, "{} no usage location", count(users, "user has", "users have"))
            }
            Self::GroupAssigned { users } => {
                write!(f, "{} the old licence through a group", count(users, "user has", "users have"))
            }
            Self::NoDelegatedAdmin => write!(f, "we may sell to the customer but not look into its tenant"),
            Self::GdapRoleMissing { role, .. } => write!(f, "delegated administration lacks the role {role}"),
            Self::GdapExpiring { last_day, .. } => {
                write!(f, "delegated administration ends on {last_day}, before the work does")
            }
            Self::ConditionalAccessBlock { code } => {
                write!(f, "the customer's conditional access keeps us out ({code})")
            }
            Self::ForeignSourceNoAction { owner, due, .. } => {
                write!(f, "{owner} was asked to end the old subscription by {due} and has not")
            }
            Self::TransferRefused { what } if what.is_empty() => {
                write!(f, "the other partner has refused the transfer")
            }
            Self::TransferRefused { what } => write!(f, "the other partner has refused the transfer: {what}"),
            Self::TransferExpired { on } => write!(f, "the request for a transfer ran out on {on}"),
            Self::TransferItemLimit { items, limit } => {
                write!(f, "{} would be transferred; one request takes {limit}", subscriptions(items))
            }
            Self::MigrationNotEligible { reason } => {
                write!(f, "the legacy subscription cannot be migrated to new commerce now: {reason}")
            }
            Self::SelfServiceOwner => write!(f, "a user bought the old subscription"),
            Self::TrialSource => write!(f, "the old subscription is a trial"),
            Self::FreeSku => write!(f, "the product is free of charge"),
            Self::NonprofitGrant => write!(f, "the seats are a grant for non-profit organisations"),
            Self::AlreadyCovered { consumed: 0, .. } => write!(f, "nobody uses the licence, and it costs nothing"),
            Self::AlreadyCovered { consumed, cover } => {
                let stay = count(cover, "stays", "stay");
                write!(f, "{} and {stay} without this subscription", in_use(*consumed))
            }
            Self::SourceDisabled { until } => {
                let kept = when("; its data are there until", *until);
                write!(f, "the old subscription is disabled; users are without service{kept}")
            }
            Self::SourceDeleted => write!(f, "the old subscription is deleted"),
            Self::SuspendedSource => {
                write!(f, "the old subscription is suspended: it is billed and its users are blocked")
            }
            Self::PriceChanged { now, approved } => {
                write!(f, "one seat costs {now} a term; {approved} was approved")
            }
            Self::PromoNotEligible { promotion } => write!(f, "the promotion {promotion} does not apply"),
            Self::StateChanged { what } => write!(f, "{what}"),
            Self::DuplicateDestination { subscription, seats: held } => {
                let held = seats(*held);
                write!(f, "subscription {subscription} with {held} of this licence is ours and active already")
            }
            Self::PendingOperation { subscription } => {
                write!(f, "an operation on subscription {subscription} is still under way")
            }
            Self::SkuUnknown { sku } => write!(f, "no table knows licence {sku}"),
            Self::OtherPartnerSource => write!(f, "another partner sold the old subscription"),
            Self::MigrationPossible { by } => {
                write!(f, "{by} can migrate the legacy subscription to new commerce")
            }
            Self::ChannelTransferPossible => {
                write!(f, "the volume agreement can be renewed to CSP in the partner portal")
            }
            Self::SourceIsOurs { subscription } => {
                write!(f, "subscription {subscription} is ours in new commerce already")
            }
            Self::SourceInGrace { until } => {
                write!(f, "the old subscription has ended and is in grace{}", when(" until", *until))
            }
            Self::LeadTooShort { last_day } => {
                write!(f, "the day for buying with the usual lead before the last day, {last_day}, has passed")
            }
            Self::SeatsReduced { from, to } => write!(f, "{} would be bought; {from} are paid for today", seats(*to)),
            Self::NoConsumptionReview => write!(f, "nobody uses the licence"),
            Self::EarlierIsCheaper { until, price: Some(price), then: Some(then) } => write!(
                f,
                "bought until {until}, each useful day costs less: one seat costs {price} a term, and then {then}"
            ),
            Self::EarlierIsCheaper { until, .. } => write!(f, "bought until {until}, each useful day costs less"),
            Self::EndNotAligned { with, reason } => {
                write!(f, "the new term cannot end with {with} ({reason}), so it runs in full")
            }
            Self::TermEndGone { planned, why } => {
                write!(f, "the new term was to end on {planned}, which cannot be ordered now: {why}")
            }
            Self::LeftoverUnits { sku, warning, suspended } => {
                write!(f, "{} still has {} in grace and {suspended} switched off", named(sku), seats(*warning))
            }
            Self::ServicesNotReady { users, sampled, services } => {
                let (of, have) = (count(sampled, "user", "users"), if *users == 1 { "has" } else { "have" });
                write!(f, "{users} of {of} looked at {have} services that are not ready: {}", list(services))
            }
            Self::GroupLicenceErrors { groups } => {
                let groups = count(groups, "group", "groups");
                write!(f, "members of {groups} did not get the licences of their group")
            }
            Self::NotChecked { what, by: _ } => write!(f, "not looked at: {what}"),
            Self::CheaperNow { old, old_term, new, new_term } => {
                write!(
                    f,
                    "the old subscription can be given back for money and costs more by the day than the new one"
                )?;
                match (old, old_term, new, new_term) {
                    (Some(old), Some(old_term), Some(new), Some(new_term)) => {
                        write!(f, ": {old} for a seat and {old_term}, the new one {new} for {new_term}")
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}
