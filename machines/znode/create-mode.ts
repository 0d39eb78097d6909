import { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import type { CreateOperation } from '../jute/request.ts';
import { NodeKind } from './znode.ts';

/** What the flags of a create ask for (reference §3.4). */
export interface CreateMode {
  readonly kind: NodeKind;
  readonly sequential: boolean;
}

/** The longest TTL that the owner field of a node has room for (reference §5.3). */
export const TTL_MS_MAX = 2 ** 40 - 1;

/** By flag. */
const MODES: readonly CreateMode[] = [
  { kind: NodeKind.persistent, sequential: false },
  { kind: NodeKind.ephemeral, sequential: false },
  { kind: NodeKind.persistent, sequential: true },
  { kind: NodeKind.ephemeral, sequential: true },
  { kind: NodeKind.container, sequential: false },
  { kind: NodeKind.ttl, sequential: false },
  { kind: NodeKind.ttl, sequential: true },
];

const CONTAINER: CreateMode = { kind: NodeKind.container, sequential: false };
const CONTAINER_SEQUENTIAL: CreateMode = { kind: NodeKind.container, sequential: true };

/**
 * The mode of a create, or the error that its flags and its TTL are. Without `extendedTypes` TTL nodes are not
 * offered: asking for one is UNIMPLEMENTED, whatever else is wrong with the request (reference §3.4).
 */
export function createModeOf(
  { opcode, flags, ttlMs }: CreateOperation,
  extendedTypes: boolean,
): CreateMode | ErrorCode {
  const mode = MODES[flags];
  if (mode === undefined) return ErrorCode.badArguments;
  const hasTtl = mode.kind === NodeKind.ttl;
  if (hasTtl && !extendedTypes) return ErrorCode.unimplemented;
  // Only createTTL has a TTL, and it makes nothing else.
  if (hasTtl !== (opcode === Opcode.createTtl)) return ErrorCode.badArguments;
  if (hasTtl && (ttlMs < 1 || ttlMs > TTL_MS_MAX)) return ErrorCode.badArguments;
  if (opcode === Opcode.createContainer) {
    return mode.sequential ? CONTAINER_SEQUENTIAL : CONTAINER;
  }
  return mode;
}
