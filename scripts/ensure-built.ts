/**
 * Builds dist/ when it is missing or older than what it is made from, and leaves it alone otherwise, so
 * that a command started beside a running service does not replace the files under it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const output = join(root, 'dist/main.js');
const inputs = ['package.json', 'package-lock.json', 'tsconfig.json', 'nest-cli.json', '.swcrc', 'src'];

/** The latest change of a file, or of a folder and all in it: a folder's own time tells of deletions. */
function changedAt(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}

function isFresh(): boolean {
  if (!existsSync(output)) return false;
  const builtAt = statSync(output).mtimeMs;
  return inputs.every((input) => changedAt(join(root, input)) <= builtAt);
}

if (!isFresh()) {
  const { status } = spawnSync('npm run build --silent', { cwd: root, stdio: 'inherit', shell: true });
  process.exit(status ?? 1);
}
