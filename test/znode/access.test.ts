import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAcl, fixAcl, visibleAcl } from '../../machines/znode/access.ts';
import { type Acl, type Identity, OPEN_ACL, Perm } from '../../machines/znode/acl.ts';
import { AclTable } from '../../machines/znode/acl-table.ts';
import { authenticate, isAdmitted, withIdentities } from '../../machines/znode/authentication.ts';
import { digestIdentity } from '../../machines/znode/digest-identity.ts';
import { sha1 } from '../../machines/znode/sha1.ts';
import { SEED, text, world } from './fixture.ts';

const ADDRESS: Identity = { scheme: 'ip', id: '10.1.2.3' };
const SUPER: Identity = { scheme: 'super', id: '' };
const ALICE: Identity = { scheme: 'digest', id: 'alice:hash' };

function entry(scheme: string, id: string, perms: number = Perm.all): Acl {
  return { perms, scheme, id };
}

test('sha1 is that of node:crypto', () => {
  for (const length of [0, 1, 3, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
    const message = Buffer.alloc(length, length);
    assert.deepEqual(
      Buffer.from(sha1(message)),
      createHash('sha1').update(message).digest(),
      `${length} bytes`,
    );
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      assert.deepEqual(Buffer.from(sha1(message)), createHash('sha1').update(message).digest());
    }),
    { seed: SEED },
  );
});

test('the digest identity of super:test is the known one', () => {
  assert.deepEqual(digestIdentity('super:test'), {
    scheme: 'digest',
    id: 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=',
  });
  assert.equal(digestIdentity('a:b:c').id, 'a:cLzgnoJ6mP5qz3w+mwvPE2vDgu0=');
  // As ZooKeeper has it, to the letter: without a colon all of it is the name.
  assert.equal(digestIdentity('nocolon').id, 'nocolon:Ra+cHr2ZoHvBjtNArFGNGlVie4g=');
  assert.equal(digestIdentity('').id, ':2jmj7l5rSw0yVb/vlWAYkK/YBwk=');
  const hash = createHash('sha256').update('super:test').digest('base64');
  assert.equal(digestIdentity('super:test', 'SHA-256').id, `super:${hash}`);
});

test('auth packets', () => {
  const id = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=';
  assert.deepEqual(authenticate('digest', text('super:test'), {}), [{ scheme: 'digest', id }]);
  assert.deepEqual(authenticate('digest', text('super:test'), { superDigest: id }), [
    SUPER,
    { scheme: 'digest', id },
  ]);
  assert.equal(
    authenticate('digest', text('super:other'), { superDigest: id })?.some(
      (identity) => identity.scheme === 'super',
    ),
    false,
  );
  assert.equal(authenticate('digest', text(''), {})?.length, 1);
  assert.equal(authenticate('digest', text('a:b'), { digestEnabled: false }), undefined);
  assert.match(
    authenticate('digest', text('a:b'), { digestAlgorithm: 'SHA-256' })?.[0]?.id ?? '',
    /^a:.{43}=$/,
  );
  assert.equal(authenticate('digest', null, {}), undefined);
  assert.deepEqual(authenticate('ip', null, {}), []);
  assert.equal(authenticate('kerberos', text('x'), {}), undefined);
  assert.equal(authenticate('super', text(''), {}), undefined);
  assert.equal(authenticate('world', text('anyone'), {}), undefined);
  assert.deepEqual(authenticate('ip', text(''), {}), []);
});

test('identities accumulate, duplicates do not', () => {
  const one = withIdentities([ADDRESS], [ALICE]);
  assert.deepEqual(one, [ADDRESS, ALICE]);
  assert.equal(withIdentities(one, [ALICE]), one);
});

test('checkAcl: world, equality, super, and any one of several bits', () => {
  assert.ok(checkAcl(OPEN_ACL, Perm.admin, []));
  assert.ok(checkAcl([], Perm.admin, [ADDRESS]));
  assert.ok(checkAcl(world(Perm.read), Perm.read, [ADDRESS]));
  assert.ok(!checkAcl(world(Perm.read), Perm.write, [ADDRESS]));
  assert.ok(checkAcl(world(Perm.admin), Perm.read | Perm.admin, [ADDRESS]));
  assert.ok(checkAcl([entry('digest', 'alice:hash')], Perm.write, [ADDRESS, ALICE]));
  assert.ok(!checkAcl([entry('digest', 'bob:hash')], Perm.write, [ADDRESS, ALICE]));
  assert.ok(!checkAcl([entry('digest', 'alice:hash', Perm.read)], Perm.write, [ALICE]));
  assert.ok(checkAcl([entry('digest', 'bob:hash', 0)], Perm.write, [ADDRESS, SUPER]));
});

