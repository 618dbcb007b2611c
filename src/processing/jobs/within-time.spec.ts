import { describe, expect, it } from '@jest/globals';
import { withinTime } from './within-time.js';

describe('withinTime', () => {
  it('gives what the work gives', async () => {
    await expect(withinTime(1000, Promise.resolve(7))).resolves.toBe(7);
  });

  it('throws what the work throws', async () => {
    await expect(withinTime(1000, Promise.reject(new Error('down')))).rejects.toThrow('down');
  });

  it('gives up on work that takes longer', async () => {
    await expect(withinTime(20, new Promise(() => undefined))).rejects.toThrow('no answer within 20 ms');
  });

  it('lets work fail unseen once it was given up', async () => {
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error('late')), 40);
    });
    await expect(withinTime(10, late)).rejects.toThrow('no answer');
    await expect(late).rejects.toThrow('late');
  });
});
