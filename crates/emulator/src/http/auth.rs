//! Signing in, and what a token allows (fact sheet 2).
//!
//! Access tokens are signed, refresh tokens sealed with the seed: enough to tell ours from others, no protection at all
//! against somebody who knows the seed and the key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::form_urlencoded;

use super::assertion;
use super::call::{Call, Reply};
use super::token::{self, Audience, Kind, Token};
use crate::ids::TenantId;
use crate::ledger::{Ledger, SignIn};
use crate::prng;
use crate::seed::Right;

/// How closely callers are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Client, secret, refresh token, audience, kind and expiry must be right.
    Strict,
    /// Any bearer token that is not empty will do.
    Lenient,
}

/// Seconds that an access token lives.
const LIFETIME: i64 = 3599;

/// Why a caller was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// No token at all.
    Missing,
    /// Not one of ours, or too old.
    Invalid,
    /// For another service.
    Audience,
    /// An application alone may not do this.
    AppOnly,
    /// The user did not pass multi-factor authentication.
    NoMfa,
    /// The user lacks a role, or the application a permission.
    Role,
}

/// What a call asks of its caller.
pub(crate) struct Needs {
    /// A signed-in user.
    pub(crate) user: bool,
    /// One right out of each set, of a user.
    pub(crate) rights: Vec<&'static [Right]>,
}

impl Needs {
    fn met(&self, ledger: &Ledger) -> Result<(), Denied> {
        if self.rights.iter().all(|any| ledger.may(any)) { Ok(()) } else { Err(Denied::Role) }
    }
}

/// Checks a caller of Partner Center. Whoever signs in with nothing passes for the user.
pub(crate) fn partner_center(call: &Call, ledger: &Ledger, auth: Auth, needs: &Needs) -> Result<(), Denied> {
    let bearer = call.bearer().ok_or(Denied::Missing)?;
    if auth == Auth::Lenient {
        return needs.met(ledger);
    }
    let token = valid(bearer, ledger)?;
    if token.audience != Audience::PartnerCenter || token.tenant != ledger.seed().partner.tenant_id {
        return Err(Denied::Audience);
    }
    match token.kind {
        Kind::App if needs.user => Err(Denied::AppOnly),
        // Roles are a user's; an application has what its registration says.
        Kind::App => Ok(()),
        Kind::AppAndUser if lacks_mfa(ledger) => Err(Denied::NoMfa),
        Kind::AppAndUser => needs.met(ledger),
    }
}

/// Whether a caller of Partner Center is a signed-in user. Whoever signs in with nothing passes for one.
pub(crate) fn is_user(call: &Call, ledger: &Ledger, auth: Auth) -> bool {
    match (auth, call.bearer()) {
        (_, None) => false,
        (Auth::Lenient, Some(bearer)) => {
            // An application's own token says what it is here, too.
            Token::read(bearer, &ledger.seed().partner.client_id).is_none_or(|token| token.kind == Kind::AppAndUser)
        }
        (Auth::Strict, Some(bearer)) => valid(bearer, ledger).is_ok_and(|token| token.kind == Kind::AppAndUser),
    }
}

/// Whether multi-factor authentication is enforced by now, and the user has not passed it.
fn lacks_mfa(ledger: &Ledger) -> bool {
    let enforced = ledger.rules().readings.mfa_enforced_from.is_some_and(|from| from <= ledger.now());
    enforced && !ledger.seed().partner.programme.mfa
}

/// Checks a caller of Graph, and finds out whose tenant it means.
pub(crate) fn graph(call: &Call, ledger: &Ledger, auth: Auth) -> Result<TenantId, Denied> {
    let bearer = call.bearer().ok_or(Denied::Missing)?;
    if auth == Auth::Lenient {
        let named = bearer.strip_prefix("tenant:").or(call.header("x-emulator-tenant"));
        if let Some(tenant) = named.and_then(|tenant| tenant.trim().parse().ok()) {
            return Ok(tenant);
        }
    }
    let token = match auth {
        Auth::Strict => valid(bearer, ledger)?,
        // Age does not matter here, only whose tenant the token is for.
        Auth::Lenient => Token::read(bearer, &ledger.seed().partner.client_id).ok_or(Denied::Invalid)?,
    };
    if token.audience != Audience::Graph {
        return Err(Denied::Audience);
    }
    Ok(token.tenant)
}

