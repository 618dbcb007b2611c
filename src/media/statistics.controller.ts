import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { assertMaySeeAccount, CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems } from '../common/index.js';
import { StatisticsDto } from './dto/statistics.dto.js';
import { MediaStatisticsService } from './media-statistics.service.js';

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
    assertMaySeeAccount(principal, 'user', id);
    return this.statistics.of('user', id);
  }

  @Get('orgs/:id')
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'getOrgStatistics', summary: "Counts and bytes of an organization's media" })
  @ApiOkResponse({ type: StatisticsDto })
  @ApiProblems(401, 403, 404, 429)
  org(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<StatisticsDto> {
    assertMaySeeAccount(principal, 'org', id);
    return this.statistics.of('org', id);
  }
}
