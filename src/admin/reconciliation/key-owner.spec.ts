import { describe, expect, it } from '@jest/globals';
import { ownerOf } from './key-owner.js';

const id = '0198f0f0-0000-7000-8000-0000000000ab';

describe('ownerOf', () => {
  it('takes the key of an original apart', () => {
    expect(ownerOf(`originals/ab/${id}/original`)).toEqual({
      key: `originals/ab/${id}/original`,
      prefixes: [`originals/ab/${id}/`],
      originalKey: `originals/ab/${id}/original`,
      upload: id,
      media: null,
      attempt: null,
    });
  });

  it('names all that a key lies under, the longest last', () => {
    expect(ownerOf(`incoming/ab/${id}/a/b`)).toMatchObject({
      prefixes: [`incoming/ab/${id}/`, `incoming/ab/${id}/a/`],
      upload: id,
    });
  });

  it('knows the attempt that wrote a variant', () => {
    const attempt = `media/ab/${id}/v/7/`;
    expect(ownerOf(`${attempt}hls/720p/1.m4s`)).toMatchObject({
      prefixes: [`media/ab/${id}/`, `media/ab/${id}/v/`, attempt, `${attempt}hls/`, `${attempt}hls/720p/`],
      originalKey: `media/ab/${id}/original`,
      upload: null,
      media: id,
      attempt,
    });
  });

  it('knows an original from before they had a place of their own', () => {
    expect(ownerOf(`media/ab/${id}/original`)).toMatchObject({ media: id, attempt: null });
  });

  it.each([
    'backup.tar',
    'originals/',
    `originals/ab/${id}`,
    `originals/ab/${id}/`,
    `originals/aa/${id}/original`,
    `other/ab/${id}/original`,
    `originals/ab/${id.toUpperCase()}/original`,
    `x/originals/ab/${id}/original`,
    '',
  ])('knows %j as none of the service', (key) => {
    expect(ownerOf(key)).toBeNull();
  });
});
