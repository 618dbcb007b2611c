import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { RawEnvironment } from './env.js';

/**
 * The process's environment, completed from a file when there is one; what is set already wins.
 * The one place of the service that reads `process.env`.
 */
export function readEnvironment(file = '.env'): RawEnvironment {
  const completion = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...completion, ...process.env };
}
