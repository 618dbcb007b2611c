import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { StorageConfig } from '../../src/config/index.js';
import { sendS3Error, sendXml } from './scripted-s3.js';

/**
 * What becomes of a request. `refused`: answered 500 and not done; `lost`: done and answered 500; `reset`: the
 * connection breaks and it is not done; `cut`: it breaks after it was done; `silent`: no answer, not done; `late`: no
 * answer, and done when the test says so.
 */
export const faults = ['refused', 'lost', 'reset', 'cut', 'silent', 'late'] as const;
export type Fault = (typeof faults)[number];

interface Part {
  bytes: Buffer;
  etag: string;
}

interface Call {
  method: string;
  key: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

type Answer = {
  status?: number;
  headers?: Record<string, string>;
  xml?: string;
  body?: Buffer;
  error?: string;
};

/**
 * An S3 server in memory, without signatures and least sizes, of which requests fail as a test says: real ones are
 * slow to fill with parts, and can't be late on purpose. What it knows of S3 is what the contract suites show on
 * real ones.
 */
export class FaultyS3 {
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, Map<number, Part>>();
  /** `METHOD path?query` of each request so far. */
  readonly requests: string[] = [];
  /** Decides by the number of the request, from 0 on. */
  plan: (index: number, request: string) => Fault | null = () => null;
  private readonly late: (() => void)[] = [];
  private begun = 0;
  private readonly server = createServer((incoming, response) => {
    this.handle(incoming, response).catch(() => response.destroy());
  });

  static async start(): Promise<FaultyS3> {
    const s3 = new FaultyS3();
    await new Promise<void>((resolve) => {
      s3.server.listen(0, '127.0.0.1', resolve);
    });
    return s3;
  }

  get config(): StorageConfig['s3'] {
    return {
      bucket: 'bucket',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      publicEndpoint: null,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test-secret' },
      forcePathStyle: true,
    };
  }

  /** Forgets everything but what is stored. */
  reset(): void {
    this.plan = () => null;
    this.requests.length = 0;
    this.late.length = 0;
  }

  /** Does what was to be late. */
  release(): void {
    for (const run of this.late.splice(0)) run();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const name = `${method} ${url}`;
    const fault = this.plan(this.requests.push(name) - 1, name);
    if (fault === 'reset') {
      incoming.destroy();
      return;
    }
    const body = await buffer(incoming);
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const key = decodeURIComponent(pathname).replace(/^\/bucket\/?/, '');
    const run = (): Answer => this.answer({ method, key, query: searchParams, headers, body });
    if (fault === 'late') this.late.push(run);
    if (fault === 'late' || fault === 'silent') return;
    const answer: Answer = fault === 'refused' ? { status: 500, error: 'InternalError' } : run();
    if (fault === 'cut') response.destroy();
    else if (fault === 'lost') sendS3Error(response, 500, 'InternalError');
    else send(response, answer);
  }

  private answer(call: Call): Answer {
    const { method, key, query } = call;
    if (query.has('uploads'))
      return method === 'POST' ? this.create() : { status: 501, error: 'NotImplemented' };
    const uploadId = query.get('uploadId');
    if (uploadId !== null) return this.answerUpload(call, uploadId);
    if (query.has('delete')) return this.deleteMany(call);
    if (key === '') return this.list(query.get('prefix') ?? '');
    if (method === 'PUT') this.objects.set(key, call.body);
    if (method === 'PUT') return { headers: { etag: etagOf(call.body) } };
    if (method === 'DELETE') this.objects.delete(key);
    if (method === 'DELETE') return { status: 204 };
    const object = this.objects.get(key);
    if (!object) return { status: 404, error: 'NoSuchKey' };
    return { body: object };
  }

  private answerUpload({ method, key, query, headers, body }: Call, uploadId: string): Answer {
    const parts = this.uploads.get(uploadId);
    if (!parts) return { status: 404, error: 'NoSuchUpload' };
    if (method === 'PUT') {
      const source = String(headers['x-amz-copy-source'] ?? '');
      const bytes =
        source === '' ? body : this.objects.get(decodeURIComponent(source).replace(/^bucket\//, ''));
      if (!bytes) return { status: 404, error: 'NoSuchKey' };
      const part = { bytes, etag: etagOf(bytes) };
      parts.set(Number(query.get('partNumber')), part);
      const xml = `<CopyPartResult><ETag>${part.etag}</ETag></CopyPartResult>`;
      return source === '' ? { headers: { etag: part.etag } } : { xml };
    }
    if (method === 'POST') return this.complete(key, { uploadId, list: body.toString() });
    this.uploads.delete(uploadId);
    return { status: 204 };
  }

  private create(): Answer {
    this.begun += 1;
    this.uploads.set(`upload-${this.begun}`, new Map());
    return {
      xml: `<InitiateMultipartUploadResult><UploadId>upload-${this.begun}</UploadId></InitiateMultipartUploadResult>`,
    };
  }

  private complete(key: string, { uploadId, list }: { uploadId: string; list: string }): Answer {
    const parts = this.uploads.get(uploadId);
    const named = [...list.matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
    }));
    if (named.some(({ number }, index) => index > 0 && number <= (named[index - 1]?.number ?? 0))) {
      return { status: 400, error: 'InvalidPartOrder' };
    }
    if (named.some(({ number, etag }) => parts?.get(number)?.etag !== etag)) {
      return { status: 400, error: 'InvalidPart' };
    }
    this.objects.set(
      key,
      Buffer.concat(named.map(({ number }) => parts?.get(number)?.bytes ?? Buffer.alloc(0))),
    );
    this.uploads.delete(uploadId);
    return { xml: `<CompleteMultipartUploadResult><Key>${key}</Key></CompleteMultipartUploadResult>` };
  }

  private list(prefix: string): Answer {
    const found = [...this.objects].filter(([key]) => key.startsWith(prefix));
    const contents = found.map(
      ([key, { length }]) => `<Contents><Key>${key}</Key><Size>${length}</Size></Contents>`,
    );
    return { xml: `<ListBucketResult>${contents.join('')}</ListBucketResult>` };
  }

  private deleteMany({ body }: Call): Answer {
    for (const [, key = ''] of body.toString().matchAll(/<Key>(.*?)<\/Key>/g)) this.objects.delete(key);
    return { xml: '<DeleteResult></DeleteResult>' };
  }
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

function send(response: ServerResponse, { status = 200, headers = {}, xml, body, error }: Answer): void {
  if (error !== undefined) sendS3Error(response, status, error);
  else if (xml !== undefined) sendXml(response, xml);
  else response.writeHead(status, { ...headers, ...(body && { 'content-length': body.length }) }).end(body);
}
