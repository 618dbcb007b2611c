import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** npm's build of ffmpeg can't open URLs: a player of our tests is the system's. */
const player = process.env['FFMPEG_PATH'] ?? '/usr/bin/ffmpeg';

/** Whether there is a player that opens URLs. */
export const canPlayUrls = existsSync(player);

/** Decodes all pictures of a file or a stream, and gives a hash of each. @throws Error when anything in it is damaged */
export async function frameHashes(source: string): Promise<string[]> {
  const args = ['-nostdin', '-v', 'error', '-xerror', '-i', source, '-map', '0:v:0', '-f', 'framemd5', '-'];
  const { stdout } = await run(player, args, { maxBuffer: 16 * 1024 ** 2 });
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}
