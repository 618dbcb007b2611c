import { Body, Controller, Inject, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems, commonErrors, IdParam, publicOrigin } from '../common/index.js';
import { type AppConfig, appConfig, type SecurityConfig, securityConfig } from '../config/index.js';
import { Idempotent } from '../idempotency/index.js';
import { MediaAccess } from '../media/index.js';
import { roundedExpiry, UrlSigner } from '../security/index.js';
import { SignedUrlDto, SignUrlDto } from './dto/signed-url.dto.js';
import { signedPath, signedResource } from './signed-target.js';

@ApiTags('Media')
@Controller('v1/media/:id/signed-urls')
export class SignedUrlsController {
  constructor(
    private readonly access: MediaAccess,
    private readonly signer: UrlSigner,
    @Inject(appConfig.KEY) private readonly app: AppConfig,
    @Inject(securityConfig.KEY) private readonly security: SecurityConfig,
  ) {}

  @Post()
  @RequireScopes('media:read')
  @Idempotent()
  @ApiOperation({ operationId: 'signUrl', summary: 'A URL that needs no token, for whoever is given it' })
  @ApiCreatedResponse({ type: SignedUrlDto })
  @ApiProblems(400, 401, 403, 404, 429)
  async sign(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Body() { target, expiresIn }: SignUrlDto,
    @Req() request: FastifyRequest,
  ): Promise<SignedUrlDto> {
    const { signedUrlMaxSeconds } = this.security;
    if (expiresIn > signedUrlMaxSeconds) {
      const message = `expiresIn must not be greater than ${signedUrlMaxSeconds}`;
      throw commonErrors.VALIDATION_FAILED(undefined, { errors: [{ field: 'expiresIn', message }] });
    }
    const media = await this.access.deliverable(id, { principal, signed: false });
    const expiresAtSeconds = roundedExpiry(Math.floor(Date.now() / 1000), expiresIn);
    const token = this.signer.sign({ ...signedResource(media.id, target), expiresAtSeconds });
    return {
      url: publicOrigin(request, this.app.publicUrl) + signedPath(media.id, target, token),
      expiresAt: new Date(expiresAtSeconds * 1000).toISOString(),
    };
  }
}
