//! The route table: one row for each program and state (rule R17).

use crate::codes;
use crate::fixture::{Scene, line_id, says, sku, us};
use carryover_domain::facts::HeldStatus;
use carryover_domain::handover::TransferStatus;
use carryover_domain::ids::TenantId;
use carryover_domain::plan::plan;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::program::SourceProgram;
use carryover_domain::route::{Circumstances, Course, courses};
use carryover_domain::value::Seats;
use expect_test::expect;

fn row(program: SourceProgram, seen: Circumstances<'_>) -> (Course, Option<Course>) {
    let source = SourceLine::least(line_id(1), program, sku("SPB"), Seats::at_least_one(25));
    let found = courses(&source, seen);
    assert!(!found.because.is_empty());
    (found.first, found.otherwise)
}

fn table(seen: Circumstances<'_>) -> String {
    SourceProgram::ALL
        .map(|program| {
            let (first, otherwise) = row(program, seen);
            let otherwise = otherwise.map_or(String::new(), |course| format!(", else {}", course.word()));
            format!("{program}: {}{otherwise}\n", first.word())
        })
        .concat()
}

#[test]
fn each_program_has_its_row() {
    expect![[r#"
        direct_mosa: BUY_AT_END
        direct_mca: BUY_AT_END
        open: BUY_AT_END
        ea: BUY_AT_END
        mpsa: BUY_AT_END
        advisor: BUY_AT_END
        legacy_csp: PARTNER_TRANSFER, else BUY_AT_END
        legacy_csp_ours: NCE_MIGRATION, else BUY_AT_END
        nce_other_partner: PARTNER_TRANSFER, else BUY_AT_END
        self_service: BUY_AT_END, else NOTHING_TO_DO
        trial: BUY_NOW
        nonprofit_grant: BUY_AT_END, else NOTHING_TO_DO
    "#]]
    .assert_eq(&table(Circumstances::default()));
}

/// Source class, its programs, what else is known of it, first choice, else.
type Row<'a> = (&'static str, &'a [SourceProgram], Circumstances<'a>, Course, Option<Course>);

/// The route table of the rule book (rule R17), row by row: source class, first choice, else.
#[test]
fn the_route_table_of_the_rule_book_holds_row_by_row() {
    use Course::{BuyAtEnd, BuyNow, ChannelTransfer, NceMigration, NewSale, NothingToDo, PartnerTransfer};
    use SourceProgram as P;
    let plain = Circumstances::default;
    let over = Circumstances { end_of_sale: true, ..plain() };
    let refused = Circumstances { refused: true, ..plain() };
    let cheaper = Circumstances { cheaper_now: true, ..plain() };
    let free = Circumstances { free: true, ..plain() };
    let is = |status| Circumstances { status: Some(status), ..Circumstances::default() };
    let rows: [Row<'_>; 21] = [
        ("NCE, other partner", &[P::NceOtherPartner], plain(), PartnerTransfer, Some(BuyAtEnd)),
        ("NCE, other partner that refuses", &[P::NceOtherPartner], refused, BuyAtEnd, None),
        ("Legacy CSP, ours", &[P::LegacyCspOurs], plain(), NceMigration, Some(BuyAtEnd)),
        ("Legacy CSP, ours, not eligible (R14)", &[P::LegacyCspOurs], refused, BuyAtEnd, None),
        ("Legacy CSP, other", &[P::LegacyCsp], plain(), PartnerTransfer, Some(BuyAtEnd)),
        ("Legacy CSP, other that refuses", &[P::LegacyCsp], refused, BuyAtEnd, None),
        ("EA/MPSA, any SKU end-of-sale", &[P::Ea, P::Mpsa], over, ChannelTransfer, Some(BuyAtEnd)),
        ("EA/MPSA", &[P::Ea, P::Mpsa], plain(), BuyAtEnd, None),
        ("Direct MOSA", &[P::DirectMosa, P::Advisor], plain(), BuyAtEnd, None),
        ("Direct MOSA, R122 says cheaper", &[P::DirectMosa, P::Advisor], cheaper, BuyNow, Some(BuyAtEnd)),
        ("Direct MCA", &[P::DirectMca], plain(), BuyAtEnd, None),
        ("Direct MCA inside its window", &[P::DirectMca], cheaper, BuyNow, Some(BuyAtEnd)),
        ("Open / key", &[P::Open], plain(), BuyAtEnd, None),
        ("Trial", &[P::Trial], plain(), BuyNow, None),
        ("Self-service", &[P::SelfService], plain(), BuyAtEnd, Some(NothingToDo)),
        ("Non-profit grant", &[P::NonprofitGrant], plain(), BuyAtEnd, Some(NothingToDo)),
        ("Free/viral SKU", &P::ALL, free, NothingToDo, None),
        ("Already in Warning", &P::ALL, is(&HeldStatus::Warning), BuyNow, None),
        ("Suspended", &P::ALL, is(&HeldStatus::Suspended), BuyNow, None),
        ("LockedOut", &P::ALL, is(&HeldStatus::LockedOut), BuyNow, None),
        ("Deleted", &P::ALL, is(&HeldStatus::Deleted), NewSale, None),
    ];
    for (class, programs, seen, first, otherwise) in rows {
        for program in programs {
            assert_eq!(row(*program, seen), (first, otherwise), "{class}: {program}");
        }
    }
}

#[test]
fn products_that_are_not_sold_any_more_change_the_row_of_volume_agreements_alone() {
    let seen = Circumstances { end_of_sale: true, ..Circumstances::default() };
    for program in SourceProgram::ALL {
        let volume = matches!(program, SourceProgram::Ea | SourceProgram::Mpsa);
        let expected = if volume {
            (Course::ChannelTransfer, Some(Course::BuyAtEnd))
        } else {
            row(program, Circumstances::default())
        };
        assert_eq!(row(program, seen), expected, "{program}");
    }
}

#[test]
fn a_refund_changes_the_row_of_direct_subscriptions_alone() {
    let seen = Circumstances { cheaper_now: true, ..Circumstances::default() };
    for program in SourceProgram::ALL {
        use SourceProgram::{Advisor, DirectMca, DirectMosa};
        let direct = matches!(program, DirectMosa | DirectMca | Advisor);
        let expected =
            if direct { (Course::BuyNow, Some(Course::BuyAtEnd)) } else { row(program, Circumstances::default()) };
        assert_eq!(row(program, seen), expected, "{program}");
    }
}

#[test]
fn what_is_over_has_one_row_whatever_its_program() {
    for (status, expected) in [
        (HeldStatus::Warning, Course::BuyNow),
        (HeldStatus::Suspended, Course::BuyNow),
        (HeldStatus::Deleted, Course::NewSale),
        (HeldStatus::LockedOut, Course::BuyNow),
    ] {
        for program in SourceProgram::ALL {
            let seen = Circumstances { status: Some(&status), ..Circumstances::default() };
            assert_eq!(row(program, seen), (expected, None), "{program} {status:?}");
        }
    }
    for status in [HeldStatus::Enabled, HeldStatus::Other("Puzzling".to_owned())] {
        let seen = Circumstances { status: Some(&status), ..Circumstances::default() };
        assert_eq!(row(SourceProgram::Open, seen), (Course::BuyAtEnd, None), "{status:?}");
    }
}

#[test]
fn what_is_ours_or_free_needs_no_move_even_when_it_is_over() {
    let status = Some(&HeldStatus::Deleted);
    for program in SourceProgram::ALL {
        for seen in [
            Circumstances { ours: true, status, ..Circumstances::default() },
            Circumstances { free: true, status, ..Circumstances::default() },
        ] {
            assert_eq!(row(program, seen), (Course::NothingToDo, None), "{program}");
        }
    }
}

#[test]
fn the_plan_of_a_line_names_the_better_way_that_only_a_person_can_take() {
    let advised = |words: &str| {
        let scene = Scene::of(&format!("line SPB 25 seats until 2026-12-13 {words}"));
        let id = crate::fixture::story::plan_id(1);
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, id, scene.now).expect("a plan");
        made.lines.get(&line_id(1)).and_then(|line| line.advised)
    };
    assert_eq!(advised("nce_other_partner renews"), Some(Course::PartnerTransfer));
    assert_eq!(advised("legacy_csp renews"), Some(Course::PartnerTransfer));
    assert_eq!(advised("legacy_csp_ours renews"), Some(Course::NceMigration));
    assert_eq!(advised("open"), None);
    assert_eq!(advised("trial ends"), None);
}

