import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasProgram } from '../nemesis/isolation.ts';
import { campaign } from './campaign.ts';
import { KEPT_ATTACKS } from './kept-attacks.ts';

const skip = hasProgram('nats-server') ? false : 'there is no nats-server';

describe('damaged requests to real members', { skip }, () => {
  for (const { seed, firstConnection, frames, why } of KEPT_ATTACKS) {
    test(`seed ${seed} from connection ${firstConnection}: ${why}`, {
      timeout: 120_000,
    }, async () => {
      const report = await campaign({ seed, frames, members: 3, attackers: 8, firstConnection });
      assert.deepEqual(report.violations, []);
      assert.ok(report.frames >= frames);
      assert.ok(report.victimChecks > 0);
    });
  }
});
