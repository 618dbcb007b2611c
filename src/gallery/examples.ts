/** One picture of the gallery. */
export interface Example {
  /** Of its URL. */
  name: string;
  title: string;
  /** As after `GET /v1/media/{id}/image?`; `{mark}` is the id of the mark. */
  query: string;
  note?: string;
}

export interface ExampleGroup {
  title: string;
  text: string;
  examples: readonly Example[];
}

/** Stands for the id of the mark that is laid over the scene. */
export const MARK = '{mark}';

const box = 'width=360&height=240';

export const exampleGroups: readonly ExampleGroup[] = [
  {
    title: 'Size',
    text: 'One side keeps the shape; with two, fit says how the picture meets the box. Nothing is enlarged unless asked.',
    examples: [
      { name: 'width', title: 'One side', query: 'width=360' },
      { name: 'cover', title: 'Fill the box', query: 'width=240&height=240&fit=cover' },
      {
        name: 'contain',
        title: 'Fit, with bars',
        query: 'width=240&height=240&fit=contain&background=1f3f7a',
      },
      { name: 'inside', title: 'Fit inside', query: 'width=240&height=240&fit=inside' },
      { name: 'outside', title: 'Cover without a crop', query: 'width=240&height=240&fit=outside' },
      { name: 'fill', title: 'Stretch', query: 'width=240&height=240&fit=fill' },
      { name: 'pad', title: 'Exactly the box', query: 'width=360&height=300&fit=pad&background=ffd08a' },
      {
        name: 'dpr',
        title: 'For dense screens',
        query: 'width=180&dpr=2',
        note: '180 CSS pixels, 360 real ones',
      },
    ],
  },
  {
    title: 'Crop',
    text: 'What stays is a side, a corner, a focal point, or what the picture itself shows to be worth it.',
    examples: [
      { name: 'position-west', title: 'A side', query: 'width=200&height=240&fit=cover&position=west' },
      {
        name: 'position-focal',
        title: 'A focal point',
        query: 'width=200&height=240&fit=cover&position=0.82,0.4',
      },
      {
        name: 'attention',
        title: 'What draws the eye',
        query: 'width=200&height=240&fit=cover&position=attention',
      },
      { name: 'entropy', title: 'Most detail', query: 'width=200&height=240&fit=cover&position=entropy' },
      {
        name: 'crop',
        title: 'A part',
        query: 'crop=170,370,320,320&width=240',
        note: 'left, top, width, height',
      },
      { name: 'trim', title: 'Margins off', query: 'crop=0,0,1200,200&trim=40&width=360' },
    ],
  },
  {
    title: 'Turn',
    text: 'On top of the orientation that the camera has noted, which is always applied.',
    examples: [
      { name: 'rotate', title: 'A quarter turn', query: 'rotate=90&width=200' },
      { name: 'flip', title: 'Top to bottom', query: 'flip=true&width=360' },
      { name: 'flop', title: 'Left to right', query: 'flop=true&width=360' },
    ],
  },
  {
    title: 'Colour',
    text: 'In one fixed order, whatever the order in the URL.',
    examples: [
      { name: 'grayscale', title: 'Grey', query: `${box}&grayscale=true` },
      { name: 'tint', title: 'Tint', query: `${box}&tint=a5673f` },
      { name: 'brightness', title: 'Brightness', query: `${box}&brightness=1.4` },
      { name: 'contrast', title: 'Contrast', query: `${box}&contrast=1.5` },
      { name: 'saturation', title: 'Saturation', query: `${box}&saturation=2` },
      { name: 'hue', title: 'Hue', query: `${box}&hue=140` },
      { name: 'gamma', title: 'Gamma', query: `${box}&gamma=2.4` },
      { name: 'negate', title: 'Negative', query: `${box}&negate=true` },
    ],
  },
  {
    title: 'Filter',
    text: 'Measured in pixels of the result, so that it looks the same whatever the original.',
    examples: [
      { name: 'blur', title: 'Blur', query: `${box}&blur=6` },
      { name: 'sharpen', title: 'Sharpen', query: `${box}&sharpen=2` },
      { name: 'pixelate', title: 'Pixelate', query: `${box}&pixelate=12` },
    ],
  },
  {
    title: 'Overlay',
    text: 'Corners, another image of the same owner, and text in any script.',
    examples: [
      { name: 'radius', title: 'Round corners', query: `${box}&radius=28&format=webp` },
      { name: 'circle', title: 'A circle', query: 'crop=845,110,280,280&width=240&radius=max&format=png' },
      {
        name: 'watermark',
        title: 'Watermark',
        query: `${box}&watermark=${MARK}&watermarkScale=0.4&watermarkOpacity=0.9`,
      },
      {
        name: 'watermark-tile',
        title: 'All over',
        query: `${box}&watermark=${MARK}&watermarkScale=0.22&watermarkOpacity=0.35&watermarkTile=true`,
      },
      {
        name: 'text',
        title: 'Text',
        query: `${box}&text=Evening%20in%20the%20harbour&textSize=24&textPosition=northwest`,
      },
    ],
  },
  {
    title: 'Format and weight',
    text: 'Without format the best one is chosen that the client takes. The size is beside each picture: compare.',
    examples: [
      { name: 'jpeg', title: 'JPEG', query: 'width=360&format=jpeg' },
      { name: 'webp', title: 'WebP', query: 'width=360&format=webp' },
      { name: 'avif', title: 'AVIF', query: 'width=360&format=avif' },
      { name: 'png', title: 'PNG', query: 'width=360&format=png' },
      { name: 'quality', title: 'Low quality', query: 'width=360&format=jpeg&quality=12' },
      {
        name: 'max-bytes',
        title: 'At most 6 kB',
        query: 'width=360&format=jpeg&maxBytes=6000',
        note: 'the quality is searched for',
      },
      { name: 'lossless', title: 'Without loss', query: 'width=360&format=webp&lossless=true' },
    ],
  },
];

/** The scene itself, at the head of the page. */
export const hero: Example = { name: 'scene', title: 'The scene', query: 'format=webp&quality=86' };

export const examples: readonly Example[] = [hero, ...exampleGroups.flatMap((group) => group.examples)];
