import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';

/** What is due is swept every minute; so much later it is clear that it is not. */
const OVERDUE_MINUTES = 60;
const BATCH = 200;

interface DeletionRow {
  prefix: string;
  due_at: Date;
}

/** What is to be deleted is deleted. The sweep goes on by itself as soon as it can: nothing is to be mended. */
@Injectable()
export class DeletionsCheck extends Check {
  constructor(private readonly database: Database) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    for (let after: string | undefined = ''; after !== undefined;) {
      const rows: DeletionRow[] = await this.database.unit().execute<DeletionRow[]>(
        `select prefix, due_at from pending_deletion
         where due_at < now() - make_interval(mins => ?) and prefix > ? order by prefix limit ?`,
        [OVERDUE_MINUTES, after, BATCH],
      );
      for (const { prefix, due_at } of rows) {
        const detail = `due since ${new Date(due_at).toISOString()}: the job storage.sweep does not run, or fails`;
        await inspection.report({ kind: 'deletion.overdue', subject: prefix, detail });
      }
      after = rows.at(-1)?.prefix;
    }
    const [row] = await this.database
      .unit()
      .execute<{ deletions: string }[]>('select count(*) as deletions from pending_deletion');
    await inspection.looked('pendingDeletions', Number(row?.deletions));
  }
}
