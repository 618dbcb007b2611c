import type { ServerResponse } from 'node:http';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.js';
import type { S3Tuning } from '../../src/storage/s3/s3-client.js';
import {
  type ScriptedRequest,
  type ScriptedS3,
  sendS3Error,
  sendXml,
  startScriptedS3,
} from '../support/scripted-s3.js';
import { chunkStream, textOf, textStream } from '../support/streams.js';

const MEBIBYTE = 1024 ** 2;
const impatient: Partial<S3Tuning> = { maxAttempts: 1, idleTimeoutMs: 400, responseTimeoutMs: 5_000 };
const unavailable = { code: 'STORAGE_UNAVAILABLE', options: { headers: { 'Retry-After': '10' } } };

const operations: [string, (store: S3ObjectStore) => Promise<unknown>][] = [
  ['put', (store) => store.put('a', textStream('x'))],
  ['put in parts', (store) => store.put('a', chunkStream(12, MEBIBYTE))],
  ['get', (store) => store.get('a')],
  ['head', (store) => store.head('a')],
  ['copy', (store) => store.copy('a', 'b')],
  ['promote', (store) => store.promote('a', 'b')],
  ['delete', (store) => store.delete('a')],
  ['deletePrefix', (store) => store.deletePrefix('a/')],
  ['list', (store) => Array.fromAsync(store.list('a/'))],
  ['sweepUnfinished', (store) => store.sweepUnfinished(0)],
  ['listUnfinished', (store) => store.listUnfinished('')],
  ['check', (store) => store.check(AbortSignal.timeout(10_000))],
];

const built = pathToFileURL(join(process.cwd(), 'dist/storage/s3/s3-object-store.js')).href;
const reportCodes = `
  import { Readable } from 'node:stream';
  const { S3ObjectStore } = await import(process.argv[1]);
  const store = new S3ObjectStore(JSON.parse(process.argv[2]), { maxAttempts: 2 });
  const results = await Promise.allSettled([
    store.put('a', Readable.from([Buffer.from('x')])), store.get('a'), store.head('a'), store.deletePrefix('a/'),
  ]);
  console.log(JSON.stringify(results.map(({ reason }) => reason?.code)));
`;

