//! The state of one customer's migration, as the events made it.

use crate::facts::{HeldSubscription, Purchase, Standing, Tenancy, Via};
use crate::finding::{Action, Finding, Severity};
use crate::ids::{CartId, IntentId, LineId, MigrationId, PlanId, ServicePlanId, SkuId, SubscriptionId, UserId};
use crate::plan::{LinePlan, Plan};
use crate::policy::{OwnPolicy, Policy};
use crate::portfolio::{Customer, Kind, SourceLine};
use crate::reply::Refusal;
use crate::time::{later, utc_day};
use jiff::Timestamp;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One customer tenant's move. Made by events only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its id, derived from the tenant.
    pub id: MigrationId,
    /// The customer.
    pub customer: Customer,
    /// What was last recorded of our standing.
    pub standing: Option<Standing>,
    /// The invitation link, once it was asked for.
    pub invitation: Option<String>,
    /// The newest plan, whether approved or not.
    pub plan: Option<Plan>,
    /// The plan that was approved last.
    pub approved: Option<PlanId>,
    /// A person has halted everything.
    pub paused: bool,
    /// A person has given up what was not begun; a new plan begins anew.
    pub cancelled: bool,
    /// What people call it by, for their own systems; means nothing here.
    pub labels: BTreeMap<String, String>,
    /// What it is planned by otherwise than the policy says, from now on.
    pub own: OwnPolicy,
    /// What that was when the newest plan was made.
    pub planned_by: OwnPolicy,
    /// The old subscriptions and what became of them.
    pub lines: BTreeMap<LineId, Line>,
    /// Events that did not fit the state they met: a damaged log, reported by [`crate::audit`].
    pub misfits: u32,
}

/// One old subscription and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What the partner said.
    pub source: SourceLine,
    /// The line beside which this one buys a second licence: then it leaves no old subscription itself, and `source` says what
    /// it follows. None for an old subscription.
    pub beside: Option<LineId>,
    /// What was found when it was last assessed.
    pub findings: Vec<Finding>,
    /// What was found when the newest plan with this line was made: whoever approves that has seen it.
    pub shown: Vec<Finding>,
    /// When it was last assessed; none in logs from before that was recorded.
    pub assessed: Option<Timestamp>,
    /// What will be done; present once a plan that holds this line was approved.
    pub plan: Option<LinePlan>,
    /// What the customer had its own wishes of when that plan was made, whatever it wishes now: what was approved stands.
    pub own: OwnPolicy,
    /// Where it stands.
    pub stage: Stage,
    /// Who has said that its renewal is stopped, though others cover its users and nothing is bought.
    pub stopped: Option<String>,
    /// Findings that a person has looked at and let pass.
    pub waived: Vec<Finding>,
    /// When the oldest of what it was last compared with had been read: the age of the last look.
    pub compared: Option<Timestamp>,
    /// The old subscription in the tenant, as it was recognised when the purchase was decided.
    pub held: Option<SubscriptionId>,
    /// The last day that is ordered for the first term; none where it runs in full.
    pub term_end: Option<Date>,
    /// The last day of the first term of what was bought, once Partner Center has told it.
    pub lasts_until: Option<Date>,
    /// When its old subscription was seen to be over and nobody was short; none in logs from before it was recorded.
    pub over: Option<Timestamp>,
    /// When the pools were last looked at after that.
    pub checked: Option<Timestamp>,
    /// What the last of these looks told beside that.
    pub after: Vec<Finding>,
    /// Answered tries of the stage's write; part of its request id (fact sheet 8.1).
    pub attempt: u32,
    /// Tries in a row that did not settle; each lengthens the pause.
    pub put_offs: u32,
    /// Nothing is sent before this instant.
    pub quiet_until: Option<Timestamp>,
    /// Users whose licence was swapped so far, each with what takes it back.
    pub swapped: BTreeMap<UserId, Swapped>,
    /// What was bought, kept for the report in whatever stage the line is.
    pub purchases: Vec<Purchase>,
}

