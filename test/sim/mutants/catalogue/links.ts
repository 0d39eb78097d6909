import type { Mutant } from '../mutant.ts';

/** The channel that ZAB asks for, over a bus that loses and doubles (reference, appendix B). */
export const LINKS: readonly Mutant[] = [
  {
    name: 'gap-on-a-link-ignored',
    breaks:
      'Numbers only have to grow: a message that was lost on a link is not missed (appendix B).',
    changes: [
      {
        file: 'runtime/bus/link.ts',
        find: 'if (run.first !== link.received + 1) {',
        replace: 'if (run.first <= link.received) {',
      },
    ],
    seeds: 60,
  },
  {
    name: 'gap-on-a-stream-ignored',
    breaks: 'The same on the stream of the leader: a follower misses a proposal or a commit.',
    changes: [
      {
        file: 'runtime/bus/link.ts',
        find: 'run.first !== sequence + 1',
        replace: 'run.first <= sequence',
      },
    ],
    seeds: 60,
  },
  {
    name: 'doubled-message-accepted',
    breaks: 'A message that the bus delivers twice is heard twice: only gaps are looked for.',
    changes: [
      {
        file: 'runtime/bus/link.ts',
        find: 'if (run.first !== link.received + 1) {',
        replace: 'if (run.first > link.received + 1) {',
      },
    ],
    seeds: 60,
  },
];
