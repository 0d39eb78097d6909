import { decodeHeader, decodeOperation } from '../jute/decode.ts';
import { JuteError, type JuteReader } from '../jute/reader.ts';
import type { Operation, RequestHeader } from '../jute/request.ts';

/** The header of a request; `undefined` where the frame is too short for one: it cannot be answered. */
export function headerOf(frame: JuteReader): RequestHeader | undefined {
  try {
    return decodeHeader(frame);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return undefined;
  }
}

/** What the request behind its header asks for; `undefined` where nobody knows its opcode. */
export function operationOf(
  { opcode }: RequestHeader,
  frame: JuteReader,
): Operation | 'malformed' | undefined {
  try {
    return decodeOperation(opcode, frame);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return 'malformed';
  }
}
