import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The command of ImageMagick 7 or 6, or null where neither is installed. */
export const imageMagick: string | null =
  ['magick', '/usr/bin/convert', 'convert'].find((command) => {
    try {
      return execFileSync(command, ['-version'], { encoding: 'utf8' }).startsWith('Version: ImageMagick');
    } catch {
      return false;
    }
  }) ?? null;

/** What ImageMagick makes of a file, as PNG. */
export async function magick(path: string, operations: readonly string[]): Promise<Buffer> {
  if (imageMagick === null) throw new Error('ImageMagick is not installed');
  const { stdout } = await run(imageMagick, [path, ...operations, '-strip', 'PNG32:-'], {
    encoding: 'buffer',
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}
