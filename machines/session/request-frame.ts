import { decodeHeader, decodeOperation, REQUEST_HEADER_BYTES } from '../jute/decode.ts';
import { JuteError } from '../jute/reader.ts';
import type { Operation, RequestHeader } from '../jute/request.ts';

/** The header of a request; `undefined` where the frame is too short for one: it cannot be answered. */
export function headerOf(payload: Buffer): RequestHeader | undefined {
  try {
    return decodeHeader(payload);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return undefined;
  }
}

/** What the request asks for; `undefined` where nobody knows its opcode. */
export function operationOf(
  { opcode }: RequestHeader,
  payload: Buffer,
): Operation | 'malformed' | undefined {
  try {
    return decodeOperation(opcode, payload, REQUEST_HEADER_BYTES);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return 'malformed';
  }
}
