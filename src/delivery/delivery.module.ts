import { Module } from '@nestjs/common';
import { MediaModule } from '../media/index.js';
import { ProcessingModule } from '../processing/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import {
  CaptionFilesService,
  CaptionHlsController,
  CaptionsController,
  CaptionsService,
  CaptionStore,
} from './captions/index.js';
import { DeliveryAccess } from './delivery-access.js';
import { DashController } from './dash.controller.js';
import { DashService } from './dash.service.js';
import { HlsController } from './hls.controller.js';
import { HlsService } from './hls.service.js';
import { MeteredTransformGate } from './metered-transform-gate.js';
import { OriginalsController } from './originals.controller.js';
import { PlaybackController } from './playback/playback.controller.js';
import { PlaybackService } from './playback/playback.service.js';
import { RepresentationService } from './representation.service.js';
import { SignedUrlsController } from './signed-urls.controller.js';
import { StreamPlaylists } from './stream-playlists.service.js';
import { TransformService } from './transform.service.js';
import { TransformStore } from './transform-store.js';
import { TransformsController } from './transforms.controller.js';
import { VariantsController } from './variants.controller.js';

@Module({
  imports: [MediaModule, ProcessingModule, SecurityModule, StorageModule],
  controllers: [
    OriginalsController,
    VariantsController,
    TransformsController,
    CaptionsController,
    CaptionHlsController,
    DashController,
    HlsController,
    PlaybackController,
    SignedUrlsController,
  ],
  providers: [
    CaptionFilesService,
    CaptionsService,
    CaptionStore,
    DashService,
    DeliveryAccess,
    HlsService,
    MeteredTransformGate,
    PlaybackService,
    RepresentationService,
    StreamPlaylists,
    TransformService,
    TransformStore,
  ],
})
export class DeliveryModule {}
