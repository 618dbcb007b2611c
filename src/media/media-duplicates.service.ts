import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';
import { type DuplicateRow, type DuplicatesQuestion, duplicatesStatement } from './duplicates-query.js';
import { Media } from './entities/media.entity.js';
import { MediaAccess } from './media-access.js';

/** One media with the same bytes as another, or one that looks like it. */
export interface Duplicate {
  media: Media;
  /** Bits in which the perceptual hashes differ; null for the same bytes. */
  distance: number | null;
}

/** Finds what was uploaded more than once. */
@Injectable()
export class MediaDuplicatesService {
  constructor(
    private readonly database: Database,
    private readonly access: MediaAccess,
  ) {}

  /**
   * Duplicates of a media within its owner's or its organization's space, as far as the principal may read
   * them: never across spaces, and nothing from the trash.
   * @throws MEDIA_NOT_FOUND
   */
  async find(id: string, question: DuplicatesQuestion): Promise<Duplicate[]> {
    const subject = await this.access.readable(question.principal, id);
    const { sql, parameters } = duplicatesStatement(subject, question);
    if (sql === '') return [];
    const unit = this.database.unit();
    const rows = await unit.execute<DuplicateRow[]>(sql, parameters);
    const found = await unit.find(Media, { id: { $in: rows.map((row) => row.id) } });
    const media = new Map(found.map((each) => [each.id, each]));
    // One may be purged between the two statements.
    return rows.flatMap((row) => {
      const each = media.get(row.id);
      return each ? [{ media: each, distance: row.distance }] : [];
    });
  }
}
