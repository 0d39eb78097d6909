import { ErrorCode } from '../jute/error-code.ts';
import { Opcode } from '../jute/opcode.ts';
import type { CreateOperation } from '../jute/request.ts';
import { NodeKind } from './znode.ts';

/** What the flags of a create ask for (reference §3.4). */
export interface CreateMode {
  readonly kind: NodeKind;
  readonly sequential: boolean;
}

const TTL_FLAG = 5;
const TTL_SEQUENTIAL_FLAG = 6;

/** By flag. */
const MODES: readonly CreateMode[] = [
  { kind: NodeKind.persistent, sequential: false },
  { kind: NodeKind.ephemeral, sequential: false },
  { kind: NodeKind.persistent, sequential: true },
  { kind: NodeKind.ephemeral, sequential: true },
  { kind: NodeKind.container, sequential: false },
];

const CONTAINER: CreateMode = { kind: NodeKind.container, sequential: false };
const CONTAINER_SEQUENTIAL: CreateMode = { kind: NodeKind.container, sequential: true };

/**
 * The mode of a create, or the error that its flags are. TTL nodes are not offered: as with ZooKeeper at
 * its defaults, asking for one is UNIMPLEMENTED.
 */
export function createModeOf(operation: CreateOperation): CreateMode | ErrorCode {
  const { opcode, flags } = operation;
  if (flags === TTL_FLAG || flags === TTL_SEQUENTIAL_FLAG) return ErrorCode.unimplemented;
  const mode = MODES[flags];
  // createTTL with a mode that has no TTL is a contradiction, whether TTLs are offered or not.
  if (mode === undefined || opcode === Opcode.createTtl) return ErrorCode.badArguments;
  if (opcode === Opcode.createContainer) {
    return mode.sequential ? CONTAINER_SEQUENTIAL : CONTAINER;
  }
  return mode;
}
