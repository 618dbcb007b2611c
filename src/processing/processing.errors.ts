import { defineErrors } from '../common/index.js';

export const processingErrors = defineErrors({
  WEBHOOK_FAILED: { status: 502, title: 'A webhook did not take the event' },
  PROCESSING_FAILED: { status: 500, title: 'The processing failed repeatedly' },
  MEDIA_INFECTED: { status: 422, title: 'The virus scanner found something' },
});
