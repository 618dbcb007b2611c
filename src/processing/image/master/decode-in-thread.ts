import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { imageErrors } from '../image.errors.js';
import type { ImageLimits } from '../open-image.js';
import type { DecoderAnswer, DecoderName, DecoderTask, ThreadPicture } from './decoder.js';

/** The file is read whole, twice for what WebAssembly decodes: no picture within the pixel limit is larger. */
const maxFileBytes = 256 * 1024 ** 2;
/** The decoder itself, tables, the file. */
const wasmBaseBytes = 256 * 1024 ** 2;
/** Planes as they are coded and as they are handed out, and room for what the allocator leaves. */
const wasmBytesPerPixel = 16;
/** V8's own heap; pixels are beside it. */
const heapMegabytes = 128;

/** TypeScript in tests, JavaScript in the build: the modules beside this one are what it is itself. */
const extension = extname(import.meta.url);
const beside = (name: string) => new URL(`./${name}${extension}`, import.meta.url);

export interface DecodeRequest {
  decoder: DecoderName;
  path: string;
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>;
  signal?: AbortSignal | undefined;
  /** For tests; by default what pictures within the pixel limit need. */
  maxWasmBytes?: number;
}

/**
 * Decodes a picture in a thread of its own, which is gone when this settles: it is stopped in the middle of a
 * computation when the time is over or the signal says so, and its memory goes with it.
 * @throws IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_UNSUPPORTED, IMAGE_TIMEOUT, or the signal's reason
 */
export async function decodeInThread(request: DecodeRequest): Promise<ThreadPicture> {
  const { decoder, path, limits, signal } = request;
  signal?.throwIfAborted();
  if ((await stat(path)).size > maxFileBytes) throw imageErrors.IMAGE_TOO_LARGE('The file is too large.');
  const task: DecoderTask = {
    module: beside(`${decoder}.decoder`).href,
    path,
    limits: { maxPixels: limits.maxPixels },
    maxWasmBytes: request.maxWasmBytes ?? wasmBaseBytes + limits.maxPixels * wasmBytesPerPixel,
  };
  const worker = new Worker(beside('decoder.worker'), {
    workerData: task,
    // Nothing of ours is in the environment of a thread that reads hostile files, and what libraries print stays there.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 16 },
  });
  try {
    const answer = await firstAnswer(worker, AbortSignal.timeout(limits.timeoutSeconds * 1000), signal);
    if ('picture' in answer) return answer.picture;
    throw errorOf(answer);
  } finally {
    await worker.terminate();
  }
}

function firstAnswer(worker: Worker, deadline: AbortSignal, signal?: AbortSignal): Promise<DecoderAnswer> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason as Error);
    const expire = () => reject(imageErrors.IMAGE_TIMEOUT());
    worker.once('message', (answer: DecoderAnswer) => resolve(answer));
    worker.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuchMemory(cause) : cause),
    );
    worker.once('exit', (code) => reject(new Error(`the decoder ended with ${code} and no answer`)));
    deadline.addEventListener('abort', expire, { once: true });
    signal?.addEventListener('abort', abort, { once: true });
    worker.once('exit', () => {
      deadline.removeEventListener('abort', expire);
      signal?.removeEventListener('abort', abort);
    });
  });
}

function errorOf({ fault, detail }: Exclude<DecoderAnswer, { picture: unknown }>): Error {
  const options = { cause: new Error(detail) };
  switch (fault) {
    case 'corrupt':
      return imageErrors.IMAGE_CORRUPT(undefined, options);
    case 'unsupported':
      return imageErrors.IMAGE_UNSUPPORTED(undefined, options);
    case 'too-large':
      return imageErrors.IMAGE_TOO_LARGE(undefined, options);
    case 'memory':
      return tooMuchMemory(options.cause);
    case 'unexpected':
      return options.cause;
  }
}

function tooMuchMemory(cause: Error): Error {
  return imageErrors.IMAGE_TOO_LARGE('Decoding the image needs more memory than it may have.', { cause });
}
