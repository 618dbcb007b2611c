import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the encoder was started for, of one video. */
export interface EncoderStarts {
  /** Of any kind: of chunks, of sound, of pictures. */
  all: number;
  /** By the number of a chunk's first segment. */
  chunks: Map<number, number>;
  sound: number;
}

/** An ffmpeg that writes down each time that it is started, and then is the real one, of the same process id. */
export class EncoderLog {
  /** To be given to the service. */
  readonly ffmpegPath: string;
  private readonly path: string;

  private constructor(directory: string) {
    this.ffmpegPath = join(directory, 'ffmpeg');
    this.path = join(directory, 'encoder.log');
  }

  static async open(directory: string, ffmpegPath: string): Promise<EncoderLog> {
    const log = new EncoderLog(directory);
    await writeFile(log.path, '');
    // One write each, so that lines of processes that start at once do not mix.
    const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log.path}'\nexec '${ffmpegPath}' "$@"\n`;
    await writeFile(log.ffmpegPath, script, { mode: 0o755 });
    return log;
  }

  /** What was started on a file. @param storageKey of the original, which is read in place */
  async startsOn(storageKey: string): Promise<EncoderStarts> {
    const lines = (await readFile(this.path, 'utf8')).split('\n').filter((line) => line.includes(storageKey));
    const starts: EncoderStarts = { all: lines.length, chunks: new Map(), sound: 0 };
    for (const line of lines) {
      const first = /-start_number (\d+)/.exec(line)?.[1];
      if (first === undefined) continue;
      if (line.includes('libx264')) {
        const segment = Number(first) - 1;
        starts.chunks.set(segment, (starts.chunks.get(segment) ?? 0) + 1);
      } else starts.sound += 1;
    }
    return starts;
  }
}

/** How many chunks were encoded again. */
export function chunksLost({ chunks }: EncoderStarts): number {
  return [...chunks.values()].reduce((sum, count) => sum + count - 1, 0);
}
