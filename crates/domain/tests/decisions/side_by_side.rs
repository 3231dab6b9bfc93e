//! Lines of one customer beside each other: what one has bought counts for the users of another, and never twice.

use crate::fixture::line_id;
use crate::fixture::story::{Story, holder, purchase};
use carryover_domain::reply::Outcome;

/// The first line is bought as `new-1`, and nothing of it is seen in the tenant yet.
fn first_bought(scene: &str, product: &str) -> Story {
    let mut story = Story::approved(scene);
    story.at("2026-12-09");
    story.facts(1);
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(purchase(product, 10, Some("new-1"), "2026-12-09")));
    story
}

/// The seats that the second line gets when it is planned anew.
fn replanned(story: &mut Story, holds: &str) -> u32 {
    story.change(holds);
    story.plan(2);
    story.migration().plan.expect("a plan").lines[&line_id(2)].seats.get()
}

const OLD: &str = "tenant holds SPB 10 seats until 2026-12-13\ntenant holds SPB 5 seats until 2027-03-13";

#[test]
fn seats_that_were_bought_and_have_not_arrived_are_not_bought_again() {
    let mut story = first_bought(
        &format!(
            "line SPB 10 seats until 2026-12-13 open\nline SPB 5 seats until 2027-03-13 open\n{OLD}\nin use SPB 15"
        ),
        "SPB",
    );
    assert_eq!(replanned(&mut story, &format!("{OLD}\nin use SPB 15")), 5);
    let arrived = "tenant holds SPB 10 seats until 2027-12-08 named new-1 ours";
    assert_eq!(replanned(&mut story, &format!("{OLD}\n{arrived}\nin use SPB 20")), 10, "ten cover once, not twice");
}

#[test]
fn users_who_leave_for_another_licence_need_no_seats_of_the_old_one() {
    let mut story = first_bought(
        &format!(
            "line SPB 10 seats until 2026-12-13 open wants E3\nline SPB 5 seats until 2027-03-13 open\n{OLD}\nin use SPB 15"
        ),
        "E3",
    );
    let arrived =
        |in_use| format!("{OLD}\ntenant holds E3 10 seats until 2027-12-08 named new-1 ours\nin use SPB {in_use}");
    assert_eq!(replanned(&mut story, &arrived(15)), 5);
    story.delivered(1, &arrived(15));
    story.holders(1, (1..=10).map(holder).collect());
    for n in 1..=3 {
        story.swapped(1, n, Outcome::Done(()));
    }
    assert_eq!(replanned(&mut story, &arrived(12)), 5);
    assert_eq!(replanned(&mut story, &arrived(14)), 7, "two more than are to leave");
}

#[test]
fn seats_that_users_of_another_licence_are_about_to_take_are_not_counted_as_free() {
    let mut story = first_bought(
        "line SPB 10 seats until 2026-12-13 open wants E3\nline E3 5 seats until 2027-03-13 open
         tenant holds SPB 10 seats until 2026-12-13\ntenant holds E3 5 seats until 2027-03-13\nin use SPB 10\nin use E3 5",
        "E3",
    );
    let holds = |of_old, of_new| {
        format!(
            "tenant holds SPB 10 seats until 2026-12-13\ntenant holds E3 5 seats until 2027-03-13
             tenant holds E3 10 seats until 2027-12-08 named new-1 ours\nin use SPB {of_old}\nin use E3 {of_new}"
        )
    };
    // Nine use E3 by now; the ten new seats are for the users of SPB.
    assert_eq!(replanned(&mut story, &holds(10, 9)), 9);
    story.delivered(1, &holds(10, 9));
    assert_eq!(replanned(&mut story, &holds(10, 9)), 9);
    story.holders(1, (1..=10).map(holder).collect());
    story.swapped(1, 1, Outcome::Done(()));
    assert_eq!(replanned(&mut story, &holds(9, 10)), 9);
}
