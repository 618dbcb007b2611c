import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { DecoderAnswer, DecoderFault, DecoderModule, DecoderTask } from './decoder.js';

const wasmPageBytes = 65_536;
const faults: ReadonlySet<unknown> = new Set(['corrupt', 'too-large', 'unsupported']);

/** The part of WebAssembly.Memory that is used here: Node's own types leave it out. */
interface WasmMemory {
  buffer: ArrayBuffer;
  grow: (this: WasmMemory, pages: number) => number;
}

const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: WasmMemory } } })
  .WebAssembly;

/**
 * V8's limits on a thread don't count WebAssembly memory. Emscripten's heaps grow by this method alone, so here
 * their growth ends: the decoder then fails to allocate.
 */
function limitWasmMemory(maxBytes: number): { reached: boolean } {
  const state = { reached: false };
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function (this: WasmMemory, pages: number): number {
    if (this.buffer.byteLength + pages * wasmPageBytes > maxBytes) {
      state.reached = true;
      throw new RangeError('the decoder has used up its memory');
    }
    return grow.call(this, pages);
  };
  return state;
}

function isOpaque(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

async function answer({ module, path, limits, maxWasmBytes }: DecoderTask): Promise<DecoderAnswer> {
  const memory = limitWasmMemory(maxWasmBytes);
  try {
    const { decode } = (await import(module)) as DecoderModule;
    const picture = await decode(await readFile(path), limits);
    return { picture: { ...picture, hasAlpha: !isOpaque(picture.data) } };
  } catch (error) {
    return { fault: memory.reached ? 'memory' : faultOf(error), detail: String(error) };
  }
}

function faultOf(error: unknown): DecoderFault | 'memory' | 'unexpected' {
  // Emscripten throws C++ exceptions as what they are.
  if (!(error instanceof Error)) return 'corrupt';
  const { name, message, cause } = error;
  if (/allocation failed/i.test(message)) return 'memory';
  if (faults.has(cause)) return cause as DecoderFault;
  // The decoder trapped: it read beyond its memory, or ran into code that it takes for unreachable.
  return name === 'RuntimeError' ? 'corrupt' : 'unexpected';
}

const result = await answer(workerData as DecoderTask);
parentPort?.postMessage(result, 'picture' in result ? [result.picture.data.buffer] : []);
