/** The words of one command line. */
export class Words {
  readonly #line: string;
  readonly #words: readonly string[];
  readonly #options = new Map<string, string>();

  constructor(line: string) {
    this.#line = line;
    const words: string[] = [];
    for (const word of line.trim().split(/\s+/)) {
      const [key, value] = word.split('=');
      if (key !== undefined && value !== undefined) this.#options.set(key, value);
      else words.push(word);
    }
    this.#words = words.slice(1);
  }

  get all(): readonly string[] {
    return this.#words;
  }

  text(at: number): string {
    const word = this.#words[at];
    if (word === undefined) throw new SyntaxError(`a word is missing: ${this.#line}`);
    return word;
  }

  number(at: number): number {
    return numberOf(this.text(at), this.#line);
  }

  numbers(): number[] {
    return this.#words.map((word) => numberOf(word, this.#line));
  }

  option(key: string, otherwise: number): number {
    const value = this.#options.get(key);
    return value === undefined ? otherwise : numberOf(value, this.#line);
  }

  /** Everything from there on, as it is written. */
  rest(at: number): string {
    return this.#words.slice(at).join(' ');
  }
}

function numberOf(word: string, line: string): number {
  const number = Number(word);
  if (!Number.isInteger(number)) throw new SyntaxError(`${word} is no number: ${line}`);
  return number;
}
