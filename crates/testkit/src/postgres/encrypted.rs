//! A cluster that speaks TLS, with a certificate of an authority of its own, both made here by openssl.

use super::{Cluster, Flush, is_root, run, told};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// A cluster that speaks TLS as `localhost`, and the file with the certificate of the authority that says so. None, and the
/// reason on stdout, where it cannot be had.
///
/// # Panics
/// When it cannot be had and `CARRYOVER_REQUIRE_POSTGRES` is `1`.
pub fn encrypted() -> Option<(Cluster, PathBuf)> {
    told(
        Cluster::start(Flush::No).and_then(|cluster| cluster.encrypt().map(|authority| (cluster, authority))),
        "openssl",
    )
}

impl Cluster {
    fn encrypt(&self) -> Result<PathBuf, String> {
        let said = |error: std::io::Error| error.to_string();
        let folder = self.folder.join("tls");
        std::fs::create_dir(&folder).map_err(said)?;
        std::fs::write(folder.join("names"), "subjectAltName = DNS:localhost\n").map_err(said)?;
        let openssl =
            |arguments: &str| run(Command::new("openssl").args(arguments.split(' ')).current_dir(&folder)).map(drop);
        openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=authority")?;
        openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server")?;
        openssl(
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 30 -extfile names",
        )?;
        if is_root() {
            run(Command::new("chown").arg("-R").arg("postgres").arg(&folder))?;
        }
        let mut settings =
            std::fs::File::options().append(true).open(self.folder.join("data/postgresql.conf")).map_err(said)?;
        let file = |name: &str| folder.join(name).display().to_string();
        let (certificate, key) = (file("server.crt"), file("server.key"));
        writeln!(settings, "ssl=on\nssl_cert_file='{certificate}'\nssl_key_file='{key}'").map_err(said)?;
        drop(settings);
        self.control("restart")?;
        Ok(folder.join("ca.crt"))
    }
}
