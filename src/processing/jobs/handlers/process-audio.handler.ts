import { Injectable } from '@nestjs/common';
import { JobHandler, type MediaJobPayload } from '../job-handler.js';
@Injectable()
export class ProcessAudioHandler extends JobHandler {
  override readonly job = 'media.process-audio';
  override async handle(): Promise<void> {}
}
