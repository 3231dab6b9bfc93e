//! Makes a schedule that breaks something smaller, as long as it still breaks the same invariant.

use super::{Mistake, Op, Schedule, run};

/// The smallest schedule found that breaks what `schedule` breaks; `schedule` itself where it breaks nothing.
#[must_use]
pub fn shrink(schedule: &Schedule, mistake: Option<Mistake>) -> Schedule {
    let Some(code) = broken_code(schedule, mistake) else { return schedule.clone() };
    let fails = |candidate: &Schedule| broken_code(candidate, mistake).as_ref() == Some(&code);
    let mut smallest = schedule.clone();
    loop {
        let before = smallest.clone();
        smallest = without_ops(smallest, &fails);
        smallest = with_less_world(smallest, &fails);
        smallest = with_simpler_ops(smallest, &fails);
        if smallest == before {
            return smallest;
        }
    }
}

/// Which invariant is broken: the words before the colon.
fn broken_code(schedule: &Schedule, mistake: Option<Mistake>) -> Option<String> {
    let (what, _) = run(schedule, mistake).broken?;
    Some(what.split(':').next().unwrap_or_default().to_owned())
}

/// Leaves out halves, quarters, and so on down to single operations.
fn without_ops(mut smallest: Schedule, fails: &impl Fn(&Schedule) -> bool) -> Schedule {
    let mut size = smallest.ops.len().max(1);
    while size > 0 {
        let mut from = 0;
        while from < smallest.ops.len() {
            let mut candidate = smallest.clone();
            candidate.ops.drain(from..(from + size).min(candidate.ops.len()));
            if fails(&candidate) {
                smallest = candidate;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    smallest
}

/// Leaves out lines and customers.
fn with_less_world(mut smallest: Schedule, fails: &impl Fn(&Schedule) -> bool) -> Schedule {
    for customer in (0..smallest.world.customers.len()).rev() {
        for line in (0..smallest.world.customers[customer].lines.len()).rev() {
            let mut candidate = smallest.clone();
            candidate.world.customers[customer].lines.remove(line);
            if candidate.world.customers[customer].lines.is_empty() {
                candidate.world.customers.remove(customer);
            }
            if !candidate.world.customers.is_empty() && fails(&candidate) {
                smallest = candidate;
            }
            if customer >= smallest.world.customers.len() {
                break;
            }
        }
    }
    smallest
}

/// Fewer steps at once.
fn with_simpler_ops(mut smallest: Schedule, fails: &impl Fn(&Schedule) -> bool) -> Schedule {
    for nth in 0..smallest.ops.len() {
        let Op::Go { actor, steps, fate } = smallest.ops[nth] else { continue };
        for fewer in [0, steps / 2, steps.saturating_sub(1)].into_iter().filter(|fewer| *fewer < steps) {
            let mut candidate = smallest.clone();
            candidate.ops[nth] = Op::Go { actor, steps: fewer, fate };
            if fails(&candidate) {
                smallest = candidate;
                break;
            }
        }
    }
    smallest
}
