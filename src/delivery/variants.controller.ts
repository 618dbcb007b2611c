import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { ApiBytes } from './api-bytes.js';
import { DeliveryAccess } from './delivery-access.js';
import { toVariantDto, VariantsDto } from './dto/variant.dto.js';
import { RepresentationService } from './representation.service.js';
import { variantRepresentation } from './variant-representation.js';

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
    await this.representations.send(request, reply, variantRepresentation(delivery, name));
  }
}
