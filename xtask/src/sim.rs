//! `cargo xtask sim`: the engine in simulated worlds, many of them, each from a seed of its own; the first that breaks is
//! shrunk, shown and kept. Decides nothing itself; the simulation is the testkit's.

use anyhow::Context;
use carryover_testkit::sim::{Counts, Ran, Schedule, run, shrink};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The first seed.
    pub seed: u64,
    /// How many, one after the other.
    pub seeds: u64,
    /// Operations of each.
    pub ops: usize,
    /// Workers in each world.
    pub workers: usize,
}

/// What one thread has done.
#[derive(Default)]
struct Part {
    counts: Counts,
    done: u64,
    /// Seeds whose run broke something, and what.
    broken: Vec<(u64, String)>,
}

/// Worlds from which on their averages are judged.
const MANY: u64 = 100;
/// Of a hundred lines that come to an end at least so many close: an engine that stops every line before a person breaks no promise, and
/// keeps none. Usually they are 76 and more.
const CLOSED_MIN: u64 = 60;
/// Purchases in a hundred worlds, at least. Usually they are 360 and more.
const PURCHASES_MIN: u64 = 250;

/// Runs what is `wanted` on all processors; answers whether everything held, and whether work was done. Where something did not, its
/// shrunk schedule is written below `folder`.
///
/// # Errors
/// When `out` or the file cannot be written.
pub fn run_all(wanted: Wanted, folder: &Path, out: &mut impl Write) -> anyhow::Result<bool> {
    let Wanted { seed, seeds, ops, workers } = wanted;
    let began = Instant::now();
    let bar = ProgressBar::new(seeds).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} worlds, {per_sec}, {eta} left, {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let some = || {
        let mut part = Part::default();
        while !stop.load(Ordering::Relaxed) {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= seeds {
                break;
            }
            let seed = seed.wrapping_add(nth);
            let ran = run(&Schedule::generate(seed, ops, workers), None);
            part.counts = part.counts.and(ran.counts);
            part.done += 1;
            if let Some((what, _)) = ran.broken {
                part.broken.push((seed, what));
                // One is enough to work on.
                stop.store(true, Ordering::Relaxed);
            }
            bar.inc(1);
        }
        part
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Part> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(some)).collect();
        running.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    bar.finish_and_clear();
    let counts = parts.iter().fold(Counts::default(), |sum, part| sum.and(part.counts));
    let done = parts.iter().map(|part| part.done).sum();
    let mut broken: Vec<&(u64, String)> = parts.iter().flat_map(|part| &part.broken).collect();
    broken.sort();
    if let Some((seed, what)) = broken.first() {
        writeln!(out, "seed {seed}: {what}")?;
        let small = shrink(&Schedule::generate(*seed, ops, workers), None);
        let file = kept(&small, folder)?;
        show(&small, &run(&small, None), out)?;
        writeln!(out, "kept; run it again: cargo xtask sim --replay {}", file.display())?;
    }
    writeln!(out, "{}", summary(done, &counts, broken.len(), began.elapsed()))?;
    let idle = idle(done, &counts);
    if let Some(why) = &idle {
        writeln!(out, "{why}")?;
    }
    Ok(broken.is_empty() && idle.is_none())
}

/// Why so many worlds prove nothing: hardly anything was bought in them, or brought to its end.
fn idle(seeds: u64, counts: &Counts) -> Option<String> {
    let Counts { purchases, closed, stopped, .. } = counts;
    let too_few = *purchases * 100 < PURCHASES_MIN * seeds || *closed * 100 < CLOSED_MIN * (closed + stopped);
    (seeds >= MANY && too_few).then(|| {
        format!(
            "that proves little: at least {PURCHASES_MIN} purchases in a hundred worlds are expected, and that of a hundred lines \
             {CLOSED_MIN} close"
        )
    })
}

/// Runs the schedule in `file` and shows what is committed; answers whether everything held.
///
/// # Errors
/// When the file cannot be read or is no schedule, or `out` cannot be written.
pub fn replay(file: &Path, out: &mut impl Write) -> anyhow::Result<bool> {
    let began = Instant::now();
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let schedule: Schedule = serde_json::from_str(&text)
        .with_context(|| format!("{} holds no schedule as `cargo xtask sim` writes one", file.display()))?;
    let ran = run(&schedule, None);
    show(&schedule, &ran, out)?;
    writeln!(out, "{}", summary(1, &ran.counts, usize::from(ran.broken.is_some()), began.elapsed()))?;
    Ok(ran.broken.is_none())
}

/// The operations, the events, and what did not hold.
fn show(schedule: &Schedule, ran: &Ran, out: &mut impl Write) -> anyhow::Result<()> {
    for (nth, op) in (1..).zip(&schedule.ops) {
        writeln!(out, "  {nth:3} {op:?}")?;
    }
    for event in &ran.log {
        writeln!(out, "  {event}")?;
    }
    match &ran.broken {
        Some((what, after)) if *after <= schedule.ops.len() => writeln!(out, "{what}, after operation {after}")?,
        Some((what, _)) => writeln!(out, "{what}, after all operations, when nothing befell anybody any more")?,
        None => {}
    }
    Ok(())
}

fn kept(schedule: &Schedule, folder: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let file = folder.join(format!("seed-{}.json", schedule.seed));
    let text = serde_json::to_string_pretty(schedule)?;
    fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

fn summary(seeds: u64, counts: &Counts, violations: usize, took: Duration) -> String {
    let Counts { ops, steps, crashes, lost_replies, purchases, closed, stopped } = counts;
    format!(
        "{seeds} seeds, {ops} operations, {steps} steps, {crashes} crashes, {lost_replies} lost replies, \
         {purchases} purchases, {closed} lines closed, {stopped} before a person, {violations} violations, {:.1} s",
        took.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use super::{Counts, idle};

    #[test]
    fn worlds_in_which_hardly_anything_is_bought_or_closed_prove_little() {
        let counts = |purchases, closed, stopped| Counts { purchases, closed, stopped, ..Counts::default() };
        assert_eq!(idle(200, &counts(724, 645, 204)), None);
        assert_eq!(idle(1, &counts(0, 0, 4)), None, "one world may be like that");
        for idle_world in [counts(0, 0, 0), counts(499, 645, 204), counts(724, 0, 849), counts(724, 500, 349)] {
            let why = idle(200, &idle_world).expect("too few");
            assert!(why.contains("proves little"), "{why}");
        }
    }
}
