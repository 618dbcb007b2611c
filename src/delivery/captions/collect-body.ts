import type { Readable } from 'node:stream';
import { maxCaptionBytes } from '../../processing/index.js';
import { captionErrors } from './captions.errors.js';

/** A body that is small enough to be held. @throws CAPTIONS_TOO_LARGE as soon as it is not */
export async function collectBody(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxCaptionBytes) throw captionErrors.CAPTIONS_TOO_LARGE();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
