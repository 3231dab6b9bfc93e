//! Forecasts: what several customers together will bring, told in words.
//!
//! A portfolio is a few scenes, each begun by `== NAME`; what stands before the first is for all of them, and may say
//! `at most N customers a day` and `credit seen 2026-11-02: 6600.00 EUR, paid after 30 days`.

#[allow(dead_code, reason = "each test file uses its part of the scene")]
mod fixture;
#[path = "forecast/told.rs"]
mod told;

#[path = "forecast/credit.rs"]
mod credit;
#[path = "forecast/crowds.rs"]
mod crowds;
#[path = "forecast/days.rs"]
mod days;
#[path = "forecast/money.rs"]
mod money;
#[path = "forecast/people.rs"]
mod people;
#[path = "forecast/pools.rs"]
mod pools;
#[path = "forecast/stages.rs"]
mod stages;
#[path = "forecast/sums.rs"]
mod sums;
#[path = "forecast/work.rs"]
mod work;
