//! What holds for every file: no bytes break the reader, each row is accounted for, and what is written reads back.

use crate::common::{file, import};
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{Customer, EndOption, Ends, Kind, Renewal, SourceLine, Target, Witness};
use carryover_domain::program::SourceProgram;
use carryover_domain::provenance::Provenance;
use carryover_domain::time::{Billing, End, Term};
use carryover_domain::value::{Money, Seats};
use carryover_portfolio::{Import, write_csv};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use uuid::Uuid;

fn guid() -> impl Strategy<Value = Uuid> {
    (1u128..).prop_map(Uuid::from_u128)
}

/// Text for people, with all that CSV finds hard.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9äß€,;\"'=+@ -]{0,20}[a-z\"]".prop_map(|text| text.trim().to_owned())
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        Just(Target::Same),
        guid().prop_map(|sku| Target::Sku(SkuId::new(sku))),
        "[A-Z0-9]{12}:[0-9A-Z]{4}".prop_map(|item| Target::Offer(item.parse().expect("an item"))),
    ]
}

fn money() -> impl Strategy<Value = Money> {
    (0i64..1_000_000_000_000, 0u32..=6, "[A-Z]{3}")
        .prop_filter("below the largest price", |(digits, scale, _)| digits / 10i64.pow(*scale) <= 1_000_000_000)
        .prop_map(|(digits, scale, currency)| Money {
            amount: Decimal::new(digits, scale),
            currency: currency.parse().expect("a currency"),
        })
}

fn day() -> impl Strategy<Value = Date> {
    (2000i16..=2099, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| Date::constant(year, month, day))
}

/// What others have told of the end, to the second.
fn ends() -> impl Strategy<Value = Ends> {
    let witness = select(vec![Witness::PartnerCenter, Witness::Graph, Witness::Export]);
    let instant = (0i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).expect("an instant"));
    vec((witness, instant.prop_map(End::at)), 0..3).prop_map(Ends::from_iter)
}

fn kind() -> impl Strategy<Value = Kind> {
    let base = of("base-[a-z0-9]{1,9}".prop_map(|id| SubscriptionId::try_new(&id).expect("an id")));
    prop_oneof![Just(Kind::Base), base.prop_map(|base| Kind::AddOn { base })]
}

prop_compose! {
    /// A line of a tenant that is filled in later.
    fn line()(
        (program, subscription, sku) in
            (select(SourceProgram::ALL.to_vec()), "[a-z0-9-]{1,36}", guid().prop_map(SkuId::new)),
        (sku_part_number, product_name, evidence, contact_email) in
            (of("[A-Z0-9_]{1,20}"), of(text()), of(text()), of("[a-z.]{1,9}@[a-z]{1,9}[.]com")),
        (seats, assigned_seats, end_date) in (1u32..=1_000_000, of(0u32..=1_000_000), day()),
        (auto_renew, term, billing) in (
            select(vec![Renewal::On, Renewal::Off, Renewal::Unknown]),
            of(select(Term::ALL.to_vec())),
            of(select(Billing::ALL.to_vec())),
        ),
        (price_per_seat, target, second) in (of(money()), target(), of(guid().prop_map(SkuId::new))),
        target_seats in of(1u32..=1_000_000),
        target_term in of(select(Term::ALL.to_vec())),
        (others, started, wanted_end, kind) in (ends(), of(0i64..1000), of(select(EndOption::ALL.to_vec())), kind()),
    ) -> SourceLine {
        SourceLine {
            subscription: Some(SubscriptionId::try_new(&subscription).expect("an id")),
            sku_part_number,
            product_name,
            assigned_seats,
            auto_renew,
            term,
            billing,
            price_per_seat,
            companion: second.filter(|second| match &target {
                Target::Same => false,
                Target::Sku(first) => first != second && sku != *first && sku != *second,
                Target::Offer(_) => sku != *second,
            }),
            target,
            target_seats: target_seats.map(|seats| Seats::try_new(seats).expect("seats")),
            target_term,
            evidence,
            contact_email,
            term_start: started
                .map(|days| end_date.saturating_sub(days.days()).max(Date::constant(2000, 1, 1)))
                .filter(|start| term.is_none_or(|term| end_date <= term.last_day(*start))),
            end_option: wanted_end.filter(|option| match option {
                EndOption::Renew => auto_renew != Renewal::Off,
                EndOption::CancelAtEnd => auto_renew != Renewal::On,
                EndOption::ExtendedTerm => true,
            }),
            kind,
            ends: others.iter().chain([(Witness::Typed, End::after_day(end_date))]).collect(),
            ..SourceLine::least(LineId::new(Uuid::nil()), program, sku, Seats::try_new(seats).expect("seats"))
        }
    }
}

prop_compose! {
    fn customer()(
        tenant in guid().prop_map(TenantId::new),
        domain in "[a-z][a-z0-9-]{0,20}[.](com|de|onmicrosoft[.]com)",
        name in text(),
        country in "[A-Z]{2}",
        lines in vec((line(), any::<bool>()), 1..5),
    ) -> (Customer, Vec<SourceLine>) {
        let mut seen = BTreeSet::new();
        let mut kept = Vec::new();
        for (mut line, named) in lines {
            let key = format!("{}+{}+{}", line.program, line.sku, line.ends.get(Witness::Typed).expect("typed").last_whole_day());
            let subscription = line.subscription.take().filter(|_| named);
            let id = LineId::of(tenant, subscription.as_ref().map_or(&key, |id| id.as_str()));
            if seen.insert(id) {
                kept.push(SourceLine { id, subscription, ..line });
            }
        }
        (Customer { tenant, domain, name, country: country.parse().expect("a country") }, kept)
    }
}