/// Where a line stands. Data lives where it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Known, not planned.
    Draft,
    /// Something must be settled by a person before it can be planned.
    Blocked,
    /// There is nothing to move: another subscription covers the users, or it has no price, or it is ours already.
    NothingToDo,
    /// Planned, waiting for approval.
    Ready,
    /// Approved, waiting for its day and for the customer.
    Waiting {
        /// When the purchase may happen.
        opens: Timestamp,
    },
    /// Decided to buy; no cart recorded yet.
    Carting {
        /// The act.
        intent: IntentId,
    },
    /// A cart is recorded: this one, and only this one, is checked out.
    Buying {
        /// The act.
        intent: IntentId,
        /// The single-use token.
        cart: CartId,
    },
    /// The cart is dead. Whether it was ordered is read from order history.
    Doubting {
        /// The act.
        intent: IntentId,
        /// The dead token.
        cart: CartId,
        /// When it was seen dead.
        since: Timestamp,
    },
    /// Bought; not seen in the tenant yet.
    Provisioning {
        /// The act.
        intent: IntentId,
        /// The order line.
        bought: Purchase,
    },
    /// In the tenant; users move to the new licence.
    Reassigning {
        /// Our new subscription.
        bought: SubscriptionId,
        /// How far.
        swap: Swap,
    },
    /// The replacement stands; the old one may not be let go before its pool can spare it.
    Covered {
        /// Our new subscription.
        bought: SubscriptionId,
    },
    /// The old subscription may go.
    WindingDown {
        /// Our new subscription.
        bought: SubscriptionId,
        /// How it goes.
        exit: Exit,
    },
    /// The old subscription was seen to be over. Looked at again twice, and opened again where somebody is short.
    Closed {
        /// Our new subscription.
        bought: SubscriptionId,
    },
    /// It has ended without the purchase that was planned.
    Settled {
        /// How.
        how: Ending,
    },
    /// A person is needed.
    NeedsAttention {
        /// For what.
        cause: Cause,
        /// Where the line goes on.
        back_to: Box<Stage>,
    },
}

/// How far the users of a line are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swap {
    /// Who holds the old licence is not known yet.
    Unplanned,
    /// These users still wait for their turn; each change is one call.
    Planned {
        /// The licence that each user gets.
        add: SkuId,
        /// The licence that each user gives up in the same call (rule R101).
        remove: SkuId,
        /// Users and the plans that stay switched off for them.
        waiting: BTreeMap<UserId, BTreeSet<ServicePlanId>>,
        /// A second licence that each of them gets in the same call.
        beside: Option<Box<Second>>,
        /// How they have held the old licence, where that is recorded.
        held: BTreeMap<UserId, Former>,
        /// Users that could not be changed, and why.
        failed: BTreeMap<UserId, String>,
        /// Those who have their turn.
        batch: Batch,
    },
}

/// A second licence that users get in the same call as the first (rules R101, R142).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Second {
    /// The licence.
    pub sku: SkuId,
    /// Plans of it that stay switched off, for users who have any switched off.
    pub disabled: BTreeMap<UserId, BTreeSet<ServicePlanId>>,
}

/// Users who change before services are looked at (rule R109).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// So many still have their turn, the first of all who wait.
    pub left: usize,
    /// Those who were changed.
    pub changed: BTreeSet<UserId>,
    /// So many could not be changed.
    pub failed: usize,
    /// When the last one was changed.
    pub since: Option<Timestamp>,
}

/// How a user has held the old licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// How it came.
    pub via: Via,
    /// Plans of it that were switched off.
    pub disabled: BTreeSet<ServicePlanId>,
}

/// What a user's change took and gave: the record by which it can be taken back while the old subscription serves (rule R109).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// The licence that was taken.
    pub removed: SkuId,
    /// How it was held; none in logs from before that was recorded.
    pub former: Option<Former>,
    /// The licence that was given.
    pub added: SkuId,
    /// Plans of it that are switched off.
    pub disabled: BTreeSet<ServicePlanId>,
    /// The second licence that was given, with the plans of it that are switched off.
    pub second: Option<(SkuId, BTreeSet<ServicePlanId>)>,
    /// When; none in logs from before that was recorded.
    pub at: Option<Timestamp>,
}

