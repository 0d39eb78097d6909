import { type Arrival, arrivalText, type Field, fieldText } from './field.ts';
import type { Request } from './request.ts';
import type { Step } from './step.ts';
import { TxnTimes } from './txn-times.ts';
import type { Transcript } from './world.ts';
import { ZxidOrder } from './zxid-order.ts';

/** One thing in which the two services are not the same. */
export interface Difference {
  readonly step: Step;
  readonly session: string;
  /** What the reply answers. */
  readonly request: Request | undefined;
  /** How ZooKeeper's reply begins, where there is one. */
  readonly error: string | undefined;
  /** Of a reply or event that both gave, the field's name; `arrival` where only one service said something at all. */
  readonly what: string;
  /** For an event its name, for people and for the table of known differences. */
  readonly path: string | undefined;
  readonly zookeeper: string;
  readonly vivarium: string;
}

/** What the table of known differences says to one. */
export type Verdict =
  | { readonly known: false }
  | {
      readonly known: true;
      /** The rest of what the two said there cannot be compared. */
      readonly restOfReply: boolean;
      /** Only one of the two keeps the connection: both lose it. */
      readonly reconnects: boolean;
      /** One service has used a zxid more: from now on the two are the same. */
      readonly usesZxid: boolean;
    };

export interface StepOutcome {
  /** The first that nothing explains. */
  readonly difference: Difference | undefined;
  /** Sessions of which only one service keeps the connection, as is known: both lose it. */
  readonly drops: readonly string[];
  readonly replies: number;
  readonly events: number;
}

const NOTHING = 'nothing';

/** Holds what two services answer to the same steps against each other (reference: wherever a sentence says what a client sees). */
export class Comparison {
  readonly #judge: (difference: Difference) => Verdict;
  readonly #zxids = new ZxidOrder();
  /** One service may have used a zxid more, and neither has named a zxid since. */
  #owesZxid: Step | undefined;
  readonly #times = { zookeeper: new TxnTimes(), vivarium: new TxnTimes() };

  constructor(judge: (difference: Difference) => Verdict) {
    this.#judge = judge;
  }

  compare(step: Step, zookeeper: Transcript, vivarium: Transcript): StepOutcome {
    const drops: string[] = [];
    let difference: Difference | undefined;
    let replies = 0;
    let events = 0;
    for (const label of labels(step, zookeeper, vivarium)) {
      const session = sessionOf(label);
      const theirs = comparable(step, zookeeper.get(label) ?? []);
      const ours = comparable(step, vivarium.get(label) ?? []);
      for (const arrival of theirs) {
        if (arrival.kind === 'reply' || arrival.kind === 'welcome') replies += 1;
        if (arrival.kind === 'event') events += 1;
      }
      const found = this.#line(step, session, theirs, ours);
      if (found.reconnects) drops.push(session);
      difference ??= found.difference;
    }
    return { difference, drops, replies, events };
  }

