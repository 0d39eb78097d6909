import type { JuteReader } from './jute-reader.ts';
import { OP, type Stat } from './record.ts';

export type MultiResult =
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'create'; readonly path: string; readonly stat?: Stat }
  | { readonly kind: 'set'; readonly stat: Stat }
  | { readonly kind: 'delete' }
  | { readonly kind: 'check' }
  | { readonly kind: 'children'; readonly names: string[] }
  | { readonly kind: 'data'; readonly data: string | null; readonly stat: Stat };

/** Reads the results of a multi or a multiRead up to the terminator and checks that nothing follows it. */
export function readMultiResults(body: JuteReader): MultiResult[] {
  const results: MultiResult[] = [];
  for (;;) {
    const type = body.int();
    const done = body.bool();
    const error = body.int();
    if (done) {
      body.end();
      return results;
    }
    results.push(readResult(type, error, body));
  }
}

function readResult(type: number, error: number, body: JuteReader): MultiResult {
  switch (type) {
    case -1: {
      const code = body.int();
      if (code !== error) throw new RangeError(`error ${code} under a header that says ${error}`);
      return { kind: 'error', code };
    }
    case OP.create:
      return { kind: 'create', path: body.string() };
    case OP.create2:
      return { kind: 'create', path: body.string(), stat: body.stat() };
    case OP.setData:
      return { kind: 'set', stat: body.stat() };
    case OP.delete:
      return { kind: 'delete' };
    case OP.check:
      return { kind: 'check' };
    case OP.getChildren:
      return { kind: 'children', names: body.strings() };
    case OP.getData: {
      const data = body.buffer();
      return { kind: 'data', data: data === null ? null : data.toString(), stat: body.stat() };
    }
    default:
      throw new RangeError(`a multi result of type ${type}`);
  }
}
