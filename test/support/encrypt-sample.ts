import { createCipheriv } from 'node:crypto';
import type { HlsSample } from '../fixtures/hls-sample.js';

/** Encrypts the segments of a sample, each rendition by a key of its own, as the service does. */
export function encryptSample(files: HlsSample, keyBytes = 16): void {
  for (const name of ['90p', '180p', 'audio']) {
    const key = Buffer.alloc(16, name);
    files.set(`${name}/g1.key`, key.subarray(0, keyBytes));
    for (const number of [1, 2, 3]) {
      const path = `${name}/0000${number}.m4s`;
      const vector = Buffer.alloc(16);
      vector.writeUInt32BE(number, 12);
      const cipher = createCipheriv('aes-128-cbc', key, vector);
      files.set(path, Buffer.concat([cipher.update(files.get(path) ?? ''), cipher.final()]));
    }
    const playlist = `${name}/index.m3u8`;
    const text = files.get(playlist)?.toString() ?? '';
    const encrypted = text.replace(/#EXT-X-MAP.*\n/, '$&#EXT-X-KEY:METHOD=AES-128,URI="g1.key"\n');
    files.set(playlist, Buffer.from(encrypted));
  }
  const master = files.get('master.m3u8')?.toString() ?? '';
  files.set('master.m3u8', Buffer.from(master.replaceAll(/#EXT-X-I-FRAME-STREAM-INF.*\n/g, '')));
}
