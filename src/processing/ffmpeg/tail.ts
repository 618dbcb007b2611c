/** Keeps the end of a text of any length. */
export class Tail {
  #text = '';

  constructor(private readonly maxLength: number) {}

  push(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-this.maxLength);
  }

  toString(): string {
    return this.#text.trim();
  }
}
