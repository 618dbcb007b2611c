import { type ChildProcess, spawn } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type AnalysisConfig, analysisConfig } from '../../config/index.js';
import { Sandbox, Tail } from '../ffmpeg/index.js';
import type { AnalysedPicture, AnalysisAnswer, Detections } from './analysis-messages.js';
import { analysisErrors } from './analysis.errors.js';

/** The models are loaded again after that much time without a picture: half a second against 300 MB. */
const IDLE_MS = 60_000;
/** V8's own heap: the models and their results are in WebAssembly. */
const MAX_HEAP_MB = 256;
const STDERR_TAIL = 4096;

// Beside this file, as TypeScript or compiled: Node runs both.
const program = fileURLToPath(
  new URL(`./analysis-process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/**
 * Looks at pictures in a process of its own, one at a time: started when there is one to look at, ended when there
 * was none for a while. It sees pixels and nothing else of the service: no secret, no file, and when it takes
 * too long or too much memory it is killed and the next picture gets a new one.
 */
@Injectable()
export class PictureAnalyser implements OnModuleDestroy {
  private readonly logger = new Logger(PictureAnalyser.name);
  private child: ChildProcess | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private idle: NodeJS.Timeout | null = null;

  constructor(@Inject(analysisConfig.KEY) private readonly config: AnalysisConfig) {}

  onModuleDestroy(): void {
    this.stop();
  }

  /**
   * What is seen in a picture. Others wait for their turn; the time of waiting does not count.
   * @throws ANALYSIS_TIMEOUT, ANALYSIS_FAILED (the process could not start, or died), or the signal's reason
   */
  analyse(picture: AnalysedPicture, signal: AbortSignal): Promise<Detections> {
    const turn = this.queue.then(() => this.look(picture, signal));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async look(picture: AnalysedPicture, signal: AbortSignal): Promise<Detections> {
    signal.throwIfAborted();
    if (this.idle) clearTimeout(this.idle);
    const deadline = AbortSignal.timeout(this.config.timeoutSeconds * 1000);
    const either = AbortSignal.any([signal, deadline]);
    try {
      const child = await this.running(either);
      return await ask(child, picture, either);
    } catch (error) {
      // Whatever it is still doing is for nobody.
      this.stop();
      if (signal.aborted) throw error;
      if (deadline.aborted) throw analysisErrors.ANALYSIS_TIMEOUT(undefined, { cause: error });
      throw analysisErrors.ANALYSIS_FAILED(undefined, { cause: error });
    } finally {
      this.idle = setTimeout(() => this.stop(), IDLE_MS).unref();
    }
  }

  private async running(signal: AbortSignal): Promise<ChildProcess> {
    if (this.child?.connected) return this.child;
    const { features, memoryBytes } = this.config;
    const [sandbox, addOn] = await Promise.all([Sandbox.detect(), realpath(this.config.addOnPath)]);
    signal.throwIfAborted();
    const args = [
      ...(process.allowedNodeEnvironmentFlags.has('--permission')
        ? ['--permission', `--allow-fs-read=${addOn}/*`, `--allow-fs-read=${program}`]
        : []),
      `--max-old-space-size=${MAX_HEAP_MB}`,
      program,
      addOn,
      features.join(','),
    ];
    const command = sandbox.wrap({ path: process.execPath, args }, { dataBytes: memoryBytes });
    const child = spawn(command.path, command.args, {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.child = child;
    const complaints = new Tail(STDERR_TAIL);
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => complaints.push(chunk));
    // Listened to for as long as it lives: else a failure between two pictures would end this process.
    child.on('error', (error) => this.logger.warn({ err: error }, 'the analysis process failed'));
    child.once('exit', (code, killedBy) => {
      // Ended by this process, it is not its own any more.
      if (this.child !== child) return;
      this.child = null;
      this.logger.warn({ code, killedBy, stderr: complaints.toString() }, 'the analysis process died');
    });
    const answer = await nextAnswer(child, signal);
    if (!('ready' in answer)) throw new Error('the analysis process did not say that it is ready');
    return child;
  }

  private stop(): void {
    this.child?.kill('SIGKILL');
    this.child = null;
  }
}

async function ask(child: ChildProcess, picture: AnalysedPicture, signal: AbortSignal): Promise<Detections> {
  const answer = nextAnswer(child, signal);
  child.send(picture);
  const received = await answer;
  if ('detections' in received) return received.detections;
  throw new Error('error' in received ? received.error : 'the analysis process answered out of turn');
}

/** @throws Error when the process ends first, or the signal's reason */
function nextAnswer(child: ChildProcess, signal: AbortSignal): Promise<AnalysisAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onMessage = (message: unknown) => settle(() => resolve(message as AnalysisAnswer));
    const onExit = (code: number | null, killedBy: string | null) =>
      settle(() => reject(new Error(`the analysis process ended: ${killedBy ?? code}`)));
    const onError = (error: Error) => settle(() => reject(error));
    const onAbort = () => settle(() => reject(signal.reason as Error));
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}
