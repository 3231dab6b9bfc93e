//! What was measured, as one table. Says what was seen; compares with no limit.

use crate::Counts;
use crate::made_up::Size;
use std::io::{self, Write};
use std::time::Duration;

/// What was measured of one size.
pub(crate) struct Measured {
    size: Size,
    /// Time to read the file into typed lines, one entry a sample.
    pub(crate) read: Vec<Duration>,
    /// Time to assess and plan all of its lines, one entry a sample.
    pub(crate) plan: Vec<Duration>,
    pub(crate) counts: Counts,
    /// The most memory that the process has had so far; none where the system does not say.
    pub(crate) peak_kib: Option<u64>,
}

impl Measured {
    pub(crate) fn of(size: Size) -> Self {
        Self { size, read: Vec::new(), plan: Vec::new(), counts: Counts::default(), peak_kib: None }
    }
    /// A filter on the command line leaves sizes out.
    fn is_measured(&self) -> bool {
        !self.read.is_empty() || !self.plan.is_empty()
    }
    fn plan_each(&self) -> Option<f64> {
        Some(median(&self.plan)?.as_secs_f64() / self.size.lines() as f64)
    }
}

/// All sizes, in the order in which they were measured.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Measured>,
}

impl Table {
    pub(crate) fn show(&self, to: &mut impl Write) -> io::Result<()> {
        writeln!(to, "\nmedian of the samples; memory: the peak of the process so far\n")?;
        writeln!(
            to,
            "{:>9} {:>9} {:>10} {:>10} {:>10} {:>12} {:>12} {:>10}",
            "customers", "lines", "read", "plan", "plan/read", "read a line", "plan a line", "peak"
        )?;
        for row in self.rows.iter().filter(|row| row.is_measured()) {
            let (read, plan) = (median(&row.read), median(&row.plan));
            let ratio = read.zip(plan).map(|(read, plan)| plan.as_secs_f64() / read.as_secs_f64());
            let each = |time: Option<Duration>| {
                known(time.map(|time| format!("{:.2} µs", time.as_secs_f64() * 1e6 / row.size.lines() as f64)))
            };
            writeln!(
                to,
                "{:>9} {:>9} {:>10} {:>10} {:>10} {:>12} {:>12} {:>10}",
                row.size.customers,
                row.size.lines(),
                known(read.map(|time| format!("{:.1} ms", time.as_secs_f64() * 1e3))),
                known(plan.map(|time| format!("{:.1} ms", time.as_secs_f64() * 1e3))),
                known(ratio.map(|ratio| format!("{ratio:.2}"))),
                each(read),
                each(plan),
                known(row.peak_kib.map(|kib| format!("{} MiB", kib / 1024))),
            )?;
        }
        let of_ten = || self.rows.iter().filter(|row| row.size.lines_each == 10 && row.is_measured());
        if let (Some(first), Some(last)) = (of_ten().next(), of_ten().next_back())
            && let (Some(small), Some(large)) = (first.plan_each(), last.plan_each())
        {
            writeln!(
                to,
                "\nplanning a line among {} costs {:.2} times what it costs among {}",
                last.size.lines(),
                large / small,
                first.size.lines()
            )?;
        }
        if let Some(Measured { counts, .. }) = self.rows.iter().rfind(|row| row.is_measured()) {
            let Counts { planned, blocked, nothing_to_do, findings } = counts;
            writeln!(
                to,
                "last size: {planned} planned, {blocked} blocked, {nothing_to_do} nothing to do, {findings} findings"
            )?;
        }
        Ok(())
    }
}

fn known(text: Option<String>) -> String {
    text.unwrap_or_else(|| "unknown".to_owned())
}

/// The middle one of `samples`; none where nothing was measured.
fn median(samples: &[Duration]) -> Option<Duration> {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied()
}

/// `VmHWM` of this process.
pub(crate) fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix("kB")?.trim().parse().ok()
}
