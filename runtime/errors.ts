/** Exit codes of every command. */
export const ExitCode = { ok: 0, failure: 1, configuration: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An error whose reader is the person at the keyboard: what happened and what to do, never a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, sentence: string, remedy: string) {
    super(sentence);
    this.code = code;
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

const configuration = (code: string, sentence: string, remedy: string) =>
  new UserError(code, ExitCode.configuration, sentence, remedy);
const failure = (code: string, sentence: string, remedy: string) =>
  new UserError(code, ExitCode.failure, sentence, remedy);

/** Every error that a command may end with. One table, so that the words and the codes stay of one kind. */
export const userError = {
  settingMissing: (what: string, how: string) =>
    configuration('SETTING_MISSING', `${what} is not set.`, how),
  settingWrong: (origin: string, value: string, rule: string) =>
    configuration(
      'SETTING_WRONG',
      `${origin} ${rule}, not "${value}".`,
      'Correct it and start again.',
    ),
  settingsClash: (sentence: string, remedy: string) =>
    configuration('SETTINGS_CLASH', sentence, remedy),
  settingUnknown: (key: string, where: string, suggestion: string | undefined) =>
    configuration(
      'SETTING_UNKNOWN',
      `${where}: there is no setting "${key}".`,
      suggestion === undefined
        ? 'Remove it; "vivarium member --help" lists the settings.'
        : `Did you mean "${suggestion}"?`,
    ),
  settingUnsupported: (key: string, where: string, reason: string) =>
    configuration(
      'SETTING_UNSUPPORTED',
      `${where}: "${key}" asks for something that is not there yet: ${reason}.`,
      'Remove it if you can do without; starting as if it were not there would surprise you later.',
    ),
  lineUnreadable: (where: string, line: string) =>
    configuration(
      'LINE_UNREADABLE',
      `${where}: "${line}" is not of the form key=value.`,
      'Correct the line, or put # in front of it.',
    ),
  fileUnreadable: (what: string, path: string, reason: string) =>
    configuration(
      'FILE_UNREADABLE',
      `${what} ${path} cannot be read: ${reason}.`,
      'Check the path and its permissions.',
    ),
  portInUse: (host: string, port: number, setting: string) =>
    configuration(
      'PORT_IN_USE',
      `Port ${port} on ${host} is in use by another process.`,
      `Choose another with ${setting}, or stop that process ("ss -ltnp" shows it).`,
    ),
  addressUnusable: (host: string, port: number, reason: string, setting: string) =>
    configuration(
      'ADDRESS_UNUSABLE',
      `Cannot listen on ${host}:${port}: ${reason}.`,
      `Give an address of this machine and a free port with ${setting}.`,
    ),
  directoryInUse: (directory: string, pid: number) =>
    configuration(
      'DIRECTORY_IN_USE',
      `${directory} already belongs to a running ensemble (process ${pid}).`,
      `Stop that one first (kill ${pid}), or choose another directory with --data.`,
    ),
  directoryUnusable: (directory: string, reason: string) =>
    configuration(
      'DIRECTORY_UNUSABLE',
      `The data directory ${directory} cannot be used: ${reason}.`,
      'Choose another with --data, or correct its permissions.',
    ),
  memberDirectoryInUse: (reason: string) =>
    configuration(
      'MEMBER_DIRECTORY_IN_USE',
      `${reason}.`,
      'Stop that process first, or give this member a data directory of its own with --data.',
    ),
  processRemains: (what: string, pid: number, directory: string) =>
    failure(
      'PROCESS_REMAINS',
      `${what} of an earlier run (process ${pid}) still works in ${directory} and does not stop.`,
      `End it with "kill -9 ${pid}" and start again.`,
    ),
  natsMissing: (reason: string) =>
    configuration(
      'NATS_MISSING',
      `There is no nats-server on the PATH${reason}.`,
      'Install it ("apt-get install nats-server" on Debian, or from nats.io), or attach to a running one with --nats URL.',
    ),
  natsFailed: (name: string, reason: string) =>
    failure(
      'NATS_FAILED',
      `${name} did not start: ${reason}.`,
      'Its messages are above; "nats-server -c FILE -t" checks its configuration.',
    ),
  memberRefused: (id: number) =>
    configuration(
      'MEMBER_REFUSED',
      `Member ${id} refused its settings, so the ensemble was stopped.`,
      'Its message is above.',
    ),
  memberStopped: (reason: string, remedy: string) => failure('MEMBER_STOPPED', reason, remedy),
} as const;

/** One line for stderr. */
export function sentenceOf(error: UserError): string {
  return `${error.message} ${error.remedy} [${error.code}]`;
}

const REMEDIES: Readonly<Record<string, string>> = {
  DiskFull:
    'Free some space on that disk; the member then starts again. Nothing acknowledged is lost, and the other members go on.',
  CorruptRecord:
    'Do not repair it by hand. If a majority of the other members is healthy, move the data directory away and start the member again: it gets a copy from the leader.',
  InconsistentHistory:
    'Do not repair it by hand. If a majority of the other members is healthy, move the data directory away and start the member again: it gets a copy from the leader.',
  StorageError:
    'Check the disk and the kernel log (dmesg). Nothing acknowledged is lost while a majority of members is healthy.',
  InvariantViolation:
    'This is a defect of Vivarium, or of the memory or disk of this machine: the member stopped rather than go on with a state it cannot trust. Please report it with the lines above.',
};

/** Puts the reason why a member stopped itself into words. `error.name` decides what to advise. */
export function memberFailure(id: number, dataDirectory: string, error: Error): UserError {
  if (error instanceof UserError) return error;
  if (error.name === 'DirectoryInUse') return userError.memberDirectoryInUse(error.message);
  return userError.memberStopped(
    `Member ${id} (${dataDirectory}) stopped itself: ${error.name}: ${error.message}.`.replace(
      /\.\.$/,
      '.',
    ),
    REMEDIES[error.name] ?? 'The lines above say more.',
  );
}

/** The text of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` that Node puts on system errors (EADDRINUSE, ENOENT …). */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return undefined;
}

/** Words for the system errors that people meet most. */
export function systemReason(thrown: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOTDIR: 'a part of the path is not a directory',
    EISDIR: 'it is a directory',
    EEXIST: 'a file of that name is in the way',
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the name cannot be resolved',
  };
  return words[systemCodeOf(thrown) ?? ''] ?? reasonOf(thrown);
}
