//! The built-in table of common offers, and of old products that are not sold any more.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::Offer;
use crate::ids::SkuId;
use crate::seed::{Billing, Segment, Term};

/// Seats of one Business product that a tenant may hold over all channels (rule R77).
const BUSINESS_CAP: u32 = 300;

/// No practical limit; the largest number new commerce states (rule R79).
pub(super) const NO_CAP: u32 = 999_999_999;

pub(super) const ONE_YEAR_AND_MONTH: &[(Term, Billing)] =
    &[(Term::P1M, Billing::Monthly), (Term::P1Y, Billing::Monthly), (Term::P1Y, Billing::Annual)];
const YEARS_AND_MONTH: &[(Term, Billing)] = &[
    (Term::P1M, Billing::Monthly),
    (Term::P1Y, Billing::Monthly),
    (Term::P1Y, Billing::Annual),
    (Term::P3Y, Billing::Annual),
    (Term::P3Y, Billing::Triennial),
];
const ONE_YEAR: &[(Term, Billing)] = &[(Term::P1Y, Billing::Monthly), (Term::P1Y, Billing::Annual)];

pub(super) struct Known {
    product: &'static str,
    sku: &'static str,
    pub(super) part_number: &'static str,
    entra: u128,
    pub(super) title: &'static str,
    /// List price per seat and year, in hundredths, the same figure in every currency.
    cents_per_year: i64,
    business: bool,
    terms: &'static [(Term, Billing)],
}

impl Known {
    pub(super) fn entra(&self) -> SkuId {
        SkuId(Uuid::from_u128(self.entra))
    }

    pub(super) fn offer(&self) -> Offer {
        Offer {
            product: self.product.to_owned(),
            sku: self.sku.to_owned(),
            title: self.title.to_owned(),
            entra: self.entra(),
            max_seats: if self.business { BUSINESS_CAP } else { NO_CAP },
            tenant_cap: self.business.then_some(BUSINESS_CAP),
            terms: self.terms,
            segment: Segment::Commercial,
            addon_of: Vec::new(),
            stock: None,
            end_of_sale: false,
            publisher: None,
            price_per_year: Decimal::new(self.cents_per_year, 2),
            turns: 0,
        }
    }
}

/// The Entra product that the catalogue item `product:sku` provisions, where the built-in table has it.
#[must_use]
pub fn known_sku(item: &str) -> Option<SkuId> {
    let (product, sku) = item.split_once(':')?;
    let same = |known: &&Known| known.product.eq_ignore_ascii_case(product) && known.sku.eq_ignore_ascii_case(sku);
    KNOWN.iter().find(same).map(Known::entra)
}

