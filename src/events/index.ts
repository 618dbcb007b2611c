export { OutboxMessage } from './entities/outbox-message.entity.js';
export { EventsModule } from './events.module.js';
export { type ChangeListener, type MediaChange, MediaChanges } from './media-changes.js';
export { type JobRequest, Outbox } from './outbox.js';
export { TransformEnds } from './transform-ends.js';
export { type UploadChange, UploadChanges } from './upload-changes.js';
