import { Module } from '@nestjs/common';
import { MediaModule } from '../media/index.js';
import { ProcessingModule } from '../processing/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import { DeliveryAccess } from './delivery-access.js';
import { HlsController } from './hls.controller.js';
import { HlsService } from './hls.service.js';
import { MeteredTransformGate } from './metered-transform-gate.js';
import { OriginalsController } from './originals.controller.js';
import { FrameService } from './pictures/frame.service.js';
import { SegmentSource } from './pictures/segment-source.js';
import { StoryboardController } from './pictures/storyboard.controller.js';
import { StoryboardService } from './pictures/storyboard.service.js';
import { ThumbnailController } from './pictures/thumbnail.controller.js';
import { ThumbnailService } from './pictures/thumbnail.service.js';
import { WaveformController } from './pictures/waveform.controller.js';
import { RepresentationService } from './representation.service.js';
import { SignedUrlsController } from './signed-urls.controller.js';
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
    HlsController,
    StoryboardController,
    ThumbnailController,
    WaveformController,
    SignedUrlsController,
  ],
  providers: [
    DeliveryAccess,
    FrameService,
    HlsService,
    MeteredTransformGate,
    RepresentationService,
    SegmentSource,
    StoryboardService,
    ThumbnailService,
    TransformService,
    TransformStore,
  ],
})
export class DeliveryModule {}
