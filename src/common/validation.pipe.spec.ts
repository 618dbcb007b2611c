import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ArrayMinSize, IsInt, IsString, Max, ValidateNested } from 'class-validator';
import { describe, expect, it } from '@jest/globals';
import { DomainError } from './domain-error.js';
import { validationPipe } from './validation.pipe.js';

class Item {
  @IsString() name!: string;
}

class Body {
  @Type(() => Number) @IsInt() @Max(100) limit = 20;
  @ValidateNested({ each: true }) @Type(() => Item) @ArrayMinSize(1) items!: Item[];
}

async function validate(value: unknown): Promise<unknown> {
  return validationPipe().transform(value, { type: 'body', metatype: Body });
}

async function refusal(value: unknown): Promise<DomainError> {
  const error = await validate(value).catch((thrown: unknown) => thrown);
  if (!(error instanceof DomainError)) throw new Error('the body was taken');
  return error;
}

describe('validationPipe', () => {
  it('makes an instance of the DTO, with its defaults', async () => {
    expect(await validate({ items: [{ name: 'a' }] })).toEqual(
      Object.assign(new Body(), { limit: 20, items: [Object.assign(new Item(), { name: 'a' })] }),
    );
  });

  it('names every wrong field, also nested ones and ones it does not know', async () => {
    const { code, options } = await refusal({ limit: '101', items: [{ name: 1 }], role: 'admin' });
    expect(code).toBe('VALIDATION_FAILED');
    expect(options.errors?.map(({ field }) => field).toSorted()).toEqual(['items.0.name', 'limit', 'role']);
  });

  it('does not list a hundred thousand errors, nor repeat a name of a megabyte', async () => {
    const body = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`${i}-${'x'.repeat(1000)}`, 1]),
    );
    const { options } = await refusal({ ...body, items: [{ name: 'a' }] });
    expect(options.errors).toHaveLength(50);
    expect(JSON.stringify(options.errors).length).toBeLessThan(50_000);
  });
});
