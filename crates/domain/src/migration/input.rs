//! What can be told to a migration: a person's command, a read's answer, a write's fate, the passing of time.

use super::effect::Effect;
use super::event::Answer;
use crate::aftermath::{Service, Services};
use crate::facts::{Cart, Delivery, Facts, Holder, Purchase, Standing, Tenancy};
use crate::finding::Finding;
use crate::ids::{IntentId, LineId, PlanId, UserId};
use crate::observed::Observed;
use crate::plan::Plan;
use crate::policy::OwnPolicy;
use crate::reply::Outcome;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The moment of a decision: nothing here reads a clock or makes an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// An unused id, in case one is needed.
    pub fresh: IntentId,
}

/// One thing told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A person wants something.
    Command(Command),
    /// A read answered.
    Observation(Observation),
    /// A write answered, or did not.
    Reply {
        /// The write.
        to: Effect,
        /// Its fate.
        reply: Reply,
    },
    /// Time passed.
    Tick,
}

/// What a person can want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Record what was found.
    Assess {
        /// What is known.
        facts: Box<Facts>,
        /// Who asked for it.
        by: String,
    },
    /// Record what was found, and the plan that came of it.
    Survey {
        /// Our standing at that time.
        standing: Standing,
        /// What was found, for each line that may be planned.
        findings: BTreeMap<LineId, Vec<Finding>>,
        /// The plan; none where no line can be planned. The one on record where it says the same.
        plan: Option<Plan>,
        /// Who asked for it.
        by: String,
    },
    /// Record a plan.
    Propose {
        /// The plan.
        plan: Plan,
    },
    /// Approve the newest plan.
    Approve {
        /// Which one: a stale approval is refused.
        plan: PlanId,
        /// Who.
        by: String,
    },
    /// Approve the newest plan and halt everything in the same moment, so that nothing is bought before [`Command::Start`].
    ApproveHeld {
        /// Which one: a stale approval is refused.
        plan: PlanId,
        /// Who.
        by: String,
    },
    /// Let what was approved go on; refused where nothing is.
    Start {
        /// Who.
        by: String,
    },
    /// Give up what was not begun.
    Cancel {
        /// Who.
        by: String,
    },
    /// Change what it is called by or planned by; what is none stays.
    Update {
        /// All labels that it is to have.
        labels: Option<BTreeMap<String, String>>,
        /// All wishes of its own that it is to have.
        own: Option<OwnPolicy>,
        /// Who.
        by: String,
    },
    /// Answer for a line that needs a person.
    Resolve {
        /// The line.
        line: LineId,
        /// The answer.
        answer: Answer,
        /// Who.
        by: String,
    },
    /// Halt everything.
    Pause {
        /// Who.
        by: String,
    },
    /// Let it go on.
    Resume {
        /// Who.
        by: String,
    },
}

/// What a read can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The invitation link.
    Invitation {
        /// The link, the same for every customer.
        link: String,
    },
    /// Our standing.
    Standing(Observed<Standing>),
    /// Everything that a purchase is decided upon.
    Facts {
        /// The line whose day has come.
        line: LineId,
        /// What is known.
        facts: Box<Facts>,
    },
    /// Orders that carry the mark of the line's intent.
    Orders {
        /// The line.
        line: LineId,
        /// The act whose mark was looked for.
        intent: IntentId,
        /// What was found, and when the read left.
        found: Observed<Vec<Purchase>>,
    },
    /// How far the purchase has arrived.
    Delivery {
        /// The line.
        line: LineId,
        /// What Partner Center says, and what the tenant held after that; none while nothing has been delivered.
        found: Option<(Delivery, Observed<Tenancy>)>,
    },
    /// Who holds the old licence.
    Holders {
        /// The line.
        line: LineId,
        /// The users.
        holders: Vec<Holder>,
        /// What the tenant holds: plans and free units of both licences.
        tenancy: Observed<Tenancy>,
    },
    /// How services work for users whose licence was changed.
    Services {
        /// The line.
        line: LineId,
        /// What the look brought.
        seen: ServicesSeen,
    },
    /// What the tenant holds, asked for the sake of the old subscription.
    Source {
        /// The line.
        line: LineId,
        /// What the tenant holds.
        tenancy: Observed<Tenancy>,
        /// How services work for users; none where that was not asked.
        services: Option<Services>,
    },
}

/// What a look at the services of users brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServicesSeen {
    /// The users that were looked at, with their services.
    Of(BTreeMap<UserId, Vec<Service>>),
    /// We may not look, or the tenant's cloud does not answer the question.
    Hidden,
    /// The answer cannot be understood. The next one may be.
    Garbled,
}

/// The fate of a write, with what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Of [`Effect::CreateCart`].
    Cart(Outcome<Cart>),
    /// Of [`Effect::CheckOut`].
    CheckOut(Outcome<Purchase>),
    /// Of [`Effect::SwapLicence`].
    Swap(Outcome<()>),
}

/// An input that the migration does not take. Nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The line is not part of the migration.
    #[error("there is no line {line} in this migration; `carryover show` lists its lines")]
    UnknownLine {
        /// Which one was named.
        line: LineId,
    },
    /// The plan is not the newest one any more.
    #[error("plan {plan} is not the newest plan of this customer; look at it again and approve the newest one")]
    StalePlan {
        /// Which one was named.
        plan: PlanId,
    },
    /// There is no approved plan to start.
    #[error("nothing is approved that could be started; approve the newest plan first")]
    NothingApproved,
    /// The answer does not fit where the line stands.
    #[error("line {line} cannot be answered with {} now: it {stands}; {instead}", answer.word())]
    AnswerDoesNotFit {
        /// The line.
        line: LineId,
        /// The answer.
        answer: Answer,
        /// Where the line stands, in words.
        stands: String,
        /// What to do instead, in words.
        instead: &'static str,
    },
}
