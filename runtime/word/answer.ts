import { NO_ARGUMENT, type Whitelist } from '../wire/four-letter-word.ts';
import type { MemberStatus } from '../wire/member-status.ts';
import { configurationText } from './configuration-text.ts';
import { connectionsText } from './connections-text.ts';
import { dumpText } from './dump-text.ts';
import { monitorText } from './monitor-text.ts';
import { serverText, serverTextWithClients } from './server-text.ts';
import { NOT_SERVING } from './text.ts';
import { watchesByPathText, watchesBySessionText, watchSummaryText } from './watches-text.ts';
import type { WordSource } from './word-source.ts';

/** The answer to a known word (reference §14.1). `argument` are the bytes that `stmk` takes behind it. */
export function fourLetterAnswer(
  word: string,
  whitelist: Whitelist,
  source: WordSource,
  argument: Uint8Array = NO_ARGUMENT,
): string {
  if (!whitelist.has(word)) return `${word} is not executed because it is not in the whitelist.\n`;
  switch (word) {
    case 'ruok':
      return 'imok';
    case 'isro':
      return readOnlyText(source.status);
    case 'envi':
      return `Environment:\n${source
        .environment()
        .map(([key, value]) => `${key}=${value}\n`)
        .join('')}`;
    case 'gtmk':
      return String(source.traceMask);
    case 'stmk':
      source.traceMask = Buffer.from(argument).readBigInt64BE();
      return String(source.traceMask);
  }
  const { status } = source;
  return status === undefined ? NOT_SERVING : servingAnswer(word, status, source);
}

function servingAnswer(word: string, status: MemberStatus, source: WordSource): string {
  switch (word) {
    case 'srvr':
      return serverText(status);
    case 'stat':
      return serverTextWithClients(status);
    case 'mntr':
      return monitorText(status);
    case 'conf':
      return configurationText(status.configuration, source.sizes());
    case 'cons':
      return connectionsText(status.connections);
    case 'crst':
      source.resetConnections();
      return 'Connection stats reset.\n';
    case 'srst':
      source.resetServer();
      return 'Server stats reset.\n';
    case 'dump':
      return dumpText(source.sessions());
    case 'dirs': {
      const { dataBytes, logBytes } = source.sizes();
      return `datadir_size: ${dataBytes}\nlogdir_size: ${logBytes}\n`;
    }
    case 'wchs':
      return watchSummaryText(source.watches());
    case 'wchc':
      return watchesBySessionText(source.watches());
    case 'wchp':
      return watchesByPathText(source.watches());
    case 'hash':
      return [...source.digests()]
        .map(([zxid, digest]) => `${zxid.toString(16)}: ${digest}\n`)
        .join('');
    default:
      return '';
  }
}

function readOnlyText(status: MemberStatus | undefined): string {
  if (status === undefined) return 'null';
  return status.mode === 'read-only' ? 'ro' : 'rw';
}
