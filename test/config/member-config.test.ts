import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadMemberConfig } from '../../runtime/config/member-config.ts';
import type { SettingKey } from '../../runtime/config/setting-schema.ts';
import { UserError } from '../../runtime/errors.ts';
import { temporaryDirectory, temporaryFile } from './temporary-directory.ts';

type Flags = Partial<Record<SettingKey, string>>;
const required: Flags = { id: '2', members: '3,1,2', dataDir: 'data' };

function load(flags: Flags, environment: Record<string, string> = {}, configFile?: string) {
  return loadMemberConfig({ flags, environment, ...(configFile ? { configFile } : {}) });
}

function refusal(flags: Flags, environment?: Record<string, string>, configFile?: string): string {
  try {
    load(flags, environment, configFile);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, 2);
    return `${error.message} ${error.remedy}`;
  }
  assert.fail('the settings were accepted');
}

function zooCfg(context: TestContext, lines: readonly string[]): string {
  return temporaryFile(context, 'zoo.cfg', `${lines.join('\n')}\n`);
}

test('defaults', () => {
  const { config, warnings } = load(required);
  assert.deepEqual(warnings, []);
  assert.deepEqual(config.voters, [1, 2, 3]);
  assert.equal(config.dataDirectory, path.resolve('data'));
  assert.deepEqual(config.nats, {
    servers: ['nats://127.0.0.1:4222'],
    credentialsFile: undefined,
    tls: undefined,
  });
  assert.equal(config.client.host, '127.0.0.1');
  assert.equal(config.client.port, 2181);
  assert.equal(config.client.minSessionTimeoutMs, 4000);
  assert.equal(config.client.maxSessionTimeoutMs, 40_000);
  assert.equal(config.client.maxFrameBytes, 0xfffff);
  assert.equal(config.client.maxConnectionsPerAddress, 60);
  assert.deepEqual(config.client.fourLetterWords, ['srvr']);
  assert.deepEqual(config.admin, { host: '127.0.0.1', port: 8080 });
  assert.equal(config.zab.heartbeatIntervalMs, 50);
  assert.equal(config.zab.heartbeatTimeoutMs, 2000);
  assert.deepEqual([...config.clientAddresses], [[2, { host: '127.0.0.1', port: 2181 }]]);
});

test('a flag wins over the environment, the environment over the file', (context) => {
  const file = zooCfg(context, ['clientPort=1001', 'admin.serverPort=1002', 'tickTime=1003']);
  const environment = { VIVARIUM_CLIENT_PORT: '2001', VIVARIUM_ADMIN_PORT: '2002' };
  const { config } = load({ ...required, clientPort: '3001' }, environment, file);
  assert.equal(config.client.port, 3001);
  assert.equal(config.admin?.port, 2002);
  assert.equal(config.tickTimeMs, 1003);
});

test('a zoo.cfg as people have it', (context) => {
  const directory = temporaryDirectory(context);
  writeFileSync(path.join(directory, 'myid'), '2\n');
  const file = zooCfg(context, [
    '# The number of milliseconds of each tick',
    'tickTime=2000',
    'initLimit=10',
    'syncLimit=5',
    `dataDir=${directory}`,
    'dataLogDir = /var/log/zookeeper',
    'clientPort=2181',
    'clientPortAddress=0.0.0.0',
    'maxClientCnxns=100',
    'autopurge.snapRetainCount=3',
    'autopurge.purgeInterval=1',
    'zookeeper.4lw.commands.whitelist=srvr, ruok,\\',
    '   mntr',
    'zookeeper.jute.maxbuffer=4194304',
    'admin.enableServer=false',
    'forceSync=yes',
    'reconfigEnabled=false',
    'server.1=zoo1:2888:3888;2181',
    'server.2=zoo2:2888:3888:participant;0.0.0.0:2191',
    'server.3=[fd00::3]:2888:3888;[fd00::3]:2181',
  ]);
  const { config, warnings } = load({}, {}, file);
  assert.equal(config.id, 2);
  assert.deepEqual(config.voters, [1, 2, 3]);
  assert.equal(config.client.host, '0.0.0.0');
  assert.equal(config.client.port, 2181);
  assert.equal(config.client.maxConnectionsPerAddress, 100);
  assert.equal(config.client.maxFrameBytes, 4_194_304);
  assert.deepEqual(config.client.fourLetterWords, ['srvr', 'ruok', 'mntr']);
  assert.equal(config.admin, undefined);
  assert.equal(config.zab.initTimeoutMs, 20_000);
  assert.deepEqual(Object.fromEntries(config.clientAddresses), {
    1: { host: 'zoo1', port: 2181 },
    2: { host: 'zoo2', port: 2191 },
    3: { host: 'fd00::3', port: 2181 },
  });
  assert.deepEqual(
    warnings.map((warning) => /"([^"]+)"/.exec(warning)?.[1]),
    ['syncLimit', 'dataLogDir', 'autopurge.snapRetainCount', 'autopurge.purgeInterval', undefined],
  );
  assert.match(warnings[4] ?? '', /at zoo2:2191, but it listens on 0\.0\.0\.0:2181\.$/);
  assert.match(warnings[0] ?? '', /^zoo\.cfg, line 4: "syncLimit" has no effect: .*heartbeat/);
});

