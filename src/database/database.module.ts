import { type DynamicModule, Global, Module } from '@nestjs/common';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Database } from './database.js';
import { type OrmSettings, ormOptions } from './orm.options.js';

/** Injection token of the URL of the database that serves, configured or embedded. */
export const DATABASE_URL = Symbol('DATABASE_URL');

/** The ORM on an open, migrated database. */
@Global()
@Module({})
export class DatabaseModule {
  static register(settings: OrmSettings): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        MikroOrmModule.forRootAsync({
          driver: PostgreSqlDriver,
          useFactory: () => ({ ...ormOptions(settings), registerRequestContext: false }),
        }),
      ],
      providers: [Database, { provide: DATABASE_URL, useValue: settings.url }],
      exports: [Database, DATABASE_URL],
    };
  }
}
