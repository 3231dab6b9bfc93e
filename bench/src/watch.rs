//! What is measured with: time, processor time and memory of this process, and what many measurements come to.

use std::time::{Duration, Instant};

/// How fast steps were taken, and what one of them cost.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) steps_per_second: f64,
    /// Of this process; what a server did is not in it.
    pub(crate) processor_seconds: f64,
}

/// The time of the clock on the wall, and that of this process's processors.
pub(crate) struct Watch {
    began: Instant,
    processor: Duration,
}

impl Watch {
    pub(crate) fn started() -> Self {
        Self { began: Instant::now(), processor: processor() }
    }

    /// What has passed since.
    pub(crate) fn stopped(self) -> Passed {
        Passed { wall: self.began.elapsed(), processor: processor().saturating_sub(self.processor) }
    }
}

/// What has passed.
pub(crate) struct Passed {
    wall: Duration,
    processor: Duration,
}

impl Passed {
    /// That of so many `steps`.
    pub(crate) fn pace(&self, steps: usize) -> Pace {
        let steps = steps as f64;
        Pace {
            steps_per_second: steps / self.wall.as_secs_f64(),
            processor_seconds: self.processor.as_secs_f64() / steps,
        }
    }
}

/// What all threads of this process have had of the processors; none where the system does not say.
fn processor() -> Duration {
    /// As Linux tells it to programs, on every machine.
    const TICKS_A_SECOND: u64 = 100;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may hold anything, come the state and eleven other figures.
    let figures = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = figures.split_whitespace().skip(11).take(2).filter_map(|figure| figure.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND)
}

/// The middle one; of an even number the one after it.
pub(crate) fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

/// The mean.
pub(crate) fn mean(of: Vec<f64>) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

/// Bytes of memory that the process has; 0 where the system does not say.
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default();
    kilobytes * 1024
}
