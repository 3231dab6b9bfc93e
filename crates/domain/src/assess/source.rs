//! Rules about the source itself: its program, its state, its end, whether it renews and what follows its end.

use super::schedule::is_refunded;
use super::{Outlook, fitting_sources};
use crate::facts::{HeldStatus, HeldSubscription, OwnStatus, OwnSubscription, Tenancy};
use crate::finding::Finding;
use crate::handover::{ConversionStatus, Converted, Transfer, TransferStatus};
use crate::ids::{LineId, SubscriptionId, TenantId};
use crate::migration::state::{Exit, Line, Migration, Stage};
use crate::plan::{LinePlan, SourceEnd};
use crate::policy::Policy;
use crate::portfolio::{EndOption, Renewal, SourceLine, Told};
use crate::product::known;
use crate::program::{Owner, SourceProgram};
use crate::route::{Circumstances, Course, Courses, courses};
use crate::rules::ending::{Regime, nce_regime};
use crate::rules::legacy::legacy_eligibility;
use crate::rules::renewal::{Cutoff, at_cutoff};
use crate::time::{End, Term, day_after, earlier, later, start_of, utc_day};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};

/// So long a migration to new commerce may take; mostly it is a few hours (rule R15).
const MIGRATION_TAKES_MAX: SignedDuration = SignedDuration::from_hours(72);
/// Most line items of one request for a transfer between partners (rule R13).
const TRANSFER_ITEMS_MAX: u32 = 25;
/// The first day from which purchases and renewals under the Microsoft Customer Agreement can enter an extended term
/// (rule R44).
const MCA_EXTENDED: Date = date(2026, 2, 9);