/// How the old subscription ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// It does not renew: it runs out by itself.
    LetExpire,
    /// Its owner must stop the renewal; nobody has confirmed that yet.
    OwnerActs,
    /// Somebody has said that the renewal is stopped; the end itself is still verified by reads.
    OwnerConfirmed {
        /// Who said so.
        by: String,
    },
}

/// How a line ends without a purchase of ours that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The old subscription has come over to us, by a transfer or a migration: it is in new commerce with us (rules R13, R15).
    CameOver {
        /// The commerce id that tells it.
        subscription: SubscriptionId,
    },
    /// The new subscription was cancelled, and the old one stays (rules R116, R126).
    OldKept {
        /// Who said so; nobody where the tenant shows both.
        by: Option<String>,
    },
}

/// Why a person is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The last look before buying found something.
    Found(Vec<Finding>),
    /// The purchase could not begin in time, mostly because the customer has not let us sell; goes on by itself when it
    /// can before the end.
    CustomerLate,
    /// The old subscription ended before anything was bought; nothing is bought late in silence.
    WindowMissed,
    /// The service refused.
    Refused(Refusal),
    /// The service made a cart that is not what the plan says.
    CartDiffers {
        /// What differs.
        what: String,
    },
    /// The order is not what the plan says.
    PurchaseDiffers {
        /// What differs.
        what: String,
    },
    /// More than one order carries our mark.
    OrderedTwice {
        /// The orders.
        orders: Vec<String>,
    },
    /// The purchase is not usable in time; work goes on. In logs from before [`Self::SwapLate`] also what that says.
    DeliveryLate,
    /// What was bought is there, and not all users have come to it in time, or their services were not seen to work; work goes on.
    SwapLate,
    /// What it stands on as an add-on is to be bought and has stopped (rule R26); goes on once that does.
    BaseStopped {
        /// The line of the base.
        base: LineId,
    },
    /// The new licence has no free unit for users who are to change (rule R102); looks go on.
    NoFreeUnits {
        /// How many wait.
        users: u32,
    },
    /// The new subscription was cancelled after it had arrived; looks go on.
    PurchaseCancelled {
        /// Its commerce id.
        subscription: SubscriptionId,
    },
    /// The change did not go well for too many users.
    SwapStopped {
        /// Users and reasons.
        failed: BTreeMap<UserId, String>,
    },
    /// The old pool cannot spare the old subscription; reads go on.
    Shortfall {
        /// Licences in use.
        consumed: u32,
        /// Licences that would be left.
        pool_after: u32,
    },
    /// The old subscription renewed after all; reads go on.
    SourceRenewed {
        /// Its new end.
        until: Timestamp,
        /// The last day on which it can be cancelled for money; none where it was over before and was reactivated, and in logs from
        /// before that was recorded, as the next one.
        old_by: Option<Date>,
        /// The last day on which the new subscription can be (rule R113).
        new_by: Option<Date>,
    },
    /// The old subscription's fate cannot be seen.
    SourceUnclear,
}

impl Cause {
    /// Whether the line goes on by itself once reads show what is missing.
    pub fn watches(&self) -> bool {
        match self {
            Self::CustomerLate
            | Self::DeliveryLate
            | Self::SwapLate
            | Self::BaseStopped { .. }
            | Self::NoFreeUnits { .. }
            | Self::PurchaseCancelled { .. }
            | Self::Shortfall { .. }
            | Self::SourceRenewed { .. }
            | Self::SourceUnclear => true,
            Self::Found(findings) => findings.iter().all(|finding| {
                finding.settles() || finding.severity() == Severity::Blocks(Action::Buy) && !finding.can_be_waived()
            }),
            Self::WindowMissed
            | Self::Refused(_)
            | Self::CartDiffers { .. }
            | Self::PurchaseDiffers { .. }
            | Self::OrderedTwice { .. }
            | Self::SwapStopped { .. } => false,
        }
    }
}

impl Stage {
    /// The stage that work goes on in: the one to go back to where a person is needed.
    pub fn underlying(&self) -> &Self {
        match self {
            Self::NeedsAttention { back_to, .. } => back_to.underlying(),
            stage => stage,
        }
    }

