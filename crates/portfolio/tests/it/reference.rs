//! Microsoft's table of products and service plans, as people really have it.

use carryover_domain::ids::{ServicePlanId, SkuId};
use carryover_domain::product::table::ProductTable;
use carryover_portfolio::read_service_plans;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::io::{self, Read};

const ONE: &str = "10000000-0000-0000-0000-00000000000a";
const TWO: &str = "20000000-0000-0000-0000-00000000000b";
const MAIL: &str = "30000000-0000-0000-0000-00000000000c";
const FILES: &str = "40000000-0000-0000-0000-00000000000d";

const MICROSOFT: &str = "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,\
                         Service_Plans_Included_Friendly_Names";

fn read(text: impl AsRef<[u8]>) -> ProductTable {
    read_service_plans("plans.csv", text.as_ref()).unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[track_caller]
fn refuses(text: impl AsRef<[u8]>, sentence: &str) {
    let wrong = read_service_plans("plans.csv", text.as_ref()).expect_err("it cannot be read");
    assert_eq!(wrong.to_string(), sentence);
}

fn sku(text: &str) -> SkuId {
    text.parse().expect("a GUID")
}

fn plans(texts: &[&str]) -> BTreeSet<ServicePlanId> {
    texts.iter().map(|text| text.parse().expect("a GUID")).collect()
}

/// Two products of one name, as text under `header`.
fn small(header: &str) -> String {
    format!(
        "{header}\nMail,MAIL,{ONE},MAIL_S,{MAIL},Mail\nMail,MAIL,{TWO},MAIL_S,{MAIL},Mail\nMail,MAIL,{TWO},FILES_S,{FILES},Files\n"
    )
}

#[track_caller]
fn is_small(table: &ProductTable) {
    assert_eq!((table.len(), table.plan_count(), table.row_count()), (2, 2, 3));
    let product = table.product(sku(TWO)).expect("it is there");
    assert_eq!((product.name.as_str(), product.string_id.as_str()), ("Mail", "MAIL"));
    assert_eq!(product.plans, plans(&[MAIL, FILES]));
    let [mail] = plans(&[MAIL]).into_iter().collect::<Vec<_>>()[..] else { panic!("one") };
    assert_eq!(table.plan_name(mail), Some("MAIL_S"));
}

#[test]
fn microsofts_own_header_and_that_of_older_copies_are_read() {
    for header in [
        MICROSOFT,
        "product_name,string_id,guid,service_plan_name,service_plan_id,service_plan_friendly_name",
        "Product name,String ID,Guid,Service plan name,Service plan ID,Whatever",
        "PRODUCTDISPLAYNAME,STRINGID,GUID,SERVICEPLANNAME,SERVICEPLANID,",
    ] {
        is_small(&read(small(header)));
    }
}

#[test]
fn columns_may_stand_in_any_order_and_others_are_passed_over() {
    let rows = [(ONE, "MAIL_S", MAIL), (TWO, "MAIL_S", MAIL), (TWO, "FILES_S", FILES)];
    let rows = rows.map(|(product, name, plan)| format!("{plan},x,{product},{name},MAIL,Mail\n")).concat();
    is_small(&read(format!("service_plan_id,note,guid,service_plan_name,string_id,product_name\n{rows}")));
}

#[test]
fn a_byte_order_mark_windows_line_ends_quotes_capitals_and_repeats_do_no_harm() {
    let text = small(MICROSOFT).replace('\n', "\r\n").replace("Mail,MAIL", "\"Mail\",\" MAIL \"");
    is_small(&read(format!("\u{feff}{text}")));
    is_small(&read(format!(
        "\u{feff}\"{}\"\r\n{}",
        MICROSOFT.replace(',', "\",\""),
        text.split_once('\n').expect("rows").1
    )));
    let (header, rows) = text.split_once('\n').expect("rows");
    is_small(&read(format!("{header}\n{}\r\n,,,,,\r\n{}", rows.to_uppercase().replace("\"MAIL\"", "\"Mail\""), rows)));
}

#[test]
fn names_with_commas_slashes_and_strange_bytes_are_kept_as_far_as_they_go() {
    let mut bytes = format!("{MICROSOFT}\n\"Suite, large\",O365_w/o Teams Bundle_M3,{ONE},A_ B,{MAIL},").into_bytes();
    bytes.extend([0xE2, 0x96, b'\n']);
    let table = read(bytes);
    let product = table.product(sku(ONE)).expect("it is there");
    assert_eq!((product.name.as_str(), product.string_id.as_str()), ("Suite, large", "O365_w/o Teams Bundle_M3"));
}

#[test]
fn another_file_is_named_with_the_columns_that_it_lacks() {
    refuses(
        "tenant_id,GUID,seats\nx,y,1\n",
        "plans.csv is not the table of products and service plans: its first row names no column Product_Display_Name, \
         String_Id, Service_Plan_Name, Service_Plan_Id; give Microsoft's CSV \"Product names and service plan identifiers \
         for licensing\", with commas between the cells",
    );
    for other in [String::new(), "\n\n".to_owned(), small(MICROSOFT).replace(',', ";"), "%PDF-1.7\n".to_owned()] {
        let wrong = read_service_plans("plans.csv", other.as_bytes()).expect_err("it is another file").to_string();
        assert!(wrong.contains("is not the table of products") && wrong.contains("commas"), "{wrong}");
    }
}

#[test]
fn a_guid_that_is_none_is_named_with_its_line() {
    refuses(
        small(MICROSOFT).replacen(TWO, "not-a-guid", 1),
        "plans.csv:3: GUID is `not-a-guid`, which is not a GUID such as 3b555118-da6a-4418-894f-7df1e2096870; correct the \
         row or download the file again",
    );
    refuses(
        small(MICROSOFT).replacen(FILES, "", 1),
        "plans.csv:4: Service_Plan_Id is ``, which is not a GUID such as 3b555118-da6a-4418-894f-7df1e2096870; correct the \
         row or download the file again",
    );
    let short = format!("{MICROSOFT}\nMail,MAIL,{ONE}\n");
    let wrong = read_service_plans("plans.csv", short.as_bytes()).expect_err("a cell is missing").to_string();
    assert!(wrong.starts_with("plans.csv:2: Service_Plan_Id is ``"), "{wrong}");
}

#[test]
fn a_row_whose_quotes_do_not_pair_up_ends_the_reading() {
    refuses(
        small(MICROSOFT).replacen("\nMail", "\n\"Mail", 1),
        "plans.csv:2: this row cannot be divided into cells: a quote is never closed; correct it or download the file again",
    );
}

#[test]
fn a_header_alone_and_utf_16_are_refused() {
    refuses(format!("{MICROSOFT}\n,,\n"), "plans.csv names the columns and has no rows; download the file again");
    let wide =
        |units: &[u16], order: fn(u16) -> [u8; 2]| units.iter().flat_map(|unit| order(*unit)).collect::<Vec<u8>>();
    let units: Vec<u16> = format!("\u{feff}{}", small(MICROSOFT)).encode_utf16().collect();
    for bytes in [wide(&units, u16::to_le_bytes), wide(&units, u16::to_be_bytes), wide(&units[1..], u16::to_le_bytes)] {
        refuses(bytes, "plans.csv is UTF-16 text; save it as CSV UTF-8");
    }
}

#[test]
fn a_file_that_breaks_off_is_no_shorter_table() {
    struct Breaks<'a>(&'a [u8]);
    impl Read for Breaks<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Err(io::Error::other("the disk is gone")) } else { self.0.read(buffer) }
        }
    }
    let wrong = read_service_plans("plans.csv", Breaks(small(MICROSOFT).as_bytes())).expect_err("half a table is none");
    assert!(wrong.to_string().starts_with("plans.csv could not be read past line"), "{wrong}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _read = read_service_plans("plans.csv", &bytes[..]);
        let mut below = small(MICROSOFT).into_bytes();
        below.extend(bytes);
        let _read = read_service_plans("plans.csv", &below[..]);
    }
}
