//! What the testkit has in memory keeps the promises that others are tested on.

use carryover_testkit::MemoryStore;

carryover_testkit::conformance::store!(|| (MemoryStore::new(), ()));

mod services {
    use carryover_emulator::Rules;
    use carryover_ports::{Catalogue, Commerce, Conversions, Directory, Subscriptions, Transfers, Webhooks};
    use carryover_testkit::conformance;
    use carryover_testkit::conformance::services::emulated::{Emulated, seed};
    use carryover_testkit::sim::{InMemory, in_memory};

    async fn fresh()
    -> (impl Commerce + Catalogue + Directory + Subscriptions + Conversions + Transfers + Webhooks, Emulated<InMemory>)
    {
        let start = "2026-03-02T08:00:00Z".parse().expect("an instant");
        let (adapter, world) = in_memory(seed(start), Rules::usual().slowest());
        (adapter, Emulated(world))
    }

    conformance::commerce!(fresh);
    conformance::catalogue!(fresh);
    conformance::directory!(fresh);
    conformance::subscriptions!(fresh);
    conformance::conversions!(fresh);
    conformance::transfers!(fresh);
    conformance::webhooks!(fresh);
}
