import { performance } from 'node:perf_hooks';
import { Links } from '../../runtime/bus/link.ts';
import { NatsBus } from '../../runtime/bus/nats-bus.ts';
import { ChildMember } from './child-member.ts';
import { startNatsServer } from './nats-server.ts';
import { closed } from './network.ts';

/**
 * One-way latency between two processes through a nats-server, links included: half of the time of an echo.
 *
 *     node --import tsx test/bus/latency.ts [messages per case]
 *
 * "hot" sends the next message as soon as the last one is back; "paced" waits 2 ms, so that processors fall asleep.
 */
const messages = Number(process.argv[2] ?? 3000);
const CASES = [
  { name: 'hot, 100 B', bytes: 100, pauseMs: 0 },
  { name: 'hot, 20 KB', bytes: 20_000, pauseMs: 0 },
  { name: 'hot, 1.5 MB in pieces', bytes: 1_500_000, pauseMs: 0 },
  { name: 'paced, 100 B', bytes: 100, pauseMs: 2 },
];

const server = await startNatsServer();
const child = new ChildMember(server.url, 2, 'echo');
await child.says('up');
const bus = new NatsBus({ servers: [server.url] });
let echoed = (): void => undefined;
const links = await new Promise<Links>((resolve) => {
  const opened: Links = new Links(
    bus,
    { ensemble: 'test', self: 1, members: [2] },
    {
      vote() {},
      message: () => echoed(),
      broadcast() {},
      linkDown(_peer, _linkId, reason) {
        throw new Error(reason);
      },
      streamDown() {},
      gone() {},
      busDown() {},
      busUp: () => resolve(opened),
    },
  );
});

for (const [index, { name, bytes, pauseMs }] of CASES.entries()) {
  const linkId = index + 1;
  const payload = Buffer.alloc(bytes);
  const count = bytes > 1_000_000 ? Math.ceil(messages / 30) : messages;
  const samplesUs: number[] = [];
  links.openLink(2, linkId);
  await new Promise<void>((resolve) => {
    let sentMs = 0;
    const send = (): void => {
      sentMs = performance.now();
      links.send(2, linkId, payload);
      links.flush();
    };
    echoed = () => {
      samplesUs.push(((performance.now() - sentMs) * 1000) / 2);
      if (samplesUs.length === count) resolve();
      else if (pauseMs === 0) send();
      else setTimeout(send, pauseMs);
    };
    send();
  });
  // The first tenth warms up the compilers of both processes.
  const sorted = samplesUs.slice(count / 10).sort((left, right) => left - right);
  const at = (share: number): string =>
    (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(0).padStart(6);
  process.stdout.write(`${name.padEnd(24)} p50 ${at(0.5)}  p90 ${at(0.9)}  p99 ${at(0.99)} us\n`);
}

await closed(bus);
await child.kill();
await server.dispose();
