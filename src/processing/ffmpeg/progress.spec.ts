import { describe, expect, it, jest } from '@jest/globals';
import { progressReader } from './progress.js';

function feed(blocks: string[][]) {
  const onTime = jest.fn<(doneMs: number) => void>();
  const onFrames = jest.fn<(frames: number) => void>();
  const alive = jest.fn();
  const read = progressReader({ onTime, onFrames });
  for (const block of blocks) for (const line of [...block, 'progress=continue']) read(line, alive);
  const times = onTime.mock.calls.map(([time]) => time);
  return { times, frames: onFrames.mock.calls.map(([count]) => count), lives: alive.mock.calls.length };
}

describe('progressReader', () => {
  it('reads how much is done', () => {
    const { times, frames } = feed([['frame=1', 'out_time=00:00:00.500000'], ['out_time=01:02:03.250000']]);
    expect(times).toEqual([500, 3_723_250]);
    expect(frames).toEqual([1]);
  });

  it('ignores what is no time yet', () => {
    expect(feed([['out_time=N/A'], ['out_time=-00:00:00.02']]).times).toEqual([]);
  });

  it('takes only news for a sign of life', () => {
    const block = ['frame=7', 'fps=0.1', 'total_size=N/A', 'out_time=00:00:01.000000'];
    expect(feed([block, block, block]).lives).toBe(1);
    expect(feed([block, ['frame=8', ...block.slice(1)]]).lives).toBe(2);
    expect(feed([block, [block[0] ?? '', 'fps=0.2', ...block.slice(2)]]).lives).toBe(1);
  });
});
