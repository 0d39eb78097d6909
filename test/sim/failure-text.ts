import type { LifeFailed } from './life.ts';

/**
 * What somebody wants to know of a life that broke a promise: what came before, which promise, and how to see it again.
 *
 * @param minutes virtual, where it was not the default
 * @param members where the seed did not decide it
 */
export function failureText(
  { seed, message, lastLines }: LifeFailed,
  minutes: number | undefined,
  members: number | undefined,
): string {
  const also = [
    minutes === undefined ? '' : ` --minutes ${minutes}`,
    members === undefined ? '' : ` --members ${members}`,
  ].join('');
  return [
    '',
    `the last ${lastLines.length} events of seed ${seed}`,
    ...lastLines,
    '',
    `seed ${seed} broke a promise.`,
    `  ${message}`,
    '',
    'To see it again, with its whole history in a file:',
    `  npm run sim -- --seed ${seed}${also} --trace life.ndjson`,
  ].join('\n');
}
