import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import type { Configuration } from './load-config.js';

/** Hands every slice of an already checked configuration to the modules, by the slice's KEY. */
@Module({})
export class AppConfigModule {
  static register(config: Configuration): DynamicModule {
    const slices = Object.entries(config).map(([name, slice]) => registerAs(name, () => slice));
    return {
      module: AppConfigModule,
      imports: [ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: slices })],
    };
  }
}
