import { join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { newId } from '../../../common/index.js';
import type { NewVariant } from '../../../media/index.js';
import { extractCaptions, renderVtt } from '../../captions/index.js';
import { type DecodeLimits, type MediaTools, readDocument } from '../../ffmpeg/index.js';
import { filmAt } from '../../video/index.js';
import type { VariantAttempt } from '../variant-attempt.js';
import type { PlannedPlace } from './video-frame.js';

const probeTimeoutMs = 5 * 60_000;

/** Stores the text tracks of a film as captions. @returns their rows */
export async function storeCaptions(
  attempt: VariantAttempt,
  { stored, originalPath, workDir, signal }: PlannedPlace,
  { tools, limits }: { tools: MediaTools; limits: DecodeLimits },
): Promise<NewVariant[]> {
  const { input } = filmAt(stored.plan, originalPath);
  const run = { cwd: workDir, timeoutMs: probeTimeoutMs, signal, limits };
  const { streams } = await readDocument(tools, input, run);
  const tracks = await extractCaptions(tools, { input, streams, outDir: workDir, limits, signal });
  const directory = join(workDir, 'stored-captions');
  await mkdir(directory, { recursive: true });
  const variants: NewVariant[] = [];
  for (const { language, label, cues } of tracks) {
    const name = `captions-${language}`;
    const data = Buffer.from(renderVtt(cues));
    const path = join(directory, name);
    await writeFile(path, data);
    variants.push({
      id: newId(),
      kind: 'captions',
      name,
      contentType: 'text/vtt',
      width: null,
      height: null,
      bitrate: null,
      sizeBytes: data.length,
      storageKey: await attempt.put(path, `${name}.vtt`, 'text/vtt'),
      language,
      label,
    });
  }
  return variants;
}
