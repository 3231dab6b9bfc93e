"""Moves a portfolio through the API from Python: import, assess, plan, approve, watch to the end, report.

    python journey.py ADDRESS PROTO_FOLDERS PORTFOLIO [EMULATOR]

PROTO_FOLDERS are the folders of the contract and of what it imports, with a colon between them; the stubs are made of
them when this starts. EMULATOR is the address of `carryover emulator`, whose customers get letters; real ones get mail.
"""

import importlib
import json
import pathlib
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

CHUNK = 64 * 1024
PACKAGE = "carryover/migration/v1"


def stubs(folders):
    """Generates the stubs into a folder of their own and answers with their modules."""
    out = tempfile.mkdtemp(prefix="carryover-stubs-")
    contract = pathlib.Path(folders[0])
    files = [str(path.relative_to(contract)) for path in sorted((contract / PACKAGE).glob("*.proto"))]
    paths = [f"-I{folder}" for folder in folders] + [f"-I{pathlib.Path(protoc.__file__).parent / '_proto'}"]
    if protoc.main(["protoc", *paths, f"--python_out={out}", f"--grpc_python_out={out}", *files]) != 0:
        sys.exit("the stubs cannot be made")
    sys.path.insert(0, out)

    def load(name):
        return importlib.import_module(f"carryover.migration.v1.{name}")

    return load


def reason(error):
    """The one reason of a refused call, and the fields that it names."""
    status = rpc_status.from_call(error)
    assert status is not None, f"no status in {error}"
    info, fields = [], []
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            found = error_details_pb2.ErrorInfo()
            detail.Unpack(found)
            info.append(found)
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            found = error_details_pb2.BadRequest()
            detail.Unpack(found)
            fields += [violation.field for violation in found.field_violations]
    assert len(info) == 1 and info[0].domain == "carryover.dev", info
    return info[0].reason, fields


def refused(call, *args):
    """The code, reason and fields of a call that has to be refused."""
    try:
        call(*args)
    except grpc.RpcError as error:
        return (error.code(), *reason(error))
    raise AssertionError("it was not refused")


def tell(emulator, what, **said):
    request = urllib.request.Request(f"{emulator}/emulator/{what}", json.dumps(said).encode())
    urllib.request.urlopen(request, timeout=10).read()


def let_time_pass(emulator):
    """Moves the emulated clock on and on: months in a minute. Real time needs no help."""
    while True:
        tell(emulator, "clock", advance_seconds=2 * 3600)
        time.sleep(0.25)


