import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import openapiTypescript, { astToString } from 'openapi-typescript';
import sharp from 'sharp';
import ts from 'typescript';
import { startTestApp, type TestApp } from '../support/test-app.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** What the compiler has to know: nothing of this repository. */
const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2024',
  module: 'nodenext',
  types: ['node'],
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  erasableSyntaxOnly: true,
};

/** TypeScript types of the API; binary bodies are Blobs, as in a FormData. */
async function generateTypes(): Promise<string> {
  const blob = ts.factory.createTypeReferenceNode('Blob');
  const nodes = await openapiTypescript(pathToFileURL(join(root, 'openapi.json')), {
    transform: ({ format }) => (format === 'binary' ? blob : undefined),
  });
  return astToString(nodes);
}

describe('a TypeScript client generated from openapi.json', () => {
  let service: TestApp;
  let directory: string;

  beforeAll(async () => {
    service = await startTestApp();
    directory = await mkdtemp(join(tmpdir(), 'media-client-'));
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    await copyFile(join(root, 'test/e2e/client-program.ts.txt'), join(directory, 'program.ts'));
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['program.ts'] }),
    );
    await writeFile(join(directory, 'schema.d.ts'), await generateTypes());
  });

  afterAll(async () => {
    await service.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('compiles, without casts, in strict mode', async () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [compiler, '-p', directory]).catch(
      ({ stdout }: { stdout: string }) => ({ stdout }),
    );
    expect(stdout).toBe('');
  });

  it('uploads, lists, reads, downloads, changes, signs and deletes', async () => {
    const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer();
    const file = join(directory, 'photo.jpg');
    await writeFile(file, photo);
    const token = (await service.bearer({ org: 'acme' })).replace('Bearer ', '');
    const sha256 = createHash('sha256').update(photo).digest('hex');
    const args = [join(directory, 'program.ts'), service.url, token, file, sha256];
    const { stdout } = await run(process.execPath, args);
    expect(stdout).toBe('done\n');
  });
});
