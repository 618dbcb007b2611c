/**
 * Makes samples/photo.jpg and samples/video.mp4, so that the README's tour has something to upload and the
 * repository carries no foreign media.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ffmpegInstaller from '@ffmpeg-installer/ffmpeg';
import sharp from 'sharp';

const directory = join(import.meta.dirname, '..', 'samples');
const width = 4032;
const height = 3024;

mkdirSync(directory, { recursive: true });
report(await makePhoto(join(directory, 'photo.jpg')));
report(makeVideo(join(directory, 'video.mp4')));

function report(path: string): void {
  console.log(`${path} (${(statSync(path).size / 1e6).toFixed(1)} MB)`);
}

/** A landscape as a phone stores it: turned, with EXIF that says so, and with a place in it. */
async function makePhoto(path: string): Promise<string> {
  const upright = await sharp(Buffer.from(landscape()))
    .composite([{ input: await grain(), blend: 'soft-light' }])
    .removeAlpha()
    .png({ compressionLevel: 0 })
    .toBuffer();
  await sharp(upright)
    .rotate(270)
    .withExif({
      IFD0: { Make: 'Example', Model: 'Sample camera', Orientation: '6' },
      IFD2: { DateTimeOriginal: '2026:06:21 21:30:00', FNumber: '18/10', ExposureTime: '1/250' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '54/1 32/1 0/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '13/1 40/1 0/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 88 })
    .toFile(path);
  return path;
}

function landscape(): string {
  const ridges = [
    { y: 1750, amplitude: 260, step: 504, colour: '#5b6f9c' },
    { y: 2050, amplitude: 200, step: 336, colour: '#3e5480' },
    { y: 2350, amplitude: 150, step: 252, colour: '#263a5e' },
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#1d2b64"/><stop offset="0.4" stop-color="#b06a8f"/>
        <stop offset="0.65" stop-color="#f8b878"/>
      </linearGradient>
      <radialGradient id="sun">
        <stop offset="0" stop-color="#fffbe0"/><stop offset="0.2" stop-color="#ffe3a0"/>
        <stop offset="1" stop-color="#ffb070" stop-opacity="0"/>
      </radialGradient>
    </defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="2700" cy="1500" r="620" fill="url(#sun)"/>
    ${ridges.map(ridge).join('')}
    <text x="160" y="2860" font-family="sans-serif" font-size="150" fill="#f8e8d0">Sample photo</text>
  </svg>`;
}

function ridge(
  { y, amplitude, step, colour }: { y: number; amplitude: number; step: number; colour: string },
  row: number,
): string {
  const peaks = Array.from({ length: Math.ceil(width / step) + 1 }, (_, at) => {
    const top = y - amplitude * (0.5 + 0.5 * Math.sin(at * 2.4 + row * 1.7));
    return `${at * step},${Math.round(top)}`;
  });
  return `<polygon points="0,${height} ${peaks.join(' ')} ${width},${height}" fill="${colour}"/>`;
}

/** Without noise a picture compresses far better than any photo does. */
function grain(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 18 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
    .blur(0.6)
    .png({ compressionLevel: 0 })
    .toBuffer();
}

/** Ten seconds of full HD with a tone that swells. */
function makeVideo(path: string): string {
  const ffmpeg = process.env['FFMPEG_PATH'] || ffmpegInstaller.path;
  const picture = '-f lavfi -i testsrc2=size=1920x1080:rate=30:duration=10';
  const sound = '-f lavfi -i sine=frequency=330:sample_rate=48000:duration=10 -af tremolo=f=2:d=0.7 -ac 2';
  const coding = '-c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p -c:a aac -b:a 128k';
  const options = `${picture} ${sound} ${coding} -movflags +faststart`.split(' ');
  execFileSync(ffmpeg, ['-nostdin', '-v', 'error', '-y', ...options, path], { stdio: 'inherit' });
  return path;
}
