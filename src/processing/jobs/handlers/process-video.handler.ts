import { Injectable } from '@nestjs/common';
import { JobHandler, type MediaJobPayload } from '../job-handler.js';
@Injectable()
export class ProcessVideoHandler extends JobHandler {
  override readonly job = 'media.process-video';
  override async handle(): Promise<void> {}
}
