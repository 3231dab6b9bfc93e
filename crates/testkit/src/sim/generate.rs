//! A schedule out of a number. Many die, sleep and are lost; time passes mostly in minutes, so that the purchase is met.

use super::dice::Dice;
use super::schedule::{CustomerShape, Fate, LineShape, Op, Schedule, Step, Wish, WorldShape};
use super::setting::PRODUCTS;
use carryover_domain::program::SourceProgram;
use carryover_emulator::{Program, SecondCheckout};

/// Programs whose subscriptions are replaced by a purchase.
const PROGRAMS: [Program; 7] = [
    Program::DirectMosa,
    Program::DirectMca,
    Program::Open,
    Program::Ea,
    Program::Mpsa,
    Program::NceOtherPartner,
    Program::Trial,
];

impl Schedule {
    /// The schedule of `seed`: `ops` things that happen to a world in which `workers` work.
    #[must_use]
    pub fn generate(seed: u64, ops: usize, workers: usize) -> Self {
        let workers = workers.max(1);
        let mut dice = Dice::new(seed);
        let world = world(&mut dice);
        let customers = world.customers.len();
        let mut happens = Vec::with_capacity(ops);
        while happens.len() < ops {
            if dice.one_in(12) {
                happens.extend(troubled_purchase(&mut dice, workers, customers));
            } else {
                happens.push(op(&mut dice, workers, customers));
            }
        }
        happens.truncate(ops);
        Self { seed, workers, world, ahead: dice.weighted(&[(2, 1), (1, 3)]), ops: happens }
    }
}

fn world(dice: &mut Dice) -> WorldShape {
    let customers = (0..dice.within(1, 4)).map(|_| customer(dice)).collect();
    WorldShape {
        random: dice.next(),
        second_checkout: if dice.one_in(3) { SecondCheckout::Replay } else { SecondCheckout::Refuse },
        cart_life_minutes: dice.weighted(&[(2, 15), (1, 7 * 24 * 60)]),
        orders_show_after: dice.weighted(&[(1, 0), (1, 15), (2, 30)]),
        customers,
    }
}

fn customer(dice: &mut Dice) -> CustomerShape {
    let hours = |dice: &mut Dice| match dice.within(0, 6) {
        0 => None,
        1 => Some(dice.within(24, 400)),
        _ => Some(dice.within(0, 12)),
    };
    CustomerShape {
        related: !dice.one_in(5),
        accepts_after: hours(dice),
        stops_after: hours(dice),
        lines: (0..dice.within(1, 4)).map(|_| line(dice)).collect(),
    }
}

fn line(dice: &mut Dice) -> LineShape {
    let program = PROGRAMS[dice.within(0, PROGRAMS.len() as u32) as usize];
    let can_renew = SourceProgram::of_word(program.word()).is_some_and(SourceProgram::can_renew);
    let product = dice.within(0, 2) as usize;
    let seats = dice.within(2, 6);
    // Another product takes a user's change of licence, to what is more than the old one.
    let target = if dice.one_in(3) { dice.within(product as u32, PRODUCTS.len() as u32) as usize } else { product };
    LineShape {
        program,
        product,
        target,
        second: target != product && seats.is_multiple_of(2),
        seats,
        users: seats - dice.within(0, 2),
        days: if dice.one_in(4) { dice.within(4, 20) } else { dice.within(1, 4) },
        renews: can_renew && !dice.one_in(3),
        renewal_known: !can_renew || !dice.one_in(3),
    }
}

fn fate(dice: &mut Dice) -> Fate {
    dice.weighted(&[
        (8, Fate::Answered),
        (2, Fate::AnsweredLate),
        (2, Fate::RequestLost),
        (5, Fate::ReplyLost),
        (2, Fate::ArrivesLate),
        (1, Fate::Throttled),
        (1, Fate::NotSent),
        (2, Fate::Lags),
    ])
}

/// The answer that nobody gets is what purchases are about.
fn fate_of_write(dice: &mut Dice) -> Fate {
    dice.weighted(&[
        (3, Fate::Answered),
        (2, Fate::AnsweredLate),
        (2, Fate::RequestLost),
        (6, Fate::ReplyLost),
        (3, Fate::ArrivesLate),
        (1, Fate::Throttled),
        (1, Fate::NotSent),
    ])
}

/// A cart, a checkout that meets something, and what often comes on top of it: single operations seldom fall like this.
fn troubled_purchase(dice: &mut Dice, workers: usize, customers: usize) -> Vec<Op> {
    let [one, other] = [(); 2].map(|()| dice.within(0, workers as u32) as usize);
    let write = |actor, fate| Op::Reach { actor, step: Step::Write, fate };
    let mut happens = vec![Op::Wait, write(one, Fate::Answered), write(one, fate_of_write(dice))];
    if dice.one_in(2) {
        happens.push(Op::LoseCart { customer: dice.within(0, customers as u32) as usize });
    }
    happens.push(if dice.one_in(3) { Op::Crash { actor: one } } else { Op::Finish { actor: one } });
    for _ in 0..dice.within(1, 4) {
        happens.push(Op::Pass { minutes: dice.within(2, 18) });
        happens.push(Op::Finish { actor: other });
    }
    happens
}

fn op(dice: &mut Dice, workers: usize, customers: usize) -> Op {
    let worker = dice.within(0, workers as u32) as usize;
    let actor = if dice.one_in(8) { workers } else { worker };
    let customer = dice.within(0, customers as u32) as usize;
    match dice.within(0, 68) {
        0..8 => Op::Pass { minutes: dice.within(2, 40) },
        8 => Op::Pass { minutes: dice.within(600, 3_000) },
        9..17 => Op::Wait,
        17..26 => Op::Go { actor, steps: dice.within(0, 10), fate: fate(dice) },
        26..36 => Op::Reach { actor, step: Step::Write, fate: fate_of_write(dice) },
        36..40 => Op::Reach { actor, step: Step::Commit, fate: fate(dice) },
        40..44 => Op::Finish { actor },
        44..47 => Op::Crash { actor },
        47 => Op::CrashAll,
        48..51 => Op::Arrive,
        51..54 => Op::Letters,
        54..56 => Op::Ask { customer, what: wish(dice) },
        56..59 => Op::LoseCart { customer },
        59 => Op::ForgetRequests,
        60 => Op::Stick { hours: dice.within(1, 72) },
        61 => Op::FailCheckout,
        62 => Op::Rotate,
        // What got dearer waits for a person, and is bought no more: seldom.
        63 if dice.one_in(4) => Op::Raise { percent: dice.within(1, 30) },
        64 => Op::LoseLeases,
        65 => Op::LoseRelease,
        _ => Op::Hire { customer, line: dice.within(0, 3) as usize },
    }
}

fn wish(dice: &mut Dice) -> Wish {
    let line = dice.within(0, 3) as usize;
    dice.weighted(&[
        (1, Wish::Pause),
        (3, Wish::Resume),
        (1, Wish::Assess),
        (2, Wish::Plan),
        (3, Wish::Approve),
        (3, Wish::GoOn { line }),
        (1, Wish::PlanAgain { line }),
    ])
}
