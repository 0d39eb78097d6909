import { createServer, type Socket } from 'node:net';

/*
 * The least that a server in Node.js can do for ZooKeeper's protocol: it splits frames, and answers each by the same
 * bytes with the request's xid. What a member does beside that is the difference.
 */

const DATA_BYTES = 100;
const STAT_BYTES = 68;
const HEAD_BYTES = 16;
const CLOSE_SESSION = -11;
const TIMEOUT_MS = 30_000;
const PASSWORD_BYTES = 16;

const session = Buffer.alloc(4 + 37);
session.writeInt32BE(37, 0);
session.writeInt32BE(TIMEOUT_MS, 8);
session.writeInt32BE(1, 16);
session.writeInt32BE(PASSWORD_BYTES, 20);

const node = Buffer.alloc(4 + HEAD_BYTES + 4 + DATA_BYTES + STAT_BYTES, 'v');
node.writeInt32BE(node.length - 4, 0);
node.fill(0, 4, 4 + HEAD_BYTES);
node.writeInt32BE(DATA_BYTES, 4 + HEAD_BYTES);

createServer({ noDelay: true }, serve).listen(Number(process.argv[2]), '127.0.0.1');

function serve(socket: Socket): void {
  let rest: Buffer | undefined;
  let isConnected = false;
  socket.on('data', (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const xids: number[] = [];
    let isClosing = false;
    let position = 0;
    while (bytes.length - position >= 4) {
      const end = position + 4 + bytes.readInt32BE(position);
      if (end > bytes.length) break;
      if (isConnected) {
        xids.push(bytes.readInt32BE(position + 4));
        if (bytes.readInt32BE(position + 8) === CLOSE_SESSION) isClosing = true;
      } else {
        isConnected = true;
        socket.write(session);
      }
      position = end;
    }
    rest = position === bytes.length ? undefined : bytes.subarray(position);
    if (xids.length > 0) socket.write(answers(xids));
    if (isClosing) socket.end();
  });
  socket.on('error', () => socket.destroy());
}

function answers(xids: readonly number[]): Buffer {
  const all = Buffer.allocUnsafe(node.length * xids.length);
  let position = 0;
  for (const xid of xids) {
    node.copy(all, position);
    all.writeInt32BE(xid, position + 4);
    position += node.length;
  }
  return all;
}
