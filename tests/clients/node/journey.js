// Moves a portfolio through the API from Node.js: import, assess, plan, approve, watch to the end, report.
//
//     node journey.js ADDRESS PROTO_FOLDERS PORTFOLIO [EMULATOR]
//
// PROTO_FOLDERS are the folders of the contract and of what it imports, with a colon between them. EMULATOR is the address of
// `carryover emulator`, whose customers get letters; real ones get mail.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const CHUNK = 64 * 1024;
const PACKAGE = 'carryover/migration/v1';

// The parts of google.rpc that errors carry.
const rpc = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message BadRequest { repeated FieldViolation field_violations = 1; }
  message FieldViolation { string field = 1; string description = 2; }
`, { keepCase: true }).root;

// The one reason of a refused call, and the fields that it names.
function reason(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  assert.ok(bytes, `no details in ${error}`);
  const details = rpc.lookupType('Status').decode(bytes).details;
  const all = (name) => details
    .filter((detail) => detail.type_url.endsWith(`/google.rpc.${name}`))
    .map((detail) => rpc.lookupType(name).decode(detail.value));
  const info = all('ErrorInfo');
  assert.equal(info.length, 1);
  assert.equal(info[0].domain, 'carryover.dev');
  const fields = all('BadRequest').flatMap((bad) => bad.field_violations.map((violation) => violation.field));
  return { code: error.code, reason: info[0].reason, fields };
}

// What a call is refused for.
async function refused(answer) {
  const error = await answer.then(() => null, (error) => error);
  assert.ok(error, 'it was not refused');
  return reason(error);
}

// Calls as promises, with a deadline.
function promised(client) {
  return new Proxy(client, {
    get: (target, method) => (wish) => new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + 60_000);
      target[method](wish, { deadline }, (error, answer) => (error ? reject(error) : resolve(answer)));
    }),
  });
}

async function tell(emulator, what, said) {
  const answer = await fetch(`${emulator}/emulator/${what}`, { method: 'POST', body: JSON.stringify(said) });
  assert.ok(answer.ok, await answer.text());
}

class Journey {
  constructor(address, folders, emulator) {
    const contract = path.join(folders[0], PACKAGE);
    const files = fs.readdirSync(contract).filter((name) => name.endsWith('.proto')).map((name) => `${PACKAGE}/${name}`);
    const options = { includeDirs: folders, keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true };
    const { v1 } = grpc.loadPackageDefinition(loader.loadSync(files, options)).carryover.migration;
    const credentials = grpc.credentials.createInsecure();
    this.portfolios = new v1.PortfolioService(address, credentials);
    this.watches = new v1.MigrationService(address, credentials);
    this.migrations = promised(this.watches);
    this.emulator = emulator;
    this.written = new Set();
  }

  // Imports a file in chunks. Problems of rows are data, not errors.
  bringIn(file, options) {
    return new Promise((resolve, reject) => {
      const call = this.portfolios.ImportPortfolio((error, answer) => (error ? reject(error) : resolve(answer)));
      call.write({ parent: 'partners/-', ...options });
      const bytes = fs.readFileSync(file);
      for (let at = 0; at < bytes.length; at += CHUNK) {
        call.write({ chunk: { file_name: at === 0 ? path.basename(file) : '', data: bytes.subarray(at, at + CHUNK) } });
      }
      call.write({ complete: true });
      call.end();
    });
  }

  // Every migration, page by page.
  async everything() {
    const all = [];
    let token = '';
    do {
      const page = await this.migrations.ListMigrations({
        parent: 'partners/-/customers/-', page_size: 1, page_token: token,
      });
      all.push(...page.migrations);
      token = page.next_page_token;
    } while (token !== '');
    return all;
  }

  // Assesses, plans and approves, and does each twice to see that it is done once.
  async plan(migration) {
    const assessed = await this.migrations.AssessMigration({ name: migration.name });
    assert.equal(assessed.lines.length, migration.line_count);
    const wish = { name: migration.name, request_id: crypto.randomUUID() };
    const plan = await this.migrations.PlanMigration(wish);
    assert.deepEqual(await this.migrations.PlanMigration(wish), plan, 'a repeat makes no other plan');
    const stale = await refused(this.migrations.ApprovePlan({ name: plan.name, etag: '"stale"' }));
    assert.deepEqual(stale, { code: grpc.status.ABORTED, reason: 'ETAG_STALE', fields: [] });
    const blind = await refused(this.migrations.ApprovePlan({ name: plan.name }));
    assert.deepEqual(blind, { code: grpc.status.INVALID_ARGUMENT, reason: 'FIELD_INVALID', fields: ['etag'] });
    const approval = { name: plan.name, etag: plan.etag, request_id: crypto.randomUUID() };
    const approved = await this.migrations.ApprovePlan(approval);
    assert.deepEqual(await this.migrations.ApprovePlan(approval), approved, 'a repeat is answered as the first call');
    const other = { name: migration.name, request_id: approval.request_id };
    assert.equal((await refused(this.migrations.PauseMigration(other))).reason, 'REQUEST_ID_REUSED');
  }

  // Does what waits for people: passes it on to the customers' people.
  async act() {
    const wish = { parent: 'partners/-/customers/-/migrations/-', page_size: 500 };
    for (const item of (await this.migrations.ListActionItems(wish)).action_items) {
      const tenant = item.migration.split('/')[3];
      const key = `${item.code} ${item.line || tenant}`;
      if (!this.emulator || this.written.has(key)) continue;
      this.written.add(key);
      if (item.code === 'SEND_INVITATION') {
        await tell(this.emulator, 'letters', { kind: 'invitation', tenant, link: item.invitation_uri });
      } else if (item.code === 'OBTAIN_AGREEMENT') {
        await tell(this.emulator, 'letters', { kind: 'agreement', tenant });
      } else if (item.code === 'STOP_RENEWAL') {
        await tell(this.emulator, 'letters', { kind: 'stop_renewal', tenant, subscription: item.subscription_id });
      } else {
        console.log(`node: ${item.code}: ${item.text}`);
      }
    }
  }

  async isOver(name) {
    return (await this.migrations.GetMigration({ name })).state === 'SUCCEEDED';
  }

  // Sees every event of `names` once and in order, though the stream is cut again and again, until all is over.
  async watch(names, until) {
    const seen = new Map(names.map((name) => [name, 0]));
    let [left, token, streams] = [names, '', 0];
    while (left.length > 0) {
      assert.ok(Date.now() < until, `not over in time: ${left}`);
      const stream = this.watches.WatchMigrations({
        parent: 'partners/-/customers/-', resume_token: token, replay: token === '', heartbeat_interval: { seconds: 1 },
      });
      // Being cut off is what this is about; what a stream says after that, also of a message that came too late, does not matter.
      let cut = false;
      stream.on('error', (error) => assert.ok(cut, error));
      let count = 0;
      for await (const message of stream.iterator({ destroyOnReturn: false })) {
        token = message.resume_token;
        if (message.content === 'event') {
          const [name] = message.event.name.split('/events/');
          seen.set(name, seen.get(name) + 1);
          assert.equal(message.event.number, seen.get(name), `an event of ${name} is missing or came twice`);
        }
        await this.act();
        const over = await Promise.all(left.map((name) => this.isOver(name)));
        left = left.filter((_, at) => !over[at]);
        count += 1;
        if (left.length === 0 || count === 10) break;
      }
      cut = true;
      stream.cancel();
      streams += 1;
    }
    return { events: [...seen.values()].reduce((sum, count) => sum + count, 0), streams };
  }
}

async function main(address, folders, portfolio, emulator) {
  const journey = new Journey(address, folders.split(':'), emulator);
  const would = await journey.bringIn(portfolio, { validate_only: true });
  assert.ok(would.added_line_count > 0 && would.portfolio === null);
  const request_id = crypto.randomUUID();
  const done = await journey.bringIn(portfolio, { request_id });
  assert.equal(done.added_line_count, would.added_line_count);
  assert.equal((await journey.bringIn(portfolio, { request_id })).added_line_count, done.added_line_count);

  const nobody = await refused(journey.migrations.GetMigration({ name: 'partners/-/customers/x/migrations/y' }));
  assert.deepEqual(nobody, { code: grpc.status.INVALID_ARGUMENT, reason: 'NAME_INVALID', fields: ['name'] });
  const forged = { parent: 'partners/-/customers/-', page_token: 'forged' };
  assert.equal((await refused(journey.migrations.ListMigrations(forged))).reason, 'PAGE_TOKEN_INVALID');

  const everything = await journey.everything();
  for (const migration of everything) await journey.plan(migration);
  // Moves the emulated clock on and on: months in a minute. Real time needs no help.
  const passing = emulator && setInterval(() => {
    tell(emulator, 'clock', { advance_seconds: 2 * 3600 }).catch((error) => { throw error; });
  }, 250);
  const { events, streams } = await journey.watch(everything.map((migration) => migration.name), Date.now() + 400_000);
  clearInterval(passing);
  for (const migration of everything) {
    const report = await journey.migrations.GetReport({ name: `${migration.name}/report`, view: 'FULL' });
    assert.equal(report.closed_line_count, report.line_count);
    for (const { line } of report.lines) {
      assert.equal(line.stage, 'CLOSED');
      assert.equal(line.bought_seat_count, line.seat_count);
    }
  }
  console.log(`node: ${everything.length} customers moved, ${events} events seen once each over ${streams} streams`);
}

main(...process.argv.slice(2)).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
