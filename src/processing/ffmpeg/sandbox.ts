import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What one process may use up; what is absent is not limited. */
export interface ProcessLimits {
  cpuSeconds?: number;
  /** Virtual memory; threads reserve far more than they use. */
  addressSpaceBytes?: number;
  /** Writable private memory: for what reserves address space by the gigabyte and falters without, as V8 and WebAssembly do. */
  dataBytes?: number;
  /** Of any one file that it writes. */
  fileBytes?: number;
}

export interface CommandLine {
  path: string;
  args: string[];
}

/**
 * Wraps a command so that the kernel kills it when this process dies, however it dies, and holds it to its
 * limits. Both tools are part of util-linux and replace themselves by the command, so the process id stays.
 */
export class Sandbox {
  private constructor(
    private readonly setpriv: string | null,
    private readonly prlimit: string | null,
  ) {}

  /** Looks for setpriv and prlimit and tries them: in some containers they are there and not allowed. */
  static async detect(): Promise<Sandbox> {
    const [setpriv, prlimit] = await Promise.all([findCommand('setpriv'), findCommand('prlimit')]);
    const works = async (path: string | null, args: string[]) =>
      path !== null && (await succeeds(path, args)) ? path : null;
    return new Sandbox(
      await works(setpriv, [...deathArgs, '--', '/bin/true']),
      await works(prlimit, ['--core=0', '--', '/bin/true']),
    );
  }

  /** What holds, for the log: orphans are killed, limits are kept. */
  get description(): string {
    const parts = [this.setpriv && 'dies with its parent', this.prlimit && 'limited by prlimit'];
    return parts.filter(Boolean).join(', ') || 'none';
  }

  wrap(command: CommandLine, limits: ProcessLimits): CommandLine {
    return this.#dieWithParent(this.#limit(command, limits));
  }

  #limit({ path, args }: CommandLine, limits: ProcessLimits): CommandLine {
    if (this.prlimit === null) return { path, args };
    const cpuSeconds = limits.cpuSeconds === undefined ? undefined : Math.ceil(limits.cpuSeconds);
    const options = Object.entries({
      core: 0,
      // Told apart from other kills by its own signal, which comes at the lower of the two.
      cpu: cpuSeconds === undefined ? undefined : `${cpuSeconds}:${cpuSeconds + 1}`,
      as: limits.addressSpaceBytes,
      data: limits.dataBytes,
      fsize: limits.fileBytes,
    }).flatMap(([name, limit]) =>
      limit === undefined ? [] : [`--${name}=${typeof limit === 'number' ? Math.ceil(limit) : limit}`],
    );
    return { path: this.prlimit, args: [...options, '--', path, ...args] };
  }

  #dieWithParent({ path, args }: CommandLine): CommandLine {
    if (this.setpriv === null) return { path, args };
    return { path: this.setpriv, args: [...deathArgs, '--', path, ...args] };
  }
}

const deathArgs = ['--pdeathsig', 'KILL', '--no-new-privs'];

/** Absolute path of a command on the PATH, or null. */
export async function findCommand(name: string): Promise<string | null> {
  try {
    const { stdout } = await run('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', name]);
    const path = stdout.trim();
    return path.startsWith('/') ? path : null;
  } catch {
    return null;
  }
}

async function succeeds(path: string, args: string[]): Promise<boolean> {
  try {
    await run(path, args, { timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}
