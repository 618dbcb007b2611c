import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AllowAnonymous, OptionalPrincipal, type Principal } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { entityTagHeader, isCurrent, mediaEntityTag } from '../../media/index.js';
import { MediaDescriptionService } from './media-description.service.js';
import { MediaMetadataDto, toMediaMetadataDto } from './metadata.dto.js';
import { MetadataQuery } from './metadata.query.js';

@ApiTags('Media')
@Controller('v1/media/:id/metadata')
export class MetadataController {
  constructor(private readonly descriptions: MediaDescriptionService) {}

  @Get()
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getMediaMetadata',
    summary: 'Technical facts, EXIF, colours, hashes, and what was seen in the picture',
  })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the state that the client has' })
  @ApiOkResponse({ type: MediaMetadataDto, headers: entityTagHeader })
  @ApiResponse({ status: 304, description: 'The client has this state' })
  @ApiProblems(400, 401, 403, 404, 429, 503)
  async get(
    @OptionalPrincipal() principal: Principal | null,
    @IdParam() id: string,
    @Query() { include = [] }: MetadataQuery,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaMetadataDto | undefined> {
    const withPlace = include.includes('gps');
    const description = withPlace
      ? await this.descriptions.describeWithLocation(principal, id)
      : await this.descriptions.describe(principal, id);
    void reply.headers({
      ETag: mediaEntityTag(description.media),
      'Cache-Control': withPlace ? 'private, no-store' : 'private, no-cache',
    });
    if (isCurrent(description.media, ifNoneMatch)) {
      void reply.status(304);
      return undefined;
    }
    return toMediaMetadataDto(description);
  }
}
