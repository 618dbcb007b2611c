import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import {
  HTTP_DURATION,
  JOB_DURATION,
  JOB_FAILURES,
  QUEUE_DEPTH,
  QUEUE_OLDEST_AGE,
  QUOTA_REFUSALS,
  STORAGE_DURATION,
  TRANSFORM_CACHE_BYTES,
  TRANSFORM_EVICTED_BYTES,
  TRANSFORM_REFUSALS,
  TRANSFORM_RENDERS,
  TRANSFORM_REQUESTS,
  TRANSFORM_RUNNING,
  TRANSFORM_WAITING,
  UPLOAD_BYTES,
} from './metric-names.js';

const quick = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const long = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600, 14_400];

/** Every metric of the service but for the process's own; injected by name with @InjectMetric. */
export const metricProviders = [
  makeHistogramProvider({
    name: HTTP_DURATION,
    help: 'Time until a response was sent, by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: quick,
  }),
  makeCounterProvider({ name: UPLOAD_BYTES, help: 'Bytes received in uploads', labelNames: ['outcome'] }),
  makeCounterProvider({
    name: QUOTA_REFUSALS,
    help: 'Claims refused for lack of quota',
    labelNames: ['scope'],
  }),
  makeHistogramProvider({
    name: STORAGE_DURATION,
    help: 'Time of object store operations',
    labelNames: ['operation', 'outcome'],
    buckets: quick,
  }),
  makeHistogramProvider({
    name: JOB_DURATION,
    help: 'Time of job attempts',
    labelNames: ['job', 'outcome'],
    buckets: long,
  }),
  makeCounterProvider({
    name: JOB_FAILURES,
    help: 'Job attempts that failed; final when no attempt follows',
    labelNames: ['job', 'final'],
  }),
  makeGaugeProvider({ name: QUEUE_DEPTH, help: 'Jobs in a queue by state', labelNames: ['queue', 'state'] }),
  makeGaugeProvider({
    name: QUEUE_OLDEST_AGE,
    help: 'Age of the job that waits longest',
    labelNames: ['queue'],
  }),
  makeCounterProvider({
    name: TRANSFORM_REQUESTS,
    help: 'Image transforms asked for, by where the answer came from',
    labelNames: ['result'],
  }),
  makeCounterProvider({
    name: TRANSFORM_RENDERS,
    help: 'Image transforms made by this process, by what for',
    labelNames: ['for'],
  }),
  makeCounterProvider({
    name: TRANSFORM_REFUSALS,
    help: 'Image transforms refused as busy: the queue was full, or they waited too long',
    labelNames: ['reason'],
  }),
  makeGaugeProvider({ name: TRANSFORM_RUNNING, help: 'Image transforms that run' }),
  makeGaugeProvider({
    name: TRANSFORM_CACHE_BYTES,
    help: 'Bytes of stored image transforms, when the bound was last enforced',
  }),
  makeCounterProvider({
    name: TRANSFORM_EVICTED_BYTES,
    help: 'Bytes of image transforms that had to go for others',
  }),
  makeGaugeProvider({ name: TRANSFORM_WAITING, help: 'Image transforms that wait for a place' }),
];