#[test]
fn no_way_is_advised_that_is_not_open() {
    let about = |words: &str| {
        let scene = Scene::of(&format!("line SPB 25 seats until 2026-12-13 {words}"));
        let id = crate::fixture::story::plan_id(1);
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, id, scene.now).expect("a plan");
        let told = scene.findings(1).iter().find_map(carryover_domain::finding::Finding::advises);
        assert_eq!(made.lines[&line_id(1)].advised, told, "{words}: what is told is what is advised");
        told
    };
    let ours = "legacy_csp_ours renews\ntenant holds SPB 25 seats until 2026-12-13 ours";
    assert_eq!(about(ours), Some(Course::NceMigration));
    assert_eq!(about(&format!("{ours} made 2026-10-20")), None, "bought less than a month ago");
    assert_eq!(about(&format!("{ours}\nown old-1 legacy trial")), None);
    assert_eq!(about(&format!("{ours}\nown old-1 legacy suspended")), None);
    assert_eq!(
        about("legacy_csp_ours renews\ntenant holds SPB 25 seats until 2026-12-13 ours suspended\nin use SPB 25"),
        None
    );
    for theirs in ["nce_other_partner ends", "legacy_csp ends"] {
        assert_eq!(about(theirs), Some(Course::PartnerTransfer));
        assert_eq!(about(&format!("{theirs}\ntransfer of old-1 expired 2026-11-01")), Some(Course::PartnerTransfer));
        assert_eq!(about(&format!("{theirs}\ntransfer of old-1 refused")), None);
        assert_eq!(about(&format!("{theirs}\ntenant holds SPB 25 seats until 2026-12-13 grace\nin use SPB 25")), None);
    }
}

