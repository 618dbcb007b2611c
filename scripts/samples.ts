/**
 * Makes samples/photo.jpg and samples/video.mp4 for a first try of the service: pictures of no place, so
 * that the repository needs no foreign media. The photo lies on its side with an EXIF orientation and
 * carries a position, so that one can see the first applied and the second removed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import ffmpegInstaller from '@ffmpeg-installer/ffmpeg';
import sharp, { type Sharp } from 'sharp';

const directory = join(import.meta.dirname, '../samples');
const WIDTH = 4032;
const HEIGHT = 3024;
const VIDEO_SECONDS = 10;

/** One range of hills: a smooth line of a few waves, filled to the bottom. */
function hills(baseline: number, amplitude: number, seed: number): string {
  const points: string[] = [];
  for (let x = 0; x <= WIDTH; x += 24) {
    const at = (x / WIDTH) * Math.PI * 2;
    const wave =
      Math.sin(at * 1.3 + seed) + 0.45 * Math.sin(at * 3.1 + seed * 2) + 0.12 * Math.sin(at * 9.7 + seed * 5);
    points.push(`${x},${Math.round(baseline - amplitude * wave)}`);
  }
  return `M0,${HEIGHT} L${points.join(' L')} L${WIDTH},${HEIGHT} Z`;
}

function landscape(): string {
  const ranges = [
    { baseline: 1900, amplitude: 190, seed: 0.4, top: '#8d86a8', bottom: '#b49aa6' },
    { baseline: 2130, amplitude: 150, seed: 2.1, top: '#5f6f86', bottom: '#7f8a8e' },
    { baseline: 2380, amplitude: 130, seed: 4.0, top: '#3c5a52', bottom: '#4d6c55' },
    { baseline: 2700, amplitude: 110, seed: 5.6, top: '#1f3a2e', bottom: '#142a20' },
  ];
  const fills = ranges.map(
    ({ top, bottom }, index) =>
      `<linearGradient id="h${index}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/>` +
      `<stop offset="0.6" stop-color="${bottom}"/></linearGradient>`,
  );
  const paths = ranges.map(
    ({ baseline, amplitude, seed }, index) =>
      `<path d="${hills(baseline, amplitude, seed)}" fill="url(#h${index})"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><defs>
    <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#27528f"/>
      <stop offset="0.4" stop-color="#7fa3c9"/><stop offset="0.6" stop-color="#f3c9a0"/>
      <stop offset="0.7" stop-color="#f6a56a"/></linearGradient>
    <radialGradient id="glow"><stop offset="0" stop-color="#fff6d8" stop-opacity="0.95"/>
      <stop offset="0.25" stop-color="#ffe2a8" stop-opacity="0.5"/>
      <stop offset="1" stop-color="#ffc98a" stop-opacity="0"/></radialGradient>${fills.join('')}</defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="2750" cy="1560" r="950" fill="url(#glow)"/><circle cx="2750" cy="1560" r="150" fill="#fffbe8"/>
    ${paths.join('')}</svg>`;
}

/** The scene with the grain of a sensor. */
async function scene(): Promise<Sharp> {
  const grain = await sharp({
    create: {
      width: WIDTH,
      height: HEIGHT,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: 14 },
    },
  })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const upright = await sharp(Buffer.from(landscape()))
    .composite([{ input: grain, blend: 'soft-light' }])
    .removeAlpha()
    .png({ compressionLevel: 0 })
    .toBuffer();
  return sharp(upright);
}

async function makePhoto(upright: Sharp, file: string): Promise<void> {
  await upright
    .clone()
    .rotate(-90)
    .withExif({
      IFD0: {
        Make: 'Example',
        Model: 'Sample 1',
        Software: 'npm run samples',
        DateTime: '2026:06:21 20:45:00',
      },
      IFD2: {
        DateTimeOriginal: '2026:06:21 20:45:00',
        ExposureTime: '1/250',
        FNumber: '8/1',
        ISOSpeedRatings: '100',
        FocalLength: '26/1',
      },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '46/1 33/1 30/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '8/1 33/1 40/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 88 })
    .toFile(file);
}

/** FFMPEG_PATH, else the one on the PATH, else the one that npm installs. */
function findFfmpeg(): string {
  const configured = process.env['FFMPEG_PATH'];
  if (configured) return configured;
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'ffmpeg'));
  return candidates.find((candidate) => existsSync(candidate)) ?? ffmpegInstaller.path;
}

/** The camera wanders over the scene while a tone sounds. */
async function makeVideo(upright: Sharp, file: string): Promise<void> {
  const input = await upright.clone().resize(1920).png({ compressionLevel: 1 }).toBuffer();
  const turn = `2*PI*t/${VIDEO_SECONDS}`;
  const pan = `crop=1280:720:x=(iw-ow)*(0.5-0.5*cos(${turn})):y=(ih-oh)*(0.55+0.25*sin(${turn}))`;
  const options = [
    ['-hide_banner', '-loglevel', 'error', '-y'],
    ['-f', 'image2pipe', '-framerate', '30', '-i', 'pipe:0'],
    ['-f', 'lavfi', '-i', `sine=frequency=220:beep_factor=4:sample_rate=48000:duration=${VIDEO_SECONDS}`],
    ['-vf', `loop=loop=-1:size=1,setpts=N/30/TB,${pan},format=yuv420p`],
    ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-r', '30'],
    ['-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-t', String(VIDEO_SECONDS)],
    ['-movflags', '+faststart', file],
  ];
  const { status, stderr, error } = spawnSync(findFfmpeg(), options.flat(), { input });
  if (status !== 0) throw error ?? new Error(`ffmpeg failed: ${stderr.toString()}`);
}

mkdirSync(directory, { recursive: true });
const upright = await scene();
for (const [name, make] of Object.entries({ 'photo.jpg': makePhoto, 'video.mp4': makeVideo })) {
  const file = join(directory, name);
  await make(upright, file);
  console.log(`samples/${name}  ${(statSync(file).size / 1024 ** 2).toFixed(1)} MB`);
}
