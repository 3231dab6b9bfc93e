//! Files in pieces: good rows are taken, bad ones are data, and a stream that breaks off takes nothing.

use crate::scene::{PARTNER, Scene, Server, reason, request_id};
use carryover_api::v1;
use tonic::Code;

const HEADER: &str = "tenant_id,domain,country,program,sku_id,seats,end_date\n";

fn row(customer: u32, seats: u32) -> String {
    format!(
        "8f0d9b52-6b0a-4b5e-9e57-{customer:012},c{customer}.example,DE,open,3b555118-da6a-4418-894f-7df1e2096870,{seats},2026-12-31\n"
    )
}

/// An import of `text` in pieces of `size` bytes.
fn pieces(text: &str, size: usize, request: u128) -> Vec<v1::ImportPortfolioRequest> {
    let heading = v1::ImportPortfolioRequest {
        parent: PARTNER.to_owned(),
        request_id: request_id(request),
        ..Default::default()
    };
    let chunk = |(at, data): (usize, &[u8])| {
        let file_name = if at == 0 { "contoso.csv".to_owned() } else { String::new() };
        let chunk = Some(v1::FileChunk { file_name, data: data.to_vec() });
        v1::ImportPortfolioRequest { chunk, ..Default::default() }
    };
    let end = v1::ImportPortfolioRequest { complete: true, ..Default::default() };
    std::iter::once(heading).chain(text.as_bytes().chunks(size).enumerate().map(chunk)).chain([end]).collect()
}

async fn import(server: &Server, pieces: Vec<v1::ImportPortfolioRequest>) -> v1::ImportPortfolioResponse {
    let mut portfolios = server.portfolios().await;
    portfolios.import_portfolio(tokio_stream::iter(pieces)).await.expect("imported").into_inner()
}

async fn customers(server: &Server) -> i32 {
    let wish = v1::GetPortfolioRequest { name: format!("{PARTNER}/portfolio") };
    server.portfolios().await.get_portfolio(wish).await.expect("it is there").into_inner().customer_count
}

#[tokio::test]
async fn rows_are_the_same_however_they_are_cut() {
    let text = format!("{HEADER}{}{}{}", row(1, 25), row(2, 0), row(3, 7));
    for size in [1, 7, 100, 1 << 20] {
        let scene = Scene::new();
        let server = scene.server().await;
        let said = import(&server, pieces(&text, size, 1)).await;
        assert_eq!((said.row_count, said.accepted_row_count, said.rejected_row_count), (3, 2, 1));
        assert_eq!((said.added_line_count, said.customers.len()), (2, 2));
        let problem = &said.problems[0];
        assert_eq!(
            (problem.file_name.as_str(), problem.line_number, problem.column.as_str()),
            ("contoso.csv", 3, "seats")
        );
        assert_eq!(customers(&server).await, 2);
    }
}

#[tokio::test]
async fn asking_what_would_be_changes_nothing() {
    let scene = Scene::new();
    let server = scene.server().await;
    let mut wish = pieces(&format!("{HEADER}{}", row(1, 25)), 100, 1);
    wish[0].validate_only = true;
    let said = import(&server, wish).await;
    assert_eq!((said.added_line_count, said.portfolio), (1, None));
    assert_eq!(customers(&server).await, 0);
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_time_and_new_seats_are_a_change() {
    let scene = Scene::new();
    let server = scene.server().await;
    let text = format!("{HEADER}{}", row(1, 25));
    let counts =
        |said: v1::ImportPortfolioResponse| (said.added_line_count, said.changed_line_count, said.kept_line_count);
    assert_eq!(counts(import(&server, pieces(&text, 100, 1)).await), (1, 0, 0));
    let more = format!("{HEADER}{}", row(1, 26));
    assert_eq!(counts(import(&server, pieces(&more, 100, 2)).await), (0, 1, 0));
    assert_eq!(counts(import(&server, pieces(&more, 100, 2)).await), (0, 1, 0));
    assert_eq!(counts(import(&server, pieces(&more, 100, 3)).await), (0, 0, 1));
    // The first one once more: it was carried out, and 25 seats do not come back.
    assert_eq!(counts(import(&server, pieces(&text, 100, 1)).await), (1, 0, 0));
    assert_eq!(counts(import(&server, pieces(&more, 100, 4)).await), (0, 0, 1));
    let refused = server.portfolios().await.import_portfolio(tokio_stream::iter(pieces(&text, 100, 2))).await;
    assert_eq!(reason(&refused.expect_err("another file")), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
}

#[tokio::test]
async fn a_stream_that_breaks_off_takes_nothing_over() {
    let scene = Scene::new();
    let server = scene.server().await;
    let mut wish = pieces(&format!("{HEADER}{}{}", row(1, 25), row(2, 25)), 60, 1);
    wish.pop();
    let refused = server.portfolios().await.import_portfolio(tokio_stream::iter(wish)).await.expect_err("refused");
    assert_eq!(reason(&refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    assert_eq!(customers(&server).await, 0);
}

#[tokio::test]
async fn ten_thousand_rows_of_nonsense_are_ten_thousand_problems() {
    let scene = Scene::new();
    let server = scene.server().await;
    let nonsense: String = (0..10_000).map(|row| format!("\u{fffd}{row},\"\u{202e},;,,\u{0},x,9999999999\n")).collect();
    let said = import(&server, pieces(&format!("{HEADER}{nonsense}"), 1 << 16, 1)).await;
    assert_eq!(said.accepted_row_count, 0);
    assert!(
        said.rejected_row_count > 0 && said.problem_count > 0 && said.problems.len() <= 1_000,
        "{}",
        said.row_count
    );
    assert_eq!(customers(&server).await, 0);
}

#[tokio::test]
async fn pieces_that_cannot_be_used_are_refused() {
    let scene = Scene::new();
    let server = scene.server().await;
    let good = || pieces(&format!("{HEADER}{}", row(1, 25)), 1 << 20, 1);
    let mut nameless = good();
    nameless[1].chunk.as_mut().expect("a chunk").file_name.clear();
    let mut large = good();
    large[1].chunk.as_mut().expect("a chunk").data = vec![b'x'; (1 << 20) + 1];
    let mut elsewhere = good();
    elsewhere[0].parent = "partners/other".to_owned();
    let mut program = good();
    program[0].options = Some(v1::ImportOptions { program: "gift".to_owned(), ..Default::default() });
    let expected = [
        (nameless, "FIELD_INVALID"),
        (large, "FIELD_INVALID"),
        (elsewhere, "RESOURCE_NOT_FOUND"),
        (program, "FIELD_INVALID"),
        (Vec::new(), "FIELD_INVALID"),
    ];
    for (wish, expected) in expected {
        let refused = server.portfolios().await.import_portfolio(tokio_stream::iter(wish)).await.expect_err("refused");
        assert_eq!(reason(&refused).1, expected);
    }
    assert_eq!(customers(&server).await, 0);
}
