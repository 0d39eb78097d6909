import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./vivarium.ts', import.meta.url));

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
      return [process.execPath, compiled, 'member'];
    }
  }
  return [process.execPath, '--import', import.meta.resolve('tsx'), program, 'member'];
}
