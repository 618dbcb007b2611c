import { describe, expect, it } from '@jest/globals';
import { Admission, type AdmissionLoad, type AdmissionOptions } from './admission.js';

const never = new AbortController().signal;

function place(options: Partial<AdmissionOptions> = {}) {
  const loads: AdmissionLoad[] = [];
  const refusals: string[] = [];
  const admission = new Admission(
    { concurrency: 2, maxCost: 100, queueLength: 2, ...options },
    { changed: (load) => loads.push(load), refused: (reason) => refusals.push(reason) },
  );
  const started: string[] = [];
  /** Work that runs until it is told to end. */
  const begin = (name: string, cost: number, signal = never) => {
    const held = Promise.withResolvers<void>();
    const result = admission.run({ cost, signal }, async () => {
      started.push(name);
      await held.promise;
      return name;
    });
    result.catch(() => undefined);
    return { result, end: () => held.resolve() };
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { begin, started, settle, loads, refusals, load: () => loads.at(-1) };
}

describe('Admission', () => {
  it('lets in as many as may run, and the others one by one in their order', async () => {
    const { begin, started, settle, load } = place();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => begin(name, 10));
    await settle();
    expect([started, load()]).toEqual([['a', 'b'], { running: 2, waiting: 2 }]);
    b?.end();
    await b?.result;
    await settle();
    expect(started).toEqual(['a', 'b', 'c']);
    for (const work of [a, c, d]) work?.end();
    expect(await Promise.all([a?.result, c?.result, d?.result])).toEqual(['a', 'c', 'd']);
    expect(load()).toEqual({ running: 0, waiting: 0 });
  });

  it('lets in less of what costs more', async () => {
    const { begin, started, settle } = place();
    const a = begin('a', 60);
    begin('b', 60);
    await settle();
    expect(started).toEqual(['a']);
    a.end();
    await a.result;
    await settle();
    expect(started).toEqual(['a', 'b']);
  });

  it('lets in what costs more than all, alone', async () => {
    const { begin, started, settle } = place();
    const a = begin('a', 10);
    const b = begin('b', 5000);
    begin('c', 10);
    await settle();
    expect(started).toEqual(['a']);
    a.end();
    await a.result;
    await settle();
    expect(started).toEqual(['a', 'b']);
    b.end();
    await b.result;
    await settle();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('refuses who finds the queue full, and says when to come back by what there is to do', async () => {
    const { begin, refusals } = place({ concurrency: 1, queueLength: 1, maxCost: 1 });
    begin('a', 2500);
    begin('b', 1000);
    await expect(begin('c', 1).result).rejects.toMatchObject({
      code: 'TRANSFORM_BUSY',
      options: { headers: { 'Retry-After': '4' } },
    });
    expect(refusals).toEqual(['full']);
  });

  it('lets in who stands behind one that waits no longer', async () => {
    const { begin, started, settle } = place({ maxCost: 100 });
    begin('a', 60);
    const impatient = new AbortController();
    const large = begin('large', 60, impatient.signal);
    begin('small', 30);
    await settle();
    expect(started).toEqual(['a']);
    impatient.abort();
    await expect(large.result).rejects.toMatchObject({ code: 'TRANSFORM_BUSY' });
    await settle();
    expect(started).toEqual(['a', 'small']);
  });

  it('gives the place in the queue of who went away to others', async () => {
    const { begin, load, settle, refusals } = place({ concurrency: 1, queueLength: 1 });
    begin('a', 1);
    const gone = new AbortController();
    const b = begin('b', 1, gone.signal);
    gone.abort();
    await expect(b.result).rejects.toMatchObject({ code: 'TRANSFORM_BUSY' });
    begin('c', 1);
    await settle();
    expect([load(), refusals]).toEqual([{ running: 1, waiting: 1 }, []]);
  });

  it('makes room when work fails', async () => {
    const { begin, load } = place({ concurrency: 1 });
    const admission = new Admission(
      { concurrency: 1, maxCost: 1, queueLength: 0 },
      { changed: () => undefined, refused: () => undefined },
    );
    const entrance = { cost: 1, signal: never };
    await expect(admission.run(entrance, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await admission.run(entrance, async () => 'yes')).toBe('yes');
    const a = begin('a', 1);
    a.end();
    await a.result;
    expect(load()).toEqual({ running: 0, waiting: 0 });
  });
});
