import { DomainError } from '../../../common/index.js';
import { Sandbox } from '../../ffmpeg/index.js';
import type { ImageMetadata } from '../image-metadata.js';
import type { MasterHeader } from '../inspect-image.js';
import type { ImageLimits } from '../open-image.js';
import { decodeInThread } from './decode-in-thread.js';
import { rasterizeSvg } from './rasterize-svg.js';
import { Slots } from './slots.js';
import { type Master, writeMaster } from './write-master.js';

export interface MasterSettings extends ImageLimits {
  /** Threads and processes that decode at once. */
  decoders: number;
}

export interface MasterRequest {
  path: string;
  /** From `inspectImage`. */
  header: MasterHeader;
  /** Existing directory that belongs to this call alone; the caller removes it. */
  workDir: string;
  signal?: AbortSignal | undefined;
}

/** What the derivatives of an image are made of. */
export interface ImageSource {
  master: Master;
  /** Of the image as it is displayed: a drawing's own size, not that of its master. */
  metadata: ImageMetadata;
}

const decoderOf = { heic: 'heif', bmp: 'bmp', jxl: 'jxl' } as const;
const lossyFormats: ReadonlySet<string> = new Set(['heic', 'jxl']);

/**
 * Makes masters: decodes, apart from this thread, what libvips doesn't, and writes it as a picture that libvips reads
 * fast. A bounded number of decoders runs in a process, whatever its jobs do; the others wait.
 */
export class MasterMaker {
  private readonly slots: Slots;

  private constructor(
    private readonly sandbox: Sandbox,
    private readonly settings: MasterSettings,
  ) {
    this.slots = new Slots(settings.decoders);
  }

  static async open(settings: MasterSettings): Promise<MasterMaker> {
    return new MasterMaker(await Sandbox.detect(), settings);
  }

  /**
   * Null when the container holds what there is no decoder for, as AV1 or JPEG in a HEIF file.
   * @throws IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT, the signal's reason; and failures of the disk as they are
   */
  make(request: MasterRequest): Promise<ImageSource | null> {
    // The slot is kept until the pixels are written: they are what takes the memory.
    return this.slots.run(
      () => (request.header.format === 'svg' ? this.draw(request) : this.decode(request)),
      request.signal,
    );
  }

  private async draw({ path, header, workDir, signal }: MasterRequest): Promise<ImageSource> {
    const { size } = header;
    const request = { path, size, workDir, limits: this.settings, signal };
    const { master, natural } = await rasterizeSvg(this.sandbox, request);
    return { master, metadata: metadataOf(header, { ...master, ...(size ?? natural) }) };
  }

  private async decode({ path, header, workDir, signal }: MasterRequest): Promise<ImageSource | null> {
    const { format, profile = null } = header;
    if (format === 'svg') return null;
    try {
      const decoder = decoderOf[format];
      const picture = await decodeInThread({ decoder, path, limits: this.settings, signal });
      const master = await writeMaster(picture, { workDir, profile, lossy: lossyFormats.has(format) });
      return { master, metadata: metadataOf(header, master) };
    } catch (error) {
      if (error instanceof DomainError && error.code === 'IMAGE_UNSUPPORTED') return null;
      throw error;
    }
  }
}

function metadataOf(
  { format, iccName, exif = {} }: MasterHeader,
  { width, height, hasAlpha }: Pick<Master, 'width' | 'height' | 'hasAlpha'>,
): ImageMetadata {
  return {
    format,
    width,
    height,
    colorSpace: 'srgb',
    hasAlpha,
    frames: 1,
    animated: false,
    ...(iccName !== undefined && { iccName }),
    exif,
  };
}
