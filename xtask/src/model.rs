//! `cargo xtask model`: every state of the purchase protocol within bounds, and the deliberate mistakes that have to be found.
//! Decides nothing itself; the exploration is the testkit's.

use carryover_testkit::model::{Bounds, Explored, Protocol, Variant, explore};
use std::io::{self, Write};

/// What a mistake is looked for with: one line breaks soonest.
const FOR_MISTAKES: Bounds = Bounds { lines: 1, crashes: 1, losses: 1, idles: 2 };

/// Explores the protocol as it is shipped within `bounds`, then each mistake; answers whether all came out as it should.
///
/// # Errors
/// When `out` cannot be written.
pub fn run(bounds: Bounds, out: &mut impl Write) -> io::Result<bool> {
    let Bounds { lines, crashes, losses, idles } = bounds;
    writeln!(
        out,
        "as shipped: {lines} lines, 2 workers, {crashes} crashes, {losses} lost answers, {idles} idle spells"
    )?;
    out.flush()?;
    let Explored { states, depth, broken } = explore(Protocol::new(bounds, Variant::AsShipped));
    let shipped = broken.is_none();
    match broken {
        None => writeln!(out, "  {states} states, up to {depth} moves away: none violates an invariant")?,
        Some((what, moves)) => {
            writeln!(out, "  {what}, after")?;
            for step in moves {
                writeln!(out, "    {step}")?;
            }
        }
    }
    let mut found = true;
    for (mistake, invariant) in Variant::MISTAKES {
        let broken = explore(Protocol::new(FOR_MISTAKES, mistake)).broken;
        let result = match &broken {
            Some((what, moves)) => format!("{what}, after {} moves", moves.len()),
            None => "not found".to_owned(),
        };
        writeln!(out, "{mistake:?}: {result}")?;
        found &= broken.is_some_and(|(what, _)| what.starts_with(invariant));
    }
    Ok(shipped && found)
}
