import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testToolPaths } from './media-tools.js';

/** An ffmpeg that waits, while it is held, before it does anything that begins in the middle of a file. */
export interface HeldEncoder {
  /** For FFMPEG_PATH. */
  path: string;
  hold(): Promise<void>;
  release(): Promise<void>;
}

/** @param directory of the caller's own */
export async function holdableEncoder(directory: string): Promise<HeldEncoder> {
  const path = join(directory, 'ffmpeg');
  const gate = join(directory, 'held');
  const script = [
    '#!/bin/sh',
    'case " $* " in *" -ss "*)',
    `  while [ -e '${gate}' ]; do sleep 0.1; done ;;`,
    'esac',
    `exec '${testToolPaths.ffmpegPath}' "$@"`,
  ];
  await writeFile(path, `${script.join('\n')}\n`, { mode: 0o755 });
  return { path, hold: () => writeFile(gate, ''), release: () => rm(gate, { force: true }) };
}
