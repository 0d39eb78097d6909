/** The last, the least and the largest of some sizes since the start or the last reset; -1 before the first. */
export class SizeRange {
  last = -1;
  min = -1;
  max = -1;

  add(size: number): void {
    this.last = size;
    if (this.min === -1 || size < this.min) this.min = size;
    if (size > this.max) this.max = size;
  }

  reset(): void {
    this.last = -1;
    this.min = -1;
    this.max = -1;
  }
}
