import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { PlaybackDto } from './playback.dto.js';
import { PlaybackService } from './playback.service.js';

@ApiTags('Videos')
@Controller('v1/media/:id/playback')
export class PlaybackController {
  constructor(private readonly playbacks: PlaybackService) {}

  @Get()
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getPlayback',
    summary:
      'What there is to play of a video, for whoever may play it: by token, publicly, or by a signed URL',
  })
  @ApiOkResponse({ type: PlaybackDto })
  @ApiProblems(401, 403, 404, 409, 429)
  get(
    @IdParam() id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlaybackDto> {
    // It changes from second to second while a video is made.
    void reply.header('Cache-Control', 'private, no-cache');
    return this.playbacks.describe(request, id);
  }
}
