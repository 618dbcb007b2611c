import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { IsIn, IsInt, IsString, Max, Min } from 'class-validator';
import { Integer, List } from './env.js';
import { type ConfigProblem, defineSlice } from './slice.js';

const analysisFeatures = ['faces', 'objects', 'nsfw'] as const;
/** What pictures can be looked at for. */
export type AnalysisFeature = (typeof analysisFeatures)[number];

class AnalysisEnv {
  @List() @IsIn(analysisFeatures, { each: true }) IMAGE_ANALYSIS: AnalysisFeature[] = [];
  @IsString() IMAGE_ANALYSIS_PATH = './addons/image-analysis';
  @Integer() @IsInt() @Min(20) @Max(100) IMAGE_ANALYSIS_FACE_PERCENT = 70;
  @Integer() @IsInt() @Min(20) @Max(100) IMAGE_ANALYSIS_OBJECT_PERCENT = 50;
  @Integer() @IsInt() @Min(1) @Max(100) IMAGE_ANALYSIS_NSFW_PERCENT = 70;
  @Integer() @IsInt() @Min(1) @Max(600) IMAGE_ANALYSIS_TIMEOUT_SECONDS = 30;
  @Integer() @IsInt() @Min(900) IMAGE_ANALYSIS_MEMORY_MB = 1200;
}

export const analysisConfig = defineSlice('analysis', AnalysisEnv, (env) => ({
  /** Empty: pictures are not analysed. */
  features: [...new Set(env.IMAGE_ANALYSIS)],
  /** Directory of the add-on, absolute. */
  addOnPath: resolve(env.IMAGE_ANALYSIS_PATH),
  /** The least score, 0 to 1, of what counts; of `nsfw` what gets the tag. */
  thresholds: {
    faces: env.IMAGE_ANALYSIS_FACE_PERCENT / 100,
    objects: env.IMAGE_ANALYSIS_OBJECT_PERCENT / 100,
    nsfw: env.IMAGE_ANALYSIS_NSFW_PERCENT / 100,
  },
  timeoutSeconds: env.IMAGE_ANALYSIS_TIMEOUT_SECONDS,
  /** Writable memory of the process that looks at pictures, with what it reserves and never touches. */
  memoryBytes: env.IMAGE_ANALYSIS_MEMORY_MB * 1024 * 1024,
}));
export type AnalysisConfig = ReturnType<typeof analysisConfig.read>;

const packages: Readonly<Record<AnalysisFeature | 'all', string>> = {
  all: '@tensorflow/tfjs-backend-wasm',
  faces: '@vladmandic/human',
  objects: '@vladmandic/human',
  nsfw: 'nsfwjs',
};

/** What stands against analysing pictures in this process: the add-on is a part of its own, and may not be there. */
export function addOnProblems({ features, addOnPath }: AnalysisConfig): ConfigProblem[] {
  if (features.length === 0) return [];
  const needed = new Set([packages.all, packages.faces, ...features.map((feature) => packages[feature])]);
  const missing = [...needed].filter(
    (name) => !existsSync(join(addOnPath, 'node_modules', name, 'package.json')),
  );
  if (missing.length === 0) return [];
  return [
    {
      name: 'IMAGE_ANALYSIS',
      message: `needs ${missing.join(', ')} under IMAGE_ANALYSIS_PATH: run npm ci there, or leave it empty`,
    },
  ];
}
