import 'reflect-metadata';
import { readEnvironment } from './config/index.js';
import { startService } from './start-service.js';

await startService(readEnvironment(), process.stdout);
