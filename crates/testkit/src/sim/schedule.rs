//! What a run is made of: a world, and what happens to it, one thing after the other. Plain data that can be kept in a file.

use carryover_emulator::{Program, SecondCheckout};
use serde::{Deserialize, Serialize};

/// A world and everything that happens to it. The same schedule always gives the same run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// What it was generated from.
    pub seed: u64,
    /// How many workers share the migrations; at least 1.
    pub workers: usize,
    /// The world at the start.
    pub world: WorldShape,
    /// Leases that a worker takes at once, with their logs read right then; those whose turns come later wait meanwhile.
    #[serde(default = "one")]
    pub ahead: usize,
    /// What happens, in this order.
    pub ops: Vec<Op>,
}

/// What was meant before leases were taken ahead.
fn one() -> usize {
    1
}

/// The world at the start: Microsoft's conduct, and the customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldShape {
    /// Decides every delay of the service.
    pub random: u64,
    /// What a second checkout of a cart gets.
    pub second_checkout: SecondCheckout,
    /// How long a cart lives.
    pub cart_life_minutes: u32,
    /// Minutes after which an order shows at the latest, up to 30: half of them at least.
    pub orders_show_after: u32,
    /// The customers.
    pub customers: Vec<CustomerShape>,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerShape {
    /// Whether it has accepted us and signed before the run.
    pub related: bool,
    /// Hours from the invitation to its acceptance; never where absent.
    pub accepts_after: Option<u32>,
    /// Hours from being asked to stop a renewal to doing it; never where absent.
    pub stops_after: Option<u32>,
    /// Its old subscriptions.
    pub lines: Vec<LineShape>,
}

/// One old subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineShape {
    /// The program it was bought under.
    pub program: Program,
    /// Which product it is: 0 is Business Basic, 1 Business Standard, 2 Business Premium.
    pub product: usize,
    /// Which of them it is to become; what follows has all that comes before.
    pub target: usize,
    /// Whether its users are to get a second licence with another product, as Teams beside a suite without it.
    #[serde(default)]
    pub second: bool,
    /// Seats paid for.
    pub seats: u32,
    /// Users who hold its product through it.
    pub users: u32,
    /// Days from the start to its last day.
    pub days: u32,
    /// Whether it renews. This is the truth.
    pub renews: bool,
    /// Whether the partner knows whether it renews.
    pub renewal_known: bool,
}

/// One thing that happens. Workers, customers and lines are counted from 0; numbers that are too great count on from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// Time passes.
    Pass {
        /// How much.
        minutes: u32,
    },
    /// Time passes until a migration is to be looked at.
    Wait,
    /// An actor goes on: so many steps that go well, and one that meets `fate`. A worker that is at nothing leases what is due
    /// first.
    Go {
        /// A worker, or the operator, who comes after the last one.
        actor: usize,
        /// How many steps go well.
        steps: u32,
        /// What meets the next one.
        fate: Fate,
    },
    /// An actor goes on, and all goes well, up to its next step of that kind, which meets `fate`. A worker that is at nothing
    /// leases what is due first.
    Reach {
        /// A worker, or the operator.
        actor: usize,
        /// The kind of step.
        step: Step,
        /// What meets it.
        fate: Fate,
    },
    /// An actor goes on to the end, and all goes well. A worker that is at nothing leases what is due first.
    Finish {
        /// A worker, or the operator.
        actor: usize,
    },
    /// An actor dies where it stands: what it has sent is sent, what it has not committed is lost.
    Crash {
        /// A worker, or the operator.
        actor: usize,
    },
    /// Everybody dies.
    CrashAll,
    /// The oldest request that is still on its way arrives.
    Arrive,
    /// People get the letters that they should get by now.
    Letters,
    /// The operator begins to do something, unless it is at something.
    Ask {
        /// Which customer it is about.
        customer: usize,
        /// What.
        what: Wish,
    },
    /// The service loses the newest cart of a customer, ordered or not.
    LoseCart {
        /// Which customer.
        customer: usize,
    },
    /// The service forgets which request ids it has seen.
    ForgetRequests,
    /// What the next checkout orders stays pending for hours.
    Stick {
        /// How many.
        hours: u32,
    },
    /// The next checkout orders nothing of what is in the cart.
    FailCheckout,
    /// Every availability id changes; carts that were made before are stale.
    Rotate,
    /// Everything gets dearer, and is sold under other availability ids.
    Raise {
        /// By how much.
        percent: u32,
    },
    /// What is due is leased, and the answer never reaches whoever asked: nobody works under those leases.
    LoseLeases,
    /// The next lease that is given back after a turn that failed is not: nobody hears of it.
    LoseRelease,
    /// The customer gives a free, lasting seat of a line's old product to somebody new.
    Hire {
        /// Which customer.
        customer: usize,
        /// Which line.
        line: usize,
    },
}

/// What an actor can be about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Read a log from the store.
    Load,
    /// Commit.
    Commit,
    /// Read outside.
    Read,
    /// Change something outside.
    Write,
    /// Take an answer that was late.
    Receive,
}

/// What meets one step of an actor: a call outside, or a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is done and answered.
    Answered,
    /// It is done; the answer is there when the actor goes on again.
    AnsweredLate,
    /// It never arrives, and nobody knows.
    RequestLost,
    /// It is done, and nobody knows.
    ReplyLost,
    /// The caller gives up; it arrives later, if at all.
    ArrivesLate,
    /// A call is turned away as too many; a commit is done.
    Throttled,
    /// It never leaves; a commit is refused, because the disk is full.
    NotSent,
    /// A read shows what was true before the latest writes; all else is done and answered.
    Lags,
}

/// What an operator can want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Wish {
    /// Halt the customer.
    Pause,
    /// Let it go on.
    Resume,
    /// Look again at what stands in the way.
    Assess,
    /// Make a new plan.
    Plan,
    /// Approve the newest plan.
    Approve,
    /// What stood in the way of a line is settled.
    GoOn {
        /// Which line.
        line: usize,
    },
    /// Take a line out of its plan.
    PlanAgain {
        /// Which line.
        line: usize,
    },
}

impl Fate {
    /// Every fate.
    pub const ALL: [Self; 8] = [
        Self::Answered,
        Self::AnsweredLate,
        Self::RequestLost,
        Self::ReplyLost,
        Self::ArrivesLate,
        Self::Throttled,
        Self::NotSent,
        Self::Lags,
    ];
}
