/** Bytes that no text has (WHATWG MIME Sniffing, "binary data byte"). */
const binaryByte = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/; // eslint-disable-line no-control-regex

const htmlElements =
  /^(?:html|head|body|script|iframe|style|title|div|p|a|b|br|h[1-6]|font|table|img|form|input|meta|link|base|object|embed|video|audio|template|details|math|frameset)$/i;

/** The text of the first bytes of a file, or null when they are not text in UTF-8 or marked UTF-16. */
export function decodeText(head: Buffer): string | null {
  const encoding =
    head[0] === 0xff && head[1] === 0xfe
      ? 'utf-16le'
      : head[0] === 0xfe && head[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  try {
    // Streaming: the end of the head may cut a character.
    const text = new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true });
    return text === '' || binaryByte.test(text) ? null : text;
  } catch {
    // An XML declaration may name another encoding; markup is ASCII in all that matter.
    const latin = head.toString('latin1');
    return latin.startsWith('<?xml') && !binaryByte.test(latin) ? latin : null;
  }
}

/** The type of a text by how it begins. */
export function textType(text: string): string {
  if (text.startsWith('#EXTM3U')) return 'application/vnd.apple.mpegurl';
  if (/^WEBVTT(?:[ \t\r\n]|$)/.test(text)) return 'text/vtt';
  const { doctype, root, declared } = readProlog(text);
  const local = root?.slice(root.indexOf(':') + 1);
  if (doctype?.toLowerCase() === 'html' || local?.toLowerCase() === 'html') {
    return declared ? 'application/xhtml+xml' : 'text/html';
  }
  if (local === 'svg') return 'image/svg+xml';
  if (local === 'MPD') return 'application/dash+xml';
  if (declared || doctype !== null) return 'application/xml';
  if (root === null) return 'text/plain';
  return htmlElements.test(root) ? 'text/html' : 'application/xml';
}

interface Prolog {
  /** Whether there is an XML declaration. */
  declared: boolean;
  doctype: string | null;
  /** Qualified name of the root element; null when something else comes first, or it lies behind the head. */
  root: string | null;
}

/** Walks over declaration, comments, instructions and DOCTYPE to the root element, in linear time. */
function readProlog(text: string): Prolog {
  const prolog: Prolog = { declared: /^\s*<\?xml\s/.test(text), doctype: null, root: null };
  let at = 0;
  for (;;) {
    at = skipSpace(text, at);
    if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
    else if (text.startsWith('<?', at)) at = after(text, '?>', at + 2);
    else if (/^<!doctype\s/i.test(text.slice(at, at + 10))) {
      prolog.doctype = /^\s*([^\s>[]+)/.exec(text.slice(at + 9, at + 300))?.[1] ?? '';
      at = afterDoctype(text, at + 9);
    } else {
      prolog.root = /^<([A-Za-z_][\w.:-]*)(?=[\s/>])/.exec(text.slice(at, at + 200))?.[1] ?? null;
      return prolog;
    }
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

/** An internal subset may hold the closing bracket in quotes and comments. */
function afterDoctype(text: string, from: number): number {
  let inSubset = false;
  let at = from;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"' || char === "'") at = after(text, char, at + 1);
    else if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
    else if (text.startsWith('<?', at)) at = after(text, '?>', at + 2);
    else {
      if (char === '[') inSubset = true;
      if (char === ']') inSubset = false;
      at += 1;
      if (char === '>' && !inSubset) return at;
    }
  }
  return at;
}
