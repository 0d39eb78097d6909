import { get } from 'node:http';
import type { HostPort } from '../config/address.ts';

/** What a member's admin endpoint says of it. */
export interface MemberHealth {
  readonly serving: boolean;
  readonly mode: string;
}

/** Asks GET /health; `undefined` when nothing sensible answers in time. */
export function askHealth(admin: HostPort, timeoutMs: number): Promise<MemberHealth | undefined> {
  return new Promise((resolve) => {
    const request = get(
      { host: admin.host, port: admin.port, path: '/health', agent: false, timeout: timeoutMs },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(parseHealth(text)));
        response.on('error', () => resolve(undefined));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

function parseHealth(text: string): MemberHealth | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null) return undefined;
    if (!('serving' in body) || typeof body.serving !== 'boolean') return undefined;
    const mode = 'mode' in body && typeof body.mode === 'string' ? body.mode : 'unknown';
    return { serving: body.serving, mode };
  } catch {
    return undefined;
  }
}