test('the client part of its own server line tells a member where to listen', (context) => {
  const file = zooCfg(context, ['server.1=a:1:2;127.0.0.1:2199', 'server.2=b:1:2']);
  const { config } = load({ id: '1', dataDir: 'data' }, {}, file);
  assert.equal(config.client.host, '127.0.0.1');
  assert.equal(config.client.port, 2199);
  for (const [line, flags, host] of [
    ['server.1=a:1:2;0.0.0.0:2199', {}, '0.0.0.0'],
    ['server.1=a:1:2;2199', {}, '0.0.0.0'],
    ['server.1=[fd00::1]:1:2;2199', {}, '::'],
    ['server.1=a:1:2;2199', { clientHost: '10.0.0.1' }, '10.0.0.1'],
    ['server.1=a:1:2', {}, '127.0.0.1'],
  ] as const) {
    const lines = zooCfg(context, [line]);
    assert.equal(load({ id: '1', dataDir: 'data', ...flags }, {}, lines).config.client.host, host);
  }
});

test('a dynamic configuration file is read too', (context) => {
  const dynamic = temporaryFile(
    context,
    'zoo.cfg.dynamic',
    'server.1=a:1:2;3\nversion=100000000\n',
  );
  const file = zooCfg(context, [`dynamicConfigFile=${dynamic}`]);
  assert.deepEqual(load({ id: '1', dataDir: 'data' }, {}, file).config.voters, [1]);
});

