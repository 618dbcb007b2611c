import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateOrReject } from 'class-validator';
import { commonErrors } from '../common/index.js';
import { type ProcessingConfig, processingConfig } from '../config/index.js';
import { canonicalTransform, ImageQuery, type RenderedImage, renderTransform } from '../processing/index.js';
import { type Example, examples, MARK } from './examples.js';

const assets = join(import.meta.dirname, '../../assets');
/** The scene, as the engine has to know it. */
const source = { width: 1200, height: 800, hasAlpha: false, format: 'jpeg' } as const;
const markId = '01990000-0000-7000-8000-000000000000';

/**
 * The pictures of the gallery, made by the image engine itself: each once in a process, one at a time, and only those
 * that are listed.
 */
@Injectable()
export class GalleryService {
  private readonly made = new Map<string, Promise<RenderedImage>>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(@Inject(processingConfig.KEY) private readonly config: ProcessingConfig) {}

  /** @throws NOT_FOUND */
  picture(name: string): Promise<RenderedImage> {
    const example = examples.find((candidate) => candidate.name === name);
    if (!example) throw commonErrors.NOT_FOUND();
    const known = this.made.get(name);
    if (known) return known;
    const making = this.last.then(() => this.render(example));
    this.last = making.catch(() => this.made.delete(name));
    this.made.set(name, making);
    return making;
  }

  private async render({ query }: Example): Promise<RenderedImage> {
    const params = plainToInstance(
      ImageQuery,
      Object.fromEntries(new URLSearchParams(query.replace(MARK, markId))),
    );
    await validateOrReject(params, { whitelist: true, forbidNonWhitelisted: true });
    const [scene, watermark] = await Promise.all(
      ['harbour.jpg', 'mark.png'].map((file) => readFile(join(assets, file))),
    );
    if (!scene || !watermark) throw new Error('the pictures of the gallery are not there');
    const canonical = canonicalTransform(params, source, {
      negotiated: 'webp',
      maxOutputPixels: this.config.image.maxOutputPixels,
      ...(params.watermark !== undefined && { watermark: { mediaId: markId, sha256: markId } }),
    });
    return renderTransform(scene, canonical, { limits: this.config.image, assets: { watermark } });
  }
}
