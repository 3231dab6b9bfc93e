//! What of a migration callers can change directly: its labels, and what it is planned by otherwise than the policy says.

use crate::caller::Caller;
use crate::convert;
use crate::facade::Facade;
use crate::fault::Fault;
use carryover_api::v1;
use carryover_domain::policy::OwnPolicy;
use carryover_engine::Changes;
use std::collections::BTreeMap;

/// Labels of one migration.
const LABELS_MAX: usize = 64;
/// Characters of a label's key, and of its value.
const LABEL_MAX: usize = 63;

impl Facade {
    pub(crate) async fn update(
        &self,
        caller: &Caller,
        wish: v1::UpdateMigrationRequest,
    ) -> Result<v1::Migration, Fault> {
        let said = wish.migration.as_ref().ok_or_else(|| Fault::field("migration", "the migration to update"))?;
        let id = self.names.read_migration("migration.name", &said.name)?;
        let paths = wish.update_mask.as_ref().map(|mask| mask.paths.as_slice()).unwrap_or_default();
        let changes = changes(said, paths)?;
        let asked = self.asked("UpdateMigration", caller, &wish, &wish.request_id, &said.etag)?;
        self.move_on(id, &said.name, asked, |desk| async move { desk.update(id, changes, &caller.name).await }).await
    }
}

/// What of `said` a mask of `paths` changes, if it can be used.
pub(crate) fn changes(said: &v1::Migration, paths: &[String]) -> Result<Changes, Fault> {
    if paths.iter().any(|path| !["labels", "policy"].contains(&path.as_str())) {
        return Err(Fault::field("update_mask", "`labels` and `policy`, the only fields that can be updated"));
    }
    let is_meant = |field: &str| paths.iter().any(|path| path == field);
    // Without a mask, what is said is meant; where nothing is, that there are to be no labels.
    let (labels_meant, policy_meant) = match paths {
        [] => (said.policy.is_none() || !said.labels.is_empty(), said.policy.is_some()),
        _ => (is_meant("labels"), is_meant("policy")),
    };
    Ok(Changes {
        labels: labels_meant.then(|| labels(said)).transpose()?,
        own: policy_meant.then(|| own(said)).transpose()?,
    })
}

/// The wishes of `said`, none where it has no policy, if they can be used.
fn own(said: &v1::Migration) -> Result<OwnPolicy, Fault> {
    said.policy.as_ref().map_or(Ok(OwnPolicy::default()), |policy| convert::own_policy("migration.policy", policy))
}

/// The labels of `said`, if they can be used.
fn labels(said: &v1::Migration) -> Result<BTreeMap<String, String>, Fault> {
    if said.labels.len() > LABELS_MAX {
        return Err(Fault::field("migration.labels", "at most 64 labels"));
    }
    let plain = |text: &str| {
        text.len() <= LABEL_MAX
            && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"_-".contains(&c))
    };
    let starts = |key: &str| key.starts_with(|c: char| c.is_ascii_lowercase());
    match said.labels.iter().find(|(key, value)| !plain(key) || !starts(key) || !plain(value)) {
        None => Ok(said.labels.clone()),
        Some((key, _)) if plain(key) => Err(Fault::field(
            &format!("migration.labels[{key}]"),
            "up to 63 lower case letters, digits, `_` and `-`; a key begins with a letter",
        )),
        Some(_) => Err(Fault::field(
            "migration.labels",
            "keys of 1 to 63 lower case letters, digits, `_` and `-`, the first a letter",
        )),
    }
}