fn valid(bearer: &str, ledger: &Ledger) -> Result<Token, Denied> {
    Token::read(bearer, &ledger.seed().partner.client_id)
        .filter(|token| ledger.now().as_second() < token.expires)
        .ok_or(Denied::Invalid)
}

/// Hands out tokens: `POST /{tenant}/oauth2/token` and `/{tenant}/oauth2/v2.0/token`.
pub(crate) fn sign_in(call: &Call, ledger: &mut Ledger, auth: Auth) -> Reply {
    let form = call.form();
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or("");
    let now = ledger.now();
    let refuse = |error, code, text: &str| refusal(error, code, text, now);
    let v2 = call.path.to_ascii_lowercase().ends_with("/v2.0/token");
    let partner = ledger.seed().partner.clone();
    let strict = auth == Auth::Strict;

    let Some(tenant) = call.segments.first().and_then(|text| text.parse::<TenantId>().ok()) else {
        return refuse("invalid_request", 90002, "The tenant is not a tenant id.");
    };
    if strict && value("client_assertion_type") == assertion::KIND {
        let registered = partner.certificate.as_deref().unwrap_or_default();
        let statement = value("client_assertion");
        if let Some(why) = assertion::fault(statement, registered, &partner.client_id, &call.path, now) {
            return refuse("invalid_client", 700_027, &format!("The client assertion is not valid: {why}."));
        }
    } else if strict
        && (value("client_id"), value("client_secret")) != (partner.client_id.as_str(), partner.client_secret.as_str())
    {
        return refuse("invalid_client", 7_000_215, "Client or secret is not known.");
    }
    let resource = if v2 { value("scope") } else { value("resource") };
    let Some(audience) = audience(resource, auth) else {
        return refuse("invalid_resource", 500_011, "The resource is not known or was retired.");
    };
    let first = partner.refresh_token.as_str();
    let kind = match value("grant_type") {
        "client_credentials" => Kind::App,
        "refresh_token" => {
            let presented = value("refresh_token");
            if presented.is_empty() || strict && presented != first && !is_rotated(presented, ledger.seed().random) {
                return refuse("invalid_grant", 70008, "The refresh token is unknown or too old.");
            }
            match stopped(ledger) {
                None => Kind::AppAndUser,
                Some((code, text)) => return refuse("interaction_required", code, text),
            }
        }
        "authorization_code" => {
            let code = value("code");
            if code.is_empty() || strict && !ledger.redeem_code(code, value("redirect_uri")) {
                return refuse("invalid_grant", 70008, "The code is unknown, used, too old or for another address.");
            }
            match stopped(ledger) {
                None => Kind::AppAndUser,
                Some((code, text)) => return refuse("interaction_required", code, text),
            }
        }
        _ => return refuse("unsupported_grant_type", 70003, "The grant is not supported."),
    };
    if tenant != partner.tenant_id {
        if audience == Audience::PartnerCenter && strict {
            return refuse("unauthorized_client", 700_016, "Only the partner's tenant may do this.");
        }
        if audience == Audience::Graph && ledger.administered(tenant).is_err() {
            return refuse(
                "invalid_grant",
                50_020,
                "The user does not exist in the tenant, which has not let this partner in.",
            );
        }
        if audience == Audience::Graph && !ledger.may(&[Right::TenantConsent]) {
            return refuse("invalid_grant", 65001, "The application is not consented to in the tenant.");
        }
    }

    let expires = now.as_second() + LIFETIME;
    let issued = Token { audience, kind, tenant, expires }.issued(&partner.client_id, now.as_second());
    let Some(access) = issued else { return Reply::empty(500) };
    let mut body = json!({ "token_type": "Bearer", "access_token": access });
    if v2 {
        body["expires_in"] = LIFETIME.into();
        body["ext_expires_in"] = LIFETIME.into();
    } else {
        // Numbers are text here (fact sheet 2.4).
        body["expires_in"] = LIFETIME.to_string().into();
        body["ext_expires_in"] = LIFETIME.to_string().into();
        body["expires_on"] = expires.to_string().into();
        body["not_before"] = now.as_second().to_string().into();
        body["resource"] = resource.into();
    }
    if kind == Kind::AppAndUser {
        body["scope"] = "user_impersonation".into();
        body["refresh_token"] = rotated(ledger.seed().random, now).into();
        // Only for whoever asks who signed in (fact sheet 2.4).
        if value("scope").split(' ').any(|scope| scope == "openid") {
            body["id_token"] = token::identity(&partner.client_id, tenant, None, now.as_second(), expires).into();
        }
    }
    Reply::ok(body)
}

