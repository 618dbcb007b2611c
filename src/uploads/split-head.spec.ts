import { describe, expect, it } from '@jest/globals';
import { splitHead } from './split-head.js';

/** A source of the given texts that tells whether it was let go of. */
function sourceOf(...texts: string[]): { source: AsyncGenerator<Buffer>; ended: () => boolean } {
  let ended = false;
  async function* generate(): AsyncGenerator<Buffer> {
    try {
      for (const text of texts) yield Buffer.from(text);
    } finally {
      ended = true;
    }
  }
  return { source: generate(), ended: () => ended };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

describe('splitHead', () => {
  it.each([
    ['shorter than the head', ['abc'], 'abc'],
    ['exactly the head', ['abcd'], 'abcd'],
    ['longer, in one chunk', ['abcdefgh'], 'abcd'],
    ['in single bytes', ['a', 'b', 'c', 'd', 'e', 'f'], 'abcd'],
    ['across a boundary', ['abc', 'def', 'gh'], 'abcd'],
    ['empty', [], ''],
  ])('reads the head of a source that is %s and loses nothing', async (_, texts, expected) => {
    const { head, whole } = await splitHead(sourceOf(...texts).source, 4);
    expect(head.toString()).toBe(expected);
    expect(await textOf(whole)).toBe(texts.join(''));
  });

  it('lets go of the source when the whole is not read to its end', async () => {
    const { source, ended } = sourceOf('abcd', 'efgh', 'ijkl');
    const { whole } = await splitHead(source, 4);
    for await (const chunk of whole) {
      expect(chunk.toString()).toBe('abcd');
      break;
    }
    expect(ended()).toBe(true);
  });

  it('passes on what the source fails with, in the head and after it', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from('abcd');
      throw new Error('broken');
    }
    await expect(splitHead(failing(), 8)).rejects.toThrow('broken');
    const { whole } = await splitHead(failing(), 4);
    await expect(textOf(whole)).rejects.toThrow('broken');
  });
});
