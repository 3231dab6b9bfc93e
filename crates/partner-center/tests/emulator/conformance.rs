//! The suites that anyone's adapter passes, over ours and the emulator: once as documented, and once as third parties tell it.

use crate::line;
use carryover_emulator::{Auth, Options, Rules, Running, SecondCheckout, Seed};
use carryover_partner_center::PartnerCenter;
use carryover_testkit::conformance::services::emulated::{Emulated, World, provider_seed, seed};
use carryover_testkit::conformance::services::{Step, Trouble};

/// A served world, which goes when the case is over.
pub(crate) struct Served(Running);

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

pub(crate) async fn under(rules: Rules, seed: Seed) -> (PartnerCenter, Emulated<Served>) {
    let options = Options { auth: Auth::Strict, rules, ..Options::frozen() };
    let (adapter, running) = line::connect(&seed, options).await;
    (adapter, Emulated(Served(running)))
}

pub(crate) const START: jiff::Timestamp = jiff::Timestamp::constant(1_772_438_400, 0);

mod as_documented {
    use super::{Emulated, PartnerCenter, Rules, START, Served, provider_seed, seed, under};
    use carryover_testkit::conformance;

    async fn fresh() -> (PartnerCenter, Emulated<Served>) {
        under(Rules::usual().slowest(), seed(START)).await
    }

    async fn provider() -> (PartnerCenter, Emulated<Served>) {
        under(Rules::usual().slowest(), provider_seed(START)).await
    }

    conformance::commerce!(fresh);
    conformance::catalogue!(fresh);
    conformance::directory!(fresh);
    conformance::customers!(fresh);
    conformance::subscriptions!(fresh);
    conformance::conversions!(fresh);
    conformance::transfers!(fresh);
    conformance::webhooks!(fresh);
    conformance::resellers!(provider);
    conformance::licences!(fresh);
    conformance::stock!(fresh);
}

/// What is not verified how it is spelled, in the other spelling (fact sheet 15.6, 26).
mod in_snake_case {
    use super::{Emulated, PartnerCenter, Rules, START, Served, seed, under};
    use carryover_emulator::ActionWords;
    use carryover_testkit::conformance;

    async fn fresh() -> (PartnerCenter, Emulated<Served>) {
        let mut rules = Rules::usual().slowest();
        rules.readings.action_words = ActionWords::Snake;
        under(rules, seed(START)).await
    }

    conformance::subscriptions!(fresh);
}

mod as_told {
    use super::{Emulated, PartnerCenter, Rules, START, SecondCheckout, Seed, Served, provider_seed, seed, under};
    use carryover_testkit::conformance;

    async fn told(seed: Seed) -> (PartnerCenter, Emulated<Served>) {
        let mut rules = Rules { second_checkout: SecondCheckout::Replay, ..Rules::usual().slowest() };
        rules.readings.codes_as_text = true;
        rules.readings.not_ready_status = 409;
        rules.readings.changes_accepted_later = true;
        under(rules, seed).await
    }

    async fn fresh() -> (PartnerCenter, Emulated<Served>) {
        told(seed(START)).await
    }

    async fn provider() -> (PartnerCenter, Emulated<Served>) {
        told(provider_seed(START)).await
    }

    conformance::commerce!(fresh);
    conformance::catalogue!(fresh);
    conformance::directory!(fresh);
    conformance::customers!(fresh);
    conformance::subscriptions!(fresh);
    conformance::conversions!(fresh);
    conformance::transfers!(fresh);
    conformance::webhooks!(fresh);
    conformance::resellers!(provider);
    conformance::licences!(fresh);
    conformance::stock!(fresh);
}
