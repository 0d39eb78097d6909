/** One kind of line, and how often it may stand there. */
interface Line {
  readonly line: RegExp;
  readonly times: '1' | '?' | '*' | '+';
}

const once = (line: RegExp): Line => ({ line, times: '1' });
const maybe = (line: RegExp): Line => ({ line, times: '?' });
const any = (line: RegExp): Line => ({ line, times: '*' });
const some = (line: RegExp): Line => ({ line, times: '+' });

const VERSION = /^Zookeeper version: \d+\.\d+\.\d+(-\S+)?(, built on .+)?$/;
const ADDRESS = String.raw`/(?:\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+`;
const DATE = '[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9:]{8} [A-Z0-9+-]+ [0-9]{4}';
const BRIEF = String.raw`^ ${ADDRESS}\[[0-9a-f]+\]\(queued=\d+,recved=\d+,sent=\d+`;
const FULL = String.raw`,sid=0x[0-9a-f]+,lop=[A-Z0-9]{2,6},est=\d{13},to=\d+(,lcxid=0x[0-9a-f]+)?,lzxid=0x[0-9a-f]+,lresp=\d+,llat=\d+,minlat=\d+,avglat=\d+,maxlat=\d+`;

const BLOCK_A = [
  once(/^Latency min\/avg\/max: \d+\/\d+\.\d{1,4}\/\d+$/),
  once(/^Received: \d+$/),
  once(/^Sent: \d+$/),
  once(/^Connections: \d+$/),
  once(/^Outstanding: \d+$/),
  once(/^Zxid: 0x[0-9a-f]+$/),
  once(/^Mode: (standalone|leader|follower|observer|read-only)$/),
  once(/^Node count: \d+$/),
  maybe(/^Proposal sizes last\/min\/max: (-1|\d+)\/(-1|\d+)\/(-1|\d+)$/),
];

const property = (name: string, value: string) =>
  once(new RegExp(`^${name.replaceAll('.', '\\.')}=${value}$`));

/**
 * What ZooKeeper answers to each word, line by line: recorded from Debian's 3.8.0, leader and follower. Tools parse these
 * texts, so ours are held to the same.
 */