#[test]
fn what_is_not_sold_any_more_elsewhere_renews_no_volume_agreement() {
    let advised = |beside: &str| {
        let scene = Scene::of(&format!(
            "line E3 9 seats until 2026-12-13 ea\nline SPB 25 seats until 2026-12-13 {beside}\noffer E3\noffer SPB ended unsold"
        ));
        scene.findings(1).iter().any(|finding| finding.code() == "CHANNEL_TRANSFER_POSSIBLE")
    };
    assert!(advised("ea"));
    for other in ["mpsa", "open", "nce_other_partner", "ea called FLOW_FREE"] {
        assert!(!advised(other), "{other}");
    }
}

#[test]
fn what_partner_center_has_of_a_subscription_decides_whether_it_is_ours_in_new_commerce() {
    // Whose it is tells nothing of its generation: a reader takes what we own to be legacy.
    let about = |own: &str| {
        let held = "line SPB 25 seats until 2026-12-13 legacy_csp_ours renews\ntenant holds SPB 25 seats until 2026-12-13 ours";
        let scene = Scene::of(&format!("{held}\n{own}"));
        let id = crate::fixture::story::plan_id(1);
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, id, scene.now);
        let bought_again = made.is_ok_and(|plan| !plan.lines.is_empty());
        (scene.findings(1).iter().map(|finding| finding.code()).collect::<Vec<_>>(), bought_again)
    };
    assert_eq!(about("own old-1"), (vec!["SOURCE_IS_OURS"], false));
    assert_eq!(about("own old-1 legacy"), (vec!["MIGRATION_POSSIBLE", "NO_GRACE"], true));
    assert_eq!(about("own new-1"), (vec!["MIGRATION_POSSIBLE", "NO_GRACE"], true), "it says nothing of old-1");
}

