import { decrypt, type Sealed } from './decrypt.ts';
import { Mp4Problem } from './mp4/boxes.ts';
import { type InitSegment, parseInitSegment } from './mp4/init-segment.ts';
import { parseFrameSegment, parseMediaSegment } from './mp4/media-segment.ts';
import { type ByteRange, parseMediaPlaylist, type PlaylistSegment } from './playlist/media-playlist.ts';
import { parseMultivariantPlaylist } from './playlist/multivariant-playlist.ts';
import type { Fetched, Presentation, Rendition, Segment } from './presentation.ts';
import type { Read } from './resource.ts';

export interface LoadOptions {
  /** Segments of each rendition, from its beginning, that are read at most. */
  maxSegments: number;
}

const parallel = 4;

/** Where a file is, and how it is encrypted. */
interface Place extends Pick<Sealed, 'number'> {
  key: Sealed['key'] | null;
  range: ByteRange | null;
  base: URL;
}

/**
 * Reads a multivariant playlist and all that it leads to. What can't be read is noted, not thrown.
 * @throws Error when there is no multivariant playlist
 */
export async function loadPresentation(url: URL, read: Read, options: LoadOptions): Promise<Presentation> {
  const loader = new Loader(url, read, options);
  return loader.load();
}

class Loader {
  readonly #url: URL;
  readonly #read: Read;
  readonly #options: LoadOptions;
  readonly #files: Fetched[] = [];
  readonly #syntax: string[] = [];
  readonly #unreadable: string[] = [];
  /** Init segments are shared: by chunks of one rendition, and with the I-frame playlist. */
  readonly #inits = new Map<string, InitSegment | null>();
  readonly #keys = new Map<string, Promise<Buffer | null>>();

  constructor(url: URL, read: Read, options: LoadOptions) {
    this.#url = url;
    this.#read = read;
    this.#options = options;
  }

  async load(): Promise<Presentation> {
    const name = this.#url.pathname.split('/').at(-1) ?? '';
    const { data, http } = await this.#read(this.#url);
    this.#files.push({ name, role: 'playlist', uri: name, sizeBytes: data.length, http });
    const master = parseMultivariantPlaylist(decode(data), (problem) => {
      this.#syntax.push(`${name}: ${problem}`);
    });
    const renditions = new Map<string, Rendition>();
    const add = async (uri: string | undefined, role: Rendition['role']): Promise<void> => {
      if (uri === undefined || uri === '' || renditions.has(uri)) return;
      const rendition = await this.#rendition(uri, role);
      if (rendition) renditions.set(uri, rendition);
    };
    for (const { uri } of master.variants) await add(uri, 'video');
    for (const { uri } of master.frameVariants) await add(uri, 'frames');
    for (const attributes of master.renditions) {
      const role = attributes.get('TYPE') === 'SUBTITLES' ? 'subtitles' : 'audio';
      await add(attributes.get('URI'), role);
    }
    const { syntax, unreadable, files } = {
      syntax: this.#syntax,
      unreadable: this.#unreadable,
      files: this.#files,
    };
    return { master, renditions, files, syntax, unreadable };
  }

  async #rendition(uri: string, role: Rendition['role']): Promise<Rendition | null> {
    const url = this.#resolve(uri, this.#url);
    const bytes = url && (await this.#fetch(url, { name: uri, role: 'playlist', uri }));
    if (!url || !bytes) return null;
    const playlist = parseMediaPlaylist(decode(bytes), (problem) => this.#syntax.push(`${uri}: ${problem}`));
    const rendition: Rendition = { name: uri, role, playlist, init: null, segments: [] };
    const listed = playlist.segments.slice(0, this.#options.maxSegments);
    for (let at = 0; at < listed.length; at += parallel) {
      const batch = listed.slice(at, at + parallel);
      rendition.init ??= await this.#init(rendition, batch[0], url);
      rendition.segments.push(
        ...(await Promise.all(batch.map((segment) => this.#segment(rendition, segment, url)))),
      );
    }
    return rendition;
  }

  async #init(
    { name }: Rendition,
    segment: PlaylistSegment | undefined,
    base: URL,
  ): Promise<InitSegment | null> {
    if (!segment?.map) return null;
    const { uri, range, key } = segment.map;
    const url = this.#resolve(uri, base);
    if (!url) return null;
    const known = this.#inits.get(url.href);
    if (known !== undefined) return known;
    const file = `${name} → ${uri}`;
    const fetched = await this.#fetch(url, { name: file, role: 'init', uri }, range ?? undefined);
    const data = fetched && (await this.#open(file, fetched, { key, number: segment.number, range, base }));
    const init = data && this.#parse(file, () => parseInitSegment(data));
    this.#inits.set(url.href, init);
    return init;
  }

  async #segment(rendition: Rendition, segment: PlaylistSegment, base: URL): Promise<Segment> {
    const name = `${rendition.name} → ${segment.uri}`;
    const found: Segment = { ...segment, sizeBytes: 0, fragments: [], text: null };
    const url = this.#resolve(segment.uri, base);
    const role = rendition.role === 'subtitles' ? 'subtitles' : 'segment';
    const fetched =
      url && (await this.#fetch(url, { name, role, uri: segment.uri }, segment.range ?? undefined));
    if (!fetched) return found;
    found.sizeBytes = fetched.length;
    const data = await this.#open(name, fetched, { ...segment, base });
    if (!data) return found;
    const { init } = rendition;
    if (role === 'subtitles') found.text = decode(data);
    else if (init && rendition.role === 'frames') {
      found.fragments = this.#parse(name, () => [parseFrameSegment(data, init)]) ?? [];
    } else if (init) found.fragments = this.#parse(name, () => parseMediaSegment(data, init)) ?? [];
    return found;
  }

  /** A file as it was before it was encrypted; as it is where it is not. */
  async #open(name: string, data: Buffer, { key, number, range, base }: Place): Promise<Buffer | null> {
    if (!key) return data;
    if (key.method !== 'AES-128' || range) {
      const what = range ? 'a byte range of an encrypted segment' : `METHOD=${key.method}`;
      this.#unreadable.push(`${name}: ${what} can not be decrypted here`);
      return null;
    }
    const url = this.#resolve(key.uri, base);
    const secret = url && (await this.#secret(url, { name: `${name} → ${key.uri}`, uri: key.uri }));
    return secret && this.#parse(name, () => decrypt(data, secret, { key, number }));
  }

  #secret(url: URL, file: { name: string; uri: string }): Promise<Buffer | null> {
    const known = this.#keys.get(url.href) ?? this.#fetch(url, { ...file, role: 'key' });
    this.#keys.set(url.href, known);
    return known;
  }

  #resolve(uri: string, base: URL): URL | null {
    if (URL.canParse(uri, base.href)) return new URL(uri, base);
    this.#unreadable.push(`${uri}: no URI`);
    return null;
  }

  async #fetch(
    url: URL,
    file: Omit<Fetched, 'http' | 'sizeBytes'>,
    range?: { offset: number; length: number },
  ): Promise<Buffer | null> {
    try {
      const { data, http } = await this.#read(url, range);
      this.#files.push({ ...file, sizeBytes: data.length, http });
      return data;
    } catch (error) {
      this.#unreadable.push(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  #parse<T>(name: string, parse: () => T): T | null {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof Mp4Problem || error instanceof RangeError)) throw error;
      this.#unreadable.push(`${name}: ${error.message}`);
      return null;
    }
  }
}

const decode = (data: Buffer): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(data);
