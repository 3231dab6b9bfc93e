//! Service plans of the products the emulator knows: a small table, not the whole public one.
//!
//! Products outside it get three made-up plans, so that every product has something to switch off.

use uuid::Uuid;

use crate::ids::{PlanId, SkuId};

/// A capability inside a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) id: PlanId,
    pub(crate) name: &'static str,
}

const fn plan(name: &'static str, id: u128) -> Plan {
    Plan { id: PlanId(Uuid::from_u128(id)), name }
}

const EXCHANGE_1: Plan = plan("EXCHANGE_S_STANDARD", 0x9aaf7827_d63c_4b61_89c3_182f06f82e5c);
const EXCHANGE_2: Plan = plan("EXCHANGE_S_ENTERPRISE", 0xefb87545_963c_4e0d_99df_69c6916d9eb0);
const SHAREPOINT_1: Plan = plan("SHAREPOINTSTANDARD", 0xc7699d2e_19aa_44de_8edf_1736da088ca1);
const SHAREPOINT_2: Plan = plan("SHAREPOINTENTERPRISE", 0x5dbe027f_2339_4123_9542_606e4d348a72);
const OFFICE_WEB: Plan = plan("SHAREPOINTWAC", 0xe95bec33_7c88_4a70_8e19_b10bd9d0c014);
const APPS_BUSINESS: Plan = plan("OFFICE_BUSINESS", 0x094e7854_93fc_4d55_b2c0_3ab5369ebdc1);
const APPS_ENTERPRISE: Plan = plan("OFFICESUBSCRIPTION", 0x43de0ff5_c92c_492b_9116_175376d08c38);
const ONEDRIVE: Plan = plan("ONEDRIVESTANDARD", 0x13696edf_5a08_49f6_8134_03083ed8ba30);
const TEAMS: Plan = plan("TEAMS1", 0x57ff2da0_773e_42df_b2af_ffb7a2317929);
const SKYPE: Plan = plan("MCOSTANDARD", 0x0feaeb32_d00e_4d66_bd5a_43b5b83db82c);
const YAMMER: Plan = plan("YAMMER_ENTERPRISE", 0x7547a3fe_08ee_4ccb_b430_5077c5041653);
const YAMMER_OLD: Plan = plan("YAMMER_MIDSIZE", 0x41bf139a_4e60_409f_9346_a1361efc6dfb);
const FORMS_1: Plan = plan("FORMS_PLAN_E1", 0x159f4cd6_e380_449f_a816_af1a9ef76344);
const FORMS_3: Plan = plan("FORMS_PLAN_E3", 0x2789c901_c14e_48ab_a76a_be334d9d793a);
const SWAY: Plan = plan("SWAY", 0xa23b959c_7ce8_4e57_9140_b90eb88a9e97);
const PLANNER: Plan = plan("PROJECTWORKMANAGEMENT", 0xb737dad2_2f6c_4c65_90e3_ca563267e8b9);
const INTUNE: Plan = plan("INTUNE_A", 0xc1ec4a95_1f05_45b3_a911_aa3fa01094f5);
const ENTRA_1: Plan = plan("AAD_PREMIUM", 0x41781fb2_bc02_4b7c_bd55_b576c07bb09d);
const DEFENDER_OFFICE: Plan = plan("ATP_ENTERPRISE", 0xf20fedf3_f3c3_43c3_8267_2bfdd51c0939);

const BASIC: &[Plan] = &[EXCHANGE_1, SHAREPOINT_1, OFFICE_WEB, TEAMS, SKYPE, YAMMER, FORMS_1, SWAY, PLANNER];
const BASIC_OLD: &[Plan] = &[EXCHANGE_1, SHAREPOINT_1, OFFICE_WEB, TEAMS, SKYPE, YAMMER_OLD, FORMS_1, SWAY, PLANNER];
const STANDARD: &[Plan] =
    &[EXCHANGE_1, SHAREPOINT_1, OFFICE_WEB, APPS_BUSINESS, TEAMS, SKYPE, YAMMER, FORMS_1, SWAY, PLANNER];
