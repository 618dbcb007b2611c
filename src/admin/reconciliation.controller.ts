import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequireScopes } from '../auth/index.js';
import { ApiProblems, IdParam } from '../common/index.js';
import { Idempotent, ResourceId } from '../idempotency/index.js';
import {
  ReconcileDto,
  ReconciliationDto,
  ReconciliationStartedDto,
  toReconciliationDto,
} from './dto/reconciliation.dto.js';
import { ReconciliationService } from './reconciliation/reconciliation.service.js';

const acceptedHeaders = {
  Location: { description: 'Path of the report', schema: { type: 'string' } },
} as const;

@ApiTags('Admin')
@RequireScopes('admin')
@Controller('v1/admin/reconcile')
export class ReconciliationController {
  constructor(private readonly reconciliations: ReconciliationService) {}

  @Post()
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({
    operationId: 'reconcile',
    summary: 'Check database, store, quota and queue against each other, and mend if asked to',
  })
  @ApiAcceptedResponse({ type: ReconciliationStartedDto, headers: acceptedHeaders })
  @ApiProblems(400, 401, 403, 409, 429)
  async start(
    @ResourceId() id: string,
    @Body() { dryRun }: ReconcileDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReconciliationStartedDto> {
    const { state } = await this.reconciliations.start(id, dryRun);
    void reply.header('Location', `/v1/admin/reconcile/${id}`);
    return { id, state };
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getReconciliation', summary: 'What a reconciliation has found so far' })
  @ApiOkResponse({ type: ReconciliationDto })
  @ApiProblems(401, 403, 404, 429)
  async read(@IdParam() id: string): Promise<ReconciliationDto> {
    return toReconciliationDto(await this.reconciliations.read(id));
  }
}
