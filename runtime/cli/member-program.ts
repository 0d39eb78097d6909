import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./vivarium.ts', import.meta.url));

/**
 * Of Node.js, for members: more of what is soon forgotten is forgotten before it is looked through, which takes up to
 * 96 MB of memory under load.
 */
export const NODE_OPTIONS = ['--max-semi-space-size=32'];

/**
 * The command line of a member, without its settings: compiled where that can be, else from the sources.
 * @param program what to run; anything but Vivarium itself (in tests of the supervisor) is run as it is
 */
export async function memberProgram(program: string): Promise<readonly string[]> {
  if (program === SOURCE) {
    // Loaded here, so that --help does not wait for the compiler.
    const { compiledProgram } = await import('./compiled-program.ts');
    const compiled = await compiledProgram();
    if (compiled !== undefined) {
      return [process.execPath, ...NODE_OPTIONS, compiled, 'member'];
    }
  }
  const loader = ['--import', import.meta.resolve('tsx')];
  return [process.execPath, ...NODE_OPTIONS, ...loader, program, 'member'];
}
