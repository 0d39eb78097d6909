import { type Context, Hono } from 'hono';
import { hex } from '../../machines/zab/zxid.ts';
import type { MemberConfig } from '../config/member-config.ts';
import type { RunningMember } from '../member-contract.ts';
import { isTrustedHost } from './host-header.ts';
import { showAll } from './plain-json.ts';

/** What the endpoint looks into. `undefined` while the member is still opening its storage. */
export type MemberInView = () => RunningMember | undefined;

type Body = Readonly<Record<string, unknown>>;

function answer(context: Context, status: 200 | 403 | 404 | 503, body: Body): Response {
  return context.body(`${JSON.stringify(body, showAll, 2)}\n`, status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}

const STARTING = 'the member is still starting: it opens its storage and replays its log';

/**
 * The admin endpoint: read-only, without a login, and therefore for loopback.
 * Paths: /health, /actors, /actors/NAME, /commands/ruok and /commands/leader.
 */
export function adminApp(config: MemberConfig, listenHost: string, member: MemberInView): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    if (isTrustedHost(context.req.header('host'), listenHost)) return next();
    return answer(context, 403, {
      error: `this endpoint answers requests for localhost or ${listenHost} only; correct the Host header`,
    });
  });
  app.get('/', (context) =>
    answer(context, 200, {
      member: config.id,
      ensemble: config.ensemble,
      paths: ['/health', '/actors', '/actors/NAME', '/commands/ruok', '/commands/leader'],
    }),
  );
  app.get('/health', (context) => {
    const body = health(config, member());
    return answer(context, body.serving ? 200 : 503, body);
  });
  app.get('/actors', (context) => {
    const running = member();
    if (running === undefined) return answer(context, 503, { error: STARTING });
    return answer(context, 200, {
      member: config.id,
      ensemble: config.ensemble,
      actors: running.actors(),
    });
  });
  app.get('/actors/:name', (context) => {
    const running = member();
    if (running === undefined) return answer(context, 503, { error: STARTING });
    const name = context.req.param('name');
    const actor = running.actors().find((candidate) => candidate.name === name);
    if (actor !== undefined) return answer(context, 200, { ...actor });
    return answer(context, 404, { error: `there is no actor "${name}"; /actors lists them` });
  });
  app.get('/commands', (context) =>
    answer(context, 200, { commands: ['/commands/ruok', '/commands/leader'] }),
  );
  app.get('/commands/:command', (context) => {
    const command = context.req.param('command');
    return answer(context, 200, { command, ...runCommand(command, config, member()) });
  });
  app.notFound((context) =>
    answer(context, 404, { error: `there is nothing at ${context.req.path}; / lists the paths` }),
  );
  return app;
}

function health(config: MemberConfig, member: RunningMember | undefined) {
  const status = member?.status();
  return {
    member: config.id,
    ensemble: config.ensemble,
    serving: status?.serving ?? false,
    mode: status?.mode ?? 'starting',
    leader: status?.leader ?? null,
    epoch: status?.epoch ?? null,
    zxid: status === undefined ? null : hex(status.zxid),
    uptimeMs: status?.uptimeMs ?? null,
  };
}

/** The names, keys and habits of ZooKeeper's AdminServer (reference §14.4): errors come with status 200. */
function runCommand(name: string, config: MemberConfig, member: RunningMember | undefined): Body {
  const status = member?.status();
  switch (name) {
    case 'ruok':
      return { error: null };
    case 'leader':
    case 'lead': {
      if (status?.serving !== true || status.leader === undefined) {
        return { error: 'This ZooKeeper instance is not currently serving requests' };
      }
      const leaderAddress = config.clientAddresses.get(status.leader);
      return {
        is_leader: status.leader === config.id,
        leader_id: status.leader,
        leader_ip: leaderAddress?.host ?? '',
        error: null,
      };
    }
    default:
      return { error: `Unknown command: ${name}` };
  }
}
