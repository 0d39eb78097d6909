import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Listener } from './listener.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';

async function serverWith(context: TestContext, configuration: string): Promise<NatsServer> {
  const server = await startNatsServer({ configuration });
  context.after(() => server.dispose());
  return server;
}

async function echoes(listener: Listener): Promise<void> {
  listener.subscribe('viv.test.subject');
  await listener.reports('up');
  listener.publish('viv.test.subject', 'hello');
  await listener.hears('hello');
}

test('user and password', async (context) => {
  const server = await serverWith(context, 'authorization { user: member, password: secret }');
  const servers = [server.url];
  const stranger = new Listener(context, { servers });
  const liar = new Listener(context, { servers, credentials: { user: 'member', password: 'no' } });
  const member = new Listener(context, {
    servers,
    credentials: { user: 'member', password: 'secret' },
  });
  await echoes(member);
  for (const refused of [stranger, liar]) {
    await refused.noted('unreachable', 'Authorization Violation');
    assert.deepEqual(refused.statuses, []);
  }
});

test('token', async (context) => {
  const server = await serverWith(context, 'authorization { token: secret }');
  await echoes(new Listener(context, { servers: [server.url], credentials: { token: 'secret' } }));
});

test('a missing permission is noticed, for a subscription, a publication and probes', async (context) => {
  const permissions = 'permissions { publish: "viv.test.>", subscribe: "viv.test.>" }';
  const server = await serverWith(
    context,
    `authorization { users: [ { user: member, password: secret, ${permissions} } ] }`,
  );
  const options = {
    servers: [server.url],
    credentials: { user: 'member', password: 'secret' },
    inboxPrefix: 'viv.test.inbox.1',
  };
  const listener = new Listener(context, options);
  await echoes(listener);
  listener.subscribe('viv.other.subject');
  await listener.noted('refused', 'viv.other.subject');
  listener.publish('viv.other.publication', 'hello');
  await listener.noted('refused', 'viv.other.publication');
  let gone = false;
  listener.bus.probe('viv.test.nobody', Buffer.of(), () => {
    gone = true;
  });
  listener.publish('viv.test.subject', 'still there');
  await listener.hears('still there');
  assert.ok(gone);
  assert.ok(listener.notices.every(({ message }) => !message.includes('viv.test')));
  const deaf = new Listener(context, { ...options, inboxPrefix: '_INBOX' });
  await deaf.noted('refused', '_INBOX');
});

test('TLS with certificates on both sides', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'vivarium-tls-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string): string => join(directory, name);
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=vivarium'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', path('key.pem'), '-out', path('cert.pem')],
    ],
    { stdio: 'ignore' },
  );
  const files = `cert_file: "${path('cert.pem')}", key_file: "${path('key.pem')}"`;
  const server = await serverWith(
    context,
    `tls { ${files}, ca_file: "${path('cert.pem')}", verify: true }`,
  );
  const servers = [server.url];
  const tls = { caFile: path('cert.pem'), certFile: path('cert.pem'), keyFile: path('key.pem') };
  const untrusting = new Listener(context, { servers, tls: {} });
  await echoes(new Listener(context, { servers, tls }));
  await untrusting.noted('unreachable', 'self-signed certificate');
  assert.deepEqual(untrusting.statuses, []);
});
