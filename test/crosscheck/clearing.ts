import { Client } from '../client/client.ts';
import type { Address } from '../client/connection.ts';
import { ReplyError } from '../client/error.ts';

const SUPER = 'super:test';
const NO_NODE = -101;
/** What a tree has that no client has made (reference §6.3). */
const KEPT = new Set(['/zookeeper', '/zookeeper/config', '/zookeeper/quota']);

/** Deletes everything that a client can have made. */
export async function clear(addresses: readonly Address[]): Promise<void> {
  const client = await Client.connect(addresses, { timeoutMs: 60_000, answerMs: 30_000 });
  try {
    await client.auth('digest', SUPER);
    await clearBelow(client, '/');
  } finally {
    await client.close(30_000);
  }
}

async function clearBelow(client: Client, path: string): Promise<void> {
  for (const name of await client.children(path)) {
    const child = path === '/' ? `/${name}` : `${path}/${name}`;
    await clearBelow(client, child);
    if (KEPT.has(child)) continue;
    await client.delete(child).catch((error: unknown) => {
      if (!(error instanceof ReplyError) || error.code !== NO_NODE) throw error;
    });
  }
}
