import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { ApiBytes } from './api-bytes.js';
import { type Delivery, DeliveryAccess } from './delivery-access.js';
import { type Representation, RepresentationService } from './representation.service.js';

/** The original's representation; its SHA-256 is its entity tag. */
function original(
  { media, cacheControl, embeddable, surrogateKeys }: Delivery,
  disposition: 'inline' | 'attachment',
): Representation {
  return {
    source: { key: media.storageKey },
    contentType: media.contentType,
    sizeBytes: media.sizeBytes,
    tag: media.sha256,
    lastModified: new Date(media.createdAt),
    filename: media.filename,
    disposition,
    cacheControl,
    embeddable,
    surrogateKeys,
    redirectable: true,
  };
}

@ApiTags('Media')
@Controller('v1/media/:id')
export class OriginalsController {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly representations: RepresentationService,
  ) {}

  @Get('download')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'downloadMedia', summary: 'The original, as an attachment' })
  @ApiBytes()
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  async download(
    @IdParam() id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    await this.representations.send(request, reply, original(delivery, 'attachment'));
  }

  @Get('stream')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'streamMedia',
    summary: 'The original, inline where browsers can not be made to run it',
  })
  @ApiBytes()
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  async stream(
    @IdParam() id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    await this.representations.send(request, reply, original(delivery, 'inline'));
  }
}
