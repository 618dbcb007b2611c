import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
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

@ApiTags('Media')
@Controller('v1/media')
export class MediaReadController {
  constructor(
    private readonly access: MediaAccess,
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
}
