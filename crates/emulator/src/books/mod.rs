//! The books: what a run really did to customers, as Microsoft's side saw it.
//!
//! Drawn up from diaries that are written while things happen, never from what the partner's software says
//! about itself. Grace counts for nothing here: only Enabled units serve (rule R110).

mod coverage;
pub(crate) mod diary;
mod statement;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::coverage::Gap;
use self::diary::{Purchase, Source};
pub use self::statement::{HoursError, Money, PurchaseEntry, SeatEntry, SeatHour, Statement, Unserved};
pub(crate) use self::traffic::HttpTally;
pub use self::traffic::Write;
use crate::ids::{OrderId, SkuId, SubscriptionId, TenantId};
use crate::ledger::calendar;
use crate::ledger::tenant::{Standing, Tenant};
use crate::seed::Program;

/// Final figures of a run, or of a moment in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Virtual time at which they were drawn up.
    pub as_of: Timestamp,
    /// Purchases accepted during the run: order lines of type New.
    pub purchases: u64,
    /// Purchases that should not exist: more than the source lines that lead to the product, or than there are where none in the
    /// seed does; a second order from one cart, or a second one with the same friendly name.
    pub duplicate_purchases: u64,
    /// Hours in which users who were served at the start were not; each interval of each user rounded up.
    pub gap_seat_hours: u64,
    /// Users whose product was changed by one call that added and removed.
    pub licences_swapped: u64,
    /// Calls that assign or remove licences.
    pub licence_calls: u64,
    /// Sources that were asked to end before a purchase covering them had arrived in the tenant, and while what stays there did not
    /// cover their users either.
    pub asked_to_end_before_cover: u64,
    /// Source lines that went into another term.
    pub renewed_sources: u64,
    /// Source lines that ended.
    pub expired_sources: u64,
    /// Seat-days paid twice (rule R120).
    pub overlap_seat_days: u64,
    /// Requests answered, by HTTP status.
    pub http_calls: BTreeMap<u16, u64>,
    /// Requests turned away as too many.
    pub http_429: u64,
    /// Requests whose connection was closed instead of answered.
    pub http_dropped: u64,
    /// Requests that repeated a request id with another body.
    pub request_ids_misused: u64,
    /// Requests for what the emulator does not have, by method and path with ids left out.
    pub not_emulated: BTreeMap<String, u64>,
    /// Every customer, by tenant id.
    pub customers: Vec<CustomerBooks>,
}

/// One customer's part of the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerBooks {
    /// The tenant.
    pub tenant: TenantId,
    /// Company name.
    pub name: String,
    /// When it accepted us; absent while it has not.
    pub accepted_at: Option<Timestamp>,
    /// Accepted purchases.
    pub purchases: u64,
    /// Purchases that should not exist.
    pub duplicate_purchases: u64,
    /// User-hours without service.
    pub gap_seat_hours: u64,
    /// Users whose product was changed.
    pub licences_swapped: u64,
    /// Calls that assign or remove licences.
    pub licence_calls: u64,
    /// Sources asked to end too early.
    pub asked_to_end_before_cover: u64,
    /// Seat-days paid twice.
    pub overlap_seat_days: u64,
    /// The source lines, in the order of the portfolio.
    pub lines: Vec<LineBooks>,
    /// Enabled seats of every product over time: the start, then every change.
    pub seats_in_force: Vec<SeatPoint>,
}

/// One source line's part of the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBooks {
    /// Commerce id of the source.
    pub subscription: SubscriptionId,
    /// The program it was bought under.
    pub program: Program,
    /// Its product.
    pub sku: SkuId,
    /// The product it leads to.
    pub target_sku: SkuId,
    /// The product that its users are to hold beside that one.
    #[serde(default)]
    pub companion_sku: Option<SkuId>,
    /// Its seats.
    pub seats: u32,
    /// When its owner was asked to let it end.
    pub asked_to_end_at: Option<Timestamp>,
    /// When it stopped serving.
    pub ended_at: Option<Timestamp>,
    /// Whether it went into another term during the run.
    pub renewed: bool,
    /// The purchase that takes its place.
    pub replaced_by: Option<ReplacedBy>,
    /// The purchase of what stands beside that.
    #[serde(default)]
    pub accompanied_by: Option<ReplacedBy>,
    /// Seat-days paid for the source and for each of these purchases.
    pub overlap_seat_days: u64,
    /// User-hours without service that followed from its end.
    pub gap_seat_hours: u64,
}

