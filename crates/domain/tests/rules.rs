//! Each rule of the assessment: where it speaks, where it keeps silent, and the day or seat on which that changes.

#[allow(dead_code, reason = "each test file uses its part of the scene")]
mod fixture;

mod rules {
    mod access;
    mod addons;
    mod catalogue;
    mod credit;
    mod days;
    mod endings;
    mod fragile;
    mod limits;
    mod looks;
    mod old;
    mod price;
    mod profile;
    mod programs;
    mod refusals;
    mod routes;
    mod schedule;
    mod seats;
    mod section_f;
    mod selling;
    mod sizing;
    mod told;
    mod witnesses;
    mod words;
}

use expect_test::Expect;
use fixture::{Scene, says};

/// The codes of what is found about the first line of the scene, worst first.
fn codes(scene: &str) -> Vec<&'static str> {
    Scene::of(scene).findings(1).iter().map(carryover_domain::finding::Finding::code).collect()
}

/// Nothing is in the way of any line of the scene.
fn silent(scene: &str) {
    let scene = Scene::of(scene);
    for n in 1..=scene.lines.len() {
        let found: Vec<String> = scene.findings(n).iter().map(says).collect();
        assert!(found.is_empty(), "line {n}: {found:?}");
    }
}

/// What a person reads about every line of the scene.
fn check(scene: &str, expected: Expect) {
    let scene = Scene::of(scene);
    let many = scene.lines.len() > 1;
    let texts = (1..=scene.lines.len()).flat_map(|n| {
        let found = scene.findings(n);
        let texts: Vec<String> = match found.as_slice() {
            [] => vec!["nothing in the way".to_owned()],
            found => found.iter().map(says).collect(),
        };
        texts.into_iter().map(move |text| if many { format!("line {n} {text}\n") } else { format!("{text}\n") })
    });
    expected.assert_eq(&texts.collect::<String>());
}
