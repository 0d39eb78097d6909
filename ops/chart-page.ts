import type { AnyStateMachine, AnyStateNode } from 'xstate';
import {
  ancestorsOf,
  type Branch,
  branchesOf,
  childrenOf,
  hasOwnActions,
  nodesOf,
} from './chart-walk.ts';

/** A page for people about one chart: a picture, and the table of everything it answers. */
export function chartPage(actor: string, about: string, chart: AnyStateMachine): string {
  const { root } = chart;
  return [
    `# ${actor}`,
    '',
    `${about} Defined by \`actors/${actor}.ts\`.`,
    '',
    'Written by `npm run diagrams` from the running chart: do not edit. How to read it: [README.md](README.md).',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...picture(root),
    '```',
    '',
    ...everywhere(root),
    '| state | on | if | leads to |',
    '|---|---|---|---|',
    ...nodesOf(root)
      .filter((node) => node !== root)
      .flatMap(rowsOf),
    '',
  ].join('\n');
}

// --- the picture

/** Arrows between states of different states come last: named inside a state, an end would be drawn in there. */
function picture(root: AnyStateNode): string[] {
  const all = arrows(nodesOf(root));
  const crossing = all.filter(({ from, to }) => from.parent !== to.parent);
  const inside = all.filter((arrow) => !crossing.includes(arrow));
  return [...statesIn(root, inside), ...crossing.map(drawn)].map((line) => `  ${line}`);
}

function statesIn(node: AnyStateNode, inside: readonly Arrow[]): string[] {
  const children = childrenOf(node);
  return [
    ...(node.initial.target ?? []).map((first) => `[*] --> ${idOf(first)}`),
    ...children.flatMap((child) => {
      const declaration = `state "${child.key}" as ${idOf(child)}`;
      if (childrenOf(child).length === 0) return [declaration];
      return [`${declaration} {`, ...statesIn(child, inside).map((line) => `  ${line}`), '}'];
    }),
    ...children.filter(({ type }) => type === 'final').map((child) => `${idOf(child)} --> [*]`),
    ...inside.filter(({ from }) => from.parent === node).map(drawn),
  ];
}

function drawn({ from, to, label }: Arrow): string {
  return `${idOf(from)} --> ${idOf(to)} : ${label}`;
}

interface Arrow {
  readonly from: AnyStateNode;
  readonly to: AnyStateNode;
  readonly label: string;
}

/** One arrow for each pair of states. What leads a state to itself, or into itself, is in the table only. */
function arrows(nodes: readonly AnyStateNode[]): Arrow[] {
  return nodes.flatMap((from) => {
    if (from.parent === undefined) return [];
    const reasons = new Map<AnyStateNode, Branch[]>();
    const branches = branchesOf(from);
    for (const branch of branches) {
      const to = branch.target;
      if (to === undefined || isWithin(to, from) || isWithin(from, to)) continue;
      reasons.set(to, [...(reasons.get(to) ?? []), branch]);
    }
    return [...reasons].map(([to, why]) => ({ from, to, label: label(why, branches) }));
  });
}

/** With more reasons than that an arrow names the events only: its label would hide the states. */
const GUARDED_REASONS_MAX = 2;

function label(why: readonly Branch[], siblings: readonly Branch[]): string {
  return why.length > GUARDED_REASONS_MAX
    ? [
        ...new Set(
          why.map((branch) => (branch.kind === 'event' ? branch.on : labelOf(branch, siblings))),
        ),
      ].join(', ')
    : why.map((branch) => labelOf(branch, siblings)).join('<br/>');
}

function labelOf(branch: Branch, siblings: readonly Branch[]): string {
  const condition = conditionOf(branch, siblings);
  return [
    branch.kind === 'after' ? `after ${branch.on}` : branch.on,
    condition === '' ? '' : `[${condition}]`,
  ]
    .filter((word) => word !== '')
    .join(' ');
}

function idOf(node: AnyStateNode): string {
  return node.path.join('_');
}

function isWithin(node: AnyStateNode, around: AnyStateNode): boolean {
  return node === around || ancestorsOf(node).includes(around);
}

// --- the table

const ANYTHING_ELSE = '*';

/** What the root answers, which holds in every state. */
function everywhere(root: AnyStateNode): string[] {
  const lines = branchesOf(root)
    .filter(({ on }) => on !== ANYTHING_ELSE)
    .map(({ on, target }) => `In every state: \`${on}\` leads to ${nameOf(target)}.`);
  if (root.transitions.has(ANYTHING_ELSE)) {
    lines.push('An event that is not in the table stops the member: it cannot trust itself.');
  }
  return lines.flatMap((line) => [line, '']);
}

function rowsOf(node: AnyStateNode): string[] {
  const branches = branchesOf(node);
  const rows: string[][] = [];
  if (hasOwnActions(node.entry)) rows.push(['*entry*', '', 'acts']);
  for (const branch of branches) {
    if (isPlain(branch, branches)) continue;
    const on = branch.kind === 'event' ? code(branch.on) : `*${branch.kind}* ${branch.on}`.trim();
    rows.push([on, conditionOf(branch, branches), outcomeOf(branch)]);
  }
  const plain = branches.filter((branch) => isPlain(branch, branches));
  for (const acts of [true, false]) {
    const events = plain.filter((branch) => branch.acts === acts).map(({ on }) => code(on));
    if (events.length > 0) rows.push([events.join(', '), '', acts ? 'acts, stays' : 'ignored']);
  }
  if (hasOwnActions(node.exit)) rows.push(['*exit*', '', 'acts']);
  if (rows.length === 0) rows.push(['', '', node.type === 'final' ? 'the end' : '']);
  return rows.map(
    (row, at) =>
      `| ${[at === 0 ? titleOf(node) : '', ...row].map((cell) => `${cell} `).join('| ')}|`,
  );
}

/** Answered the same whatever the data, without leaving the state: such events share a row. */
function isPlain(branch: Branch, siblings: readonly Branch[]): boolean {
  return (
    branch.kind === 'event' &&
    branch.target === undefined &&
    siblings.filter((one) => one.kind === 'event' && one.on === branch.on).length === 1 &&
    branch.guard === undefined
  );
}

function conditionOf(branch: Branch, siblings: readonly Branch[]): string {
  if (branch.guard !== undefined) return branch.guard;
  const isLast = siblings.some(
    (one) => one !== branch && one.kind === branch.kind && one.on === branch.on,
  );
  return isLast ? 'else' : '';
}

function outcomeOf({ target, acts }: Branch): string {
  if (target !== undefined) return nameOf(target);
  return acts ? 'acts, stays' : 'ignored';
}

function titleOf(node: AnyStateNode): string {
  const [first] = node.initial.target ?? [];
  return first === undefined || childrenOf(node).length === 0
    ? nameOf(node)
    : `${nameOf(node)}, begins in ${code(first.key)}`;
}

function nameOf(node: AnyStateNode | undefined): string {
  return code(node?.path.join('.') ?? '');
}

function code(text: string): string {
  return `\`${text}\``;
}
