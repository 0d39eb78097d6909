import type { LifeFailed } from './life.ts';

/** What was said of a life beside its seed. */
export interface LifeWords {
  /** Virtual, where it was not the default. */
  readonly minutes?: number | undefined;
  /** Where the seed did not decide it. */
  readonly members?: number | undefined;
  readonly observers?: number | undefined;
}

/** What somebody wants to know of a life that broke a promise: what came before, which promise, and how to see it again. */
export function failureText({ seed, message, lastLines }: LifeFailed, words: LifeWords): string {
  const { minutes, members, observers } = words;
  const also = Object.entries({ minutes, members, observers })
    .map(([word, value]) => (value === undefined ? '' : ` --${word} ${value}`))
    .join('');
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
