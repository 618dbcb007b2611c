import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';

export interface Tally {
  count: number;
  bytes: number;
}

export interface Statistics {
  total: Tally;
  byKind: Record<string, Tally>;
  byStatus: Record<string, Tally>;
  /** The last 30 days on which something was uploaded, newest first. */
  byDay: (Tally & { day: string })[];
}

const DAYS = 30;

/** Counts and sizes of what is in the catalogue; the trash is left out. */
@Injectable()
export class MediaStatisticsService {
  constructor(private readonly database: Database) {}

  async of(scope: 'user' | 'org', subjectId: string): Promise<Statistics> {
    const owner = scope === 'user' ? 'owner_id' : 'org_id';
    const unit = this.database.unit();
    const groups = await unit.execute<{ kind: string; status: string; count: string; bytes: string }[]>(
      `select kind, status, count(*) as count, sum(size_bytes) as bytes
       from media where ${owner} = ? and deleted_at is null group by kind, status`,
      [subjectId],
    );
    const days = await unit.execute<{ day: string; count: string; bytes: string }[]>(
      `select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as count, sum(size_bytes) as bytes
       from media where ${owner} = ? and deleted_at is null group by day order by day desc limit ?`,
      [subjectId, DAYS],
    );
    const tallies = groups.map(({ kind, status, count, bytes }) => ({
      kind,
      status,
      count: Number(count),
      bytes: Number(bytes),
    }));
    return {
      total: sum(tallies),
      byKind: mapGroups(tallies, 'kind'),
      byStatus: mapGroups(tallies, 'status'),
      byDay: days.map(({ day, count, bytes }) => ({ day, count: Number(count), bytes: Number(bytes) })),
    };
  }
}

function sum(tallies: Tally[]): Tally {
  return {
    count: tallies.reduce((total, { count }) => total + count, 0),
    bytes: tallies.reduce((total, { bytes }) => total + bytes, 0),
  };
}

function mapGroups<K extends 'kind' | 'status'>(
  tallies: (Tally & Record<K, string>)[],
  key: K,
): Record<string, Tally> {
  const groups = Map.groupBy(tallies, (tally) => tally[key]);
  return Object.fromEntries([...groups].map(([name, members]) => [name, sum(members)]));
}