impl Outlook<'_> {
    pub(super) fn about_source(&self, source: &SourceLine) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(self.program_conflict(source));
        found.extend(self.program(source));
        found.extend(self.renewal(source));
        found.extend(self.after_the_end(source));
        found.extend(self.end_conflict(source));
        if self.tenancy.is_some() {
            found.extend(self.mistaken(source).or_else(|| self.state(source)));
            found.extend(self.told_twice(source));
        }
        found.extend(self.not_transferred(source));
        found.extend(self.pending(source).or_else(|| self.being_migrated(source)));
        found
    }

    /// What is to be known of `source` though nothing is bought for it: whether it is what was told, and, where others cover its
    /// users, when and how it ends.
    pub(super) fn about_settled(&self, source: &SourceLine, why: &Finding) -> Vec<Finding> {
        if self.is_second(source) {
            return Vec::new();
        }
        let mut found: Vec<Finding> = self.mistaken(source).into_iter().collect();
        if matches!(why, Finding::AlreadyCovered { .. }) {
            found.extend(self.program_conflict(source));
            // Cover is judged by the end; where nobody knows it, nobody needs cover.
            found.extend(self.end_conflict(source).filter(|found| *found != Finding::EndDateUnknown));
            found.extend(self.renewal(source));
            // That it is over is known by then; that it is deleted stands in nobody's way.
            found.extend(self.state(source).filter(|found| *found != Finding::SourceDeleted));
        }
        found
    }

    /// Rules R4, R17, R48 and R95: why nothing has to be bought for `source`.
    fn settles(&self, source: &SourceLine) -> Option<Finding> {
        if self.is_free(source) {
            return Some(Finding::FreeSku);
        }
        let ours = self.commerce_id(source).filter(|_| self.is_ours(source) || self.has_come_over(source));
        let ours = ours.map(|id| Finding::SourceIsOurs { subscription: id.clone() });
        let migrated = self.migrated_into(source).map(|new| Finding::SourceIsOurs { subscription: new.clone() });
        migrated.or(ours).or_else(|| self.covered_already(source))
    }

    /// The commerce id of `source`: as the tenant shows it, or as told.
    fn commerce_id<'s>(&'s self, source: &'s SourceLine) -> Option<&'s SubscriptionId> {
        self.held(source).map(|held| &held.id).or(source.subscription.as_ref())
    }

    /// The newest request that `source` be transferred to us. What is in one shows only once it is complete: until then it is
    /// about all that the asked partner has sold (fact sheet 18.1).
    fn transfer(&self, source: &SourceLine) -> Option<&Transfer> {
        let seller = self.held(source).and_then(|held| held.owner);
        let about = |transfer: &&Transfer| {
            let listed = self.commerce_id(source).is_some_and(|id| transfer.subscriptions.contains(id));
            let asked = transfer.subscriptions.is_empty() && seller.is_some() && transfer.from == seller;
            transfer.to.is_none_or(|to| to == self.facts.partner.tenant) && (listed || asked)
        };
        self.facts.transfers.iter().filter(about).max_by_key(|transfer| transfer.created)
    }

    /// Rule R13: what became of the request for a transfer that would have been better.
    fn not_transferred(&self, source: &SourceLine) -> Option<Finding> {
        let transfer = self.transfer(source)?;
        let lapsed = transfer.expires.filter(|at| *at <= self.now);
        match (&transfer.status, lapsed) {
            (TransferStatus::Rejected, _) => Some(Finding::TransferRefused { what: String::new() }),
            (TransferStatus::Failed, _) => Some(Finding::TransferRefused { what: "the transfer failed".to_owned() }),
            (TransferStatus::Expired, at) => {
                Some(Finding::TransferExpired { on: utc_day(at.or(transfer.expires).unwrap_or(self.now)) })
            }
            (TransferStatus::Pending, Some(at)) => Some(Finding::TransferExpired { on: utc_day(at) }),
            _ => None,
        }
    }

    /// Rule R13: it was transferred to us, under an id of its own, and the old one serves nobody any more.
    fn has_come_over(&self, source: &SourceLine) -> bool {
        let complete =
            |transfer: &Transfer| matches!(transfer.status, TransferStatus::Complete | TransferStatus::PartlyComplete);
        let gone = self.held(source).is_none_or(|held| held.status != HeldStatus::Enabled);
        let listed =
            |transfer: &Transfer| self.commerce_id(source).is_some_and(|id| transfer.subscriptions.contains(id));
        gone && self.transfer(source).is_some_and(|transfer| complete(transfer) && listed(transfer))
    }

    /// The newest migration of `source` to new commerce that the service knows.
    fn conversion(&self, source: &SourceLine) -> Option<&Converted> {
        // Once the old one is gone, what the tenant shows in its place may be the new one.
        let seen = self.held(source).map(|held| &held.id);
        let of = |known: &&Converted| source.subscription.as_ref() == Some(&known.from) || seen == Some(&known.from);
        self.facts.conversions.iter().filter(of).max_by_key(|known| known.started)
    }

    /// Rule R15: the new subscription that `source` was migrated into, once it serves in its place: the service has closed the old
    /// one, or the tenant shows the new one.
    fn migrated_into(&self, source: &SourceLine) -> Option<&SubscriptionId> {
        let done = self.conversion(source).filter(|known| known.status == ConversionStatus::Completed)?;
        let new = done.to.as_ref()?;
        let serves = |id: &SubscriptionId| {
            self.tenancy
                .is_some_and(|tenancy| tenancy.subscription(id).is_some_and(|held| held.status == HeldStatus::Enabled))
        };
        let gone = self.held(source).is_none_or(|held| held.status != HeldStatus::Enabled);
        (self.tenancy.is_some() && gone || serves(new)).then_some(new)
    }

    /// Rule R15: `source` is being migrated. What is bought meanwhile would be there twice, so nothing is; what takes longer than it
    /// may is for a person to look at.
    fn being_migrated(&self, source: &SourceLine) -> Option<Finding> {
        let known = self.conversion(source).filter(|known| known.status != ConversionStatus::Failed)?;
        let late = known.started.filter(|started| later(*started, MIGRATION_TAKES_MAX) <= self.now);
        Some(match late {
            None => Finding::PendingOperation { subscription: known.from.clone() },
            Some(started) => Finding::StateChanged {
                what: format!(
                    "its migration to new commerce, {}, has been under way since {}, which is longer than 72 hours",
                    known.id,
                    utc_day(started)
                ),
            },
        })
    }

    /// Rules R13, R14 and R123: whether a better way than buying again is not open.
    fn is_refused(&self, source: &SourceLine) -> bool {
        match source.program {
            SourceProgram::LegacyCspOurs => self.not_migrated(source).is_some(),
            _ => matches!(self.not_transferred(source), Some(Finding::TransferRefused { .. })),
        }
    }

    /// Rule R51: the service is still busy with the source, where it is ours.
    fn pending(&self, source: &SourceLine) -> Option<Finding> {
        let own = self.own(source).filter(|own| own.status == OwnStatus::Pending)?;
        Some(Finding::PendingOperation { subscription: own.id.clone() })
    }

    /// The row of the route table for `source` (rule R17).
    pub fn courses(&self, source: &SourceLine) -> Courses {
        let source = &*self.judged(source);
        let held = self.held(source);
        courses(
            source,
            Circumstances {
                status: held.map(|held| &held.status),
                free: self.is_free(source),
                ours: self.is_ours(source),
                end_of_sale: self.end_of_sale.contains(&source.program),
                refused: self.is_refused(source),
                cheaper_now: self.cheaper_now(source),
            },
        )
    }

    /// Rule R5: a more trusted witness shows that it was bought another way than was told.
    fn program_conflict(&self, source: &SourceLine) -> Option<Finding> {
        let told = self.migration.lines.get(&source.id)?.source.program;
        self.shown(source).map(|(by, seen)| Finding::ProgramConflict { told, by, seen })
    }

    /// Rules R12 to R18, R48 and R53: what the program means for the move.
    fn program(&self, source: &SourceLine) -> Vec<Finding> {
        let many = || {
            let items = self.by_program.get(&source.program).copied().unwrap_or(0);
            let many = Finding::TransferItemLimit { items, limit: TRANSFER_ITEMS_MAX };
            (items > TRANSFER_ITEMS_MAX).then_some(many)
        };
        let not_migrated = self.not_migrated(source).filter(|_| source.program == SourceProgram::LegacyCspOurs);
        if let Some(reason) = not_migrated {
            return vec![Finding::MigrationNotEligible { reason: reason.to_owned() }];
        }
        let course = self.courses(source).first;
        match source.program {
            SourceProgram::Trial => vec![Finding::TrialSource],
            SourceProgram::SelfService => vec![Finding::SelfServiceOwner],
            SourceProgram::NonprofitGrant => vec![Finding::NonprofitGrant],
            SourceProgram::LegacyCsp if course == Course::PartnerTransfer => {
                vec![Finding::MigrationPossible { by: Owner::OtherPartner }]
            }
            _ => match course {
                Course::PartnerTransfer => std::iter::once(Finding::OtherPartnerSource).chain(many()).collect(),
                Course::NceMigration => vec![Finding::MigrationPossible { by: Owner::Ourselves }],
                Course::ChannelTransfer => vec![Finding::ChannelTransferPossible],
                Course::BuyAtEnd | Course::BuyNow | Course::NothingToDo | Course::NewSale => Vec::new(),
            },
        }
    }

    /// Rule R14: why a legacy subscription of ours cannot be migrated now, by a word of the rule book where it has one. When it
    /// was bought is unknown where nobody says so; then the service is the one to ask.
    fn not_migrated(&self, source: &SourceLine) -> Option<&'static str> {
        if self.conversion(source).is_some_and(|known| known.status == ConversionStatus::Failed) {
            return Some("FAILED");
        }
        let own = self.own(source);
        if own.is_some_and(|own| own.trial) {
            return Some("TRIAL");
        }
        let held = self.held(source);
        if held.is_some_and(is_over) || own.is_some_and(|own| own.status == OwnStatus::Other) {
            return Some("NOT_ACTIVE");
        }
        let bought = held.and_then(|held| held.created).map(utc_day).or(source.term_start)?;
        match legacy_eligibility(bought, self.now, self.end(source)?.instant(), false) {
            Ok(eligible) => eligible.err().map(|reason| reason.word()),
            Err(_ended) => Some("NOT_ACTIVE"),
        }
    }

    /// Rule R17: a product that has no price, and is no grant and no trial. A price of nothing in a file makes none of it where
    /// the product is known to be sold.
    pub(super) fn is_free(&self, source: &SourceLine) -> bool {
        let granted = matches!(source.program, SourceProgram::NonprofitGrant | SourceProgram::Trial);
        let sold = || known::by_sku(source.sku).next().is_some();
        let no_price = source.price_per_seat.is_some_and(|price| price.amount.is_zero()) && !sold();
        let table = || self.products.product(source.sku).map(|product| product.string_id.as_str());
        let named_free = source.sku_part_number.as_deref().or_else(table).is_some_and(is_free_name);
        !granted && (no_price || named_free)
    }

    /// Rules R4 and R5: it is ours, and no legacy subscription.
    pub(super) fn is_ours(&self, source: &SourceLine) -> bool {
        stays_ours(source.program, self.own(source), self.held(source), self.facts.partner.tenant)
    }

    /// Rules R2 and R116: unknown is never read as off, and near the end a change cannot be trusted.
    fn renewal(&self, source: &SourceLine) -> Vec<Finding> {
        let mut found = Vec::new();
        let cutoff =
            self.end(source).map(|end| (end, at_cutoff(end, source.auto_renew, self.policy.renew_cutoff, self.now).1));
        let past_cutoff = cutoff.filter(|(_, decision)| *decision == Cutoff::LetItRenewThenCancelInWindow);
        if source.program.can_renew() && source.auto_renew == Renewal::Unknown && source.end_option.is_none() {
            found.push(Finding::RenewalStateUnknown { past_cutoff: past_cutoff.is_some() });
        }
        if let Some((end, _)) = past_cutoff.filter(|_| source.program.can_renew()) {
            let hours = end.instant().duration_since(self.now).as_hours();
            found.push(Finding::RenewalImminent { hours_left: u32::try_from(hours).unwrap_or(0) });
        }
        if self.stops_early(source) && self.settled(source).is_none() {
            found.push(Finding::CancelAtEndSetEarly);
        }
        found
    }

    /// Rules R35, R42 and R115: whether `source` is set to stop at its end, by its end option, or because its renewal is off and no
    /// extension follows. A trial is to be set so (rule R48), and what is over has stopped.
    fn stops_early(&self, source: &SourceLine) -> bool {
        let off = source.program.can_renew() && source.auto_renew == Renewal::Off;
        let over = self.held(source).is_some_and(is_over);
        let stops = |end: End| end.instant() > self.now && !may_only_be_extended(source, end.last_whole_day());
        let by_itself = off && !over && source.program != SourceProgram::Trial && self.end(source).is_some_and(stops);
        source.end_option == Some(EndOption::CancelAtEnd) || by_itself
    }

    /// Rules R38 and R40 to R44: whether a free grace follows the end, or a paid extension, or nothing.
    fn after_the_end(&self, source: &SourceLine) -> Vec<Finding> {
        let Some(last_day) = self.end(source).map(|end| end.last_whole_day()) else { return Vec::new() };
        // Legacy CSP knows no grace, and of the others nobody has told the agreement.
        let none_or_unknown = matches!(
            source.program,
            SourceProgram::LegacyCsp
                | SourceProgram::LegacyCspOurs
                | SourceProgram::SelfService
                | SourceProgram::NonprofitGrant
        );
        if !none_or_unknown && !may_be_extended(source, last_day) {
            return Vec::new();
        }
        let trap = nce_regime(term_start(source, last_day), last_day, source.term) == Some(Regime::Est)
            && source.program == SourceProgram::NceOtherPartner
            && source.auto_renew == Renewal::Off
            && !matches!(source.end_option, Some(EndOption::CancelAtEnd | EndOption::Renew));
        std::iter::once(Finding::NoGrace { last_day: Some(last_day), program: Some(source.program) })
            .chain(trap.then_some(Finding::EstTrap { last_day }))
            .collect()
    }

    /// Rule R46: nobody says when it ends, or two witnesses are more than a day apart.
    fn end_conflict(&self, source: &SourceLine) -> Option<Finding> {
        let Some(Told { end, by, against }) = self.told_end(source) else {
            let over = self.held(source).is_some_and(|held| held.status != HeldStatus::Enabled);
            return (!over).then_some(Finding::EndDateUnknown);
        };
        let (other, seen) = against?;
        Some(Finding::EndDateConflict { by, told: end.last_whole_day(), other, seen: seen.last_whole_day() })
    }

    /// The tenant does not hold what the file says.
    fn mistaken(&self, source: &SourceLine) -> Option<Finding> {
        self.tenancy?;
        let what = match self.held(source) {
            None if self.has_come_over(source) || self.migrated_into(source).is_some() => return None,
            None => format!("the tenant holds no subscription of {} that fits the file", source.title()),
            Some(held) if held.sku != source.sku => {
                format!("subscription {} is of licence {}, the file says {}", held.id, held.sku, source.title())
            }
            Some(_) => return None,
        };
        Some(Finding::StateChanged { what })
    }

    /// Rules R17 and R47: what the tenant says about the source now.
    fn state(&self, source: &SourceLine) -> Option<Finding> {
        let held = self.held(source)?;
        // Of what is over it is the end of what follows (rule R3).
        let until = held.next_lifecycle.map(|end| crate::time::End::at(end).last_whole_day());
        match &held.status {
            HeldStatus::Enabled | HeldStatus::Other(_) => None,
            HeldStatus::Warning => Some(Finding::SourceInGrace { until }),
            HeldStatus::Suspended if source.program == SourceProgram::NceOtherPartner => Some(Finding::SuspendedSource),
            // Cancelled: for a while the same licence brings the users back (rule R47).
            HeldStatus::Suspended | HeldStatus::LockedOut => Some(Finding::SourceDisabled { until }),
            HeldStatus::Deleted => Some(Finding::SourceDeleted),
        }
    }

    /// Whether the tenant shows that `source` has ended, so that it cannot go on by itself any more. What is suspended before its end
    /// serves and renews again once it is paid for; one that another partner has suspended is billed on, its end has passed or not
    /// (rules R37, R42, R47).
    pub(crate) fn has_ended(&self, source: &SourceLine) -> bool {
        let by_partner = self.program_of(source) == SourceProgram::NceOtherPartner;
        let passed = || self.end(source).is_some_and(|end| end.instant() <= self.now);
        match self.held(source).map(|held| &held.status) {
            Some(HeldStatus::Warning | HeldStatus::LockedOut) => true,
            Some(HeldStatus::Suspended) => !by_partner && passed(),
            Some(HeldStatus::Enabled | HeldStatus::Deleted | HeldStatus::Other(_)) | None => false,
        }
    }

    /// Another line that is about the same subscription as `source`: told twice, it would be bought twice.
    fn told_twice(&self, source: &SourceLine) -> Option<Finding> {
        let held = &self.held(source)?.id;
        let other = self.told(held).find(|line| *line != source.id)?;
        Some(Finding::StateChanged { what: format!("line {other} is about the same subscription, {held}") })
    }
}

