import { type Case, type Entry, isCase } from './catalogue.ts';
import { checksumEntries } from './cases/checksum.ts';
import { concatenationEntries } from './cases/concatenation.ts';
import { coreEntries } from './cases/core.ts';
import { creationEntries, postEntries } from './cases/creation.ts';
import { creationWithUploadEntries } from './cases/creation-with-upload.ts';
import { deferHeaderEntries } from './cases/defer-length.ts';
import { expirationEntries } from './cases/expiration.ts';
import { headEntries } from './cases/head.ts';
import { metadataEntries } from './cases/metadata.ts';
import { optionsEntries } from './cases/options.ts';
import { patchEntries } from './cases/patch.ts';
import { terminationEntries } from './cases/termination.ts';
import { uploadConcatEntries } from './cases/upload-concat.ts';

/** Every requirement of tus 1.0.0 (2016-03-25) in the order of its text, and the cases beyond it. */
export const entries: Entry[] = [
  ...coreEntries,
  ...headEntries,
  ...patchEntries,
  ...optionsEntries,
  ...creationEntries,
  ...deferHeaderEntries,
  ...metadataEntries,
  ...postEntries,
  ...creationWithUploadEntries,
  ...expirationEntries,
  ...checksumEntries,
  ...terminationEntries,
  ...concatenationEntries,
  ...uploadConcatEntries,
];

export const cases: Case[] = entries.filter((entry) => isCase(entry));
