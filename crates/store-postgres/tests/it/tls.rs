//! TLS to the server: what is encrypted, who is believed, and what is said when that is nobody we know.

use carryover_store_postgres::{Address, PostgresStore};
use carryover_testkit::postgres::{self, Cluster};

async fn open(address: &str) -> Result<PostgresStore, String> {
    let address = Address::parse(address).map_err(|error| error.to_string())?;
    PostgresStore::open(&address).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_believed_by_its_name_and_by_the_authority_that_the_address_names() {
    let Some((cluster, authority)) = postgres::encrypted() else { return };
    let database = cluster.database();
    let (name, port) = (Cluster::name_of(&database), cluster.port());
    let with = |host: &str, rest: &str| format!("postgres://postgres@{host}:{port}/{name}?{rest}");
    let root = format!("sslrootcert={}", authority.display());

    for mode in ["require", "verify-full"] {
        let store = open(&with("localhost", &format!("sslmode={mode}&{root}"))).await.expect("it is believed");
        let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                         WHERE application_name = 'carryover'";
        assert_eq!(cluster.sql(name, encrypted).trim(), "t");
        drop(store);
    }
    let other_name = open(&with("127.0.0.1", &format!("sslmode=verify-full&{root}"))).await.expect_err("another name");
    assert!(other_name.contains("certificate"), "{other_name}");
    let unknown = open(&with("localhost", "sslmode=require")).await.expect_err("an authority that nobody knows");
    assert!(unknown.contains("certificate"), "{unknown}");
    let missing = open(&with("localhost", "sslmode=require&sslrootcert=/none/ca.crt")).await.expect_err("no file");
    assert!(missing.contains("/none/ca.crt"), "{missing}");
}
