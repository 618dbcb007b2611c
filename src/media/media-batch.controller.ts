import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems, problemDocument, redactPath } from '../common/index.js';
import { BatchDeleteDto, BatchDeleteResultsDto } from './dto/batch-delete.dto.js';
import { MediaRemovalService } from './media-removal.service.js';

@ApiTags('Media')
@Controller('v1/media/batch')
export class MediaBatchController {
  constructor(private readonly removal: MediaRemovalService) {}

  @Post('delete')
  @HttpCode(200)
  @RequireScopes('media:write')
  @ApiOperation({ operationId: 'deleteMediaBatch', summary: 'Delete up to 1000 media, each on its own' })
  @ApiOkResponse({ type: BatchDeleteResultsDto })
  @ApiProblems(400, 401, 403, 429)
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Body() body: BatchDeleteDto,
    @Req() request: FastifyRequest,
  ): Promise<BatchDeleteResultsDto> {
    const results = await this.removal.removeAll(principal, body.ids, body.permanent ?? false);
    const path = redactPath(request.url);
    return {
      results: results.map(({ id, error }) =>
        error === null
          ? { id, status: 204 }
          : { id, status: error.status, problem: problemDocument(error, { id: request.id, path }) },
      ),
    };
  }
}
