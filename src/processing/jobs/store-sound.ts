import { newId } from '../../common/index.js';
import type { NewVariant } from '../../media/index.js';
import { audioStreamType, type MadeSound, waveformSize } from '../audio/index.js';
import type { VariantAttempt } from './variant-attempt.js';

/** Stores the stream, the files and the waveform of a sound. @returns their rows */
export async function storeSound(attempt: VariantAttempt, sound: MadeSound): Promise<NewVariant[]> {
  const stream = await attempt.putDirectory(sound.hlsDir, 'hls', audioStreamType);
  const plain = { width: null, height: null, bitrate: null };
  const variants: NewVariant[] = [
    {
      ...plain,
      id: newId(),
      kind: 'hls',
      name: 'hls',
      contentType: 'application/vnd.apple.mpegurl',
      bitrate: sound.rates.average,
      sizeBytes: stream.sizeBytes,
      storageKey: stream.prefix,
    },
  ];
  for (const { format, path, contentType, sizeBytes, bitRate } of sound.files) {
    const storageKey = await attempt.put(path, format, contentType);
    const row = {
      kind: 'audio',
      name: format,
      contentType,
      bitrate: bitRate,
      sizeBytes,
      storageKey,
    } as const;
    variants.push({ ...plain, id: newId(), ...row });
  }
  const { waveform, waveformPicture } = sound;
  const data = { name: 'waveform', contentType: 'application/json' };
  const picture = { name: 'waveform-picture', contentType: 'image/png', ...waveformSize };
  for (const [made, what] of [
    [waveform, data],
    [waveformPicture, picture],
  ] as const) {
    const storageKey = await attempt.put(made.path, what.name, what.contentType);
    variants.push({
      ...plain,
      ...what,
      id: newId(),
      kind: 'waveform',
      sizeBytes: made.sizeBytes,
      storageKey,
    });
  }
  return variants;
}
