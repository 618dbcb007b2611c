import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { ApiBytes } from '../api-bytes.js';
import { ThumbnailQuery } from '../dto/thumbnail.query.js';
import { ThumbnailService } from './thumbnail.service.js';

@ApiTags('Media')
@Controller('v1/media/:id')
export class ThumbnailController {
  constructor(private readonly thumbnails: ThumbnailService) {}

  @Get('thumbnail')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getThumbnail',
    summary: 'Thumbnail of an image, of a video’s poster or of a cover; of a video at any time',
    description: 'With `time` it needs a token or a signed URL.',
  })
  @ApiBytes('image/webp')
  @ApiProblems(400, 401, 403, 404, 409, 416, 422, 429, 503)
  thumbnail(
    @IdParam() id: string,
    @Query() query: ThumbnailQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.thumbnails.send({ id, query }, { request, reply });
  }
}
