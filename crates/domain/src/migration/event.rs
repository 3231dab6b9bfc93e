//! Recorded facts: the only thing that changes a migration.

use super::state::{Cause, Ending, Exit, Former, Second};
use crate::facts::{Purchase, Standing};
use crate::finding::Finding;
use crate::ids::{CartId, IntentId, LineId, PlanId, ServicePlanId, SkuId, SubscriptionId, UserId};
use crate::plan::Plan;
use crate::policy::OwnPolicy;
use crate::portfolio::{Customer, SourceLine};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// One fact of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The partner told us about the customer, or told us again: new and changed lines.
    Imported {
        /// The customer.
        customer: Customer,
        /// Lines that are new or differ from what was known.
        lines: Vec<SourceLine>,
        /// Who gave it; none in logs from before that was recorded.
        by: Option<String>,
    },
    /// The lines were assessed.
    Assessed {
        /// Our standing at that time.
        standing: Standing,
        /// What was found, per line.
        findings: BTreeMap<LineId, Vec<Finding>>,
        /// Who asked for it; none in logs from before that was recorded.
        by: Option<String>,
        /// When; none in logs from before it was recorded.
        at: Option<Timestamp>,
    },
    /// A plan was made.
    PlanProposed {
        /// The plan.
        plan: Plan,
        /// Who asked for it; none in logs from before that was recorded.
        by: Option<String>,
    },
    /// A person approved the newest plan.
    PlanApproved {
        /// Which one.
        plan: PlanId,
        /// Who.
        by: String,
    },
    /// The invitation link is known and can be sent to the customer.
    InvitationReady {
        /// The link.
        link: String,
    },
    /// Our standing with the customer changed.
    StandingSeen {
        /// What it is now.
        standing: Standing,
    },
    /// A line was compared with what its plan was made upon, and nothing stands in the way: while it waits for its day, and
    /// again where its cart was not made or checked out soon after.
    Compared {
        /// The line.
        line: LineId,
        /// When the oldest of what it was compared with had been read.
        at: Timestamp,
    },
    /// The day has come, the facts are fresh and right: this line will be bought, once, under this intent. Again where it was to
    /// be another term and no cart is recorded yet; a cart of the former intent is never checked out.
    WindowOpened {
        /// The line.
        line: LineId,
        /// The act.
        intent: IntentId,
        /// The old subscription, as the tenant names it; followed by this id from now on.
        source: SubscriptionId,
        /// The last day of the first term that is ordered; none where it runs in full.
        term_end: Option<Date>,
        /// When the oldest of what was decided upon had been read; none in logs from before that was recorded.
        looked: Option<Timestamp>,
    },
    /// The service made a cart for the intent. The first one wins.
    CartRecorded {
        /// The line.
        line: LineId,
        /// The act.
        intent: IntentId,
        /// The single-use token.
        cart: CartId,
    },
    /// The service says that the cart cannot be checked out (any more).
    CartGone {
        /// The line.
        line: LineId,
        /// The token.
        cart: CartId,
        /// When that was said.
        at: Timestamp,
    },
    /// Order history stayed clean for long enough after the cart had died: it was never ordered. Back to the last look.
    CartWrittenOff {
        /// The line.
        line: LineId,
        /// The act that failed.
        intent: IntentId,
    },
    /// A write did not settle; it is sent again later.
    PutOff {
        /// The line.
        line: LineId,
        /// Not before this instant.
        until: Timestamp,
        /// Whether an answer came: then the next try carries a new request id.
        answered: bool,
    },
    /// An order was accepted for the line.
    PurchaseConfirmed {
        /// The line.
        line: LineId,
        /// The order line.
        purchase: Purchase,
    },
    /// The service named the subscription of an order that had come without one.
    SubscriptionNamed {
        /// The line.
        line: LineId,
        /// Our new subscription.
        subscription: SubscriptionId,
    },
    /// The new seats were seen in the tenant.
    CoverConfirmed {
        /// The line.
        line: LineId,
        /// Our new subscription.
        bought: SubscriptionId,
        /// The last day of its term, where Partner Center tells it.
        lasts_until: Option<Date>,
    },
    /// Who changes licence is decided.
    SwapPlanned {
        /// The line.
        line: LineId,
        /// The licence that each user gets.
        add: SkuId,
        /// The licence that each user gives up.
        remove: SkuId,
        /// Users and the plans that stay switched off.
        users: BTreeMap<UserId, BTreeSet<ServicePlanId>>,
        /// Users that cannot be changed, and why.
        failed: BTreeMap<UserId, String>,
        /// How each of the users has held the old licence; nobody in logs from before it was recorded.
        held: BTreeMap<UserId, Former>,
        /// A second licence that each of them gets in the same call (rules R141, R142).
        beside: Option<Second>,
        /// How many of them have their turn before services are looked at (rule R109); none in logs from before there were
        /// batches: all of them.
        batch: Option<u32>,
    },
    /// One user changed licence.
    UserSwapped {
        /// The line.
        line: LineId,
        /// The account.
        user: UserId,
        /// When; none in logs from before it was recorded.
        at: Option<Timestamp>,
    },
    /// One user could not be changed.
    UserNotSwapped {
        /// The line.
        line: LineId,
        /// The account.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Services work for the users of the last batch, as far as they were looked at: the next one has its turn.
    BatchVerified {
        /// The line.
        line: LineId,
        /// How many users it has; nought where nobody is left.
        next: u32,
    },
    /// No user of the line is left on the old licence.
    ReassignmentConfirmed {
        /// The line.
        line: LineId,
    },
    /// The old pool can spare the old subscription: it may go.
    SourceReleased {
        /// The line.
        line: LineId,
        /// How it goes.
        exit: Exit,
    },
    /// The old subscription was seen to be over.
    SourceEnded {
        /// The line.
        line: LineId,
    },
    /// After the source was over the pools were looked at, and nobody was short (rule R125).
    EndChecked {
        /// The line.
        line: LineId,
        /// When.
        at: Timestamp,
        /// What else is to be told.
        found: Vec<Finding>,
    },
    /// The line has ended without a purchase of ours that stands.
    Settled {
        /// The line.
        line: LineId,
        /// How.
        how: Ending,
    },
    /// A person is needed.
    AttentionNeeded {
        /// The line.
        line: LineId,
        /// For what.
        cause: Cause,
    },
    /// What was missing is there: the line goes on where it was.
    AttentionCleared {
        /// The line.
        line: LineId,
    },
    /// A person answered.
    Resolved {
        /// The line.
        line: LineId,
        /// What.
        answer: Answer,
        /// Who.
        by: String,
    },
    /// A person halted everything.
    Paused {
        /// Who.
        by: String,
    },
    /// A person let it go on.
    Resumed {
        /// Who.
        by: String,
    },
    /// A person gave the move up: what was not begun is not done. What was begun is finished, for its users hold on to it.
    Cancelled {
        /// Who.
        by: String,
    },
    /// A person put other labels on it.
    Labelled {
        /// All that it has from now on.
        labels: BTreeMap<String, String>,
        /// Who.
        by: String,
    },
    /// A person said by what it is planned otherwise than the policy says. Plans that were made stand.
    PolicySet {
        /// All wishes of its own that it has from now on.
        own: OwnPolicy,
        /// Who.
        by: String,
    },
}

