import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../../auth/index.js';
import { ApiProblems } from '../../common/index.js';
import { Idempotent, ResourceId } from '../../idempotency/index.js';
import { entityTagHeader, MediaDto, mediaEntityTag, toMediaDto } from '../../media/index.js';
import { ImportMediaDto } from './dto/import-media.dto.js';
import { ImportService } from './import.service.js';

@ApiTags('Uploads')
@Controller('v1/media/import')
export class ImportController {
  constructor(private readonly imports: ImportService) {}

  @Post()
  @HttpCode(202)
  @Idempotent()
  @RequireScopes('media:write')
  @ApiOperation({
    operationId: 'importMedia',
    summary: 'Import a file from a URL',
    description:
      'The media is `pending` until a job has fetched the file; it then goes the way of an upload, or is `failed` with a code that says why.',
  })
  @ApiAcceptedResponse({
    type: MediaDto,
    headers: {
      Location: { description: 'Path of the media', schema: { type: 'string' } },
      ...entityTagHeader,
    },
  })
  @ApiProblems(400, 401, 403, 413, 422, 429, 503)
  async begin(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ImportMediaDto,
    @ResourceId() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    const media = await this.imports.begin(principal, body, id);
    void reply.headers({ Location: `/v1/media/${media.id}`, ETag: mediaEntityTag(media) });
    return toMediaDto(media);
  }
}