const STANDARD_OLD: &[Plan] =
    &[EXCHANGE_1, SHAREPOINT_1, OFFICE_WEB, APPS_BUSINESS, TEAMS, SKYPE, YAMMER_OLD, FORMS_1, SWAY, PLANNER];
const PREMIUM: &[Plan] = &[
    EXCHANGE_1,
    SHAREPOINT_1,
    OFFICE_WEB,
    APPS_BUSINESS,
    TEAMS,
    SKYPE,
    YAMMER,
    FORMS_1,
    SWAY,
    PLANNER,
    INTUNE,
    ENTRA_1,
    DEFENDER_OFFICE,
];
const APPS: &[Plan] = &[APPS_BUSINESS, ONEDRIVE, OFFICE_WEB, FORMS_1, SWAY];
const E1: &[Plan] = &[EXCHANGE_1, SHAREPOINT_1, OFFICE_WEB, TEAMS, SKYPE, YAMMER, FORMS_1, SWAY, PLANNER];
const E3: &[Plan] =
    &[EXCHANGE_2, SHAREPOINT_2, OFFICE_WEB, APPS_ENTERPRISE, TEAMS, SKYPE, YAMMER, FORMS_3, SWAY, PLANNER];
const M365_E3: &[Plan] = &[
    EXCHANGE_2,
    SHAREPOINT_2,
    OFFICE_WEB,
    APPS_ENTERPRISE,
    TEAMS,
    SKYPE,
    YAMMER,
    FORMS_3,
    SWAY,
    PLANNER,
    INTUNE,
    ENTRA_1,
    DEFENDER_OFFICE,
];

/// The plans of `sku`, named by its part number where that is a product of the table.
pub(crate) fn of(sku: SkuId, part_number: &str) -> Vec<Plan> {
    let known: &[Plan] = match part_number {
        "O365_BUSINESS_ESSENTIALS" => BASIC,
        "SMB_BUSINESS_ESSENTIALS" => BASIC_OLD,
        "O365_BUSINESS_PREMIUM" => STANDARD,
        "SMB_BUSINESS_PREMIUM" => STANDARD_OLD,
        "SPB" => PREMIUM,
        "O365_BUSINESS" | "SMB_BUSINESS" => APPS,
        "STANDARDPACK" => E1,
        "ENTERPRISEPACK" => E3,
        "SPE_E3" => M365_E3,
        "Office_365_E3_(no_Teams)" => return without_teams(E3),
        "Microsoft_365_E3_(no_Teams)" => return without_teams(M365_E3),
        "Microsoft_Teams_Enterprise_New" => &[TEAMS],
        "EXCHANGESTANDARD" => &[EXCHANGE_1],
        "EXCHANGEENTERPRISE" => &[EXCHANGE_2],
        "AAD_PREMIUM" => &[ENTRA_1],
        "INTUNE_A" => &[INTUNE],
        _ => return made_up(sku),
    };
    known.to_vec()
}

fn without_teams(suite: &[Plan]) -> Vec<Plan> {
    suite.iter().filter(|plan| plan.id != TEAMS.id).copied().collect()
}

fn made_up(sku: SkuId) -> Vec<Plan> {
    ["CORE_SERVICE", "WEB_ACCESS", "MOBILE_ACCESS"]
        .map(|name| Plan { id: PlanId(Uuid::new_v5(&sku.0, name.as_bytes())), name })
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_and_the_new_business_standard_differ_in_yammer_only() {
        let names = |plans: &[Plan]| plans.iter().map(|plan| plan.name).collect::<Vec<_>>();
        let (old, new) = (names(STANDARD_OLD), names(STANDARD));
        let lost: Vec<_> = old.iter().filter(|name| !new.contains(name)).collect();
        assert_eq!(lost, [&"YAMMER_MIDSIZE"]);
    }
}