/// What a person can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// What stood in the way is settled: go on where the line was.
    GoOn,
    /// Take the line out of its plan, to be assessed and planned anew. Only before anything was bought, or once the new subscription
    /// was seen to be cancelled.
    PlanAgain,
    /// The owner says that the old subscription will not renew.
    RenewalStopped,
    /// The new subscription was cancelled, as was seen, and the old one stays: the line ends so.
    OldKept,
}

impl Answer {
    /// The word by which people give it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::GoOn => "go-on",
            Self::PlanAgain => "plan-again",
            Self::RenewalStopped => "renewal-stopped",
            Self::OldKept => "old-kept",
        }
    }
}

impl Event {
    /// Its name, for logs and filters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Imported { .. } => "imported",
            Self::Assessed { .. } => "assessed",
            Self::PlanProposed { .. } => "plan_proposed",
            Self::PlanApproved { .. } => "plan_approved",
            Self::InvitationReady { .. } => "invitation_ready",
            Self::StandingSeen { .. } => "standing_seen",
            Self::Compared { .. } => "compared",
            Self::WindowOpened { .. } => "window_opened",
            Self::CartRecorded { .. } => "cart_recorded",
            Self::CartGone { .. } => "cart_gone",
            Self::CartWrittenOff { .. } => "cart_written_off",
            Self::PutOff { .. } => "put_off",
            Self::PurchaseConfirmed { .. } => "purchase_confirmed",
            Self::SubscriptionNamed { .. } => "subscription_named",
            Self::CoverConfirmed { .. } => "cover_confirmed",
            Self::SwapPlanned { .. } => "swap_planned",
            Self::UserSwapped { .. } => "user_swapped",
            Self::UserNotSwapped { .. } => "user_not_swapped",
            Self::BatchVerified { .. } => "batch_verified",
            Self::ReassignmentConfirmed { .. } => "reassignment_confirmed",
            Self::SourceReleased { .. } => "source_released",
            Self::SourceEnded { .. } => "source_ended",
            Self::EndChecked { .. } => "end_checked",
            Self::Settled { .. } => "settled",
            Self::AttentionNeeded { .. } => "attention_needed",
            Self::AttentionCleared { .. } => "attention_cleared",
            Self::Resolved { .. } => "resolved",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::Cancelled { .. } => "cancelled",
            Self::Labelled { .. } => "labelled",
            Self::PolicySet { .. } => "policy_set",
        }
    }

    /// The person who did it, where one gave a name.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Imported { by, .. } | Self::Assessed { by, .. } | Self::PlanProposed { by, .. } => by.as_deref(),
            Self::PlanApproved { by, .. }
            | Self::Resolved { by, .. }
            | Self::Paused { by }
            | Self::Resumed { by }
            | Self::Cancelled { by }
            | Self::Labelled { by, .. }
            | Self::PolicySet { by, .. } => Some(by),
            _ => None,
        }
    }

    /// The users that it names.
    #[must_use]
    pub fn users(&self) -> BTreeSet<UserId> {
        match self {
            Self::SwapPlanned { users, failed, held, .. } => {
                users.keys().chain(failed.keys()).chain(held.keys()).copied().collect()
            }
            Self::UserSwapped { user, .. } | Self::UserNotSwapped { user, .. } => BTreeSet::from([*user]),
            Self::AttentionNeeded { cause: Cause::SwapStopped { failed }, .. } => failed.keys().copied().collect(),
            _ => BTreeSet::new(),
        }
    }

    /// The line that the event is about, where it is about one.
    pub fn line(&self) -> Option<LineId> {
        match self {
            Self::Imported { .. }
            | Self::Assessed { .. }
            | Self::PlanProposed { .. }
            | Self::PlanApproved { .. }
            | Self::InvitationReady { .. }
            | Self::StandingSeen { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::Cancelled { .. }
            | Self::Labelled { .. }
            | Self::PolicySet { .. } => None,
            Self::Compared { line, .. }
            | Self::WindowOpened { line, .. }
            | Self::CartRecorded { line, .. }
            | Self::CartGone { line, .. }
            | Self::CartWrittenOff { line, .. }
            | Self::PutOff { line, .. }
            | Self::PurchaseConfirmed { line, .. }
            | Self::SubscriptionNamed { line, .. }
            | Self::CoverConfirmed { line, .. }
            | Self::SwapPlanned { line, .. }
            | Self::UserSwapped { line, .. }
            | Self::UserNotSwapped { line, .. }
            | Self::BatchVerified { line, .. }
            | Self::ReassignmentConfirmed { line }
            | Self::SourceReleased { line, .. }
            | Self::SourceEnded { line }
            | Self::EndChecked { line, .. }
            | Self::Settled { line, .. }
            | Self::AttentionNeeded { line, .. }
            | Self::AttentionCleared { line }
            | Self::Resolved { line, .. } => Some(*line),
        }
    }
}