describe('S3ObjectStore against a server that fails', () => {
  let server: ScriptedS3;

  const open = async (
    answer: (request: ScriptedRequest) => void,
    tuning: Partial<S3Tuning> = impatient,
  ): Promise<S3ObjectStore> => {
    server = await startScriptedS3(answer);
    return new S3ObjectStore(server.config, tuning);
  };

  afterEach(() => server.stop());

  describe.each(operations)('%s', (_name, run) => {
    it.each([
      [500, 'InternalError'],
      [503, 'SlowDown'],
      [429, 'TooManyRequests'],
    ])('is unavailable after %d %s', async (status, code) => {
      const store = await open(({ response }) => sendS3Error(response, status, code));
      await expect(run(store)).rejects.toMatchObject(unavailable);
    });

    it('is unavailable when the server is silent', async () => {
      const store = await open(() => undefined);
      await expect(run(store)).rejects.toMatchObject(unavailable);
    });

    it('does not take a missing bucket for a missing object', async () => {
      const store = await open(({ method, response }) =>
        method === 'HEAD' ? response.writeHead(403).end() : sendS3Error(response, 404, 'NoSuchBucket'),
      );
      await expect(run(store)).rejects.not.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    });
  });

  // In a process of its own: Jest's realm has another Error than Node, and the SDK then hides its code.
  it('is unavailable when the server drops connections or is gone', async () => {
    await open(({ response }) => response.destroy());
    const codes = async (): Promise<unknown> => {
      const args = ['--input-type=module', '--eval', reportCodes, built, JSON.stringify(server.config)];
      return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
    };
    const expected = Array.from({ length: 4 }, () => 'STORAGE_UNAVAILABLE');
    expect(await codes()).toEqual(expected);
    expect(server.requests.length).toBeGreaterThan(0);
    await server.stop();
    expect(await codes()).toEqual(expected);
  });

  it('tries again after a failure that may pass', async () => {
    let failures = 2;
    const store = await open(
      ({ response }) => {
        failures -= 1;
        if (failures >= 0) sendS3Error(response, 503, 'SlowDown');
        else response.end('hello');
      },
      { ...impatient, maxAttempts: 3 },
    );
    expect(await textOf(await store.get('a'))).toBe('hello');
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    [507, 'InsufficientStorage'],
    [409, 'QuotaExceeded'],
    [400, 'XMinioStorageFull'],
  ])('says that the store is full after %d %s', async (status, code) => {
    const store = await open(({ response }) => sendS3Error(response, status, code));
    const source = textStream('x');
    await expect(store.put('a', source)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(source.destroyed).toBe(true);
  });

  it('aborts a put in parts whose part is refused, and says why', async () => {
    const store = await open(({ method, path, response }) => {
      if (path.includes('uploads')) sendXml(response, created);
      else if (method === 'DELETE') response.writeHead(204).end();
      else sendS3Error(response, 507, 'InsufficientStorage');
    });
    const source = chunkStream(12, MEBIBYTE);
    await expect(store.put('a', source)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(source.destroyed).toBe(true);
    expect(server.requests.at(-1)).toMatch(/^DELETE \/a\?uploadId=id/);
  });

  it('says that a put was discarded when its upload is gone', async () => {
    const store = await open(({ path, response }) =>
      path.includes('uploads') ? sendXml(response, created) : sendS3Error(response, 404, 'NoSuchUpload'),
    );
    await expect(store.put('a', chunkStream(12, MEBIBYTE))).rejects.toMatchObject({
      code: 'OBJECT_DISCARDED',
    });
  });

  it('takes only some parts from its source while the server stores none', async () => {
    const store = await open(
      ({ path, response }) => {
        if (path.includes('uploads')) sendXml(response, created);
      },
      { ...impatient, idleTimeoutMs: 1_000 },
    );
    let taken = 0;
    const source = Readable.from(
      (function* chunks() {
        for (;;) yield Buffer.alloc((taken += 1) && MEBIBYTE);
      })(),
    );
    await expect(store.put('a', source)).rejects.toMatchObject(unavailable);
    // Four parts on their way and one being filled, and the buffers of the streams between.
    expect(taken).toBeGreaterThanOrEqual(20);
    expect(taken).toBeLessThanOrEqual(60);
  });

  it('ends a read with an error when the server breaks off', async () => {
    const store = await open(({ response }) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half', () => response.destroy());
    });
    const stream = await store.get('a');
    await expect(textOf(stream)).rejects.toThrow();
  });

  it('ends a read with an error when the server falls silent', async () => {
    const store = await open(({ response }) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half');
    });
    const stream = await store.get('a');
    await expect(textOf(stream)).rejects.toThrow(/inactivity/);
  });

  it('lets a read last as long as bytes come', async () => {
    const store = await open(({ response }) => {
      response.writeHead(200, { 'Content-Length': '10' });
      void (async () => {
        for (let sent = 0; sent < 10; sent += 1) {
          response.write('x');
          await sleep(150);
        }
      })();
    });
    expect(await textOf(await store.get('a'))).toBe('x'.repeat(10));
  });

  it('stops a check when its signal aborts', async () => {
    const store = await open(() => undefined, { ...impatient, idleTimeoutMs: 30_000 });
    const started = Date.now();
    await expect(store.check(AbortSignal.timeout(200))).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('rejects a put with the reason of its abort although the server fails too', async () => {
    const reason = new Error('the client went away');
    const store = await open(({ response }) => sendS3Error(response, 500, 'InternalError'));
    const abort = new AbortController();
    const stored = store.put('a', new PassThrough(), { signal: abort.signal });
    abort.abort(reason);
    await expect(stored).rejects.toBe(reason);
  });

  it('says which object could not be deleted with the others', async () => {
    const store = await open(({ method, response }) => {
      if (method === 'POST') {
        sendXml(
          response,
          '<DeleteResult><Error><Key>a/1</Key><Code>AccessDenied</Code></Error></DeleteResult>',
        );
      } else {
        sendXml(
          response,
          '<ListBucketResult><Contents><Key>a/1</Key><Size>1</Size></Contents></ListBucketResult>',
        );
      }
    });
    await expect(store.deletePrefix('a/')).rejects.toMatchObject({
      ...unavailable,
      cause: { Key: 'a/1', Code: 'AccessDenied' },
    });
  });

  it('deletes by prefix on servers that cannot list unfinished uploads', async () => {
    const store = await open(({ path, response }) =>
      path.includes('uploads')
        ? sendS3Error(response, 501, 'NotImplemented')
        : sendXml(response, '<ListBucketResult></ListBucketResult>'),
    );
    expect(await store.deletePrefix('a/')).toBe(0);
    expect(await store.sweepUnfinished(0)).toBe(0);
  });

  it.each([
    ['say so', (response: ServerResponse) => sendS3Error(response, 501, 'NotImplemented')],
    [
      'answer with the objects',
      (response: ServerResponse) =>
        sendXml(response, '<ListBucketResult><Name>bucket</Name></ListBucketResult>'),
    ],
  ])('lists no unfinished uploads on servers that cannot, and %s', async (_case, answer) => {
    const store = await open(({ response }) => answer(response));
    expect(await store.listUnfinished('')).toBeNull();
  });

  it('lists unfinished uploads over all pages', async () => {
    const upload = (key: string): string =>
      `<Upload><Key>${key}</Key><UploadId>of ${key}</UploadId></Upload>`;
    const page = (content: string): string =>
      `<ListMultipartUploadsResult><Bucket>bucket</Bucket>${content}</ListMultipartUploadsResult>`;
    const next = '<IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>';
    const store = await open(({ path, response }) =>
      sendXml(response, page(path.includes('key-marker=b') ? upload('c') : next + upload('a') + upload('b'))),
    );
    const listed = await Array.fromAsync((await store.listUnfinished('')) ?? []);
    expect(listed).toEqual(['a', 'b', 'c'].map((key) => ({ key, handle: `of ${key}` })));
  });

  it('tells none from a server that has none', async () => {
    const store = await open(({ response }) =>
      sendXml(response, '<ListMultipartUploadsResult><Bucket>bucket</Bucket></ListMultipartUploadsResult>'),
    );
    const listed = await store.listUnfinished('');
    expect(listed && (await Array.fromAsync(listed))).toEqual([]);
  });

  it('sweeps over all pages what got no part for long, but not what did', async () => {
    const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
    const upload = (key: string, hours: number): string =>
      `<Upload><Key>${key}</Key><UploadId>id</UploadId><Initiated>${hoursAgo(hours)}</Initiated></Upload>`;
    const parts = (hours: number, more: string): string =>
      `<ListPartsResult>${more}<Part><PartNumber>1</PartNumber><LastModified>${hoursAgo(hours)}</LastModified></Part></ListPartsResult>`;
    const store = await open(({ method, path, response }) => {
      if (method === 'DELETE') response.writeHead(204).end();
      else if (path.startsWith('/?') && !path.includes('key-marker')) {
        const next = '<IsTruncated>true</IsTruncated><NextKeyMarker>new</NextKeyMarker>';
        sendXml(
          response,
          `<ListMultipartUploadsResult>${next}${upload('idle', 9)}${upload('new', 0)}</ListMultipartUploadsResult>`,
        );
      } else if (path.startsWith('/?')) {
        sendXml(
          response,
          `<ListMultipartUploadsResult>${upload('busy', 9)}${upload('gone', 9)}</ListMultipartUploadsResult>`,
        );
      } else if (path.startsWith('/gone')) sendS3Error(response, 404, 'NoSuchUpload');
      else if (path.startsWith('/idle'))
        sendXml(response, parts(8, '<NextPartNumberMarker>1</NextPartNumberMarker>'));
      else if (path.includes('part-number-marker=1')) sendXml(response, parts(0, ''));
      else {
        sendXml(
          response,
          parts(8, '<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>'),
        );
      }
    });
    expect(await store.sweepUnfinished(3_600_000)).toBe(1);
    const aborted = server.requests.filter((request) => request.startsWith('DELETE'));
    expect(aborted).toEqual([expect.stringContaining('/idle?')]);
  });

  it('aborts a copy in parts whose part is refused', async () => {
    const store = await open(
      ({ method, path, response }) => {
        if (method === 'HEAD') response.writeHead(200, { 'Content-Length': String(100 * MEBIBYTE) }).end();
        else if (path.includes('uploads')) sendXml(response, created);
        else if (method === 'DELETE') response.writeHead(204).end();
        else sendS3Error(response, 404, 'NoSuchKey');
      },
      { ...impatient, singleCopyLimitBytes: 10 * MEBIBYTE },
    );
    await expect(store.copy('a', 'b')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(server.requests.filter((request) => request.startsWith('PUT')).length).toBeLessThanOrEqual(4);
    expect(server.requests.at(-1)).toMatch(/^DELETE \/b\?uploadId=id/);
  });
});

const created = '<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>';
