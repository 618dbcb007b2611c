import { describe, expect, it } from '@jest/globals';
import { handlers } from './handlers/index.js';
import { type JobName, jobNames } from './job-catalogue.js';
import { JobHandler } from './job-handler.js';
import { JobRegistry } from './job-registry.js';

class EmptyHandler extends JobHandler {
  constructor(override readonly job: JobName) {
    super();
  }
  override handle(): Promise<void> {
    return Promise.resolve();
  }
}

const complete = () => jobNames.map((name) => new EmptyHandler(name));

describe('JobRegistry', () => {
  it('finds the handler of every job of the catalogue', () => {
    const all = complete();
    const registry = new JobRegistry(all);
    expect(jobNames.map((name) => registry.handlerOf(name))).toEqual(all);
  });

  it('refuses to start without a handler', () => {
    const incomplete = complete().filter(({ job }) => job !== 'media.scan' && job !== 'storage.sweep');
    expect(() => new JobRegistry(incomplete)).toThrow('no handler for the jobs media.scan, storage.sweep');
  });

  it('refuses to start with two handlers for one job', () => {
    const doubled = [...complete(), new EmptyHandler('media.scan')];
    expect(() => new JobRegistry(doubled)).toThrow('two handlers for the job media.scan');
  });

  it('knows no job that is not in the catalogue', () => {
    const registry = new JobRegistry(complete());
    expect(() => registry.handlerOf('media.of-the-future')).toThrow('this version has no job');
  });

  it('has every job of the catalogue handled by the service', () => {
    const anything = { webhooks: { urls: [] } };
    const dependencies = Array.from({ length: 7 }, () => anything);
    // Handlers that other modules contribute are held by the start of the whole application.
    const contributed = jobNames
      .filter((name) =>
        /^(?:uploads|admin|delivery)\.|^media\.(?:import|make-presets|make-transform)$/.test(name),
      )
      .map((name) => new EmptyHandler(name));
    const real = handlers.map((handler): unknown => Reflect.construct(handler, dependencies));
    expect(() => new JobRegistry([...(real as JobHandler[]), ...contributed])).not.toThrow();
  });
});
