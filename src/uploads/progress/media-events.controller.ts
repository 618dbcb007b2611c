import { Controller, type MessageEvent, Req, Res, Sse } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { AllowAnonymous, OptionalPrincipal, type Principal } from '../../auth/index.js';
import { IdParam } from '../../common/index.js';
import { ApiEventStream } from './api-event-stream.js';
import { SseService } from './sse.service.js';

@ApiTags('Media')
@Controller('v1/media')
export class MediaEventsController {
  constructor(private readonly events: SseService) {}

  @Sse(':id/events')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'watchMedia',
    summary: 'Progress as Server-Sent Events, until the media is ready, failed, quarantined or deleted',
  })
  @ApiEventStream()
  watch(
    @OptionalPrincipal() principal: Principal | null,
    @IdParam() id: string,
    @Req() { ip }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Observable<MessageEvent>> {
    return this.events.open({ kind: 'media', id }, { principal, address: ip, response: reply.raw });
  }
}