/// Why the user cannot be signed in, if so.
fn stopped(ledger: &Ledger) -> Option<(u32, &'static str)> {
    match ledger.rules().readings.sign_in {
        SignIn::Open => None,
        SignIn::NeedsMfa => Some((50_076, "The user must pass multi-factor authentication.")),
        SignIn::ConditionalAccess => Some((53_003, "Access was blocked by conditional access.")),
    }
}

/// The interactive leg (fact sheet 2.7): the user consents at once, and the browser goes back with a code, by its address or as a
/// form that posts itself.
pub(crate) fn authorize(call: &Call, ledger: &mut Ledger) -> Reply {
    let known = call.query("client_id") == Some(ledger.seed().partner.client_id.as_str());
    let Some(back) = call.query("redirect_uri").filter(|_| known) else {
        return refusal("invalid_request", 50_011, "The application or its address is not known.", ledger.now());
    };
    let mut told: Vec<(&str, String)> = match stopped(ledger) {
        None => vec![("code", ledger.issue_code(back))],
        Some((code, _)) => {
            vec![("error", "access_denied".to_owned()), ("error_description", format!("AADSTS{code}"))]
        }
    };
    let asks_who = call.query("response_type").is_some_and(|kinds| kinds.split(' ').any(|kind| kind == "id_token"));
    if asks_who && told[0].0 == "code" {
        let (partner, now) = (&ledger.seed().partner, ledger.now().as_second());
        let statement =
            token::identity(&partner.client_id, partner.tenant_id, call.query("nonce"), now, now + LIFETIME);
        told.extend(statement.map(|statement| ("id_token", statement)));
    }
    told.extend(call.query("state").map(|state| ("state", state.to_owned())));
    if call.query("response_mode") == Some("form_post") {
        return form(back, &told);
    }
    let joint = if back.contains('?') { '&' } else { '?' };
    let told = form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish();
    Reply { location: Some(format!("{back}{joint}{told}")), ..Reply::empty(302) }
}

/// A page whose form goes to `back` by itself.
fn form(back: &str, fields: &[(&str, String)]) -> Reply {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let field = |(name, value): &(&str, String)| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
    };
    let fields: String = fields.iter().map(field).collect();
    let page = format!(
        "<html><body onload=\"document.forms[0].submit()\"><form method=\"post\" action=\"{}\">{fields}\
         <noscript><button>Continue</button></noscript></form></body></html>",
        escaped(back)
    );
    Reply::text(200, "text/html", page)
}

/// The answer to a refresh token that has not been used for too long.
pub(crate) fn expired(now: Timestamp) -> Reply {
    refusal("invalid_grant", 700_082, "The refresh token has expired due to inactivity.", now)
}

fn audience(resource: &str, auth: Auth) -> Option<Audience> {
    let resource = resource.to_ascii_lowercase();
    if resource.contains("graph.windows.net") {
        None
    } else if resource.contains("graph") {
        Some(Audience::Graph)
    } else if resource.contains("partnercenter") || auth == Auth::Lenient {
        Some(Audience::PartnerCenter)
    } else {
        None
    }
}

/// The next refresh token. Earlier ones stay valid (fact sheet 2.5).
fn rotated(seed: u64, now: Timestamp) -> String {
    let number = now.as_nanosecond();
    let seal = prng::hash(seed, format!("refresh {number}").as_bytes());
    format!("0.emulator.{number}.{seal:016x}")
}

fn is_rotated(token: &str, seed: u64) -> bool {
    let number = token.strip_prefix("0.emulator.").and_then(|rest| rest.split('.').next());
    number
        .and_then(|number| number.parse::<i128>().ok())
        .and_then(|number| Timestamp::from_nanosecond(number).ok())
        .is_some_and(|at| rotated(seed, at) == token)
}

fn refusal(error: &str, code: u32, text: &str, now: Timestamp) -> Reply {
    let status = if error == "invalid_client" { 401 } else { 400 };
    let body = json!({
        "error": error,
        "error_description": format!("AADSTS{code}: {text}"),
        "error_codes": [code],
        "timestamp": now.to_string(),
        "trace_id": uuid::Uuid::nil(),
        "correlation_id": uuid::Uuid::nil(),
    });
    Reply::json(status, body)
}
