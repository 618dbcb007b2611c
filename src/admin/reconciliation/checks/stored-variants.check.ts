import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import type { VariantKind } from '../../../media/index.js';
import { ObjectStore } from '../../../storage/index.js';
import { Check } from '../check.js';
import type { Finding } from '../finding.js';
import type { Inspection } from '../inspection.js';
import { eachAtOnce, pagesById } from '../pages.js';
import { damageOf, storedSize } from '../stored-size.js';
import { VariantRepair } from '../variant-repair.js';

const AT_ONCE = 16;

interface VariantRow {
  id: string;
  media_id: string;
  name: string;
  kind: VariantKind;
  storage_key: string;
  size_bytes: string;
  uploaded: boolean;
}

interface RunRow {
  prefix: string;
  size_bytes: string;
}

interface DamagedVariant extends VariantRow {
  finding: Omit<Finding, 'mended'>;
}

/**
 * Every variant is in the store: an object with its size, or for HLS all that was stored under its prefix. What is
 * being made again is not looked at, for its successors are on their way.
 */
@Injectable()
export class StoredVariantsCheck extends Check {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly repair: VariantRepair,
  ) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    const variants = pagesById<VariantRow>(
      this.database,
      `select id, media_id, name, kind, storage_key, size_bytes, uploaded from variant where id > ? order by id limit ?`,
    );
    for await (const page of variants) {
      const damaged: DamagedVariant[] = [];
      await eachAtOnce(AT_ONCE, page, async (row) => {
        const finding = await this.look(row);
        if (finding) damaged.push({ ...row, finding });
      });
      for (const [mediaId, members] of Map.groupBy(damaged, ({ media_id }) => media_id)) {
        await this.report(mediaId, members, inspection);
      }
      await inspection.looked('variants', page.length);
    }
  }

  /** As with originals: a row that is there before and after the look was there at the look. */
  private async look(row: VariantRow): Promise<Omit<Finding, 'mended'> | null> {
    if ((await this.damage(row)) === null || !(await this.stands(row))) return null;
    const damage = await this.damage(row);
    if (damage === null || !(await this.stands(row))) return null;
    return {
      kind: `variant.${damage.kind}`,
      subject: row.id,
      detail: `${row.name} of media ${row.media_id}, ${row.storage_key}: ${damage.detail}`,
    };
  }

  /** A rendition's row tells the size of its segments, which are in that of the whole stream as well. */
  private async damage(row: VariantRow): Promise<ReturnType<typeof damageOf>> {
    const { kind, storage_key, size_bytes } = row;
    if (kind === 'rendition' && storage_key.endsWith('/')) return null;
    if (kind === 'hls') {
      const runs = await this.runsOf(row);
      if (runs.length > 0) return this.damageOfRuns(runs);
    }
    const expected = kind === 'rendition' ? null : Number(size_bytes);
    return damageOf(await storedSize(this.store, storage_key), expected);
  }

  /** What jobs have stored of a video, each under a prefix of its own; none for a stream of one attempt. */
  private runsOf({ media_id, storage_key }: VariantRow): Promise<RunRow[]> {
    return this.database.unit().execute<RunRow[]>(
      `select prefix, size_bytes from video_run join video_plan on video_plan.id = plan_id
        where media_id = ? and state = 'complete' and segments > 0 and strpos(?, video_plan.id::text) > 0`,
      [media_id, storage_key],
    );
  }

  private async damageOfRuns(runs: readonly RunRow[]): Promise<ReturnType<typeof damageOf>> {
    for (const { prefix, size_bytes } of runs) {
      const damage = damageOf(await storedSize(this.store, prefix), Number(size_bytes));
      if (damage) return damage;
    }
    return null;
  }

  private async stands({ id, storage_key }: VariantRow): Promise<boolean> {
    const rows = await this.database.unit().execute<object[]>(
      `select from variant join media on media.id = media_id
       where variant.id = ? and storage_key = ? and (variant.kind = 'transform' or deleted_at is not null
             or status not in ('pending', 'scanning', 'processing'))`,
      [id, storage_key],
    );
    return rows.length > 0;
  }

  /** All that a media lacks is made again at once, but for what a client brought. */
  private async report(
    mediaId: string,
    damaged: readonly DamagedVariant[],
    inspection: Inspection,
  ): Promise<void> {
    const derived = damaged.filter(({ kind, uploaded }) => kind !== 'transform' && !uploaded);
    const remade = inspection.mend && derived.length > 0 ? await this.repair.remake(mediaId) : false;
    for (const { finding } of derived) await inspection.report(finding, () => Promise.resolve(remade));
    for (const { id, kind, finding, uploaded } of damaged) {
      // Nobody but the client has it.
      if (uploaded) await inspection.report(finding, () => Promise.resolve(false));
      if (kind === 'transform') await inspection.report(finding, () => this.repair.forgetTransform(id));
    }
  }
}
