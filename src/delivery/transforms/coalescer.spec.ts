import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Coalescer, type Demand, type Patience } from './coalescer.js';

const tooLate = () => new Error('too late');

/** Of who waits for as long as any test, unless it goes away. */
const until = (signal: AbortSignal): Patience => ({ signal, until: performance.now() + 600_000, tooLate });
const never = until(new AbortController().signal);

describe('Coalescer', () => {
  it('does the same once for all who ask meanwhile, and again for who asks later', async () => {
    const coalescer = new Coalescer();
    const held = Promise.withResolvers<void>();
    let runs = 0;
    const work = async () => {
      runs += 1;
      await held.promise;
      return { run: runs };
    };
    const all = Array.from({ length: 100 }, () => coalescer.run('a', never, work));
    held.resolve();
    const results = await Promise.all(all);
    expect([runs, new Set(results).size]).toEqual([1, 1]);
    expect(await coalescer.run('a', never, work)).toEqual({ run: 2 });
  });

  it('gives all the same failure, and keeps none', async () => {
    const coalescer = new Coalescer();
    const fail = () => Promise.reject(new Error('broken'));
    const all = [1, 2].map(() => coalescer.run('a', never, fail));
    for (const result of all) await expect(result).rejects.toThrow('broken');
    expect(await coalescer.run('a', never, async () => 'fine')).toBe('fine');
  });

  it('lets one go away without the others, and tells the work when the last has gone', async () => {
    const coalescer = new Coalescer();
    const [one, two] = [new AbortController(), new AbortController()];
    let told: AbortSignal | undefined;
    const work = ({ signal }: Demand) => {
      told = signal;
      return new Promise<string>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('ended')));
      });
    };
    const first = coalescer.run('a', until(one.signal), work);
    const second = coalescer.run('a', until(two.signal), work);
    one.abort(new Error('one went'));
    await expect(first).rejects.toThrow('one went');
    expect(told?.aborted).toBe(false);
    two.abort(new Error('two went'));
    await expect(second).rejects.toThrow('two went');
    expect(told?.aborted).toBe(true);
  });

  it('begins anew for who comes after all have gone, though the work has not ended yet', async () => {
    const coalescer = new Coalescer();
    const gone = new AbortController();
    const held = Promise.withResolvers<string>();
    const first = coalescer.run('a', until(gone.signal), () => held.promise);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    const second = coalescer.run('a', never, async () => 'new');
    held.resolve('old');
    expect(await second).toBe('new');
  });

  it('does nothing for who has gone already', async () => {
    let runs = 0;
    const work = async () => (runs += 1);
    await expect(new Coalescer().run('a', until(AbortSignal.abort(new Error('gone'))), work)).rejects.toThrow(
      'gone',
    );
    expect(runs).toBe(0);
  });

  describe('for those who wait only so long', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });
    const patient = (ms: number): Patience => ({ ...never, until: performance.now() + ms });

    it('each waits for its own time, and the work is told when the last has given up', async () => {
      const coalescer = new Coalescer();
      let told: AbortSignal | undefined;
      const work = ({ signal }: Demand) => {
        told = signal;
        return new Promise<string>(() => undefined);
      };
      const [first, second] = [10, 20].map((ms) => coalescer.run('a', patient(ms), work));
      const [firstEnd, secondEnd] = [first, second].map((result) =>
        expect(result).rejects.toThrow('too late'),
      );
      await jest.advanceTimersByTimeAsync(10);
      await firstEnd;
      expect(told?.aborted).toBe(false);
      await jest.advanceTimersByTimeAsync(10);
      await secondEnd;
      expect(told?.aborted).toBe(true);
    });

    it('gives the result to all for whom the work began in time', async () => {
      const coalescer = new Coalescer();
      const held = Promise.withResolvers<string>();
      const result = coalescer.run('a', patient(10), ({ begin }) => {
        begin();
        return held.promise;
      });
      await jest.advanceTimersByTimeAsync(1000);
      held.resolve('done');
      expect(await result).toBe('done');
    });

    it('does nothing for whose time is over', async () => {
      const work = jest.fn(async () => 'done');
      await expect(new Coalescer().run('a', patient(0), work)).rejects.toThrow('too late');
      expect(work).not.toHaveBeenCalled();
    });
  });
});
