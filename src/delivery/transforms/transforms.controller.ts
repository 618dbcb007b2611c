import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { ConvertQuery, ResizeQuery } from '../../processing/index.js';
import { ApiBytes } from '../api-bytes.js';
import { TransformQuery } from '../dto/transform.query.js';
import { TransformDelivery } from './transform-delivery.js';

@ApiTags('Images')
@Controller('v1/media/:id')
export class TransformsController {
  constructor(private readonly transforms: TransformDelivery) {}

  @Get('image')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'transformImage',
    summary: 'Transform an image; needs a token or a signed URL, but for presets of public media',
  })
  @ApiBytes('image/*')
  @ApiProblems(400, 401, 403, 404, 409, 416, 422, 429, 503)
  image(
    @IdParam() id: string,
    @Query() query: TransformQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.transforms.send(id, query, { request, reply });
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
    return this.transforms.send(id, query, { request, reply });
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
    return this.transforms.send(id, query, { request, reply });
  }
}
