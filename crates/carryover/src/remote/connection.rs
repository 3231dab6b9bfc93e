//! The way to a server: TLS, who vouches for whom, and the token that is shown. Shows no token to whoever may listen.

use super::answered::deepest;
use crate::cli::ServerArgs;
use crate::failure::Failure;
use std::path::Path;
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};
use url::{Host, Url};
use zeroize::Zeroizing;

/// How long a connection may take.
const WITHIN: Duration = Duration::from_secs(10);
/// How often a silent connection is asked whether it lives: a look at a customer may take minutes.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A connection that shows who we are.
pub(super) type Wire = InterceptedService<Channel, Bearer>;

/// Shows a token with every call, where there is one.
#[derive(Clone)]
pub(super) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// Connects to the server of `wish`. Answers with what people call it, and the connection.
pub(super) async fn open(wish: &ServerArgs) -> Result<(String, Wire), Failure> {
    let ServerArgs { server: Some(server), token_file, ca, certificate, key } = wish else {
        return Err(Failure::input("no server is named; name one with --server"));
    };
    let name = server.as_str().trim_end_matches('/').to_owned();
    let bearer = token_file.as_deref().map(token).transpose()?;
    let is_secret = server.scheme() == "https";
    if bearer.is_some() && !is_secret && !is_here(server) {
        return Err(Failure::input(format!(
            "{name} is not https: whoever listens on the way would have the token; name an https address"
        )));
    }
    let mut endpoint = Endpoint::from_shared(name.clone())
        .map_err(|error| Failure::input(format!("--server {name} cannot be used: {}", deepest(&error))))?
        .connect_timeout(WITHIN)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_while_idle(true);
    if is_secret {
        let mut tls = ClientTlsConfig::new();
        tls = match ca {
            Some(file) => tls.ca_certificate(Certificate::from_pem(read("--ca", file)?)),
            None => tls.with_native_roots(),
        };
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                tls = tls.identity(Identity::from_pem(read("--certificate", certificate)?, &*read("--key", key)?));
            }
            (None, None) => {}
            _ => return Err(Failure::input("--certificate and --key belong together: name both or none")),
        }
        endpoint = endpoint.tls_config(tls).map_err(|error| {
            Failure::input(format!("the certificates for {name} cannot be used: {}; PEM is expected", deepest(&error)))
        })?;
    } else if ca.is_some() || certificate.is_some() {
        return Err(Failure::input(format!(
            "{name} is not https, so certificates mean nothing; name an https address"
        )));
    }
    let channel = endpoint.connect().await.map_err(|error| {
        Failure::failed(format!("the server {name} cannot be reached: {}; nothing was changed", deepest(&error)))
    })?;
    Ok((name, InterceptedService::new(channel, Bearer(bearer))))
}

/// The token in `file`, as it is shown.
fn token(file: &Path) -> Result<MetadataValue<Ascii>, Failure> {
    let bytes = read("--token-file", file)?;
    let text = std::str::from_utf8(&bytes).ok().map(str::trim).filter(|text| !text.is_empty());
    let shown = text.map(|text| Zeroizing::new(format!("Bearer {text}")));
    let mut shown: MetadataValue<Ascii> = shown.and_then(|shown| shown.parse().ok()).ok_or_else(|| {
        Failure::input(format!(
            "--token-file {} holds no token: one line of letters and digits is expected",
            file.display()
        ))
    })?;
    shown.set_sensitive(true);
    Ok(shown)
}

fn read(option: &str, file: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = std::fs::read(file).map(Zeroizing::new);
    bytes.map_err(|error| Failure::input(format!("{option} {} cannot be read: {error}", file.display())))
}

/// Whether what is sent to `server` stays on this machine.
fn is_here(server: &Url) -> bool {
    match server.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
