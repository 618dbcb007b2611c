import { checksumFaults } from './faults/checksum.ts';
import { concatenationFaults } from './faults/concatenation.ts';
import { coreFaults } from './faults/core.ts';
import { creationFaults } from './faults/creation.ts';
import { extensionFaults } from './faults/extensions.ts';
import type { Fault } from './faults/fault.ts';
import { metadataFaults } from './faults/metadata.ts';
import { uploadFaults } from './faults/uploads.ts';

/** At least one for each case of the suite. */
export const faults: Fault[] = [
  ...coreFaults,
  ...uploadFaults,
  ...creationFaults,
  ...metadataFaults,
  ...extensionFaults,
  ...checksumFaults,
  ...concatenationFaults,
];
