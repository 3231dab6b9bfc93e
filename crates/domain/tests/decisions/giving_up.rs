//! Starting what was approved, and giving up what was not begun.

use crate::fixture::story::{Story, plan_id};
use carryover_domain::migration::action::action_items;
use carryover_domain::migration::state::Stage;
use carryover_domain::overall::{Overall, overall, overall_since};
use carryover_domain::policy::Policy;
use carryover_domain::{Command, Input, Moment, Rejection, decide};

fn by() -> String {
    "ana".to_owned()
}

fn refusal(story: &Story, command: Command) -> Option<Rejection> {
    let fresh = carryover_domain::ids::IntentId::new(uuid::Uuid::from_u128(7));
    let at = Moment { now: "2026-11-02T08:00:00Z".parse().expect("an instant"), fresh };
    decide(&story.migration(), Input::Command(command), at, &Policy::rule_book()).err()
}

#[test]
fn what_was_approved_to_wait_is_not_begun_before_it_is_started() {
    let mut story = Story::planned("");
    assert_eq!(refusal(&story, Command::Start { by: by() }), Some(Rejection::NothingApproved));
    let plan = plan_id(1);
    assert_eq!(story.migration().plan.as_ref().map(|plan| plan.id), Some(plan));
    story.command("approved to wait", Command::ApproveHeld { plan, by: by() });
    assert_eq!((overall(&story.migration()), story.owed().len()), (Overall::Paused, 0));
    story.command("started", Command::Start { by: by() });
    assert_eq!(overall(&story.migration()), Overall::Scheduled);
    assert!(!story.owed().is_empty());
    // Approving once more, to wait or not, does not halt what was started.
    story.command("approved again", Command::ApproveHeld { plan, by: by() });
    assert_eq!(overall(&story.migration()), Overall::Scheduled);
}

#[test]
fn what_was_given_up_before_it_began_is_not_done_and_asks_nothing_of_anybody() {
    let mut story = Story::approved("");
    story.command("given up", Command::Cancel { by: by() });
    let migration = story.migration();
    assert_eq!((overall(&migration), story.owed().len()), (Overall::Cancelled, 0));
    assert_eq!((migration.plan, migration.approved, migration.misfits), (None, None, 0));
    assert!(migration.lines.values().all(|line| line.stage == Stage::Draft && line.plan.is_none()));
    assert_eq!(action_items(&story.migration(), &Policy::rule_book(), story.now), []);
    assert_eq!(refusal(&story, Command::Start { by: by() }), Some(Rejection::NothingApproved));
    // Whoever plans it anew wants it after all.
    story.plan(2);
    assert_eq!(overall(&story.migration()), Overall::AwaitingApproval);
}

#[test]
fn what_was_begun_is_finished_whoever_gives_up() {
    let mut story = Story::buying("");
    let (before, owed) = (story.line(1).stage, story.owed());
    story.command("given up", Command::Cancel { by: by() });
    assert_eq!((story.line(1).stage, story.owed()), (before, owed));
    assert!(story.line(1).plan.is_some());
    assert_eq!(overall(&story.migration()), Overall::Running);
}

#[test]
fn since_when_it_stands_there_is_told_whatever_was_recorded_that_changed_nothing_of_it() {
    let mut story = Story::imported("");
    let days = |story: &mut Story, day: u32| {
        story.now = format!("2026-11-{day:02}T08:00:00Z").parse().expect("a time");
    };
    let since = |story: &Story| {
        let at = overall_since(story.log.iter().map(|(at, event)| (*at, event))).expect("an import");
        (overall(&story.migration()), at.to_string())
    };
    assert_eq!(since(&story), (Overall::Draft, "2026-11-02T08:00:00Z".to_owned()));
    days(&mut story, 4);
    story.plan(1);
    assert_eq!(since(&story), (Overall::AwaitingApproval, "2026-11-04T08:00:00Z".to_owned()));
    days(&mut story, 5);
    story.approve(1);
    days(&mut story, 6);
    let labels = Some([("team".to_owned(), "north".to_owned())].into());
    story.command("labelled", Command::Update { labels, own: None, by: by() });
    assert_eq!(since(&story), (Overall::Scheduled, "2026-11-05T08:00:00Z".to_owned()));
    days(&mut story, 7);
    story.command("halted", Command::Pause { by: by() });
    days(&mut story, 8);
    story.command("going on", Command::Resume { by: by() });
    assert_eq!(since(&story), (Overall::Scheduled, "2026-11-08T08:00:00Z".to_owned()), "it stands there anew");
    assert_eq!(overall_since([]), None);
}
