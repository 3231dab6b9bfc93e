//! Why the authority lets nobody in, with the one thing to do, in words of our own: its may quote what was sent.
//!
//! Its word for the error decides what follows. Its numbers choose words alone, for Microsoft may change them ("Microsoft Entra
//! authentication and authorization error codes", read 2026-11).

use super::Pass;
use crate::classify::Meaning;
use crate::failure::Failure;
use carryover_domain::reply::RefusalKind;

/// What the numbers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A conditional access policy.
    Policy,
    /// The user has to pass more than a password.
    MultiFactor,
    /// Nobody has consented to the application, or it is not there.
    Consent,
    /// The user has no way into the tenant.
    Stranger,
    /// The stored consent was used up, withdrawn or left unused.
    Over,
}

const NUMBERS: [(Cause, &[u32]); 5] = [
    (Cause::Policy, &[53000, 53001, 53002, 53003, 530_032]),
    (Cause::MultiFactor, &[50072, 50074, 50076, 50078, 50079, 50158]),
    (Cause::Consent, &[65001, 650_051, 650_052, 650_057, 700_016, 7_000_112]),
    (Cause::Stranger, &[50020, 50034]),
    (Cause::Over, &[50132, 50133, 50173, 70000, 70008, 700_082, 700_084]),
];

/// The first of the authority's `numbers` that says anything.
fn cause(numbers: &str) -> Option<Cause> {
    let known = |number: u32| NUMBERS.iter().find(|(_, all)| all.contains(&number)).map(|(cause, _)| *cause);
    numbers.split(' ').filter_map(|number| number.parse().ok()).find_map(known)
}

/// The failure of a grant, whose detail is the authority's numbers, in a sentence.
pub(super) fn told(failure: Failure, pass: Pass, proof: &str) -> Failure {
    if failure.status.is_none() {
        return failure;
    }
    let error = failure.code.as_deref().unwrap_or("unnamed");
    if failure.meaning != Meaning::SignInRefused {
        let detail = format!("sign-in was not answered as it should be ({error})");
        return Failure { detail, code: None, ..failure };
    }
    let why = match (cause(&failure.detail), pass) {
        _ if error == "invalid_client" => format!("the application's {proof} is wrong or over; give a valid one"),
        (Some(Cause::Policy), Pass::Tenant(_)) => {
            "the customer's conditional access keeps us out; have it exclude service-provider users".to_owned()
        }
        (Some(Cause::Policy), _) => {
            "conditional access of our own tenant keeps us out; have its policy let the consenting user and this machine in"
                .to_owned()
        }
        (Some(Cause::MultiFactor), _) => {
            "multi-factor sign-in is asked for; a partner user must consent again and pass it".to_owned()
        }
        (Some(Cause::Stranger), Pass::Tenant(_)) => {
            "no admin relationship lets us in; have the customer approve an admin relationship".to_owned()
        }
        (Some(Cause::Consent), Pass::Tenant(_)) => {
            "the application is not consented to there; consent to the application in that tenant".to_owned()
        }
        (_, Pass::Application) => {
            "the application may not sign in at the partner tenant; check its id and registration".to_owned()
        }
        (Some(Cause::Over), Pass::Tenant(_)) | (_, Pass::User | Pass::Own) => {
            "the stored consent no longer holds; a partner user with multi-factor sign-in must consent again".to_owned()
        }
        (None, Pass::Tenant(_)) => {
            "the application's consent or our admin relationship there is missing, or the stored consent no longer holds"
                .to_owned()
        }
    };
    let place = match pass {
        Pass::Tenant(tenant) => format!("sign-in at tenant {tenant}"),
        Pass::Application | Pass::User | Pass::Own => "sign-in".to_owned(),
    };
    let detail = format!("{place} was refused ({error}): {why}");
    // One tenant that does not let us in is that customer's matter; the others can still be worked on.
    let meaning = match pass {
        Pass::Tenant(_) if error != "invalid_client" => Meaning::Refused(RefusalKind::NotPermitted),
        _ => failure.meaning,
    };
    Failure { detail, meaning, code: None, ..failure }
}
