import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * Runs every test file below this folder, or those whose path holds one of the arguments:
 *   node --import tsx test/run.ts [PART-OF-A-PATH …]
 * Ends with "N passed, N failed"; the exit code is 1 when anything failed or nothing ran.
 */

/** Their files start several processes each and wait for most of their time: two files at a time, apart from the others. */
const IN_PAIRS = ['interop'];
/** These measure time besides: one file after the other. */
const ALONE = ['faults', 'fuzz', 'nemesis'];
const FILE_TIMEOUT_MS = 8 * 60_000;

interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly skipped: readonly string[];
  /** Name and reason of every test that failed. */
  readonly failures: readonly string[];
  readonly seconds: number;
  readonly output: readonly string[];
  readonly errorOutput: readonly string[];
}

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function testFiles(parts: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (directory: string) => {
    for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
      const name = path.posix.join(directory, entry.name);
      if (entry.isDirectory()) visit(name);
      else if (name.endsWith('.test.ts')) found.push(name);
    }
  };
  visit('test');
  const wanted = (file: string) => parts.length === 0 || parts.some((part) => file.includes(part));
  return found.filter(wanted).sort();
}

/** The reason in a form that shows where: the cause of node's wrapper, with its stack. */
function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const lines = (cause.stack ?? cause.message).split('\n');
  return lines.filter((line) => !/^\s+at .*\(?node:/.test(line)).join('\n');
}

/** A test that failed only because one inside it did is not counted twice. */
function isConsequence(error: object): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}

async function runFile(file: string, signal: AbortSignal): Promise<FileResult> {
  const startedAtMs = performance.now();
  let passed = 0;
  const skipped: string[] = [];
  const failures: string[] = [];
  const output: string[] = [];
  const errorOutput: string[] = [];
  const absolute = path.join(root, file);
  const stream = run({ files: [absolute], timeout: FILE_TIMEOUT_MS, signal });
  stream.on('test:pass', ({ name, skip, details }) => {
    if (skip !== undefined && skip !== false) {
      skipped.push(typeof skip === 'string' && skip !== '' ? `${name}: ${skip}` : name);
    } else if (details.type !== 'suite' && name !== absolute) passed++;
  });
  stream.on('test:fail', ({ name, details }) => {
    if (isConsequence(details.error)) return;
    failures.push(`${name}\n${describeError(details.error)}`);
  });
  stream.on('test:stdout', ({ message }) => output.push(message));
  stream.on('test:stderr', ({ message }) => errorOutput.push(message));
  stream.on('test:diagnostic', ({ message, file: source }) => {
    if (source !== undefined) output.push(`${message}\n`);
  });
  stream.resume();
  await new Promise((resolve) => stream.once('end', resolve));
  if (passed + failures.length + skipped.length === 0) failures.push('the file ran no test');
  const seconds = (performance.now() - startedAtMs) / 1000;
  return { file, passed, skipped, failures, seconds, output, errorOutput };
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '    ');
}

function report(result: FileResult): void {
  const { file, passed, skipped, failures, seconds, output, errorOutput } = result;
  const mark = failures.length > 0 ? 'FAIL' : 'ok  ';
  console.log(`${mark} ${file}  ${passed} passed, ${seconds.toFixed(1)} s`);
  if (output.length > 0) console.log(indent(output.join('')));
  for (const name of skipped) console.log(indent(`skipped: ${name}`));
  for (const failure of failures) console.log(indent(`failed: ${failure}`));
  if (failures.length > 0 && errorOutput.length > 0) {
    console.log(indent(`what it wrote to stderr:\n${errorOutput.join('').slice(-20_000)}`));
  }
}

async function runAll(files: readonly string[], lanes: number, signal: AbortSignal) {
  const results: FileResult[] = [];
  const queue = [...files];
  const lane = async () => {
    for (let file = queue.shift(); file !== undefined && !signal.aborted; file = queue.shift()) {
      const result = await runFile(file, signal);
      report(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

const files = testFiles(process.argv.slice(2));
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());

const isIn = (folders: readonly string[], file: string) =>
  folders.includes(file.split('/')[1] ?? '');
const together = files.filter((file) => !isIn([...IN_PAIRS, ...ALONE], file));
const inPairs = files.filter((file) => isIn(IN_PAIRS, file));
const alone = files.filter((file) => isIn(ALONE, file));
const results = [
  ...(await runAll(together, Math.max(2, availableParallelism()), interrupted.signal)),
  ...(await runAll(inPairs, 2, interrupted.signal)),
  ...(await runAll(alone, 1, interrupted.signal)),
];
const sum = (count: (result: FileResult) => number) =>
  results.reduce((total, result) => total + count(result), 0);
const passed = sum((result) => result.passed);
const failed = sum((result) => result.failures.length);
const skipped = sum((result) => result.skipped.length);
const broken = results.filter((result) => result.failures.length > 0);
if (broken.length > 0) console.log(`\nfailed: ${broken.map((result) => result.file).join(' ')}`);
if (files.length === 0) console.log('no test file matches');
if (interrupted.signal.aborted) console.log('interrupted');
if (skipped > 0) console.log(`${skipped} skipped; their reasons are above`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 || interrupted.signal.aborted ? 1 : 0);
