//! Microsoft's side: a pure ledger on virtual time, and a thin HTTP server over it.
//!
//! Written from published facts about the service, not from our client, and sharing no code with it: an
//! oracle that uses its subject's code repeats its subject's mistakes. The [`Ledger`] holds what Microsoft
//! knows and moves only when told the time; the [`Books`] say what a run really did; [`Emulator`] puts HTTP
//! in front. Nothing here reaches a real service, and nothing in it is secret.
//!
//! ```
//! use carryover_emulator::{Ledger, Letter, Rules, Seed};
//!
//! let start = "2026-03-02T08:00:00Z".parse()?;
//! let mut ledger = Ledger::new(Seed::generate(1, 7, start), Rules::usual())?;
//! let tenant = ledger.seed().customers[0].tenant_id;
//! let link = ledger.invitation_link();
//! ledger.post_letter(&Letter::Invitation { tenant, link })?;
//! ledger.advance_to("2026-03-05T08:00:00Z".parse()?)?;
//! assert!(ledger.books().customers[0].accepted_at.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod books;
mod catalogue;
mod http;
mod ids;
mod ledger;
mod plans;
mod prng;
mod regions;
mod seed;

pub use books::{
    Books, CustomerBooks, HoursError, LineBooks, Money, PurchaseEntry, ReplacedBy, SeatEntry, SeatHour, SeatPoint,
    Statement, Unserved, Write,
};
pub use catalogue::known_sku;
pub use http::{Auth, Emulator, Fault, FaultError, FaultRule, Faults, Options, Running, StartError, UnknownFault};
pub use ids::{CartId, GroupId, OrderId, PlanId, SkuId, SubscriptionId, TenantId, UserId};
pub use ledger::{
    AcceptWord, AccountRefusal, AccountView, ActError, ActionWords, AddressName, AdminRefusal, BudgetOf, CancelledLine,
    CartView, CatalogueKind, ChangeRefusal, Checkout, ConsentConflict, ContractType, CustomerView, Dated, DatedAction,
    Delivery, DirectOwner, EVENTS, EarlyEnd, EndChoice, ExtendedService, FailedEvent, FailedTransfer, Grant,
    GraphCommerceId, GraphLimit, GraphThrottle, GroupError, Happened, HeldView, InvitationForm, Ledger, Letter,
    LetterError, LicenceRefusal, LicenceView, LineCodes, MigrationRefusal, MigrationTerm, MigrationView, MigrationWish,
    Minutes, Mishap, NewerFaults, NextTerm, NoLicenceError, NotAssignedText, OfferView, OfferWords, OrderView, OwnView,
    OwnerTypes, Parent, Patch, PoolView, Readings, Refusal, RequestIdReuse, RequestIds, ResellerRefusal, Rules,
    SWITCHES, ScheduleView, ScheduleWords, SecondCheckout, SeedError, SeekEnd, Shortfall, SignIn, SoldView,
    StrangerRead, SuspendedEnd, Switch, SwitchError, TenantView, TimeError, Together, TotalCount, TransferRefusal,
    TransferView, TransferWish, UserView, VettingDate, WebhookRefusal, When, Wish, WithoutReseller, WrongTokenKind,
};
pub use seed::{
    Act, Billing, Model, Outside, Program, Qualification, Right, Seed, SeedAccount, SeedCustomer, SeedEvent,
    SeedLicence, SeedOffer, SeedPartner, SeedPeople, SeedProgramme, SeedPromotion, SeedPurchase, SeedQualification,
    SeedRelationship, SeedReseller, SeedSubscription, SeedUser, Segment, Term, Validation, Vetting,
};
