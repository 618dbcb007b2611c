/**
 * Makes the pictures of the gallery under /docs/images, which are in the repository: assets/harbour.jpg, a scene of no
 * place with strong colours, detail and one thing to look at, and assets/mark.png, a mark to lay over it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const directory = join(import.meta.dirname, '../assets');
const WIDTH = 1200;
const HEIGHT = 800;
const HORIZON = 520;

/** Numbers between 0 and 1, the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function ridge(baseline: number, amplitude: number, seed: number): string {
  const points = Array.from({ length: 101 }, (_, index) => {
    const at = (index / 100) * Math.PI * 2;
    const wave =
      Math.sin(at * 1.2 + seed) + 0.4 * Math.sin(at * 3.3 + seed * 2) + 0.15 * Math.sin(at * 11 + seed * 4);
    return `${index * 12},${Math.round(baseline - amplitude * wave)}`;
  });
  return `M0,${HORIZON + 4} L${points.join(' L')} L${WIDTH},${HORIZON + 4} Z`;
}

/** Streaks of light on the water, denser and brighter below the sun. */
function ripples(): string {
  const next = sequence(7);
  return Array.from({ length: 420 }, () => {
    const y = HORIZON + 6 + next() ** 1.6 * (HEIGHT - HORIZON);
    const depth = (y - HORIZON) / (HEIGHT - HORIZON);
    const nearSun = next() < 0.45;
    const x = nearSun ? 430 + (next() - 0.5) * (60 + 260 * depth) : next() * WIDTH;
    const length = 14 + next() * (30 + 110 * depth);
    const colour = nearSun ? '#ffe0a0' : next() < 0.5 ? '#7fb2c9' : '#123a5c';
    const opacity = (nearSun ? 0.55 : 0.28) * (0.5 + next() / 2);
    return `<rect x="${x - length / 2}" y="${y}" width="${length}" height="${1 + 2.2 * depth}" rx="1.5" fill="${colour}" opacity="${opacity.toFixed(2)}"/>`;
  }).join('');
}

function clouds(): string {
  const next = sequence(21);
  const bank = (cx: number, cy: number, width: number): string =>
    Array.from({ length: 14 }, () => {
      const x = cx + (next() - 0.5) * width;
      const y = cy + (next() - 0.5) * 26;
      return `<ellipse cx="${x}" cy="${y}" rx="${50 + next() * 90}" ry="${7 + next() * 13}" fill="#ffd9b8" opacity="0.34"/>`;
    }).join('');
  return `<g filter="url(#soft)">${bank(250, 150, 420)}${bank(820, 105, 380)}${bank(640, 285, 560)}</g>`;
}

function rocks(): string {
  const next = sequence(3);
  const edge = Array.from(
    { length: 19 },
    (_, index) => `${830 + index * 21},${560 - Math.sin((index / 18) * Math.PI) * 46 - next() * 16}`,
  );
  const stones = Array.from({ length: 46 }, () => {
    const x = 850 + next() * 350;
    const y = 545 + next() * 60;
    return `<ellipse cx="${x}" cy="${y}" rx="${6 + next() * 20}" ry="${4 + next() * 9}" fill="${next() < 0.5 ? '#4d4038' : '#2b2422'}" opacity="0.8"/>`;
  });
  return `<path d="M800,612 L${edge.join(' L')} L1210,612 Q1000,640 800,612 Z" fill="#3a302c"/>${stones.join('')}`;
}

/** Red and white, with its lamp lit; its middle is at x = 985. */
function lighthouse(): string {
  const bands = [0, 1, 2, 3, 4].map((index) => {
    const [top, bottom] = [250 + index * 56, 250 + (index + 1) * 56];
    const half = (y: number): number => 25 + ((y - 250) / 280) * 20;
    return `<path d="M${985 - half(top)},${top} L${985 + half(top)},${top} L${985 + half(bottom)},${bottom} L${985 - half(bottom)},${bottom} Z" fill="${index % 2 ? '#f4efe6' : '#c8322b'}"/>`;
  });
  return `<path d="M985,205 L330,120 L330,262 Z" fill="url(#beam)"/>
    ${bands.join('')}<path d="M1004,250 L1010,250 L1030,530 L1010,530 Z" fill="#000" opacity="0.18"/>
    <rect x="952" y="240" width="66" height="12" fill="#2a2624"/><rect x="963" y="190" width="44" height="50" fill="#fff2b8"/>
    <path d="M963,190 h44 v50 h-44 Z M978,190 v50 M993,190 v50" fill="none" stroke="#2a2624" stroke-width="4"/>
    <path d="M955,192 L985,156 L1015,192 Z" fill="#8e231f"/><circle cx="985" cy="152" r="6" fill="#2a2624"/>
    <rect x="974" y="478" width="22" height="52" rx="11" fill="#3a2a24"/><rect x="978" y="330" width="14" height="20" rx="7" fill="#3a2a24"/>
    <circle cx="985" cy="214" r="90" fill="url(#lamp)"/>`;
}

