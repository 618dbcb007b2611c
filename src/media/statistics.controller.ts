import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  assertMaySeeAccount,
  authErrors,
  CurrentPrincipal,
  isSubjectId,
  type Principal,
  RequireScopes,
} from '../auth/index.js';
import { ApiProblems } from '../common/index.js';
import { StatisticsDto } from './dto/statistics.dto.js';
import { MediaStatisticsService } from './media-statistics.service.js';

/** @throws ACCOUNT_NOT_FOUND also for what can not be an id at all */
function assertAccount(principal: Principal, kind: 'user' | 'org', id: string): void {
  if (!isSubjectId(id)) throw authErrors.ACCOUNT_NOT_FOUND();
  assertMaySeeAccount(principal, kind, id);
}

@ApiTags('Quota and statistics')
@Controller('v1/stats')
export class StatisticsController {
  constructor(private readonly statistics: MediaStatisticsService) {}

  @Get('users/:id')
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'getUserStatistics', summary: "Counts and bytes of a user's media" })
  @ApiOkResponse({ type: StatisticsDto })
  @ApiProblems(401, 403, 404, 429)
  user(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<StatisticsDto> {
    assertAccount(principal, 'user', id);
    return this.statistics.of('user', id);
  }

  @Get('orgs/:id')
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'getOrgStatistics', summary: "Counts and bytes of an organization's media" })
  @ApiOkResponse({ type: StatisticsDto })
  @ApiProblems(401, 403, 404, 429)
  org(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<StatisticsDto> {
    assertAccount(principal, 'org', id);
    return this.statistics.of('org', id);
  }
}
