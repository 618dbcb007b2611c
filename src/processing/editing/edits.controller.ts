import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { Idempotent, ResourceId } from '../../idempotency/index.js';
import { entityTagHeader, type Media, MediaDto, mediaEntityTag, toMediaDto } from '../../media/index.js';
import { ConcatDto, EditDto } from './dto/edit.dto.js';
import { EditService } from './edit.service.js';

const accepted = {
  type: MediaDto,
  headers: {
    Location: { description: 'Path of the new media', schema: { type: 'string' } },
    ...entityTagHeader,
  },
} as const;

const description =
  'The new media is `pending` until a job has made its bytes; it then goes the way of an upload, or is `failed` with a code that says why. The sources stay as they are, and have to be there until then.';

function answer(reply: FastifyReply, media: Media): MediaDto {
  void reply.headers({ Location: `/v1/media/${media.id}`, ETag: mediaEntityTag(media) });
  return toMediaDto(media);
}

@ApiTags('Videos')
@Controller('v1/media')
export class EditsController {
  constructor(private readonly edits: EditService) {}

  @Post('concat')
  @HttpCode(202)
  @Idempotent()
  @RequireScopes('media:write')
  @ApiOperation({
    operationId: 'concatVideos',
    summary: 'A new video of several, one behind the other',
    description,
  })
  @ApiAcceptedResponse(accepted)
  @ApiProblems(400, 401, 403, 404, 409, 413, 422, 429)
  async concat(
    @CurrentPrincipal() principal: Principal,
    @Body() { mediaIds, ...details }: ConcatDto,
    @ResourceId() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    const plan = { sources: mediaIds.map((source) => source.toLowerCase()), operations: [] };
    return answer(reply, await this.edits.begin(principal, { id, plan, details }));
  }

  @Post(':id/edits')
  @HttpCode(202)
  @Idempotent()
  @RequireScopes('media:write')
  @ApiOperation({
    operationId: 'editVideo',
    summary: 'A new video of a part of this one, turned, muted or marked',
    description,
  })
  @ApiAcceptedResponse(accepted)
  @ApiProblems(400, 401, 403, 404, 409, 413, 422, 429)
  async edit(
    @CurrentPrincipal() principal: Principal,
    @IdParam() source: string,
    @Body() { operations, ...details }: EditDto,
    @ResourceId() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    const plan = { sources: [source], operations };
    return answer(reply, await this.edits.begin(principal, { id, plan, details }));
  }
}
