/**
 * The text of a header field that was read as Latin-1, as undici does. Servers put UTF-8 into file names
 * and Location as well, and browsers take it: what is valid as UTF-8 is meant so.
 */
export function headerText(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1) || /[^\0-\xff]/.test(latin1)) return latin1;
  const decoded = Buffer.from(latin1, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? latin1 : decoded;
}
