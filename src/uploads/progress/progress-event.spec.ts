import { describe, expect, it } from '@jest/globals';
import { eventOf, isLast } from './progress-event.js';
import type { MediaStanding, UploadStanding } from './standing.js';

const id = '01990000-0000-7000-8000-000000000000';
const owner = { id, ownerId: 'alice', orgId: null };
const upload = (changes: Partial<UploadStanding> = {}): UploadStanding => ({
  state: 'open',
  offset: 40,
  size: 100,
  failureCode: null,
  deleted: false,
  ...changes,
});
const media = (changes: Partial<MediaStanding> = {}): MediaStanding => ({
  status: 'scanning',
  generation: 1,
  progress: 0,
  playable: false,
  failureCode: null,
  visibility: 'private',
  deleted: false,
  ...changes,
});

const goesOn: [string, UploadStanding | null, MediaStanding | null, string, object][] = [
  ['an open upload', upload(), null, 'received', { receivedBytes: 40, sizeBytes: 100 }],
  ['one of unknown length', upload({ size: null }), null, 'received', { receivedBytes: 40, sizeBytes: null }],
  [
    'one that is made a media',
    upload({ state: 'finishing', offset: 100 }),
    null,
    'received',
    { receivedBytes: 100, sizeBytes: 100 },
  ],
  [
    'one whose bytes went to the bucket',
    upload({ state: 'committed', offset: 0 }),
    null,
    'received',
    { receivedBytes: 100, sizeBytes: 100 },
  ],
  [
    'a media whose bytes are fetched',
    upload(),
    media({ status: 'pending' }),
    'received',
    { receivedBytes: 40, sizeBytes: 100 },
  ],
  [
    'a media that was just made',
    null,
    media({ status: 'pending' }),
    'received',
    { receivedBytes: 0, sizeBytes: null },
  ],
  ['the scan', upload({ state: 'committed' }), media(), 'scanning', {}],
  [
    'the processing',
    null,
    media({ status: 'processing', progress: 55, playable: true }),
    'processing',
    { progress: 55, playable: true },
  ],
];

const over: [string, UploadStanding | null, MediaStanding | null, string, object][] = [
  ['the end', null, media({ status: 'ready', progress: 100 }), 'ready', {}],
  [
    'a failure',
    null,
    media({ status: 'failed', failureCode: 'IMAGE_CORRUPT' }),
    'failed',
    { failure: { code: 'IMAGE_CORRUPT' } },
  ],
  [
    'a virus',
    null,
    media({ status: 'quarantined', failureCode: 'MEDIA_INFECTED' }),
    'quarantined',
    { failure: { code: 'MEDIA_INFECTED' } },
  ],
  [
    'a refusal',
    upload({ state: 'refused', failureCode: 'UPLOAD_TOO_LARGE' }),
    null,
    'refused',
    { failure: { code: 'UPLOAD_TOO_LARGE' } },
  ],
  ['a refusal without a reason', upload({ state: 'refused' }), null, 'refused', { failure: null }],
  ['a media that was deleted', upload(), media({ status: 'ready', deleted: true }), 'deleted', {}],
  ['an upload that was given up', upload({ deleted: true }), null, 'deleted', {}],
  ['nothing', null, null, 'deleted', {}],
];

describe('the event of', () => {
  it.each(goesOn)('%s', (_name, upload, media, event, data) => {
    const told = eventOf({ ...owner, upload, media });
    expect(told).toEqual({ event, data: { id, ...data } });
    expect(isLast(told)).toBe(false);
  });

  it.each(over)('%s, after which nothing follows', (_name, upload, media, event, data) => {
    const told = eventOf({ ...owner, upload, media });
    expect(told).toEqual({ event, data: { id, ...data } });
    expect(isLast(told)).toBe(true);
  });
});
