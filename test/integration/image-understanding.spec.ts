import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isBlurhashValid } from 'blurhash';
import { imageFixture } from '../fixtures/image-fixtures.js';
import { analyseJob, facesOf, MediaLookup, MediaRepository } from '../../src/media/index.js';
import { JobQueues } from '../../src/processing/index.js';
import { RequestAnalysesHandler } from '../../src/processing/jobs/handlers/request-analyses.handler.js';
import { addOn, needsAddOn, needsPortrait, portrait } from '../support/analysis-add-on.js';
import { Api, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { pdf, plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Found {
  x: number;
  y: number;
  width: number;
  height: number;
  score: number;
  label?: string;
}

interface Metadata {
  technical: Record<string, unknown>;
  exif: Record<string, unknown> | null;
  gps?: Record<string, unknown> | null;
  dominantColor: string | null;
  palette: { color: string; share: number }[];
  thumbhash: string | null;
  blurhash: string | null;
  perceptualHash: string | null;
  tags: string[];
  autoTags: string[];
  analysis: {
    faces: Found[] | null;
    objects: Found[] | null;
    nsfw: { score: number } | null;
    failureCode: string | null;
  } | null;
}

const at = ({ id }: MediaJson, query = '') => `/v1/media/${id}/metadata${query}`;
const jpeg = { name: 'photo.jpg', type: 'image/jpeg' };
const namesOf = async (api: Api, query: string) =>
  (await api.json<{ items: MediaJson[] }>(`/v1/media?${query}`)).items
    .map(({ filename }) => filename)
    .toSorted();

describe('the metadata of a media', () => {
  let service: TestApp;
  let alice: Api;
  let photo: MediaJson;
  beforeAll(async () => {
    service = await startTestApp();
    alice = await Api.as(service, { sub: 'alice' });
    const bytes = await readFile(await imageFixture('photo-12mp.jpg'));
    photo = await alice.uploadReady(bytes, { ...jpeg, fields: { visibility: 'public', tags: 'own' } });
  });
  afterAll(() => service.close());

  it('is all that is known of a picture, but for the place', async () => {
    const response = await alice.get(at(photo));
    const text = await response.text();
    const metadata = JSON.parse(text) as Metadata;
    expect(metadata).toMatchObject({
      id: photo.id,
      width: 4000,
      height: 3000,
      technical: { format: 'jpeg', colorSpace: 'srgb', frames: 1 },
      exif: { make: expect.any(String) },
      perceptualHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      tags: ['own'],
      autoTags: [],
      analysis: null,
    });
    expect(Object.keys(metadata.technical)).not.toContain('exif');
    expect(isBlurhashValid(metadata.blurhash ?? '').result).toBe(true);
    expect(metadata.thumbhash).toBe(
      (await alice.json<{ placeholder: string }>(`/v1/media/${photo.id}`)).placeholder,
    );
    expect(metadata.palette[0]?.color).toBe(metadata.dominantColor);
    expect(metadata.palette.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 2);
    expect(text).not.toMatch(/gps|latitude|54\.53/i);
  });

  it('tells the place to the owner alone, and only when asked', async () => {
    const response = await alice.get(at(photo, '?include=gps'));
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(((await response.json()) as Metadata).gps).toMatchObject({
      latitude: 54.535833,
      longitude: 13.678056,
    });
    const bob = await Api.as(service, { sub: 'bob' });
    expect(await problemOf(await bob.get(at(photo, '?include=gps')))).toBe('403 MEDIA_FORBIDDEN');
    const anyone = Api.anonymous(service);
    expect((await anyone.get(at(photo, '?include=gps'))).status).toBe(401);
    expect((await anyone.get(at(photo))).status).toBe(200);
    const root = await Api.as(service, { sub: 'root', scopes: ['media:read', 'admin'] });
    expect((await root.json<Metadata>(at(photo, '?include=gps'))).gps).toMatchObject({ latitude: 54.535833 });
  });

  it('says that a picture without a place has none', async () => {
    const plain = await alice.uploadReady(await plainPicture(40, 30, 7));
    expect((await alice.json<Metadata>(at(plain, '?include=gps'))).gps).toBeNull();
    expect((await alice.json<Metadata>(at(plain))).dominantColor).toBe('#077800');
  });

  it('is hidden where the media is, and refuses what it does not know', async () => {
    const secret = await alice.uploadReady(await plainPicture(40, 30, 8));
    const bob = await Api.as(service, { sub: 'bob' });
    for (const query of ['', '?include=gps'])
      expect(await problemOf(await bob.get(at(secret, query)))).toBe('404 MEDIA_NOT_FOUND');
    expect(await problemOf(await alice.get(at(secret, '?include=owner')))).toBe('400 VALIDATION_FAILED');
  });

  it('is known to a client that has it', async () => {
    const etag = (await alice.get(at(photo))).headers.get('etag') ?? '';
    expect((await alice.get(at(photo), { 'if-none-match': etag })).status).toBe(304);
  });

  it('has nothing to say of the looks of a document', async () => {
    const document = await alice.uploadReady(pdf, { name: 'a.pdf', type: 'application/pdf' });
    expect(await alice.json<Metadata>(at(document, '?include=gps'))).toMatchObject({
      exif: null,
      gps: null,
      palette: [],
      dominantColor: null,
      blurhash: null,
      perceptualHash: null,
      analysis: null,
    });
  });

  it('is asked for an analysis where there is none, of pictures alone, and keeps that of its generation', async () => {
    const dora = await Api.as(service, { sub: 'dora' });
    const document = await dora.uploadReady(pdf, { name: 'a.pdf', type: 'application/pdf' });
    const picture = await dora.uploadReady(await plainPicture(30, 30, 4));
    await dora.send('DELETE', `/v1/media/${(await dora.uploadReady(await plainPicture(30, 30, 5))).id}`);
    const repository = service.app.get(MediaRepository);
    // Ids grow with time.
    const found = (before: number, from = document.id) =>
      repository.findNotAnalysed({ after: from, before: new Date(Date.now() + before), limit: 10 });
    expect(await found(60_000)).toEqual([{ id: picture.id, generation: 1 }]);
    expect(await found(-60_000)).toEqual([]);
    expect(await found(60_000, picture.id)).toEqual([]);

    const analysis = {
      analysedAt: new Date().toISOString(),
      faces: [],
      objects: null,
      nsfw: null,
      failureCode: null,
    };
    expect(await repository.keepAnalysis({ id: picture.id, generation: 2 }, analysis, ['no'])).toBe(false);
    expect(await repository.keepAnalysis({ id: picture.id, generation: 1 }, analysis, ['dog'])).toBe(true);
    expect(await dora.json<Metadata>(at(picture))).toMatchObject({
      analysis,
      autoTags: ['dog'],
      dominantColor: '#047800',
    });
    expect(await found(60_000)).toEqual([]);
  });

  it('shows suggested tags beside the own, which are searched together or apart', async () => {
    const carol = await Api.as(service, { sub: 'carol' });
    const upload = async (number: number, name: string, tags: string, suggested: string[]) => {
      const fields: Record<string, string> = tags === '' ? {} : { tags };
      const media = await carol.uploadReady(await plainPicture(20, 20, number), { name, fields });
      await onDatabase(service, 'update media set auto_tags = $2 where id = $1', [media.id, suggested]);
      return media;
    };
    const mine = await upload(1, 'mine.png', 'dog', []);
    await upload(2, 'seen.png', '', ['dog', 'cat']);
    await upload(3, 'both.png', 'beach', ['dog']);
    expect(await namesOf(carol, 'tag=dog')).toEqual(['both.png', 'mine.png', 'seen.png']);
    expect(await namesOf(carol, 'tag=dog&tagSource=own')).toEqual(['mine.png']);
    expect(await namesOf(carol, 'tag=dog&tagSource=suggested')).toEqual(['both.png', 'seen.png']);
    expect(await namesOf(carol, 'tag=dog&tag=beach')).toEqual(['both.png']);
    expect(await namesOf(carol, 'tag=dog&tag=beach&tagSource=own')).toEqual([]);
    expect((await carol.get('/v1/media?tag=dog&tagSource=guess')).status).toBe(400);

    await carol.send('PATCH', `/v1/media/${mine.id}`, { body: { tags: null } });
    expect(await namesOf(carol, 'tag=dog')).toEqual(['both.png', 'seen.png']);
  });
});

const describeAnalysis = addOn && portrait ? describe : describe.skip;

describeAnalysis(`the analysis of pictures ${needsAddOn} ${needsPortrait}`, () => {
  let service: TestApp;
  let alice: Api;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        IMAGE_ANALYSIS: 'faces,objects,nsfw',
        IMAGE_ANALYSIS_PATH: addOn ?? '',
        IMAGE_ANALYSIS_TIMEOUT_SECONDS: '120',
      },
    });
    alice = await Api.as(service, { sub: 'alice' });
  });
  afterAll(() => service.close());

  const analysed = (media: MediaJson) =>
    eventually(async () => {
      const metadata = await alice.json<Metadata>(at(media));
      if (metadata.analysis === null) throw new Error('not analysed yet');
      return metadata;
    }, 120_000);

  it('finds the face and suggests tags, again after a reprocess, and never touches the own', async () => {
    const media = await alice.uploadReady(await readFile(portrait ?? ''), {
      ...jpeg,
      fields: { tags: 'bar' },
    });
    const { analysis, autoTags, tags, technical } = await analysed(media);
    expect(analysis?.failureCode).toBeNull();
    expect(analysis?.faces).toHaveLength(1);
    const [face] = analysis?.faces ?? [];
    expect((face?.x ?? 0) + (face?.width ?? 0) / 2).toBeCloseTo(0.5, 1);
    expect((face?.y ?? 0) + (face?.height ?? 0) / 2).toBeCloseTo(0.33, 1);
    expect(analysis?.objects?.map(({ label }) => label)).toContain('person');
    expect(analysis?.nsfw?.score).toBeLessThan(0.2);
    expect(autoTags.toSorted()).toEqual(['face', 'person']);
    expect(tags).toEqual(['bar']);
    expect(technical['analysis']).toBeUndefined();
    const view = await service.app.get(MediaLookup).find(media.id);
    expect(facesOf(view?.metadata ?? {})).toEqual(analysis?.faces);

    const seen = await alice.json<{ autoTags: string[]; metadata: object }>(`/v1/media/${media.id}`);
    expect(seen.autoTags).toEqual(autoTags);
    expect(Object.keys(seen.metadata)).not.toContain('analysis');
    expect(await namesOf(alice, 'tag=person&tag=bar')).toEqual(['photo.jpg']);

    const patched = await alice.send('PATCH', `/v1/media/${media.id}`, { body: { tags: ['pub'] } });
    expect(await patched.json()).toMatchObject({ tags: ['pub'], autoTags });
    await alice.send('POST', `/v1/media/${media.id}/reprocess`);
    await alice.until(media.id);
    const again = await analysed(media);
    expect(again.analysis?.faces).toEqual(analysis?.faces);
    expect(again).toMatchObject({ tags: ['pub'], autoTags });
  });

  it('finds nothing in a plain picture, also when it is asked for later', async () => {
    const media = await alice.uploadReady(await plainPicture(300, 200, 9));
    expect(await analysed(media)).toMatchObject({
      analysis: { faces: [], objects: [], nsfw: { score: expect.any(Number) }, failureCode: null },
      autoTags: [],
    });

    // As one from before it was switched on.
    await onDatabase(
      service,
      `update media set metadata = metadata - 'analysis', updated_at = now() - interval '1 hour' where id = $1`,
      [media.id],
    );
    await service.app.get(JobQueues).forget(analyseJob({ id: media.id, generation: 1 }));
    const { signal } = new AbortController();
    const context = { signal, attempt: 1, lastAttempt: true, reportProgress: async () => undefined };
    await service.app.get(RequestAnalysesHandler).handle({}, context);
    expect((await analysed(media)).analysis).toMatchObject({ faces: [], failureCode: null });
  });
});
