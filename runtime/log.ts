import pino, { type DestinationStream, type Logger } from 'pino';
import type { LogFormat, LogLevel } from './log-options.ts';

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Fields that every line carries. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

/** Whether lines for stderr are for a person. */
export function isPretty(format: LogFormat): boolean {
  return format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
}

/**
 * Diagnostics go to stderr, so that stdout holds only what a command was asked for. Written
 * synchronously: the lines before a fail-stop are the ones that matter.
 */
export async function createLogger(options: LogOptions): Promise<Logger> {
  const fields = options.fields ?? {};
  const stream: DestinationStream = isPretty(options.format)
    ? (await import('pino-pretty')).default({
        destination: 2,
        sync: true,
        colorize: process.stderr.isTTY === true,
        translateTime: 'SYS:HH:MM:ss.l',
        ignore: ['pid', 'hostname', ...Object.keys(fields)].join(','),
        messageFormat: false,
        singleLine: true,
      })
    : pino.destination({ fd: 2, sync: true });
  return pino({ level: options.level, base: { pid: process.pid, ...fields } }, stream);
}
