import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { loadRoster, type Roster } from '../../runtime/roster.ts';

interface Transition {
  readonly actions: readonly unknown[];
  readonly target?: unknown;
}

/**
 * What a transition is there for: it acts, or it ignores what comes too late to matter, or it refuses, by stopping
 * the member, what cannot come.
 */
export type Purpose = 'acts' | 'ignores' | 'refuses';

interface Counted {
  readonly name: string;
  readonly purpose: Purpose;
  count: number;
}

/** Which transitions of the charts were taken, by name: `leader: leading.broadcast on REQUEST, branch 2`. */
export class ChartCoverage {
  readonly #counted: Counted[] = [];

  all(purpose: Purpose): readonly string[] {
    return this.#counted.filter((one) => one.purpose === purpose).map(({ name }) => name);
  }

  missed(purpose: Purpose): readonly string[] {
    return this.#counted
      .filter((one) => one.purpose === purpose && one.count === 0)
      .map(({ name }) => name);
  }

  /** The roster of the checkout, whose charts count what they do from now on. */
  async watchedRoster(): Promise<Roster> {
    const roster = await loadRoster();
    for (const { name, chart } of [...roster.actors, ...roster.connectionActors.values()]) {
      this.#watch(name, chart);
    }
    return roster;
  }

  #watch(actor: string, chart: AnyStateMachine): void {
    const visit = (node: AnyStateNode): void => {
      for (const [event, transitions] of node.transitions) {
        for (const [at, transition] of transitions.entries()) {
          const name = `${nameOf(actor, node)} on ${event}${branch(transitions.length, at)}`;
          this.#count(name, event, transition);
        }
      }
      const always = node.always ?? [];
      for (const [at, transition] of always.entries()) {
        const name = `${nameOf(actor, node)} at once${branch(always.length, at)}`;
        this.#count(name, '', transition);
      }
      for (const child of Object.values(node.states)) visit(child);
    };
    visit(chart.root);
  }

  #count(name: string, event: string, transition: Transition): void {
    const { actions, target } = transition;
    const acts = actions.length > 0 || (target !== undefined && target !== null);
    const purpose: Purpose = event === '*' ? 'refuses' : acts ? 'acts' : 'ignores';
    const counted: Counted = { name, purpose, count: 0 };
    this.#counted.push(counted);
    const taken = () => {
      counted.count += 1;
    };
    Object.assign(transition, { actions: [taken, ...actions] });
  }
}

function nameOf(actor: string, node: AnyStateNode): string {
  return node.path.length === 0 ? actor : `${actor}: ${node.path.join('.')}`;
}

function branch(count: number, at: number): string {
  return count === 1 ? '' : `, branch ${at + 1}`;
}