/// A purchase, from the view of the line it replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedBy {
    /// The order.
    pub order: OrderId,
    /// The new subscription.
    pub subscription: SubscriptionId,
    /// Its seats when it was bought.
    pub seats: u32,
    /// When it was accepted.
    pub bought_at: Timestamp,
    /// When its seats arrived in the tenant.
    pub arrived_at: Option<Timestamp>,
}

/// Enabled seats of a product from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatPoint {
    /// From when.
    pub at: Timestamp,
    /// The product.
    pub sku: SkuId,
    /// Enabled seats over all channels.
    pub enabled: u32,
}

impl Books {
    pub(crate) fn draw_up<'a>(
        now: Timestamp,
        tenants: impl Iterator<Item = &'a Tenant>,
        http: &HttpTally,
        request_ids_misused: u64,
    ) -> Books {
        let customers: Vec<CustomerBooks> = tenants.map(|tenant| CustomerBooks::draw_up(now, tenant)).collect();
        let sum = |of: fn(&CustomerBooks) -> u64| customers.iter().map(of).sum::<u64>();
        let lines = |of: fn(&&LineBooks) -> bool| {
            customers.iter().flat_map(|customer| &customer.lines).filter(of).count() as u64
        };
        Books {
            as_of: now,
            purchases: sum(|customer| customer.purchases),
            duplicate_purchases: sum(|customer| customer.duplicate_purchases),
            gap_seat_hours: sum(|customer| customer.gap_seat_hours),
            licences_swapped: sum(|customer| customer.licences_swapped),
            licence_calls: sum(|customer| customer.licence_calls),
            asked_to_end_before_cover: sum(|customer| customer.asked_to_end_before_cover),
            renewed_sources: lines(|line| line.renewed),
            expired_sources: lines(|line| line.ended_at.is_some()),
            overlap_seat_days: sum(|customer| customer.overlap_seat_days),
            http_calls: http.by_status.clone(),
            http_429: http.by_status.get(&429).copied().unwrap_or(0),
            http_dropped: http.dropped,
            request_ids_misused,
            not_emulated: http.not_emulated.clone(),
            customers,
        }
    }
}

impl CustomerBooks {
    fn draw_up(now: Timestamp, tenant: &Tenant) -> CustomerBooks {
        let diary = &tenant.diary;
        let replaced = replacements(diary.sources(), diary.purchases(), |source| Some(source.target));
        let accompanied = replacements(diary.sources(), diary.purchases(), |source| source.companion);
        let gaps: Vec<Gap> = diary.gaps(now).collect();
        let lines: Vec<LineBooks> = diary
            .sources()
            .iter()
            .zip(replaced.into_iter().zip(accompanied))
            .enumerate()
            .map(|(index, (source, purchases))| {
                let gap_seat_hours =
                    gaps.iter().filter(|gap| blamed(diary.sources(), gap) == Some(index)).map(Gap::hours).sum();
                line(now, tenant, source, purchases, gap_seat_hours)
            })
            .collect();
        CustomerBooks {
            tenant: tenant.id,
            name: tenant.name.clone(),
            accepted_at: match tenant.standing {
                Standing::Stranger | Standing::Advised => None,
                Standing::Reseller { accepted_at, .. } => Some(accepted_at),
            },
            purchases: diary.purchases().len() as u64,
            duplicate_purchases: duplicates(diary.sources(), diary.purchases()).filter(|duplicate| *duplicate).count()
                as u64,
            gap_seat_hours: gaps.iter().map(Gap::hours).sum(),
            licences_swapped: diary.users_swapped(),
            licence_calls: diary.licence_calls(),
            asked_to_end_before_cover: diary.asked_too_early(),
            overlap_seat_days: lines.iter().map(|line| line.overlap_seat_days).sum(),
            lines,
            seats_in_force: diary.seats_in_force().to_vec(),
        }
    }
}