test('wrong values are refused with the name of their source', (context) => {
  const file = zooCfg(context, ['', 'tickTime=fast']);
  assert.match(refusal(required, {}, file), /^zoo\.cfg, line 2: tickTime must be .*not "fast"/);
  assert.match(
    refusal(required, { VIVARIUM_ADMIN_PORT: '70000' }),
    /^the environment variable VIVARIUM_ADMIN_PORT must be .* from 0 to 65535, not "70000"/,
  );
  const wrong: Flags[] = [
    { clientPort: '-1' },
    { clientPort: '2181x' },
    { id: '0' },
    { id: '256' },
    { members: '1,1,2' },
    { members: '' },
    { ensemble: 'a.b' },
    { nats: 'http://127.0.0.1:4222' },
    { nats: '' },
    { clientHost: 'http://x' },
    { fourLetterWords: 'srvr,hello' },
    { skipACL: 'perhaps' },
    { superDigest: 'super:password' },
    { digestAlgorithm: 'MD5' },
    { enforceAuthSchemes: 'digest,sasl' },
    { logLevel: 'loud' },
    { heartbeatIntervalMs: '1.5' },
    { clientAddresses: '1=nowhere' },
  ];
  for (const flags of wrong) {
    const sentence = refusal({ ...required, ...flags });
    assert.match(sentence, /^--[a-z-]+ must .*, not "/, JSON.stringify(flags));
  }
});

test('missing settings say how to give them', () => {
  assert.match(
    refusal({ id: '1', members: '1' }),
    /"dataDir" is not set.*--data.*VIVARIUM_DATA_DIR/,
  );
  assert.match(
    refusal({ id: '1', dataDir: 'data' }),
    /list of members that vote is not set.*--members/,
  );
  assert.match(refusal({ members: '1', dataDir: 'no-such' }), /id of this member.*--id.*myid/);
});

test('settings that contradict each other are refused', () => {
  assert.match(refusal({ ...required, id: '4' }), /id is 4, but the members are 1, 2, 3/);
  assert.match(refusal({ ...required, minSessionTimeout: '50000' }), /above maxSessionTimeout/);
  assert.match(refusal({ ...required, heartbeatTimeoutMs: '100' }), /four times/);
  assert.match(refusal({ ...required, natsTlsCert: 'a.pem' }), /belong together/);
});

test('unknown keys are refused with a suggestion, unreadable lines and files by name', (context) => {
  const refused = (lines: string[]) => refusal(required, {}, zooCfg(context, lines));
  assert.match(refused(['clientport=1']), /no setting "clientport".*Did you mean "clientPort"/);
  assert.match(refused(['sever.1=a:1:2']), /Did you mean "server\.1"/);
  assert.match(refused(['wombat=1']), /no setting "wombat".*--help/);
  assert.match(refused(['clientPort']), /line 1: "clientPort" is not of the form key=value/);
  assert.match(
    refusal(required, {}, 'no-such.cfg'),
    /no-such\.cfg cannot be read: it does not exist/,
  );
});

test('what would take away a promise is refused, not ignored', (context) => {
  const refused = (line: string) => refusal(required, {}, zooCfg(context, [line]));
  for (const line of [
    'weight.1=2',
    'group.1=1:2:3',
    'secureClientPort=2281',
    'sslQuorum=true',
    'sessionRequireClientSASLAuth=true',
    'authProvider.1=org.example.Provider',
  ]) {
    assert.match(refused(line), /not there yet/, line);
  }
  const silent = zooCfg(context, ['peerType=participant', 'sslQuorum=false']);
  assert.deepEqual(load(required, {}, silent).warnings, []);
});

test('how clients say who they are', (context) => {
  const defaults = load(required).config.access;
  assert.deepEqual(defaults, {
    skipAcl: false,
    superDigest: undefined,
    digestEnabled: true,
    digestAlgorithm: 'SHA1',
    requiredSchemes: undefined,
  });
  const lines = [
    'enforce.auth.enabled=true',
    'enforce.auth.schemes=digest, ip',
    'DigestAuthenticationProvider.digestAlg=sha256',
    `DigestAuthenticationProvider.superDigest=super:${'A'.repeat(43)}=`,
    'enableEagerACLCheck=false',
  ];
  const { config, warnings } = load(required, {}, zooCfg(context, lines));
  assert.deepEqual(warnings, []);
  assert.deepEqual(config.access.requiredSchemes, ['digest', 'ip']);
  assert.equal(config.access.digestAlgorithm, 'SHA-256');

  const sha1Super = { superDigest: 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=' };
  assert.match(
    refusal({ ...required, ...sha1Super, digestAlgorithm: 'SHA-256' }),
    /superDigest is not made by SHA-256/,
  );
  assert.match(refusal({ ...required, enforceAuth: 'true' }), /names no scheme/);
  const digest = { enforceAuth: 'true', enforceAuthSchemes: 'digest' };
  assert.match(
    refusal({ ...required, ...digest, digestAuthentication: 'false' }),
    /digestAuthentication is off/,
  );
});

test('limits and throttles: those that are there, and a reason for each that is not', (context) => {
  const { client } = load(required).config;
  assert.equal(client.handshakeTimeoutMs, 10_000);
  assert.deepEqual(client.largeRequests, { threshold: -1, maxBytes: 100 * 1024 * 1024 });
  assert.deepEqual(client.connectionThrottle, { tokens: 0, fillTimeMs: 1, fillCount: 1 });
  const lines = [
    'largeRequestThreshold=1000',
    'connection_throttle_tokens=20',
    'connection_throttle_fill_count=5',
    'request_throttle_max_requests=100',
    'throttled_op_wait_time=50',
    'connection_throttle_freeze_time=10',
    'jute.maxbuffer.extrasize=1000',
  ];
  const loaded = load(required, {}, zooCfg(context, lines));
  assert.equal(loaded.config.client.largeRequests.threshold, 1000);
  assert.equal(loaded.config.client.connectionThrottle.tokens, 20);
  const named = loaded.warnings.map(
    (warning) => /"?([a-z][\w.]*_\w+|jute[\w.]+)/.exec(warning)?.[1],
  );
  assert.deepEqual(named, [
    'request_throttle_max_requests',
    'throttled_op_wait_time',
    'connection_throttle_freeze_time',
    'jute.maxbuffer.extrasize',
  ]);
});

test('malformed server lines are refused', (context) => {
  for (const value of [
    'a',
    'a:1',
    'a:1:x',
    'a:1:2:king',
    'a:1:2;x',
    'a:1:2;3;4',
    ':1:2',
    'a:1:99999',
  ]) {
    const file = zooCfg(context, [`server.1=${value}`]);
    assert.match(refusal(required, {}, file), /server\.1 must be host:quorumPort/, value);
  }
});

test('variables of an orchestrator are left alone, a mistyped one is pointed out', () => {
  assert.deepEqual(load(required, { VIVARIUM_SERVICE_HOST: '10.0.0.1' }).warnings, []);
  assert.match(
    load(required, { VIVARIUM_CLIENT_PROT: '1' }).warnings[0] ?? '',
    /did you mean VIVARIUM_CLIENT_PORT/,
  );
});

test('a setting given twice in a file is reported, the later one counts', (context) => {
  const file = zooCfg(context, ['clientPort=1', 'clientPort=2']);
  const { config, warnings } = load(required, {}, file);
  assert.equal(config.client.port, 2);
  assert.equal(warnings.length, 1);
});

test('a myid that is not a number is refused', (context) => {
  const directory = temporaryDirectory(context);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'myid'), 'one');
  assert.match(refusal({ members: '1', dataDir: directory }), /myid must hold a whole number/);
});

