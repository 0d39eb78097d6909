import { COMMANDS, openStage } from './commands.ts';
import { type Block, parseScript, renderScript } from './script.ts';
import type { Stage } from './stage.ts';
import { Words } from './words.ts';

/** A block that begins with it sets the scene: what happens there is left out. */
const QUIETLY = 'quietly';

function carryOut(stage: Stage, line: string): void {
  const name = line.split(' ')[0] ?? '';
  const command = COMMANDS.get(name);
  if (command === undefined) throw new SyntaxError(`there is no command ${name}`);
  command(stage, new Words(line));
  stage.look();
  stage.visitors.look();
}

function playBlock(stage: Stage, { preamble, commands }: Block): Block {
  stage.transcript.begin();
  stage.transcript.isQuiet = commands[0] === QUIETLY;
  for (const line of commands) {
    if (line === QUIETLY) continue;
    try {
      carryOut(stage, line);
    } catch (error) {
      const seen = stage.transcript.lines.join('\n');
      throw new Error(`after "${line}", when this had been seen:\n${seen}`, { cause: error });
    }
  }
  return { preamble, commands, output: stage.transcript.lines };
}

/**
 * The script as it is when what it shows is what happens.
 * @throws whatever a witness of the ensemble finds, or a member stops with
 */
export function play(text: string): string {
  const [opening, ...blocks] = parseScript(text);
  if (opening === undefined) throw new SyntaxError('the script is empty');
  const [first, ...rest] = opening.commands;
  const stage = openStage(first ?? '');
  const played = playBlock(stage, { ...opening, commands: rest });
  const whole = { ...played, commands: opening.commands };
  return renderScript([whole, ...blocks.map((block) => playBlock(stage, block))]);
}