fn line(
    now: Timestamp,
    tenant: &Tenant,
    source: &Source,
    (purchase, second): (Option<&Purchase>, Option<&Purchase>),
    gap_seat_hours: u64,
) -> LineBooks {
    let overlap = purchase.into_iter().chain(second).map(|purchase| {
        // While it is not over, a source is paid to the end of its term; one that has renewed, to now.
        let paid_until = match (source.ended_at, tenant.subscriptions.get(&source.id)) {
            (Some(ended), _) => ended,
            (None, Some(held)) if source.renewed_at.is_none() => held.ends,
            (None, _) => now,
        };
        let first_day = calendar::midnight(calendar::day(purchase.at));
        let days = rounded_up(paid_until.duration_since(first_day), SECONDS_PER_DAY);
        days * u64::from(source.seats.min(purchase.seats))
    });
    let shown = |purchase: &Purchase| ReplacedBy {
        order: purchase.order.clone(),
        subscription: purchase.subscription,
        seats: purchase.seats,
        bought_at: purchase.at,
        arrived_at: purchase.arrived_at,
    };
    LineBooks {
        subscription: source.id,
        program: source.program,
        sku: source.sku,
        target_sku: source.target,
        companion_sku: source.companion,
        seats: source.seats,
        asked_to_end_at: source.asked_at,
        ended_at: source.ended_at,
        renewed: source.renewed_at.is_some(),
        replaced_by: purchase.map(shown),
        accompanied_by: second.map(shown),
        overlap_seat_days: overlap.sum(),
        gap_seat_hours,
    }
}

/// Which living purchase brings the product that a line `wants`: equal seats first, then whatever is of the product, in order.
fn replacements<'a>(
    sources: &[Source],
    purchases: &'a [Purchase],
    wants: impl Fn(&Source) -> Option<SkuId>,
) -> Vec<Option<&'a Purchase>> {
    let mut chosen: Vec<Option<&Purchase>> = vec![None; sources.len()];
    let mut used: BTreeSet<SubscriptionId> = BTreeSet::new();
    for equal_seats in [true, false] {
        for (source, slot) in sources.iter().zip(&mut chosen) {
            if slot.is_some() {
                continue;
            }
            *slot = purchases.iter().find(|purchase| {
                Some(purchase.sku) == wants(source)
                    && purchase.ended_at.is_none()
                    && (!equal_seats || purchase.seats == source.seats)
                    && !used.contains(&purchase.subscription)
            });
            used.extend(slot.map(|purchase| purchase.subscription));
        }
    }
    chosen
}

/// Which purchases should not exist, whichever way they give themselves away. One that was cancelled before makes room.
fn duplicates<'a>(sources: &'a [Source], purchases: &'a [Purchase]) -> impl Iterator<Item = bool> + 'a {
    purchases.iter().enumerate().map(|(nth, purchase)| {
        let before = || purchases.iter().take(nth);
        let second_order = before().any(|other| {
            (other.cart, other.cart_line) == (purchase.cart, purchase.cart_line) && other.order != purchase.order
        });
        let living = || before().filter(|other| other.lived(purchase.at));
        let marked = purchase
            .friendly_name
            .as_ref()
            .is_some_and(|mark| !mark.is_empty() && living().any(|other| other.friendly_name.as_ref() == Some(mark)));
        let wants = |source: &&Source| source.target == purchase.sku || source.companion == Some(purchase.sku);
        // What no line leads to is somebody's wish of which the seed knows nothing: any line may have it.
        let lines = Some(sources.iter().filter(wants).count()).filter(|lines| *lines > 0).unwrap_or(sources.len());
        let beyond = living().filter(|other| other.sku == purchase.sku).count() >= lines;
        second_order || marked || beyond
    })
}

/// The line whose end made a gap: the one of that product that ended last before it, else the first.
fn blamed(sources: &[Source], gap: &Gap) -> Option<usize> {
    let same = || sources.iter().enumerate().filter(|(_, source)| source.sku == gap.sku);
    same()
        .filter_map(|(index, source)| source.ended_at.map(|ended| (ended, index)))
        .filter(|(ended, _)| *ended <= gap.from)
        .max_by_key(|(ended, index)| (*ended, std::cmp::Reverse(*index)))
        .map(|(_, index)| index)
        .or_else(|| same().next().map(|(index, _)| index))
}

const SECONDS_PER_HOUR: i64 = 3600;
const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;

/// How many units a span takes, a begun one counting whole; none for a span that is not positive.
fn rounded_up(span: SignedDuration, unit_seconds: i64) -> u64 {
    let seconds = span.as_secs() + i64::from(span.subsec_nanos() > 0);
    let whole = seconds.div_euclid(unit_seconds) + i64::from(seconds.rem_euclid(unit_seconds) > 0);
    u64::try_from(whole).unwrap_or(0)
}
