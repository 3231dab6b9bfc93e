//! Budgets in memory keep every promise of budgets.

use carryover_partner_center::MemoryBudgets;
use carryover_ports::Clock;
use jiff::Timestamp;
use std::sync::Arc;

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

carryover_testkit::conformance::budgets!(|| (MemoryBudgets::new(Arc::new(SystemClock)), ()));
