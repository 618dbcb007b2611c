import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { pngClaiming } from '../fixtures/image-bytes.js';

const BOUNDARY = '----media-service-tests';

/** Sets the Content-Type of a body that `multipart` has made. */
export const formHeaders = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

export interface FormPart {
  name: string;
  /** Absent: a field. As raw bytes it goes out as it is, UTF-8 or not. */
  filename?: string | Buffer;
  type?: string;
  body: Buffer | string;
}

/** The head of a part, up to the first byte of its body. */
export function partHead({ name, filename, type }: Omit<FormPart, 'body'>): Buffer {
  const file =
    filename === undefined
      ? []
      : ['; filename="', typeof filename === 'string' ? escaped(filename) : filename, '"'];
  const pieces = [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    ...file,
    `\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`,
  ];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}

/** What ends a body after the last part's bytes. */
export const formEnd = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);

export function multipart(parts: readonly FormPart[]): Buffer {
  const bodies = parts.map((part, index) =>
    Buffer.concat([Buffer.from(index === 0 ? '' : '\r\n'), partHead(part), Buffer.from(part.body)]),
  );
  return Buffer.concat([...bodies, formEnd]);
}

/** Bytes that are found to be a PNG, of exactly the given size. */
export function pictureOf(sizeBytes: number, fill = 0): Buffer {
  const png = pngClaiming(1, 1);
  if (sizeBytes < png.length) throw new Error(`a picture has at least ${png.length} bytes`);
  return Buffer.concat([png, Buffer.alloc(sizeBytes - png.length, fill)]);
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** A request whose body the test writes itself; chunked unless a Content-Length is among the headers. */
export function openUpload(
  url: string,
  headers: Record<string, string>,
): { request: ClientRequest; answer: Promise<Answer> } {
  const upload = request(url, { method: 'POST', headers: { ...formHeaders, ...headers }, agent: false });
  const answer = once(upload, 'response').then(async ([response]: unknown[]) => {
    const message = response as IncomingMessage;
    return {
      status: message.statusCode ?? 0,
      headers: message.headers,
      body: (await json(message)) as Record<string, unknown>,
    };
  });
  // A server that has answered may close while the test still writes.
  upload.on('error', () => undefined);
  answer.catch(() => undefined);
  return { request: upload, answer };
}

/** As browsers do (HTML standard, multipart form data encoding). */
function escaped(filename: string): string {
  return filename.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
