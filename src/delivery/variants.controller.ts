import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { ApiBytes } from './api-bytes.js';
import { type Delivery, DeliveryAccess } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { ThumbnailQuery } from './dto/thumbnail.query.js';
import { toVariantDto, VariantsDto } from './dto/variant.dto.js';
import { keyTag, type Representation, RepresentationService } from './representation.service.js';

/** @throws VARIANT_NOT_FOUND, with Retry-After while it may still come */
function variant({ media, cacheControl, embeddable }: Delivery, name: string): Representation {
  const found = media.variants.find(
    (candidate) => candidate.name === name && candidate.kind !== 'hls' && candidate.kind !== 'rendition',
  );
  if (!found) {
    throw deliveryErrors.VARIANT_NOT_FOUND(
      undefined,
      media.status === 'processing' ? { headers: { 'Retry-After': '2' } } : {},
    );
  }
  return {
    source: { key: found.storageKey },
    contentType: found.contentType,
    sizeBytes: found.sizeBytes,
    tag: keyTag(found.storageKey),
    lastModified: new Date(found.createdAt),
    filename: `${media.filename.replace(/\.[^.]*$/, '')}-${name}.${found.contentType.split('/')[1]}`,
    disposition: 'inline',
    cacheControl,
    embeddable,
    redirectable: found.kind === 'mp4',
  };
}

@ApiTags('Media')
@Controller('v1/media/:id')
export class VariantsController {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly representations: RepresentationService,
  ) {}

  @Get('variants')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'listVariants', summary: 'Everything made from the original' })
  @ApiOkResponse({ type: VariantsDto })
  @ApiProblems(401, 403, 404, 409, 429)
  async list(@IdParam() id: string, @Req() request: FastifyRequest): Promise<VariantsDto> {
    const { media } = await this.access.open(request, id);
    return { items: media.variants.map((item) => toVariantDto(media.id, item)) };
  }

  @Get('variants/:name')
  @AllowAnonymous('media:read')
  @ApiOperation({ operationId: 'getVariant', summary: 'The bytes of one variant' })
  @ApiBytes()
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  async get(
    @IdParam() id: string,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    await this.representations.send(request, reply, variant(delivery, name));
  }

  @Get('thumbnail')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getThumbnail',
    summary: 'Thumbnail of an image, of a video’s poster or of a cover',
  })
  @ApiBytes('image/webp')
  @ApiProblems(400, 401, 403, 404, 409, 416, 429, 503)
  async thumbnail(
    @IdParam() id: string,
    @Query() query: ThumbnailQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    await this.representations.send(request, reply, variant(delivery, `thumbnail-${query.size}`));
  }
}
