import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScopes } from '../auth/index.js';
import { ApiProblems, commonErrors } from '../common/index.js';
import { QuotaAccountsService } from '../quota/index.js';
import { AdminStatusService } from './admin-status.service.js';
import { RecalculateDto, RecalculationDto } from './dto/recalculate.dto.js';
import { StatusDto } from './dto/status.dto.js';

@ApiTags('Admin')
@RequireScopes('admin')
@Controller('v1/admin')
export class AdminController {
  constructor(
    private readonly accounts: QuotaAccountsService,
    private readonly statuses: AdminStatusService,
  ) {}

  @Post('quotas/recalculate')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'recalculateQuotas',
    summary: 'Count usage again from what is there, and mend what has drifted',
  })
  @ApiOkResponse({ type: RecalculationDto })
  @ApiProblems(400, 401, 403, 429)
  async recalculate(@Body() { userId, orgId }: RecalculateDto): Promise<RecalculationDto> {
    if (userId !== undefined && orgId !== undefined) {
      throw commonErrors.VALIDATION_FAILED('userId and orgId exclude each other');
    }
    if (userId !== undefined)
      return { drifts: await this.accounts.recalculate({ scope: 'user', subjectId: userId }) };
    if (orgId !== undefined)
      return { drifts: await this.accounts.recalculate({ scope: 'org', subjectId: orgId }) };
    return { drifts: await this.accounts.recalculate() };
  }

  @Get('status')
  @ApiOperation({ operationId: 'getStatus', summary: 'Version, backends, queues and totals' })
  @ApiOkResponse({ type: StatusDto })
  @ApiProblems(401, 403, 429)
  status(): Promise<StatusDto> {
    return this.statuses.status();
  }
}
