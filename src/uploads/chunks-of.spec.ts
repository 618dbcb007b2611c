import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { chunksOf } from './chunks-of.js';

const never = (): AbortSignal => new AbortController().signal;

async function read(source: Readable, signal = never()): Promise<string> {
  let text = '';
  for await (const chunk of chunksOf(source, signal)) text += chunk.toString();
  return text;
}

describe('chunksOf', () => {
  it('gives what comes, until the end', async () => {
    const source = new PassThrough();
    const result = read(source);
    for (const part of ['a', 'b', 'c']) {
      source.write(part);
      await sleep(5);
    }
    source.end();
    expect(await result).toBe('abc');
  });

  it.each([
    ['is empty', Readable.from([], { objectMode: false })],
    ['has ended before', Readable.from(['x'], { objectMode: false }).resume()],
  ])('ends at once for a stream that %s', async (_name, source) => {
    await sleep(20);
    expect(await read(source)).toBe('');
  });

  it('fails with the failure of the stream, also one from before', async () => {
    const source = new PassThrough();
    source.on('error', () => undefined);
    const result = read(source);
    source.destroy(new Error('broken'));
    await expect(result).rejects.toThrow('broken');
    await expect(read(source)).rejects.toThrow('broken');
  });

  it('does not take a stream that was closed early for a whole one', async () => {
    const source = new PassThrough();
    source.write('a');
    const result = read(source);
    await sleep(5);
    source.destroy();
    await expect(result).rejects.toThrow('closed before its end');
  });

  it('ends with the reason of its signal while it waits, and leaves the stream alone', async () => {
    const source = new PassThrough();
    const controller = new AbortController();
    const result = read(source, controller.signal);
    await sleep(5);
    controller.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    expect(source.destroyed).toBe(false);
    expect(source.listenerCount('readable')).toBe(0);
    source.end('rest');
    expect(await read(source)).toBe('rest');
  });
});
