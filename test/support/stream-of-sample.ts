import type { MediaStream, StreamRendition } from '../../src/processing/video/media-stream.js';
import type { HlsSample } from '../fixtures/hls-sample.js';

/** What the service would know of a sample, had it made it: three segments of each rendition. */
export function streamOfSample(files: HlsSample): MediaStream {
  const rendition = (name: string, codec: string): StreamRendition => {
    const playlist = files.get(`${name}/index.m3u8`)?.toString() ?? '';
    const durations = [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].map(([, seconds]) => Number(seconds));
    const init = { number: 1, sizeBytes: files.get(`${name}/init.mp4`)?.length ?? 0, key: 'init' };
    const segments = durations.map((seconds, at) => {
      const data = files.get(`${name}/0000${at + 1}.m4s`) ?? Buffer.alloc(0);
      return { number: at + 1, seconds, sizeBytes: data.length, keyBytes: keyBytes(data), key: '', init };
    });
    return { name, codec, segments, key: null, ended: true };
  };
  const rung = (name: string, width: number, height: number) => ({ name, width, height, bitrateKbps: 300 });
  const track = { name: 'audio', streamIndex: 1, channels: 2, silentSeconds: 0 };
  return {
    generation: 1,
    frameRate: { num: 30, den: 1 },
    targetSeconds: 4,
    video: [
      { ...rendition('90p', codecOf(files, '90p')), rung: rung('90p', 160, 90) },
      { ...rendition('180p', codecOf(files, '180p')), rung: rung('180p', 320, 180) },
    ],
    audio: [{ ...rendition('audio', 'mp4a.40.2'), track }],
    playable: true,
    ended: true,
  };
}

function codecOf(files: HlsSample, name: string): string {
  const init = files.get(`${name}/init.mp4`) ?? Buffer.alloc(0);
  const at = init.indexOf('avcC') + 5;
  return `avc1.${init.toString('hex', at, at + 3)}`;
}

/** To the end of the first sample; see test/fixtures/hls-sample.ts for the layout. */
function keyBytes(data: Buffer): number {
  const moof = data.indexOf('moof') - 4;
  const run = data.indexOf('trun') + 4;
  const before = [0x4, 0x100].filter((flag) => (data.readUInt32BE(run) & flag) !== 0).length;
  return moof + data.readUInt32BE(moof) + 8 + data.readUInt32BE(run + 12 + before * 4);
}
