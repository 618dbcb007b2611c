import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type { FfmpegCommand } from 'fluent-ffmpeg';
import { type BinaryPaths, type MediaBinaries, resolveBinaries } from './binaries.js';
import { type ProgressListeners, progressReader } from './progress.js';
import { type CommandLine, Sandbox } from './sandbox.js';
import { runProcess } from './run-process.js';

const run = promisify(execFile);

/** Generous: 4K in three rungs takes 1.5 GB, but every thread reserves address space. */
const addressSpaceBytes = 16 * 1024 ** 3;
const defaultFileBytes = 32 * 1024 ** 3;
/** No frame, byte or packet for this long: the tool hangs. */
const stallMs = 120_000;

export interface ToolRun {
  /** Private working directory; relative output names are in it. */
  cwd: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  maxFileBytes?: number;
  /** Gives way to other processes: nobody waits for all of it. */
  background?: boolean;
}

export interface FfmpegRun extends ToolRun, ProgressListeners {}

/** The ffmpeg and ffprobe that serve, and the only way to run them on files. */
export class MediaTools {
  private constructor(
    readonly binaries: MediaBinaries,
    private readonly sandbox: Sandbox,
    private readonly decoders: ReadonlySet<string>,
  ) {}

  /** @throws Error when no working tools are found */
  static async open(paths: BinaryPaths): Promise<MediaTools> {
    const [binaries, sandbox] = await Promise.all([resolveBinaries(paths), Sandbox.detect()]);
    const { stdout } = await run(binaries.ffmpeg.path, ['-v', 'error', '-codecs'], { timeout: 10_000 });
    return new MediaTools(binaries, sandbox, parseDecoders(stdout));
  }

  /** Which tools serve, in one line for the log. */
  get description(): string {
    const { ffmpeg, ffprobe } = this.binaries;
    return [
      `ffmpeg ${ffmpeg.version} (${ffmpeg.origin})`,
      `ffprobe ${ffprobe.version} (${ffprobe.origin})`,
      `sandbox: ${this.sandbox.description}`,
    ].join(', ');
  }

  /** Whether this ffmpeg has a decoder for the codec: ffprobe may be newer and know more names. */
  canDecode(codec: string | null): boolean {
    return codec !== null && this.decoders.has(codec);
  }

  /**
   * Runs a command that fluent-ffmpeg built; fluent-ffmpeg itself starts nothing.
   * @returns the tail of stderr: damage that was decoded over is told there, with exit code 0
   * @throws ProcessFailure, or the signal's reason
   */
  ffmpeg(command: FfmpegCommand, options: FfmpegRun): Promise<string> {
    const global = ['-nostdin', '-hide_banner', '-v', 'error', '-nostats', '-progress', 'pipe:1'];
    const args = [...global, ...command._getArguments()];
    const line = { path: this.binaries.ffmpeg.path, args };
    return this.#run(line, options, progressReader(options));
  }

  /**
   * Runs ffprobe and hands over its output line by line.
   * @throws ProcessFailure, the signal's reason, or what `onLine` threw
   */
  ffprobe(args: string[], options: ToolRun, onLine: (line: string) => void): Promise<string> {
    const line = { path: this.binaries.ffprobe.path, args: ['-hide_banner', '-v', 'error', ...args] };
    return this.#run(line, options, (text, alive) => {
      alive();
      onLine(text);
    });
  }

  #run(
    line: CommandLine,
    { cwd, timeoutMs, signal, background, maxFileBytes = defaultFileBytes }: ToolRun,
    onLine: (line: string, alive: () => void) => void,
  ): Promise<string> {
    const cpuSeconds = Math.ceil(timeoutMs / 1000) * availableParallelism();
    const limits = { cpuSeconds, addressSpaceBytes, fileBytes: maxFileBytes };
    return runProcess(this.sandbox.wrap(line, limits), {
      cwd,
      timeoutMs,
      stallMs,
      signal,
      background,
      onLine,
    });
  }
}

/** Codec names that `ffmpeg -codecs` flags with a D: ` DEV.LS h264  H.264 …`. */
function parseDecoders(listing: string): Set<string> {
  return new Set([...listing.matchAll(/^ D[E.][VASD][I.][L.][S.] (\S+)/gm)].map(([, name = '']) => name));
}
