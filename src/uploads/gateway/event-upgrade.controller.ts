import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequireScopes } from '../../auth/index.js';
import { ApiProblems } from '../../common/index.js';
import { progressErrors } from '../progress/progress.errors.js';
import { WEBSOCKET_VERSION } from './upgrade.js';

/** What asks for the path of the gateway without a sound opening handshake. */
@ApiTags('Media')
@Controller('v1/events')
export class EventUpgradeController {
  @Get()
  @RequireScopes('media:read')
  @ApiOperation({
    operationId: 'connectEvents',
    summary: 'Progress of any number of uploads and media over one WebSocket',
    description:
      'The token comes in the Authorization header or, from browsers, as a subprotocol after `bearer`. docs/events.md has the messages.',
  })
  @ApiResponse({ status: 101, description: 'The connection is a WebSocket now' })
  @ApiProblems(401, 403, 426, 429, 503)
  refuse(): never {
    throw progressErrors.UPGRADE_REQUIRED(undefined, {
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': WEBSOCKET_VERSION },
    });
  }
}
