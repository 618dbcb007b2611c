import { Controller, Get, Res, SetMetadata } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { PUBLIC_ROUTE } from '../common/index.js';

const metricExample = 'media_queue_jobs{queue="media",state="waiting"} 0\n';

/** The scrape endpoint; unguarded, so keep it off the public network. */
@ApiTags('Operation')
@SetMetadata(PUBLIC_ROUTE, true)
@SkipThrottle()
@Controller()
export class MetricsController extends PrometheusController {
  @Get()
  @ApiOperation({ operationId: 'getMetrics', summary: 'Metrics of this process, for Prometheus' })
  @ApiOkResponse({
    description: 'The text format of Prometheus',
    content: { 'text/plain': { schema: { type: 'string' }, example: metricExample } },
  })
  override async index(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('Content-Type', register.contentType);
    return register.metrics();
  }
}