/// Whether every row is a line or is rejected with its reasons.
fn accounted(import: &Import) -> Result<(), TestCaseError> {
    let lines: usize = import.customers.iter().map(|(_, lines)| lines.len()).sum();
    let rejected: usize = import.rejected.iter().map(|file| file.rows.len()).sum();
    prop_assert_eq!(import.rows_read, import.rows_good + import.rows_rejected);
    prop_assert_eq!((lines as u64, rejected as u64), (import.rows_good, import.rows_rejected));
    prop_assert!(import.rejected.iter().flat_map(|file| &file.rows).all(|row| !row.problem.is_empty()));
    prop_assert!(import.problems.iter().all(|problem| problem.value.chars().all(|c| !c.is_control())));
    let ids: BTreeSet<LineId> = import.customers.iter().flat_map(|(_, lines)| lines).map(|line| line.id).collect();
    prop_assert_eq!(ids.len(), lines, "lines are told apart");
    Ok(())
}

proptest! {
    #[test]
    fn what_is_written_reads_back(portfolio in vec(customer(), 0..4)) {
        let tenants: BTreeSet<TenantId> = portfolio.iter().map(|(customer, _)| customer.tenant).collect();
        prop_assume!(tenants.len() == portfolio.len());
        let mut written = Vec::new();
        write_csv(&mut written, &portfolio)?;
        let mut import = import(&written);
        accounted(&import)?;
        for line in import.customers.iter_mut().flat_map(|(_, lines)| lines) {
            prop_assert!(line.provenance.line.is_some());
            line.provenance = Provenance::default();
        }
        prop_assert_eq!(import.customers, portfolio, "{}", String::from_utf8_lossy(&written));
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in vec(any::<u8>(), 0..2000)) {
        accounted(&import(&bytes))?;
    }

    #[test]
    fn rows_are_accounted_for_however_they_are_damaged(
        rows in vec(("(|sub-[0-9])", "(25|x|)", "(DE|AT)"), 1..6),
        damage in vec((any::<proptest::sample::Index>(), select(b"\",\n\r\0\xFF =1a".to_vec())), 0..12),
    ) {
        let rows: Vec<String> = rows
            .into_iter()
            .map(|(id, seats, country)| format!("subscription_id={id}; seats={seats}; country={country}"))
            .collect();
        let mut bytes = file(&rows.iter().map(String::as_str).collect::<Vec<_>>()).into_bytes();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let import = import(&bytes);
        accounted(&import)?;
        // What was rejected is rejected again, and nothing of it gets lost.
        for rejected in &import.rejected {
            let mut out = Vec::new();
            rejected.write(&mut out)?;
            accounted(&crate::common::import(&out))?;
        }
    }

    #[test]
    fn no_cell_of_the_rejected_rows_is_a_formula(rows in vec("[a\" =＝',1\n]{1,16}", 1..6)) {
        let text = format!("{}\n{}\n", HEADER.join(","), rows.join("\n"));
        for rejected in &import(text).rejected {
            let mut out = Vec::new();
            rejected.write(&mut out)?;
            let mut cells = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&out[..]);
            for row in cells.records() {
                let row = row?;
                let runs = row.iter().find(|cell| cell.trim_start().starts_with(['=', '＝']));
                prop_assert_eq!(runs, None, "{}", String::from_utf8_lossy(&out));
            }
        }
    }

    #[test]
    fn files_of_others_are_accounted_for_however_they_are_damaged(
        file in select(crate::sources::one_of_each()),
        damage in vec((any::<proptest::sample::Index>(), select(b"\",;\n\r\0\xFF ={[1a".to_vec())), 0..8),
        cut in of(any::<proptest::sample::Index>()),
    ) {
        let mut bytes = file.into_bytes();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let read = |bytes: &[u8]| {
            let reader = carryover_portfolio::Reader::new(crate::sources::given());
            reader.file("export", bytes).expect("memory can be read").finish()
        };
        let import = read(&bytes);
        prop_assert_eq!(import.rows_read, import.rows_good + import.rows_rejected);
        prop_assert!(import.problems.iter().all(|problem| problem.value.chars().all(|c| !c.is_control())));
        prop_assert!(!import.sources.is_empty() || !import.problems.is_empty(), "a file is read or refused");
        // What was rejected is rejected again, and nothing of it gets lost.
        for rejected in &import.rejected {
            let mut out = Vec::new();
            rejected.write(&mut out)?;
            let again = read(&out);
            prop_assert_eq!(again.rows_read, again.rows_good + again.rows_rejected);
        }
    }

    #[test]
    fn plain_tables_split_as_other_readers_split_them(table in vec(vec("[a-z \",\r\n=äö]{0,6}", 3), 1..6)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER)?;
        for row in &table {
            writer.write_record(HEADER[..7].iter().copied().zip(GOOD).map(|(_, good)| good).chain(row.iter().map(String::as_str)))?;
        }
        let bytes = writer.into_inner().expect("memory can be written");
        let import = import(&bytes);
        accounted(&import)?;
        prop_assert_eq!(import.rows_read, table.len() as u64);
        if let Some((_, lines)) = import.customers.first() {
            let extras = import.extras.get(&lines[0].id).cloned().unwrap_or_default();
            let kept: Vec<String> = extras.into_iter().map(|(_, value)| value).collect();
            let given: Vec<String> = table[0].iter().filter(|cell| !cell.is_empty()).cloned().collect();
            prop_assert_eq!(kept, given);
        }
    }
}

const HEADER: [&str; 10] =
    ["tenant_id", "domain", "country", "program", "sku_id", "seats", "end_date", "left", "middle", "right"];
const GOOD: [&str; 7] = [
    "6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11",
    "contoso.com",
    "DE",
    "open",
    "3b555118-da6a-4418-894f-7df1e2096870",
    "25",
    "2026-12-31",
];