/// Whether what was bought as `program` is a new-commerce subscription of ours. Partner Center's record decides; only without one,
/// the owner that the tenant names and the program (rules R4 and R5).
pub(super) fn stays_ours(
    program: SourceProgram,
    own: Option<&OwnSubscription>,
    held: Option<&HeldSubscription>,
    us: TenantId,
) -> bool {
    own.map_or_else(
        || {
            let legacy = matches!(program, SourceProgram::LegacyCspOurs | SourceProgram::LegacyCsp);
            !legacy && held.is_some_and(|held| held.owner == Some(us))
        },
        |own| !own.legacy,
    )
}

/// Whether requests for transfers are to be read: a line that is still to be bought was sold by another partner (rules R12, R13).
pub fn needs_transfers(migration: &Migration) -> bool {
    let open = |line: &Line| line.bought().is_none() && !matches!(line.stage, Stage::Settled { .. });
    let theirs = |line: &Line| open(line) && line.judged().program.owner() == Owner::OtherPartner;
    migration.lines.values().any(theirs)
}

/// The legacy subscriptions of ours of which it is to be read whether they are being migrated: those of lines that are still to be
/// bought, as the lines name them and as `tenancy` shows them (rules R14, R15).
pub fn to_migrate(migration: &Migration, tenancy: Option<&Tenancy>) -> BTreeSet<SubscriptionId> {
    let ours = |line: &&Line| line.bought().is_none() && line.judged().program == SourceProgram::LegacyCspOurs;
    let of = |line: &Line| {
        let named = line.held.as_ref().or(line.source.subscription.as_ref()).cloned();
        let shown = tenancy.map(|tenancy| fitting_sources(migration, &line.source, tenancy)).unwrap_or_default();
        let shown: Vec<SubscriptionId> = shown.into_iter().map(|held| held.id.clone()).collect();
        named.into_iter().chain(shown)
    };
    migration.lines.values().filter(ours).flat_map(of).collect()
}

