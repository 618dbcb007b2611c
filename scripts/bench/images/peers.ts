/** Other image servers, as programs that whoever runs the benchmark has installed: see docs/benchmarks.md. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../servers.ts';
import type { Format, Source } from './sources.ts';

/** Settings are those of the service as far as a peer has them: see docs/benchmarks.md. */
export interface Peer {
  name: string;
  formats: readonly Format[];
  /** Serves the files of a folder. */
  start(folder: string): Promise<Server>;
  /** With `{n}` for the width. */
  path(source: Source, format: Format): string;
}

const START_SECONDS = 30;

function imgproxy(program: string): Peer {
  return {
    name: 'imgproxy',
    formats: ['jpeg', 'webp', 'avif'],
    start: (folder) =>
      startProgram((port) => ({
        command: [program],
        env: {
          IMGPROXY_BIND: `127.0.0.1:${port}`,
          IMGPROXY_LOCAL_FILESYSTEM_ROOT: folder,
          IMGPROXY_WORKERS: '2',
          IMGPROXY_FORMAT_QUALITY: 'jpeg=80,webp=80,avif=50',
          // libvips takes 9 less its effort.
          IMGPROXY_AVIF_SPEED: '7',
          IMGPROXY_WEBP_EFFORT: '4',
          IMGPROXY_JPEG_PROGRESSIVE: 'false',
          IMGPROXY_STRIP_METADATA: 'true',
          IMGPROXY_MAX_SRC_RESOLUTION: '50',
          IMGPROXY_LOG_LEVEL: 'warn',
        },
      })),
    path: ({ file }, format) => `/insecure/rs:fit:{n}:0/plain/local:///${basename(file)}@${format}`,
  };
}

function ipx(folderOfPackage: string): Peer {
  return {
    name: 'ipx',
    // Its effort for AVIF is sharp's default and can't be set.
    formats: ['jpeg', 'webp'],
    start: (folder) =>
      startProgram((port) => ({
        command: [
          process.execPath,
          join(folderOfPackage, 'bin/ipx.mjs'),
          'serve',
          '--dir',
          folder,
          '--port',
          String(port),
          '--host',
          '127.0.0.1',
        ],
        env: { NODE_ENV: 'production' },
      })),
    path: ({ file }, format) => `/w_{n},f_${format},q_80/${basename(file)}`,
  };
}

function thumbor(program: string): Peer {
  return {
    name: 'thumbor',
    formats: ['jpeg', 'webp', 'avif'],
    async start(folder) {
      const settings = join(folder, 'thumbor.conf');
      const lines = [
        `FILE_LOADER_ROOT_PATH = '${folder}'`,
        "LOADER = 'thumbor.loaders.file_loader'",
        "STORAGE = 'thumbor.storages.no_storage'",
        'QUALITY = 80\nWEBP_QUALITY = 80\nAVIF_QUALITY = 50\nAVIF_SPEED = 7',
        'PROGRESSIVE_JPEG = False\nRESPECT_ORIENTATION = True',
      ];
      await writeFile(settings, `${lines.join('\n')}\n`);
      return startProgram((port) => ({
        command: [
          program,
          '--ip',
          '127.0.0.1',
          '--port',
          String(port),
          '--conf',
          settings,
          '--processes',
          '1',
        ],
        env: {},
      }));
    },
    path: ({ file }, format) => `/unsafe/{n}x0/filters:format(${format})/${basename(file)}`,
  };
}

/** The peers that are there, and why others are not. */
export function findPeers(paths: { imgproxy?: string; ipx?: string; thumbor?: string }): {
  peers: Peer[];
  missing: string[];
} {
  const makers = { imgproxy, ipx, thumbor };
  const peers: Peer[] = [];
  const missing: string[] = [];
  for (const [name, make] of Object.entries(makers)) {
    const path = paths[name as keyof typeof makers];
    if (path === undefined) missing.push(`${name}: left out, for --${name} does not say where it is`);
    else if (!existsSync(path)) missing.push(`${name}: left out, for there is nothing at ${path}`);
    else peers.push(make(path));
  }
  return { peers, missing };
}

interface Program {
  command: string[];
  env: Record<string, string>;
}

async function startProgram(program: (port: number) => Program): Promise<Server> {
  const port = await freePort();
  const { command, env } = program(port);
  const { PATH = '', HOME = '' } = process.env;
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: { PATH, HOME, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  if (child.pid === undefined) throw new Error(`${file} could not be started`);
  const origin = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  for (let tries = 0; tries < START_SECONDS * 10; tries += 1) {
    if (child.exitCode !== null) break;
    const answers = await fetch(origin).then(
      () => true,
      () => false,
    );
    if (answers) return { origin, token: '', pid: child.pid, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`${file} does not answer`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
