import { stateText } from './onlooker.ts';
import { logReport, statusReport } from './report.ts';
import { parseRequests } from './requests.ts';
import { Stage } from './stage.ts';
import { Words } from './words.ts';

type Command = (stage: Stage, words: Words) => void;

const start: Command = (stage, words) => {
  for (const member of words.numbers()) stage.start(member);
};

/** `crash M … [survivors=N]`: so many writes on their way to the disk are durable all the same. */
const crash: Command = (stage, words) => {
  for (const member of words.numbers()) stage.crash(member, words.option('survivors', 0));
};

/** `partition 1 | 2 3`: nothing passes between the groups any more, and nobody is told. */
const partition: Command = (stage, words) => {
  const groups = words
    .rest(0)
    .split('|')
    .map((group) => new Words(`group ${group}`).numbers());
  for (const group of groups) {
    for (const other of groups) {
      if (group === other) continue;
      for (const from of group) for (const to of other) stage.cut(from, to);
    }
  }
};

/** `hold FROM TO CHANNEL`: such messages are late; the channel is `broadcast`, `member` (links) or `votes`. */
const hold: Command = ({ ensemble }, words) => {
  const [from, to, channel] = [words.number(0), words.number(1), words.text(2)];
  ensemble.network.holds = (sender, receiver, subject) =>
    sender === from && receiver === to && subject.split('.').includes(channel);
};

const release: Command = ({ ensemble }) => {
  ensemble.network.holds = () => false;
  ensemble.network.release();
};

/** `hold-disk M KIND`: from the next write of that kind on nothing reaches the log on that disk; `any` is every kind. */
const holdDisk: Command = ({ ensemble }, words) => {
  const kind = words.text(1);
  ensemble.disk(words.number(0)).holds = (order) =>
    order.device === 'log' && (kind === 'any' || order.kind === kind);
};

/** `until M role`, `until M ACTOR STATE`: the beginning of the state's name is enough. */
const until: Command = (stage, words) => {
  const { ensemble } = stage;
  const member = words.number(0);
  const word = words.text(1);
  const what = `until ${words.rest(0)}`;
  if (words.all.length === 2) stage.until(() => ensemble.role(member) === word, what);
  else {
    const state = words.text(2);
    stage.until(() => stateText(ensemble.state(member, word)).startsWith(state), what);
  }
};

/** `settle [M …]`: until these members, or all that run, serve under one leader. */
const settle: Command = (stage, words) => {
  const { ensemble } = stage;
  const isSettled = () => {
    const members = words.all.length === 0 ? ensemble.running : words.numbers();
    const roles = members.map((member) => ensemble.role(member));
    const leaders = roles.filter((role) => role === 'leader');
    const learners = roles.filter((role) => role === 'follower' || role === 'observer');
    return leaders.length === 1 && learners.length === members.length - 1;
  };
  stage.until(isSettled, 'these serve under one leader');
};

/** `connect NAME M [timeout=MS]`: a new session. */
const connect: Command = (stage, words) => {
  const name = words.text(0);
  stage.visitors.come(name, words.number(1), { timeoutMs: words.option('timeout', 4000) });
  stage.until(() => stage.visitors.isDone(name), `${name} is answered`);
};

/** `move NAME M NEW-NAME`: the session goes on, on a connection of that name; the old one stays as it is. */
const move: Command = (stage, words) => {
  const name = words.text(2);
  stage.visitors.come(name, words.number(1), stage.visitors.sessionOf(words.text(0)));
  stage.until(() => stage.visitors.isDone(name), `${name} is answered`);
};

/** `ask NAME REQUEST; REQUEST …`: sent as one read of the socket, and waited for. */
const ask: Command = (stage, words) => {
  const name = words.text(0);
  stage.visitors.send(name, parseRequests(words.rest(1)));
  stage.until(() => stage.visitors.isDone(name), `${name} is answered`);
};

/** What a script may say, by its first word. Members are numbers, clients have names. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  // members
  ['start', start],
  ['crash', crash],
  ['freeze', ({ ensemble }, words) => ensemble.process(words.number(0)).freeze()],
  ['thaw', ({ ensemble }, words) => ensemble.process(words.number(0)).thaw()],
  ['hold-disk', holdDisk],
  ['release-disk', ({ ensemble }, words) => ensemble.disk(words.number(0)).release()],
  // the network
  ['partition', partition],
  ['cut', (stage, words) => stage.cut(words.number(0), words.number(1))],
  ['heal', (stage) => stage.heal()],
  ['hold', hold],
  ['release', release],
  [
    'lose',
    (stage, words) =>
      stage.lose({
        type: words.text(0),
        from: words.number(1),
        to: words.all.length > 2 ? words.number(2) : undefined,
      }),
  ],
  // time
  ['run', (stage, words) => stage.run(words.number(0))],
  ['settle', settle],
  ['until', until],
  // clients
  ['connect', connect],
  ['move', move],
  ['ask', ask],
  ['send', (stage, words) => stage.visitors.send(words.text(0), parseRequests(words.rest(1)))],
  ['disconnect', (stage, words) => stage.visitors.client(words.text(0)).disconnect()],
  // what is shown
  ['show', (stage, words) => stage.show(words.all)],
  ['hide', (stage, words) => stage.hide(words.all)],
  [
    'log',
    ({ ensemble, transcript }, words) => transcript.tell(logReport(ensemble, words.number(0))),
  ],
  ['status', ({ ensemble, transcript }) => transcript.tell(statusReport(ensemble))],
]);

/** `ensemble SIZE [observers=N] [checkpoint=CHANGES] [retain=TXNS]`: the first command of every script. */
export function openStage(line: string): Stage {
  if (!line.startsWith('ensemble '))
    throw new SyntaxError(`a script begins with ensemble: ${line}`);
  const words = new Words(line);
  return new Stage({
    size: words.number(0),
    observers: words.option('observers', 0),
    checkpointChanges: words.option('checkpoint', 1e9),
    retainTxns: words.option('retain', 1e6),
  });
}