/// Why nothing has to be bought, for each line where that is so: for a second licence here, because nothing has to be bought for
/// what it stands beside.
pub(super) fn settled_lines(outlook: &Outlook<'_>) -> BTreeMap<LineId, Finding> {
    let settled = |line: &Line| Some((line.source.id, outlook.settles(&outlook.judged(&line.source))?));
    let mut settled: BTreeMap<LineId, Finding> = outlook.migration.leaving().filter_map(settled).collect();
    for (id, line) in &outlook.migration.lines {
        let Some(main) = line.beside.and_then(|main| outlook.migration.lines.get(&main)) else { continue };
        let why = settled.get(&main.source.id).filter(|why| !outlook.is_let_pass(&main.source, why)).cloned();
        settled.extend(why.map(|why| (*id, why)));
    }
    settled
}

/// The first day of the current term: as told, or reckoned back from its end (rule R61).
fn term_start(source: &SourceLine, last_day: Date) -> Option<Date> {
    let reckoned = |term: Term| crate::time::day_after(last_day).saturating_sub(term.months().months());
    source.term_start.or(source.term.map(reckoned))
}

/// Whether an extended term may follow `last_day`, or nobody knows: then there is no free grace (rules R40 to R44).
pub(crate) fn may_be_extended(source: &SourceLine, last_day: Date) -> bool {
    let began = term_start(source, last_day);
    match source.program {
        SourceProgram::NceOtherPartner => nce_regime(began, last_day, source.term) != Some(Regime::FreeGrace),
        // What users buy themselves, they buy under the newer agreement.
        SourceProgram::DirectMca | SourceProgram::Advisor | SourceProgram::SelfService => {
            began.is_none_or(|began| began >= MCA_EXTENDED)
        }
        _ => false,
    }
}

