import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/index.js';
import { ObjectStore } from '../../src/storage/index.js';
import { formHeaders, multipart, pictureOf } from '../support/multipart.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const corpus = process.env['MEDIA_CORPUS'] ?? join(import.meta.dirname, '../../../shared/corpus');
const list = join(corpus, 'names.txt');
const present = existsSync(list);

type Name = [why: string, name: string | Buffer];

const ownNames: Name[] = [
  ['only dots', '...'],
  ['only a slash', '/'],
  ['only controls', '\u0001\u0002\u007f'],
  ['isolates', 'a\u2066b\u2069c.png'],
  ['a line separator', 'a\u2028b.png'],
  ['a NUL alone', '\0'],
  ['a boundary', '------media-service-tests--.png'],
  ['an extended parameter', "UTF-8''%E2%82%AC.png"],
  ['a family of emoji at the limit of bytes', `${'👨‍👩‍👧‍👦'.repeat(12)}.png`],
  ['a name of Arabic letters', 'صورة.png'],
  ['half of a surrogate pair', Buffer.from([0xed, 0xa0, 0x80, 0x2e, 0x70, 0x6e, 0x67])],
  ['raw controls', Buffer.from('a\u0007b\u001b[31mc.png')],
  ['an overlong slash', Buffer.from([0x2e, 0x2e, 0xc0, 0xaf, 0x61])],
];

/** Lines are a JSON string, or `pct:` and percent-encoded raw bytes; a tab; why. */
function namesOfCorpus(): Name[] {
  return readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', why = ''] = line.split('\t');
      if (!name.startsWith('pct:')) return [why, JSON.parse(name) as string];
      const hex = name
        .slice(4)
        .replaceAll(/%([0-9a-f]{2})|(.)/gi, (_, code: string | undefined, char = '') =>
          code === undefined ? Buffer.from(String(char)).toString('hex') : code,
        );
      return [why, Buffer.from(hex, 'hex')];
    });
}

describe('file names of uploads', () => {
  let service: TestApp;
  let authorization: string;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    authorization = await service.bearer();
  });
  afterAll(() => service.close());
  const get = (path: string) => fetch(service.url + path, { headers: { authorization } });

  async function expectSane(name: string | Buffer): Promise<void> {
    const response = await fetch(`${service.url}/v1/media`, {
      method: 'POST',
      body: multipart([
        { name: 'file', filename: name, type: 'application/octet-stream', body: pictureOf(200) },
      ]) as RequestInit['body'],
      headers: { authorization, ...formHeaders },
    });
    expect(response.status).toBe(201);
    const { id, filename } = (await response.json()) as { id: string; filename: string };
    expect(filename).not.toBe('');
    expect(Buffer.byteLength(filename)).toBeLessThanOrEqual(255);
    expect(filename).toBe(filename.normalize('NFC').trim());
    expect(filename).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/u);
    expect(['.', '..']).not.toContain(filename);

    const page = (await (await get('/v1/media?limit=1')).json()) as { items: unknown[] };
    expect(page.items).toMatchObject([{ id, filename }]);
    await service.app.get(Database).unit().execute('update media set clean = true where id = ?', [id], 'run');
    const download = await get(`/v1/media/${id}/download`);
    expect(download.status).toBe(200);
    await download.body?.cancel();
    expect(download.headers.get('set-cookie')).toBeNull();
    expect(nameIn(download.headers.get('content-disposition') ?? '')).toBe(filename);
  }

  it.each(ownNames)('are stored and sent sane: %s', async (_, name) => {
    await expectSane(name);
  });

  (present ? it.each : it.skip.each)(present ? namesOfCorpus() : [['(needs the shared corpus)', '']])(
    'of the corpus are stored and sent sane: %s',
    async (_, name) => {
      await expectSane(name);
    },
  );

  it('keep their script, their emoji and their extension', async () => {
    const form = new FormData();
    form.set('file', new Blob([pictureOf(200)], { type: 'image/png' }), 'Ferien 🏖 浜辺 cafe\u0301.PNG');
    const response = await fetch(`${service.url}/v1/media`, {
      method: 'POST',
      body: form,
      headers: { authorization },
    });
    expect(await response.json()).toMatchObject({ filename: 'Ferien 🏖 浜辺 caf\u00e9.PNG' });
  });

  it('are in no storage key', async () => {
    const keys = await Array.fromAsync(service.app.get(ObjectStore).list(''), ({ key }) => key);
    expect(keys.length).toBeGreaterThanOrEqual(ownNames.length);
    for (const key of keys) expect(key).toMatch(/^originals\/[0-9a-f]{2}\/[0-9a-f-]{36}\/original$/);
  });
});

/** The file name of a Content-Disposition as a browser reads it: `filename*` (RFC 8187) before `filename`. */
function nameIn(header: string): string {
  expect(header).toMatch(/^attachment; filename/);
  const extended = /filename\*=UTF-8''([^;]+)/.exec(header)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  const plain = /filename=(?:"((?:[^"\\]|\\.)*)"|([^;]+))/.exec(header);
  return plain?.[1]?.replaceAll(/\\(.)/g, '$1') ?? plain?.[2] ?? '';
}
