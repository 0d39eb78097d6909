import { userError } from '../errors.ts';
import type { ServerLine } from './server-line.ts';
import type { SettingValues } from './setting-schema.ts';

/** Who is a member, and which of them vote. */
export interface MemberRoles {
  /** Ascending. */
  readonly voters: readonly number[];
  /** Ascending; as far as this member was told: nobody depends on knowing all of them. */
  readonly observers: readonly number[];
  readonly warnings: readonly string[];
}

type Role = ServerLine['role'];

/**
 * The members that the settings name, or else the `server.N` lines of the file. `id` is one of them.
 * Throws a UserError.
 */
export function rolesOf(
  values: Pick<SettingValues, 'members' | 'observers' | 'peerType'>,
  servers: readonly ServerLine[],
  id: number,
): MemberRoles {
  const named = (role: Role) =>
    servers.filter((server) => server.role === role).map((server) => server.id);
  const voters = values.members ?? named('participant');
  const others = values.observers ?? (values.members === undefined ? named('observer') : []);
  if (voters.length === 0) {
    throw userError.settingMissing(
      'The list of members that vote',
      'Give --members 1,2,3, or server.N lines in the file.',
    );
  }
  const both = voters.find((voter) => others.includes(voter));
  if (both !== undefined) {
    throw userError.settingsClash(
      `Member ${both} is named as one that votes and as one that observes.`,
      'Leave it in one of the two lists, --members or --observers.',
    );
  }
  const isNamed = voters.includes(id) || others.includes(id);
  if (!isNamed && values.peerType !== 'observer') {
    const all = others.length === 0 ? '' : ` and the observers ${others.join(', ')}`;
    throw userError.settingsClash(
      `This member's id is ${id}, but the members are ${voters.join(', ')}${all}.`,
      'Correct --id (or myid), or the list of members.',
    );
  }
  const observers = isNamed ? others : [...others, id].sort((left, right) => left - right);
  const role = voters.includes(id) ? 'participant' : 'observer';
  const isListed = values.members !== undefined || values.observers !== undefined;
  return { voters, observers, warnings: contradictions(role, values.peerType, isListed) };
}

/** ZooKeeper warns where peerType and a server line differ, and believes the line; a list of ours is a clear word. */
function contradictions(role: Role, peerType: Role | undefined, isListed: boolean): string[] {
  if (peerType === undefined || peerType === role) return [];
  if (isListed) {
    throw userError.settingsClash(
      `peerType says that this member is ${peerType === 'observer' ? 'an' : 'a'} ${peerType}, and the lists of members say ${role}.`,
      'Correct --peer-type, --members or --observers.',
    );
  }
  return [
    `peerType is "${peerType}", but this member's own server line says ${role}: the line counts.`,
  ];
}