test('TLS to NATS is on when anything asks for it', () => {
  assert.equal(load({ ...required, nats: 'tls://a:1' }).config.nats.tls?.caFile, undefined);
  assert.ok(load({ ...required, nats: 'tls://a:1' }).config.nats.tls);
  assert.equal(load({ ...required, natsTlsCa: 'ca.pem' }).config.nats.tls?.caFile, 'ca.pem');
});

test('every key of zoo.cfg works, or says in one sentence why it does not', (context) => {
  const directory = temporaryDirectory(context);
  writeFileSync(path.join(directory, 'myid'), '1\n');
  const base = [`dataDir=${directory}`, 'server.1=a:1:2'];
  const silent = [
    ...['forceSync=yes', 'leaderServes=yes', 'electionAlg=3', 'digest.enabled=true'],
    ...['reconfigEnabled=false', 'audit.enable=false', 'db.autocreate=true', 'skipACL=no'],
    ...['secureClientPort=0', 'sslQuorum=false', 'client.portUnification=false'],
  ];
  assert.deepEqual(load({}, {}, zooCfg(context, [...base, ...silent])).warnings, []);
  const warned = [
    ...['syncLimit=5', 'preAllocSize=65536', 'autopurge.purgeInterval=24', 'cnxTimeout=5'],
    ...['zookeeper.watchManagerName=WatchManagerOptimized', 'jvm.pause.monitor=true'],
    ...['zookeeper.leader.nodelay=true', 'zookeeper.netty.advancedFlowControl.enabled=true'],
    ...['portUnification=true', 'zookeeper.messageTracker.Enabled=true', 'admin.httpVersion=2'],
    ...['zookeeper.forward_learner_requests_to_commit_processor_disabled=true'],
    ...['metricsProvider.httpPort=7000', 'zookeeper.superUser.1=admin', 'ssl.trustStore.type=PEM'],
  ];
  for (const line of warned) {
    const { warnings } = load({}, {}, zooCfg(context, [...base, line]));
    assert.equal(warnings.length, 1, line);
    assert.match(warnings[0] ?? '', /" has no effect: [^.]+/, line);
  }
  const refusedLines = [
    ...['secureClientPort=2281', 'sslQuorum=true', 'quorum.auth.enableSasl=true', 'group.1=1:2'],
    ...['authProvider.1=org.example.Provider', 'ensembleAuthName=one', 'admin.forceHttps=true'],
    ...['IPAuthenticationProvider.usexforwardedfor=true', 'client.portUnification=true'],
  ];
  for (const line of refusedLines) {
    assert.match(refusal({}, {}, zooCfg(context, [...base, line])), /is not there yet: /, line);
  }
  assert.match(refusal({}, {}, zooCfg(context, [...base, 'tickTme=1'])), /Did you mean "tickTime"/);
});

test('a frame limit that a four-letter word would lie below is refused', () => {
  assert.match(refusal({ ...required, 'jute.maxbuffer': '2147483647' }), /1024 to 1073741824/);
});
