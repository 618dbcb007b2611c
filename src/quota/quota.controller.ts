import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { assertMaySeeAccount, CurrentPrincipal, type Principal, RequireScopes } from '../auth/index.js';
import { ApiProblems } from '../common/index.js';
import { QuotaDto, SetQuotaDto } from './dto/quota.dto.js';
import { QuotaAccountsService } from './quota-accounts.service.js';

@ApiTags('Quota and statistics')
@Controller('v1/quotas')
export class QuotaController {
  constructor(private readonly accounts: QuotaAccountsService) {}

  @Get('users/:id')
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'getUserQuota', summary: 'Quota and usage of a user' })
  @ApiOkResponse({ type: QuotaDto })
  @ApiProblems(401, 403, 404, 429)
  user(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<QuotaDto> {
    assertMaySeeAccount(principal, 'user', id);
    return this.accounts.read({ scope: 'user', subjectId: id });
  }

  @Get('orgs/:id')
  @RequireScopes('media:read')
  @ApiOperation({ operationId: 'getOrgQuota', summary: 'Quota and usage of an organization' })
  @ApiOkResponse({ type: QuotaDto })
  @ApiProblems(401, 403, 404, 429)
  org(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<QuotaDto> {
    assertMaySeeAccount(principal, 'org', id);
    return this.accounts.read({ scope: 'org', subjectId: id });
  }

  @Put('users/:id')
  @RequireScopes('admin')
  @ApiOperation({ operationId: 'setUserQuota', summary: "Set a user's limit" })
  @ApiOkResponse({ type: QuotaDto })
  @ApiProblems(400, 401, 403, 404, 429)
  setUser(
    @Param('id') id: string,
    @Body() body: SetQuotaDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<QuotaDto> {
    assertMaySeeAccount(principal, 'user', id);
    return this.accounts.setLimit({ scope: 'user', subjectId: id }, body.limitBytes);
  }

  @Put('orgs/:id')
  @RequireScopes('admin')
  @ApiOperation({ operationId: 'setOrgQuota', summary: "Set an organization's limit" })
  @ApiOkResponse({ type: QuotaDto })
  @ApiProblems(400, 401, 403, 404, 429)
  setOrg(
    @Param('id') id: string,
    @Body() body: SetQuotaDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<QuotaDto> {
    assertMaySeeAccount(principal, 'org', id);
    return this.accounts.setLimit({ scope: 'org', subjectId: id }, body.limitBytes);
  }
}
