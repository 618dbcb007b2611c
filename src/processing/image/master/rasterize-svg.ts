import { readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../../ffmpeg/index.js';
import { runProcess, toMediaError } from '../../ffmpeg/index.js';
import { imageErrors } from '../image.errors.js';
import type { ImageLimits } from '../open-image.js';
import type { PixelSize } from '../raw-header-check.js';
import { sanitizeSvg } from '../sanitize-svg.js';
import { decodeXml } from '../svg-check.js';
import type { Master } from './write-master.js';

/** Longest side of a drawing's master in pixels: vectors have no size of their own. */
const svgMasterSide = 2048;

/** Node.js alone counts 0.9 GB, most of it never touched; a drawing of this size takes less than 0.2. */
const dataBytes = 1536 * 1024 ** 2;
const heapMegabytes = 64;
const maxMasterBytes = 64 * 1024 ** 2;

/** TypeScript in tests, JavaScript in the build. */
const renderer = fileURLToPath(new URL(`./svg-renderer.child${extname(import.meta.url)}`, import.meta.url));

export interface RasterizeRequest {
  /** Has passed `checkSvg`. */
  path: string;
  /** As the drawing declares it, if it does. */
  size: PixelSize | null;
  workDir: string;
  limits: Pick<ImageLimits, 'timeoutSeconds'>;
  signal?: AbortSignal | undefined;
}

interface RendererAnswer {
  fault?: string;
  width: number;
  height: number;
  hasAlpha: boolean;
  sizeBytes: number;
  natural: PixelSize;
}

/**
 * Draws a sanitized SVG in a process of its own, which is killed when the time is over or the signal says so.
 * @returns the master, and the drawing's own size in CSS pixels
 * @throws IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT, or the signal's reason
 */
export async function rasterizeSvg(
  sandbox: Sandbox,
  { path, size, workDir, limits, signal }: RasterizeRequest,
): Promise<{ master: Master; natural: PixelSize }> {
  const drawing = join(workDir, 'sanitized.svg');
  const png = join(workDir, 'master.png');
  await writeFile(drawing, sanitizeSvg(decodeXml(await readFile(path))));
  const command = {
    path: process.execPath,
    args: [
      `--max-old-space-size=${heapMegabytes}`,
      renderer,
      drawing,
      png,
      String(svgMasterSide),
      ...(size ? [String(size.width), String(size.height)] : []),
    ],
  };
  const lines: string[] = [];
  try {
    await runProcess(
      sandbox.wrap(command, {
        cpuSeconds: limits.timeoutSeconds,
        dataBytes,
        fileBytes: maxMasterBytes,
      }),
      { cwd: workDir, timeoutMs: limits.timeoutSeconds * 1000, signal, onLine: (line) => lines.push(line) },
    );
  } catch (error) {
    throw toMediaError(error, {
      corrupt: imageErrors.IMAGE_CORRUPT,
      tooLarge: imageErrors.IMAGE_TOO_LARGE,
      timeout: imageErrors.IMAGE_TIMEOUT,
    });
  }
  const { fault, natural, ...drawn } = JSON.parse(lines.at(-1) ?? '{}') as RendererAnswer;
  if (fault !== undefined) {
    throw imageErrors.IMAGE_CORRUPT('The drawing cannot be rendered.', { cause: new Error(fault) });
  }
  return { master: { ...drawn, contentType: 'image/png', path: png }, natural };
}
