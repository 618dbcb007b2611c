import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/index.js';
import { MediaOrigin } from './media-origin.js';
import { PlayerController } from './player.controller.js';

@Module({ imports: [StorageModule], controllers: [PlayerController], providers: [MediaOrigin] })
export class PlayerModule {}
