import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type AppConfig, appConfig } from '../../config/index.js';

/**
 * Private directories for jobs. Each lies in the directory of its process, so that what a killed process
 * left is found and removed at the next start.
 */
@Injectable()
export class ScratchSpace implements OnApplicationBootstrap {
  private readonly own: string;

  constructor(@Inject(appConfig.KEY) private readonly config: AppConfig) {
    this.own = join(config.scratchDir, String(process.pid));
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.runsJobs) return;
    await mkdir(this.config.scratchDir, { recursive: true });
    for (const name of await readdir(this.config.scratchDir)) {
      if (!isAlive(Number(name)))
        await rm(join(this.config.scratchDir, name), { recursive: true, force: true });
    }
    // A process before this one had the same number, as the first in a container always has.
    await rm(this.own, { recursive: true, force: true });
  }

  /** Runs work with an empty directory of its own, which is gone afterwards however the work ends. */
  async use<T>(work: (directory: string) => Promise<T>): Promise<T> {
    await mkdir(this.own, { recursive: true, mode: 0o700 });
    const directory = await mkdtemp(join(this.own, 'job-'));
    try {
      return await work(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
