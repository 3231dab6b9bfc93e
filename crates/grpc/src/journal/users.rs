//! Logs without the users in them: each user's id gives way to a number that is the same throughout one log, so that whatever
//! follows from the log still does, and addresses in reasons to `a user`. Keeps nothing, and what a number stands for can be told by
//! nobody who has only this.

use crate::users::{Users, without_addresses};
use carryover_domain::{Cause, Event};
use carryover_ports::Chain;
use uuid::Uuid;

/// What stands before the number, which no id that a directory draws begins with: `ffffffff-0000-8000-8000-`.
const STANDS_IN: u128 = 0xffff_ffff_0000_8000_8000_0000_0000_0000;

/// Puts numbers in the place of the users of `chain`. A record that cannot be read is left empty: who is in it cannot be told.
pub(super) fn without_users(chain: &mut Chain) {
    let mut users = Users::default();
    for kept in &mut chain.events {
        let Ok(mut event) = carryover_journal::decode(&kept.record) else {
            kept.record.clear();
            continue;
        };
        users.note(&event);
        let reasons = reasons(&mut event);
        if reasons.iter().any(|reason| reason.contains('@')) {
            for reason in reasons {
                *reason = without_addresses(reason);
            }
            kept.record = carryover_journal::encode(&event);
        }
        // A service may name a user who changed before in its reasons, too.
        if !users.is_empty() {
            kept.record = users.replaced(&kept.record, |number| Uuid::from_u128(STANDS_IN | number).to_string());
        }
    }
}

/// What `event` tells of why users could not be changed: rules' words, or a service's.
fn reasons(event: &mut Event) -> Vec<&mut String> {
    match event {
        Event::UserNotSwapped { reason, .. } => vec![reason],
        Event::SwapPlanned { failed, .. } | Event::AttentionNeeded { cause: Cause::SwapStopped { failed }, .. } => {
            failed.values_mut().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carryover_domain::ids::{LineId, MigrationId, TenantId, UserId};
    use carryover_ports::{Cursor, Head, Kept, Version};
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    fn chain(events: &[Event]) -> Chain {
        let migration = MigrationId::of(TenantId::new(Uuid::from_u128(0xC1)));
        let kept = |(event, number): (&Event, u64)| Kept {
            cursor: Cursor::START,
            migration,
            number,
            at: Timestamp::UNIX_EPOCH,
            record: carryover_journal::encode(event),
            before: [0; 32],
        };
        let events: Vec<Kept> = events.iter().zip(1..).map(kept).collect();
        let version = Version(events.len() as u64);
        Chain { head: Head { migration, version, wake: None, digest: [0; 32] }, events }
    }

    #[test]
    fn a_user_is_the_same_number_throughout_a_log_and_the_id_is_nowhere() {
        let user = |n: u128| UserId::new(Uuid::from_u128(0x5a5a_0000_0000_4000_9000_0000_0000_0000 | n));
        let line = LineId::of(TenantId::new(Uuid::from_u128(0xC1)), "old");
        let reason = format!("the mailbox of {} is full, and so is Zoë's", user(1).to_string().to_uppercase());
        let not = |user| Event::UserNotSwapped { line, user, reason: reason.clone() };
        let mut told = chain(&[
            Event::UserSwapped { line, user: user(2), at: None },
            not(user(1)),
            Event::UserSwapped { line, user: user(2), at: None },
        ]);
        without_users(&mut told);
        let decoded = told.events.iter().map(|kept| carryover_journal::decode(&kept.record).expect("an event"));
        let [one, two] = [1, 2].map(|n| UserId::new(Uuid::from_u128(STANDS_IN | n)));
        let seen: Vec<Vec<UserId>> = decoded.map(|event| event.users().into_iter().collect()).collect();
        assert_eq!(seen, [vec![one], vec![two], vec![one]]);
        let text: String = told.events.iter().map(|kept| kept.record.to_lowercase()).collect();
        assert!(!text.contains("5a5a0000") && text.contains("zoë's") && text.contains(&two.to_string()), "{text}");
    }

    #[test]
    fn reasons_tell_neither_ids_without_hyphens_nor_addresses() {
        let user = UserId::new(Uuid::from_u128(0x5a5a_0000_0000_4000_9000_0000_0000_0001));
        let line = LineId::of(TenantId::new(Uuid::from_u128(0xC1)), "old");
        let reason = format!("of {}:\nbob@birchlane.example is taken", user.as_uuid().simple());
        let failed = BTreeMap::from([(user, reason.clone())]);
        let by = "ana@partner.example".to_owned();
        let mut told = chain(&[
            Event::UserNotSwapped { line, user, reason },
            Event::AttentionNeeded { line, cause: Cause::SwapStopped { failed } },
            Event::Paused { by: by.clone() },
        ]);
        without_users(&mut told);
        let decoded: Vec<Event> =
            told.events.iter().map(|kept| carryover_journal::decode(&kept.record).expect("an event")).collect();
        let user = UserId::new(Uuid::from_u128(STANDS_IN | 1));
        let reason = format!("of {user}:\na user is taken");
        let failed = BTreeMap::from([(user, reason.clone())]);
        assert_eq!(
            decoded,
            [
                Event::UserNotSwapped { line, user, reason },
                Event::AttentionNeeded { line, cause: Cause::SwapStopped { failed } },
                // Who works for the partner is told.
                Event::Paused { by },
            ]
        );
    }

    #[test]
    fn a_record_that_cannot_be_read_tells_nothing() {
        let mut told = chain(&[Event::Paused { by: "ana".to_owned() }]);
        told.events[0].record = "{\"users\":[\"5a5a0000-0000-4000-9000-000000000001\"]}".to_owned();
        without_users(&mut told);
        assert_eq!(told.events[0].record, "");
    }
}
