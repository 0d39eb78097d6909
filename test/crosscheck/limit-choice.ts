import type { Random } from '../sim/world/random.ts';
import { OPEN } from './acl-choice.ts';
import { ROOT } from './place.ts';
import { type Request, requestValue } from './request.ts';

/** Nothing else is done below these: all that counts there is done alone, when everything before it is applied. */
const LIMITED = `${ROOT}/limited`;
const DEEP = `${LIMITED}/deep`;
const QUOTAS = '/zookeeper/quota';
const NODES = [LIMITED, LIMITED, DEEP, `${DEEP}/a`, `${LIMITED}/a`, `${LIMITED}/b`, `${DEEP}/b`];
/** As clients write them (reference §6.4): soft limits, hard ones, both. */
const LIMITS = [
  'count=2,bytes=-1',
  'count=-1,bytes=10',
  'count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=3',
  'count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=5',
  'count=-1,bytes=-1=;byteHardLimit=30;countHardLimit=-1',
  'count=1,bytes=1=;byteHardLimit=40;countHardLimit=4',
  'count=1,bytes=1=;byteHardLimit=0;countHardLimit=1000000',
  'countHardLimit=2',
];
const UNUSED = 'count=0,bytes=0';
const DATA = ['', 'x', 'ten bytes ', 'twenty bytes of data', null];
const FLAGS = [0, 0, 0, 1, 2];

/** Chooses what has to do with quotas. What is in use is held against what is applied: each request is sent alone. */
export class LimitChoice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): readonly Request[] {
    const dice = this.#random.next();
    if (dice < 0.3) return [...this.#setQuota(), ...this.#writes()];
    if (dice < 0.4) return this.#deleteQuota();
    if (dice < 0.55) return [this.#changeLimits(), ...this.#writes()];
    if (dice < 0.7) return [this.#look()];
    return this.#writes();
  }

  #writes(): readonly Request[] {
    return Array.from({ length: 1 + this.#random.below(6) }, () =>
      this.#random.chance(0.25) ? { op: 'multi', fields: { parts: this.#parts() } } : this.#write(),
    );
  }

  /** As the shell does it, one node below the other. */
  #setQuota(): readonly Request[] {
    const path = this.#prefix();
    const names = path.split('/').slice(1);
    const above = names.map((_, index) => `${QUOTAS}/${names.slice(0, index + 1).join('/')}`);
    return [
      create(LIMITED, 'x'),
      ...above.map((one) => create(one, '')),
      create(`${QUOTAS}${path}/zookeeper_limits`, this.#random.pick(LIMITS)),
      create(`${QUOTAS}${path}/zookeeper_stats`, UNUSED),
    ];
  }

  #deleteQuota(): readonly Request[] {
    const path = this.#prefix();
    return ['/zookeeper_limits', '/zookeeper_stats', ''].map((name) => ({
      op: 'delete',
      fields: { path: `${QUOTAS}${path}${name}`, version: -1 },
    }));
  }

  #changeLimits(): Request {
    const path = `${QUOTAS}${this.#prefix()}/zookeeper_limits`;
    return { op: 'setData', fields: { path, data: this.#random.pick(LIMITS), version: -1 } };
  }

  #look(): Request {
    const name = this.#random.pick(['limits', 'stats', 'stats']);
    const path = `${QUOTAS}${this.#prefix()}/zookeeper_${name}`;
    const watch = this.#random.chance(0.3);
    return { op: this.#random.pick(['getData', 'exists']), fields: { path, watch } };
  }

  #parts() {
    const count = this.#random.pick([1, 2, 2, 3]);
    return Array.from({ length: count }, () => requestValue(this.#write()));
  }

  #write(): Request {
    const random = this.#random;
    const path = random.pick(NODES);
    const data = random.pick(DATA);
    const dice = random.next();
    if (dice < 0.55) {
      const op = random.pick(['create', 'create2'] as const);
      return { op, fields: { path, data, acl: OPEN, flags: random.pick(FLAGS) } };
    }
    if (dice < 0.85) return { op: 'setData', fields: { path, data, version: -1 } };
    return { op: 'delete', fields: { path, version: -1 } };
  }

  #prefix(): string {
    return this.#random.chance(0.8) ? LIMITED : DEEP;
  }
}

function create(path: string, data: string): Request {
  return { op: 'create', fields: { path, data, acl: OPEN, flags: 0 } };
}