export const SHAPES: Readonly<Record<string, readonly Line[]>> = {
  ruok: [once(/^imok$/)],
  isro: [once(/^(rw|ro|null)$/)],
  srvr: [once(VERSION), maybe(/^READ-ONLY mode; serving only read-only clients$/), ...BLOCK_A],
  stat: [
    once(VERSION),
    maybe(/^READ-ONLY mode; serving only read-only clients$/),
    once(/^Clients:$/),
    any(new RegExp(String.raw`${BRIEF}\)$`)),
    once(/^$/),
    ...BLOCK_A,
  ],
  mntr: [
    once(/^zk_version\t\d+\.\d+\.\d+.*$/),
    once(/^zk_server_state\t(standalone|leader|follower|observer|read-only)$/),
    maybe(/^zk_peer_state\t(leading|following|observing) - broadcast$/),
    some(/^zk_[A-Za-z0-9_-]+\t-?\d+(\.\d{1,4})?$/),
  ],
  conf: [
    ...['clientPort', 'secureClientPort'].map((name) => property(name, '-?\\d+')),
    property('dataDir', '/.+'),
    property('dataDirSize', '\\d+'),
    property('dataLogDir', '/.+'),
    property('dataLogSize', '\\d+'),
    ...['tickTime', 'maxClientCnxns', 'minSessionTimeout', 'maxSessionTimeout'].map((name) =>
      property(name, '\\d+'),
    ),
    property('clientPortListenBacklog', '-?\\d+'),
    ...['serverId', 'initLimit', 'syncLimit', 'electionAlg', 'electionPort', 'quorumPort'].map(
      (name) => property(name, '\\d+'),
    ),
    property('peerType', '[01]'),
    once(/^membership: $/),
    some(/^server\.\d+=[^;]+:\d+:\d+:(participant|observer)(;[^;]+:\d+)?$/),
    once(/^version=[0-9a-f]+$/),
  ],
  cons: [any(new RegExp(String.raw`${BRIEF}(${FULL})?\)$`)), once(/^$/)],
  crst: [once(/^Connection stats reset\.$/)],
  srst: [once(/^Server stats reset\.$/)],
  envi: [
    once(/^Environment:$/),
    property('zookeeper.version', String.raw`\d+\.\d+\.\d+.*`),
    property('host.name', '.+'),
    ...['version', 'vendor', 'home', 'class.path'].map((name) => property(`java.${name}`, '.+')),
    property('java.library.path', '.*'),
    property('java.io.tmpdir', '.+'),
    property('java.compiler', '.+'),
    ...['os.name', 'os.arch', 'os.version', 'user.name', 'user.home', 'user.dir'].map((name) =>
      property(name, '.+'),
    ),
    // 3.8 says "os" where 3.9 says "jvm".
    ...['free', 'max', 'total'].map((name) =>
      once(new RegExp(`^(os|jvm)\\.memory\\.${name}=\\d+MB$`)),
    ),
  ],
  dump: [
    once(/^SessionTracker dump:$/),
    // Where local sessions are enabled.
    maybe(/^Local Session Sets \(\d+\)\/\(\d+\):$/),
    any(new RegExp(String.raw`^(\d+ expire at ${DATE}:|\t0x[0-9a-f]+)$`)),
    once(/^((Global )?Session Sets \(\d+\)\/\(\d+\)|Global Sessions\(\d+\)):$/),
    any(new RegExp(String.raw`^(\d+ expire at ${DATE}:|\t0x[0-9a-f]+|0x[0-9a-f]+\t\d+ms)$`)),
    once(/^ephemeral nodes dump:$/),
    once(/^Sessions with Ephemerals \(\d+\):$/),
    any(/^(0x[0-9a-f]+:|\t\/.+)$/),
    once(/^Connections dump:$/),
    once(/^Connections Sets \(\d+\)\/\(\d+\):$/),
    any(new RegExp(String.raw`^(\d+ expire at ${DATE}:|\tip: ${ADDRESS} sessionId: 0x[0-9a-f]+)$`)),
  ],
  dirs: [once(/^datadir_size: \d+$/), once(/^logdir_size: \d+$/)],
  wchs: [once(/^\d+ connections watching \d+ paths$/), once(/^Total watches:\d+$/)],
  wchc: [any(/^(0x[0-9a-f]+|\t\/.*)$/), once(/^$/)],
  wchp: [any(/^(\/.*|\t0x[0-9a-f]+)$/), once(/^$/)],
  hash: [any(/^[0-9a-f]+: -?\d+$/)],
  gtmk: [once(/^\d+$/)],
  stmk: [once(/^\d+$/)],
};

/** The words whose text ends without a newline. */
const OPEN_ENDED = new Set(['ruok', 'isro', 'conf', 'gtmk', 'stmk']);

/** What is wrong with the answer to a word, if anything is. */
export function deviation(word: string, text: string): string | undefined {
  const shape = SHAPES[word];
  if (shape === undefined) return `${word} has no shape`;
  if (text !== '' && text.endsWith('\n') === OPEN_ENDED.has(word)) {
    return `${word} ends ${OPEN_ENDED.has(word) ? 'with' : 'without'} a newline`;
  }
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  let at = 0;
  for (const { line, times } of shape) {
    let count = 0;
    const most = times === '1' || times === '?' ? 1 : Number.POSITIVE_INFINITY;
    while (count < most && at < lines.length && line.test(lines[at] ?? '')) {
      at += 1;
      count += 1;
    }
    if (count === 0 && (times === '1' || times === '+')) {
      return `${word}: line ${at + 1} is ${JSON.stringify(lines[at])}, and not ${line}`;
    }
  }
  return at === lines.length
    ? undefined
    : `${word}: nothing has a line ${JSON.stringify(lines[at])}`;
}
