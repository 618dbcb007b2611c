import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, jwtVerify } from 'jose';
import { loadConfig } from '../config/index.js';
import { tokenCommand, UsageError } from './token-command.js';

const secret = 'a secret of more than thirty-two characters';

describe('npm run token', () => {
  let directory: string;
  beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'token-'))));
  afterAll(() => rm(directory, { recursive: true }));

  const run = (args: string[], env: Record<string, string> = { JWT_SECRET: secret }) =>
    tokenCommand(args, loadConfig({ DATA_DIR: directory, ...env }));

  it('signs a token that the service takes', async () => {
    const env = { JWT_SECRET: secret, JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'media' };
    const args = ['--sub', 'alice', '--org', 'acme', '--scope', 'media:read admin', '--expires-in', '60'];
    const { payload } = await jwtVerify(await run(args, env), new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      issuer: 'https://id.example',
      audience: 'media',
    });
    expect(payload).toMatchObject({ sub: 'alice', org: 'acme', scope: 'media:read admin' });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(60);
  });

  it('reads and writes for an hour when nothing is said', async () => {
    const claims = decodeJwt(await run(['--sub', 'alice']));
    expect(claims).toMatchObject({ scope: 'media:read media:write' });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
    expect(claims).not.toHaveProperty('org');
  });

  it('uses the secret under the data directory when none is configured', async () => {
    const token = await run(['--sub', 'alice'], {});
    const kept = await readFile(join(directory, 'jwt-secret'), 'utf8');
    await expect(jwtVerify(token, new TextEncoder().encode(kept))).resolves.toBeDefined();
  });

  it.each([
    ['no user', []],
    ['an empty user', ['--sub', '']],
    ['an unknown option', ['--sub', 'alice', '--role', 'x']],
    ['a word too many', ['--sub', 'alice', 'bob']],
    ['an unknown scope', ['--sub', 'alice', '--scope', 'media:delete']],
    ['no time', ['--sub', 'alice', '--expires-in', '0']],
    ['a time that is none', ['--sub', 'alice', '--expires-in', '1h']],
  ])('refuses %s', async (_, args) => {
    await expect(run(args)).rejects.toBeInstanceOf(UsageError);
  });

  it('says who signs when it is an identity provider', async () => {
    await expect(run(['--sub', 'alice'], { JWT_JWKS_URL: 'https://id.example/jwks' })).rejects.toThrow(
      'JWT_JWKS_URL',
    );
  });
});
