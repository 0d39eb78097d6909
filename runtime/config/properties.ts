import { userError } from '../errors.ts';

/** One setting as a file gives it. */
export interface PropertyLine {
  readonly key: string;
  readonly value: string;
  /** `zoo.cfg, line 4`, for messages. */
  readonly where: string;
}

/**
 * Reads `key=value` lines as java.util.Properties does for the files people have: `=`, `:` or blanks
 * separate, # and ! begin comments, a backslash at the end joins the next line.
 * Throws a UserError for a line that is none of these.
 */
export function parseProperties(text: string, fileName: string): PropertyLine[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const properties: PropertyLine[] = [];
  for (let index = 0; index < lines.length; index++) {
    const where = `${fileName}, line ${index + 1}`;
    let line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    while (line.endsWith('\\') && index + 1 < lines.length) {
      index++;
      line = line.slice(0, -1) + (lines[index] ?? '').trim();
    }
    const match = /^([^=:\s]+)(?:\s*[=:]\s*|\s+)(.*)$/.exec(line);
    const key = match?.[1];
    const value = match?.[2];
    if (key === undefined || value === undefined) throw userError.lineUnreadable(where, line);
    properties.push({ key, value: value.trim(), where });
  }
  return properties;
}
