import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Connection, type Reply } from '../client/connection.ts';
import { ConnectionLost, errorName } from '../client/error.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { type Acl, OP } from '../client/record.ts';
import { authBody, createBody, pathBody, readBody, versionBody } from '../client/request.ts';
import { Ensemble } from '../ensemble.ts';

/** An ensemble of one member with the settings: what is tested here is its door. */
async function memberWith(
  context: TestContext,
  settings: Readonly<Record<string, string>>,
): Promise<() => Promise<Connection>> {
  const ensemble = await Ensemble.start({ members: 1, settings });
  context.after(() => ensemble.stop());
  const [member] = ensemble.members;
  assert.ok(member !== undefined);
  return () => Connection.open(member, { timeoutMs: 10_000 });
}

/** Name of the error, its zxid where it is 0, and whether the connection ends behind it. */
async function told(connection: Connection, reply: Promise<Reply>): Promise<string> {
  const { error, zxid } = await reply;
  const ends = await Promise.race([
    connection.closed.then(() => true),
    connection.ping().then(
      () => false,
      () => true,
    ),
  ]);
  return [errorName(error), ...(zxid === 0 ? ['zxid 0'] : []), ...(ends ? ['closed'] : [])].join(
    ', ',
  );
}

const REFUSED = 'SESSIONCLOSEDREQUIRESASLAUTH, zxid 0, closed';

function acl(scheme: string, id: string, perms = 31): readonly Acl[] {
  return [{ perms, scheme, id }];
}

test('where a scheme is required, nothing else is answered before it (reference §8.7)', async (context) => {
  const open = await memberWith(context, {
    'enforce.auth.enabled': 'true',
    'enforce.auth.schemes': 'digest',
  });
  const stranger: readonly [opcode: number, body?: Buffer][] = [
    [OP.exists, readBody('/', false)],
    [OP.create, createBody('/by-a-stranger', null)],
    [OP.closeSession],
    [9999],
  ];
  for (const [opcode, body] of stranger) {
    const connection = await open();
    assert.equal(await told(connection, connection.submit(opcode, body)), REFUSED, `${opcode}`);
  }
  const pinging = await open();
  assert.equal(errorName((await pinging.ping()).error), 'SESSIONCLOSEDREQUIRESASLAUTH');
  await pinging.closed;

  const known = await open();
  const auth = known.submit(OP.auth, authBody('digest', 'alice:secret'));
  assert.equal(await told(known, auth), 'OK, zxid 0');
  assert.equal(await told(known, known.submit(OP.exists, readBody('/', false))), 'OK');
  const nothing = await known.submit(OP.exists, readBody('/by-a-stranger', false));
  assert.equal(errorName(nothing.error), 'NONODE');
  await known.close();

  // What stands behind the refusal in the same packet is not carried out.
  const eager = await open();
  const refused = eager.submit(OP.exists, readBody('/', false));
  const behind = eager.submit(OP.create, createBody('/behind', null));
  assert.equal(errorName((await refused).error), 'SESSIONCLOSEDREQUIRESASLAUTH');
  await assert.rejects(behind, ConnectionLost);
});

test('without the digest scheme nobody is a user (reference §8.4)', async (context) => {
  const open = await memberWith(context, { 'DigestAuthenticationProvider.enabled': 'false' });
  const connection = await open();
  const named = createBody('/named', null, { acl: acl('digest', 'alice:hash') });
  assert.equal(await told(connection, connection.submit(OP.create, named)), 'INVALIDACL');
  const auth = connection.submit(OP.auth, authBody('digest', 'alice:secret'));
  assert.equal(await told(connection, auth), 'AUTHFAILED, zxid 0, closed');
});

test('a stronger hash, and the super user by it; SASL that nobody has set up', async (context) => {
  const hash = (text: string) => createHash('sha256').update(text).digest('base64');
  const open = await memberWith(context, {
    'DigestAuthenticationProvider.digestAlg': 'SHA-256',
    'DigestAuthenticationProvider.superDigest': `super:${hash('super:test')}`,
  });
  const alice = await open();
  await alice.submit(OP.auth, authBody('digest', 'alice:secret'));
  const own = createBody('/own', null, { acl: acl('auth', '') });
  assert.equal((await alice.submit(OP.create, own)).error, 0);
  const kept = (await alice.submit(OP.getAcl, pathBody('/own'))).body.acl();
  assert.deepEqual(kept, acl('digest', `alice:${hash('alice:secret')}`));

  const stranger = await open();
  // The client goes on without: success, and no token (reference §8.5).
  const sasl = await stranger.submit(
    OP.sasl,
    new JuteWriter().buffer(Buffer.from('hello')).bytes(),
  );
  assert.deepEqual([sasl.error, sasl.zxid, sasl.body.buffer()], [0, 0, null]);
  const read = stranger.submit(OP.getData, readBody('/own', false));
  assert.equal(await told(stranger, read), 'NOAUTH');
  await stranger.submit(OP.auth, authBody('digest', 'super:test'));
  assert.equal((await stranger.submit(OP.delete, versionBody('/own', -1))).error, 0);
  await alice.close();
  await stranger.close();
});
