import { Controller, HttpCode, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems, DomainError, problemDocument, redactPath } from '../common/index.js';
import { type Attempt, CurrentAttempt, Idempotent } from '../idempotency/index.js';
import { entityTagHeader, MediaDto, mediaEntityTag, toMediaDto } from '../media/index.js';
import { BatchUploadResultsDto, UploadBatchFormDto, UploadFormDto } from './dto/batch-upload.dto.js';
import { LingeringClose } from './lingering-close.interceptor.js';
import { UploadFormService } from './upload-form.service.js';

const createdHeaders = {
  Location: { description: 'Path of the media', schema: { type: 'string' } },
  ...entityTagHeader,
};

@ApiTags('Uploads')
@UseInterceptors(LingeringClose)
@Controller('v1/media')
export class UploadsController {
  constructor(private readonly forms: UploadFormService) {}

  @Post()
  @RequireScopes('media:write')
  @Idempotent({ body: 'form' })
  @ApiOperation({ operationId: 'uploadMedia', summary: 'Upload one file' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: UploadFormDto })
  @ApiCreatedResponse({ type: MediaDto, headers: createdHeaders })
  @ApiProblems(400, 401, 403, 408, 409, 413, 415, 422, 429, 503, 507)
  async upload(
    @CurrentPrincipal() principal: Principal,
    @CurrentAttempt() attempt: Attempt | null,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    const media = await this.forms.receiveOne(request, principal, attempt);
    void reply.headers({ Location: `/v1/media/${media.id}`, ETag: mediaEntityTag(media) });
    return toMediaDto(media);
  }

  @Post('batch')
  @HttpCode(200)
  @RequireScopes('media:write')
  @Idempotent({ body: 'form' })
  @ApiOperation({
    operationId: 'uploadMediaBatch',
    summary: 'Upload several files, each accepted or refused on its own',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: UploadBatchFormDto })
  @ApiOkResponse({ type: BatchUploadResultsDto })
  @ApiProblems(400, 401, 403, 408, 429, 503)
  async uploadBatch(
    @CurrentPrincipal() principal: Principal,
    @CurrentAttempt() attempt: Attempt | null,
    @Req() request: FastifyRequest,
  ): Promise<BatchUploadResultsDto> {
    const items = await this.forms.receiveBatch(request, principal, attempt);
    const path = redactPath(request.url);
    return {
      results: items.map(({ filename, outcome }) =>
        outcome instanceof DomainError
          ? { filename, status: outcome.status, problem: problemDocument(outcome, { id: request.id, path }) }
          : { filename, status: 201, media: toMediaDto(outcome) },
      ),
    };
  }
}
