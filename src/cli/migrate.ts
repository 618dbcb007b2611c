import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { loadConfig, readEnvironment } from '../config/index.js';
import { migrateDown, migrateUp, openDatabase, schemaDrift } from '../database/index.js';
import { entities } from '../entities.js';
import { migrateQueues } from '../processing/index.js';

/**
 * `npm run migrate`: applies what is pending. `-- --down 1` takes the last one back; `-- --check` fails
 * when the migrated schema is not what the entities say.
 */
const { values } = parseArgs({ options: { down: { type: 'string' }, check: { type: 'boolean' } } });
const config = loadConfig(readEnvironment());
const database = await openDatabase(config, entities);
try {
  if (values.down !== undefined) {
    process.stdout.write(
      `taken back: ${(await migrateDown(database.settings, Number(values.down))).join(', ')}\n`,
    );
  } else if (values.check) {
    await migrateUp(database.settings);
    const drift = await schemaDrift(database.settings);
    if (drift !== '') throw new Error(`the entities and the migrations differ:\n${drift}`);
    process.stdout.write('the entities and the migrations agree\n');
  } else {
    await migrateQueues(config.database, database.settings.url);
    process.stdout.write(
      `applied: ${(await migrateUp(database.settings)).join(', ') || 'nothing was pending'}\n`,
    );
  }
} finally {
  await database.close();
}
