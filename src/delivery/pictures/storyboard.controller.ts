import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { ApiBytes } from '../api-bytes.js';
import { StoryboardService } from './storyboard.service.js';

@ApiTags('Videos')
@Controller('v1/media/:id/storyboard')
export class StoryboardController {
  constructor(private readonly storyboards: StoryboardService) {}

  @Get(':file')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getStoryboardFile',
    summary: 'The WebVTT track of small pictures over the time line of a video, or one of their sheets',
    description:
      'There soon after the video is ready. Cues of the track name parts of sheets: `sheet-1.jpg#xywh=0,0,160,90`.',
  })
  @ApiParam({ name: 'file', example: 'storyboard.vtt' })
  @ApiBytes()
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  file(
    @IdParam() id: string,
    @Param('file') file: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.storyboards.send({ id, file }, { request, reply });
  }
}
