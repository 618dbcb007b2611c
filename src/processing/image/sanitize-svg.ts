import { scanXml, type XmlTag } from './svg-scan.js';

/** Elements that run or fetch something, or hold what is no drawing; they go with all that is in them. */
const unwantedElements: ReadonlySet<string> = new Set([
  'script',
  'handler',
  'listener',
  'foreignObject',
  'iframe',
  'embed',
  'object',
  'audio',
  'video',
  'include',
]);

/** Pictures within the drawing; a drawing within a drawing would have been checked by nobody. */
const embeddedPicture = /^\s*data:image\/(?:png|jpe?g|gif|webp);base64,/i;

const predefinedEntities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

const otherEntity = /&(?!(?:amp|lt|gt|quot|apos);)[^;\s<]{0,100};?/;
const otherEntities = new RegExp(otherEntity, 'g');

/**
 * A drawing without scripts, and without anything that names a place outside of it: links, style sheets, fonts,
 * other drawings, included files. What remains are references to its own parts, and pictures that it brings along.
 * @param xml that has passed `checkSvg`
 */
export function sanitizeSvg(xml: string): string {
  let clean = '';
  let copied = 0;
  let unwanted: { name: string; depth: number } | null = null;
  let inStyle = false;
  for (const token of scanXml(xml)) {
    const { start, end } = token;
    const text = xml.slice(copied, start);
    copied = end;
    if (!unwanted) clean += inStyle ? sanitizeCss(text.replaceAll(otherEntities, '')) : text;
    // The declaration goes as well: the result is UTF-8.
    if (token.kind === 'instruction') continue;
    if (token.kind === 'doctype') {
      if (!unwanted) clean += token.text;
      continue;
    }
    const name = localName(token.name);
    if (unwanted) {
      if (name !== unwanted.name || token.kind === 'empty') continue;
      unwanted.depth += token.kind === 'open' ? 1 : -1;
      if (unwanted.depth === 0) unwanted = null;
    } else if (unwantedElements.has(name)) {
      if (token.kind === 'open') unwanted = { name, depth: 1 };
    } else {
      inStyle = name === 'style' && token.kind === 'open';
      clean += writeTag(token);
    }
  }
  return unwanted ? clean : clean + xml.slice(copied);
}

function writeTag({ name, kind, attributes }: XmlTag): string {
  if (kind === 'close') return `</${name}>`;
  const kept = [...attributes].filter(([attribute, value]) => isHarmless(attribute, value));
  const written = kept.map(([attribute, value]) => {
    const quote = value.includes('"') ? "'" : '"';
    return ` ${attribute}=${quote}${value}${quote}`;
  });
  return `<${name}${written.join('')}${kind === 'empty' ? '/' : ''}>`;
}

function isHarmless(attribute: string, value: string): boolean {
  if (/^xmlns(?::|$)/.test(attribute)) return true;
  if (/^on/i.test(attribute) || attribute === 'xml:base') return false;
  // Any other entity could spell what is looked for here.
  if (otherEntity.test(value)) return false;
  const plain = value.replaceAll(/&(\w+);/g, (_, entity: string) => predefinedEntities[entity] ?? '');
  if (localName(attribute).toLowerCase() === 'href') {
    return plain.trimStart().startsWith('#') || embeddedPicture.test(plain);
  }
  return sanitizeCss(plain) === plain;
}

/** Escapes could spell what is looked for here, and have no use but in names. */
function sanitizeCss(css: string): string {
  return css
    .replaceAll('\\', '')
    .replaceAll(/@import[^;]{0,10000};?/gi, '')
    .replaceAll(/url\(([^)]{0,10000000})\)?/gi, (whole, target: string) =>
      /^\s*["']?\s*#/.test(target) || embeddedPicture.test(target.replace(/^\s*["']/, '')) ? whole : 'none',
    );
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
