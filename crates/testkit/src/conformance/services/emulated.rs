//! The emulator as the world behind an adapter, whether it is asked over HTTP or not.

use super::{People, Provider, RETRY_AFTER, Stage, Step, Trouble};
use carryover_domain::ids::{SkuId, SubscriptionId, TenantId, UserId};
use carryover_domain::offer::OfferId;
use carryover_domain::time::utc_day;
use carryover_domain::value::Country;
use carryover_emulator::{
    self as ms, Emulator, Fault, FaultRule, Ledger, Seed, SeedAccount, SeedCustomer, SeedLicence, SeedOffer,
    SeedPartner, SeedQualification, SeedRelationship, SeedReseller, SeedSubscription, SeedUser,
};
use carryover_ports::TiedPartner;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Microsoft 365 Business Premium: what is bought.
const PRODUCT: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
/// Microsoft 365 Business Standard: what is held.
const HELD: &str = "f245ecc8-75af-4f8e-b61f-27d8114de5f3";
/// Microsoft Teams Enterprise: what is bought beside it.
const SECOND: &str = "7e31c0d9-9551-471d-836f-32ee72be4a01";
/// What has run out.
const SOLD_OUT: &str = "eeeeeeee-0000-4000-8000-0000000000e1";
/// Seats of the old subscription.
const SEATS: u32 = 10;
/// Legacy subscriptions of the last customer.
const LEGACY: u128 = 4;

/// Five customers as [`Stage`] wants them, in the order of its methods.
///
/// # Panics
/// Never, unless the emulator generates no subscriptions any more.
#[must_use]
pub fn seed(start: Timestamp) -> Seed {
    let mut seed = Seed::generate(3, 40, start);
    let partner = seed.partner.country.clone();
    for (nth, customer) in seed.customers.iter_mut().enumerate() {
        customer.country.clone_from(&partner);
        customer.relationship = (nth < 2).then(|| SeedRelationship {
            accepted_at: start - SignedDuration::from_hours(24 * 30),
            agreement_signed: nth == 0,
        });
        customer.purchases.clear();
        customer.subscriptions.truncate(1);
        let old = customer.subscriptions.first_mut().expect("every customer of the emulator has a subscription");
        old.program = ms::Program::DirectMca;
        old.sku_id = HELD.parse().expect("a GUID");
        old.sku_part_number = "O365_BUSINESS_PREMIUM".to_owned();
        old.target_sku = Some(PRODUCT.parse().expect("a GUID"));
        old.seats = SEATS;
        old.owner_tenant = None;
        customer.users = (0..5).map(|user| self::user(nth, user)).collect();
    }
    let others = [legacy(&seed.customers[0], &seed.partner, start), held_up(&seed.customers[1])];
    seed.customers.extend(others);
    seed.catalogue = vec![SeedOffer {
        sku_id: SOLD_OUT.parse().expect("a GUID"),
        sku_part_number: "SOLD_OUT".to_owned(),
        title: "Sold out".to_owned(),
        sold: true,
        end_of_sale: false,
        max_seats: None,
        price_per_year: None,
        segment: ms::Segment::Commercial,
        addon_of: Vec::new(),
        stock: Some(0),
        publisher: None,
    }];
    seed
}

/// The same world, with a partner that is an indirect provider and has resellers as [`Provider`] wants them.
///
/// # Panics
/// As [`seed`].
#[must_use]
pub fn provider_seed(start: Timestamp) -> Seed {
    let mut seed = seed(start);
    let reseller = |nth: u128, active, agreement_signed| SeedReseller {
        tenant_id: ms::TenantId(Uuid::from_u128((0x5E11E4 << 64) | nth)),
        name: format!("Reseller {nth}"),
        mpn_id: (4_700_000 + nth).to_string(),
        location: seed.partner.country.clone(),
        active,
        agreement_signed,
    };
    let resellers = vec![reseller(0, true, true), reseller(1, false, true), reseller(2, true, false)];
    seed.customers[0].account.reseller = Some(resellers[0].tenant_id);
    seed.partner.programme.model = ms::Model::IndirectProvider;
    seed.partner.programme.resellers = resellers;
    seed
}

/// A customer like that one, which accepted us: a school whose account is being vetted.
fn held_up(like: &SeedCustomer) -> SeedCustomer {
    SeedCustomer {
        tenant_id: ms::TenantId(Uuid::from_u128(0x5C001 << 64)),
        domain: "school.example".to_owned(),
        subscriptions: Vec::new(),
        users: Vec::new(),
        account: SeedAccount {
            validation: ms::Validation::UnderReview,
            qualifications: vec![
                SeedQualification { qualification: ms::Qualification::Education, status: ms::Vetting::Approved },
                SeedQualification { qualification: ms::Qualification::Nonprofit, status: ms::Vetting::Denied },
            ],
            ..SeedAccount::default()
        },
        ..like.clone()
    }
}

