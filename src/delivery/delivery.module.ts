import { Module } from '@nestjs/common';
import { MediaModule } from '../media/index.js';
import { PresetsApiModule } from '../presets/index.js';
import { ProcessingModule } from '../processing/index.js';
import { SecurityModule } from '../security/index.js';
import { MeteredAdmission } from './admission/metered-admission.js';
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
import { HotAnswers } from './hot-answers.js';
import { HotBytes } from './hot-bytes.js';
import { MediaDescriptionService } from './metadata/media-description.service.js';
import { MetadataController } from './metadata/metadata.controller.js';
import { OriginalsController } from './originals.controller.js';
import { FrameRenderer } from './pictures/frame-renderer.js';
import { FrameService } from './pictures/frame.service.js';
import { SegmentSource } from './pictures/segment-source.js';
import { StoryboardController } from './pictures/storyboard.controller.js';
import { StoryboardService } from './pictures/storyboard.service.js';
import { ThumbnailController } from './pictures/thumbnail.controller.js';
import { ThumbnailService } from './pictures/thumbnail.service.js';
import { WaveformController } from './pictures/waveform.controller.js';
import { PlaybackController } from './playback/playback.controller.js';
import { PlaybackService } from './playback/playback.service.js';
import { PresignedPlaylists } from './presigned/presigned-playlists.js';
import { RepresentationService } from './representation.service.js';
import { SignedUrlsController } from './signed-urls.controller.js';
import { StoredStreams } from './stored-streams.js';
import { StreamPlaylists } from './stream-playlists.service.js';
import { TransformAccess } from './transforms/transform-access.js';
import { TransformDelivery } from './transforms/transform-delivery.js';
import { TransformFailures } from './transforms/transform-failures.js';
import { TransformMaker } from './transforms/transform-maker.js';
import { TransformService } from './transforms/transform.service.js';
import { TransformUses } from './transforms/transform-uses.js';
import { TransformsController } from './transforms/transforms.controller.js';
import { TransformsModule } from './transforms/transforms.module.js';
import { VariantsController } from './variants.controller.js';

@Module({
  imports: [MediaModule, PresetsApiModule, ProcessingModule, SecurityModule, TransformsModule],
  controllers: [
    OriginalsController,
    VariantsController,
    TransformsController,
    CaptionsController,
    CaptionHlsController,
    DashController,
    HlsController,
    StoryboardController,
    ThumbnailController,
    WaveformController,
    PlaybackController,
    SignedUrlsController,
    MetadataController,
  ],
  providers: [
    CaptionFilesService,
    CaptionsService,
    CaptionStore,
    DashService,
    DeliveryAccess,
    FrameRenderer,
    FrameService,
    HlsService,
    HotAnswers,
    HotBytes,
    MeteredAdmission,
    MediaDescriptionService,
    PlaybackService,
    PresignedPlaylists,
    RepresentationService,
    StreamPlaylists,
    SegmentSource,
    StoredStreams,
    StoryboardService,
    ThumbnailService,
    TransformAccess,
    TransformDelivery,
    TransformFailures,
    TransformMaker,
    TransformService,
    TransformUses,
  ],
})
export class DeliveryModule {}
