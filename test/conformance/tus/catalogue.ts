import type { Tus } from './tus.ts';

/** The keyword of the requirement (RFC 2119); EXTRA for what the text leaves open and a careful server settles. */
export type Level = 'MUST' | 'MUST NOT' | 'SHALL NOT' | 'SHOULD' | 'SHOULD NOT' | 'EXTRA';

/** One thing that a server can be seen to do or not to do. */
export interface Case {
  id: string;
  section: string;
  level: Level;
  /** What the server has to announce for this case to be run. */
  extension: string | null;
  requires: string;
  /** Looks at a sentence that another case of the section looks at too, from another side. */
  further: boolean;
  /** Fails by throwing; throws `Skipped` when this server can not be asked. */
  run: (tus: Tus) => Promise<void>;
}

/** A requirement of the text that no case looks at. */
export interface Uncovered {
  section: string;
  level: Level;
  requires: string;
  reason: string;
}

/** Requirements of one section of the protocol, in the order of its text: one for each keyword there. */
export type Entry = Case | Uncovered;

type Run = Case['run'];

interface Options {
  extension?: string;
  further?: boolean;
}

/** What a section's entries are made with, so that each says no more than what is its own. */
export interface SectionBuilder {
  must: (id: string, requires: string, run: Run) => Case;
  should: (id: string, requires: string, run: Run) => Case;
  extra: (id: string, requires: string, run: Run) => Case;
  of: (level: Level, options?: Options) => (id: string, requires: string, run: Run) => Case;
  /** Binds the Client, whom the suite plays itself. */
  client: (level: Level, requires: string) => Uncovered;
  unseen: (level: Level, requires: string, reason: string) => Uncovered;
}

export function section(name: string, extension: string | null = null): SectionBuilder {
  const of: SectionBuilder['of'] =
    (level, options = {}) =>
    (id, requires, run) => ({
      id,
      section: name,
      level,
      extension: options.extension ?? extension,
      requires,
      further: options.further ?? level === 'EXTRA',
      run,
    });
  return {
    of,
    must: of('MUST'),
    should: of('SHOULD'),
    extra: of('EXTRA'),
    client: (level, requires) => ({ section: name, level, requires, reason: 'binds the Client' }),
    unseen: (level, requires, reason) => ({ section: name, level, requires, reason }),
  };
}

export function isCase(entry: Entry): entry is Case {
  return 'run' in entry;
}
