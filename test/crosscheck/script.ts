import { isAsked, isRecord, type Request, requestOf, requestValue, type Value } from './request.ts';
import { type Connecting, PLAIN_CONNECTING, type Step } from './step.ts';

/**
 * A script as text: one request a line, `SESSION [+] OPERATION {fields}`, where `+` sends it in one piece with the
 * line before; besides `connect`, `drop` and `bytes`. Lines that begin with # are for people.
 */
export function scriptText(steps: readonly Step[]): string {
  return steps.map((step) => `${stepLines(step).join('\n')}\n`).join('');
}

export function stepLines(step: Step): string[] {
  switch (step.do) {
    case 'connect':
      return [`${step.session} connect${fields(connectFields(step))}`];
    case 'drop':
      return [`${step.session} drop`];
    case 'bytes':
      return [`${step.session} bytes${fields({ hex: step.hex })}`];
    case 'send':
      return step.requests.map((request, index) => {
        const { op: _, ...rest } = requestValue(request);
        const name = request.op.replace(' ', ':');
        return `${step.session} ${index === 0 ? '' : '+ '}${name}${fields(rest)}`;
      });
  }
}

function fields(value: { readonly [key: string]: Value }): string {
  return Object.keys(value).length === 0 ? '' : ` ${JSON.stringify(value)}`;
}

/** Only what is not as it is mostly. */
function connectFields(step: Connecting): { readonly [key: string]: Value } {
  const { do: _, session: __, ...rest } = step;
  const plain: Readonly<Record<string, Value>> = PLAIN_CONNECTING;
  return Object.fromEntries(Object.entries(rest).filter(([key, value]) => plain[key] !== value));
}

const LINE = /^(\S+)\s+(\+\s+)?(\S+)\s*(\{.*\})?$/;

/** Throws RangeError with the line that is none. */
export function readScript(text: string): Step[] {
  const steps: Step[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    try {
      readLine(line, steps);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new RangeError(`line ${index + 1}: ${why}: ${line}`);
    }
  }
  return steps;
}

function readLine(line: string, steps: Step[]): void {
  const [, session, plus, verb, json] = LINE.exec(line) ?? [];
  if (session === undefined || verb === undefined)
    throw new RangeError('SESSION OPERATION {fields} is due');
  const value: Value = JSON.parse(json ?? '{}');
  if (!isRecord(value)) throw new RangeError('the fields are a JSON object');
  const before = steps.at(-1);
  const op = verb.replace(':', ' ');
  if (verb === 'connect') steps.push(connecting(session, value));
  else if (verb === 'drop') steps.push({ do: 'drop', session });
  else if (verb === 'bytes') steps.push({ do: 'bytes', session, hex: String(value.hex) });
  else if (!isAsked(op)) throw new RangeError(`no operation "${verb}"`);
  else {
    const request: Request = requestOf({ ...value, op });
    if (plus === undefined) steps.push({ do: 'send', session, requests: [request] });
    else if (before?.do === 'send' && before.session === session) {
      steps[steps.length - 1] = { ...before, requests: [...before.requests, request] };
    } else throw new RangeError('+ goes behind a line of the same session');
  }
}

function connecting(session: string, value: { readonly [key: string]: Value }): Connecting {
  const plain = { ...PLAIN_CONNECTING, session };
  return {
    ...plain,
    resume: value.resume === true,
    unknown: value.unknown === true,
    member: typeof value.member === 'number' ? value.member : plain.member,
    timeoutMs: typeof value.timeoutMs === 'number' ? value.timeoutMs : plain.timeoutMs,
    seen: word(value.seen, ['zero', 'last', 'ahead'], plain.seen),
    password: word(value.password, ['right', 'wrong', 'short', 'none'], plain.password),
    readOnly: word(value.readOnly, ['absent', 'false', 'true'], plain.readOnly),
  };
}

function word<T extends string>(value: Value | undefined, words: readonly T[], usual: T): T {
  if (value === undefined) return usual;
  const found = words.find((one) => one === value);
  if (found === undefined) throw new RangeError(`one of ${words.join(', ')}`);
  return found;
}
