/** What a form may hold beside its file: two fields of the greatest length, small ones and the heads of all. */
const MAX_OVERHEAD_BYTES = 96 * 1024;

/** What is known of a form that holds one file, when the file begins. */
export interface FormSoFar {
  headers: { 'content-length'?: string | undefined; 'content-type'?: string | undefined };
  fields: Readonly<Record<string, unknown>>;
  filename: string;
  mimetype: string;
}

/** How many bytes a file will have, as its form lets one guess. */
export interface ExpectedSize {
  /** Exact when the form is written as browsers and curl write it, and ends after the file. */
  likely: number;
  /** No less than this, whatever else the form holds. */
  atLeast: number;
}

/** The size of the only file of a form; null when the length of the body is not known. */
export function expectedSize({ headers, fields, filename, mimetype }: FormSoFar): ExpectedSize | null {
  const contentLength = Number(headers['content-length'] ?? NaN);
  if (!Number.isSafeInteger(contentLength)) return null;
  const delimiter = `--${boundaryOf(headers['content-type'] ?? '')}`;
  const overhead = [
    ...Object.entries(fields).map(([name, value]) => fieldText(delimiter, name, value)),
    `${delimiter}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n`,
    `Content-Type: ${mimetype}\r\n\r\n`,
    `\r\n${delimiter}--\r\n`,
  ].join('');
  return {
    likely: Math.max(0, contentLength - Buffer.byteLength(overhead)),
    atLeast: leastSize(headers),
  };
}

/** What the only file of a form has at least, before anything of the form was read. */
export function leastSize(headers: FormSoFar['headers']): number {
  return Math.max(0, Number(headers['content-length'] ?? 0) - MAX_OVERHEAD_BYTES);
}

function fieldText(delimiter: string, name: string, value: unknown): string {
  return `${delimiter}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${String(value)}\r\n`;
}

function boundaryOf(contentType: string): string {
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? '';
}