#[test]
fn what_became_of_a_transfer_is_told_with_the_subscription_that_it_was_asked_for() {
    let about = |rows: &str| {
        let scene = Scene::of(&format!("line SPB 25 seats until 2026-12-13 nce_other_partner ends\n{rows}"));
        let found = scene.findings(1);
        let told = found.iter().filter(|finding| finding.code().starts_with("TRANSFER_"));
        told.map(says).collect::<Vec<_>>()
    };
    assert_eq!(
        about("transfer of old-1 refused"),
        ["warns TRANSFER_REFUSED: the other partner has refused the transfer"]
    );
    assert_eq!(
        about("transfer of old-1 expired 2026-11-01"),
        ["warns TRANSFER_EXPIRED: the request for a transfer ran out on 2026-11-01"]
    );
    assert_eq!(
        about("transfer of old-1 failed"),
        ["warns TRANSFER_REFUSED: the other partner has refused the transfer: the transfer failed"]
    );
    assert!(about("transfer of old-1 expired 2026-11-03").is_empty(), "it is still valid");
    assert!(about("transfer of old-1 refused\ntransfer of old-1 asked").is_empty(), "asked again");
    for quiet in ["transfer of old-1 asked", "transfer of old-1 done", "transfer of old-2 refused"] {
        assert!(about(quiet).is_empty(), "{quiet}");
    }
}

#[test]
fn a_request_that_the_service_calls_expired_ran_out_when_it_says_or_by_now() {
    let told = |request: &str| {
        let mut scene = Scene::of(&format!("line SPB 25 seats until 2026-12-13 nce_other_partner ends\n{request}"));
        scene.facts.transfers[0].status = TransferStatus::Expired;
        let found = scene.findings(1);
        found.iter().filter(|finding| finding.code() == "TRANSFER_EXPIRED").map(says).collect::<Vec<_>>()
    };
    let on = |day: &str| [format!("warns TRANSFER_EXPIRED: the request for a transfer ran out on {day}")];
    assert_eq!(told("transfer of old-1 expired 2026-10-30"), on("2026-10-30"));
    assert_eq!(told("transfer of old-1 asked"), on("2026-11-02"), "it does not say when");
}

#[test]
fn what_was_transferred_to_us_is_not_bought_again_and_is_no_mistake_of_the_file() {
    let about = |rows: &str| {
        codes(&format!("line SPB 25 seats until 2026-12-13 nce_other_partner ends\ntransfer of old-1 done\n{rows}"))
    };
    assert_eq!(about("tenant holds VISIO 25 seats named new-1 ours"), ["SOURCE_IS_OURS"]);
    let still = about("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 25");
    assert!(!still.contains(&"SOURCE_IS_OURS"), "it still serves: {still:?}");
}

#[test]
fn what_is_gone_while_its_transfer_is_only_asked_for_has_not_come_over() {
    let gone =
        "line SPB 25 seats until 2026-12-13 nce_other_partner ends\ntenant holds VISIO 25 seats named new-1 ours";
    for (transfer, ours) in [("done", true), ("asked", false), ("refused", false)] {
        let found = codes(&format!("{gone}\ntransfer of old-1 {transfer}"));
        assert_eq!(found.contains(&"SOURCE_IS_OURS"), ours, "{transfer}: {found:?}");
    }
}

#[test]
fn a_request_without_lines_is_about_all_that_its_partner_has_sold() {
    let other = TenantId::new(uuid::Uuid::from_u128(0xB7));
    let told = |asked: TenantId| {
        let mut scene = Scene::of(
            "line SPB 25 seats until 2026-12-13 nce_other_partner ends\ntenant holds SPB 25 seats until 2026-12-13\nin use SPB 25\ntransfer of old-1 refused",
        );
        scene.facts.transfers[0].subscriptions.clear();
        scene.facts.transfers[0].from = Some(asked);
        scene.facts.tenancy.as_mut().expect("seen").value.subscriptions[0].owner = Some(other);
        scene.findings(1).iter().any(|finding| finding.code() == "TRANSFER_REFUSED")
    };
    assert!(told(other) && !told(us()));
}

#[test]
fn nothing_is_bought_while_the_service_is_busy_with_what_we_sold() {
    let about = |rows: &str| {
        let scene = Scene::of(&format!("line SPB 25 seats until 2026-12-13 legacy_csp_ours ends\n{rows}"));
        scene.findings(1).iter().filter(|one| one.code() == "PENDING_OPERATION").map(says).collect::<Vec<_>>()
    };
    assert_eq!(
        about("own old-1 pending legacy"),
        ["waits PENDING_OPERATION: an operation on subscription old-1 is still under way"]
    );
    assert!(about("own old-1 legacy\nown new-1 pending").is_empty());
    assert!(about("").is_empty());
}

