//! The blocker table: code, weight, phases, values and remedy of each row. Decides nothing.

use super::{Action, Phase, Severity};
use crate::ids::{SkuId, SubscriptionId};
use crate::offer::Segment;
use crate::portfolio::{Renewal, Target, Witness};
use crate::program::{Owner, SourceProgram};
use crate::time::{Billing, Term};
use crate::value::{Country, Money};
use jiff::civil::Date;

/// A licence that may take the place of another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Successor {
    /// The licence.
    pub sku: SkuId,
    /// Licences that must be bought with it, such as Teams beside a suite without it (rule R142).
    pub with: Vec<SkuId>,
}

macro_rules! findings {
    ($(
        $(#[$doc:meta])*
        $kind:ident $({ $( $(#[$field_doc:meta])* $field:ident: $of:ty ),* $(,)? })?
            = $code:literal, $severity:expr, [$($phase:ident),*], $remedy:literal;
    )*) => {
        /// A row of the blocker table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingKind { $( $(#[$doc])* $kind ),* }

        /// What was found, with the values that made it.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Finding { $( $(#[$doc])* $kind $({ $( $(#[$field_doc])* $field: $of ),* })? ),* }

        impl FindingKind {
            /// Every row, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$kind),*];
            /// The code, and the name of its page.
            pub fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),* }
            }
            /// How much it weighs; see [`Finding::severity`] for those that grow heavier.
            pub fn severity(self) -> Severity {
                match self { $(Self::$kind => $severity),* }
            }
            /// When the check has to run.
            pub fn checked(self) -> &'static [Phase] {
                match self { $(Self::$kind => &[$(Phase::$phase),*]),* }
            }
            /// What a person can do about it.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$kind => $remedy),* }
            }
            /// The row of that code.
            pub fn of_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.code() == code)
            }
        }

        impl Finding {
            /// The row that it belongs to.
            pub fn kind(&self) -> FindingKind {
                match self { $(Self::$kind $({ $($field: _),* })? => FindingKind::$kind),* }
            }
        }
    };
}

const NOTE: Severity = Severity::Note;
const WARNS: Severity = Severity::Warns;
const NO_SWAP: Severity = Severity::Blocks(Action::Swap);
const NO_TRANSFER: Severity = Severity::Blocks(Action::Transfer);
const NO_CLOSING: Severity = Severity::Blocks(Action::Close);
const NO_PURCHASE: Severity = Severity::Blocks(Action::Buy);
const NO_PLAN: Severity = Severity::Blocks(Action::Plan);

