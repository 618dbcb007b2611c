import { createHash } from 'node:crypto';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/index.js';
import { ApiProblems } from '../common/index.js';
import { GalleryService } from './gallery.service.js';
import { galleryPage } from './page/gallery-page.js';
import { galleryScript } from './page/gallery-script.js';

const PICTURE_CACHING = 'public, max-age=3600';

/** What the image engine does, to look at: there when the documentation is. */
@ApiTags('Operation')
@Public()
@Controller('docs/images')
export class GalleryController {
  constructor(private readonly gallery: GalleryService) {}

  @Get()
  @ApiOperation({
    operationId: 'getImageGallery',
    summary: 'Every image operation on one photo, to look at; there when the documentation is',
  })
  @ApiProduces('text/html')
  @ApiOkResponse({ description: 'A page for people', schema: { type: 'string' } })
  @ApiProblems(429)
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  page(): string {
    return galleryPage();
  }

  @Get('gallery.js')
  @ApiOperation({ operationId: 'getImageGalleryScript', summary: 'The script of the gallery' })
  @ApiProduces('text/javascript')
  @ApiOkResponse({ description: 'The script', schema: { type: 'string' } })
  @ApiProblems(429)
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  script(): string {
    return galleryScript;
  }

  @Get(':example')
  @ApiOperation({ operationId: 'getImageGalleryPicture', summary: 'One picture of the gallery' })
  @ApiProduces('image/*', 'application/problem+json')
  @ApiOkResponse({
    description: 'The picture',
    content: { 'image/*': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiProblems(404, 429)
  async picture(@Param('example') example: string, @Res() reply: FastifyReply): Promise<void> {
    const { data, contentType } = await this.gallery.picture(example);
    await reply
      .headers({
        'Cache-Control': PICTURE_CACHING,
        ETag: `"${createHash('sha256').update(data).digest('base64url').slice(0, 27)}"`,
      })
      .type(contentType)
      .send(data);
  }
}
