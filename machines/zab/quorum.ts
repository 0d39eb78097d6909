/** Majority quorum of the voting members (reference §11.8). */
export class Majority {
  readonly voters: ReadonlySet<number>;
  readonly size: number;

  constructor(voters: Iterable<number>) {
    this.voters = new Set(voters);
    this.size = Math.floor(this.voters.size / 2) + 1;
  }

  /** Whether the members given, each counted once and only if it votes, are a quorum. */
  contains(members: Iterable<number>): boolean {
    const heard = new Set<number>();
    for (const member of members) if (this.voters.has(member)) heard.add(member);
    return heard.size >= this.size;
  }

  /** The highest value that a quorum has reached, given each voter's own; voters not listed count as lowest. */
  reached(values: ReadonlyMap<number, number>, lowest: number): number {
    const sorted: number[] = [];
    for (const voter of this.voters) sorted.push(values.get(voter) ?? lowest);
    sorted.sort((a, b) => b - a);
    return sorted[this.size - 1] ?? lowest;
  }
}