/// Common offers. Ids are hints as of the middle of 2026, prices are examples in the style of a list.
pub(super) const KNOWN: &[Known] = &[
    Known {
        product: "CFQ7TTC0LH18",
        sku: "0001",
        part_number: "O365_BUSINESS_ESSENTIALS",
        entra: 0x3b555118_da6a_4418_894f_7df1e2096870,
        title: "Microsoft 365 Business Basic",
        cents_per_year: 7200,
        business: true,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LDPB",
        sku: "0001",
        part_number: "O365_BUSINESS_PREMIUM",
        entra: 0xf245ecc8_75af_4f8e_b61f_27d8114de5f3,
        title: "Microsoft 365 Business Standard",
        cents_per_year: 15000,
        business: true,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LCHC",
        sku: "0002",
        part_number: "SPB",
        entra: 0xcbdc14ab_d96c_4c30_b9f4_6ada7cdc1d46,
        title: "Microsoft 365 Business Premium",
        cents_per_year: 26400,
        business: true,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LH1G",
        sku: "0001",
        part_number: "O365_BUSINESS",
        entra: 0xcdd28e44_67e3_425e_be4c_737fab2899d3,
        title: "Microsoft 365 Apps for business",
        cents_per_year: 9960,
        business: true,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LGZT",
        sku: "0001",
        part_number: "OFFICESUBSCRIPTION",
        entra: 0xc2273bd0_dff7_4215_9ef5_2c7bcfb06425,
        title: "Microsoft 365 Apps for enterprise",
        cents_per_year: 14400,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LFLX",
        sku: "0001",
        part_number: "SPE_E3",
        entra: 0x05e9a617_0261_4cee_bb44_138d3ef5d965,
        title: "Microsoft 365 E3",
        cents_per_year: 43200,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LFLX",
        sku: "0021",
        part_number: "Microsoft_365_E3_(no_Teams)",
        entra: 0xdcf0408c_aaec_446c_afd4_43e3683943ea,
        title: "Microsoft 365 E3 (no Teams)",
        cents_per_year: 37500,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LFLZ",
        sku: "0002",
        part_number: "SPE_E5",
        entra: 0x06ebc4ee_1bb5_47dd_8120_11324bc54e06,
        title: "Microsoft 365 E5",
        cents_per_year: 68400,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0MM8R",
        sku: "0002",
        part_number: "Microsoft_365_Copilot",
        entra: 0x639dec6b_bb19_468b_871c_c5c441c4b0cb,
        title: "Microsoft 365 Copilot",
        cents_per_year: 36000,
        business: false,
        terms: ONE_YEAR,
    },
    Known {
        product: "CFQ7TTC0LF8Q",
        sku: "0001",
        part_number: "STANDARDPACK",
        entra: 0x18181a46_0d4e_45cd_891e_60aabd171b4e,
        title: "Office 365 E1",
        cents_per_year: 12000,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LF8R",
        sku: "0001",
        part_number: "ENTERPRISEPACK",
        entra: 0x6fd2c87f_b296_42f0_b197_1e91e994b900,
        title: "Office 365 E3",
        cents_per_year: 27600,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LF8R",
        sku: "0020",
        part_number: "Office_365_E3_(no_Teams)",
        entra: 0x46c3a859_c90d_40b3_9551_6178a48d5c18,
        title: "Office 365 E3 (no Teams)",
        cents_per_year: 21600,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    // Its item id is made up: no document that was read tells it.
    Known {
        product: "CFQ7TTC0ZT01",
        sku: "0001",
        part_number: "Microsoft_Teams_Enterprise_New",
        entra: 0x7e31c0d9_9551_471d_836f_32ee72be4a01,
        title: "Microsoft Teams Enterprise",
        cents_per_year: 6300,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LF8S",
        sku: "0002",
        part_number: "ENTERPRISEPREMIUM",
        entra: 0xc7df2760_2c81_4ef7_b578_5b5392b571df,
        title: "Office 365 E5",
        cents_per_year: 45600,
        business: false,
        terms: YEARS_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LGZW",
        sku: "0001",
        part_number: "DESKLESSPACK",
        entra: 0x4b585984_651b_448a_9e53_3b10f069cf7f,
        title: "Office 365 F3",
        cents_per_year: 4800,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LH05",
        sku: "0001",
        part_number: "SPE_F1",
        entra: 0x66b55226_6b4f_492c_910c_a3b7a3c9d993,
        title: "Microsoft 365 F3",
        cents_per_year: 9600,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LH16",
        sku: "0001",
        part_number: "EXCHANGESTANDARD",
        entra: 0x4b9405b0_7788_4568_add1_99614e613b69,
        title: "Exchange Online (Plan 1)",
        cents_per_year: 4800,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LH1P",
        sku: "0001",
        part_number: "EXCHANGEENTERPRISE",
        entra: 0x19ec0d23_8335_4cbd_94ac_6050e30712fa,
        title: "Exchange Online (Plan 2)",
        cents_per_year: 9600,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LFLS",
        sku: "0002",
        part_number: "AAD_PREMIUM",
        entra: 0x078d2b04_f1bd_4111_bbd4_b4b1b354cef4,
        title: "Microsoft Entra ID P1",
        cents_per_year: 7200,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LFK5",
        sku: "0001",
        part_number: "AAD_PREMIUM_P2",
        entra: 0x84a661c4_e949_4bd2_a560_ed7766fcaf2b,
        title: "Microsoft Entra ID P2",
        cents_per_year: 10800,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LCH4",
        sku: "0009",
        part_number: "INTUNE_A",
        entra: 0x061f9ace_7d42_4136_88ac_31dc755f143f,
        title: "Microsoft Intune Plan 1",
        cents_per_year: 9600,
        business: false,
        terms: ONE_YEAR,
    },
    Known {
        product: "CFQ7TTC0LH0T",
        sku: "0001",
        part_number: "MCOEV",
        entra: 0xe43b5b99_8dfb_405f_9987_dc307f34bcbd,
        title: "Microsoft Teams Phone Standard",
        cents_per_year: 12000,
        business: false,
        terms: ONE_YEAR,
    },
    Known {
        product: "CFQ7TTC0LHSF",
        sku: "0001",
        part_number: "POWER_BI_PRO",
        entra: 0xf8a1db68_be16_40ed_86d5_cb42ce701560,
        title: "Power BI Pro",
        cents_per_year: 16800,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LHT4",
        sku: "0001",
        part_number: "EMS",
        entra: 0xefccb6f7_5641_4e0e_bd10_b4976e1bf68e,
        title: "Enterprise Mobility + Security E3",
        cents_per_year: 12720,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0HX56",
        sku: "0002",
        part_number: "MDE_SMB",
        entra: 0x5e1e7702_a2b7_4360_8d07_2f515792896f,
        title: "Microsoft Defender for Business",
        cents_per_year: 3600,
        business: true,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0HD33",
        sku: "0003",
        part_number: "VISIOONLINE_PLAN1",
        entra: 0x4b244418_9658_4451_a2b8_b5e2b364e9bd,
        title: "Visio Plan 1",
        cents_per_year: 6000,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0HD32",
        sku: "0002",
        part_number: "VISIOCLIENT",
        entra: 0xc5928f49_12ba_48f7_ada3_0d743a3601d5,
        title: "Visio Plan 2",
        cents_per_year: 18000,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0HDB0",
        sku: "0002",
        part_number: "PROJECTPROFESSIONAL",
        entra: 0x53818b1b_4a27_454b_8896_0dba576410e6,
        title: "Planner and Project Plan 3",
        cents_per_year: 36000,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0HD9Z",
        sku: "0002",
        part_number: "PROJECTPREMIUM",
        entra: 0x09015f9f_377f_4538_bbb5_f75ceb09358a,
        title: "Planner and Project Plan 5",
        cents_per_year: 66000,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
    Known {
        product: "CFQ7TTC0LH0N",
        sku: "0001",
        part_number: "SHAREPOINTSTANDARD",
        entra: 0x1fc08a02_8b3d_43b9_831e_f76859e04e1a,
        title: "SharePoint Plan 1",
        cents_per_year: 6000,
        business: false,
        terms: ONE_YEAR_AND_MONTH,
    },
];

/// Products that still run in old programs and that new commerce does not sell (rules R18, R140).
pub(super) const RETIRED: &[(&str, u128, &str)] = &[
    ("SMB_BUSINESS_ESSENTIALS", 0xdab7782a_93b1_4074_8bb1_0e61318bea0b, "Microsoft 365 Business Basic"),
    ("SMB_BUSINESS_PREMIUM", 0xac5cef5d_921b_4f97_9ef3_c99076e5470f, "Microsoft 365 Business Standard"),
    ("SMB_BUSINESS", 0xb214fe43_f5a3_4703_beeb_fa97188220fc, "Microsoft 365 Apps for Business"),
    ("POWER_BI_PRO_CE", 0x420af87e_8177_4146_a780_3786adaffbca, "Power BI Pro CE"),
];
