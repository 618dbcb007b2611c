import { describe, expect, it } from '@jest/globals';
import {
  afterMedia,
  afterUpload,
  type MediaStanding,
  type Standing,
  type UploadStanding,
} from './standing.js';

const upload: UploadStanding = { state: 'open', offset: 40, size: 100, failureCode: null, deleted: false };
const media: MediaStanding = {
  status: 'processing',
  generation: 2,
  progress: 50,
  playable: false,
  failureCode: null,
  visibility: 'private',
  deleted: false,
};
const standing: Standing = { id: 'x', ownerId: 'alice', orgId: null, upload, media: null };

describe('a change of the media', () => {
  it.each<[string, Partial<MediaStanding>]>([
    ['more progress', { progress: 51 }],
    ['the same again', {}],
    ['the end', { status: 'ready', progress: 100 }],
    ['a failure at less progress', { status: 'failed', progress: 0 }],
    ['a reprocess', { status: 'scanning', generation: 3, progress: 0 }],
  ])('is taken as told: %s', (_name, change) => {
    const told = { ...media, ...change };
    expect(afterMedia({ ...standing, media }, told)).toEqual({ ...standing, media: told });
  });

  it.each<[string, Partial<MediaStanding>]>([
    ['less progress', { progress: 49 }],
    ['an earlier status', { status: 'scanning', progress: 100 }],
    ['an earlier generation', { status: 'ready', generation: 1, progress: 100 }],
    ['a deletion, which may be undone by now', { deleted: true }],
  ])('sends one to the rows when it may be late: %s', (_name, change) => {
    expect(afterMedia({ ...standing, media }, { ...media, ...change })).toBeNull();
  });

  it('may be its first', () => {
    expect(afterMedia(standing, media)).toEqual({ ...standing, media });
  });
});

describe('a change of the upload', () => {
  it.each<[string, Partial<UploadStanding>]>([
    ['more bytes', { offset: 41 }],
    ['a refusal', { state: 'refused', failureCode: 'UPLOAD_TOO_LARGE' }],
    ['a length', { size: 200 }],
  ])('is taken as told: %s', (_name, change) => {
    const told = { ...upload, ...change };
    expect(afterUpload(standing, told)).toEqual({ ...standing, upload: told });
  });

  it.each<[string, Partial<UploadStanding>]>([
    ['fewer bytes', { offset: 39 }],
    ['the commit', { state: 'committed', offset: 100 }],
    ['the end of its row', { offset: 0, deleted: true }],
  ])('sends one to the rows: %s', (_name, change) => {
    expect(afterUpload(standing, { ...upload, ...change })).toBeNull();
  });

  it('counts while the media waits for its bytes', () => {
    const fetched = { ...standing, media: { ...media, status: 'pending' as const } };
    expect(afterUpload(fetched, { ...upload, offset: 60 })?.upload?.offset).toBe(60);
  });

  it('is history once the media has its bytes', () => {
    const committed = { ...standing, media };
    expect(afterUpload(committed, { ...upload, deleted: true })).toBe(committed);
  });
});
