// CommonJS packages that require Nest can do so only once Nest is loaded: within one graph of ES modules
// Jest sees a cycle.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
