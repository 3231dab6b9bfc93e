//! How a migration goes, told as stories: what was seen, what followed, and what is owed next.

#[allow(dead_code, reason = "each test file uses its part of the scene")]
mod fixture;

mod decisions {
    mod addons;
    mod arriving;
    mod asks;
    mod batches;
    mod buying;
    mod checks;
    mod endings;
    mod giving_up;
    mod looking;
    mod looking_again;
    mod own_policy;
    mod pairs;
    mod people;
    mod planning_again;
    mod reporting;
    mod side_by_side;
    mod source;
    mod standings;
    mod suspended;
    mod swapping;
    mod term_ends;
    mod told_truly;
}
