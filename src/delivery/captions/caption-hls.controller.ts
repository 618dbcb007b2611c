import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { ApiBytes } from '../api-bytes.js';
import { CaptionFilesService } from './caption-files.service.js';
import { LanguageParam } from './language-param.js';

/** Below the path of the playlists, so that a signed prefix covers captions too. */
@ApiTags('Videos')
@Controller('v1/media/:id/hls/captions')
export class CaptionHlsController {
  constructor(private readonly files: CaptionFilesService) {}

  @Get(':language/:file')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getHlsCaptions',
    summary: 'Captions as HLS has them: a playlist, and its one segment',
  })
  @ApiParam({ name: 'language', example: 'en-US' })
  @ApiParam({ name: 'file', example: 'index.m3u8' })
  @ApiBytes()
  @ApiProblems(400, 401, 403, 404, 409, 416, 429, 503)
  get(
    @IdParam() id: string,
    @LanguageParam() language: string,
    @Param('file') file: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.files.sendHls({ request, reply }, { id, language, file });
  }
}
