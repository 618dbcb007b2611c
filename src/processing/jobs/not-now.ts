/** Thrown by a job that can't be begun here at the moment: it waits without using up an attempt. */
export class NotNow extends Error {
  constructor(
    message: string,
    readonly delayMs: number,
  ) {
    super(message);
    this.name = 'NotNow';
  }
}
