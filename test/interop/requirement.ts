import { accessSync, constants } from 'node:fs';

/** `false` when every file is there, else the reason to skip the test, for node:test's `skip`. */
export function missing(files: readonly string[]): string | false {
  const absent = files.filter((file) => !isReadable(file));
  return absent.length > 0 && `needs ${absent.join(', ')}: run ops/interop.sh`;
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
