import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Api } from '../support/api.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const run = promisify(execFile);
const text = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8');
const examples = (language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code = '']) => code);

/** What follows every example in JavaScript: its use. */
const use = `
const { BASE, TOKEN, ID } = process.env;
await watch(BASE, TOKEN, ID, (event, data) => console.log('event: ' + event + ' of ' + data.id));`;

describe('the examples of docs/events.md', () => {
  let service: TestApp;
  let token: string;

  beforeAll(async () => {
    service = await startTestApp();
    token = (await service.bearer()).replace('Bearer ', '');
  });
  afterAll(() => service.close());

  const programs = [
    ...examples('js').map((code): [string, string[]] => [
      process.execPath,
      ['--input-type=module', '-e', code + use],
    ]),
    ...examples('bash').map((code): [string, string[]] => ['bash', ['-c', code]]),
  ];

  it('are three', () => {
    expect(programs.map(([program]) => program === 'bash')).toEqual([false, false, true]);
  });

  it.each(programs)('watch a picture until it is ready: %s', async (program, args) => {
    const api = await Api.as(service);
    const { id } = await api.upload(await plainPicture(60, 40, args.join().length % 200));
    const env = { ...process.env, BASE: service.url, TOKEN: token, ID: id };
    const { stdout } = await run(program, args, { env, timeout: 20_000 });
    expect(stdout).toContain('event: ready');
    expect(stdout).toContain(id);
  });

  it.each(programs.slice(0, 2))('say what is wrong: %s', async (program, args) => {
    const env = {
      ...process.env,
      BASE: service.url,
      TOKEN: token,
      ID: '01990000-0000-7000-8000-000000000000',
    };
    await expect(run(program, args, { env, timeout: 20_000 })).rejects.toThrow('UPLOAD_NOT_FOUND');
  });
});
