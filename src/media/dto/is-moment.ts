import { isISO8601, registerDecorator } from 'class-validator';

/** Validates a date, with or without a time, of ISO 8601: in the forms that JavaScript reads, for years of four digits. */
export function IsMoment(): PropertyDecorator {
  return (target, propertyName) => {
    registerDecorator({
      name: 'isMoment',
      target: target.constructor,
      propertyName: String(propertyName),
      options: { message: `${String(propertyName)} must be a date or a moment of ISO 8601` },
      validator: { validate: isMoment },
    });
  };
}

/** ISO 8601 also has weeks and days of the year, which Date does not know, and years that PostgreSQL does not. */
function isMoment(value: unknown): boolean {
  return (
    isISO8601(value, { strict: true }) &&
    /^\d{4}-/.test(String(value)) &&
    !Number.isNaN(Date.parse(String(value)))
  );
}
