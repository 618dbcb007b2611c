import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findCommand } from './sandbox.js';

const run = promisify(execFile);

export type ToolName = 'ffmpeg' | 'ffprobe';

/** A binary that was run once and answered. */
export interface Tool {
  path: string;
  /** As it names itself, for the log. */
  version: string;
  origin: 'configured' | 'system' | 'npm';
  /** Version of its libavcodec: git builds have no release number, this counts up in all. */
  libavcodec: readonly [major: number, minor: number];
}

export interface MediaBinaries {
  ffmpeg: Tool;
  ffprobe: Tool;
}

export interface BinaryPaths {
  ffmpegPath: string | null;
  ffprobePath: string | null;
}

/**
 * Finds the media tools: the configured one, else the system's when its ffmpeg is newer than npm's (of
 * December 2018), else npm's. Both come from the same place where possible.
 * @throws Error that names the setting, when a configured one doesn't work or none is found
 */
export async function resolveBinaries({ ffmpegPath, ffprobePath }: BinaryPaths): Promise<MediaBinaries> {
  const ffmpeg = await resolveFfmpeg(ffmpegPath);
  const ffprobe = await resolveFfprobe(ffprobePath, ffmpeg.origin);
  return { ffmpeg, ffprobe };
}

async function resolveFfmpeg(configured: string | null): Promise<Tool> {
  if (configured !== null) return required('ffmpeg', configured);
  const [system, npm] = await Promise.all([systemTool('ffmpeg'), npmTool('ffmpeg')]);
  if (system && (!npm || isNewer(system, npm))) return system;
  return npm ?? missing('ffmpeg');
}

async function resolveFfprobe(configured: string | null, preferred: Tool['origin']): Promise<Tool> {
  if (configured !== null) return required('ffprobe', configured);
  const [system, npm] = await Promise.all([systemTool('ffprobe'), npmTool('ffprobe')]);
  return (preferred === 'npm' ? (npm ?? system) : (system ?? npm)) ?? missing('ffprobe');
}

async function required(name: ToolName, path: string): Promise<Tool> {
  const tool = await inspect(path, 'configured');
  if (!tool) throw new Error(`${name.toUpperCase()}_PATH does not name a working ${name}`);
  return tool;
}

function missing(name: ToolName): never {
  throw new Error(`no working ${name} was found: install one and set ${name.toUpperCase()}_PATH`);
}

async function systemTool(name: ToolName): Promise<Tool | null> {
  const path = await findCommand(name);
  return path === null ? null : inspect(path, 'system');
}

/** The installers throw when they are imported on a platform that they have no binary for. */
async function npmTool(name: ToolName): Promise<Tool | null> {
  try {
    const installer =
      name === 'ffmpeg'
        ? await import('@ffmpeg-installer/ffmpeg')
        : await import('@ffprobe-installer/ffprobe');
    return await inspect(installer.default.path, 'npm');
  } catch {
    return null;
  }
}

async function inspect(path: string, origin: Tool['origin']): Promise<Tool | null> {
  try {
    const { stdout } = await run(path, ['-version'], { timeout: 10_000 });
    return parseVersion(stdout, path, origin);
  } catch {
    return null;
  }
}

/** Reads what `-version` prints; null when that is no media tool. */
export function parseVersion(output: string, path: string, origin: Tool['origin']): Tool | null {
  const version = /^ff(?:mpeg|probe) version (\S+)/.exec(output)?.[1];
  const library = /libavcodec\s+(\d+)\.\s*(\d+)/.exec(output);
  if (version === undefined || library === null) return null;
  return { path, version, origin, libavcodec: [Number(library[1]), Number(library[2])] };
}

function isNewer({ libavcodec: a }: Tool, { libavcodec: b }: Tool): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}
