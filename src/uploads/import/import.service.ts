import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import { Database } from '../../database/index.js';
import { Media, MediaCommitService } from '../../media/index.js';
import { FetchGuard } from '../../security/index.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import type { ImportMediaDto } from './dto/import-media.dto.js';
import { announcedName } from './import-name.js';

/** Imports as clients ask for them. */
@Injectable()
export class ImportService {
  constructor(
    private readonly database: Database,
    private readonly guard: FetchGuard,
    private readonly sessions: UploadSessionsService,
    private readonly commits: MediaCommitService,
  ) {}

  /**
   * Makes a media that waits for its bytes, and asks for the job that fetches them.
   * @param id given out by an earlier attempt of the same request: what that has made is the answer
   * @throws IMPORT_URL_INVALID, IMPORT_URL_FORBIDDEN, QUOTA_EXCEEDED, UPLOAD_SESSIONS_EXCEEDED
   */
  async begin(
    principal: Principal,
    { url, filename: given, ...details }: ImportMediaDto,
    id: string,
  ): Promise<Media> {
    const unit = this.database.unit();
    const made = await unit.findOne(Media, { id });
    if (made) return made;
    const sourceUrl = this.guard.check(url).href;
    const filename = given ?? null;
    const { userId: ownerId, orgId } = principal;
    const { visibility, tags, customMetadata } = details;
    await this.sessions.begin(
      principal,
      {
        id,
        protocol: 'import',
        filename,
        declaredType: null,
        details,
        sizeBytes: null,
        reserveBytes: 0,
        extra: { sourceUrl },
      },
      (tx) =>
        this.commits.announce(tx, {
          id,
          ownerId,
          orgId,
          visibility,
          tags,
          customMetadata,
          filename: announcedName({ filename, sourceUrl }),
        }),
    );
    return unit.findOneOrFail(Media, { id });
  }
}
