import { readdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadOrCreateSecret } from './secret-file.js';

describe('loadOrCreateSecret', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'secret-'));
    path = join(directory, 'data', 'secret');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('makes 48 random bytes that only the owner may read, and keeps them', async () => {
    const secret = await loadOrCreateSecret(path);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(48);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateSecret(path)).toBe(secret);
  });

  it('gives the same secret to all that start at once, and leaves nothing else behind', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateSecret(path)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readFile(path, 'utf8')).toBe(secrets[0]);
    expect(await readdir(join(directory, 'data'))).toEqual(['secret']);
  });

  it('takes the secret of another process that is done first', async () => {
    await mkdir(join(directory, 'data'));
    const ours = loadOrCreateSecret(path);
    while (readdirSync(join(directory, 'data')).length === 0) await nextTurn();
    writeFileSync(path, 'y'.repeat(64), { flag: 'wx' });
    expect(await ours).toBe('y'.repeat(64));
    expect(await readdir(join(directory, 'data'))).toEqual(['secret']);
  });

  it('takes a secret that was put there, without the line end', async () => {
    await loadOrCreateSecret(path);
    await writeFile(path, `${'x'.repeat(32)}\n`);
    expect(await loadOrCreateSecret(path)).toBe('x'.repeat(32));
  });

  it('refuses a file that is too short for a secret, and does not show what is in it', async () => {
    await loadOrCreateSecret(path);
    await writeFile(path, 'hunter2');
    const failure = await loadOrCreateSecret(path).catch((error: unknown) => String(error));
    expect(failure).toContain(path);
    expect(failure).not.toContain('hunter2');
  });
});
