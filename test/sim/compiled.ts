import { spawnSync } from 'node:child_process';
import { compileSimulator } from './compile.ts';

/** Lives make much that is soon forgotten. */
const NODE_OPTIONS = ['--max-semi-space-size=64', '--enable-source-maps'];

/** `npm run sim`: the command of `main.ts`, compiled. An interrupt reaches both processes, and this one waits. */
process.on('SIGINT', () => undefined);
const { program, remove } = await compileSimulator('simulator', 'test/sim/main.ts');
const words = [...NODE_OPTIONS, program, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
remove();
process.exitCode = status ?? 1;
