import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');
const corpus = resolve(process.env['MEDIA_CORPUS'] ?? join(root, '../shared/corpus'));

const present = (path: string, within = ''): string | null => (existsSync(join(path, within)) ? path : null);

/** Where the add-on is installed, or null. */
export const addOn = present(join(root, 'addons/image-analysis'), 'node_modules/@vladmandic/human');
export const needsAddOn = '(needs npm ci --prefix addons/image-analysis)';

/** A photo of one woman behind a bar, her face in the middle of the upper half; or null. */
export const portrait = present(join(corpus, 'images/photo-24mp-progressive.jpg'));
export const needsPortrait = '(needs MEDIA_CORPUS or ../shared/corpus)';