#[test]
fn a_product_that_is_sold_in_no_shape_here_is_not_one_that_is_sold_no_more() {
    let advised = |offers: &str| {
        let scene = Scene::of(&format!(
            "line E3 9 seats until 2026-12-13 ea\nline SPB 25 seats until 2026-12-13 ea\noffer E3\n{offers}"
        ));
        let id = crate::fixture::story::plan_id(1);
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, id, scene.now).expect("a plan");
        made.lines[&line_id(1)].advised
    };
    assert_eq!(
        advised("offer SPB ended unsold"),
        Some(Course::ChannelTransfer),
        "all of an agreement is renewed together"
    );
    assert_eq!(advised("offer VISIO"), None, "SPB is not in the catalogue");
    assert_eq!(advised("offer SPB\noffer SPB item OLD:0001 ended unsold"), None, "another item of it is for sale");
}

const LEGACY: &str = "line SPB 25 seats until 2026-12-13 legacy_csp_ours renews";

/// What is said about the migration of a legacy subscription of ours, where the tenant shows `rows`.
fn about_migration(migration: &str, rows: &str) -> Vec<String> {
    let scene = Scene::of(&format!("{LEGACY}\n{migration}\n{rows}"));
    let codes = ["MIGRATION", "PENDING", "STATE_CHANGED", "SOURCE_IS_OURS", "DUPLICATE"];
    let about = |text: &String| codes.iter().any(|code| text.contains(code));
    scene.findings(1).iter().map(says).filter(about).collect()
}

#[test]
fn while_the_service_migrates_a_legacy_subscription_nothing_is_bought_and_after_72_hours_a_person_looks() {
    let rows = "tenant holds SPB 25 seats until 2026-12-13 ours\nin use SPB 25";
    let possible =
        "note MIGRATION_POSSIBLE: our own team in Partner Center can migrate the legacy subscription to new commerce";
    let pending = "waits PENDING_OPERATION: an operation on subscription old-1 is still under way";
    // It is eight in the morning of 2026-11-02.
    for word in ["processing", "Puzzling"] {
        let said = about_migration(&format!("migration of old-1 {word} since 2026-10-30T08:00:01Z"), rows);
        assert_eq!(said, [pending, possible]);
        let said = about_migration(&format!("migration of old-1 {word} since 2026-10-30T08:00:00Z"), rows);
        assert_eq!(
            said,
            [
                "blocks STATE_CHANGED: its migration to new commerce, migration-0, has been under way since 2026-10-30, which is longer than 72 hours",
                possible
            ]
        );
    }
    assert_eq!(about_migration("migration of old-2 processing since 2026-11-01", rows), [possible]);
}

#[test]
fn what_could_not_be_migrated_is_bought_again_until_it_is_tried_anew() {
    let rows = "tenant holds SPB 25 seats until 2026-12-13 ours\nin use SPB 25";
    let failed = "migration of old-1 failed since 2026-10-01";
    assert_eq!(
        about_migration(failed, rows),
        ["no transfer MIGRATION_NOT_ELIGIBLE: the legacy subscription cannot be migrated to new commerce now: FAILED"]
    );
    let anew = about_migration(&format!("{failed}\nmigration of old-1 processing since 2026-11-02"), rows);
    assert!(anew[0].starts_with("waits PENDING_OPERATION"), "{anew:?}");
}

#[test]
fn what_was_migrated_is_ours_once_the_new_one_stands_or_the_old_one_is_gone() {
    let done = "migration of old-1 into new-7 since 2026-11-02";
    let (old, new) = (
        "tenant holds SPB 25 seats until 2026-12-13 named old-1 ours",
        "tenant holds SPB 25 seats until 2027-12-13 named new-7 ours",
    );
    let ours = ["note SOURCE_IS_OURS: subscription new-7 is ours in new commerce already"];
    assert_eq!(about_migration(done, &format!("{new}\nin use SPB 25")), ours);
    assert_eq!(about_migration(done, &format!("{old}\n{new}\nin use SPB 25")), ours);
    assert_eq!(about_migration(done, &format!("{} grace\nin use SPB 25", old)), ours);
    let waits = about_migration(done, &format!("{old}\nin use SPB 25"));
    assert!(waits[0].starts_with("waits PENDING_OPERATION"), "{waits:?}");
}
