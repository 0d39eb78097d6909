/** Some commands, and what is seen while they are carried out. */
export interface Block {
  /** Comments and blank lines before the commands, kept as they are. */
  readonly preamble: readonly string[];
  readonly commands: readonly string[];
  readonly output: readonly string[];
}

/** Between the commands of a block and what they show. */
const SEPARATOR = '----';

function isComment(line: string): boolean {
  return line.startsWith('#');
}

/**
 * A block is lines of commands, the separator, and lines of output up to a blank line or the end.
 * @throws SyntaxError where commands are not followed by a separator
 */
export function parseScript(text: string): Block[] {
  const lines = text.trimEnd().split('\n');
  const blocks: Block[] = [];
  let at = 0;
  const takeWhile = (holds: (line: string) => boolean): string[] => {
    const start = at;
    for (let line = lines[at]; line !== undefined && holds(line); line = lines[at]) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const preamble = takeWhile((line) => line === '' || isComment(line));
    const commands = takeWhile((line) => line !== SEPARATOR && line !== '');
    if (commands.length === 0 || lines[at] !== SEPARATOR) {
      throw new SyntaxError(`line ${at + 1}: ${SEPARATOR} is missing behind the commands`);
    }
    at += 1;
    const output = takeWhile((line) => line !== '');
    blocks.push({ preamble, commands, output });
  }
  return blocks;
}

/** The text of which these are the blocks. */
export function renderScript(blocks: readonly Block[]): string {
  const lines = blocks.flatMap(({ preamble, commands, output }) => [
    ...preamble,
    ...commands,
    SEPARATOR,
    ...output,
  ]);
  return `${lines.join('\n')}\n`;
}

/** What the script says that it shows: the comment that it begins with. */
export function headOf(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !isComment(line));
  return lines.slice(0, end).join('\n');
}
