import type { MultiOperation, WriteOperation } from '../jute/request.ts';
import { createModeOf } from '../znode/create-mode.ts';
import { NodeKind } from '../znode/znode.ts';

/** Whether the request asks for an ephemeral, by itself or in a multi: its session has to be global (reference §9.5). */
export function createsEphemeral(operation: WriteOperation): boolean {
  if (operation.op === 'multi') return operation.parts.some(isEphemeralCreate);
  return operation.op === 'create' && isEphemeralCreate(operation);
}

function isEphemeralCreate(part: MultiOperation): boolean {
  if (part.op !== 'create') return false;
  // Whether there are TTLs makes no difference: what has one is no ephemeral.
  const mode = createModeOf(part, true);
  return typeof mode !== 'number' && mode.kind === NodeKind.ephemeral;
}
