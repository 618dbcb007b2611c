/** Cuts chunks of text into lines; a line longer than the limit is an error, not a buffer. */
export class LineSplitter {
  #rest = '';

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly maxLength = 64 * 1024,
  ) {}

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
    if (this.#rest.length > this.maxLength) throw new Error('a line of a media tool is too long');
  }

  end(): void {
    if (this.#rest !== '') this.onLine(this.#rest);
    this.#rest = '';
  }
}
