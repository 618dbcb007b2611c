export {
  type EditOperation,
  type EditPlan,
  type WatermarkPosition,
  watermarkPositions,
} from './edit-plan.js';
export { IsCustomMetadata, IsTags } from './dto/media-details.js';
export { MediaDto, toMediaDto } from './dto/media.dto.js';
export { Media } from './entities/media.entity.js';
export { entityTagHeader, expectedVersion, isCurrent, mediaEntityTag } from './entity-tag.js';
export { StoredOriginal } from './entities/stored-original.entity.js';
export { Variant, type VariantKind, variantKinds } from './entities/variant.entity.js';
export { MediaAccess } from './media-access.js';
export {
  type AnnouncedMedia,
  type ArrivedBytes,
  MediaCommitService,
  type ReceivedUpload,
} from './media-commit.service.js';
export {
  analysisOf,
  facesOf,
  type FoundFace,
  type FoundObject,
  type MediaAnalysis,
  type NsfwVerdict,
} from './media-analysis.js';
export {
  analyseJob,
  arrivalJob,
  hashJob,
  type MediaRun,
  presetsJob,
  processJob,
  scanJob,
} from './media-jobs.js';
export {
  type Failure,
  MediaLifecycleService,
  type NewVariant,
  type Outcome,
} from './media-lifecycle.service.js';
export { MediaLookup, type MediaView, type VariantView } from './media-lookup.js';
export { MediaModule } from './media.module.js';
export { MediaRemovalService } from './media-removal.service.js';
export { MediaSupplements, type Supplement } from './media-supplements.js';
export { mediaErrors } from './media.errors.js';
export { MediaRepository } from './media.repository.js';
export { spaceOf, StoredOriginals } from './stored-originals.js';
export { type MediaKind, type MediaStatus, mediaStatuses, unfinishedStatuses } from './media-status.js';
