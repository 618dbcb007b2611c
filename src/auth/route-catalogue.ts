import { Injectable, type OnApplicationBootstrap, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { type RouteAccess, routeAccess } from './route-access.js';

export interface Route {
  /** As in HTTP, or ALL. */
  method: string;
  path: string;
  handler: string;
  access: RouteAccess | null;
}

/** All routes of all controllers. The start fails when one of them does not say who may call it. */
@Injectable()
export class RouteCatalogue implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onApplicationBootstrap(): void {
    const open = this.list().filter(({ access }) => access === null);
    if (open.length === 0) return;
    const names = open.map(({ method, path, handler }) => `  ${method} ${path} (${handler})`);
    throw new Error(['Routes without @RequireScopes, @AllowAnonymous or @Public:', ...names].join('\n'));
  }

  list(): Route[] {
    return this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (typeof metatype === 'function' ? this.#routesOf(metatype) : []));
  }

  #routesOf(controller: NewableFunction): Route[] {
    const prototype = controller.prototype as Record<string, NewableFunction>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (!handler || !Reflect.hasMetadata(PATH_METADATA, handler)) return [];
      const method = RequestMethod[this.reflector.get<RequestMethod>(METHOD_METADATA, handler)] ?? 'GET';
      const access = routeAccess(this.reflector, handler, controller);
      const paths = pathsOf(controller).flatMap((prefix) =>
        pathsOf(handler).map((path) => `/${[prefix, path].join('/')}`.replaceAll(/\/{2,}/g, '/')),
      );
      return paths.map((path) => ({
        method,
        path: path.length > 1 ? path.replace(/\/$/, '') : path,
        handler: `${controller.name}.${name}`,
        access,
      }));
    });
  }
}

function pathsOf(target: NewableFunction): string[] {
  const path: unknown = Reflect.getMetadata(PATH_METADATA, target);
  return [path].flat().filter((item) => typeof item === 'string');
}
