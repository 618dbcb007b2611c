import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MediaJson } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { documentOf } from '../support/tus.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/uploads.md'), 'utf8');

/** The first example of a section in a language. */
function example(section: string, language: string): string {
  const body = text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(body)?.[1] ?? 'exit 1';
}

describe('the examples of docs/uploads.md', () => {
  const bytes = documentOf(12_000_000, 77);
  let service: TestApp;
  let directory: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    service = await startTestApp();
    directory = await mkdtemp(join(tmpdir(), 'media-doc-'));
    await writeFile(join(directory, 'film.pdf'), bytes);
    const TOKEN = (await service.bearer()).replace('Bearer ', '');
    env = { ...process.env, BASE: service.url, TOKEN, FILE: join(directory, 'film.pdf') };
  });
  afterAll(async () => {
    await service?.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function expectMedia(id: string, tags: string[]): Promise<void> {
    const media = await (await Api.as(service)).json<MediaJson>(`/v1/media/${id.trim()}`);
    expect(media).toMatchObject({ filename: 'film.pdf', size: bytes.length, tags });
    expect(media.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
  const bash = async (section: string): Promise<string> =>
    (await run('bash', ['-e', '-o', 'pipefail', '-c', example(section, 'bash')], { env, timeout: 40_000 }))
      .stdout;

  it('upload a form, once however often it is sent', async () => {
    const first = JSON.parse(await bash('Form-data')) as MediaJson;
    expect((JSON.parse(await bash('Form-data')) as MediaJson).id).toBe(first.id);
    await expectMedia(first.id, ['beach', '2026']);
  });

  it('upload many files', async () => {
    const { results } = JSON.parse(await bash('Many files')) as {
      results: { status: number; media: MediaJson }[];
    };
    expect(results.map(({ status }) => status)).toEqual([201, 201]);
    await expectMedia(results[1]?.media.id ?? '', ['scans']);
  });

  it('upload by tus', async () => {
    const program = example('tus', 'js');
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      env,
      timeout: 40_000,
    });
    await expectMedia(stdout, ['beach', '2026']);
  });

  it('upload in parts', async () => {
    const lines = (await bash('Parts')).trim().split('\n');
    await expectMedia(lines.at(-1)?.replace(/^.*}/, '') ?? '', []);
  });
});
