import { spawnSync } from 'node:child_process';
import { compileSimulator, YOUNG_HEAP } from './compile.ts';

/** `npm run sim`: the command of `main.ts`, compiled. An interrupt reaches both processes, and this one waits. */
process.on('SIGINT', () => undefined);
const { program, remove } = await compileSimulator('simulator', 'test/sim/main.ts');
const words = [YOUNG_HEAP, '--enable-source-maps', program, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
remove();
process.exitCode = status ?? 1;
