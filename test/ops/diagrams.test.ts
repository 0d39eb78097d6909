import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setup } from 'xstate';
import { chartPage } from '../../ops/chart-page.ts';
import { currentPages, PAGES } from '../../ops/diagrams.ts';

const pages = await currentPages();

test('every chart has its page, and no page is of a chart that is gone', () => {
  assert.ok(pages.size > 1);
  assert.deepEqual(readdirSync(PAGES).sort(), [...pages.keys()].sort(), 'run "npm run diagrams"');
});

for (const [name, page] of pages) {
  test(`ops/docs/machines/${name} is current`, () => {
    assert.equal(readFileSync(new URL(name, PAGES), 'utf8'), page, 'run "npm run diagrams"');
  });
}

/** One of everything that a page shows. */
const lamp = setup({
  guards: { isDark: () => true, isBroken: () => false },
  delays: { cooling: 10 },
  actions: { shine: () => {} },
}).createMachine({
  initial: 'off',
  states: {
    off: { on: { PUSH: [{ guard: 'isDark', target: 'on' }, {}], WIND: {} } },
    on: {
      initial: 'warm',
      entry: 'shine',
      on: { PULL: 'off', PUSH: '.hot', WIND: { actions: 'shine' } },
      states: {
        warm: { after: { cooling: 'hot' } },
        hot: { always: { guard: 'isBroken', target: '#(machine).burnt' }, on: { PUSH: 'warm' } },
      },
    },
    burnt: { type: 'final' },
  },
  on: { DROP: '.burnt' },
});

test('a page has a picture of what leads from state to state, and a table of all that is answered', () => {
  const page = chartPage('lamp', 'It shines.', lamp);
  const [before = '', picture = '', after = ''] = page.split(/```(?:mermaid\n)?/);
  assert.match(before, /^# lamp\n\nIt shines\./);
  assert.deepEqual(picture.trimEnd().split('\n'), [
    'stateDiagram-v2',
    '  [*] --> off',
    '  state "off" as off',
    '  state "on" as on {',
    '    [*] --> on_warm',
    '    state "warm" as on_warm',
    '    state "hot" as on_hot',
    '    on_warm --> on_hot : after cooling',
    '    on_hot --> on_warm : PUSH',
    '  }',
    '  state "burnt" as burnt',
    '  burnt --> [*]',
    '  off --> on : PUSH [isDark]',
    '  on --> off : PULL',
    '  on_hot --> burnt : [isBroken]',
  ]);
  assert.deepEqual(after.trim().split('\n'), [
    'In every state: `DROP` leads to `burnt`.',
    '',
    '| state | on | if | leads to |',
    '|---|---|---|---|',
    '| `off` | `PUSH` | isDark | `on` |',
    '|  | `PUSH` | else | ignored |',
    '|  | `WIND` |  | ignored |',
    '| `on`, begins in `warm` | *entry* |  | acts |',
    '|  | `PULL` |  | `off` |',
    '|  | `PUSH` |  | `on.hot` |',
    '|  | `WIND` |  | acts, stays |',
    '| `on.warm` | *after* cooling |  | `on.hot` |',
    '| `on.hot` | `PUSH` |  | `on.warm` |',
    '|  | *always* | isBroken | `burnt` |',
    '| `burnt` |  |  | the end |',
  ]);
});