class Journey:
    def __init__(self, channel, load, emulator):
        self.load = load
        self.emulator = emulator
        self.v1 = load("migration_service_pb2")
        self.portfolio = load("portfolio_service_pb2")
        self.pieces = load("portfolio_pb2")
        self.portfolios = load("portfolio_service_pb2_grpc").PortfolioServiceStub(channel)
        self.migrations = load("migration_service_pb2_grpc").MigrationServiceStub(channel)
        self.lines = load("line_pb2")
        self.states = load("migration_pb2").Migration
        self.written = set()

    def bring_in(self, file, validate_only=False, request_id=""):
        """Imports a file in chunks. Problems of rows are data, not errors."""

        def messages():
            first = self.portfolio.ImportPortfolioRequest(
                parent="partners/-", validate_only=validate_only, request_id=request_id
            )
            yield first
            name = file.name
            with open(file, "rb") as source:
                while chunk := source.read(CHUNK):
                    yield self.portfolio.ImportPortfolioRequest(
                        chunk=self.pieces.FileChunk(file_name=name, data=chunk)
                    )
                    name = ""
            yield self.portfolio.ImportPortfolioRequest(complete=True)

        return self.portfolios.ImportPortfolio(messages(), timeout=60)

    def everything(self):
        """Every migration, page by page."""
        token = ""
        while True:
            page = self.migrations.ListMigrations(
                self.v1.ListMigrationsRequest(parent="partners/-/customers/-", page_size=1, page_token=token), timeout=60
            )
            yield from page.migrations
            token = page.next_page_token
            if not token:
                return

    def plan(self, migration):
        """Assesses, plans and approves, and does each twice to see that it is done once."""
        assessed = self.migrations.AssessMigration(self.v1.AssessMigrationRequest(name=migration.name), timeout=60)
        assert len(assessed.lines) == migration.line_count
        wish = self.v1.PlanMigrationRequest(name=migration.name, request_id=str(uuid.uuid4()))
        plan = self.migrations.PlanMigration(wish, timeout=60)
        assert self.migrations.PlanMigration(wish, timeout=60) == plan, "a repeat makes no other plan"
        stale = self.v1.ApprovePlanRequest(name=plan.name, etag='"stale"')
        assert refused(self.migrations.ApprovePlan, stale)[:2] == (grpc.StatusCode.ABORTED, "ETAG_STALE")
        blind = self.v1.ApprovePlanRequest(name=plan.name)
        code, why, fields = refused(self.migrations.ApprovePlan, blind)
        assert (code, why, fields) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", ["etag"])
        wish = self.v1.ApprovePlanRequest(name=plan.name, etag=plan.etag, request_id=str(uuid.uuid4()))
        approved = self.migrations.ApprovePlan(wish, timeout=60)
        assert self.migrations.ApprovePlan(wish, timeout=60) == approved, "a repeat is answered as the first call"
        other = self.v1.PauseMigrationRequest(name=migration.name, request_id=wish.request_id)
        assert refused(self.migrations.PauseMigration, other)[1] == "REQUEST_ID_REUSED"
        return approved

    def act(self):
        """Does what waits for people: passes it on to the customers' people."""
        wish = self.v1.ListActionItemsRequest(parent="partners/-/customers/-/migrations/-", page_size=500)
        for item in self.migrations.ListActionItems(wish, timeout=60).action_items:
            tenant = item.migration.split("/")[3]
            key = (item.code, item.line or tenant)
            if self.emulator is None or key in self.written:
                continue
            if item.code == "SEND_INVITATION":
                tell(self.emulator, "letters", kind="invitation", tenant=tenant, link=item.invitation_uri)
            elif item.code == "OBTAIN_AGREEMENT":
                tell(self.emulator, "letters", kind="agreement", tenant=tenant)
            elif item.code == "STOP_RENEWAL":
                tell(self.emulator, "letters", kind="stop_renewal", tenant=tenant, subscription=item.subscription_id)
            else:
                print(f"python: {item.code}: {item.text}", flush=True)
            self.written.add(key)

    def watch(self, names, until):
        """Sees every event of `names` once and in order, though the stream is cut again and again, until all is over."""
        token, seen, left = "", {name: 0 for name in names}, set(names)
        cuts = 0
        while left:
            assert time.monotonic() < until, f"not over in time: {left}"
            wish = self.v1.WatchMigrationsRequest(parent="partners/-/customers/-", resume_token=token, replay=not token)
            wish.heartbeat_interval.seconds = 1
            stream = self.migrations.WatchMigrations(wish)
            for count, message in enumerate(stream):
                token = message.resume_token
                if message.WhichOneof("content") == "event":
                    name = message.event.name.rsplit("/events/", 1)[0]
                    seen[name] += 1
                    assert message.event.number == seen[name], f"event {seen[name]} of {name} is missing or came twice"
                self.act()
                left = {name for name in left if not self.is_over(name)}
                if not left or count == 9:
                    break
            stream.cancel()
            cuts += 1
        return sum(seen.values()), cuts

    def is_over(self, name):
        state = self.migrations.GetMigration(self.v1.GetMigrationRequest(name=name), timeout=60).state
        return state == self.states.SUCCEEDED


def main(address, folders, portfolio, emulator=None):
    load = stubs(folders.split(":"))
    file = pathlib.Path(portfolio)
    with grpc.insecure_channel(address) as channel:
        journey = Journey(channel, load, emulator)
        would = journey.bring_in(file, validate_only=True)
        assert would.added_line_count > 0 and not would.HasField("portfolio")
        request_id = str(uuid.uuid4())
        done = journey.bring_in(file, request_id=request_id)
        assert done.added_line_count == would.added_line_count and not done.problems
        assert journey.bring_in(file, request_id=request_id).added_line_count == done.added_line_count

        nobody = journey.v1.GetMigrationRequest(name="partners/-/customers/x/migrations/y")
        assert refused(journey.migrations.GetMigration, nobody)[1:] == ("NAME_INVALID", ["name"])
        forged = journey.v1.ListMigrationsRequest(parent="partners/-/customers/-", page_token="forged")
        assert refused(journey.migrations.ListMigrations, forged)[1] == "PAGE_TOKEN_INVALID"

        everything = list(journey.everything())
        plans = [journey.plan(migration) for migration in everything]
        if emulator is not None:
            threading.Thread(target=let_time_pass, args=[emulator], daemon=True).start()
        events, streams = journey.watch([migration.name for migration in everything], time.monotonic() + 400)
        for migration in everything:
            wish = journey.v1.GetReportRequest(name=f"{migration.name}/report", view=journey.v1.GetReportRequest.FULL)
            report = journey.migrations.GetReport(wish, timeout=60)
            assert report.closed_line_count == report.line_count, report
            for row in report.lines:
                assert row.line.stage == journey.lines.Line.CLOSED and row.line.bought_seat_count == row.line.seat_count
        print(f"python: {len(plans)} customers moved, {events} events seen once each over {streams} streams", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
