/** A share of the CPU for a process and all that it starts, by the kernel's control groups. Linux, as root. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';
const periodMicroseconds = 100_000;
/** Version 1 has a hierarchy for each controller, version 2 one for all. */
const isFirst = existsSync(join(root, 'cpu/cpu.cfs_quota_us'));
const hierarchy = isFirst ? join(root, 'cpu') : root;

/** What it may have it gets, before all others on the machine: so that a neighbour does not count as a limit. */
export class CpuShare {
  private readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * @param cores a quarter of one is 0.25; null: as many as there are
   * @throws Error where control groups may not be made here
   */
  static create(name: string, cores: number | null): CpuShare {
    const directory = join(hierarchy, name);
    mkdirSync(directory);
    const share = new CpuShare(directory);
    const quota = cores === null ? null : Math.round(cores * periodMicroseconds);
    if (isFirst) {
      share.set('cpu.shares', 262_144);
      share.set('cpu.cfs_period_us', periodMicroseconds);
      share.set('cpu.cfs_quota_us', quota ?? -1);
    } else {
      share.set('cpu.weight', 10_000);
      share.set('cpu.max', `${quota ?? 'max'} ${periodMicroseconds}`);
    }
    return share;
  }

  /** Also what the process starts from now on belongs to it. */
  add(pid: number): void {
    this.set('cgroup.procs', pid);
  }

  /** @param pids that are still in it */
  remove(...pids: number[]): void {
    for (const pid of pids) writeFileSync(join(hierarchy, 'cgroup.procs'), String(pid));
    rmdirSync(this.directory);
  }

  private set(file: string, value: number | string): void {
    writeFileSync(join(this.directory, file), String(value));
  }
}
