//! The suites that anyone's adapter passes, over ours and the emulator: once as documented, and once as third parties tell it.

use crate::line;
use carryover_emulator::{Auth, Options, Rules, Running, SecondCheckout};
use carryover_partner_center::PartnerCenter;
use carryover_testkit::conformance::services::emulated::{Emulated, World, seed};
use carryover_testkit::conformance::services::{Step, Trouble};

/// A served world, which goes when the case is over.
struct Served(Running);

impl World for Served {
    fn ledger(&self, act: &mut dyn FnMut(&mut carryover_emulator::Ledger)) {
        World::ledger(self.0.emulator(), act);
    }

    fn strike(&self, step: Step, trouble: Trouble) {
        World::strike(self.0.emulator(), step, trouble);
    }

    fn calm(&self) {
        World::calm(self.0.emulator());
    }
}

async fn under(rules: Rules) -> (PartnerCenter, Emulated<Served>) {
    let options = Options { auth: Auth::Strict, rules, bom_share: 3, ..Options::frozen() };
    let (adapter, running) = line::connect(&seed("2026-03-02T08:00:00Z".parse().unwrap()), options).await;
    (adapter, Emulated(Served(running)))
}

mod as_documented {
    use super::{Rules, under};
    use carryover_testkit::conformance;

    async fn fresh() -> (super::PartnerCenter, super::Emulated<super::Served>) {
        under(Rules::usual().slowest()).await
    }

    conformance::commerce!(fresh);
    conformance::catalogue!(fresh);
    conformance::directory!(fresh);
    conformance::subscriptions!(fresh);
    conformance::conversions!(fresh);
    conformance::transfers!(fresh);
    conformance::webhooks!(fresh);
}

mod as_told {
    use super::{Rules, SecondCheckout, under};
    use carryover_testkit::conformance;

    async fn fresh() -> (super::PartnerCenter, super::Emulated<super::Served>) {
        let mut rules = Rules { second_checkout: SecondCheckout::Replay, ..Rules::usual().slowest() };
        rules.readings.codes_as_text = true;
        rules.readings.not_ready_status = 409;
        rules.readings.changes_accepted_later = true;
        under(rules).await
    }

    conformance::commerce!(fresh);
    conformance::directory!(fresh);
    conformance::conversions!(fresh);
    conformance::transfers!(fresh);
    conformance::webhooks!(fresh);
}
