import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { ApiBytes } from './api-bytes.js';
import { DashService } from './dash.service.js';

@ApiTags('Videos')
@Controller('v1/media/:id/dash')
export class DashController {
  constructor(private readonly dash: DashService) {}

  @Get('manifest.mpd')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getDashManifest',
    summary: 'The DASH manifest of a video, over the files of its HLS; there once all of the video is',
  })
  @ApiBytes('application/dash+xml')
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  manifest(@IdParam() id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.dash.send(id, { request, reply });
  }
}
