import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { Command } from '../ensemble/managed-process.ts';
import type { Ensemble } from '../ensemble.ts';

/** What a program in another language found out: one line of JSON each. */
interface Outcome {
  readonly check: string;
  readonly ok: boolean;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly trace?: string;
}

/** A line in which the program asks for something to be done to the ensemble; the answer is a line on its input. */
interface Wish {
  readonly ask: string;
}

function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'object' && value !== null && 'check' in value && 'ok' in value;
}

function isWish(value: unknown): value is Wish {
  return (
    typeof value === 'object' && value !== null && 'ask' in value && typeof value.ask === 'string'
  );
}

/**
 * Runs a program that checks the ensemble with a client of its own, and reports each of its checks as a test. That there
 * are exactly `checks` shows that none was left out. Returns how many there were.
 */
export async function foreignChecks(
  context: TestContext,
  command: Command,
  ensemble: Ensemble,
  checks: number,
  withinMs = 150_000,
): Promise<number> {
  const outcomes = await outcomesOf(command, ensemble, withinMs);
  for (const { check, ok, facts, trace } of outcomes) {
    const detail = facts !== undefined && Object.keys(facts).length > 0;
    await context.test(detail ? `${check} ${JSON.stringify(facts)}` : check, () => {
      assert.ok(ok, trace);
    });
  }
  assert.equal(outcomes.length, checks);
  return outcomes.length;
}

async function outcomesOf(
  command: Command,
  ensemble: Ensemble,
  withinMs: number,
): Promise<Outcome[]> {
  const child = spawn(command.file, command.args, {
    stdio: 'pipe',
    env: { ...process.env, ...command.env },
    detached: true,
  });
  // With what it has started: those may hold its output open and wait for ever.
  const killAll = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const late = setTimeout(killAll, withinMs);
  process.on('exit', killAll);
  const outcomes: Outcome[] = [];
  const other: string[] = [];
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (text: Buffer) => other.push(text.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      other.push(error.message);
      resolve(null);
    });
    child.on('close', resolve);
  }).finally(() => {
    clearTimeout(late);
    process.off('exit', killAll);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = parsed(line);
    if (isOutcome(said)) outcomes.push(said);
    else if (isWish(said)) child.stdin.write(`${await fulfil(said.ask, ensemble)}\n`);
    else other.push(`${line}\n`);
  }
  const code = await ended;
  const complete = outcomes.length > 0 && (code === 0 || outcomes.some(({ ok }) => !ok));
  if (complete) return outcomes;
  const done = outcomes.map(({ check }) => `done: ${check}\n`).join('');
  throw new Error(`${command.args.join(' ')} ended with ${code}\n${done}${other.join('')}`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** `kill leader`, `kill HOST:PORT` and `start`: the address of who was killed, or `serving`. */
async function fulfil(ask: string, ensemble: Ensemble): Promise<string> {
  const [verb, whom] = ask.split(' ');
  if (verb === 'start') {
    await ensemble.startAll();
    return 'serving';
  }
  const byAddress = ensemble.members.find(({ host, port }) => `${host}:${port}` === whom);
  const member = whom === 'leader' ? await ensemble.leader() : byAddress;
  if (verb !== 'kill' || member === undefined) return `nobody understands '${ask}'`;
  await member.process.kill();
  return `${member.host}:${member.port}`;
}