    /// Whether its purchase was approved and has not arrived.
    pub(crate) fn is_on_its_way(&self) -> bool {
        matches!(
            self,
            Self::Waiting { .. }
                | Self::Carting { .. }
                | Self::Buying { .. }
                | Self::Doubting { .. }
                | Self::Provisioning { .. }
        )
    }

    /// Whether what was bought was seen in the tenant.
    pub(crate) fn has_arrived(&self) -> bool {
        matches!(self, Self::Reassigning { .. } | Self::Covered { .. } | Self::WindingDown { .. } | Self::Closed { .. })
    }

    /// A number that only grows along the way, for invariant I5.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Draft | Self::Blocked | Self::NothingToDo => 0,
            Self::Ready => 1,
            Self::Waiting { .. } => 2,
            Self::Carting { .. } => 3,
            Self::Buying { .. } => 4,
            Self::Doubting { .. } => 5,
            Self::Provisioning { .. } => 6,
            Self::Reassigning { .. } => 7,
            Self::Covered { .. } => 8,
            Self::WindingDown { .. } => 9,
            Self::Closed { .. } | Self::Settled { .. } => 10,
            Self::NeedsAttention { back_to, .. } => back_to.rank(),
        }
    }

    /// One word for people and filters.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Blocked => "blocked",
            Self::NothingToDo => "nothing_to_do",
            Self::Ready => "ready",
            Self::Waiting { .. } => "waiting",
            Self::Carting { .. } => "carting",
            Self::Buying { .. } => "buying",
            Self::Doubting { .. } => "doubting",
            Self::Provisioning { .. } => "provisioning",
            Self::Reassigning { .. } => "reassigning",
            Self::Covered { .. } => "covered",
            Self::WindingDown { .. } => "winding_down",
            Self::Closed { .. } => "closed",
            Self::Settled { how: Ending::CameOver { .. } } => "came_over",
            Self::Settled { how: Ending::OldKept { .. } } => "old_kept",
            Self::NeedsAttention { .. } => "needs_attention",
        }
    }
}

impl Migration {
    /// What we have bought in the place of the base that `line` names as an add-on, once it is in the tenant (rule R26).
    pub fn parent(&self, line: &Line) -> Option<&SubscriptionId> {
        let Kind::AddOn { base: Some(base) } = &line.source.kind else { return None };
        let mut lines = self.lines.values().filter(|other| other.stage.underlying().has_arrived());
        lines.find(|other| other.beside.is_none() && other.source.subscription.as_ref() == Some(base))?.bought()
    }
}

impl Line {
    /// Our new subscription, once it is known.
    pub fn bought(&self) -> Option<&SubscriptionId> {
        match self.stage.underlying() {
            Stage::Provisioning { bought, .. } => bought.subscription.as_ref(),
            Stage::Reassigning { bought, .. }
            | Stage::Covered { bought }
            | Stage::WindingDown { bought, .. }
            | Stage::Closed { bought } => Some(bought),
            _ => None,
        }
    }
}

impl Line {
    /// The old subscription as its plan was approved: bought where a more trusted witness than the file shows it, once a person
    /// has let that pass, or where nothing is planned for it (rule R5).
    pub fn judged(&self) -> Cow<'_, SourceLine> {
        self.judged_upon(if self.stage == Stage::NothingToDo { &self.findings } else { &[] })
    }

    /// The old subscription as `findings` show it: bought where one of them, or what a person has let pass, says so.
    pub(crate) fn judged_upon(&self, findings: &[Finding]) -> Cow<'_, SourceLine> {
        let shown = |finding: &Finding| match finding {
            Finding::ProgramConflict { told, seen, .. } if *told == self.source.program => Some(*seen),
            _ => None,
        };
        self.source.bought_as(findings.iter().chain(self.waived.iter().rev()).find_map(shown))
    }
}

impl Line {
    /// Whether the last look is too old to spend money upon (rule R127).
    pub(super) fn look_is_old(&self, policy: &Policy, now: Timestamp) -> bool {
        self.compared.is_none_or(|at| now.duration_since(at) > policy.facts_age_max)
    }

