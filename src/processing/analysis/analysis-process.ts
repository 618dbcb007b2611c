/**
 * The process that looks at pictures: started by `PictureAnalyser`, with an IPC channel, and killed by it. It is a
 * program of its own, so it imports nothing of the service; what it needs besides is in the add-on.
 *
 * Arguments: the directory of the add-on, and what to look for, with commas. It sends `ready` once the models are
 * loaded, and an answer to each picture. It loads nothing from the network: whatever the libraries fetch is read from
 * the add-on's files or refused.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AnalysedPicture, Box, Detections } from './analysis-messages.js';

const [addOn = '', features = ''] = process.argv.slice(2);
const wanted = new Set(features.split(','));
const modules = join(addOn, 'node_modules');
const require = createRequire(join(addOn, 'package.json'));

globalThis.fetch = async (input) => {
  const url = String(input instanceof Request ? input.url : input);
  if (!url.startsWith(pathToFileURL(modules).href)) throw new Error('analysis fetches nothing');
  const type = url.endsWith('.json') ? 'application/json' : 'application/octet-stream';
  return new Response(await readFile(fileURLToPath(url)), { headers: { 'content-type': type } });
};

/** What is used of TensorFlow.js; the package's own types are not here when the add-on is not. */
interface Tensor {
  data(): Promise<Float32Array>;
}
interface TensorFlow {
  tidy<T>(work: () => T): T;
  dispose(tensor: Tensor): void;
  tensor(values: Uint8Array, shape: number[], type: 'int32'): Tensor;
  cast(tensor: Tensor, type: 'float32'): Tensor;
  div(tensor: Tensor, by: number): Tensor;
  loadGraphModel(source: { load(): Promise<object> }): Promise<{ predict(input: Tensor): Tensor }>;
  image: { resizeBilinear(tensor: Tensor, size: [number, number], alignCorners: boolean): Tensor };
}
type RawBox = [x: number, y: number, width: number, height: number];
interface Human {
  tf: TensorFlow;
  load(): Promise<void>;
  detect(tensor: Tensor): Promise<{
    error: string | null;
    face: { score: number; boxRaw: RawBox }[];
    object: { score: number; label: string; boxRaw: RawBox }[];
  }>;
}

/** Whatever may be something; which of it counts is decided by the service. */
const MIN_SCORE = 0.2;
const MAX_DETECTED = 50;
const off = { enabled: false };

function createHuman(): Human {
  const { Human: Library } = require(join(modules, '@vladmandic/human/dist/human.node-wasm.js')) as {
    Human: new (config: object) => Human;
  };
  return new Library({
    debug: false,
    backend: 'wasm',
    wasmPath: `${join(modules, '@tensorflow/tfjs-backend-wasm/dist')}/`,
    modelBasePath: `${pathToFileURL(join(modules, '@vladmandic/human/models')).href}/`,
    // It is made for videos: nothing of one picture may be taken over to the next.
    cacheSensitivity: 0,
    skipAllowed: false,
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    segmentation: off,
    face: {
      enabled: wanted.has('faces'),
      detector: {
        modelPath: 'blazeface.json',
        rotation: false,
        minConfidence: MIN_SCORE,
        maxDetected: MAX_DETECTED,
      },
      mesh: off,
      iris: off,
      description: off,
      emotion: off,
      antispoof: off,
      liveness: off,
    },
    object: {
      enabled: wanted.has('objects'),
      modelPath: 'centernet.json',
      minConfidence: MIN_SCORE,
      maxDetected: MAX_DETECTED,
    },
  });
}

/** The order of the model's answers, and the pixels a side that it takes. */
const NSFW_CLASSES = ['drawing', 'hentai', 'neutral', 'porn', 'sexy'] as const;
const NSFW_SIDE = 224;

interface NsfwModule {
  default: NsfwModule | string | NsfwTopology;
}
interface NsfwTopology {
  modelTopology: object;
  format: string;
  weightsManifest: { weights: object[] }[];
}

/** nsfwjs ships its models as modules that hold base64; what it has around them wants all of TensorFlow.js. */
async function loadNsfw(tf: TensorFlow) {
  const { MobileNetV2MidModel: model } = (await import(
    pathToFileURL(join(modules, 'nsfwjs/dist/esm/models/mobilenet_v2_mid.js')).href
  )) as {
    MobileNetV2MidModel: { modelJson(): Promise<NsfwModule>; weightBundles: (() => Promise<NsfwModule>)[] };
  };
  const { modelTopology, format, weightsManifest } = content(await model.modelJson()) as NsfwTopology;
  const bundles = await Promise.all(model.weightBundles.map((load) => load()));
  const weights = Buffer.concat(bundles.map((bundle) => Buffer.from(content(bundle) as string, 'base64')));
  return tf.loadGraphModel({
    load: async () => ({
      modelTopology,
      format,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: Uint8Array.from(weights).buffer,
    }),
  });
}

/** CommonJS that is imported hides what it exports under one `default`, or two. */
function content(loaded: NsfwModule): string | NsfwTopology {
  let value: NsfwModule | string | NsfwTopology = loaded;
  while (typeof value === 'object' && 'default' in value) value = value.default;
  return value;
}

function seen({
  score,
  boxRaw: [x, y, width, height],
}: {
  score: number;
  boxRaw: RawBox;
}): Box & { score: number } {
  return { x, y, width, height, score };
}

async function start(): Promise<void> {
  const human = createHuman();
  await human.load();
  const { tf } = human;
  const nsfwModel = wanted.has('nsfw') ? await loadNsfw(tf) : null;

  const analyse = async ({ width, height, pixels }: AnalysedPicture): Promise<Detections> => {
    const picture = tf.tensor(pixels, [1, height, width, 3], 'int32');
    try {
      const { error, face, object } = await human.detect(picture);
      if (error) throw new Error(error);
      return {
        faces: wanted.has('faces') ? face.map(seen) : null,
        objects: wanted.has('objects')
          ? object.map((item) => Object.assign(seen(item), { label: item.label }))
          : null,
        nsfw: nsfwModel && (await classify(picture)),
      };
    } finally {
      tf.dispose(picture);
    }
  };
  const classify = async (picture: Tensor): Promise<Record<string, number>> => {
    const scores = tf.tidy(() => {
      const scaled = tf.div(tf.cast(picture, 'float32'), 255);
      return nsfwModel?.predict(tf.image.resizeBilinear(scaled, [NSFW_SIDE, NSFW_SIDE], true));
    });
    if (!scores) return {};
    const values = await scores.data();
    tf.dispose(scores);
    return Object.fromEntries(NSFW_CLASSES.map((name, index) => [name, values[index] ?? 0]));
  };

  process.on('message', (picture: AnalysedPicture) => {
    analyse(picture).then(
      (detections) => process.send?.({ detections }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  process.send?.({ ready: true });
}

process.once('disconnect', () => process.exit(0));
await start();
