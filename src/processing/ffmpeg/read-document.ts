import { type DecodeLimits, inputOptions, inputUrl, type MediaInput } from './media-input.js';
import type { MediaTools, ToolRun } from './media-tools.js';
import { ProcessFailure, saysOversized } from './process-failure.js';
import { documentEntries, type MediaDocument, parseDocument } from './stream-document.js';

/** A document of 1000 streams is half of this. */
const maxDocumentLength = 1024 ** 2;

export interface LimitedDocument extends MediaDocument {
  /** Some picture is beyond `maxPixels`: ffprobe leaves its size and format out. */
  oversized: boolean;
}

/**
 * Asks ffprobe what streams a file has.
 * @throws ProcessFailure, also when the answer is no document or too long
 */
export async function readDocument(
  tools: MediaTools,
  input: MediaInput,
  options: ToolRun & { limits: DecodeLimits },
): Promise<LimitedDocument> {
  let json = '';
  const args = [...inputOptions(input, options.limits), '-show_entries', documentEntries, '-of', 'json'];
  const stderrTail = await tools.ffprobe([...args, inputUrl(input)], options, (line) => {
    json += line;
    if (json.length > maxDocumentLength) throw new ProcessFailure('exit', { stderrTail: 'too many streams' });
  });
  try {
    return { ...parseDocument(json), oversized: saysOversized(stderrTail) };
  } catch (cause) {
    throw new ProcessFailure('exit', { stderrTail, cause });
  }
}
