import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Put,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
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
import { CurrentPrincipal, type Principal, RequireScopes } from '../../auth/index.js';
import { ApiProblems, goneSignal, IdParam, StreamedBody, streamedBodyOf } from '../../common/index.js';
import { Idempotent, ResourceId } from '../../idempotency/index.js';
import { entityTagHeader, MediaDto, mediaEntityTag, toMediaDto } from '../../media/index.js';
import { LingeringClose } from '../lingering-close.interceptor.js';
import { DirectUploadService } from './direct-upload.service.js';
import {
  CompleteUploadDto,
  CreateUploadDto,
  PartDto,
  SignedPartsDto,
  SignedPutDto,
  SignPartsDto,
  UploadSessionDto,
} from './dto/session.dto.js';
import { MultipartService } from './multipart.service.js';
import { PartIntakeService } from './part-intake.service.js';
import { partErrors } from './parts.errors.js';

const PartNumber = (): ParameterDecorator =>
  Param('number', new ParseIntPipe({ exceptionFactory: () => partErrors.UPLOAD_PART_UNKNOWN() }));

@ApiTags('Uploads')
@UseInterceptors(LingeringClose)
@RequireScopes('media:write')
@Controller('v1/uploads')
export class MultipartController {
  constructor(
    private readonly sessions: MultipartService,
    private readonly parts: PartIntakeService,
    private readonly direct: DirectUploadService,
  ) {}

  @Post()
  @Idempotent()
  @ApiOperation({ operationId: 'createUpload', summary: 'Begin an upload in parts' })
  @ApiCreatedResponse({
    type: UploadSessionDto,
    headers: { Location: { description: 'Path of the upload', schema: { type: 'string' } } },
  })
  @ApiProblems(400, 401, 403, 413, 422, 429, 503)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateUploadDto,
    @ResourceId() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadSessionDto> {
    const session = await this.sessions.begin(principal, body, id);
    void reply.header('Location', `/v1/uploads/${session.id}`);
    return session;
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getUpload', summary: 'State of an upload and the parts that are stored' })
  @ApiOkResponse({ type: UploadSessionDto })
  @ApiProblems(401, 403, 404, 429, 503)
  look(@CurrentPrincipal() principal: Principal, @IdParam() id: string): Promise<UploadSessionDto> {
    return this.sessions.look(principal, id);
  }

  @Put(':id/parts/:number')
  @StreamedBody()
  @ApiOperation({ operationId: 'putPart', summary: 'Store one part: in any order, at once, again' })
  @ApiParam({ name: 'number', schema: { type: 'integer', minimum: 1, maximum: 10_000 } })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiHeader({ name: 'Content-MD5', required: false, description: 'MD5 of the part, base64' })
  @ApiHeader({ name: 'x-amz-checksum-sha256', required: false, description: 'SHA-256 of the part, base64' })
  @ApiOkResponse({ type: PartDto })
  @ApiProblems(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503, 507)
  async put(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @PartNumber() number: number,
    @Req() request: FastifyRequest,
  ): Promise<PartDto> {
    const { headers } = request;
    const part = await this.parts.receive(principal, id, { number, headers, body: streamedBodyOf(request) });
    return { partNumber: part.number, etag: part.etag, size: part.sizeBytes };
  }

  @Post(':id/parts/sign')
  @HttpCode(200)
  @ApiOperation({ operationId: 'signParts', summary: 'URLs that take parts straight to the bucket' })
  @ApiOkResponse({ type: SignedPartsDto })
  @ApiProblems(400, 401, 403, 404, 409, 429, 503)
  signParts(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Body() { partNumbers }: SignPartsDto,
  ): Promise<SignedPartsDto> {
    return this.direct.signParts(principal, id, partNumbers);
  }

  @Post(':id/sign')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'signUpload',
    summary: 'A URL that takes a small file straight to the bucket',
  })
  @ApiOkResponse({ type: SignedPutDto })
  @ApiProblems(401, 403, 404, 409, 429, 503)
  signObject(@CurrentPrincipal() principal: Principal, @IdParam() id: string): Promise<SignedPutDto> {
    return this.direct.signObject(principal, id);
  }

  @Post(':id/complete')
  @Idempotent()
  @ApiOperation({ operationId: 'completeUpload', summary: 'Make the media; asked again it answers the same' })
  @ApiBody({ type: CompleteUploadDto, required: false })
  @ApiCreatedResponse({
    type: MediaDto,
    headers: {
      Location: { description: 'Path of the media', schema: { type: 'string' } },
      ...entityTagHeader,
    },
  })
  @ApiProblems(400, 401, 403, 404, 409, 410, 413, 415, 422, 423, 429, 503, 507)
  async complete(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Body() { parts }: CompleteUploadDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MediaDto> {
    const media = await this.sessions.complete(principal, id, {
      parts: parts ?? null,
      signal: goneSignal(reply),
    });
    void reply.headers({ Location: `/v1/media/${media.id}`, ETag: mediaEntityTag(media) });
    return toMediaDto(media);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'abortUpload',
    summary: 'Give an upload up: its bytes and its quota are free again',
  })
  @ApiNoContentResponse()
  @ApiProblems(401, 403, 404, 409, 429, 503)
  abort(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    return this.sessions.abort(principal, id, goneSignal(reply));
  }
}
