//! What the testkit has in memory keeps the promises that others are tested on.

use carryover_testkit::MemoryStore;

carryover_testkit::conformance::store!(|| (MemoryStore::new(), ()));

mod services {
    use carryover_emulator::{Rules, Seed};
    use carryover_ports::{
        Catalogue, Commerce, Conversions, Customers, Directory, Licences, Resellers, Stock, Subscriptions, Transfers,
        Webhooks,
    };
    use carryover_testkit::conformance;
    use carryover_testkit::conformance::services::emulated::{Emulated, provider_seed, seed};
    use carryover_testkit::sim::{InMemory, in_memory};

    fn over(
        seed: Seed,
    ) -> (
        impl Commerce
        + Catalogue
        + Customers
        + Directory
        + Subscriptions
        + Conversions
        + Transfers
        + Webhooks
        + Resellers
        + Licences
        + Stock,
        Emulated<InMemory>,
    ) {
        let (adapter, world) = in_memory(seed, Rules::usual().slowest());
        (adapter, Emulated(world))
    }

    const START: jiff::Timestamp = jiff::Timestamp::constant(1_772_438_400, 0);

    /// We sell ourselves.
    macro_rules! fresh {
        () => {
            async || over(seed(START))
        };
    }

    conformance::commerce!(fresh!());
    conformance::catalogue!(fresh!());
    conformance::directory!(fresh!());
    conformance::customers!(fresh!());
    conformance::subscriptions!(fresh!());
    conformance::conversions!(fresh!());
    conformance::transfers!(fresh!());
    conformance::webhooks!(fresh!());
    conformance::licences!(fresh!());
    conformance::stock!(fresh!());

    conformance::resellers!(async || over(provider_seed(START)));
}