function boat(): string {
  return `<g transform="translate(70 0)"><path d="M170,612 L390,612 Q372,664 330,668 L222,668 Q186,660 170,612 Z" fill="#1d5c63"/>
    <path d="M170,612 L390,612 L386,624 L174,624 Z" fill="#f0e6d2"/>
    <text x="279" y="652" font-family="DejaVu Sans" font-weight="bold" font-size="20" text-anchor="middle" fill="#f7efe0" letter-spacing="3">AURORA</text>
    <rect x="274" y="392" width="7" height="222" fill="#5b3d28"/>
    <path d="M286,398 Q398,505 378,596 L286,596 Z" fill="#e2562f"/><path d="M269,420 Q205,520 188,596 L269,596 Z" fill="#f2a23a"/>
    <path d="M286,452 Q352,515 365,540 M286,506 Q345,550 374,566" stroke="#b93f20" stroke-width="3" fill="none"/>
    <path d="M281,392 L310,402 L281,412 Z" fill="#2f6fd0"/>
    <path d="M176,672 Q280,690 386,672 Q350,748 280,756 Q214,748 176,672 Z" fill="#e2562f" opacity="0.22"/></g>`;
}

function birds(): string {
  const at = [
    [560, 190, 1],
    [604, 214, 0.8],
    [520, 236, 0.7],
    [650, 176, 0.6],
    [700, 240, 0.75],
  ];
  return at
    .map(
      ([x, y, size]) =>
        `<path transform="translate(${x} ${y}) scale(${size})" d="M-26,-6 Q-12,-16 0,0 Q12,-16 26,-6" stroke="#2c2a3c" stroke-width="4" fill="none" stroke-linecap="round"/>`,
    )
    .join('');
}

const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><defs>
  <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#1f3f7a"/><stop offset="0.45" stop-color="#6f7fb5"/>
    <stop offset="0.75" stop-color="#f0a37c"/><stop offset="1" stop-color="#ffd08a"/></linearGradient>
  <linearGradient id="sea" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#e0a077"/><stop offset="0.12" stop-color="#5d87a0"/>
    <stop offset="0.5" stop-color="#256089"/><stop offset="1" stop-color="#0c2c4c"/></linearGradient>
  <radialGradient id="sun"><stop offset="0" stop-color="#fffbe0"/><stop offset="0.22" stop-color="#ffe9a8" stop-opacity="0.85"/>
    <stop offset="1" stop-color="#ffc27a" stop-opacity="0"/></radialGradient>
  <radialGradient id="lamp"><stop offset="0" stop-color="#fffbd0" stop-opacity="0.95"/><stop offset="1" stop-color="#ffe9a0" stop-opacity="0"/></radialGradient>
  <linearGradient id="beam" x1="1" y1="0" x2="0" y2="0"><stop offset="0" stop-color="#fff6c8" stop-opacity="0.7"/><stop offset="1" stop-color="#fff6c8" stop-opacity="0"/></linearGradient>
  <filter id="soft"><feGaussianBlur stdDeviation="7"/></filter></defs>
  <rect width="${WIDTH}" height="${HORIZON + 2}" fill="url(#sky)"/>${clouds()}
  <circle cx="430" cy="455" r="330" fill="url(#sun)"/><circle cx="430" cy="455" r="52" fill="#fff8dc"/>
  <path d="${ridge(470, 30, 0.7)}" fill="#7a6c92"/><path d="${ridge(500, 20, 2.6)}" fill="#4d4a6e"/>
  <rect y="${HORIZON}" width="${WIDTH}" height="${HEIGHT - HORIZON}" fill="url(#sea)"/>${ripples()}
  ${birds()}${rocks()}${lighthouse()}${boat()}</svg>`;

const mark = `<svg xmlns="http://www.w3.org/2000/svg" width="360" height="120"><rect x="3" y="3" width="354" height="114" rx="57"
  fill="#fff" fill-opacity="0.9"/><circle cx="62" cy="60" r="34" fill="#1d5c63"/><path d="M48,60 l12,13 l20,-26" stroke="#fff"
  stroke-width="9" fill="none" stroke-linecap="round" stroke-linejoin="round"/><text x="112" y="76" font-family="DejaVu Sans"
  font-weight="bold" font-size="46" fill="#1d5c63">harbour</text></svg>`;

mkdirSync(directory, { recursive: true });
const next = sequence(99);
const grain = Buffer.from(Array.from({ length: WIDTH * HEIGHT }, () => 122 + Math.round(next() * 12)));
const photo = await sharp(Buffer.from(scene))
  .composite([{ input: grain, raw: { width: WIDTH, height: HEIGHT, channels: 1 }, blend: 'soft-light' }])
  .removeAlpha()
  .jpeg({ quality: 84, mozjpeg: true })
  .toBuffer();
writeFileSync(join(directory, 'harbour.jpg'), photo);
writeFileSync(join(directory, 'mark.png'), await sharp(Buffer.from(mark)).png({ palette: true }).toBuffer());
