/**
 * Runs the dependency rules and fails when nothing was looked at: with a compiler that it does not know,
 * dependency-cruiser reads no TypeScript and reports success.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { stdout, status } = spawnSync(
  process.execPath,
  [
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    '--output-type',
    'err',
    'src',
    'test',
    'migrations',
  ],
  { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
);
process.stdout.write(stdout);

const cruised = Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0);
if (cruised === 0) console.error('dependency-cruiser looked at no modules');
process.exit(cruised > 0 ? (status ?? 1) : 1);
