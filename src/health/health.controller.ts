import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../auth/index.js';
import { ApiProblems } from '../common/index.js';
import { HealthDto } from './dto/health.dto.js';
import { healthErrors } from './health.errors.js';
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
    return this.readiness();
  }

  @Get()
  @HealthCheck({ swaggerDocumentation: false })
  @ApiOperation({ operationId: 'getHealth', summary: 'The same as readiness' })
  @ApiOkResponse({ type: HealthDto })
  @ApiProblems(503)
  overall(): Promise<HealthCheckResult> {
    return this.readiness();
  }

  /** @throws NOT_READY, whose errors name the parts that are down */
  private async readiness(): Promise<HealthCheckResult> {
    try {
      return await this.health.check(this.indicators.all());
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { error: down } = error.getResponse() as HealthCheckResult;
      const errors = Object.keys(down ?? {}).map((field) => ({ field, message: 'down' }));
      throw healthErrors.NOT_READY(`down: ${errors.map(({ field }) => field).join(', ')}`, { errors });
    }
  }
}
