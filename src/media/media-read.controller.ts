import { Controller, Get, Headers, type MessageEvent, Query, Res, Sse } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';
import {
  AllowAnonymous,
  CurrentPrincipal,
  OptionalPrincipal,
  type Principal,
  RequireScopes,
} from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { DuplicatesDto, DuplicatesQuery, toDuplicatesDto } from './dto/duplicates.dto.js';
import { MediaDto, toMediaDto } from './dto/media.dto.js';
import { entityTagHeader, isCurrent, mediaEntityTag } from './entity-tag.js';
import { MediaAccess } from './media-access.js';
import { MediaDuplicatesService } from './media-duplicates.service.js';
import { MediaProgressService } from './media-progress.service.js';

const eventExample =
  'event: status\ndata: {"id":"01990000-0000-7000-8000-000000000000","status":"processing","progress":40,"failure":null}\n\n';

@ApiTags('Media')
@Controller('v1/media')
export class MediaReadController {
  constructor(
    private readonly access: MediaAccess,
    private readonly progress: MediaProgressService,
    private readonly duplicates: MediaDuplicatesService,
  ) {}

  @Get(':id')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'getMedia', summary: 'One media; a public one needs no token' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the state that the client has' })
  @ApiOkResponse({ type: MediaDto, headers: entityTagHeader })
  @ApiResponse({ status: 304, description: 'The client has this state' })
  @ApiProblems(401, 403, 404, 429)
  async get(
    @OptionalPrincipal() principal: Principal | null,
    @IdParam() id: string,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto | undefined> {
    const media = await this.access.readable(principal, id);
    void reply.headers({ ETag: mediaEntityTag(media), 'Cache-Control': 'private, no-cache' });
    if (isCurrent(media, ifNoneMatch)) {
      void reply.status(304);
      return undefined;
    }
    return toMediaDto(media);
  }

  @Get(':id/duplicates')
  @RequireScopes('media:read')
  @ApiOperation({
    operationId: 'listDuplicates',
    summary:
      "Media of the same owner's or organization's space with the same bytes, and images that look alike",
  })
  @ApiOkResponse({ type: DuplicatesDto })
  @ApiProblems(400, 401, 403, 404, 429)
  async listDuplicates(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Query() { maxDistance, limit }: DuplicatesQuery,
  ): Promise<DuplicatesDto> {
    return toDuplicatesDto(await this.duplicates.find(id, { principal, maxDistance, limit }));
  }

  @Sse(':id/events')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'watchMedia',
    summary:
      'Status and progress as Server-Sent Events, until the media is ready, failed, quarantined or deleted',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' }, example: eventExample } } })
  @ApiProblems(401, 403, 404, 429)
  watch(
    @OptionalPrincipal() principal: Principal | null,
    @IdParam() id: string,
  ): Promise<Observable<MessageEvent>> {
    return this.progress.watch(principal, id);
  }
}
