import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import sharp from 'sharp';
import { loadConfig } from '../../../config/index.js';
import type { Database } from '../../../database/index.js';
import type { Media, MediaAnalysis, MediaRepository } from '../../../media/index.js';
import type { ObjectStore } from '../../../storage/index.js';
import type { PictureAnalyser } from '../../analysis/index.js';
import { analysisErrors } from '../../analysis/analysis.errors.js';
import type { JobContext } from '../job-handler.js';
import { AnalyseImageHandler } from './analyse-image.handler.js';

const run = { mediaId: '01990000-0000-7000-8000-000000000000', generation: 2 };
const face = { x: 0.1, y: 0.1, width: 0.2, height: 0.2, score: 0.9 };
type Analyse = PictureAnalyser['analyse'];

/** The row of a picture that is ready, as the handler finds it. */
function row(changes: Partial<Media> = {}): Partial<Media> {
  return { generation: 2, status: 'ready', deletedAt: null, metadata: {}, ...changes };
}

describe('AnalyseImageHandler', () => {
  const analyse = jest.fn<Analyse>();
  const keep = jest.fn<MediaRepository['keepAnalysis']>();
  beforeEach(() => {
    analyse.mockReset().mockResolvedValue({ faces: [face], objects: null, nsfw: null });
    keep.mockReset().mockResolvedValue(true);
  });

  async function handle(
    media: Partial<Media> | null,
    { features = 'faces', ...context }: Partial<JobContext> & { features?: string } = {},
  ): Promise<void> {
    const { analysis, processing } = loadConfig({ ROLE: 'api', IMAGE_ANALYSIS: features });
    const thumbnail = { storageKey: 'a' };
    const picture = await sharp({ create: { width: 1200, height: 600, channels: 3, background: 'red' } })
      .webp()
      .toBuffer();
    const handler = new AnalyseImageHandler(
      { find: async () => media, keepAnalysis: keep } as unknown as MediaRepository,
      { unit: () => ({ findOne: async () => thumbnail }) } as unknown as Database,
      { get: async () => Readable.from([picture]) } as unknown as ObjectStore,
      { analyse } as unknown as PictureAnalyser,
      analysis,
      processing,
    );
    await handler.handle(run, {
      signal: new AbortController().signal,
      attempt: 1,
      lastAttempt: false,
      reportProgress: async () => undefined,
      ...context,
    });
  }

  it('looks at the thumbnail, no larger than the models need, and keeps what it sees', async () => {
    await handle(row());
    const [picture] = analyse.mock.calls[0] ?? [];
    expect([picture?.width, picture?.height, picture?.pixels.length]).toEqual([640, 320, 640 * 320 * 3]);
    expect(keep).toHaveBeenCalledWith(
      { id: run.mediaId, generation: 2 },
      { faces: [face], objects: null, nsfw: null, failureCode: null, analysedAt: expect.any(String) },
      ['face'],
    );
  });

  it.each([
    ['that is gone', null, 'faces'],
    ['in the trash', row({ deletedAt: new Date() }), 'faces'],
    ['that is processed again', row({ status: 'processing' }), 'faces'],
    ['of another generation', row({ generation: 3 }), 'faces'],
    ['that was analysed', row({ metadata: { analysis: {} } }), 'faces'],
    ['when it is switched off', row(), ''],
  ])('leaves alone a media %s', async (_, media, features) => {
    await handle(media, { features });
    expect(analyse).not.toHaveBeenCalled();
    expect(keep).not.toHaveBeenCalled();
  });

  const notes = (code: string) => [
    { id: run.mediaId, generation: 2 },
    expect.objectContaining({ failureCode: code, faces: null } satisfies Partial<MediaAnalysis>),
    [],
  ];

  it('notes a failure that no retry can mend, at once', async () => {
    analyse.mockRejectedValue(analysisErrors.ANALYSIS_TIMEOUT());
    await expect(handle(row())).rejects.toMatchObject({ code: 'ANALYSIS_TIMEOUT' });
    expect(keep.mock.calls).toEqual([notes('ANALYSIS_TIMEOUT')]);
  });

  it('notes any other failure when no attempt is left', async () => {
    analyse.mockRejectedValue(analysisErrors.ANALYSIS_FAILED());
    await expect(handle(row())).rejects.toMatchObject({ code: 'ANALYSIS_FAILED' });
    expect(keep).not.toHaveBeenCalled();
    await expect(handle(row(), { lastAttempt: true })).rejects.toMatchObject({ code: 'ANALYSIS_FAILED' });
    expect(keep.mock.calls).toEqual([notes('ANALYSIS_FAILED')]);
  });

  it('notes nothing when it was interrupted', async () => {
    analyse.mockRejectedValue(analysisErrors.ANALYSIS_TIMEOUT());
    await expect(handle(row(), { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(keep).not.toHaveBeenCalled();
  });
});
