import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Film {
  bytes: Buffer;
  frames: number;
}

const FRAME_RATE = 30;

/** A film with sound; B-frames, and key frames far apart: no chunk begins at one. */
export async function makeChaosFilm(ffmpegPath: string, directory: string, seconds: number): Promise<Film> {
  const path = join(directory, 'film.mp4');
  await run(ffmpegPath, [
    ...'-nostdin -v error -f lavfi -i'.split(' '),
    `testsrc2=size=640x360:rate=${FRAME_RATE}:duration=${seconds}`,
    ...`-f lavfi -i sine=frequency=440:sample_rate=48000:duration=${seconds}`.split(' '),
    ...'-vf noise=alls=6:allf=t -c:v libx264 -preset veryfast -bf 2 -g 130 -pix_fmt yuv420p'.split(' '),
    ...'-c:a aac -ac 2 -movflags +faststart'.split(' '),
    path,
  ]);
  return { bytes: await readFile(path), frames: FRAME_RATE * seconds };
}

/** The same film with other bytes: equal ones would share an original. A player skips the box that is added. */
export function anotherCopy({ bytes }: Film): Buffer {
  const box = Buffer.alloc(16, 'free', 'latin1');
  box.writeUInt32BE(box.length, 0);
  randomBytes(8).copy(box, 8);
  return Buffer.concat([bytes, box]);
}
