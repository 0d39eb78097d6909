import { Opcode } from '../../../machines/jute/opcode.ts';
import type { ForwardedRequest } from '../../../machines/zab/message.ts';
import { PeerState } from '../../../machines/zab/vote.ts';
import type { Traffic } from '../../sim/world/network.ts';
import { runText } from './txn-text.ts';
import { zxidText } from './zxid-text.ts';

export type MessageType = Traffic['message']['type'];

const REQUESTS_PER_LIFE = 2 ** 32;

/** The number of a request within the life of the member that sends it. */
function numberText(requestId: number): string {
  return `#${requestId % REQUESTS_PER_LIFE}`;
}

function requestText({ requestId, sessionId, opcode }: ForwardedRequest): string {
  const name = Object.entries(Opcode).find(([, value]) => value === opcode)?.[0] ?? `op ${opcode}`;
  const of = sessionId === 0 ? '' : ` of ${zxidText(sessionId)}`;
  return `${numberText(requestId)} ${name}${of}`;
}

function stateText(state: number): string {
  return Object.entries(PeerState).find(([, value]) => value === state)?.[0] ?? `state ${state}`;
}

function fieldsText(message: Traffic['message']): string {
  switch (message.type) {
    case 'VOTE': {
      const { leader, state, round, zxid, peerEpoch } = message;
      return `${stateText(state)}, for ${leader}, epoch ${peerEpoch}, zxid ${zxidText(zxid)}, round ${round}`;
    }
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return `accepted epoch ${message.acceptedEpoch}`;
    case 'ACKEPOCH':
      return `current epoch ${message.currentEpoch}, last zxid ${zxidText(message.lastZxid)}`;
    case 'LEADERINFO':
    case 'ACKNEWLEADER':
      return `epoch ${message.epoch}`;
    case 'DIFF':
    case 'TRUNC':
      return `keep through ${zxidText(message.keepThrough)}`;
    case 'SNAP':
    case 'ACK':
    case 'COMMIT':
      return zxidText(message.zxid);
    case 'PIECE':
      return 'of the snapshot';
    case 'RECORDS':
    case 'PROPOSAL':
      return runText(message.run);
    case 'NEWLEADER': {
      const { epoch, lastZxid, committedZxid, sequence } = message;
      return `epoch ${epoch}, history through ${zxidText(lastZxid)}, committed ${zxidText(committedZxid)}, stream after ${sequence}`;
    }
    case 'UPTODATE':
      return `committed ${zxidText(message.committedZxid)}`;
    case 'REQUEST':
      return message.requests.map(requestText).join(', ');
    case 'SYNC':
      return numberText(message.requestId);
    case 'SYNCED':
      return `${numberText(message.requestId)} zxid ${zxidText(message.zxid)}`;
    case 'REVALIDATE':
      return `${numberText(message.requestId)} session ${zxidText(message.sessionId)}, ${message.timeoutMs}ms`;
    case 'REVALIDATED':
      return `${numberText(message.requestId)} ${message.valid ? 'valid' : 'not valid'}`;
    case 'CREDIT':
      return 'for what was taken in';
    case 'HOLD':
      return '';
    case 'PING':
      return `round ${message.round}, applied ${zxidText(message.zxid)}`;
    case 'PONG': {
      const touched = message.touched.map(zxidText).join(' ');
      return `round ${message.round}${touched === '' ? '' : `, heard sessions ${touched}`}`;
    }
  }
}

/** A message with its fields, passwords and digests excepted. */
export function messageText(message: Traffic['message']): string {
  return `${message.type} ${fieldsText(message)}`.trimEnd();
}