test('checkAcl: addresses and ranges of both families', () => {
  const allowed: [range: string, address: string, expected: boolean][] = [
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.0/24', '10.1.2.99', true],
    ['10.1.2.0/24', '10.1.3.99', false],
    ['10.1.2.4/30', '10.1.2.7', true],
    ['10.1.2.4/30', '10.1.2.8', false],
    ['0.0.0.0/0', '255.1.2.3', true],
    ['10.1.2.3/32', '::ffff:10.1.2.3', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:1::5', true],
    ['2001:db8::/32', '2001:db9::5', false],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1', true],
    ['::1', '::1', true],
    ['::/0', '2001:db8::1', true],
    ['::/0', '10.1.2.3', false],
    ['::/0', '::ffff:10.1.2.3', false],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['fe80::1', 'fe80::1%eth0', true],
    ['10.1.2.0/24', 'not an address', false],
  ];
  for (const [range, address, expected] of allowed) {
    assert.equal(
      checkAcl([entry('ip', range)], Perm.read, [{ scheme: 'ip', id: address }]),
      expected,
      `${address} in ${range}`,
    );
  }
});

test('fixAcl: what is refused', () => {
  const refused: (readonly Acl[] | null)[] = [
    null,
    [],
    [entry('world', 'somebody')],
    [entry('', '')],
    [entry('super', '')],
    [entry('sasl', 'somebody')],
    [entry('auth', '')],
    [entry('digest', 'no-colon')],
    [entry('digest', 'user:')],
    [entry('digest', '::')],
    [entry('digest', 'a::b')],
    [entry('digest', 'a:b:c')],
    [entry('ip', 'nonsense')],
    [entry('ip', '10.1.2')],
    [entry('ip', '10.1.2.256')],
    [entry('ip', '10.1.2.3/33')],
    [entry('ip', '10.1.2.3/')],
    [entry('ip', '2001:db8::/129')],
    [entry('ip', '1:2:3:4:5:6:7:8:9')],
    [entry('ip', '1::2::3')],
    [entry('ip', '12345::')],
    [entry('world', 'anyone'), entry('nonsense', 'x')],
  ];
  for (const acl of refused) {
    assert.equal(fixAcl(acl, [ADDRESS]), undefined, JSON.stringify(acl));
  }
});

test('fixAcl: what is accepted', () => {
  const digest = entry('digest', 'alice:hash');
  const other: Identity = { scheme: 'digest', id: 'bob:hash' };
  assert.equal(fixAcl([entry('world', 'anyone')], []), OPEN_ACL);
  assert.equal(fixAcl([entry('world', 'anyone'), entry('world', 'anyone')], []), OPEN_ACL);
  assert.deepEqual(fixAcl([digest, digest, entry('ip', '::1', 0)], []), [
    digest,
    entry('ip', '::1', 0),
  ]);
  assert.deepEqual(fixAcl([entry('auth', 'whatever', Perm.read)], [ADDRESS, ALICE, other]), [
    entry('digest', 'alice:hash', Perm.read),
    entry('digest', 'bob:hash', Perm.read),
  ]);
  assert.deepEqual(fixAcl([entry('auth', '')], [ADDRESS, SUPER, ALICE]), [digest]);
  assert.equal(fixAcl([entry('auth', '')], [ADDRESS, SUPER]), undefined);
  assert.deepEqual(fixAcl([entry('ip', '1:2:3:4:5:6:1.2.3.4')], []), [
    entry('ip', '1:2:3:4:5:6:1.2.3.4'),
  ]);
});

test('fixAcl: as many entries as a frame has room for are not held against each other', () => {
  const count = 20_000;
  let looks = 0;
  const acl = Array.from({ length: count }, (_, at) => ({
    ...entry('ip', `10.1.${at >> 8}.${at & 0xff}`),
    get perms(): number {
      looks += 1;
      return Perm.read;
    },
  }));
  const twice = [...acl, ...acl];
  assert.equal(fixAcl(twice, [])?.length, count);
  assert.ok(looks <= 10 * twice.length, `${looks} looks at ${twice.length} entries`);
});

test('fixAcl: an id is split as Java splits it, and without the scheme there is none', () => {
  for (const id of [':hash', 'user:hash', 'user:hash:']) {
    const acl = [entry('digest', id)];
    assert.deepEqual(fixAcl(acl, []), acl, id);
    assert.equal(fixAcl(acl, [], false), undefined, id);
  }
  assert.equal(fixAcl([entry('auth', '')], [ALICE], false), undefined);
  assert.equal(fixAcl([entry('world', 'anyone')], [ALICE], false), OPEN_ACL);
});

test('who may ask at all where a scheme is required', () => {
  assert.ok(isAdmitted([ADDRESS], {}));
  assert.ok(!isAdmitted([ADDRESS], { requiredSchemes: ['digest'] }));
  assert.ok(!isAdmitted([ADDRESS, SUPER], { requiredSchemes: ['digest'] }));
  assert.ok(isAdmitted([ADDRESS, ALICE], { requiredSchemes: ['digest'] }));
  assert.ok(isAdmitted([ADDRESS], { requiredSchemes: ['digest', 'ip'] }));
});

test('getACL shows password hashes only to those with ADMIN', () => {
  const acl = [entry('digest', 'alice:hash'), entry('world', 'anyone', Perm.read)];
  assert.equal(visibleAcl(acl, [ALICE]), acl);
  assert.equal(visibleAcl(acl, [SUPER]), acl);
  assert.deepEqual(visibleAcl(acl, [ADDRESS]), [
    entry('digest', 'alice:x'),
    entry('world', 'anyone', Perm.read),
  ]);
});

test('equal ACLs become one array', () => {
  const table = new AclTable();
  const one = table.intern([entry('digest', 'alice:hash')]);
  assert.equal(table.intern([entry('digest', 'alice:hash')]), one);
  assert.equal(table.intern(one), one);
  assert.notEqual(table.intern([entry('digest', 'alice:hash', 1)]), one);
  assert.notEqual(
    table.intern([entry('digest', 'a'), entry('x', 'b')]),
    table.intern([entry('digest', 'ax'), entry('', 'b')]),
  );
  assert.equal(table.intern([entry('world', 'anyone')]), OPEN_ACL);
});
