import { nameInPath, sanitizeFileName } from '../../security/index.js';

/** What is known of the name before the source was asked. */
export interface AskedName {
  /** The client's own; null when it leaves the name to the source. */
  filename: string | null;
  sourceUrl: string;
}

/** The name of a media whose bytes are yet to come. */
export function announcedName({ filename, sourceUrl }: AskedName): string {
  return sanitizeFileName(filename ?? nameInPath(new URL(sourceUrl)));
}

/**
 * The name that the source gives to a file that was announced by another one; null when the client has named it,
 * or the source says nothing else.
 */
export function renaming(asked: AskedName, found: string | undefined): { from: string; to: string } | null {
  const from = announcedName(asked);
  const to = found === undefined ? from : sanitizeFileName(found);
  return asked.filename === null && to !== from ? { from, to } : null;
}
