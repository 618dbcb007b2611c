import { describe, expect, it } from '@jest/globals';
import { newId } from '../common/index.js';
import { Media } from './entities/media.entity.js';
import { supplementJobs } from './media-jobs.js';

function jobsOf(changes: Partial<Media>): string[] {
  const media = Object.assign(new Media(), {
    id: newId(),
    generation: 1,
    kind: 'video',
    posterMs: null,
    metadata: {},
  });
  return supplementJobs(Object.assign(media, changes)).map(({ job }) => job);
}

describe('supplementJobs', () => {
  it.each<[string, Partial<Media>, string[]]>([
    ['a video', {}, ['media.make-pictures']],
    ['a video with a poster of its own', { posterMs: 100 }, ['media.make-pictures', 'media.make-poster']],
    ['a video that can not be decoded', { metadata: { downloadOnly: true }, posterMs: 100 }, []],
    ['sound', { kind: 'audio' }, []],
  ])('are asked for %s', (_, changes, jobs) => {
    expect(jobsOf(changes)).toEqual(jobs);
  });
});
