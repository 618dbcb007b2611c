/** A tag of an XML text. Attribute values are as written: entities are not resolved. */
export interface XmlTag {
  name: string;
  kind: 'open' | 'close' | 'empty';
  attributes: ReadonlyMap<string, string>;
}

/** What `scanXml` yields: tags, document type declarations whole, processing instructions; and where each stands. */
export type XmlToken = (XmlTag | { kind: 'doctype'; text: string } | { kind: 'instruction' }) & XmlPlace;

interface XmlPlace {
  start: number;
  end: number;
}

/** Thrown when the text ends inside a construct. */
export class UnclosedXml extends Error {}

/**
 * Walks over the markup of an XML text once, front to back. It judges structure only, so it is no XML
 * parser; it reads by index and never backtracks, so that a hostile text costs linear time.
 * @throws UnclosedXml
 */
export function* scanXml(xml: string): Generator<XmlToken> {
  let at = xml.indexOf('<');
  while (at !== -1) {
    let end: number;
    if (xml.startsWith('<!--', at)) end = after(xml, '-->', at + 4);
    else if (xml.startsWith('<![CDATA[', at)) end = after(xml, ']]>', at + 9);
    else if (xml.startsWith('<?', at)) {
      end = after(xml, '?>', at + 2);
      yield { kind: 'instruction', start: at, end };
    } else if (xml.startsWith('<!', at)) {
      end = endOfDoctype(xml, at);
      yield { kind: 'doctype', text: xml.slice(at, end), start: at, end };
    } else {
      end = endOfTag(xml, at);
      yield { ...readTag(xml.slice(at + 1, end - 1)), start: at, end };
    }
    at = xml.indexOf('<', end);
  }
}

function after(xml: string, terminator: string, from: number): number {
  const found = xml.indexOf(terminator, from);
  if (found === -1) throw new UnclosedXml();
  return found + terminator.length;
}

function endOfTag(xml: string, start: number): number {
  for (let at = start; at < xml.length; at += 1) {
    const char = xml[at];
    if (char === '>') return at + 1;
    if (char === '"' || char === "'") at = after(xml, char, at + 1) - 1;
  }
  throw new UnclosedXml();
}

function endOfDoctype(xml: string, start: number): number {
  let depth = 0;
  for (let at = start; at < xml.length; at += 1) {
    const char = xml[at];
    if (char === '"' || char === "'") at = after(xml, char, at + 1) - 1;
    else if (xml.startsWith('<!--', at)) at = after(xml, '-->', at + 4) - 1;
    else if (char === '<') depth += 1;
    else if (char === '>' && --depth === 0) return at + 1;
  }
  throw new UnclosedXml();
}

function readTag(inner: string): XmlTag {
  const closing = inner.startsWith('/');
  const name = /^[^\s/]*/.exec(closing ? inner.slice(1) : inner)?.[0] ?? '';
  if (closing) return { name, kind: 'close', attributes: new Map() };
  return {
    name,
    kind: inner.endsWith('/') ? 'empty' : 'open',
    attributes: readAttributes(inner, name.length),
  };
}

function readAttributes(inner: string, from: number): Map<string, string> {
  const attributes = new Map<string, string>();
  let at = from;
  while (at < inner.length) {
    const equals = inner.indexOf('=', at);
    if (equals === -1) break;
    const name = inner.slice(at, equals).trim();
    let open = equals + 1;
    while (open < inner.length && /\s/.test(inner[open] ?? '')) open += 1;
    const quote = inner[open];
    if (quote !== '"' && quote !== "'") break;
    const close = inner.indexOf(quote, open + 1);
    if (close === -1) break;
    attributes.set(name, inner.slice(open + 1, close));
    at = close + 1;
  }
  return attributes;
}
