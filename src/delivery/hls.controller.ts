import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { ApiBytes } from './api-bytes.js';
import { HlsService } from './hls.service.js';

@ApiTags('Videos')
@Controller('v1/media/:id/hls')
export class HlsController {
  constructor(private readonly hls: HlsService) {}

  @Get('master.m3u8')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'getMasterPlaylist', summary: 'The multivariant HLS playlist of a video' })
  @ApiBytes('application/vnd.apple.mpegurl')
  @ApiProblems(401, 403, 404, 409, 429, 503)
  master(@IdParam() id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.hls.send({ id, path: 'master.m3u8' }, { request, reply });
  }

  @Get(':rendition/:file')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'getHlsFile', summary: 'A media playlist, init segment, segment or key' })
  @ApiParam({ name: 'rendition', example: '720p' })
  @ApiParam({ name: 'file', example: 'index.m3u8' })
  @ApiBytes()
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  file(
    @IdParam() id: string,
    @Param() { rendition, file }: { rendition: string; file: string },
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.hls.send({ id, path: `${rendition}/${file}` }, { request, reply });
  }
}
