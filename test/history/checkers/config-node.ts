import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { CONFIG_NODE } from '../model/path.ts';
import { zxidText } from '../zxid-text.ts';

const EPOCH = 2 ** 32;

/**
 * The leader writes the config node by itself, once in an epoch at the most, and only what is new. Its text names the zxid
 * of its own txn as its version: clients take two texts of one version for the same (reference §12).
 */
export class ConfigNode implements Checker {
  readonly name = 'config node';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  #members = '';
  #epoch = -1;

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(): string | undefined {
    for (const { zxid, kind } of this.#record.fresh) {
      if (kind !== 'setConfig') continue;
      const wrong = this.#written(zxid, this.#record.tree.versions.at(CONFIG_NODE, zxid)?.data);
      if (wrong !== undefined) return `${zxidText(zxid)} writes the config node ${wrong}`;
    }
    return undefined;
  }

  end(): undefined {
    return undefined;
  }

  #written(zxid: number, data: string | null | undefined): string | undefined {
    const text = data ?? '';
    const epoch = Math.floor(zxid / EPOCH);
    if (epoch === this.#epoch) return 'again in its epoch';
    this.#epoch = epoch;
    const version = `\nversion=${zxid.toString(16)}`;
    if (text !== '' && !text.endsWith(version)) return `with another version than its own: ${text}`;
    const members = text === '' ? '' : text.slice(0, -version.length);
    if (members === this.#members) return 'with the members that it told of already';
    this.#members = members;
    return undefined;
  }
}
