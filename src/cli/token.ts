import { ConfigurationError, loadConfig, readEnvironment } from '../config/index.js';
import { tokenCommand, UsageError } from './token-command.js';

try {
  console.log(await tokenCommand(process.argv.slice(2), loadConfig(readEnvironment())));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
