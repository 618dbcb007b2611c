import sharp from 'sharp';

/** Loaders the service decodes with. Everything else libvips could open (SVG, PDF, raw, ImageMagick) stays shut. */
const allowedLoaders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].flatMap((loader) => [
  `VipsForeignLoad${loader}File`,
  `VipsForeignLoad${loader}Buffer`,
]);

// One thread per image and as many images at once as there are cores gives the best throughput; the
// operation cache would keep decoded pictures of one user in memory for no gain.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: allowedLoaders });

/** The one configured sharp: import it from here and nowhere else, so that the limits above always hold. */
export { sharp };