  #line(
    step: Step,
    session: string,
    zookeeper: readonly Arrival[],
    vivarium: readonly Arrival[],
  ): { difference: Difference | undefined; reconnects: boolean } {
    let reconnects = false;
    let left = 0;
    let right = 0;
    while (left < zookeeper.length || right < vivarium.length) {
      const theirs = zookeeper[left];
      const ours = vivarium[right];
      if (theirs !== undefined && ours !== undefined && isSame(theirs, ours)) {
        const found = this.#fields(step, session, theirs, ours);
        reconnects ||= found.reconnects;
        if (found.difference !== undefined) return { difference: found.difference, reconnects };
        // Both have just said what the last zxid is; in the step itself that may have been before it was used.
        if (theirs.kind === 'rest' && this.#owesZxid !== step) this.#owesZxid = undefined;
        left += 1;
        right += 1;
        continue;
      }
      const onlyTheirs = this.#only(step, session, theirs, undefined);
      const onlyOurs = this.#only(step, session, undefined, ours);
      if (onlyTheirs?.known === true) {
        reconnects ||= onlyTheirs.reconnects;
        if (onlyTheirs.usesZxid) this.#owesZxid = step;
        left += 1;
      } else if (onlyOurs?.known === true) {
        reconnects ||= onlyOurs.reconnects;
        if (onlyOurs.usesZxid) this.#owesZxid = step;
        right += 1;
      } else {
        return { difference: this.#between(step, session, theirs, ours), reconnects };
      }
    }
    return { difference: undefined, reconnects };
  }

  #only(
    step: Step,
    session: string,
    theirs: Arrival | undefined,
    ours: Arrival | undefined,
  ): Verdict | undefined {
    if (theirs === undefined && ours === undefined) return undefined;
    return this.#judge(this.#between(step, session, theirs, ours));
  }

  #between(
    step: Step,
    session: string,
    theirs: Arrival | undefined,
    ours: Arrival | undefined,
  ): Difference {
    const arrival = theirs ?? ours;
    return {
      step,
      session,
      request: arrival === undefined ? undefined : requestOf(step, arrival),
      error: theirs === undefined ? undefined : errorOf(theirs),
      what: 'arrival',
      path: arrival?.kind === 'event' ? arrival.path : undefined,
      zookeeper: theirs === undefined ? NOTHING : arrivalText(theirs),
      vivarium: ours === undefined ? NOTHING : arrivalText(ours),
    };
  }

  #fields(
    step: Step,
    session: string,
    theirs: Arrival,
    ours: Arrival,
  ): { difference: Difference | undefined; reconnects: boolean } {
    const left = 'fields' in theirs ? theirs.fields : [];
    const right = 'fields' in ours ? ours.fields : [];
    let reconnects = false;
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      const [one, other] = [left[at], right[at]];
      const wrong = this.#field(one, other);
      if (wrong === undefined) continue;
      const difference = {
        step,
        session,
        request: requestOf(step, theirs),
        error: errorOf(theirs),
        what: one?.name ?? other?.name ?? '',
        path: theirs.kind === 'event' ? theirs.path : undefined,
        ...wrong,
      };
      const verdict = this.#judge(difference);
      if (!verdict.known) return { difference, reconnects };
      reconnects ||= verdict.reconnects;
      if (verdict.usesZxid && one?.kind === 'zxid' && other?.kind === 'zxid') {
        this.#zxids.join(one.zxid, other.zxid);
      } else if (verdict.usesZxid) this.#owesZxid = step;
      if (verdict.restOfReply) break;
    }
    return { difference: undefined, reconnects };
  }

  /** What is wrong between two values of the same name. */
  #field(
    one: Field | undefined,
    other: Field | undefined,
  ): { zookeeper: string; vivarium: string } | undefined {
    const zookeeper = one === undefined ? NOTHING : fieldText(one);
    const vivarium = other === undefined ? NOTHING : fieldText(other);
    const wrong = { zookeeper, vivarium };
    if (one === undefined || other === undefined || one.name !== other.name) return wrong;
    if (one.kind === 'zxid' && other.kind === 'zxid') {
      if (this.#zxids.match(one.zxid, other.zxid)) return undefined;
      if (this.#owesZxid === undefined || one.zxid <= 0n || other.zxid <= 0n) return wrong;
      this.#zxids.join(one.zxid, other.zxid);
      return undefined;
    }
    if (one.kind === 'time' && other.kind === 'time') {
      if ((one.atMs === 0n) !== (other.atMs === 0n)) return wrong;
      const left = this.#times.zookeeper.note(one.zxid, one.atMs);
      const right = this.#times.vivarium.note(other.zxid, other.atMs);
      if (left === undefined && right === undefined) return undefined;
      return { zookeeper: left ?? zookeeper, vivarium: right ?? vivarium };
    }
    return one.kind === other.kind && zookeeper === vivarium ? undefined : wrong;
  }
}

/** Those of the step's session first: its replies explain what the others see. */
function labels(step: Step, zookeeper: Transcript, vivarium: Transcript): readonly string[] {
  const all = [...new Set([...zookeeper.keys(), ...vivarium.keys()])];
  const own = (label: string) => (sessionOf(label) === step.session ? 0 : 1);
  return all.sort((one, other) => own(one) - own(other));
}

function sessionOf(label: string): string {
  return label.slice(0, label.lastIndexOf('.'));
}

/** Whether the two are answers to the same, whatever they say. */
function isSame(one: Arrival, other: Arrival): boolean {
  if (one.kind === 'reply' && other.kind === 'reply') return one.index === other.index;
  if (one.kind === 'event' && other.kind === 'event') {
    return one.event === other.event && one.path === other.path;
  }
  return one.kind === other.kind;
}

/**
 * All ephemerals of a session go in one txn, in no order that anybody promises (reference §9.2): the events of a
 * step that closes a session are brought into one, as far as they stand next to each other.
 */
function comparable(step: Step, arrivals: readonly Arrival[]): readonly Arrival[] {
  const closes = step.do === 'send' && step.requests.some(({ op }) => op === 'closeSession');
  if (!closes) return arrivals;
  const sorted: Arrival[] = [];
  let run: Arrival[] = [];
  for (const arrival of arrivals) {
    if (arrival.kind === 'event') {
      run.push(arrival);
      continue;
    }
    sorted.push(...run.sort(byEvent), arrival);
    run = [];
  }
  return [...sorted, ...run.sort(byEvent)];
}

function byEvent(one: Arrival, other: Arrival): number {
  const key = (arrival: Arrival) =>
    arrival.kind === 'event' ? `${arrival.path} ${arrival.event}` : '';
  return key(one) < key(other) ? -1 : 1;
}

function errorOf(arrival: Arrival): string | undefined {
  const [first] = 'fields' in arrival ? arrival.fields : [];
  return first?.name === 'error' && first.kind === 'plain' ? first.text : undefined;
}

function requestOf(step: Step, arrival: Arrival): Request | undefined {
  if (step.do !== 'send' || arrival.kind !== 'reply') return undefined;
  return step.requests[arrival.index];
}
