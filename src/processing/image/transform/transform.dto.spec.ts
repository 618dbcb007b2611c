import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { ConvertQuery, ImageQuery, ResizeQuery } from './transform.dto.js';

/** As Nest's ValidationPipe does it: strings from the query, unknown names refused. */
function parse<T extends object>(type: ClassConstructor<T>, query: Record<string, string>) {
  const value = plainToInstance(type, query);
  const errors = validateSync(value, { whitelist: true, forbidNonWhitelisted: true });
  return { value, wrong: errors.map(({ property }) => property) };
}

describe('ImageQuery', () => {
  it('reads every parameter', () => {
    const query = {
      width: '640',
      height: '480',
      fit: 'contain',
      position: 'southeast',
      format: 'avif',
      quality: '70',
      dpr: '1.5',
      background: '#FA0',
      rotate: '270',
      blur: '0.5',
      sharpen: '2',
      grayscale: 'true',
    };
    expect(parse(ImageQuery, query)).toEqual({
      value: {
        ...query,
        width: 640,
        height: 480,
        quality: 70,
        dpr: 1.5,
        rotate: 270,
        blur: 0.5,
        sharpen: 2,
        grayscale: true,
      },
      wrong: [],
    });
  });

  it('accepts none', () => expect(parse(ImageQuery, {}).wrong).toEqual([]));

  it.each([
    ['width', '0'],
    ['width', '-1'],
    ['width', '1.5'],
    ['width', 'wide'],
    ['width', '16384'],
    ['height', '1e9'],
    ['fit', 'squeeze'],
    ['position', 'center; rm'],
    ['format', 'gif'],
    ['quality', '0'],
    ['quality', '101'],
    ['dpr', '5'],
    ['dpr', 'NaN'],
    ['background', 'red'],
    ['background', '#12345'],
    ['rotate', '45'],
    ['blur', '1000'],
    ['sharpen', '0'],
    ['grayscale', 'maybe'],
    ['unknown', '1'],
  ])('refuses %s=%s', (name, value) => {
    expect(parse(ImageQuery, { [name]: value }).wrong).toEqual([name]);
  });

  it.each([
    ['false', false],
    ['0', false],
    ['1', true],
    ['', true],
  ])('reads grayscale=%j', (text, value) => {
    expect(parse(ImageQuery, { grayscale: text }).value.grayscale).toBe(value);
  });
});

describe('ResizeQuery', () => {
  it('needs one side', () => {
    expect(parse(ResizeQuery, {}).wrong).toEqual(['width']);
    expect(parse(ResizeQuery, { width: '10' }).wrong).toEqual([]);
    expect(parse(ResizeQuery, { height: '10' }).wrong).toEqual([]);
    expect(parse(ResizeQuery, { width: '0', height: '10' }).wrong).toEqual(['width']);
  });

  it('does nothing but resize', () =>
    expect(parse(ResizeQuery, { width: '1', blur: '1' }).wrong).toEqual(['blur']));
});

describe('ConvertQuery', () => {
  it('needs a format', () => {
    expect(parse(ConvertQuery, {}).wrong).toEqual(['format']);
    expect(parse(ConvertQuery, { format: 'png', quality: '5' }).wrong).toEqual([]);
  });

  it('does nothing but convert', () => {
    expect(parse(ConvertQuery, { format: 'png', width: '1' }).wrong).toEqual(['width']);
  });
});