    /// The last day of the first term of what is bought: as Partner Center has it, as ordered, or reckoned from the order.
    /// None before the purchase.
    pub fn term_last_day(&self) -> Option<Date> {
        let start = self.purchases.first().map(|purchase| utc_day(purchase.ordered_at))?;
        self.lasts_until.or(self.term_end).or(self.plan.as_ref().map(|plan| plan.term.last_day(start)))
    }
}

impl Line {
    /// When a closed line is looked at again (rule R125); none once all looks are made, or where nobody recorded when it was
    /// closed.
    pub fn next_check(&self, policy: &Policy) -> Option<Timestamp> {
        let checked = self.checked.or(self.over)?;
        self.checks(policy)?.into_iter().find(|check| *check > checked)
    }

    /// Whether no look follows one that is made at `now`.
    pub(crate) fn is_last_check(&self, policy: &Policy, now: Timestamp) -> bool {
        self.checks(policy).is_some_and(|checks| checks.into_iter().all(|check| check <= now))
    }

    /// The looks at a closed line. They count from the planned end, or from the moment at which a source was seen to be over that
    /// had been cancelled before it, or had renewed.
    fn checks(&self, policy: &Policy) -> Option<[Timestamp; 2]> {
        let (Stage::Closed { .. }, Some(over), Some(plan)) = (self.stage.underlying(), self.over, &self.plan) else {
            return None;
        };
        let planned = plan.ends.instant();
        let on_time = planned <= over && over < later(planned, policy.second_check);
        let ended = if on_time { planned } else { over };
        Some([policy.second_check, policy.last_check].map(|after| later(ended, after)))
    }

    /// What was found after the end, or could not be looked at, and no person has looked at since.
    pub fn to_look_at(&self) -> impl Iterator<Item = &Finding> {
        let closed = matches!(self.stage, Stage::Closed { .. });
        let open = |found: &&Finding| found.severity() >= Severity::Warns && !self.waived.contains(found);
        self.after.iter().filter(move |_| closed).filter(open)
    }
}

/// One user's change of licence: add and remove in one call (rule R101).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The licences that the user gets, each with the plans of it that stay switched off.
    pub add: BTreeMap<SkuId, BTreeSet<ServicePlanId>>,
    /// The licence that the user gives up.
    pub remove: SkuId,
}

impl Line {
    /// The change that `user` still waits for; none when it is not decided or done.
    pub fn change_of(&self, user: UserId) -> Option<Change> {
        match self.stage.underlying() {
            Stage::Reassigning { swap: Swap::Planned { add, remove, waiting, beside, .. }, .. } => {
                let first = (*add, waiting.get(&user)?.clone());
                let second = beside.as_ref().map(|second| second.of(user));
                Some(Change { add: std::iter::once(first).chain(second).collect(), remove: *remove })
            }
            _ => None,
        }
    }
}

impl Second {
    /// The licence, with the plans of it that stay switched off for `user`.
    pub(super) fn of(&self, user: UserId) -> (SkuId, BTreeSet<ServicePlanId>) {
        (self.sku, self.disabled.get(&user).cloned().unwrap_or_default())
    }
}

impl Batch {
    /// The batch of the next `left` users.
    pub fn of(left: usize) -> Self {
        Self { left, ..Self::default() }
    }

    /// How many users it has.
    pub fn size(&self) -> usize {
        self.left + self.changed.len() + self.failed
    }

    /// Since when services are to be looked at; none while somebody has a turn, or where nobody was changed.
    pub fn over(&self) -> Option<Timestamp> {
        self.since.filter(|_| self.left == 0)
    }
}

impl Migration {
    /// The new subscription of `line` as `tenancy` shows it: by its id alone. No document vows that both services call it the same (fact
    /// sheet 15.2); where they do not, it has not arrived as far as anybody can prove, for what is alike may be another's.
    pub fn shown_new<'a>(&self, line: &Line, tenancy: &'a Tenancy) -> Option<&'a HeldSubscription> {
        tenancy.subscription(line.bought()?)
    }

    /// Whether the plan of that id is the newest one and not approved yet.
    pub fn awaits_approval(&self, plan: PlanId) -> bool {
        self.approved != Some(plan) && self.plan.as_ref().is_some_and(|newest| newest.id == plan)
    }
}
