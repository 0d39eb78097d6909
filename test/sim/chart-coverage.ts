import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { loadRoster, type Roster } from '../../runtime/roster.ts';

/** Which transitions of the charts were taken, by name: `leader: leading.serving on PING [isLate]`. */
export class ChartCoverage {
  readonly #taken = new Map<string, number>();

  get all(): readonly string[] {
    return [...this.#taken.keys()];
  }

  get missed(): readonly string[] {
    return this.all.filter((name) => this.#taken.get(name) === 0);
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
          this.#count(
            `${nameOf(actor, node)} on ${event}${branch(transitions.length, at)}`,
            transition,
          );
        }
      }
      const always = node.always ?? [];
      for (const [at, transition] of always.entries()) {
        this.#count(`${nameOf(actor, node)} at once${branch(always.length, at)}`, transition);
      }
      for (const child of Object.values(node.states)) visit(child);
    };
    visit(chart.root);
  }

  #count(name: string, transition: object & { readonly actions: readonly unknown[] }): void {
    this.#taken.set(name, 0);
    const taken = () => {
      this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1);
    };
    Object.assign(transition, { actions: [taken, ...transition.actions] });
  }
}

function nameOf(actor: string, node: AnyStateNode): string {
  return node.path.length === 0 ? actor : `${actor}: ${node.path.join('.')}`;
}

function branch(count: number, at: number): string {
  return count === 1 ? '' : `, branch ${at + 1}`;
}
