import { Controller, Get, Headers, type MessageEvent, Res, Sse } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';
import { AllowAnonymous, OptionalPrincipal, type Principal } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { MediaDto, toMediaDto } from './dto/media.dto.js';
import { mediaEntityTag } from './entity-tag.js';
import { MediaAccess } from './media-access.js';
import { MediaProgressService } from './media-progress.service.js';

@ApiTags('Media')
@ApiBearerAuth()
@Controller('v1/media')
export class MediaReadController {
  constructor(
    private readonly access: MediaAccess,
    private readonly progress: MediaProgressService,
  ) {}

  @Get(':id')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'getMedia', summary: 'One media; a public one needs no token' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiOkResponse({ type: MediaDto })
  @ApiProblems(304, 400, 401, 404, 429)
  async get(
    @OptionalPrincipal() principal: Principal | null,
    @IdParam() id: string,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto | undefined> {
    const media = await this.access.readable(principal, id);
    const tag = mediaEntityTag(media);
    void reply.headers({ ETag: tag, 'Cache-Control': 'private, no-cache' });
    if (ifNoneMatch?.split(',').some((candidate) => candidate.trim() === tag)) {
      void reply.status(304);
      return undefined;
    }
    return toMediaDto(media);
  }

  @Sse(':id/events')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'watchMedia',
    summary:
      'Status and progress as Server-Sent Events, until the media is ready, failed, quarantined or deleted',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiProblems(400, 401, 404, 429)
  watch(
    @OptionalPrincipal() principal: Principal | null,
    @IdParam() id: string,
  ): Promise<Observable<MessageEvent>> {
    return this.progress.watch(principal, id);
  }
}
