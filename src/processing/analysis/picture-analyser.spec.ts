import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { addOn, needsAddOn, needsPortrait, portrait } from '../../../test/support/analysis-add-on.js';
import { type AnalysisConfig, loadConfig } from '../../config/index.js';
import { findCommand } from '../ffmpeg/index.js';
import { readRgbPixels } from '../image/index.js';
import type { AnalysedPicture } from './analysis-messages.js';
import { PictureAnalyser } from './picture-analyser.js';

const limits = { maxPixels: 100_000_000, timeoutSeconds: 30 };
const limited = existsSync('/proc') && (await findCommand('prlimit')) !== null;
const describeInstalled = addOn ? describe : describe.skip;
const itWithPortrait = portrait ? it : it.skip;
const itWhenLimited = limited ? it : it.skip;

/** Slow machines load the models for seconds. */
const PATIENCE_SECONDS = '120';
const grey: AnalysedPicture = { width: 320, height: 240, pixels: new Uint8Array(320 * 240 * 3).fill(128) };
const stripes: AnalysedPicture = {
  ...grey,
  pixels: grey.pixels.map((_, index) => (index % 60 < 30 ? 0 : 255)),
};
const never = new AbortController().signal;

describe('PictureAnalyser', () => {
  let analyser: PictureAnalyser | null = null;
  afterEach(() => analyser?.onModuleDestroy());

  function start(env: Record<string, string> = {}, settings: Partial<AnalysisConfig> = {}): PictureAnalyser {
    const { analysis } = loadConfig({
      ROLE: 'api',
      IMAGE_ANALYSIS: 'faces,objects,nsfw',
      IMAGE_ANALYSIS_TIMEOUT_SECONDS: PATIENCE_SECONDS,
      ...(addOn && { IMAGE_ANALYSIS_PATH: addOn }),
      ...env,
    });
    analyser = new PictureAnalyser({ ...analysis, ...settings });
    return analyser;
  }

  it('fails when its models are not there', async () => {
    const running = start({ IMAGE_ANALYSIS_PATH: '/nonexistent' }).analyse(grey, never);
    await expect(running).rejects.toMatchObject({ code: 'ANALYSIS_FAILED' });
  });

  describeInstalled(`with its models ${needsAddOn}`, () => {
    itWithPortrait(`finds the face and the person of a portrait, each time ${needsPortrait}`, async () => {
      const picture = await readRgbPixels(await readFile(portrait ?? ''), 640, limits);
      const running = start();
      const seen = await running.analyse(picture, never);
      const [face, ...doubtful] = (seen.faces ?? []).filter(({ score }) => score > 0.3);
      expect(doubtful).toEqual([]);
      expect(face?.score).toBeGreaterThan(0.8);
      const centre = face && [face.x + face.width / 2, face.y + face.height / 2];
      expect(centre?.[0]).toBeCloseTo(0.5, 1);
      expect(centre?.[1]).toBeCloseTo(0.33, 1);
      expect(seen.objects?.find(({ score }) => score > 0.5)).toMatchObject({ label: 'person' });
      const shares = Object.values(seen.nsfw ?? {});
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
      expect((seen.nsfw?.['porn'] ?? 1) + (seen.nsfw?.['sexy'] ?? 1)).toBeLessThan(0.1);

      // Nothing of the picture before is left in the next.
      const plain = await running.analyse(grey, never);
      expect([plain.faces, plain.objects]).toEqual([[], []]);
      expect(await running.analyse(picture, never)).toEqual(seen);
    });

    it('looks for what is asked for and for nothing else', async () => {
      const seen = await start({ IMAGE_ANALYSIS: 'objects' }).analyse(grey, never);
      expect(seen).toEqual({ faces: null, objects: [], nsfw: null });
    });

    it('is killed when a picture is no longer wanted, and none gets the answer for another', async () => {
      const running = start({ IMAGE_ANALYSIS: 'nsfw' });
      const expected = await running.analyse(grey, never);
      expect(await running.analyse(stripes, never)).not.toEqual(expected);
      const controller = new AbortController();
      const first = running.analyse(stripes, controller.signal);
      const second = running.analyse(grey, never);
      await setImmediate();
      controller.abort(new Error('shutdown'));
      await expect(first).rejects.toThrow('shutdown');
      expect(await second).toEqual(expected);
    });

    it('gives up on a picture that takes too long', async () => {
      const running = start({}, { timeoutSeconds: 0.001 });
      await expect(running.analyse(grey, never)).rejects.toMatchObject({ code: 'ANALYSIS_TIMEOUT' });
    });

    itWhenLimited('fails alone when it runs out of memory, and serves the next (needs prlimit)', async () => {
      const running = start({ IMAGE_ANALYSIS: 'faces', IMAGE_ANALYSIS_MEMORY_MB: '900' });
      const side = 12_000;
      const huge = { width: side, height: side, pixels: new Uint8Array(side * side * 3) };
      await expect(running.analyse(huge, never)).rejects.toMatchObject({ code: 'ANALYSIS_FAILED' });
      expect((await running.analyse(grey, never)).faces).toEqual([]);
    });
  });
});
