import { defineErrors } from '../../common/index.js';

export const analysisErrors = defineErrors({
  ANALYSIS_TIMEOUT: { status: 422, title: 'The picture took too long to be analysed' },
  ANALYSIS_FAILED: { status: 500, title: 'The picture could not be analysed' },
});
