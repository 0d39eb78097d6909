import type { StepOutcome } from './comparison.ts';
import type { Arrival } from './field.ts';
import { OPERATION_NAMES } from './operation.ts';
import { partsOf, type Request } from './request.ts';
import type { Step } from './step.ts';
import type { Transcript } from './world.ts';

/** What a run has compared: an operation or an error that it never met would be a hole in it. */
export class Tally {
  /** By operation; those inside multis under their own names. */
  readonly operations = new Map<string, number>();
  /** By error, as ZooKeeper gave it; `OK` for none. */
  readonly errors = new Map<string, number>();
  readonly results = new Map<string, number>();
  steps = 0;
  replies = 0;
  events = 0;

  count(step: Step, answers: Transcript, outcome: StepOutcome): void {
    this.steps += 1;
    this.replies += outcome.replies;
    this.events += outcome.events;
    const arrivals = [...answers.values()].flat();
    for (const arrival of arrivals) this.#arrival(step, arrival);
  }

  #arrival(step: Step, arrival: Arrival): void {
    if (arrival.kind === 'closed') add(this.errors, 'closed');
    if (arrival.kind !== 'reply') return;
    for (const { name, kind, ...field } of arrival.fields) {
      if (kind !== 'plain' || !('text' in field)) continue;
      if (name === 'error') add(this.errors, field.text);
      if (name.startsWith('result ') && name.endsWith(' code')) add(this.results, field.text);
    }
    const request = step.do === 'send' ? step.requests[arrival.index] : undefined;
    if (request !== undefined) this.#request(request);
  }

  #request(request: Request): void {
    add(this.operations, request.op.startsWith('opcode') ? 'unknown opcodes' : request.op);
    for (const part of partsOf(request)) add(this.operations, `${request.op}: ${part.op}`);
  }

  /** Operations that a long run has to have met. */
  get missedOperations(): readonly string[] {
    return OPERATION_NAMES.filter((name) => !this.operations.has(name));
  }

  missedErrors(expected: readonly string[]): readonly string[] {
    return expected.filter((name) => !this.errors.has(name) && !this.results.has(name));
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
