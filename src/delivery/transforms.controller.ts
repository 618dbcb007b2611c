import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { ConvertQuery, ImageQuery, ResizeQuery, type TransformParams } from '../processing/index.js';
import { ApiBytes } from './api-bytes.js';
import { DeliveryAccess } from './delivery-access.js';
import { RepresentationService } from './representation.service.js';
import { TransformService } from './transform.service.js';

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** CORS may have named Origin already. */
function vary(reply: FastifyReply, header: string): void {
  const named = [reply.getHeader('Vary') ?? []].flat();
  void reply.header('Vary', [...named, header].join(', '));
}

@ApiTags('Images')
@Controller('v1/media/:id')
export class TransformsController {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly transforms: TransformService,
    private readonly representations: RepresentationService,
  ) {}

  @Get('image')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'transformImage',
    summary: 'Transform an image; needs a token or a signed URL',
  })
  @ApiBytes('image/*')
  @ApiProblems(400, 401, 403, 404, 409, 416, 422, 429, 503)
  image(
    @IdParam() id: string,
    @Query() query: ImageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.send(id, query, { request, reply });
  }

  @Get('resize')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'resizeImage', summary: 'Resize an image; needs a token or a signed URL' })
  @ApiBytes('image/*')
  @ApiProblems(400, 401, 403, 404, 409, 416, 422, 429, 503)
  resize(
    @IdParam() id: string,
    @Query() query: ResizeQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.send(id, query, { request, reply });
  }

  @Get('convert')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'convertImage', summary: 'Convert an image; needs a token or a signed URL' })
  @ApiBytes('image/*')
  @ApiProblems(400, 401, 403, 404, 409, 416, 422, 429, 503)
  convert(
    @IdParam() id: string,
    @Query() query: ConvertQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.send(id, query, { request, reply });
  }

  private async send(id: string, params: TransformParams, { request, reply }: Exchange): Promise<void> {
    const { media, cacheControl, embeddable } = await this.access.openCostly(request, id);
    const { source, contentType, sizeBytes, hash } = await this.transforms.transform(
      media,
      params,
      request.headers.accept,
    );
    if (params.format === undefined || params.format === 'auto') vary(reply, 'Accept');
    await this.representations.send(request, reply, {
      source,
      contentType,
      sizeBytes,
      tag: `${media.sha256.slice(0, 16)}-${hash}`,
      lastModified: new Date(media.createdAt),
      filename: `${media.filename.replace(/\.[^.]*$/, '')}.${contentType.split('/')[1]}`,
      disposition: 'inline',
      cacheControl,
      embeddable,
    });
  }
}
