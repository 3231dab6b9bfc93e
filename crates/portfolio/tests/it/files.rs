//! What a partner is told about a file or row whose cells cannot be told apart.

use crate::common::{file, import, summary};
use expect_test::{Expect, expect};

const HEADER: &str = "tenant_id,domain,country,program,sku_id,seats,end_date";
const ROW: &str =
    "6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,contoso.com,DE,open,3b555118-da6a-4418-894f-7df1e2096870,25,2026-12-31";

fn check(bytes: impl AsRef<[u8]>, expect: Expect) {
    expect.assert_eq(&summary(&import(bytes)));
}

#[test]
fn the_seven_required_columns_are_enough() {
    check(
        format!("{HEADER}\n{ROW}\n"),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn columns_come_in_any_order_and_case() {
    let row =
        "2026-12-31,25,3b555118-da6a-4418-894f-7df1e2096870,OPEN,de,Contoso.com,{6D5B2B1C-0C1E-4B8E-9A51-3F5A0F7D9C11}";
    check(
        format!("End_Date,SEATS,sku_id, Program ,country,domain,TENANT_ID\n{row}\n"),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn a_byte_order_mark_and_any_line_end_are_fine() {
    check(
        format!("\u{feff}{HEADER}\r\n{ROW}\r\n"),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
    check(
        format!("{HEADER}\r{ROW}\r"),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
    check(
        format!("{HEADER}\n\n{ROW}"),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn empty_rows_below_the_table_are_no_rows() {
    check(
        format!("{HEADER}\n{ROW}\n,,,,,,\n\n,,\n"),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn an_empty_file() {
    check(
        "",
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the file is empty; its first row must name the columns
        "#]],
    );
    check(
        "\n\n",
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the file is empty; its first row must name the columns
        "#]],
    );
}

#[test]
fn a_header_without_rows() {
    check(
        HEADER,
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the file has a header and no rows; write one row for each old subscription
        "#]],
    );
}

#[test]
fn required_columns_are_missing() {
    check(
        "Tenant ID,domain,country,programme,sku,quantity\n1,2,3,4,5,6\n",
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: required columns are missing: tenant_id (is `Tenant ID` meant?), program (is `programme` meant?), sku_id (is `sku` meant?), seats, end_date; name or add them
        "#]],
    );
}

#[test]
fn a_wish_in_a_column_with_a_slip_in_its_name() {
    check(
        format!("{HEADER},Target SKU\n{ROW},CFQ7TTC0LDPB:0001\n"),
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the column `Target SKU` is not understood: write `target_sku`, or give it another name if something else is meant
        "#]],
    );
}

#[test]
fn a_column_that_stands_twice() {
    check(
        format!("{HEADER},Seats\n{ROW},30\n"),
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the column `Seats` stands twice, as columns 6 and 8: keep one of them
        "#]],
    );
}

#[test]
fn semicolons_between_the_cells() {
    check(
        format!("{HEADER}\n{ROW}\n").replace(',', ";"),
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the cells are separated by semicolons: save the file as CSV UTF-8 with commas between the cells
        "#]],
    );
}

#[test]
fn tabs_between_the_cells() {
    check(
        format!("{HEADER}\n{ROW}\n").replace(',', "\t"),
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the cells are separated by tabs: save the file as CSV UTF-8 with commas between the cells
        "#]],
    );
}

#[test]
fn text_in_utf_16() {
    let text = format!("{HEADER}\n{ROW}\n");
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    check(
        &bytes,
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: this is UTF-16 text; save the file as CSV UTF-8
        "#]],
    );
    check(
        &bytes[2..],
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the header holds NUL bytes, as in UTF-16 text: save the file as CSV UTF-8
        "#]],
    );
}

#[test]
fn a_header_that_is_not_utf_8() {
    check(
        [HEADER.as_bytes(), b",Stra\xDFe\n"].concat(),
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the column name `Stra\xDFe` is not UTF-8: save the file as CSV UTF-8
        "#]],
    );
}

#[test]
fn quotes_in_the_header_that_do_not_pair_up() {
    check(
        format!("\"{HEADER}\n{ROW}\n"),
        expect![[r#"
            0 read, 0 good, 0 rejected
            contoso.csv:1: the quotes of the header do not pair up: write each column name without quotes
        "#]],
    );
}

#[test]
fn cells_that_are_not_utf_8() {
    let row = [ROW.as_bytes(), b",M\xFCller,gr\xFCn\n"].concat();
    check(
        [HEADER.as_bytes(), b",customer_name,colour\n", &row].concat(),
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: customer_name is `M\xFCller`: this is not UTF-8 text; save the file as CSV UTF-8
            contoso.csv:2: colour is `gr\xFCn`: this is not UTF-8 text; save the file as CSV UTF-8
        "#]],
    );
}

#[test]
fn too_few_and_too_many_cells() {
    check(
        format!("{HEADER}\n{},2026-12-31\n{ROW},x\n{ROW}\n", &ROW[..60]),
        expect![[r#"
            3 read, 1 good, 2 rejected
            contoso.csv:2: the row has too few cells: 6, where the header has 7; put text that holds a comma in quotes and give each column a cell
            contoso.csv:3: the row has too many cells: 8, where the header has 7; put text that holds a comma in quotes and give each column a cell
        "#]],
    );
}

#[test]
fn a_cell_under_no_name() {
    check(
        format!("{HEADER},,\n{ROW},,\n{ROW},,oops\n"),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:3: column 9 is `oops`: this column has no name; name it in the header
        "#]],
    );
}

#[test]
fn a_quote_that_is_never_closed() {
    check(
        format!("{HEADER}\n{ROW}\n\"{ROW}\n{ROW}\n{ROW}\n"),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:3: tenant_id is `6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,contoso.com,DE,open,3b555118-da6a-4418-894f…`: the quote that opens this cell is never closed, so all that follows it in the file was taken for this cell; close the quote and read the file again
        "#]],
    );
}

#[test]
fn a_quote_that_swallows_rows_until_the_next_one() {
    check(
        format!("{HEADER},product_name\n{ROW},\"Basic\n{ROW},\"Basic\"\n"),
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: product_name is `Basic\n6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11,contoso.com,DE,open,3b555118-da6a-441…`: text follows the closing quote, and the row runs on to line 3; write a quote inside a quoted cell twice
        "#]],
    );
}

#[test]
fn a_quote_inside_a_quoted_cell() {
    check(
        format!("{HEADER},product_name\n{ROW},\"the \"Basic\" one\"\n"),
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: product_name is `the Basic" one"`: text follows the closing quote; write a quote inside a quoted cell twice
        "#]],
    );
    check(
        format!("{HEADER},product_name\n{ROW},\"the \"\"Basic\"\" one\"\n"),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn a_cell_that_is_too_long() {
    check(
        format!("{HEADER},notes\n{ROW},{}\n", "n".repeat(32 * 1024)),
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
    check(
        format!("{HEADER},notes\n{ROW},{}\n{ROW},\n", "n".repeat(32 * 1024 + 1)),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:2: notes is `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…`: a cell has at most 32768 bytes; shorten it
        "#]],
    );
}

#[test]
fn a_row_that_is_too_long() {
    check(
        format!("{HEADER}\n{}\n{ROW}\n", "x,".repeat(1024 * 1024)),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:2: the row has more than 1048576 bytes; look for a quote that is not closed
        "#]],
    );
}

#[test]
fn line_numbers_count_line_breaks_inside_cells() {
    check(
        format!("{HEADER},notes\n{ROW},\"one\r\ntwo\nthree\"\nx{ROW},\n"),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:5: tenant_id is `x6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11`: the customer's tenant id is expected, a GUID such as 6d5b2b1c-0c1e-4b8e-9a51-3f5a0f7d9c11
        "#]],
    );
}

#[test]
fn the_same_subscription_twice() {
    check(
        file(&["", "seats=30"]),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:3: subscription_id is `sub-1`: the tenant has this subscription in line 2 of contoso.csv already; remove one of the two rows
        "#]],
    );
}

#[test]
fn a_guid_is_one_subscription_in_every_spelling() {
    check(
        file(&[
            "subscription_id={5F2D1C7E-8F1B-4A53-9C0E-7D1A2B3C4D5E}",
            "subscription_id=5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e",
            "subscription_id=5F2D1C7E8F1B4A539C0E7D1A2B3C4D5E",
            "subscription_id=sub-2; add_on=yes; base_subscription_id={5F2D1C7E-8F1B-4A53-9C0E-7D1A2B3C4D5E}",
            "subscription_id={5F2D1C7E-8F1B-4A53-9C0E-7D1A2B3C4D5F}; add_on=yes; base_subscription_id=5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5f",
        ]),
        expect![[r#"
            5 read, 2 good, 3 rejected
            contoso.csv:3: subscription_id is `5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e`: the tenant has this subscription in line 2 of contoso.csv already; remove one of the two rows
            contoso.csv:4: subscription_id is `5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e`: the tenant has this subscription in line 2 of contoso.csv already; remove one of the two rows
            contoso.csv:6: base_subscription_id is `5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5f`: an add-on is not its own base; name the subscription that it was added to
        "#]],
    );
    let id = |text: &str| import(file(&[&format!("subscription_id={text}")])).customers[0].1[0].id.to_string();
    assert_eq!(id("{5F2D1C7E-8F1B-4A53-9C0E-7D1A2B3C4D5E}"), id("5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e"));
    expect!["f6eba7d7-26e6-5c27-85fb-8eeca96a2bfd"].assert_eq(&id("5f2d1c7e-8f1b-4a53-9c0e-7d1a2b3c4d5e"));
}

#[test]
fn a_row_that_is_wrong_elsewhere_holds_its_subscription_too() {
    check(
        file(&["seats=many", "seats=30"]),
        expect![[r#"
            2 read, 0 good, 2 rejected
            contoso.csv:2: seats is `many`: a whole number from 1 to 1000000 in plain digits is expected, such as 25
            contoso.csv:3: subscription_id is `sub-1`: the tenant has this subscription in line 2 of contoso.csv already; remove one of the two rows
        "#]],
    );
}

#[test]
fn two_rows_that_cannot_be_told_apart() {
    check(
        file(&["subscription_id=", "subscription_id=; seats=30"]),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:3: subscription_id is empty: the same tenant, program, sku_id and end_date stand in line 2 of contoso.csv; if these are two subscriptions, give both a subscription_id, else remove one row
        "#]],
    );
    check(
        file(&["subscription_id=", "subscription_id=sub-2"]),
        expect![[r#"
            2 read, 1 good, 1 rejected
            contoso.csv:3: subscription_id is `sub-2`: the same tenant, program, sku_id and end_date stand in line 2 of contoso.csv; if these are two subscriptions, give both a subscription_id, else remove one row
        "#]],
    );
}

#[test]
fn two_subscriptions_of_one_product_that_end_together() {
    check(
        file(&["subscription_id=sub-1", "subscription_id=sub-2"]),
        expect![[r#"
            2 read, 2 good, 0 rejected
        "#]],
    );
}

#[test]
fn rows_without_a_subscription_that_end_on_different_days() {
    check(
        file(&["subscription_id=", "subscription_id=; end_date=2027-01-31"]),
        expect![[r#"
            2 read, 2 good, 0 rejected
        "#]],
    );
}

#[test]
fn a_customer_that_is_named_differently() {
    let other = "subscription_id=sub-2; domain=contoso.de; country=AT; customer_name=Contoso GmbH";
    check(
        file(&["", other, "subscription_id=sub-3; customer_name="]),
        expect![[r#"
            3 read, 2 good, 1 rejected
            contoso.csv:3: domain is `contoso.de`: line 2 of contoso.csv says `contoso.com` for the same tenant; write the same in both rows
            contoso.csv:3: country is `AT`: line 2 of contoso.csv says `DE` for the same tenant; write the same in both rows
            contoso.csv:3: customer_name is `Contoso GmbH`: line 2 of contoso.csv says `Contoso` for the same tenant; write the same in both rows
        "#]],
    );
}

#[test]
fn files_are_read_as_one_portfolio() {
    let [first, second] = [file(&["subscription_id=a"]), file(&["subscription_id=A", "subscription_id=b; country=AT"])];
    let files = [("january.csv", first.as_bytes()), ("february.csv", second.as_bytes())];
    let import = carryover_portfolio::read(files).expect("memory can be read");
    expect![[r#"
        3 read, 1 good, 2 rejected
        february.csv:2: subscription_id is `a`: the tenant has this subscription in line 2 of january.csv already; remove one of the two rows
        february.csv:3: country is `AT`: line 2 of january.csv says `DE` for the same tenant; write the same in both rows
    "#]].assert_eq(&summary(&import));
}

#[test]
fn a_name_in_a_later_row_is_the_customers_name() {
    let rows = ["customer_name=", "subscription_id=sub-2; customer_name=Contoso"];
    let import = import(file(&rows));
    assert_eq!(import.customers[0].0.name, "Contoso");
}

#[test]
fn a_customer_without_a_name_is_called_by_its_domain() {
    let import = import(file(&["customer_name="]));
    assert_eq!(import.customers[0].0.name, "contoso.com");
}

#[test]
fn unknown_columns_are_kept() {
    let import = import(format!("{HEADER},Cost centre,Notes\n{ROW}, 4711 ,\n"));
    let id = import.customers[0].1[0].id;
    assert_eq!(import.extras[&id], [("Cost centre".into(), " 4711 ".to_owned())]);
}

#[test]
fn a_broken_stream_is_no_portfolio() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let start = std::io::Read::chain(HEADER.as_bytes(), Broken);
    let error = carryover_portfolio::read([("contoso.csv", start)]).expect_err("half a file");
    assert_eq!(error.to_string(), "contoso.csv could not be read past line 1");
}
