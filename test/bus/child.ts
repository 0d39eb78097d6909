import { Links } from '../../runtime/bus/link.ts';
import { NatsBus } from '../../runtime/bus/nats-bus.ts';

/**
 * A member in a process of its own: `child.ts <server> <member> <echo | listen | throw>`. Tells its parent every status
 * of its bus; in the parent's hands it is killed or stopped.
 */
const [, , server = '', member = '', manner = ''] = process.argv;
const self = Number(member);
const bus = new NatsBus({ servers: [server], name: `member-${self}` });
const say = (line: string): void => {
  process.send?.(line);
};

const links = new Links(
  bus,
  { ensemble: 'test', self, members: [1, 2, 3] },
  {
    vote() {},
    message(from, linkId, payload) {
      if (manner === 'throw') throw new Error('the handler is broken');
      if (manner !== 'echo') return;
      links.send(from, linkId, payload);
      links.flush();
    },
    broadcast() {},
    linkDown() {},
    streamDown() {},
    gone() {},
    busDown: () => say('down'),
    busUp: () => say('up'),
  },
);
