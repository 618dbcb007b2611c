import { Module } from '@nestjs/common';
import { ProgressModule } from '../progress/progress.module.js';
import { EventGateway } from './event.gateway.js';
import { EventHandshake } from './event-handshake.js';
import { EventUpgradeController } from './event-upgrade.controller.js';

@Module({
  imports: [ProgressModule],
  controllers: [EventUpgradeController],
  providers: [EventGateway, EventHandshake],
})
export class EventGatewayModule {}
