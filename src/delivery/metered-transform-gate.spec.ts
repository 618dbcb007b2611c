import { afterEach, describe, expect, it } from '@jest/globals';
import { Gauge, register } from 'prom-client';
import { TransformGate } from '../processing/index.js';
import { MeteredTransformGate } from './metered-transform-gate.js';

describe('MeteredTransformGate', () => {
  afterEach(() => register.clear());

  it('tells how many wait, until none do', async () => {
    const waiting = new Gauge({ name: 'waiting', help: 'x' });
    const gate = new MeteredTransformGate(new TransformGate({ concurrency: 1, queueLength: 2 }), waiting);
    const value = async () => (await waiting.get()).values[0]?.value;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const results = ['a', 'b', 'c'].map((key) =>
      gate.run(key, async () => {
        await held;
        return key;
      }),
    );
    expect(await value()).toBe(2);
    await expect(gate.run('d', async () => 'd')).rejects.toMatchObject({ code: 'TRANSFORM_BUSY' });
    expect(await value()).toBe(2);
    release();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(await value()).toBe(0);
  });
});
