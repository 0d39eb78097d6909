import { connect } from 'node:net';
import type { Address } from '../client/connection.ts';

/** Sends a four-letter word; the whole answer, or `undefined` when the member does not answer within `waitMs`. */
export function fourLetterWord(
  address: Address,
  word: string,
  waitMs = 1000,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = connect(address.port, address.host);
    const timer = setTimeout(() => finish(undefined), waitMs);
    const finish = (answer: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => socket.write(word));
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('end', () => finish(Buffer.concat(pieces).toString()));
    socket.on('error', () => finish(undefined));
  });
}

export interface Srvr {
  readonly mode: string;
  readonly zxid: number;
  readonly connections: number;
  readonly nodeCount: number;
  readonly text: string;
}

/** What `srvr` says; `undefined` while the member does not serve. */
export async function srvr(address: Address): Promise<Srvr | undefined> {
  const text = await fourLetterWord(address, 'srvr');
  const mode = text?.match(/^Mode: (\S+)/m)?.[1];
  if (text === undefined || mode === undefined) return undefined;
  const number = (pattern: RegExp) => Number(text.match(pattern)?.[1] ?? Number.NaN);
  return {
    mode,
    zxid: number(/^Zxid: (0x[0-9a-f]+)$/m),
    connections: number(/^Connections: (\d+)$/m),
    nodeCount: number(/^Node count: (\d+)$/m),
    text,
  };
}

/** What `mntr` says, by key without the `zk_`. Empty while the member does not serve. */
export async function mntr(address: Address): Promise<ReadonlyMap<string, string>> {
  const text = (await fourLetterWord(address, 'mntr')) ?? '';
  return new Map(
    [...text.matchAll(/^zk_(\S+)\t(.*)$/gm)].map((line) => [line[1] ?? '', line[2] ?? '']),
  );
}
