import type { Database } from '../../database/index.js';

const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Rows in the order of their ids, a page at a time, each page read when it is asked for.
 * @param sql a query of rows with an `id`, whose last parameters are the id after which it begins and a limit
 */
export async function* pagesById<T extends { id: string }>(
  database: Database,
  sql: string,
  { size = 200, parameters = [] }: { size?: number; parameters?: readonly unknown[] } = {},
): AsyncGenerator<T[]> {
  let after = FIRST;
  for (;;) {
    const rows = await database.unit().execute<T[]>(sql, [...parameters, after, size]);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.id;
  }
}

/** Runs a step on all items, some at once. */
export async function eachAtOnce<T>(
  limit: number,
  items: readonly T[],
  step: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await step(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
