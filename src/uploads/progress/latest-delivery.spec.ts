import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LatestDelivery } from './latest-delivery.js';

describe('what is delivered', () => {
  let taken: number[];
  let ends: number;
  let take: () => void;
  let delivery: LatestDelivery<number>;

  beforeEach(() => {
    taken = [];
    ends = 0;
    delivery = new LatestDelivery<number>(
      (value) => {
        taken.push(value);
        return new Promise((resolve) => {
          take = resolve;
        });
      },
      () => {
        ends += 1;
      },
    );
  });

  const drain = async (): Promise<void> => {
    take();
    await turn();
  };

  it('is every value to a reader that keeps up', async () => {
    for (const value of [1, 2, 3]) {
      delivery.push(value);
      await drain();
    }
    expect(taken).toEqual([1, 2, 3]);
  });

  it('is the latest value alone to one that does not', async () => {
    for (const value of [1, 2, 3, 4]) delivery.push(value);
    expect(taken).toEqual([1]);
    await drain();
    expect(taken).toEqual([1, 4]);
    await drain();
    expect(taken).toEqual([1, 4]);
  });

  it('ends after the last value has left, and takes no more', async () => {
    for (const value of [1, 2]) delivery.push(value);
    delivery.end();
    delivery.push(3);
    await drain();
    expect([taken, ends]).toEqual([[1, 2], 0]);
    await drain();
    expect([taken, ends]).toEqual([[1, 2], 1]);
    delivery.end();
    expect(ends).toBe(1);
  });

  it('ends at once when nothing is on its way', () => {
    delivery.end();
    expect(ends).toBe(1);
  });

  it('tells for how long its reader has taken nothing', async () => {
    expect(delivery.busyMs).toBe(0);
    delivery.push(1);
    await turn();
    expect(delivery.busyMs).toBeGreaterThan(0);
    await drain();
    expect(delivery.busyMs).toBe(0);
  });
});
