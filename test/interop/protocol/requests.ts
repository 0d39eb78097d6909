import type { Connection } from '../../client/connection.ts';
import { MODE, OP } from '../../client/record.ts';
import { createBody, readBody, setDataBody, versionBody } from '../../client/request.ts';

/** The plain requests by which these tests bring about what they look at. */
export const create = (connection: Connection, path: string, mode: number = MODE.persistent) =>
  connection.submit(OP.create, createBody(path, null, { mode }));
export const set = (connection: Connection, path: string) =>
  connection.submit(OP.setData, setDataBody(path, Buffer.from('x'), -1));
export const remove = (connection: Connection, path: string) =>
  connection.submit(OP.delete, versionBody(path, -1));
export const watch = (connection: Connection, opcode: number, path: string) =>
  connection.submit(opcode, readBody(path, true));