/// A customer like that one, all of whose subscriptions are legacy ones that `partner` has sold.
fn legacy(like: &SeedCustomer, partner: &SeedPartner, start: Timestamp) -> SeedCustomer {
    let id = |nth: u128| Uuid::from_u128((0x1E6AC << 64) | nth);
    let old = like.subscriptions.first().expect("the others have one");
    let held = (1..=LEGACY).map(|nth| SeedSubscription {
        id: ms::SubscriptionId(id(nth)),
        program: ms::Program::LegacyCsp,
        term: ms::Term::P1Y,
        billing: ms::Billing::Monthly,
        end_date: utc_day(start + SignedDuration::from_hours(24 * 200)),
        auto_renew: true,
        owner_tenant: Some(partner.tenant_id),
        target_sku: None,
        ..old.clone()
    });
    SeedCustomer {
        tenant_id: ms::TenantId(id(0)),
        domain: "legacy.example".to_owned(),
        subscriptions: held.collect(),
        users: Vec::new(),
        ..like.clone()
    }
}

/// The first three hold the licence directly, the fourth has no location, the fifth has it from a group.
fn user(customer: usize, nth: usize) -> SeedUser {
    let id = |kind: u128| Uuid::from_u128((kind << 64) | ((customer as u128) << 8) | nth as u128);
    let group = (nth == 4).then(|| ms::GroupId(id(0x9)));
    SeedUser {
        id: ms::UserId(id(0xE)),
        upn: format!("user{nth}@customer{customer}.example"),
        usage_location: (nth != 3).then(|| "DE".to_owned()),
        licences: vec![SeedLicence {
            sku_id: HELD.parse().expect("a GUID"),
            disabled_plans: Vec::new(),
            assigned_by_group: group,
        }],
    }
}

/// Whatever holds an emulated world: served over HTTP, or a ledger in memory.
pub trait World: Send + Sync {
    /// Looks into the ledger, or acts on it.
    fn ledger(&self, act: &mut dyn FnMut(&mut Ledger));

    /// See [`Stage::strike`].
    fn strike(&self, step: Step, trouble: Trouble);

    /// See [`Stage::calm`].
    fn calm(&self);
}

/// An emulated world of [`seed`], as a stage.
#[derive(Debug)]
pub struct Emulated<W>(pub W);

impl<W: World> Emulated<W> {
    fn with<T>(&self, look: impl Fn(&mut Ledger) -> T) -> T {
        let mut found = None;
        self.0.ledger(&mut |ledger| found = Some(look(ledger)));
        found.expect("a world lets one look")
    }

    fn tenant(&self, nth: usize) -> TenantId {
        TenantId::new(self.with(|ledger| ledger.seed().customers[nth].tenant_id.0))
    }

    fn tied(&self, nth: usize) -> TiedPartner {
        let known = self.with(|ledger| ledger.seed().partner.programme.resellers[nth].clone());
        TiedPartner {
            tenant: TenantId::new(known.tenant_id.0),
            name: known.name,
            partner_id: Some(known.mpn_id),
            active: known.active,
        }
    }
}

fn sku(text: &str) -> SkuId {
    text.parse().expect("a GUID")
}

impl<W: World> Stage for Emulated<W> {
    fn customer(&self) -> TenantId {
        self.tenant(0)
    }

    fn unsigned(&self) -> TenantId {
        self.tenant(1)
    }

    fn stranger(&self) -> TenantId {
        self.tenant(2)
    }

    fn legacy(&self) -> (TenantId, Vec<SubscriptionId>) {
        let held = self.with(|ledger| ledger.seed().customers[3].subscriptions.clone());
        let id = |held: &SeedSubscription| SubscriptionId::try_new(&held.id.to_string()).expect("a GUID is an id");
        (self.tenant(3), held.iter().map(id).collect())
    }

    fn held_up(&self) -> TenantId {
        self.tenant(4)
    }

    fn country(&self) -> Country {
        self.with(|ledger| ledger.seed().partner.country.parse()).expect("the seed names a country")
    }

    fn product(&self) -> SkuId {
        sku(PRODUCT)
    }

    fn second(&self) -> SkuId {
        sku(SECOND)
    }

    fn held(&self) -> SkuId {
        sku(HELD)
    }

    fn people(&self) -> People {
        let users = self.with(|ledger| ledger.seed().customers[0].users.clone());
        let by_group = |user: &&SeedUser| user.licences.iter().any(|held| held.assigned_by_group.is_some());
        let located = |user: &&SeedUser| user.usage_location.is_some();
        let id = |user: &SeedUser| UserId::new(user.id.0);
        People {
            movable: users.iter().filter(|user| located(user) && !by_group(user)).map(id).collect(),
            without_location: users.iter().find(|user| !located(user)).map(id).expect("the seed has one"),
            by_group: users.iter().find(by_group).map(id).expect("the seed has one"),
        }
    }

