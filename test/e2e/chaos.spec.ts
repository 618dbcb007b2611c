import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const script = join(import.meta.dirname, '../../scripts/chaos.ts');

/** The harness of `npm run chaos`, small. */
async function chaos(...options: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [script, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('uploads that are interrupted again and again', () => {
  it.each(['local', 's3'])(
    'all end byte-identical on %s storage, and leave nothing',
    async (driver) => {
      const { code, output } = await chaos(
        ...'--uploads 8 --interruptions 24 --short-silences --driver'.split(' '),
        driver,
      );
      expect(output).toContain('uploads        8, all byte-identical');
      expect(output).toContain('interruptions  24: ');
      expect(code).toBe(0);
    },
    180_000,
  );
});

// Linux alone tells what its processes do.
(existsSync('/proc/self/cwd') ? describe : describe.skip)(
  'videos whose workers are killed (needs /proc)',
  () => {
    it('all end whole and ready, at the cost of a chunk for each, and leave nothing', async () => {
      const { code, output } = await chaos(...'video --runs 2 --at-once 2 --seconds 16'.split(' '));
      expect(output).toContain('videos      2, all ready, whole and clean by the linter');
      expect(output).toMatch(/kills +2: 1 worker, 1 service/);
      expect(code).toBe(0);
    }, 400_000);
  },
);