/// Whether `source` goes on after `last_day` unless its owner ends it: it may renew, or be extended (rules R42, R44, R115).
pub(crate) fn must_be_ended(source: &SourceLine, last_day: Date) -> bool {
    source.may_renew() || may_only_be_extended(source, last_day)
}

/// Whether a paid extension may follow though the renewal is off: nobody has chosen "cancel at end of term" (rules R42, R44).
pub(crate) fn may_only_be_extended(source: &SourceLine, last_day: Date) -> bool {
    let stops = source.end_option == Some(EndOption::CancelAtEnd);
    !source.may_renew() && !stops && may_be_extended(source, last_day)
}

/// Whether the tenant shows that `held` serves nobody any more, or only for grace (rules R47, R110).
pub(crate) fn is_over(held: &HeldSubscription) -> bool {
    matches!(held.status, HeldStatus::Warning | HeldStatus::Suspended | HeldStatus::LockedOut)
}

/// Names of products without a price (rule R17).
fn is_free_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.ends_with("_FREE")
        || name.contains("_VIRAL")
        || ["FLOW_FREE", "WINDOWS_STORE", "RIGHTSMANAGEMENT_ADHOC", "POWERAPPS_DEV", "CCIBOTS_PRIVPREV_VIRAL"]
            .contains(&name.as_str())
}