    fn unsold(&self) -> SkuId {
        SkuId::new(Uuid::from_u128(0xDEAD))
    }

    fn sold_out(&self) -> OfferId {
        let found = self.with(|ledger| ledger.offer_view(SOLD_OUT.parse().expect("a GUID")));
        found.expect("the seed sells it").item.parse().expect("the ledger writes what it sells")
    }

    fn today(&self) -> Date {
        utc_day(self.with(|ledger| ledger.now()))
    }

    fn pass(&self, time: SignedDuration) {
        self.with(|ledger| ledger.advance_to(ledger.now() + time)).expect("time goes forward");
    }

    fn strike(&self, step: Step, trouble: Trouble) {
        self.0.strike(step, trouble);
    }

    fn calm(&self) {
        self.0.calm();
    }

    fn purchases(&self) -> usize {
        let tenant = ms::TenantId(self.customer().as_uuid());
        self.with(|ledger| ledger.statement().purchases.iter().filter(|bought| bought.tenant == tenant).count())
    }
}

/// Of a world of [`provider_seed`] alone.
impl<W: World> Provider for Emulated<W> {
    fn reseller(&self) -> TiedPartner {
        self.tied(0)
    }

    fn dormant(&self) -> TiedPartner {
        self.tied(1)
    }

    fn unagreed(&self) -> TiedPartner {
        self.tied(2)
    }
}

impl World for Emulator {
    fn ledger(&self, act: &mut dyn FnMut(&mut Ledger)) {
        self.with_ledger(act);
    }

    fn strike(&self, step: Step, trouble: Trouble) {
        let (methods, path): (&[&str], _) = match step {
            Step::ReadCustomer => (&["GET"], "/v1/customers/*"),
            Step::ReadQualifications => (&["GET"], "/v1/customers/*/qualifications"),
            Step::ReadHold => (&["GET"], "/v1/customers/*/validationStatus"),
            Step::ReadAccess => (&["GET"], "/v1.0/tenantRelationships/**"),
            Step::ReadPartners => (&["GET", "POST"], "/v1/**"),
            Step::ReadStock => (&["POST"], "/v1/extensions/**"),
            Step::ReadLicences => (&["GET"], "/v1/customers/*/**"),
            Step::ChangeLicences => (&["POST"], "/v1/customers/*/users/*/licenseupdates"),
            Step::ReadCatalogue => (&["GET"], "/v1/customers/*/products/**"),
            Step::CreateCart => (&["POST"], "/v1/customers/*/carts"),
            Step::CheckOut => (&["POST"], "/v1/customers/*/carts/*/checkout"),
            Step::ReadOrders => (&["GET"], "/v1/customers/*/orders/**"),
            Step::ChangeSubscription => (&["PATCH"], "/v1/customers/*/subscriptions/*"),
            Step::ReadTenancy => (&["GET"], "/v1.0/**"),
            Step::Swap => (&["POST"], "/v1.0/**"),
            Step::Convert => (&["POST"], "/v1/customers/*/migrations/newcommerce"),
            Step::ScheduleConversion => (&["POST"], "/v1/customers/*/migrations/newcommerce/schedules"),
            Step::CallOff => (&["POST"], "/v1/customers/*/migrations/newcommerce/schedules/*/cancel"),
            Step::ReadConversions => (&["GET"], "/v1/migrations/**"),
            Step::AskTransfer => (&["POST"], "/v1/customers/*/transfers"),
            Step::WithdrawTransfer => (&["PATCH"], "/v1/customers/*/transfers/*"),
            Step::ReadTransfers => (&["GET"], "/v1/customers/*/transfers/**"),
            Step::Register => (&["POST", "PUT"], "/webhooks/v1/registration"),
            Step::ReadRegistration => (&["GET"], "/webhooks/v1/registration"),
        };
        let fault = match trouble {
            Trouble::RequestLost => Fault::LostBefore,
            Trouble::AnswerLost => Fault::LostAfter,
            Trouble::Throttled => Fault::Throttled,
            Trouble::Failed => Fault::ServerError,
            Trouble::FailedAfter => Fault::ServerErrorAfter,
        };
        let seconds = u32::try_from(RETRY_AFTER.as_secs()).ok().filter(|_| trouble == Trouble::Throttled);
        for method in methods {
            let rule = FaultRule::new(fault).at(method, path);
            self.add_fault(FaultRule { seconds, ..rule }).expect("the emulator knows the fault");
        }
    }

    fn calm(&self) {
        self.clear_faults();
    }
}
