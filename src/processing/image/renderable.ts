/** What libvips decodes itself. */
const direct: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/apng',
  'image/webp',
  'image/gif',
  'image/tiff',
  'image/avif',
]);

export type MasterFormat = 'heic' | 'bmp' | 'svg' | 'jxl';

/** What is decoded once, into a master of which everything else is made. */
const byMaster: Readonly<Record<string, MasterFormat>> = {
  'image/heic': 'heic',
  'image/heif': 'heic',
  'image/bmp': 'bmp',
  'image/svg+xml': 'svg',
  'image/jxl': 'jxl',
};

/** Whether derivatives of a (sniffed) content type are made of the original itself. */
export function isDirect(contentType: string): boolean {
  return direct.has(contentType);
}

/**
 * By which decoder a master is made of a (sniffed) content type; null for what needs none, and for what is kept for
 * download only: ICO, PSD, camera raw, HEIF sequences …
 */
export function masterFormat(contentType: string): MasterFormat | null {
  return Object.hasOwn(byMaster, contentType) ? (byMaster[contentType] ?? null) : null;
}

/** The bytes that transforms are made of. */
export interface RenderSource {
  key: string;
  sizeBytes: number;
  /** Upright. Of a drawing, those of its master: they are what a transform's coordinates and limits refer to. */
  width: number;
  height: number;
}

/** What `transformSourceOf` has to know of a media. */
export interface RenderableMedia {
  contentType: string;
  storageKey: string | null;
  sizeBytes: number;
  width: number | null;
  height: number | null;
  variants: readonly {
    kind: string;
    storageKey: string;
    sizeBytes: number;
    width: number | null;
    height: number | null;
  }[];
}

/**
 * What every transform of an image is to be made of: its master when it has one, else the original. Null while there
 * is neither, because the media is not processed yet, or can't be rendered.
 */
export function transformSourceOf(media: RenderableMedia): RenderSource | null {
  const source = isDirect(media.contentType) ? media : media.variants.find(({ kind }) => kind === 'master');
  if (!source || source.storageKey === null || source.width === null || source.height === null) return null;
  const { storageKey: key, sizeBytes, width, height } = source;
  return { key, sizeBytes, width, height };
}
