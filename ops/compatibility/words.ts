import { parseWhitelist } from '../../runtime/wire/four-letter-word.ts';
import { differs, type Kind, type Proof, type Row, supported, titlesOf } from './row.ts';

const answer = titlesOf('test/word/answer.test.ts');
const interop = titlesOf('test/interop/words.test.ts');
const SHAPE: Proof = interop(
  'the recorded shapes are those of the real thing, and so are the keys of mntr',
);

const special: Readonly<Record<string, Row>> = {
  conf: supported('conf', answer('conf ends with the members, without a newline'), SHAPE),
  cons: supported(
    'cons',
    interop('cons tells of the last request of each connection, and crst forgets it'),
    SHAPE,
  ),
  crst: supported(
    'crst',
    interop('cons tells of the last request of each connection, and crst forgets it'),
  ),
  srst: supported('srst', interop('srst begins to count afresh, and hash agrees on every member')),
  dump: supported('dump', interop('dump, wchs, wchc and wchp tell of this session'), SHAPE),
  envi: differs('envi', "Java's keys, each with what is nearest to it in this process", SHAPE),
  hash: differs(
    'hash',
    'digests by another sum, of all nodes, ACLs and sessions',
    interop('srst begins to count afresh, and hash agrees on every member'),
  ),
  isro: {
    ...supported(
      'isro',
      [
        'test/interop/read-only.test.ts',
        'two of three are killed: the third serves readers, and everybody when they are back',
      ],
      answer('isro joins the whitelist with read-only mode'),
      SHAPE,
    ),
    why: '`ro` of a member that serves readers without a leader, else `rw`; `null` where nobody is served',
  },
  gtmk: differs(
    'gtmk',
    'the mask is kept, and nothing is traced by it',
    answer('the trace mask is what the eight bytes behind stmk say'),
  ),
  stmk: differs(
    'stmk',
    'as gtmk',
    answer('the trace mask is what the eight bytes behind stmk say'),
    [
      'test/wire/client-listener.test.ts',
      'stmk takes the eight bytes behind it, however they come',
    ],
  ),
};

export const words: Kind = {
  title: 'Four-letter words',
  of: 'word',
  rows: [...parseWhitelist('*')].map((word) => special[word] ?? supported(word, SHAPE)),
};
