import { runProgram } from './program.ts';

await runProgram(async () => (await import('../main.ts')).startMember);
