//! Settings: `carryover.toml`, overlaid by the environment. Secrets come by environment or file reference only.

mod issuer;
mod policy;
mod server;
mod webhooks;

use crate::cli::Cli;
use crate::failure::Failure;
use carryover_domain::ids::TenantId;
use carryover_domain::policy::Policy;
use carryover_domain::value::Country;
use carryover_partner_center::{ClientCertificate, Cloud, Credential, OwnerUser};
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use url::Url;

pub(crate) use server::ServerSettings;

/// The file that is read when none is named.
const USUAL: &str = "carryover.toml";

/// Everything that can be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[serde(default = "usual_database")]
    pub(crate) database: PathBuf,
    #[serde(default = "usual_workers")]
    pub(crate) workers: usize,
    /// Time is read from here instead of the system: an emulator's `/emulator/clock`.
    pub(crate) clock_url: Option<Url>,
    pub(crate) partner: Option<PartnerSettings>,
    #[serde(default)]
    pub(crate) endpoints: Endpoints,
    /// Budgets of the services that are to be kept smaller, by name.
    #[serde(default)]
    pub(crate) pacing: BTreeMap<String, u32>,
    /// Whether the log shows bodies, without names and secrets.
    #[serde(default)]
    pub(crate) log_bodies: bool,
    #[serde(default)]
    pub(crate) server: ServerSettings,
    #[serde(default)]
    pub(crate) webhooks: webhooks::WebhookSettings,
    #[serde(default)]
    policy: policy::PolicySettings,
    /// Where relative paths begin.
    #[serde(skip)]
    folder: PathBuf,
}

pub(crate) fn usual_database() -> PathBuf {
    PathBuf::from("carryover.db")
}

fn usual_workers() -> usize {
    8
}

/// Who we are in Partner Center.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnerSettings {
    tenant_id: String,
    country: String,
    pub(crate) client_id: String,
    /// Which cloud: `global`, `us_government` or `china`.
    #[serde(default)]
    cloud: CloudSetting,
    /// In clouds that tell nothing of customers' agreements: whether they are settled.
    #[serde(default)]
    pub(crate) agreements_settled: bool,
    /// What an owner of the type `User` means: `self_service` or `nothing`.
    #[serde(default)]
    owner_type_user: OwnerUserSetting,
    client_secret_file: Option<PathBuf>,
    client_certificate_file: Option<PathBuf>,
    refresh_token_file: Option<PathBuf>,
}

/// A cloud, in the words of the settings.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CloudSetting {
    #[default]
    Global,
    UsGovernment,
    China,
}

/// What it means that a user owns a tenant's subscription, in the words of the settings.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OwnerUserSetting {
    #[default]
    SelfService,
    Nothing,
}

/// Hosts other than those of the global cloud.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoints {
    pub(crate) partner_center: Option<Url>,
    pub(crate) login: Option<Url>,
    pub(crate) graph: Option<Url>,
}

/// Where the refresh token lives.
pub(crate) enum RefreshToken {
    /// In a file that is rewritten at each use.
    File(PathBuf),
    /// In the environment: good for a trial, for it cannot be renewed there.
    Given(SecretString),
}

impl Settings {
    /// Reads the named file, or `carryover.toml` where there is one, and overlays `CARRYOVER_…` of the environment, in
    /// which `__` parts a table from its key: `CARRYOVER_PARTNER__TENANT_ID`.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or(Path::new(USUAL));
        let file = config::File::from(path).format(config::FileFormat::Toml).required(named.is_some());
        let environment = config::Environment::with_prefix("CARRYOVER").prefix_separator("_").separator("__");
        let environment = environment.source(Some(settings_of_the_environment().collect()));
        let mut settings: Self = config::Config::builder()
            .add_source(file)
            .add_source(environment.try_parsing(true).list_separator(",").with_list_parse_key("policy.holidays"))
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| {
                let text = error.to_string();
                let why = missing(&text).unwrap_or_else(|| sentence(&text));
                Failure::input(format!("the configuration in {} cannot be used: {why}", path.display()))
            })?;
        settings.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(settings)
    }

    /// Who we are in Partner Center, for a command that talks to it.
    pub(crate) fn needed_partner(&self) -> Result<&PartnerSettings, Failure> {
        self.partner.as_ref().ok_or_else(|| {
            Failure::input(
                "this command talks to Partner Center and needs the [partner] part of carryover.toml; the README shows one",
            )
        })
    }

    /// The policy of the rule book with what the settings change.
    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        self.policy.over_the_rule_book()
    }

    /// The same as a JSON object with the keys of the settings, for whoever works through a server.
    pub(crate) fn policy_json(&self) -> Result<String, Failure> {
        serde_json::to_string(&self.policy)
            .map_err(|error| Failure::failed(format!("the policy cannot be told: {error}")))
    }

    /// A path of the settings, from the folder of the configuration file where it is relative.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// The policy that [`Settings::policy_json`] tells of, at another machine.
pub(crate) fn policy_of_json(text: &str) -> Result<Policy, Failure> {
    let settings: policy::PolicySettings = serde_json::from_str(text)
        .map_err(|error| Failure::failed(format!("the server's policy cannot be read: {error}")))?;
    settings.over_the_rule_book()
}

