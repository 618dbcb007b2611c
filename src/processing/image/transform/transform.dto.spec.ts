import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { ConvertQuery, ImageQuery, ResizeQuery } from './transform.dto.js';
import { transformRanges } from './transform-params.js';

/** As Nest's ValidationPipe does it: strings from the query, unknown names refused. */
function parse<T extends object>(type: ClassConstructor<T>, query: Record<string, string>) {
  const value = plainToInstance(type, query);
  const errors = validateSync(value, { whitelist: true, forbidNonWhitelisted: true });
  return { value, wrong: errors.map(({ property }) => property) };
}

describe('ImageQuery', () => {
  it('reads every parameter', () => {
    const texts = {
      fit: 'pad',
      position: '0.25,.5',
      crop: '0.1,0,200,0.5',
      format: 'gif',
      colorspace: 'p3',
      background: '#FA0',
      tint: 'c08040',
      watermark: '01980000-0000-7000-8000-000000000000',
      watermarkPosition: 'southeast',
      text: '<b>&',
      textColor: 'fff',
      textPosition: 'northwest',
    };
    const numbers = {
      width: 640,
      height: 480,
      dpr: 1.5,
      trim: 12,
      rotate: 270,
      page: 3,
      frames: 24,
      quality: 70,
      maxBytes: 50_000,
      blur: 0.5,
      sharpen: 2,
      pixelate: 8,
      brightness: 0,
      contrast: 1.5,
      saturation: 4,
      hue: -90,
      gamma: 2.2,
      radius: 12.5,
      watermarkOpacity: 0.5,
      watermarkScale: 1,
      textSize: 20,
    };
    const flags = {
      enlarge: true,
      flip: true,
      flop: false,
      lossless: false,
      strip: false,
      keepCopyright: true,
      grayscale: true,
      negate: true,
      watermarkTile: true,
    };
    const given = { ...texts, ...numbers, ...flags };
    const query = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    expect(parse(ImageQuery, query)).toEqual({ value: given, wrong: [] });
  });

  it('accepts none', () => expect(parse(ImageQuery, {}).wrong).toEqual([]));

  it.each([
    ['trim', '', 10],
    ['trim', 'true', 10],
    ['trim', '0', 0],
    ['radius', 'max', 'max'],
    ['watermark', '01980000-0000-7000-8000-00000000ABCD', '01980000-0000-7000-8000-00000000abcd'],
  ] as const)('reads %s=%j', (name, text, value) => {
    const { value: query, wrong } = parse(ImageQuery, { [name]: text });
    expect([query[name], wrong]).toEqual([value, []]);
  });

  it.each(Object.entries(transformRanges))(
    'accepts both ends of %s and nothing beyond',
    (name, [least, most]) => {
      for (const value of [least, most])
        expect(parse(ImageQuery, { [name]: String(value) }).wrong).toEqual([]);
      for (const value of [least - 1, most + 1])
        expect(parse(ImageQuery, { [name]: String(value) }).wrong).toEqual([name]);
      for (const value of ['NaN', 'Infinity', 'wide', '1e400', '0x'])
        expect(parse(ImageQuery, { [name]: value }).wrong).toEqual([name]);
    },
  );

  it.each([
    ['width', '1.5'],
    ['quality', '70.5'],
    ['page', '0.5'],
    ['fit', 'squeeze'],
    ['position', 'center; rm'],
    ['position', '0.5,2'],
    ['crop', '0,0,0,10'],
    ['crop', '10'],
    ['format', 'heic'],
    ['colorspace', 'cmyk'],
    ['background', 'red'],
    ['background', '#12345'],
    ['tint', 'url(x)'],
    ['rotate', '45'],
    ['grayscale', 'maybe'],
    ['radius', 'min'],
    ['radius', ''],
    ['watermark', '../../etc/passwd'],
    ['watermarkPosition', 'face'],
    ['text', 'x'.repeat(201)],
    ['textColor', "'><b"],
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
