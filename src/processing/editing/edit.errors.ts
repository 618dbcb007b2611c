import { defineErrors } from '../../common/index.js';

export const editErrors = defineErrors({
  EDIT_INVALID: { status: 422, title: 'The edit can not be made of these media' },
  EDIT_SOURCE_NOT_READY: { status: 409, title: 'A media that the edit needs is not ready' },
  EDIT_SOURCE_GONE: { status: 422, title: 'A media that the edit needs is gone' },
  EDITS_EXCEEDED: { status: 429, title: 'Too many edits are waiting' },
});
