import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../auth/index.js';
import { ApiProblems } from '../common/index.js';
import { HealthDto } from './dto/health.dto.js';
import { ReadinessIndicators } from './readiness.indicators.js';

@ApiTags('Operation')
@Public()
@SkipThrottle()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: ReadinessIndicators,
  ) {}

  @Get('live')
  @HealthCheck({ swaggerDocumentation: false })
  @ApiOperation({ operationId: 'getLiveness', summary: 'The process answers; it asks nothing of others' })
  @ApiOkResponse({ type: HealthDto })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @HealthCheck({ swaggerDocumentation: false })
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'All that a request or a job needs answers; 503 names what does not',
  })
  @ApiOkResponse({ type: HealthDto })
  @ApiProblems(503)
  ready(): Promise<HealthCheckResult> {
    return this.health.check(this.indicators.all());
  }

  @Get()
  @HealthCheck({ swaggerDocumentation: false })
  @ApiOperation({ operationId: 'getHealth', summary: 'The same as readiness' })
  @ApiOkResponse({ type: HealthDto })
  @ApiProblems(503)
  overall(): Promise<HealthCheckResult> {
    return this.health.check(this.indicators.all());
  }
}
