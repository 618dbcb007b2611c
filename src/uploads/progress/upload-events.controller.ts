import { Controller, type MessageEvent, Req, Res, Sse } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { CurrentPrincipal, type Principal, RequireScopes } from '../../auth/index.js';
import { IdParam } from '../../common/index.js';
import { ApiEventStream } from './api-event-stream.js';
import { SseService } from './sse.service.js';

@ApiTags('Uploads')
@Controller('v1/uploads')
export class UploadEventsController {
  constructor(private readonly events: SseService) {}

  @Sse(':id/events')
  @RequireScopes('media:read')
  @ApiOperation({
    operationId: 'watchUpload',
    summary: 'Progress as Server-Sent Events, from the first byte until the media is ready',
    description:
      'Ends when the media is ready, failed, quarantined or deleted, or the upload is refused or given up.',
  })
  @ApiEventStream()
  watch(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Req() { ip }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Observable<MessageEvent>> {
    return this.events.open({ kind: 'upload', id }, { principal, address: ip, response: reply.raw });
  }
}
