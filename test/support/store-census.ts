import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

interface RunRow {
  prefix: string;
  firstSegment: number;
  renditions: Record<string, { segments: object[] }>;
}

/** Objects of the store against the rows that name them. */
export interface Census {
  /** Keys that no row names. */
  orphans: string[];
  /** Keys that a row names and the store has not. */
  missing: string[];
  objects: number;
}

export async function rowsOf<T extends pg.QueryResultRow>(
  databaseUrl: string,
  statement: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(statement, values)).rows;
  } finally {
    await client.end();
  }
}

/** @param root where the store keeps its objects, unfinished ones included */
export async function takeCensus(databaseUrl: string, root: string): Promise<Census> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const single = await rowsOf<{ key: string }>(
    databaseUrl,
    `select storage_key as key from blob
     union select storage_key from variant where kind not in ('hls', 'rendition', 'storyboard')`,
  );
  const storyboards = await rowsOf<{ prefix: string }>(
    databaseUrl,
    `select storage_key as prefix from variant where kind = 'storyboard'`,
  );
  const runs = await rowsOf<RunRow>(
    databaseUrl,
    `select prefix, first_segment as "firstSegment", renditions from video_run where segments > 0`,
  );
  const known = new Set([...single.map(({ key }) => key), ...runs.flatMap(keysOf)]);
  const inStoryboard = (key: string) => storyboards.some(({ prefix }) => key.startsWith(prefix));
  const present = new Set(files);
  return {
    orphans: files.filter((key) => !known.has(key) && !inStoryboard(key)),
    missing: [...known].filter((key) => !present.has(key)),
    objects: files.length,
  };
}

function keysOf({ prefix, firstSegment, renditions }: RunRow): string[] {
  return Object.entries(renditions).flatMap(([name, { segments }]) => {
    const numbers = segments.map((_, at) => String(firstSegment + at + 1).padStart(5, '0'));
    return ['init.mp4', ...numbers.map((number) => `${number}.m4s`)].map(
      (file) => `${prefix}${name}/${file}`,
    );
  });
}
