import { Param, type PipeTransform } from '@nestjs/common';
import { commonErrors } from '../../common/index.js';
import { canonicalLanguage } from '../../processing/index.js';

const canonical: PipeTransform<string, string> = {
  transform: (tag) => {
    const language = canonicalLanguage(tag);
    if (language === null) {
      const message = 'language must be a tag as of BCP 47, like en or pt-BR';
      throw commonErrors.VALIDATION_FAILED(undefined, { errors: [{ field: 'language', message }] });
    }
    return language;
  },
};

/** The `language` of the path in its canonical form. @throws VALIDATION_FAILED */
export const LanguageParam = (): ParameterDecorator => Param('language', canonical);
