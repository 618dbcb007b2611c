import { randomBytes } from 'node:crypto';
import type { Answer } from '../exchange.ts';
import { expectStatus, headerOf } from '../expectations.ts';
import type { Tus, Upload } from '../tus.ts';

export const EXTENSION = 'concatenation';

export function finalOf(urls: string[]): string {
  return `final;${urls.join(' ')}`;
}

export function createPartial(tus: Tus, length: number, metadata?: string): Promise<Upload> {
  const headers = { 'Upload-Concat': 'partial' };
  return tus.create({ length, headers, ...(metadata !== undefined && { metadata }) });
}

/** Partial uploads that are finished; only the first one has the head of a file. */
export async function uploadParts(tus: Tus, lengths: number[], metadata?: string): Promise<Upload[]> {
  const parts: Upload[] = [];
  for (const length of lengths) {
    const partial = await createPartial(tus, length, metadata);
    const part = parts.length === 0 ? partial : { ...partial, content: randomBytes(length) };
    expectStatus(await tus.patch(part.url, 0, part.content), 204);
    parts.push(part);
  }
  return parts;
}

export function createFinal(tus: Tus, urls: string[], metadata?: string): Promise<Answer> {
  const headers = { 'Upload-Concat': finalOf(urls) };
  return tus.post({ headers, ...(metadata !== undefined && { metadata }) });
}

/** A final upload of finished parts. @throws Violation unless it is created */
export async function concatenate(tus: Tus, lengths: number[]): Promise<{ url: string; parts: Upload[] }> {
  const parts = await uploadParts(tus, lengths);
  const created = await createFinal(
    tus,
    parts.map(({ url }) => url),
  );
  expectStatus(created, 201);
  return { url: tus.resolve(headerOf(created, 'Location')), parts };
}
