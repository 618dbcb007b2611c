import { describe, expect, it } from '@jest/globals';
import type { CanonicalTransform, JobQueues } from '../../processing/index.js';
import { BackgroundTransforms } from './background-transforms.js';

const canonical = { format: 'avif', width: 1, height: 1 } as unknown as CanonicalTransform;
const key = (number: number) => ({ mediaId: 'm', hash: `h${number}` });

function queue() {
  const ids: string[] = [];
  const queues = {
    add: async (requests: { jobId: string }[]) => void ids.push(...requests.map(({ jobId }) => jobId)),
  } as unknown as JobQueues;
  return { ids, background: new BackgroundTransforms(queues) };
}

describe('BackgroundTransforms', () => {
  it('asks once for what many requests want', () => {
    const { ids, background } = queue();
    expect(background.pending(key(1))).toBe(false);
    for (let i = 0; i < 50; i += 1) background.request(key(1), canonical);
    expect([ids, background.pending(key(1))]).toEqual([['media.make-transform-m-h1'], true]);
  });

  it('bounds what requests can ask for in a minute, and not what a job asks for', async () => {
    const { ids, background } = queue();
    for (let i = 0; i < 500; i += 1) background.request(key(i), canonical);
    expect(ids).toHaveLength(120);
    await background.enqueue(key(1000), canonical);
    expect(ids).toHaveLength(121);
  });
});
