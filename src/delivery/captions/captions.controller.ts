import { Controller, Delete, Get, Headers, HttpCode, Put, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous, CurrentPrincipal, type Principal, RequireScopes } from '../../auth/index.js';
import { ApiProblems, IdParam, StreamedBody, streamedBodyOf } from '../../common/index.js';
import { entityTagHeader, mediaEntityTag } from '../../media/index.js';
import { ApiBytes } from '../api-bytes.js';
import { CaptionFilesService } from './caption-files.service.js';
import { CaptionsDto, CaptionsListDto, CaptionsQuery } from './captions.dto.js';
import { CaptionsService } from './captions.service.js';
import { LanguageParam } from './language-param.js';

const ifMatchHeader = { name: 'If-Match', required: false, description: 'ETag of the media as it was read' };
const languageParam = { name: 'language', description: 'BCP 47', example: 'en-US' };

@ApiTags('Videos')
@Controller('v1/media/:id/captions')
export class CaptionsController {
  constructor(
    private readonly captions: CaptionsService,
    private readonly files: CaptionFilesService,
  ) {}

  @Get()
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'listCaptions',
    summary: 'The captions of a video: uploaded, or found in its file',
  })
  @ApiOkResponse({ type: CaptionsListDto })
  @ApiProblems(401, 403, 404, 409, 429)
  async list(@IdParam() id: string, @Req() request: FastifyRequest): Promise<CaptionsListDto> {
    return { items: await this.files.list(request, id) };
  }

  @Get(':language')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'getCaptions', summary: 'Captions as WebVTT' })
  @ApiParam(languageParam)
  @ApiBytes('text/vtt')
  @ApiProblems(400, 401, 403, 404, 409, 416, 429, 503)
  get(
    @IdParam() id: string,
    @LanguageParam() language: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.files.send({ request, reply }, { id, language });
  }

  @Put(':language')
  @RequireScopes('media:write')
  @StreamedBody()
  @ApiOperation({
    operationId: 'putCaptions',
    summary: 'Bring captions, WebVTT or SubRip; they are checked strictly and kept as WebVTT',
  })
  @ApiParam(languageParam)
  @ApiHeader(ifMatchHeader)
  @ApiConsumes('text/vtt', 'application/x-subrip')
  @ApiBody({ description: 'At most 1 MiB of UTF-8', schema: { type: 'string' } })
  @ApiOkResponse({ type: CaptionsDto, description: 'Replaced', headers: entityTagHeader })
  @ApiCreatedResponse({ type: CaptionsDto, headers: entityTagHeader })
  @ApiProblems(400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503, 507)
  async put(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @LanguageParam() language: string,
    @Query() { label }: CaptionsQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CaptionsDto> {
    const { captions, media, created } = await this.captions.put(principal, {
      id,
      language,
      label,
      ifMatch: request.headers['if-match'],
      body: streamedBodyOf(request),
    });
    void reply.code(created ? 201 : 200).header('ETag', mediaEntityTag(media));
    return captions;
  }

  @Delete(':language')
  @HttpCode(204)
  @RequireScopes('media:write')
  @ApiOperation({ operationId: 'deleteCaptions', summary: 'Remove captions' })
  @ApiParam(languageParam)
  @ApiHeader(ifMatchHeader)
  @ApiNoContentResponse()
  @ApiProblems(400, 401, 403, 404, 412, 429)
  remove(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @LanguageParam() language: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.captions.remove(principal, { id, ifMatch }, language);
  }
}
