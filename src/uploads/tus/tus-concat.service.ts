import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import type { Media } from '../../media/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { Inspection } from '../session/stored-facts.js';
import { UploadFinisher } from '../session/upload-finisher.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { UploadStream } from '../session/upload-stream.js';
import { UploadWriters } from '../session/upload-writers.js';
import { TusRequestReader } from './tus-request-reader.js';
import { TusPartials } from './tus-partials.js';

/** Final uploads: several partial ones put together (Concatenation). */
@Injectable()
export class TusConcatService {
  constructor(
    private readonly reader: TusRequestReader,
    private readonly sessions: UploadSessionsService,
    private readonly partials: TusPartials,
    private readonly writers: UploadWriters,
    private readonly stream: UploadStream,
    private readonly finisher: UploadFinisher,
  ) {}

  /**
   * Makes a media of partial uploads, in the order of the list; they are used up by it. Until then nothing has
   * changed for them, so that a request that broke off may be made again.
   * @throws TUS_CONCATENATION_INVALID, UPLOAD_NOT_FOUND, and what UploadSessionsService.begin and
   *   UploadFinisher.finish throw
   */
  async concatenate(
    principal: Principal,
    headers: IncomingHttpHeaders,
    { urls, id }: { urls: readonly string[]; id: string },
  ): Promise<{ upload: Upload; media: Media }> {
    const members = await this.partials.find(principal, urls);
    const sizeBytes = members.reduce((sum, member) => sum + (member.sizeBytes ?? 0), 0);
    const upload = await this.sessions.begin(principal, {
      ...(await this.reader.describe(headers)),
      id,
      sizeBytes,
      // The parts have claimed it.
      reserveBytes: 0,
    });
    try {
      const media = await this.writers.hold(upload.id, async (lease) => {
        const inspection = new Inspection();
        const source = inspection.pass(this.partials.read(members));
        await this.stream.append(upload, lease, source);
        return this.finisher.finish(upload, lease, {
          inspect: () => Promise.resolve(inspection.facts()),
          within: (tx) =>
            this.partials.consume(
              tx,
              upload.id,
              members.map((member) => member.id),
            ),
        });
      });
      return { upload, media };
    } catch (error) {
      // Nobody was told of it: the client begins anew.
      await this.sessions.drop(upload);
      throw error;
    }
  }
}