/// Whether the owner of the old subscription of `line` is to cancel it for the refund, and there still is one (rules R31, R122).
pub(crate) fn is_to_be_cancelled(line: &Line, plan: &LinePlan, now: Timestamp) -> bool {
    plan.source_end == SourceEnd::OwnerCancels && is_refunded(&line.judged(), utc_day(now))
}

/// What is still open on a line whose replacement stands: the owner must act, and until when (rules R7, R115, R116, R122).
pub fn unfinished(line: &Line, policy: &Policy, now: Timestamp) -> Vec<Finding> {
    let (Stage::WindingDown { exit: Exit::OwnerActs, .. }, Some(plan)) = (line.stage.underlying(), &line.plan) else {
        return Vec::new();
    };
    let ends = plan.ends.instant();
    let cutoff = earlier(ends, policy.renew_cutoff);
    let source = line.judged();
    let cancels = is_to_be_cancelled(line, plan, now);
    let mut found = Vec::new();
    // Who cancels for the refund is not to wait for the end of the term.
    if now < ends && !cancels {
        let last_day = plan.ends.last_whole_day();
        let trap = may_only_be_extended(&source, last_day);
        let renewal = Some(source.auto_renew);
        let renews = Finding::SourceWillRenew { last_day: Some(last_day), renewal };
        found.push(if trap { Finding::EstTrap { last_day } } else { renews });
    }
    let owner = source.program.owner();
    let due = if cancels { start_of(day_after(plan.day)) } else { cutoff };
    if now >= due && owner != Owner::Ourselves {
        found.push(Finding::ForeignSourceNoAction { owner, due: utc_day(due), past_cutoff: now >= cutoff });
    }
    found
}
