export { Database } from './database.js';
export { DATABASE_URL, DatabaseModule } from './database.module.js';
export { ensureMigrated, migrateDown, migrateUp, schemaDrift } from './migrations.js';
export { type OpenDatabase, openDatabase } from './open-database.js';
export type { OrmSettings } from './orm.options.js';
