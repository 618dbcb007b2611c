import {
  Controller,
  Delete,
  Head,
  HttpCode,
  Inject,
  Options,
  Patch,
  Post,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, Public, RequireScopes } from '../../auth/index.js';
import {
  ApiProblems,
  goneSignal,
  IdParam,
  newId,
  publicOrigin,
  StreamedBody,
  streamedBodyOf,
} from '../../common/index.js';
import { type AppConfig, appConfig, type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { type Attempt, CurrentAttempt, fingerprintOf, Idempotent } from '../../idempotency/index.js';
import { LingeringClose } from '../lingering-close.interceptor.js';
import { TusCreationService } from './tus-creation.service.js';
import {
  assertOffsetContentType,
  checksumAlgorithms,
  creationHeaders,
  TUS_EXTENSIONS,
} from './tus-headers.js';
import { TusProtocolGuard } from './tus-protocol.guard.js';
import { standHeaders, stateHeaders } from './tus-state-headers.js';
import { TusUploadsService } from './tus-uploads.service.js';
import { TUS_VERSION } from './tus.errors.js';

const resumable = {
  name: 'Tus-Resumable',
  required: true,
  description: 'The version of the protocol',
  example: TUS_VERSION,
};

/** Resumable uploads: tus 1.0.0 with the extensions of TUS_EXTENSIONS. */
@ApiTags('Uploads')
@UseGuards(TusProtocolGuard)
@UseInterceptors(LingeringClose)
@Controller('v1/tus')
export class TusController {
  constructor(
    private readonly creation: TusCreationService,
    private readonly uploads: TusUploadsService,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
    @Inject(appConfig.KEY) private readonly app: AppConfig,
  ) {}

  @Options()
  @HttpCode(204)
  @Public()
  @ApiOperation({ operationId: 'tusOptions', summary: 'What of the tus protocol is spoken here' })
  @ApiNoContentResponse()
  options(@Res({ passthrough: true }) reply: FastifyReply): void {
    void reply.headers({
      'Tus-Version': TUS_VERSION,
      'Tus-Extension': TUS_EXTENSIONS,
      'Tus-Max-Size': String(this.config.maxUploadBytes),
      'Tus-Checksum-Algorithm': checksumAlgorithms.join(','),
    });
  }

  @Options(':id')
  @HttpCode(204)
  @Public()
  @ApiOperation({ operationId: 'tusUploadOptions', summary: 'The same, asked at an upload' })
  @ApiParam({ name: 'id' })
  @ApiNoContentResponse()
  optionsOfUpload(@Res({ passthrough: true }) reply: FastifyReply): void {
    this.options(reply);
  }

  @Post()
  @StreamedBody()
  @Idempotent({ body: 'form' })
  @RequireScopes('media:write')
  @ApiOperation({ operationId: 'tusCreate', summary: 'Begin a resumable upload (tus 1.0.0)' })
  @ApiHeader(resumable)
  @ApiHeader({ name: 'Upload-Length', required: false, description: 'Bytes of the whole file' })
  @ApiHeader({
    name: 'Upload-Defer-Length',
    required: false,
    description: '1 when the length is not known yet',
  })
  @ApiHeader({
    name: 'Upload-Metadata',
    required: false,
    description: 'filename, filetype, visibility, tags, customMetadata, sha256',
  })
  @ApiHeader({
    name: 'Upload-Concat',
    required: false,
    description: 'partial, or final; and the URLs of partial uploads',
  })
  @ApiCreatedResponse({
    headers: { Location: { description: 'URL of the upload', schema: { type: 'string' } } },
  })
  @ApiProblems(400, 401, 403, 404, 408, 409, 410, 412, 413, 415, 422, 423, 429, 460, 503, 507)
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentAttempt() attempt: Attempt | null,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const hasBody = request.headers['content-type'] !== undefined;
    if (hasBody) assertOffsetContentType(request.headers);
    await attempt?.seal(fingerprintOf(request, principal, creationHeaders(request.headers)));
    const state = await this.creation.create(principal, {
      headers: request.headers,
      body: hasBody ? streamedBodyOf(request) : null,
      id: attempt?.resourceId ?? newId(),
      signal: goneSignal(reply),
    });
    const origin = publicOrigin(request, this.app.publicUrl);
    void reply.headers({ Location: `${origin}/v1/tus/${state.upload.id}`, ...stateHeaders(state) });
  }

  @Head(':id')
  @RequireScopes('media:write')
  @ApiOperation({ operationId: 'tusStand', summary: 'Where a resumable upload goes on' })
  @ApiHeader(resumable)
  @ApiOkResponse({
    headers: { 'Upload-Offset': { description: 'Bytes that are durable', schema: { type: 'integer' } } },
  })
  @ApiProblems(401, 403, 404, 410, 412, 423, 429, 503)
  async stand(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const state = await this.uploads.stand(principal, id, goneSignal(reply));
    void reply.headers({ ...stateHeaders(state), ...standHeaders(state.upload) });
  }

  @Patch(':id')
  @StreamedBody()
  @HttpCode(204)
  @RequireScopes('media:write')
  @ApiOperation({ operationId: 'tusAppend', summary: 'Append bytes to a resumable upload' })
  @ApiHeader(resumable)
  @ApiHeader({ name: 'Upload-Offset', required: true, description: 'Where the bytes belong' })
  @ApiHeader({
    name: 'Upload-Checksum',
    required: false,
    description: 'sha1 or sha256, a space, the digest in base64',
  })
  @ApiNoContentResponse({
    headers: { 'Media-Id': { description: 'With the last byte: the media', schema: { type: 'string' } } },
  })
  @ApiProblems(400, 401, 403, 404, 408, 409, 410, 412, 413, 415, 422, 423, 429, 460, 503, 507)
  async append(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    assertOffsetContentType(request.headers);
    const state = await this.uploads.patch(principal, id, {
      headers: request.headers,
      body: streamedBodyOf(request),
      signal: goneSignal(reply),
    });
    void reply.headers(stateHeaders(state));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('media:write')
  @ApiOperation({
    operationId: 'tusTerminate',
    summary: 'Forget a resumable upload; the media that it became stays',
  })
  @ApiHeader(resumable)
  @ApiNoContentResponse()
  @ApiProblems(401, 403, 404, 410, 412, 423, 429, 503)
  terminate(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    return this.uploads.terminate(principal, id, goneSignal(reply));
  }
}
