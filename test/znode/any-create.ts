import fc from 'fast-check';
import type { CreateOperation } from '../../machines/jute/request.ts';
import type { Acl } from '../../machines/znode/acl.ts';

const flags = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(0, 0, 1, 1, 2, 3, 4) },
  { weight: 1, arbitrary: fc.constantFrom(5, 6, 7, -1) },
);
const ttlFlags = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(5, 5, 6) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 4, 7, -1) },
);
/** Some of them are over while a run lasts. */
const ttls = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(1, 10, 50, 2 ** 40 - 1) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 2 ** 40) },
);

/** Creates of every kind, now and then with flags or a TTL that may not be. */
export function anyCreate(
  path: fc.Arbitrary<string>,
  data: fc.Arbitrary<Uint8Array | null>,
  acl: fc.Arbitrary<readonly Acl[] | null>,
): fc.Arbitrary<CreateOperation> {
  const op = fc.constant('create' as const);
  const common = { op, path, data, acl };
  const opcode = fc.constantFrom(1 as const, 15 as const, 19 as const);
  const ttlOpcode = fc.constant(21 as const);
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ ...common, opcode, flags, ttlMs: fc.constant(0) }) },
    {
      weight: 1,
      arbitrary: fc.record({ ...common, opcode: ttlOpcode, flags: ttlFlags, ttlMs: ttls }),
    },
  );
}