// Each code has a page under docs/findings.
findings! {
    /// No reseller relationship (rule R87).
    NoRelationship = "NO_RELATIONSHIP", NO_PURCHASE, [Plan, Execute],
        "Send the invitation link to a global or billing administrator of the customer; work goes on by itself after acceptance.";
    /// The tenant's country lies in another CSP region than ours (rules R28, R84).
    CustomerInOtherRegion {
        /// Our country.
        partner: Country,
        /// The tenant's country.
        customer: Country,
    } = "CUSTOMER_IN_OTHER_REGION", NO_PLAN, [Plan],
        "Move this customer with a partner account of its own CSP region.";
    /// We may not sell in the customer's country yet (error 2030).
    PartnerNotOnboarded {
        /// The customer's country.
        country: Country,
    } = "PARTNER_NOT_ONBOARDED", NO_PURCHASE, [Execute],
        "Complete the onboarding for this country in Partner Center.";
    /// The tenant itself sells through CSP (rule R21).
    TenantIsCspPartner = "TENANT_IS_CSP_PARTNER", NO_PLAN, [Plan],
        "Leave this tenant out: one that sells through CSP cannot buy through CSP.";
    /// A tenant of a kind that cannot buy licences, such as one for external identities (rule R21).
    TenantTypeUnsupported {
        /// The service's word for its kind.
        kind: String,
    } = "TENANT_TYPE_UNSUPPORTED", NO_PLAN, [Plan],
        "Leave this tenant out, and ask which tenant the customer's people sign in to.";
    /// No Microsoft Customer Agreement (rule R86).
    AgreementMissing = "MCA_MISSING", NO_PURCHASE, [Plan, Execute],
        "Have the customer accept the Microsoft Customer Agreement in its admin centre; work goes on by itself after that.";
    /// The agreement was confirmed before confirmations had to be renewed (rule R86).
    AgreementOutdated {
        /// The day on which it was agreed.
        agreed: Date,
    } = "MCA_OUTDATED", NO_PURCHASE, [Plan, Execute],
        "Have the customer accept the Microsoft Customer Agreement anew; work goes on by itself after that.";
    /// Our own partner agreement is not signed (errors 900123, 900124).
    PartnerAgreementMissing = "MPA_MISSING", NO_PURCHASE, [Execute],
        "Have a global administrator of our own tenant sign the Microsoft Partner Agreement in Partner Center.";
    /// We sell through a provider and cannot order ourselves (rule R90).
    IndirectReseller = "INDIRECT_RESELLER", NO_PLAN, [Plan],
        "Have the indirect provider move the customer: it orders, and confirms agreements; or correct policy.sells_as.";
    /// An indirect provider's purchase has no reseller that it could name (rule R90).
    ResellerUnknown {
        /// Why not.
        what: String,
    } = "RESELLER_UNKNOWN", NO_PLAN, [Plan, Execute],
        "Name the reseller's partner id in policy.resellers, or have the customer tied to one active reseller; then plan again.";
    /// The customer's country asks for a registration id and the profile has none (rule R84).
    RegistrationIdMissing {
        /// The customer's country.
        country: Country,
    } = "REGISTRATION_ID_MISSING", NO_PURCHASE, [Plan],
        "Enter the organisation's registration or tax id in its profile in Partner Center.";
    /// The company or billing profile is not complete (rule R86).
    AddressInvalid {
        /// What is missing or wrong.
        what: String,
    } = "ADDRESS_INVALID", NO_PURCHASE, [Plan],
        "Complete or correct the customer's address in its profile in Partner Center, or the column country of the file.";
    /// The profile has no complete contact (rule R86).
    ContactMissing {
        /// What is missing.
        what: String,
    } = "CONTACT_MISSING", NO_PURCHASE, [Plan],
        "Complete name, e-mail and phone of the customer's contact in its profile in Partner Center.";
    /// The purchases would exceed our credit (rule R89).
    CreditExceeded {
        /// What the purchases come to.
        needed: Money,
        /// What may still be spent.
        available: Money,
    } = "CREDIT_EXCEEDED", NO_PURCHASE, [Plan, Execute],
        "Pay open invoices, ask for a higher credit limit, or approve fewer customers at a time.";
    /// Microsoft looks into our account or the customer's (fact sheet 9.8; errors 800073 to 800075, 900416).
    AccountUnderReview {
        /// The service's code or word.
        code: String,
    } = "ACCOUNT_UNDER_REVIEW", NO_PURCHASE, [Plan, Execute],
        "Contact partner support: the account is on hold.";
    /// Purchases are stopped for risk (error 800069).
    RiskBlocked {
        /// The service's code.
        code: String,
    } = "RISK_BLOCKED", NO_PURCHASE, [Execute],
        "Contact partner support: purchases are stopped for risk.";
    /// The offer is for another segment than the customer is qualified for (rule R83).
    SegmentNotQualified {
        /// The segment of the offer.
        segment: Segment,
    } = "SEGMENT_NOT_QUALIFIED", NO_PLAN, [Plan],
        "Obtain the qualification for the customer, or choose a commercial offer in target_sku.";
    /// The wanted licence is not in the catalogue of the customer's market (rule R140).
    OfferNotInCountry {
        /// What was wanted.
        target: Target,
        /// The licence to be replaced.
        source: SkuId,
        /// What is sold there and may take its place, best first.
        equivalents: Vec<Successor>,
    } = "OFFER_NOT_IN_COUNTRY", NO_PLAN, [Plan, Execute],
        "Choose a product that is sold there: put its SKU into the column target_sku and import the file again.";
    /// The licence is known and not sold any more (rules R82, R142).
    OfferEndOfSale {
        /// The licence.
        sku: SkuId,
        /// What may take its place, best first.
        successors: Vec<Successor>,
    } = "OFFER_END_OF_SALE", NO_PLAN, [Plan],
        "Put a successor into the column target_sku; a volume-licensing customer can renew to CSP in the partner portal instead.";
    /// The term is not on sale (rule R63).
    TermNotOffered {
        /// What was wanted.
        term: Term,
        /// What there is.
        offered: Vec<Term>,
    } = "TERM_NOT_OFFERED", NO_PLAN, [Plan],
        "Put a term that is offered into the column target_term and import the file again.";
    /// The billing frequency is not on sale for the term (rule R63).
    BillingNotOffered {
        /// What was wanted.
        billing: Billing,
        /// For this term.
        term: Term,
    } = "BILLING_NOT_OFFERED", NO_PLAN, [Plan],
        "Put a billing frequency that is offered into the column billing and import the file again.";
    /// Fewer seats than one subscription must have (rules R63, R79).
    SeatsBelowMin {
        /// What was wanted.
        seats: u32,
        /// The least.
        min: u32,
    } = "SEATS_BELOW_MIN", NO_PLAN, [Plan],
        "Put at least the product's minimum into the column target_seats, or choose another product or term.";
    /// More seats than one subscription may have (rule R79).
    SeatsAboveMax {
        /// What was wanted.
        seats: u32,
        /// The most.
        max: u32,
    } = "SEATS_ABOVE_MAX", NO_PLAN, [Plan],
        "Put at most the product's maximum into the column target_seats, or choose another product in target_sku.";
    /// Old and new seats of a capped product exceed the cap while they overlap (rules R77, R78).
    SeatCap {
        /// Seats of the licence in the tenant, all channels.
        existing: u32,
        /// Seats to be bought.
        seats: u32,
        /// The cap.
        cap: u32,
    } = "SEAT_CAP_300", NO_PLAN, [Plan, Execute],
        "In this order: ask for a transfer between partners; buy only the missing cover, by target_seats; reduce the old subscription once the first part is bought; move part of the users to an Enterprise product; ask Microsoft support for a temporary exception; split at the end, with a short over-assignment that a person has approved.";
    /// Only one subscription of the offer may exist (rule R25).
    OnePerCustomer {
        /// The subscription that exists; none where only other lines are to buy it.
        subscription: Option<SubscriptionId>,
        /// How many a customer may have.
        limit: u32,
    } = "ONE_PER_CUSTOMER", NO_PLAN, [Plan],
        "Ask for a transfer between partners, choose another product, or buy after the end with the gap approved.";
    /// Both generations together exceed what a tenant may hold (rule R27).
    TenantSubscriptionLimit {
        /// Subscriptions in the tenant on the day of the wave.
        existing: u32,
        /// What the wave adds; none in records from before that was kept.
        adds: Option<u32>,
        /// The most.
        limit: u32,
    } = "TENANT_SUBSCRIPTION_LIMIT", NO_PLAN, [Plan],
        "Merge subscriptions of the same product, or move in waves by end date.";
    /// An add-on without a base on the day of its purchase (rule R26).
    PrerequisiteMissing {
        /// The base that the file names, where it names one.
        base: Option<SubscriptionId>,
        /// Licences of which the product asks for one; empty where the catalogue asks for none.
        needs: Vec<SkuId>,
    } = "PREREQUISITE_MISSING", NO_PLAN, [Plan, Execute],
        "Move the base in the same portfolio, or buy it first.";
    /// An add-on ends later than its base (rule R80).
    AddOnOutlivesBase {
        /// The last day of the add-on.
        add_on: Date,
        /// The last day of its base.
        base: Date,
    } = "ADDON_OUTLIVES_BASE", WARNS, [Plan],
        "Align the end dates of the add-on and its base.";
    /// Users would lose their licence (rules R95, R96, R99).
    SeatsBelowConsumption {
        /// Licences in use.
        consumed: u32,
        /// Licences that would be left.
        pool_after: u32,
    } = "SEATS_BELOW_CONSUMPTION", NO_PLAN, [Plan, Execute, End],
        "Raise the number of seats to at least the number in use, or take licences from users first.";
    /// More users are assigned than paid for (section F).
    OverassignedSource {
        /// Licences in use.
        consumed: u32,
        /// Licences paid.
        enabled: u32,
    } = "OVERASSIGNED_SOURCE", WARNS, [Plan],
        "Decide whether to buy for all users or to take licences from some.";
    /// Another subscription covers these users now and ends soon after this one (rules R95, R99).
    CoverEndsSoon {
        /// The other subscription.
        subscription: SubscriptionId,
        /// Its last day.
        last_day: Date,
    } = "COVER_ENDS_SOON", WARNS, [Plan],
        "Move the other subscription in the same wave, or have it renewed where it is ours.";
    /// Nobody has said when the source ends (rule R46).
    EndDateUnknown = "END_DATE_UNKNOWN", NO_PLAN, [Plan],
        "Ask the customer for an export of \"Your products\" with the renewal date, put the last day into the column end_date and import again.";
    /// Records disagree about the end by more than a day (rule R46).
    EndDateConflict {
        /// Whose date is used: the earlier one, save where that has passed and a service shows a later one.
        by: Witness,
        /// The last whole day by that witness.
        told: Date,
        /// Who says otherwise; the same one where it said so before a renewal.
        other: Witness,
        /// The last whole day by the other.
        seen: Date,
    } = "END_DATE_CONFLICT", WARNS, [Plan],
        "Compare with the admin centre. The first of the two dates is used; approving the plan accepts that.";
    /// A more trusted witness shows that the source was bought another way than was told (rules R5, R46).
    ProgramConflict {
        /// What was told.
        told: SourceProgram,
        /// Who shows otherwise.
        by: Witness,
        /// What is shown, and used.
        seen: SourceProgram,
    } = "PROGRAM_CONFLICT", WARNS, [Plan],
        "Look at the purchase channel in the admin centre and correct the column program where it is wrong. What was seen is used; approving the plan accepts that.";
    /// Nobody has said whether the source renews (rule R2).
    RenewalStateUnknown {
        /// The last moment for trusting a change has passed.
        past_cutoff: bool,
    } = "RENEWAL_STATE_UNKNOWN", WARNS, [Plan, Execute],
        "Ask the owner whether recurring billing is on; until then it is taken to be on.";
    /// Too late to trust a change of the renewal (rule R116).
    RenewalImminent {
        /// Whole hours until the end.
        hours_left: u32,
    } = "RENEWAL_IMMINENT", WARNS, [Plan, Execute],
        "Let it renew and cancel it inside its window of seven days once the new subscription stands.";
    /// The replacement stands and the source still renews (rule R115).
    SourceWillRenew {
        /// The last day of its term; none in records from before that was kept, as in all findings below.
        last_day: Option<Date>,
        /// Whether it renews, as told.
        renewal: Option<Renewal>,
    } = "SOURCE_WILL_RENEW", NO_CLOSING, [Execute],
        "Ask the owner to choose \"cancel at end of term\".";
    /// Switching the renewal off is not enough: the source would go on as a paid monthly extension (rules R42, R43).
    EstTrap {
        /// The last day of its term.
        last_day: Date,
    } = "EST_TRAP", WARNS, [Plan, Execute],
        "Ask the owner to choose \"cancel at end of term\"; renewal off alone leads into the paid extension.";
    /// No free grace follows the end, or nobody knows (rules R38, R42 to R44, R110).
    NoGrace {
        /// The last day of its term.
        last_day: Option<Date>,
        /// Where it was bought.
        program: Option<SourceProgram>,
    } = "NO_GRACE", NOTE, [Plan],
        "Have the new subscription stand before the end: there is no free grace after it.";
    /// The source is set to stop, and its replacement does not stand yet (rule R115).
    CancelAtEndSetEarly = "CANCEL_AT_END_SET_EARLY", WARNS, [Plan, Execute],
        "Buy in time, or ask the owner to turn the renewal on again: service stops at the end.";
    /// The destination would be usable too shortly before the end (rule R114).
    MarginTooSmall {
        /// Whole hours between the earliest purchase and the end.
        hours_left: u32,
        /// What the policy asks for.
        hours_min: u32,
    } = "MARGIN_TOO_SMALL", NO_PURCHASE, [Plan],
        "Provision earlier; approving the plan lets it be bought at once all the same.";
    /// The customer pays twice for longer than the policy wants (section F).
    OverlapTooLong {
        /// Days paid twice.
        days: u32,
        /// What the policy allows.
        max: u32,
        /// What they cost, where a price is known.
        cost: Option<Money>,
    } = "OVERLAP_TOO_LONG", WARNS, [Plan],
        "Approve the double payment, or move this line later.";
    /// Something is taken away soon after the old licence is gone, and the move does not keep clear of that (rule R108).
    FragileProduct {
        /// What.
        what: String,
        /// Days on which old and new stand beside each other.
        overlap_days: u32,
        /// Whether the licence changes.
        swaps: bool,
        /// Whether users of another line change licence at the same time.
        beside_swaps: bool,
    } = "FRAGILE_PRODUCT", WARNS, [Plan],
        "Buy the same licence, three days before the end or earlier, at a time when no other licence changes; or approve the risk.";
    /// The destination's own window to cancel is over when the source ends (rule R113).
    WindowNotCovering {
        /// The first day on which it cannot be cancelled any more.
        window_ends: Date,
        /// The last day of the source.
        last_day: Date,
    } = "WINDOW_NOT_COVERING", NOTE, [Plan],
        "Know that the new subscription can no longer be cancelled when the old one ends.";
    /// Days on which neither serves (rules R110, R120).
    Gap {
        /// How many.
        days: u32,
    } = "GAP", NO_PURCHASE, [Plan],
        "Tell the users, and approve the plan: it buys at once.";
    /// The licence changes, so each user's licence is swapped (rule R91).
    DifferentSku {
        /// The old licence.
        from: SkuId,
        /// The new one.
        to: SkuId,
        /// Families of service plans that users would have less of; empty where nothing is missed or nobody knows.
        less: Vec<String>,
    } = "DIFFERENT_SKU", WARNS, [Plan],
        "Check that the new product has what the users need; each user's licence will be swapped.";
    /// Users would lose what they work with (rule R100).
    CapabilityLoss {
        /// Families of service plans that the new product lacks.
        lost: Vec<String>,
        /// Families that it has in a lower tier.
        downgraded: Vec<String>,
    } = "CAPABILITY_LOSS", NO_PURCHASE, [Plan],
        "Choose another product in target_sku, or approve the plan: that confirms the loss.";
    /// The new licence lacks what another one has that is bought beside it, and nobody plans to buy that (rules R141, R142).
    CompanionNeeded {
        /// The new licence.
        beside: SkuId,
        /// What has to be bought beside it.
        with: Vec<SkuId>,
        /// How many seats of each.
        seats: u32,
    } = "COMPANION_NEEDED", WARNS, [Plan, Execute],
        "Put its SKU into the column companion_sku and import the file again: both are bought, and each user gets both in one call. Or buy it in Partner Center and assign it before users change.";
    /// Two services exclude each other (rule R105).
    PlanConflict {
        /// What the service says.
        what: String,
    } = "PLAN_CONFLICT", NO_SWAP, [Execute],
        "Remove or switch off one of the two services for the user.";
    /// Users without a usage location (rule R98).
    UsageLocationMissing {
        /// How many.
        users: u32,
    } = "USAGE_LOCATION_MISSING", NO_SWAP, [Execute],
        "Set the usage location of these users.";
    /// Some users have the old licence through a group (rule R104).
    GroupAssigned {
        /// How many.
        users: u32,
    } = "GROUP_ASSIGNED", WARNS, [Plan],
        "Change the licence on the group, adding and removing in one update, not on the users.";
    /// We may sell, but not look into the tenant: delegated administration is missing (rule R88).
    NoDelegatedAdmin = "NO_GDAP", NO_PURCHASE, [Plan, Execute],
        "Ask the customer to approve delegated administration with a licence role; work goes on by itself after that. Without it, move the customer by hand.";
    /// Delegated administration lacks a role that the work needs (rule R88).
    GdapRoleMissing {
        /// The role.
        role: String,
        /// Users change licence, which cannot be done without it.
        swaps: bool,
    } = "GDAP_ROLE_MISSING", WARNS, [Plan, Execute],
        "Ask the customer to approve delegated administration with this role.";
    /// Delegated administration ends before the work does (rule R88).
    GdapExpiring {
        /// Its last day.
        last_day: Date,
        /// Users change licence, which cannot be done after it.
        swaps: bool,
    } = "GDAP_EXPIRING", WARNS, [Plan, Execute],
        "Have delegated administration extended beyond the end of the old subscription.";
    /// The customer's conditional access keeps us out (errors 900309, 900316).
    ConditionalAccessBlock {
        /// The service's code.
        code: String,
    } = "CONDITIONAL_ACCESS_BLOCK", NO_PURCHASE, [Execute],
        "Ask the customer to exclude service-provider users from its conditional access policies.";
    /// The owner of a foreign source was asked and has not acted (rules R7, R30).
    ForeignSourceNoAction {
        /// Who.
        owner: Owner,
        /// Until when.
        due: Date,
        /// The last moment for trusting a change has passed.
        past_cutoff: bool,
    } = "FOREIGN_SOURCE_NO_ACTION", WARNS, [Execute],
        "Escalate to the named contact.";
    /// The losing partner has refused the transfer (rules R12, R13).
    TransferRefused {
        /// What it said, where it said something.
        what: String,
    } = "TRANSFER_REFUSED", WARNS, [Execute],
        "Ask again, or buy at the end date as planned.";
    /// The request for a transfer ran out (rule R13).
    TransferExpired {
        /// When.
        on: Date,
    } = "TRANSFER_EXPIRED", WARNS, [Execute],
        "Send the request again, or buy at the end date as planned.";
    /// More line items than one transfer request takes (rule R13).
    TransferItemLimit {
        /// How many there are.
        items: u32,
        /// How many a request takes.
        limit: u32,
    } = "TRANSFER_ITEM_LIMIT", NO_TRANSFER, [Plan],
        "Split the transfer into several requests.";
    /// A legacy subscription of ours cannot be migrated now (rule R14).
    MigrationNotEligible {
        /// The reason, by its word in the rule book.
        reason: String,
    } = "MIGRATION_NOT_ELIGIBLE", NO_TRANSFER, [Plan, Execute],
        "Wait until it is eligible, or buy at the end date as planned.";
    /// A user bought it: an administrator must take over, or the user stop it (section F).
    SelfServiceOwner = "SELF_SERVICE_OWNER", WARNS, [Plan],
        "Have an administrator take the subscription over, or the user stop it.";
    /// A trial: buy before it ends (rule R48).
    TrialSource = "TRIAL_SOURCE", NOTE, [Plan],
        "Buy before the trial ends and switch its billing off.";
    /// A product without a price: nothing to move (rule R17).
    FreeSku = "FREE_SKU", NOTE, [Plan],
        "Leave it as it is.";
    /// Granted seats do not transfer (rules R17, R53).
    NonprofitGrant = "NONPROFIT_GRANT", WARNS, [Plan],
        "Keep the grant, or qualify the customer as a non-profit and buy the discounted offer.";
    /// What stays covers all licences in use beyond the horizon (rule R95).
    AlreadyCovered {
        /// Licences in use.
        consumed: u32,
        /// Licences that stay.
        cover: u32,
    } = "ALREADY_COVERED", NOTE, [Plan],
        "Let the old subscription end; no purchase is needed.";
    /// The source is disabled: users are without service now (rule R17).
    SourceDisabled {
        /// The last day on which its data are there, where the tenant tells it.
        until: Option<Date>,
    } = "SOURCE_DISABLED", WARNS, [Plan],
        "Service is down already: tell the users, buy now.";
    /// The source is deleted: nothing is left to carry over (rule R17).
    SourceDeleted = "SOURCE_DELETED", NO_PLAN, [Plan],
        "Nothing can be carried over; treat it as a new sale.";
    /// A new-commerce source is suspended: billed, and its users blocked (rule R37).
    SuspendedSource = "SUSPENDED_SOURCE", WARNS, [Plan],
        "Find out why it was suspended before moving it.";
    /// The offer has another price than was approved (rule R127).
    PriceChanged {
        /// The price now, per seat and term.
        now: Money,
        /// The price that was approved.
        approved: Money,
    } = "PRICE_CHANGED", WARNS, [Execute],
        "Approve the new price with `carryover resolve LINE go-on`, or plan again: `carryover resolve LINE plan-again`.";
    /// The promotion that the plan counted on does not apply (rule R76).
    PromoNotEligible {
        /// Its name.
        promotion: String,
    } = "PROMO_NOT_ELIGIBLE", WARNS, [Execute],
        "Accept the normal price, or plan again.";
    /// The tenant differs from what the plan was made upon (rule R127).
    StateChanged {
        /// What differs, for people.
        what: String,
    } = "STATE_CHANGED", NO_PLAN, [Execute],
        "Correct the portfolio file where it is wrong, then `carryover resolve LINE plan-again`, plan and approve.";
    /// We already hold an active subscription of this very licence that no order of this migration explains (section F).
    DuplicateDestination {
        /// Its commerce id.
        subscription: SubscriptionId,
        /// Its seats.
        seats: u32,
    } = "DUPLICATE_DESTINATION", NO_PURCHASE, [Execute],
        "It looks like an order already made: check in Partner Center before ordering again, then resolve this line.";
    /// An operation on the subscription is still under way (rule R51).
    PendingOperation {
        /// The subscription.
        subscription: SubscriptionId,
    } = "PENDING_OPERATION", NO_PURCHASE, [Execute],
        "Nothing to do: it is tried again after two minutes.";
    /// A licence that no table knows (rules R130, R131).
    SkuUnknown {
        /// The licence.
        sku: SkuId,
    } = "SKU_UNKNOWN", WARNS, [Plan],
        "Look whether sku_id is right, and load Microsoft's product table with `carryover reference load FILE`; approving the plan says that somebody has compared the products.";
    /// Sold by another partner: a transfer between partners would cost no overlap (rules R12, R17).
    OtherPartnerSource = "PARTNER_TRANSFER_POSSIBLE", NOTE, [Plan],
        "Consider asking the other partner for a transfer: it costs no overlap. This plan buys again at the end.";
    /// A legacy subscription of ours or of another partner can be migrated to new commerce (rules R14, R15, R17).
    MigrationPossible {
        /// Who can start the migration.
        by: Owner,
    } = "MIGRATION_POSSIBLE", NOTE, [Plan],
        "Consider migrating the legacy subscription to new commerce: no overlap, and no licence is touched. This plan buys again at the end.";
    /// A volume agreement can be renewed to CSP in the partner portal (rules R16, R17).
    ChannelTransferPossible = "CHANNEL_TRANSFER_POSSIBLE", NOTE, [Plan],
        "Schedule \"renew to CSP\" in the partner portal: it also keeps products that are not sold any more.";
    /// The source is ours in new commerce already (rules R4, R5).
    SourceIsOurs {
        /// Its commerce id.
        subscription: SubscriptionId,
    } = "SOURCE_IS_OURS", NOTE, [Plan],
        "Nothing to do: the subscription is in CSP with us.";
    /// The source has ended already; grace is not counted (rules R110, R128).
    SourceInGrace {
        /// The last day of its grace, where the tenant tells it.
        until: Option<Date>,
    } = "SOURCE_IN_GRACE", NOTE, [Plan],
        "Buy now: grace may end or be refused at any time.";
    /// The lead that the policy asks for has passed already (rule R111).
    LeadTooShort {
        /// The last whole day of the source.
        last_day: Date,
    } = "LEAD_TOO_SHORT", WARNS, [Plan],
        "Approve quickly: the purchase happens as soon as the customer lets us sell.";
    /// Fewer seats would be bought than are paid for today: a saving that needs a yes (rule R95, section L.7).
    SeatsReduced {
        /// Seats paid for today.
        from: u32,
        /// Seats to be bought.
        to: u32,
    } = "SEATS_REDUCED", WARNS, [Plan],
        "Approve the smaller number, or put the old one into target_seats.";
    /// Nobody uses the licence (section L.7).
    NoConsumptionReview = "NO_CONSUMPTION_REVIEW", WARNS, [Plan],
        "Ask the customer whether it needs these seats at all before approving.";
    /// An announced price rise or the end of a promotion makes an earlier purchase cheaper (rule R119).
    EarlierIsCheaper {
        /// The last day of the old price.
        until: Date,
        /// What one seat costs for one term until then.
        price: Option<Money>,
        /// What it costs from the next day on.
        then: Option<Money>,
    } = "EARLIER_IS_CHEAPER", NOTE, [Plan],
        "Approve in time: the plan buys before the price changes.";
    /// The policy wants the new term to end with something else, and the rules do not allow it (rules R69, R70, R124).
    EndNotAligned {
        /// What it was to end with.
        with: String,
        /// Why not, by its word in the rule book.
        reason: String,
    } = "END_NOT_ALIGNED", NOTE, [Plan],
        "Nothing is lost: the new subscription runs its own term. Where ends should meet, choose another term in target_term; where none fits, another `policy.align`.";
    /// The end that was approved for the new term cannot be ordered any more, or not yet (rules R69, R127).
    TermEndGone {
        /// The last day that was approved.
        planned: Date,
        /// Why it cannot be ordered now.
        why: String,
    } = "TERM_END_GONE", NO_PURCHASE, [Execute],
        "Settle what stopped the other line, or `carryover resolve LINE plan-again`, plan and approve. Before it is late, a whole term is bought.";
    /// The old subscription can be given back for money and is dearer by the day than the new one (rule R122).
    CheaperNow {
        /// What one seat costs for one term today.
        old: Option<Money>,
        /// That term.
        old_term: Option<Term>,
        /// What one seat is to cost for one term.
        new: Option<Money>,
        /// That term.
        new_term: Option<Term>,
    } = "CHEAPER_NOW", NOTE, [Plan],
        "Approve quickly, and have the owner cancel the old subscription for its refund once the new one stands.";
    /// After the end the licence still has units of ended subscriptions (rules R93, R125).
    LeftoverUnits {
        /// The old licence.
        sku: SkuId,
        /// Units in grace.
        warning: u32,
        /// Units that are switched off.
        suspended: u32,
    } = "LEFTOVER_UNITS", NOTE, [End],
        "Nothing to do: they go by themselves, and nothing counts on them.";
    /// Services of users in a sample do not work after the end (rule R125).
    ServicesNotReady {
        /// How many of the sample.
        users: u32,
        /// How many were looked at.
        sampled: u32,
        /// Graph's names of the services.
        services: Vec<String>,
    } = "SERVICES_NOT_READY", WARNS, [End],
        "Look at these services of users in the admin centre and assign the licence anew where that is needed; then `carryover resolve LINE go-on`.";
    /// Members of groups did not get the licences of their group (rules R104, R125).
    GroupLicenceErrors {
        /// How many groups of the tenant.
        groups: u32,
    } = "GROUP_LICENCE_ERRORS", WARNS, [End],
        "Look at the groups with licence errors in the Entra admin centre and reprocess them; then `carryover resolve LINE go-on`.";
    /// Part of the checks after the end cannot be made by us (rule R125).
    NotChecked {
        /// What a person has to look at.
        what: String,
        /// The last day by which there is something to look at, as an invoice that is still to come; none where there is now.
        by: Option<Date>,
    } = "NOT_CHECKED", WARNS, [End],
        "Look at it by hand, or have the customer look; then `carryover resolve LINE go-on`.";
}
