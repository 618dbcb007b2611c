import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../config/index.js';
import { UploadSlots } from './upload-slots.js';

describe('UploadSlots', () => {
  const slots = (count: number): UploadSlots =>
    new UploadSlots(loadConfig({ MAX_CONCURRENT_UPLOADS: String(count) }).uploads);

  it('refuses one more upload than there are places, and says when to come back', async () => {
    const places = slots(2);
    const gate = Promise.withResolvers<string>();
    const running = [places.occupy(() => gate.promise), places.occupy(() => gate.promise)];
    await expect(places.occupy(async () => 'third')).rejects.toMatchObject({
      code: 'UPLOADS_BUSY',
      status: 503,
      options: { headers: { 'Retry-After': '5' } },
    });
    gate.resolve('done');
    expect(await Promise.all(running)).toEqual(['done', 'done']);
  });

  it('frees the place of an upload however it ends', async () => {
    const places = slots(1);
    await expect(places.occupy(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await places.occupy(async () => 'next')).toBe('next');
    expect(await places.occupy(async () => 'and next')).toBe('and next');
  });
});
