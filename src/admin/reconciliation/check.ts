import type { Inspection } from './inspection.js';

/**
 * One thing that always holds, and a look at whether it does. A check runs beside everything else that goes on and
 * must not be taken in by it: what belongs together in the database is read in one statement, for it is changed in
 * one transaction; and what is compared with store or queue is read again before it is reported.
 */
export abstract class Check {
  abstract run(inspection: Inspection): Promise<void>;
}
