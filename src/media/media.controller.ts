import { Body, Controller, Delete, Get, Headers, HttpCode, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { Idempotent } from '../idempotency/index.js';
import { ListMediaQuery } from './dto/list-media.query.js';
import { MediaDto, MediaPageDto, toMediaDto } from './dto/media.dto.js';
import { PatchMediaDto } from './dto/patch-media.dto.js';
import { RemoveMediaQuery } from './dto/remove-media.query.js';
import type { Media } from './entities/media.entity.js';
import { entityTagHeader, expectedVersion, mediaEntityTag } from './entity-tag.js';
import { MediaCatalogueService } from './media-catalogue.service.js';
import { MediaLifecycleService } from './media-lifecycle.service.js';
import { MediaRemovalService } from './media-removal.service.js';

const ifMatchHeader = { name: 'If-Match', required: false, description: 'ETag of the media as it was read' };

/** The media, with its entity tag on the reply. */
function tagged(reply: FastifyReply, media: Media): MediaDto {
  void reply.header('ETag', mediaEntityTag(media));
  return toMediaDto(media);
}

@ApiTags('Media')
@Controller('v1/media')
export class MediaController {
  constructor(
    private readonly catalogue: MediaCatalogueService,
    private readonly removal: MediaRemovalService,
    private readonly lifecycle: MediaLifecycleService,
  ) {}

  @Get()
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'listMedia', summary: 'List media, newest first' })
  @ApiOkResponse({ type: MediaPageDto })
  @ApiProblems(400, 401, 403, 429)
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListMediaQuery,
  ): Promise<MediaPageDto> {
    const { items, nextCursor } = await this.catalogue.list(principal, query);
    return { items: items.map(toMediaDto), nextCursor };
  }

  @Patch(':id')
  @RequireScopes('media:write')
  @ApiOperation({
    operationId: 'updateMedia',
    summary: 'Change file name, visibility, tags or custom metadata',
  })
  @ApiHeader(ifMatchHeader)
  @ApiOkResponse({ type: MediaDto, headers: entityTagHeader })
  @ApiProblems(400, 401, 403, 404, 412, 429)
  async patch(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Body() body: PatchMediaDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    return tagged(
      reply,
      await this.catalogue.patch(principal, { id, version: expectedVersion(id, ifMatch) }, body),
    );
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('media:write')
  @ApiOperation({ operationId: 'deleteMedia', summary: 'Move to the trash, or purge' })
  @ApiHeader(ifMatchHeader)
  @ApiNoContentResponse()
  @ApiProblems(400, 401, 403, 404, 412, 429)
  remove(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Query() query: RemoveMediaQuery,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.removal.remove(principal, { id, version: expectedVersion(id, ifMatch) }, query.permanent);
  }

  @Post(':id/restore')
  @HttpCode(200)
  @RequireScopes('media:write')
  @ApiOperation({ operationId: 'restoreMedia', summary: 'Take out of the trash' })
  @ApiOkResponse({ type: MediaDto, headers: entityTagHeader })
  @ApiProblems(400, 401, 403, 404, 409, 429)
  async restore(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    return tagged(reply, await this.catalogue.restore(principal, id));
  }

  @Post(':id/reprocess')
  @HttpCode(202)
  @RequireScopes('media:write')
  @Idempotent()
  @ApiOperation({ operationId: 'reprocessMedia', summary: 'Scan and process again, from the original' })
  @ApiAcceptedResponse({ type: MediaDto, headers: entityTagHeader })
  @ApiProblems(400, 401, 403, 404, 409, 429)
  async reprocess(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    return tagged(reply, await this.lifecycle.reprocess(principal, id));
  }
}
