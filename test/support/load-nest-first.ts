/**
 * Nest is ESM, some of its companions (throttler, pino) are CommonJS and require it. Jest refuses a
 * require of a module that it is still linking, so Nest must be there before any spec is.
 */
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
