//! The file of rejected rows: for people to correct, so it holds what they wrote and what is wrong with it.

use crate::common::import;
use carryover_portfolio::Import;
use expect_test::expect;

const HEADER: &str = "tenant_id,domain,country,program,sku_id,seats,end_date,notes";
const START: &str = "6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,contoso.com,DE,open,3b555118-da6a-4418-894f-7df1e2096870";

fn rejected(import: &Import) -> Vec<u8> {
    let mut out = Vec::new();
    import.rejected[0].write(&mut out).expect("memory can be written");
    out
}

#[test]
fn header_and_cells_stay_as_they_are() {
    let text = format!(
        "{HEADER}\r\n{START},25,2026-12-31,good\r\n{START},many, 31.12.2026,\"said \"\"many\"\",\n=1+1\"\r\n{START},=1+1,\r\n"
    );
    let out = rejected(&import(text));
    expect![[r#"
        tenant_id,domain,country,program,sku_id,seats,end_date,notes,problem
        6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,contoso.com,DE,open,3b555118-da6a-4418-894f-7df1e2096870,many, 31.12.2026,"said ""many"",
        =1+1","seats is `many`: a whole number from 1 to 1000000 in plain digits is expected, such as 25; end_date is `31.12.2026`: this is a locale date; write 2026-12-31"
        6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,contoso.com,DE,open,3b555118-da6a-4418-894f-7df1e2096870,'=1+1,,"the row has too few cells: 7, where the header has 8; put text that holds a comma in quotes and give each column a cell"
    "#]].assert_eq(&String::from_utf8_lossy(&out).replace('\r', ""));
}

#[test]
fn what_is_wrong_stays_wrong_until_it_is_corrected() {
    let flaws = [
        format!("{START},25,2026-12-31,\"a \"quote\""),
        format!("{START},25,2026-12-31,{}", "n".repeat(40_000)),
        format!("{START},25"),
        format!("{START},25,2026-12-31,,,"),
        format!("{START},25,2026-12-31,\"never closed"),
    ];
    for flaw in flaws {
        let mut file = format!("{HEADER}\n{flaw}\n").into_bytes();
        for _ in 0..3 {
            let import = import(&file);
            assert_eq!((import.rows_read, import.rows_rejected), (1, 1), "{}", String::from_utf8_lossy(&file));
            file = rejected(&import);
        }
    }
}

#[test]
fn a_corrected_file_reads_in_again() {
    let first = import(format!("{HEADER}\n{START},25,31.12.2026,x\n"));
    let corrected = String::from_utf8(rejected(&first)).expect("text").replacen("31.12.2026", "2026-12-31", 1);
    let second = import(corrected);
    assert_eq!((second.rows_read, second.rows_good), (1, 1), "{:?}", second.problems);
}

#[test]
fn bytes_that_are_no_text_and_the_byte_order_mark_are_kept() {
    let row = [START.as_bytes(), b",25,2026-12-31,gr\xFCn"].concat();
    let out = rejected(&import([b"\xEF\xBB\xBF", HEADER.as_bytes(), b"\n", &row, b"\n"].concat()));
    assert!(out.starts_with(b"\xEF\xBB\xBFtenant_id"));
    assert!(out.windows(row.len()).any(|window| window == row));
}
