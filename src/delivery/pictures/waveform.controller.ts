import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowAnonymous } from '../../auth/index.js';
import { ApiProblems, IdParam } from '../../common/index.js';
import { ApiBytes } from '../api-bytes.js';
import { DeliveryAccess } from '../delivery-access.js';
import { RepresentationService } from '../representation.service.js';
import { variantRepresentation } from '../variant-representation.js';

@ApiTags('Audio')
@Controller('v1/media/:id')
export class WaveformController {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly representations: RepresentationService,
  ) {}

  @Get('waveform')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getWaveform',
    summary: 'Peaks of a sound, in the JSON format of audiowaveform, version 2',
    description:
      '`data` holds `length` pairs of the least and the greatest sample, from -128 to 127, of `samples_per_pixel` samples each; at most a few thousand.',
  })
  @ApiBytes('application/json')
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  async data(
    @IdParam() id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    const waveform = { ...variantRepresentation(delivery, 'waveform'), disposition: null };
    await this.representations.send(request, reply, waveform);
  }

  @Get('waveform.png')
  @AllowAnonymous('media:read')
  @ApiOperation({
    operationId: 'getWaveformPicture',
    summary: 'Waveform of a sound as a picture of 1800 × 280 pixels on a transparent ground',
  })
  @ApiBytes('image/png')
  @ApiProblems(401, 403, 404, 409, 416, 429, 503)
  async picture(
    @IdParam() id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    await this.representations.send(request, reply, variantRepresentation(delivery, 'waveform-picture'));
  }
}
