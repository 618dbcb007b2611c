import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from '@jest/globals';
import type { Assembler, ObjectStore } from '../../src/storage/index.js';
import { LocalAssembler } from '../../src/storage/local/local-assembler.js';
import { LocalObjectStore } from '../../src/storage/local/local-object-store.js';
import { S3Assembler } from '../../src/storage/s3/s3-assembler.js';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.js';
import { AssemblyRows } from './assembly-rows.js';
import { hasRealS3, startS3Server } from './s3-server.js';

export const EMULATED = 's3 (emulator)';

interface Driver {
  assembler: Assembler;
  store: ObjectStore;
  stop(): Promise<void>;
}

/** What contract suites of the assembler run on. */
export const assemblerDrivers: Record<string, () => Promise<Driver>> = {
  local: async () => {
    const root = await mkdtemp(join(tmpdir(), 'assembler-'));
    return {
      assembler: await LocalAssembler.open(root),
      store: await LocalObjectStore.open(root),
      stop: () => rm(root, { recursive: true }),
    };
  },
  [hasRealS3 ? 's3 (real server)' : EMULATED]: async () => {
    const server = await startS3Server();
    return {
      assembler: new S3Assembler(server.config),
      store: new S3ObjectStore(server.config),
      stop: () => server.stop(),
    };
  },
};

export async function* streamOf(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield chunk;
}

/** A driver, with one assembly at a time. */
export class AssemblerBench {
  /** Of the assembly and its helper objects. */
  prefix = '';
  private rows: AssemblyRows | null = null;

  private constructor(
    private readonly driver: Driver,
    readonly assembler = driver.assembler,
    readonly store = driver.store,
  ) {}

  static async start(open: () => Promise<Driver>): Promise<AssemblerBench> {
    return new AssemblerBench(await open());
  }

  async begin(): Promise<AssemblyRows> {
    this.prefix = `test/${randomUUID()}/`;
    const key = `${this.prefix}original`;
    const handle = await this.assembler.begin(key, { contentType: 'video/mp4' });
    this.rows = new AssemblyRows({ key, handle });
    return this.rows;
  }

  /** Appends as a writer that lets go. */
  async append(...chunks: Buffer[]): Promise<void> {
    const { assembly } = this.current;
    const { letGo, ...request } = this.current.acquire();
    await this.assembler.append(assembly, { ...request, source: streamOf(...chunks) }).finally(letGo);
  }

  async keys(): Promise<string[]> {
    return (await Array.fromAsync(this.store.list(this.prefix))).map(({ key }) => key);
  }

  /** Assembles what is told, and expects exactly these bytes and nothing else. */
  async expectAssembled(expected: Buffer): Promise<void> {
    const { assembly } = this.current;
    const { key } = assembly;
    expect(await this.assembler.assemble(assembly, this.current.list())).toEqual({
      key,
      sizeBytes: expected.length,
    });
    await this.expectStored(expected);
  }

  async expectStored(expected: Buffer): Promise<void> {
    const { key } = this.current.assembly;
    const stored = await buffer(await this.store.get(key));
    expect(stored.length).toBe(expected.length);
    expect(stored.equals(expected)).toBe(true);
    expect(await this.keys()).toEqual([key]);
  }

  async clear(): Promise<void> {
    await this.assembler.abandon(this.current.assembly);
    await this.store.deletePrefix(this.prefix);
  }

  stop(): Promise<void> {
    return this.driver.stop();
  }

  private get current(): AssemblyRows {
    if (!this.rows) throw new Error('nothing was begun');
    return this.rows;
  }
}
