import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../auth/index.js';
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
  @HealthCheck()
  @ApiOperation({ operationId: 'getLiveness', summary: 'The process answers; it asks nothing of others' })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'All that a request or a job needs answers; 503 names what does not',
  })
  ready(): Promise<HealthCheckResult> {
    return this.health.check(this.indicators.all());
  }

  @Get()
  @HealthCheck()
  @ApiOperation({ operationId: 'getHealth', summary: 'The same as readiness' })
  overall(): Promise<HealthCheckResult> {
    return this.health.check(this.indicators.all());
  }
}
