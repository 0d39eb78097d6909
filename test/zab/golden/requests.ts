import type { Request } from '../../sim/world/client.ts';
import {
  closeSession,
  create,
  createEphemeral,
  exists,
  getData,
  setData,
  sync,
} from '../../sim/world/request.ts';
import type { Asking } from './visitors.ts';

/** `create /path [data]`, `ephemeral /path`, `set /path data`, `get /path`, `exists /path`, `sync`, `close`. */
function requestOf(verb: string | undefined, path = '', data = ''): Request {
  switch (verb) {
    case 'create':
      return create(path, data);
    case 'ephemeral':
      return createEphemeral(path);
    case 'set':
      return setData(path, data);
    case 'get':
      return getData(path);
    case 'exists':
      return exists(path);
    case 'sync':
      return sync();
    case 'close':
      return closeSession;
    default:
      throw new SyntaxError(`there is no request ${verb}`);
  }
}

/** Requests as a script writes them, with `;` between. */
export function parseRequests(text: string): Asking[] {
  return text.split(';').map((part) => {
    const words = part.trim().split(/\s+/);
    const [verb, path, data] = words;
    return { text: words.join(' '), request: requestOf(verb, path, data) };
  });
}
