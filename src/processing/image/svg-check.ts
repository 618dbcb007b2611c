import { imageErrors } from './image.errors.js';
import type { PixelSize } from './raw-header-check.js';
import { scanXml, UnclosedXml, type XmlTag } from './svg-scan.js';

/** Larger drawings exist, but not as pictures for a page. */
export const maxSvgBytes = 8 * 1024 * 1024;
const maxElements = 100_000;
const maxUseExpansions = 10_000;
const maxDepth = 200;
const maxEntities = 64;
const maxEntityLength = 256;

/**
 * Checks that an SVG is no bomb, neither for the renderer nor for those who will open it: no external or nested
 * entities, no exponential `<use>`, sane declared size and number of elements. Scripts and external references
 * may be in it: the file is handed out as an attachment, so that nothing runs, and rendered without them.
 * Returns the declared size in CSS pixels, or null when there is none.
 * @throws IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_UNSAFE
 */
export function checkSvg(bytes: Buffer, maxPixels: number): PixelSize | null {
  if (bytes.length > maxSvgBytes) throw imageErrors.IMAGE_TOO_LARGE();
  const uses = new UseGraph();
  let elements = 0;
  let size: PixelSize | null = null;
  try {
    for (const token of scanXml(decodeXml(bytes))) {
      if (token.kind === 'instruction') continue;
      if (token.kind === 'doctype') {
        assertHarmlessEntities(token.text);
        continue;
      }
      if (token.kind !== 'close') {
        elements += 1;
        if (elements === 1) size = readRoot(token, maxPixels);
        if (elements > maxElements) throw imageErrors.IMAGE_TOO_LARGE('The drawing has too many elements.');
      }
      uses.visit(token);
    }
  } catch (error) {
    if (error instanceof UnclosedXml) throw imageErrors.IMAGE_CORRUPT(undefined, { cause: error });
    throw error;
  }
  if (elements === 0) throw imageErrors.IMAGE_CORRUPT();
  if (uses.expansions() > maxUseExpansions)
    throw imageErrors.IMAGE_UNSAFE('References in the drawing multiply.');
  return size;
}

/**
 * The text of an XML file: UTF-16 by its byte order mark, else as declared, else UTF-8.
 * @throws IMAGE_UNSAFE for encodings in which markup could hide
 */
export function decodeXml(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const xml = bytes.toString('utf8');
  const declared = /^\uFEFF?\s*<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([^"']{0,40})["']/.exec(xml)?.[1];
  if (declared !== undefined && !/^(?:utf-?8|us-ascii|iso-8859-\d+|windows-125\d)$/i.test(declared)) {
    throw imageErrors.IMAGE_UNSAFE('The drawing declares an encoding that is not allowed.');
  }
  return declared === undefined || /^(?:utf-?8|us-ascii)$/i.test(declared) ? xml : decodeAs(bytes, declared);
}

function decodeAs(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch (cause) {
    throw imageErrors.IMAGE_UNSAFE('The drawing declares an encoding that is not allowed.', { cause });
  }
}

/**
 * Drawing programs declare namespaces as entities (`<!ENTITY ns_svg "http://…">`): plain text of modest
 * length can't multiply. Everything else an entity can do is an attack.
 */
function assertHarmlessEntities(doctype: string): void {
  const declarations = doctype.split('<!ENTITY').slice(1);
  if (declarations.length > maxEntities)
    throw imageErrors.IMAGE_UNSAFE('The drawing declares too many entities.');
  for (const declaration of declarations) {
    const value = /^\s{1,9}[\w:.-]{1,100}\s{1,9}(?:"([^"<&%]*)"|'([^'<&%]*)')\s{0,9}>/.exec(declaration);
    if (!value || (value[1] ?? value[2] ?? '').length > maxEntityLength) {
      throw imageErrors.IMAGE_UNSAFE('The drawing declares entities that are not allowed.');
    }
  }
}

function readRoot(root: XmlTag, maxPixels: number): PixelSize | null {
  if (localName(root.name) !== 'svg') throw imageErrors.IMAGE_CORRUPT('The file is not an SVG drawing.');
  const [, , boxWidth, boxHeight] = (root.attributes.get('viewBox') ?? '').split(/[\s,]+/, 4).map(Number);
  const width = cssPixels(root.attributes.get('width')) ?? boxWidth;
  const height = cssPixels(root.attributes.get('height')) ?? boxHeight;
  if (!width || !height || !Number.isFinite(width * height)) return null;
  if (width < 0 || height < 0) throw imageErrors.IMAGE_CORRUPT();
  if (width * height > maxPixels) throw imageErrors.IMAGE_TOO_LARGE();
  return { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
}

/** CSS Values 4 section 6.2: 96 pixels to the inch. */
const pixelsPerUnit: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  pt: 96 / 72,
  pc: 16,
  em: 16,
  ex: 8,
};

function cssPixels(length: string | undefined): number | undefined {
  const match = /^\s{0,9}([-+]?[\d.]{1,30}(?:e[-+]?\d{1,3})?)([a-z]{0,2})\s{0,9}$/i.exec(length ?? '');
  const factor = pixelsPerUnit[(match?.[2] ?? '').toLowerCase()];
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Which ids each id'd element pulls in by `<use>`, and how many copies that makes in all. */
class UseGraph {
  private readonly references = new Map<string, string[]>();
  private readonly all: string[] = [];
  private readonly open: (string | undefined)[] = [];
  private readonly known = new Map<string, number>();

  visit(tag: XmlTag): void {
    if (tag.kind === 'close') {
      this.open.pop();
      return;
    }
    const id = tag.attributes.get('id');
    if (localName(tag.name) === 'use') this.addReference(tag);
    if (tag.kind === 'open') this.open.push(id);
    if (this.open.length > maxDepth) throw imageErrors.IMAGE_UNSAFE('The drawing is nested too deeply.');
  }

  expansions(): number {
    return this.all.reduce((sum, id) => sum + this.copiesOf(id, new Set()), 0);
  }

  private addReference(tag: XmlTag): void {
    const href = tag.attributes.get('href') ?? tag.attributes.get('xlink:href') ?? '';
    if (href.includes('&')) throw imageErrors.IMAGE_UNSAFE('The drawing hides a reference.');
    if (!href.startsWith('#')) return;
    const target = href.slice(1);
    this.all.push(target);
    if (this.all.length > maxUseExpansions)
      throw imageErrors.IMAGE_UNSAFE('The drawing has too many references.');
    for (const ancestor of new Set(this.open)) {
      if (ancestor === undefined) continue;
      const targets = this.references.get(ancestor);
      if (targets) targets.push(target);
      else this.references.set(ancestor, [target]);
    }
  }

  private copiesOf(id: string, path: Set<string>): number {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    if (path.has(id)) throw imageErrors.IMAGE_UNSAFE('References in the drawing form a circle.');
    if (path.size > maxDepth)
      throw imageErrors.IMAGE_UNSAFE('References in the drawing are nested too deeply.');
    path.add(id);
    const targets = this.references.get(id) ?? [];
    const copies = targets.reduce((sum, target) => sum + this.copiesOf(target, path), 1);
    path.delete(id);
    this.known.set(id, copies);
    return copies;
  }
}
