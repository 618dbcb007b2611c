import { Body, Controller, HttpCode, Put, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { MediaDto, toMediaDto } from './dto/media.dto.js';
import { PosterDto } from './dto/poster.dto.js';
import { entityTagHeader, mediaEntityTag } from './entity-tag.js';
import { MediaPosterService } from './media-poster.service.js';

@ApiTags('Videos')
@Controller('v1/media/:id/poster')
export class MediaPosterController {
  constructor(private readonly posters: MediaPosterService) {}

  @Put()
  @HttpCode(202)
  @RequireScopes('media:write')
  @ApiOperation({
    operationId: 'choosePoster',
    summary: 'Choose the picture that stands for a video',
    description:
      'Thumbnails and placeholder follow by a job, at once for a video that is ready, else when it is. The choice outlives a reprocess.',
  })
  @ApiAcceptedResponse({ type: MediaDto, headers: entityTagHeader })
  @ApiProblems(400, 401, 403, 404, 422, 429)
  async choose(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Body() { time }: PosterDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    const media = await this.posters.choose(principal, id, time);
    void reply.header('ETag', mediaEntityTag(media));
    return toMediaDto(media);
  }
}