/// The sentence for a setting that `text` calls missing: its name, and what it looks like.
fn missing(text: &str) -> Option<String> {
    let (key, _) = text.strip_prefix("missing configuration field \"")?.split_once('"')?;
    // A place in a list stands without a point before what is missing there.
    let key = key.replace(']', "].").replace("]..", "].");
    let name = key.rsplit('.').next().unwrap_or(&key);
    let like = match name {
        "tenant_id" | "client_id" | "sku_id" => "\"00000000-0000-0000-0000-000000000000\"",
        "country" => "\"DE\"",
        "name" => "\"ana\"",
        "sha256" => "\"…\", of 64 hexadecimal digits",
        "roles" => "[\"viewer\"]",
        "certificate" | "key" => "\"server.pem\", a file in PEM",
        "issuer" => "\"https://login.microsoftonline.com/TENANT/v2.0\"",
        "audience" => "\"APPLICATION\"",
        "term" => "\"P1Y\"",
        "billing" => "\"annual\"",
        "from" | "until" => "\"2026-12-31\"",
        "price" => "\"264.00\"",
        "currency" => "\"EUR\"",
        "offer" => "\"CFQ7TTC0LCHC:0002\"",
        "off_pct" => "\"15\"",
        _ => return Some(format!("{key} is missing")),
    };
    Some(format!("{key} is missing; it is written like {name} = {like}"))
}

/// `text` on one line, without the picture of the place that a TOML error draws.
fn sentence(text: &str) -> String {
    let is_picture = |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    let lines: Vec<&str> = text.lines().filter(|line| !is_picture(line)).map(str::trim).collect();
    lines.join(": ")
}

/// The variables that stand for settings of the file: neither for an option, nor for the log, nor for a secret.
fn settings_of_the_environment() -> impl Iterator<Item = (String, String)> {
    const OWN: [&str; 3] = ["CARRYOVER_LOG", "CARRYOVER_CLIENT_SECRET", "CARRYOVER_REFRESH_TOKEN"];
    let options = Cli::variables();
    let given =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    given.filter(move |(name, _)| {
        let ours = name.starts_with("CARRYOVER_") && !OWN.contains(&name.as_str());
        ours && !options.contains(OsStr::new(name))
    })
}

impl PartnerSettings {
    pub(crate) fn tenant(&self) -> Result<TenantId, Failure> {
        self.tenant_id.parse().map_err(|error| Failure::input(format!("partner.tenant_id: {error}")))
    }

    pub(crate) fn country(&self) -> Result<Country, Failure> {
        self.country.parse().map_err(|error| Failure::input(format!("partner.country: {error}")))
    }

    pub(crate) fn cloud(&self) -> Cloud {
        match self.cloud {
            CloudSetting::Global => Cloud::Global,
            CloudSetting::UsGovernment => Cloud::UsGovernment,
            CloudSetting::China => Cloud::China,
        }
    }

    pub(crate) fn owner_user(&self) -> OwnerUser {
        match self.owner_type_user {
            OwnerUserSetting::SelfService => OwnerUser::SelfService,
            OwnerUserSetting::Nothing => OwnerUser::Nothing,
        }
    }

    /// What the application proves itself with: the certificate that the settings name, else its secret.
    pub(crate) fn credential(&self, settings: &Settings) -> Result<Credential, Failure> {
        let Some(file) = &self.client_certificate_file else {
            return self.client_secret(settings).map(Credential::Secret);
        };
        let path = settings.resolve(file);
        let cannot = |why: &dyn std::fmt::Display| {
            Failure::input(format!("partner.client_certificate_file {}: {why}", path.display()))
        };
        let pem = std::fs::read_to_string(&path).map(SecretString::from).map_err(|error| cannot(&error))?;
        ClientCertificate::of_pem(&pem).map(Credential::Certificate).map_err(|error| cannot(&error))
    }

    /// The application's secret, from `CARRYOVER_CLIENT_SECRET` or the file that the settings name.
    fn client_secret(&self, settings: &Settings) -> Result<SecretString, Failure> {
        if let Ok(secret) = std::env::var("CARRYOVER_CLIENT_SECRET") {
            return Ok(SecretString::from(secret));
        }
        let Some(file) = &self.client_secret_file else {
            return Err(Failure::input(
                "the application's secret is missing: set partner.client_secret_file, partner.client_certificate_file or CARRYOVER_CLIENT_SECRET",
            ));
        };
        let path = settings.resolve(file);
        std::fs::read_to_string(&path).map(|text| SecretString::from(text.trim().to_owned())).map_err(|error| {
            Failure::input(format!("partner.client_secret_file {} cannot be read: {error}", path.display()))
        })
    }

    /// Where the refresh token lives: the file that the settings name, or `CARRYOVER_REFRESH_TOKEN`.
    pub(crate) fn refresh_token(&self, settings: &Settings) -> Result<RefreshToken, Failure> {
        match (&self.refresh_token_file, std::env::var("CARRYOVER_REFRESH_TOKEN")) {
            (Some(file), _) => Ok(RefreshToken::File(settings.resolve(file))),
            (None, Ok(token)) => Ok(RefreshToken::Given(SecretString::from(token))),
            (None, Err(_)) => Err(Failure::input(
                "the refresh token is missing: set partner.refresh_token_file or CARRYOVER_REFRESH_TOKEN",
            )),
        }
    }
}
