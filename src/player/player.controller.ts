import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/index.js';
import { ApiProblems, commonErrors, IdParam } from '../common/index.js';
import { type AppConfig, appConfig } from '../config/index.js';
import { MediaOrigin } from './media-origin.js';
import { type PageFile, readPageFiles } from './page-files.js';
import { pageHeaders } from './page-headers.js';

const MAX_AGE_SECONDS = 300;

/** The page that plays a video. It is the same for all; what it may see is decided when it asks for it. */
@ApiTags('Videos')
@Public()
@Controller('watch')
export class PlayerController {
  private readonly files = readPageFiles();
  constructor(
    private readonly mediaOrigin: MediaOrigin,
    @Inject(appConfig.KEY) private readonly app: AppConfig,
  ) {}

  @Get(':id')
  @ApiOperation({
    operationId: 'watchVideo',
    summary: 'A page that plays a video: one that is public, or by the URL that signing `watch` gives',
  })
  @ApiOkResponse({ content: { 'text/html': { schema: { type: 'string' } } } })
  @ApiProblems(404, 429)
  async page(
    @IdParam() _id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const headers = pageHeaders(this.app.corsOrigins, await this.mediaOrigin.find());
    // What helmet says of all responses would forbid what the policy allows.
    reply.raw.removeHeader('X-Frame-Options');
    void reply.headers(headers);
    send(this.files.page, request, reply);
  }

  @Get('assets/:file')
  @SkipThrottle()
  @ApiOperation({ operationId: 'getPlayerFile', summary: 'What the player page consists of' })
  @ApiOkResponse({ content: { 'text/javascript': { schema: { type: 'string' } } } })
  @ApiProblems(404)
  asset(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const file = this.files.assets.get(name);
    if (!file) throw commonErrors.NOT_FOUND();
    send(file, request, reply);
  }
}

function send(
  { contentType, plain, gzip, tags }: PageFile,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const encoding = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:[,\s]|$))/.test(request.headers['accept-encoding'] ?? '')
    ? 'gzip'
    : null;
  const tag = encoding ? tags.gzip : tags.plain;
  void reply.headers({
    'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
    ETag: tag,
    Vary: 'Accept-Encoding',
  });
  const known = request.headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''));
  if (known?.includes(tag)) {
    void reply.code(304).send();
    return;
  }
  if (encoding) void reply.header('Content-Encoding', encoding);
  void reply.type(contentType).send(encoding ? gzip : plain);
}
